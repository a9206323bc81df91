"""Minds in words: who plans by its genome, who searches as measured, and how many objectives could be read off maps.

A sentence for every page and for the terminal. No share of planners is told where minds think in a map and none is a
planner: there "0% planners" would deny a search that is only not in the genome.
"""

from collections.abc import Mapping
from math import isnan

from evosim.numerics.formatting import enumerated, in_words, percent, planning

LEAST_VALID = 0.5  # of those asked, so that objectives that were read off maps count
SEARCHING = "minds that think in a map"


def enough_are_valid(asked: int, valid: int) -> bool:
    """Whether of those asked for an objective so many have a valid one that these count."""
    return valid >= LEAST_VALID * asked


def describe_minds(
    planners: float,
    ahead: Mapping[str, float | None],
    searching: Mapping[str, float | None],
    asked: int | None = None,
    valid: int | None = None,
) -> str:
    """Return a sentence on a population: its share of planners, and of these who plan ahead, by environment.

    And, where minds think in a map, the share of these that search, by environment, and of how many of those `asked` a
    valid objective was read off.
    """
    by_map = describe_searching(searching)
    said = []
    if planners > 0.0 or not by_map:
        further = planning(ahead)
        said.append(f"{percent(planners)} of the population are planners{f'; {further}' if further else ''}")
    said += [part for part in (by_map, describe_read_off(asked, valid)) if part]
    return f"{'; '.join(said)}."


def describe_searching(searching: Mapping[str, float | None]) -> str:
    """Return the share of minds that search, of those that think in a map; empty if it was not measured."""
    shares: dict[str, list[str]] = {}
    for name, share in searching.items():
        if share is not None and not isnan(share):
            shares.setdefault(percent(share), []).append(in_words(name))
    if not shares:
        return ""
    (first, there), *others = shares.items()
    if not others:
        return f"{first} of the {SEARCHING} search"
    rest = [f"{share} in {enumerated(names)}" for share, names in others]
    return f"of the {SEARCHING} {enumerated([f'{first} search in {enumerated(there)}', *rest])}"


def describe_read_off(asked: int | None, valid: int | None) -> str:
    """Return of how many of those asked a valid objective was read off the map; empty if nobody was asked."""
    if not asked or valid is None:
        return ""
    few = "" if enough_are_valid(asked, valid) else ", too few for means"
    return f"of {asked} asked, a valid objective could be read off the map of {valid}{few}"
