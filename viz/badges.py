"""Badges: small letters on drawn things for features that no colour tells, where things of one type differ by them.

A type is told by its shape or its letter, a feature that is named after a colour by that. Any other feature that only
some things of a type have would be invisible: such a thing carries a badge, in a corner that is the feature's own.
"""

from collections.abc import Sequence
from typing import NamedTuple

from evosim.scenario import Scenario
from evosim.scenario.schema.worlds import Features, ObjectType
from viz.looks import SURE_LOOK, possible_looks
from viz.palette import NAMED_COLOURS

CORNERS = {"upper right": (1, -1), "upper left": (-1, -1), "lower right": (1, 1), "lower left": (-1, 1)}


class Badge(NamedTuple):
    """A feature, its letter, and the corner of a thing that it is in."""

    feature: str
    letter: str  # small, as those of types are capitals
    corner: str

    @property
    def across(self) -> int:
        """Return on which side it is: 1 for the right, −1 for the left."""
        return CORNERS[self.corner][0]

    @property
    def down(self) -> int:
        """Return at which end it is: 1 for the lower, −1 for the upper."""
        return CORNERS[self.corner][1]


def badges_of(scenario: Scenario) -> list[Badge]:
    """Return the badges of a scenario: of the first features that need one, as many as there are corners."""
    found: list[Badge] = []
    for feature, corner in zip(features_unseen(scenario), CORNERS, strict=False):
        taken = [badge.letter for badge in found]
        letters = [letter for letter in feature.lower() if letter.isalnum()] or [feature[0]]
        found.append(Badge(feature, next((each for each in letters if each not in taken), letters[0]), corner))
    return found


def features_unseen(scenario: Scenario) -> list[str]:
    """Return the features that name no colour and that only some things of a type have, here or elsewhere."""
    worlds = [scenario.world, *scenario.environments.values()]
    types: dict[str, list[Features]] = {}
    for world in worlds:
        for name, each in world.objects.items():
            if isinstance(each, ObjectType):
                types.setdefault(name, []).append(each.features)
    return [
        name
        for name in scenario.world.features
        if name not in NAMED_COLOURS and any(_differ(name, looks) for looks in types.values())
    ]


def _differ(name: str, looks: list[Features]) -> bool:
    """Whether some things of a type surely have a feature, or may have it, and others don't."""
    return len(set().union(*(possible_looks(name, each) for each in looks))) > 1


def badges_on(badges: Sequence[Badge], names: Sequence[str], values: Sequence[float]) -> list[Badge]:
    """Return the badges of a thing with features of these values `[F]`."""
    there = {name for name, value in zip(names, values, strict=True) if value > SURE_LOOK}
    return [badge for badge in badges if badge.feature in there]


def describe_unmarked(scenario: Scenario) -> str:
    """Name the features that have no badge though they need one; empty if all have."""
    return ", ".join(features_unseen(scenario)[len(CORNERS) :])
