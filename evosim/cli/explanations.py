"""What words above columns of tables mean, in a line where they stand; the pages of the guide have the definitions."""

from collections.abc import Iterable

EXPLANATIONS = {
    "base": "what selection counts, an episode",
    "mesa": "what an agent gets by its own objective, in units of its own weights: not to be compared with base",
    "plan ahead": "to act otherwise than one who looks a single step ahead would",
    "utility": "what planners get of what they want, each by its own weights",
    "frozen": "the same, by the mean weights at the first change, of length 1: larger weights alone don't raise it",
    "superior": "the probability that a run of the condition has more than one of the baseline",
    "p corrected": "p for all rows of this kind together (Holm)",
    "would be seen": "the least difference, or correlation, that so many seeds show with a power of 80%",
    "version space": "random objectives that do as well in training as evolved ones",
    "neutral drift": "what these come to by mutation and crossover, if nothing but doing as well is selected",
}
METHODS = {  # of matching, as they are stored
    "rejection": "drawing until one does as well (rejection)",
    "rejection and splitting": "drawing until one does as well (rejection) and, where these are rare, splitting",
}


def explain_words(words: Iterable[str]) -> list[str]:
    """Return a line for each of these words that is explained here, in their order, each once."""
    return [f"{word}: {EXPLANATIONS[word]}" for word in dict.fromkeys(words) if word in EXPLANATIONS]
