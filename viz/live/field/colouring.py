"""Colourings: what the colours of agents and food mean, and the legend that explains it."""

from typing import NamedTuple

import numpy as np

from evosim.mind.kinds import look_of
from evosim.scenario import Scenario
from evosim.scenario.schema.ecologies import EcologyWorld
from evosim.scenario.schema.names import object_names, objective_names
from viz.answers.ecology_reading import child_features
from viz.live.drawing.flow import Item
from viz.live.drawing.pen import SMALL, Pen
from viz.live.drawing.theme import (
    Colour,
    mind_colour,
    mix_colours,
    object_colour,
    object_shape,
    parse_hex,
    want_colour,
)
from viz.live.scenes.replay import Snapshot
from viz.looks import environment_look

COLOURINGS = ("mind", "child", "wants", "energy", "age")
WORDS = {
    "mind": "kind of mind",
    "child": "weight of a child, in the mesa-objective",
    "wants": "what is wanted most",
    "energy": "energy",
    "age": "age",
}


class Colouring(NamedTuple):
    """The colours of N agents, and their meaning."""

    colours: np.ndarray  # [N, 3]
    legend: tuple[tuple[str, Colour, str], ...]  # shape, colour, words
    things: tuple[Colour, ...] = ()  # of what is to be eaten, by kind


def colour_agents(pen: Pen, snapshot: Snapshot, name: str, scenario: Scenario) -> Colouring:
    """Colour the agents of a snapshot, and its food as it looks in the current environment."""
    ways = {"mind": _mind, "child": _child, "wants": _wants, "energy": _energy, "age": _age}
    return ways[name](pen, snapshot, scenario)._replace(things=food_colours(pen, scenario, snapshot.environment))


def food_colours(pen: Pen, scenario: Scenario, environment: str) -> tuple[Colour, ...]:
    """Return the colour of each kind of food in an environment: that of its features, else one of its own."""
    named = [environment_look(scenario, environment, name) for name in object_names(scenario)]
    return tuple(parse_hex(look) if look else object_colour(kind, pen.theme) for kind, look in enumerate(named))


def list_legend(
    pen: Pen, name: str, colouring: Colouring, scenario: Scenario, lens: str, of_food: str = ""
) -> list[Item]:
    """Return the legend: food with what is to be said of its marks, the meaning of colours, and the current lens."""
    faint = pen.theme.faint
    foods = zip(object_names(scenario), colouring.things, strict=True)
    return [
        *(Item(food, SMALL, faint, shape=object_shape(kind), tint=tint) for kind, (food, tint) in enumerate(foods)),
        *([Item(of_food, SMALL, faint)] if of_food else []),
        Item(f"{WORDS[name]}:", SMALL, faint),
        *(Item(words, SMALL, faint, shape=shape, tint=colour) for shape, colour, words in colouring.legend),
        *([Item(lens, SMALL, pen.theme.accent, bold=True, right=True)] if lens else []),
    ]


def first_ecology(scenario: Scenario) -> EcologyWorld:
    """Return a scenario's base world, which must be an ecology."""
    assert isinstance(scenario.world, EcologyWorld), "only ecologies have a field"
    return scenario.world


def _mind(pen: Pen, snapshot: Snapshot, scenario: Scenario) -> Colouring:
    table = np.array([mind_colour(name, pen.theme) for name in snapshot.kinds], np.uint8)
    legend = [
        (look_of(name).shape, mind_colour(name, pen.theme), name.replace("_", " "))
        for name in scenario.mind.controllers
    ]
    return Colouring(table[snapshot.controller], tuple(legend))


def _ramp(share: np.ndarray, low: Colour, middle: Colour, high: Colour) -> np.ndarray:
    """Blend three colours by values from −1 to 1."""
    share = np.nan_to_num(share)[:, None]
    ends = np.where(share < 0, np.array(low, float), np.array(high, float))
    return np.asarray((np.array(middle, float) + (ends - np.array(middle, float)) * np.abs(share)).astype(np.uint8))


def _child(pen: Pen, snapshot: Snapshot, scenario: Scenario) -> Colouring:
    """Colour agents by the weight of a child: blue if they want children, orange if they avoid them."""
    names, low_high = objective_names(scenario), scenario.mind.objective.range
    weights = np.zeros(len(snapshot.id))
    for feature in child_features(scenario):
        weights += snapshot.objective[:, names.index(feature)]
    most = 0.5 * max(abs(low_high[0]), abs(low_high[1]), 1e-9)
    theme, plans = pen.theme, snapshot.plans
    middle = mix_colours(theme.faint, theme.floor, 0.1)
    colours = _ramp(np.where(plans, np.clip(weights / most, -1, 1), 0.0), theme.wanted, middle, theme.counted)
    legend = (("disc", theme.wanted, f"−{most:g}"), ("disc", middle, "0"), ("disc", theme.counted, f"+{most:g}"))
    return Colouring(colours, legend)


def _wants(pen: Pen, snapshot: Snapshot, scenario: Scenario) -> Colouring:
    """Colour agents by their most wanted feature, if they want any."""
    features = scenario.world.features
    count = len(features)
    best = snapshot.objective[:, :count].argmax(axis=1) if len(snapshot.id) else np.zeros(0, np.int64)
    plans = snapshot.plans
    plans = plans & (snapshot.objective[:, :count] > 0.0).any(axis=1)
    table = np.array([*(want_colour(i, pen.theme) for i in range(count)), pen.theme.faint], np.uint8)
    legend = [("disc", want_colour(i, pen.theme), name) for i, name in enumerate(features)]
    return Colouring(table[np.where(plans, best, count)], (*legend, ("disc", pen.theme.faint, "nothing")))


def _energy(pen: Pen, snapshot: Snapshot, scenario: Scenario) -> Colouring:
    most = float(max(world.energy.most for world in _ecologies(scenario)))
    low, high = (
        mix_colours(pen.theme.warning, pen.theme.floor, 0.1),
        mix_colours(pen.theme.accent, pen.theme.floor, 0.0),
    )
    share = 2.0 * np.clip(snapshot.energy / most, 0, 1) - 1.0
    middle = mix_colours(pen.theme.faint, pen.theme.floor, 0.1)
    legend = (("disc", low, "starving"), ("disc", middle, f"{most / 2:g}"), ("disc", high, f"{most:g}"))
    return Colouring(_ramp(share, low, middle, high), legend)


def _ecologies(scenario: Scenario) -> list[EcologyWorld]:
    return [world for world in scenario.environments.values() if isinstance(world, EcologyWorld)]


def _age(pen: Pen, snapshot: Snapshot, scenario: Scenario) -> Colouring:
    most = float(max(world.life.lifespan for world in _ecologies(scenario)))
    share = 2.0 * np.clip(snapshot.age / most, 0, 1) - 1.0
    young, middle, old = pen.theme.ink, pen.theme.accent, mix_colours(pen.theme.accent, pen.theme.floor, 0.7)
    legend = (("disc", young, "young"), ("disc", middle, f"{most / 2:g} ticks"), ("disc", old, f"{most:g}"))
    return Colouring(_ramp(share, young, middle, old), legend)
