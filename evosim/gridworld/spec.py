"""A blueprint: one environment of a scenario as plain numbers, from which worlds are drawn."""

from enum import IntEnum
from typing import NamedTuple

import numpy as np

from evosim.gridworld.actions import SlipKind
from evosim.gridworld.layouts import LayoutKind
from evosim.numerics.arrays import Bytes, Cells, Flags, Reals, Shorts
from evosim.scenario.schema.layouts import CaveLayout, MapLayout, MazeLayout, RoomsLayout, ScatterLayout
from evosim.scenario.schema.names import must_be_reachable, object_names, own_outcomes, place_names
from evosim.scenario.schema.scenario import Scenario
from evosim.scenario.schema.worlds import (
    Anywhere,
    Corner,
    Features,
    GridWorld,
    Near,
    Placement,
    Probability,
    Region,
    slip_of,
)

CORNERS = ("northwest", "northeast", "southwest", "southeast", "any")
UNMARKED = -1


class PlacementRule(IntEnum):
    """The rules for placing an object, as numbers for kernels; a rule is followed by its parameters."""

    ANYWHERE = 0
    REGION = 1  # first and last row, first and last column
    CORNER = 2  # size, and which of CORNERS
    NEAR = 3  # number of the object, -1 for the start; steps
    MARKED = 4  # the mark on the map


class Supply(NamedTuple):
    """The energy of agents; all zero where they need none."""

    initial: float
    most: float
    per_tick: float
    per_move: float
    per_thought: float


class Blueprint(NamedTuple):
    """One distribution of worlds with N objects of T types, Q places, F features and O outcomes of its own."""

    rows: int
    columns: int
    layout: int  # a LayoutKind
    layout_first: float
    layout_second: float
    steps: int  # ticks that an episode lasts at most
    slip: float  # probability that the direction of a move is drawn anew
    slip_kind: int  # a SlipKind: from which directions
    type_of: Cells  # [N] number of the object's type, the same in all environments
    fixed: Reals  # [N + Q, F] features that never vary, of objects, then of places
    probability: Reals  # [N + Q, F] probability that a feature is 1
    one_of: Reals  # [N + Q, F] probabilities of being the one feature that is 1; a row sums to 1 or 0
    outcomes: Reals  # [N, O] amounts that happen on entry
    ends: Flags  # [N] entering ends the episode
    must_reach: Flags  # [N] worlds are drawn such that it can be reached
    taken: Flags  # [N] entering removes the object
    carried: Flags  # [N] and who enters has it from then on
    needs: Cells  # [N, T] how many carried objects of each type are used up; without them nothing happens
    locked: Flags  # [N] it needs anything at all
    respawns: Cells  # [N] ticks until what was taken is there again; 0: never
    energy: Reals  # [N] that entering gives
    supply: Supply
    vision: int  # cells that an agent sees in each direction; 0: all
    rules: Cells  # [1 + N + Q, 5] a PlacementRule and its numbers: for the start, for objects, for places
    terrain: Bytes  # [C] the walls of a map; empty where there is none
    marks: Shorts  # [C] number of the type that may stand here, T for the start, or UNMARKED; empty without a map
    place_type: Cells  # [Q] number of the place, the same in all environments
    types: int  # how many types of object there are in all environments
    places: int  # how many places
    worlds: int  # how many different worlds there are; 0: ever new ones


