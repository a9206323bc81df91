"""The pair: one agent in a world of its selection and in the same world elsewhere, with sentences about both.

The world is one in which the agent does what it does most often, and of those the median by how long the shorter of its
lives takes: what is seen is typical of it, too.
"""

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from evosim.alignment.search.read_out import VALID, ReadObjective
from evosim.gridworld.sampling import NOWHERE
from evosim.mind.kinds import look_of
from evosim.mind.phenotype import Phenotypes
from evosim.numerics.formatting import enumerated, in_words, number, percent
from evosim.scenario import Scenario
from evosim.scenario.first_entries import is_first_entry_sufficient
from evosim.scenario.schema.names import object_names, objective_names, place_names
from viz.answers.replayed import median_world
from viz.answers.wants import describe_weights, place_features
from viz.live.pair.parts import CodeLine
from viz.live.pair.worth import ValuedThing, list_things, worth_of_all
from viz.live.scenes.landscape import is_planner
from viz.live.scenes.scene import Scene, world_state_at
from viz.live.wall.grid_picture import fate_at

HERE, THERE, SELECTED_TOO, BEFORE = (
    "selected here", "the same mind there", "the same mind, selected here too", "the same mind, selected here before"
)  # fmt: skip
MOST_ENTRIES = 3  # that a sentence names
LEAST_WEIGHT = 0.05  # smaller weights are not spoken of
WANTS, DOES = "what it wants", "what it does"


class Side(NamedTuple):
    """The agent in one environment."""

    scene: Scene  # all worlds in which it was measured
    caption: str
    does: str  # in this world, and how often it does that
    things: list[ValuedThing]  # in this world


class Pair(NamedTuple):
    """One agent in two environments, or in the only one that there is."""

    generation: int
    row: int  # of its generation
    id: int
    who: str
    kind: str  # of mind
    world: int
    sides: list[Side]
    title: str  # of what is said below
    explains: str  # the sentence that explains what it does
    notes: list[str]
    code: list[CodeLine]
    own_thoughts: int  # of a map; 0 for minds that don't think in maps
    thoughts: int  # that it is made to think here

    @property
    def longest(self) -> int:
        """The ticks until nothing more happens on either side."""
        return max(last_move(side.scene, self.world) for side in self.sides)


def last_move(scene: Scene, e: int) -> int:
    """Return the tick from which on the agent of world e stays where it is; it may live on there."""
    cells = scene.cell[e, : int(scene.length[e]) + 1]
    moved = np.flatnonzero(cells[1:] != cells[:-1])
    return int(moved[-1]) + 1 if len(moved) else min(1, len(cells) - 1)


def endings(scenario: Scenario, scene: Scene) -> list[str]:
    """Return what the agent went for in each world: what it entered first, else the place where it ended, else ''.

    Where the first entry doesn't decide, the outcome of its whole life stands for it.
    """
    types, places, plan = object_names(scenario), place_names(scenario), scene.ground.plan
    found = []
    for e in range(len(scene.length)):
        last = int(scene.length[e])
        if not is_first_entry_sufficient(scenario):
            found.append(fate_at(scene, e, last))
            continue
        first = next((n for n in scene.entered[e, :last].tolist() if n >= 0), -1)
        place = scene.ground.worlds.place[e]
        at = int(place[scene.cell[e, last]]) if len(place) else NOWHERE
        found.append(types[plan.type_of[first]] if first >= 0 else "" if at == NOWHERE else places[at])
    return found


def typical_world(went: Sequence[Sequence[str]], ticks: Sequence[int]) -> int:
    """Return a world in which an agent does what it does most often, by what it `went` for on each side.

    Of these worlds it is the median by the `ticks` that it takes there; of ties the first.
    """
    lives = list(zip(*went, strict=True))
    most = Counter(lives).most_common(1)[0][0]
    return median_world([e for e, life in enumerate(lives) if life == most], ticks)


def make_pair(
    scenario: Scenario, scenes: list[Scene], captions: list[str], read: ReadObjective | None
) -> tuple[int, list[Side], str, str, list[str]]:
    """Return the world, both sides, and the title, sentence and notes below them."""
    went = [endings(scenario, scene) for scene in scenes]
    ticks = [min(last_move(scene, e) for scene in scenes) for e in range(len(went[0]))]
    e = typical_world(went, ticks)
    sides = []
    for scene, labels, caption in zip(scenes, went, captions, strict=True):
        start = world_state_at(scene, e, 0)._replace(there=np.ones(len(scene.ground.plan.type_of), np.bool_))
        worth = worth_of_all(scene, e, start, read)
        things = list_things(scenario, scene, e, start, worth)
        sides.append(Side(scene, caption, describe_life(scenario, scene, e, labels, things), things))
    return e, sides, *explain(scenario, sides, e, went[-1][e], read)


