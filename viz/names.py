"""Names of things as they look: a red door, a sweet food; the same in reports, films and the window.

A name is that of the type, after the features that a thing has. What every thing of its type has goes without saying,
unless it is a colour, which is seen; and a brown_mushroom that is brown isn't a brown brown mushroom: words that its
type's name has aren't said again. viz/report/javascript/looks.mjs names things likewise, from `said` and `usual`.
"""

from collections.abc import Sequence
from typing import NamedTuple

from evosim.numerics.formatting import in_words
from evosim.scenario import Scenario
from evosim.scenario.schema.names import object_names, types_in, worlds_of
from evosim.scenario.schema.worlds import World
from viz.looks import SURE_LOOK, possible_looks
from viz.palette import NAMED_COLOURS


class ThingNames(NamedTuple):
    """What is said of things of T types with F features."""

    types: list[str]  # [T] in words
    said: list[list[str]]  # [T, F] a feature in words; empty where it goes without saying
    usual: list[list[str]]  # [T] colours that things of the type can have where agents are selected
    colours: list[bool]  # [F] which features are colours

    def name(self, kind: int, features: Sequence[float]) -> str:
        """Return the name of a thing of a type with `features` `[F]`, without an article.

        Where things of its type have a colour under selection and it has none, that is said: a door that isn't red.
        """
        there = [f for f, value in enumerate(features) if value > SURE_LOOK]
        colours = [f for f in there if self.colours[f]]
        words = [self.said[kind][f] for f in there if f not in colours]
        words.append(" and ".join(filter(None, (self.said[kind][f] for f in colours))))
        name = " ".join([*filter(None, words), self.types[kind]])
        usual = [] if colours else self.usual[kind]
        return f"{name} that isn't {' or '.join(usual)}" if usual else name


def thing_names(scenario: Scenario) -> ThingNames:
    """Return how a scenario's things are named."""
    names, features = object_names(scenario), scenario.world.features
    selected = {name for phase in scenario.evolution.schedule for name in phase.shares()}
    under_selection = [world for name, world in scenario.environments.items() if name in selected]
    said = [[_said(feature, name, worlds_of(scenario)) for feature in features] for name in names]
    usual = [
        sorted(each for each in features if each in NAMED_COLOURS and True in _looks(each, name, under_selection))
        for name in names
    ]
    return ThingNames([in_words(name) for name in names], said, usual, [each in NAMED_COLOURS for each in features])


def with_article(name: str) -> str:
    """Return a name with its indefinite article."""
    return f"{'an' if name[0].lower() in 'aeiou' else 'a'} {name.replace('_', ' ')}"


def _said(feature: str, name: str, worlds: Sequence[World]) -> str:
    """Return the words of a feature that a type's name lacks; none if all its things have it and it is no colour."""
    if feature not in NAMED_COLOURS and _looks(feature, name, worlds) == {True}:
        return ""
    own = in_words(name).lower().split()
    return " ".join(word for word in in_words(feature).split() if word.lower() not in own)


def _looks(feature: str, name: str, worlds: Sequence[World]) -> set[bool]:
    """Return whether things of a type look as if they had a feature: yes, no, or either."""
    return {
        look
        for world in worlds
        if name in types_in(world)
        for look in possible_looks(feature, types_in(world)[name].features)
    }
