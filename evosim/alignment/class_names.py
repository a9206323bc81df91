"""The names of the classes of agents; assessment/classes.py says who is in which."""

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
UNCLASSIFIED = 255  # the number of those who have none, since a number that rules read is missing


def name_of(kind: int) -> str:
    """Return the name of a class by its number; empty for UNCLASSIFIED."""
    return "" if kind == UNCLASSIFIED else CLASSES[kind]
