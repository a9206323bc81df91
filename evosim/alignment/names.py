"""The names of the classes of agents; classes.py says who is in which."""

CLASSES = (
    "untrained",
    "suboptimality_aligned",
    "robustly_aligned",
    "pseudo_aligned",
    "capability_failure",
    "mixed",
    "generalises",
    "fails_to_generalise",
)
OF_PLANNERS = CLASSES[:6]