def blueprint(scenario: Scenario, environment: str) -> Blueprint:
    """Return the blueprint of an environment.

    Raises:
        KeyError: the scenario has no such environment.
        TypeError: it is not a grid world.
    """
    world = scenario.environments[environment]
    if not isinstance(world, GridWorld):
        raise TypeError(f"{environment} is of the kind {world.kind!r}, of which there is no blueprint")
    types, outcomes, places = object_names(scenario), own_outcomes(scenario), place_names(scenario)
    instances = [name for name, kind in world.objects.items() for _ in range(kind.count)]
    kinds = [world.objects[name] for name in instances]
    amounts = np.zeros((len(instances), len(outcomes)))
    needs = np.zeros((len(instances), len(types)), np.int32)
    for n, kind in enumerate(kinds):
        for outcome, amount in kind.outcomes.items():
            amounts[n, outcomes.index(outcome)] = amount
        for needed, count in kind.needs.items():
            needs[n, types.index(needed)] = count
    fixed, probability, one_of = _features(
        [*(kind.features for kind in kinds), *(place.features for place in world.places.values())], world.features
    )
    first, second = 0.0, 0.0
    match world.layout:
        case ScatterLayout(density=first) | MazeLayout(opened=first):
            pass
        case RoomsLayout(rows=down, columns=across):
            first, second = float(down), float(across)
        case CaveLayout(density=first, smoothing=rounds):
            second = float(rounds)
    terrain, marks = _drawn(world, types)
    energy, slip = world.energy, slip_of(world)
    return Blueprint(
        rows=world.size[0],
        columns=world.size[1],
        layout=int(LayoutKind[world.layout.kind.upper()]),
        layout_first=first,
        layout_second=second,
        steps=world.steps,
        slip=slip.chance,
        slip_kind=int(SlipKind[slip.kind.upper()]),
        type_of=np.array([types.index(name) for name in instances], np.int32),
        fixed=fixed,
        probability=probability,
        one_of=one_of,
        outcomes=amounts,
        ends=np.array([kind.ends_episode for kind in kinds]),
        must_reach=np.array([must_be_reachable(scenario, name, world.objects[name]) for name in instances]),
        taken=np.array([kind.consumed or kind.carried for kind in kinds]),
        carried=np.array([kind.carried for kind in kinds]),
        needs=needs,
        locked=np.asarray(needs.any(axis=1)),
        respawns=np.array([kind.respawns or 0 for kind in kinds], np.int32),
        energy=np.array([kind.energy for kind in kinds]),
        supply=Supply(0.0, 0.0, 0.0, 0.0, 0.0)
        if energy is None
        else Supply(
            energy.initial, energy.most or energy.initial, energy.per_tick, energy.per_move, energy.per_thought
        ),
        vision=world.vision or 0,
        rules=_rules(world, types, instances),
        terrain=terrain,
        marks=marks,
        place_type=np.array([places.index(name) for name in world.places], np.int32),
        types=len(types),
        places=len(places),
        worlds=world.worlds,
    )


def _features(given: list[Features], names: list[str]) -> tuple[Reals, Reals, Reals]:
    """Return features as three arrays `[len(given), F]`: fixed values, probabilities, and probabilities of `one_of`."""
    shape = (len(given), len(names))
    fixed, probability, one_of = np.zeros(shape), np.zeros(shape), np.zeros(shape)
    for n, features in enumerate(given):
        for feature, value in features.named().items():
            if isinstance(value, Probability):
                probability[n, names.index(feature)] = value.probability
            else:
                fixed[n, names.index(feature)] = value
        for feature, share in (features.one_of or {}).items():
            one_of[n, names.index(feature)] = share
    return fixed, probability, one_of


def _drawn(world: GridWorld, types: list[str]) -> tuple[Bytes, Shorts]:
    """Return the walls `[C]` of a map, and the number `[C]` of the type that each cell is marked for."""
    if not isinstance(world.layout, MapLayout):
        return np.zeros(0, np.uint8), np.zeros(0, np.int16)
    numbers = {symbol: types.index(name) for symbol, name in world.layout.legend.items()} | {"@": len(types)}
    drawing = "".join(world.layout.rows())
    terrain = np.array([symbol == "#" for symbol in drawing], np.uint8)
    return terrain, np.array([numbers.get(symbol, UNMARKED) for symbol in drawing], np.int16)


def _rules(world: GridWorld, types: list[str], instances: list[str]) -> Cells:
    """Return the placement rules `[1 + N + Q, 5]` of the start, objects and places."""

    def rule(place: Placement) -> list[int]:
        match place:
            case Region(rows=(top, bottom), columns=(left, right)):
                return [PlacementRule.REGION, top, bottom, left, right]
            case Corner(size=size, of=of):
                return [PlacementRule.CORNER, size, CORNERS.index(of), 0, 0]
            case Near(to=to, within=within):
                return [PlacementRule.NEAR, -1 if to == "start" else instances.index(to), within, 0, 0]
            case Anywhere():
                return [PlacementRule.ANYWHERE, 0, 0, 0, 0]

    on_map = isinstance(world.layout, MapLayout)
    marked = set(world.layout.legend.values()) if isinstance(world.layout, MapLayout) else set()
    start = [PlacementRule.MARKED, len(types), 0, 0, 0] if on_map else rule(world.start)
    objects = [
        [PlacementRule.MARKED, types.index(name), 0, 0, 0] if name in marked else rule(world.objects[name].place)
        for name in instances
    ]
    return np.array([start, *objects, *(rule(place.place) for place in world.places.values())], np.int32)