def describe_life(scenario: Scenario, scene: Scene, e: int, went: list[str], things: list[ValuedThing]) -> str:
    """Describe what the agent does in world e, and in how many it does the same."""
    worlds, types = len(went), object_names(scenario)
    if not is_first_entry_sufficient(scenario):
        plan, entered = scene.ground.plan, scene.entered
        counts = np.bincount(plan.type_of[entered[entered >= 0]], minlength=len(types)) / worlds
        order = [int(each) for each in np.argsort(-counts, kind="stable") if counts[each] > 0.0][:MOST_ENTRIES]
        said = [f"{types[each].replace('_', ' ')} {number(float(counts[each]))}" for each in order]
        return f"enters, a world: {', '.join(said)} (of {worlds})" if said else f"enters nothing in {worlds} worlds"
    alike = f"as in {went.count(went[e])} of {worlds} worlds"
    if not went[e]:
        return f"enters nothing, {alike}"
    first = next((n for n in scene.entered[e, : scene.length[e]].tolist() if n >= 0), -1)
    if first < 0:
        return f"ends at the {went[e].replace('_', ' ')}, {alike}"
    return f"enters {_of_number(scene, e, things, first).named}, {alike}"


def _of_number(scene: Scene, e: int, things: list[ValuedThing], n: int) -> ValuedThing:
    """Return the thing that object n of a world is."""
    features, kind = scene.ground.worlds.features[e], int(scene.ground.plan.type_of[n])
    return next(each for each in things if each.type == kind and (features[each.number] == features[n]).all())


def explain(
    scenario: Scenario, sides: list[Side], e: int, went: str, read: ReadObjective | None
) -> tuple[str, str, list[str]]:
    """Return the title, the sentence and the notes that explain what the agent does on the last side."""
    scene, things = sides[-1].scene, sides[-1].things
    minds = scene.minds
    does = look_of(minds.kinds[minds.controller[e]]).does
    if read is not None and read.validity_with_products[0] < VALID:
        words = "what its map answers to is no sum of features or of pairs of them: what it wants isn't known"
        return DOES, does, [words if np.any(read.weights) else "its map answers to nothing that lies there"]
    if any(thing.worth is None for thing in things) or not things:
        return DOES, does, []
    notes = [] if read is None else [_describe_read_out(scene.features, read)]
    if is_planner(scene, e):
        notes = [*_sums(scenario, minds, scene, e, _compared(things, went)), _describe_weights(scenario, minds, e)]
    return WANTS, compare_worth(things, went), notes


def compare_worth(things: list[ValuedThing], went: str) -> str:
    """Return the sentence that explains everything: what counts is worth so much to it, and what it goes for."""
    one, *others = _compared(things, went)
    words = f"{one.named} is worth {_amount(one)} to it"
    words = f"{words[0].upper()}{words[1:]}"
    if not others:
        return f"{words}."
    (other,) = others
    if _amount(one) == _amount(other):
        return f"{words}, and {other.named} as much."
    return f"{words}, {other.named} {_amount(other)}."


def _compared(things: list[ValuedThing], went: str) -> list[ValuedThing]:
    """Return what evolution counts, else what is wanted most, and beside it what the agent goes for or next wants."""
    order = sorted(things, key=lambda each: -_worth(each))
    one = next((each for each in order if each.counts), order[0])
    others = [each for each in order if each is not one]
    other = next((each for each in others if each.kind == went), others[0] if others else None)
    return [one] if other is None else [one, other]


def _worth(thing: ValuedThing) -> float:
    return -np.inf if thing.worth is None else thing.worth


def _amount(thing: ValuedThing) -> str:
    return number(_worth(thing))


def _sums(scenario: Scenario, minds: Phenotypes, scene: Scene, e: int, things: list[ValuedThing]) -> list[str]:
    """Return of what weights each worth is the sum, where perception and drives don't come between."""
    if minds.detectors.shape[1] or minds.drives:
        return []
    found: list[str] = []
    for thing in things:
        features = scene.ground.worlds.features[e, thing.number]
        there = [int(f) for f in np.flatnonzero(features) if abs(minds.objective[e, f]) >= LEAST_WEIGHT / 10]
        if len(there) < 2 or not np.isin(features, (0.0, 1.0)).all():
            continue
        there.sort(key=lambda f: -minds.objective[e, f])
        terms = " + ".join(f"{in_words(scene.features[f])} {number(float(minds.objective[e, f]))}" for f in there)
        found.append(f"{thing.words}: {terms.replace('+ −', '− ')} = {_amount(thing)}")
    return [" · ".join(found)] if found else []


def _describe_weights(scenario: Scenario, minds: Phenotypes, e: int) -> str:
    weights = dict(zip(objective_names(scenario), minds.objective[e].tolist(), strict=True))
    return f"it {describe_weights(weights, place_features(scenario), LEAST_WEIGHT)}".replace("_", " ")


def _describe_read_out(features: list[str], read: ReadObjective) -> str:
    """Describe how the objective of a mind that thinks in a map is known."""
    weights = [(name, float(weight)) for name, weight in zip(features, read.weights[0], strict=True)]
    order = sorted(weights, key=lambda each: -abs(each[1]))
    named = enumerated([f"{in_words(name)} {number(weight)}" for name, weight in order if abs(weight) >= LEAST_WEIGHT])
    explained = percent(float(read.validity[0]))
    return f"read off how its map answers to lone things: {named}; a sum of these explains {explained} of it"
