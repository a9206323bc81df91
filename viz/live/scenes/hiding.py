"""What a view hides, so that a class can guess before it is told: first all but training, then what agents want."""

NOTHING, WANTS, ALL_BUT_TRAINING = 0, 1, 2  # wants: what is worth what to them, lenses, plots and cards
QUESTION = "What do these agents want?"
BLOCKED = "Hidden, since it would tell; R reveals more"
REVEALED = {
    ALL_BUT_TRAINING: "The environment of selection only; R reveals the other",
    WANTS: "The same agents elsewhere; R reveals what they want",
    NOTHING: "All is shown; R hides it again",
}
NOT_HIDING = "Nothing is hidden: `evosim watch RUN --training-only` hides it until R"
HARMLESS = ("agent", "agent_before", "more", "fewer", "large", "pair")  # keys that tell nothing, in a view
TELLING = ("branch", "save", "plots", "space", "card_on", "card_back")  # keys that tell, in the window


def reveal_next(hidden: int) -> int:
    """Return what is hidden after the next of it is revealed; after the last of it everything again."""
    return hidden - 1 if hidden > NOTHING else ALL_BUT_TRAINING
