"""Small random worlds and minds to try kernels on, as kernels and as their twins see them."""

from typing import NamedTuple

import numpy as np
import reference

from evosim.gridworld.sampling import NOWHERE, Worlds
from evosim.gridworld.shortest_paths import Atlas, draw_atlas
from evosim.gridworld.spec import Blueprint, Supply
from evosim.mind.contract import Percept
from evosim.mind.heuristic.kind import Reflexes
from evosim.mind.heuristic.senses import sense_names
from evosim.mind.open_loop.kind import Sequences
from evosim.mind.phenotype import Phenotypes
from evosim.mind.planner.kind import Planner, Planning
from evosim.mind.planner.plans import Belief, Plans
from evosim.mind.planner.policy import PlannerRoom, new_planners_room
from evosim.mind.planner.settings import EFFORTS, MCTS, Algorithm
from evosim.numerics.arrays import Flags, Reals


class Sample(NamedTuple):
    """One world, with its floor as a set and its objects as a dictionary beside the arrays."""

    rows: int
    columns: int
    floor: set[reference.Cell]
    objects: dict[reference.Cell, int]
    places: dict[reference.Cell, int]
    worlds: Worlds
    atlas: Atlas

    def index(self, cell: reference.Cell) -> int:
        return reference.index_of(cell, self.columns)

    def belief(
        self,
        utility: Reals,
        discount: float,
        *,
        slip: float = 0.0,
        slip_kind: int = 0,
        present: Flags | None = None,
    ) -> Belief:
        there = np.ones(len(self.objects), np.bool_) if present is None else present
        return Belief(
            self.atlas.content[0], self.atlas.place[0], there, utility, utility, self.columns, float(slip),
            slip_kind, float(discount),
        )  # fmt: skip

    def dream(
        self,
        utility: Reals,
        discount: float,
        *,
        slip: float = 0.0,
        slip_kind: int = 0,
        present: Flags | None = None,
    ) -> reference.Dream:
        objects = {cell: n for cell, n in self.objects.items() if present is None or present[n]}
        places = {cell: len(self.objects) + q for cell, q in self.places.items()}
        return reference.Dream(self.floor, objects, utility, discount, slip, slip_kind, places)

    def percept(self) -> Percept:
        atlas = self.atlas
        return Percept(
            atlas.content[0], atlas.content[0], atlas.place[0], self.worlds.cell[0], self.worlds.features[0],
            atlas.distance[0], atlas.first_action[0], atlas.visible[0], int(atlas.floor[0]), 0,
        )  # fmt: skip

    def plans(self) -> Plans:
        cells = self.rows * self.columns
        return Plans(np.zeros((2, cells)), np.zeros((2, cells), np.int32), np.zeros((2, cells), np.int32))


def plan_of(rows: int, columns: int, objects: int, rng: np.random.Generator, **settings: object) -> Blueprint:
    """Make a blueprint with objects of as many types, whose features are drawn; settings replace the rest.

    `places` are the rules of as many places.
    """
    places = np.array(settings.pop("places", []), np.int32).reshape(-1, 5)
    rules = settings.pop("rules", np.zeros((1 + objects, 5), np.int32))
    fixed = np.round(rng.random((objects, 3)), 1) * (rng.random((objects, 3)) < 0.6)
    at_places = np.round(rng.random((len(places), 3)), 1)
    fixed, things = np.concatenate([fixed, at_places]), objects + len(places)
    needs = settings.pop("needs", np.zeros((objects, objects), np.int32))
    plan = Blueprint(
        rows=rows, columns=columns, layout=0, layout_first=0.0, layout_second=0.0, steps=20, slip=0.0, slip_kind=0,
        type_of=np.arange(objects, dtype=np.int32), fixed=fixed, probability=np.zeros((things, 3)),
        one_of=np.zeros((things, 3)), outcomes=np.round(rng.normal(size=(objects, 2)), 2),
        ends=np.zeros(objects, np.bool_), must_reach=np.ones(objects, np.bool_), taken=np.zeros(objects, np.bool_),
        carried=np.zeros(objects, np.bool_), needs=needs, locked=needs.any(axis=1),
        respawns=np.zeros(objects, np.int32), energy=np.zeros(objects), supply=Supply(0.0, 0.0, 0.0, 0.0, 0.0),
        vision=0, rules=np.concatenate([rules, places]).astype(np.int32), terrain=np.zeros(0, np.uint8),
        marks=np.zeros(0, np.int16), place_type=np.arange(len(places), dtype=np.int32), types=needs.shape[1],
        places=len(places), worlds=0,
    )  # fmt: skip
    return plan._replace(**settings)


def sample_of(
    rows: int,
    columns: int,
    floor: set[reference.Cell],
    cells: list[reference.Cell],
    places: dict[reference.Cell, int] | None = None,
) -> Sample:
    """Make a world of these floor cells, with object n on the n-th of `cells`, and cells that belong to places."""
    wall = np.array([reference.terrain_of(floor, rows, columns)], np.uint8)
    at = np.array([[reference.index_of(cell, columns) for cell in cells]], np.int32).reshape(1, -1)
    start = np.array([reference.index_of(min(floor), columns)], np.int32)
    places = places or {}
    count = len(set(places.values()))
    place = np.full((1, rows * columns if count else 0), NOWHERE, np.int8)
    for cell, q in places.items():
        place[0, reference.index_of(cell, columns)] = q
    worlds = Worlds(wall, start, at, np.zeros((1, len(cells) + count, 1)), place)
    plan = plan_of(rows, columns, len(cells), np.random.default_rng(0), places=[[0] * 5] * count)
    objects = {cell: n for n, cell in enumerate(cells)}
    return Sample(rows, columns, floor, objects, places, worlds, draw_atlas(plan, worlds))


def draw_sample(rng: np.random.Generator, *, largest: int = 7, most: int = 6, places: int = 0) -> Sample:
    """Draw a small world, ways blocked and parts cut off as it happens, with up to so many places."""
    while True:
        rows, columns = (int(n) for n in rng.integers(3, largest + 1, 2))
        density = rng.choice([0.0, 0.15, 0.35])
        floor = {cell for cell in sorted(reference.inside(rows, columns)) if rng.random() >= density}
        if len(floor) > 1:
            break
    count = int(rng.integers(1, min(most, len(floor) - 1) + 1))
    free = sorted(floor)
    cells = [free[i] for i in rng.choice(len(free), count, replace=False)]
    named = [(cell, int(rng.integers(places))) for cell in sorted(floor) if places and rng.random() < 0.3]
    order = list(dict.fromkeys(q for _, q in named))  # numbered from 0 without gaps
    return sample_of(rows, columns, floor, cells, {cell: order.index(q) for cell, q in named})


def draw_wants(rng: np.random.Generator, objects: int) -> tuple[Reals, float]:
    """Draw utilities of mixed signs and a discount: often with exact ties, sometimes nothing wanted."""
    kind = rng.integers(4)
    if kind == 0:  # all differ
        return rng.uniform(-1, 1, objects), float(rng.choice([0.5, 0.9, 0.95, rng.uniform(0.05, 0.999)]))
    if kind == 1:  # halves: an object twice as good and one step further is exactly as good
        return rng.choice([-1.0, 0.25, 0.5, 1.0, 2.0], objects), 0.5
    if kind == 2:  # equals
        return rng.choice([-0.3, 0.7], objects, p=[0.2, 0.8]), float(rng.choice([0.5, 0.9]))
    return rng.choice([-1.0, -0.5, 0.0, 1.0], objects, p=[0.4, 0.2, 0.3, 0.1]), 0.9


def twin_world(plan: Blueprint, worlds: Worlds, e: int) -> reference.TwinWorld:
    """Write world number `e` of a batch as twins see it."""
    return reference.TwinWorld(
        reference.floor_of(worlds.wall[e], plan.columns),
        reference.cell_of(worlds.start[e], plan.columns),
        [reference.cell_of(cell, plan.columns) for cell in worlds.cell[e]],
        worlds.features[e].tolist(),
        {reference.cell_of(cell, plan.columns): int(q) for cell, q in enumerate(worlds.place[e]) if q != NOWHERE},
    )


OPEN_LOOP, HEURISTIC, PLANNER = range(3)
FEATURES = ["red", "round", "loud"]


def draw_minds(
    rng: np.random.Generator,
    population: int,
    *,
    hidden: int,
    greedy: bool,
    drives: int = 0,
    detects: bool = False,
    tree: bool = False,
    believes: bool = False,
    knows_ways: bool = False,
    algorithm: Algorithm = "value_iteration",
) -> Phenotypes:
    """Draw minds of all controllers in turn; `greedy` ones have no temperature, nor those of another `algorithm`."""
    inputs, count = len(sense_names(FEATURES, ["hunger"] * drives, knows_ways=knows_ways)), len(FEATURES)
    still = np.zeros(population)
    objective = rng.uniform(-1, 1, (population, count * (1 + drives)))
    algorithm = "tree_search" if tree else algorithm
    horizon = rng.integers(1, 6 if tree else 13, population).astype(np.int32)
    discount = rng.choice([0.5, 0.9, 0.95, 0.99], population)
    warm = still if greedy else rng.choice([0.0, 0.05, 0.5], population)
    effort = np.ones(population, np.int32)
    if algorithm in EFFORTS:
        effort = rng.integers(1, 30 if algorithm == MCTS else 5, population).astype(np.int32)
    planning = Planning(horizon, warm, algorithm, effort, candidates=12)
    reflexes = Reflexes(
        weights=rng.uniform(-1, 1, (population, inputs, max(hidden, 1))),
        out=rng.uniform(-1, 1, (population, hidden)),
        stay=rng.uniform(-1, 0.5, population),
        noise=still.copy() if greedy else rng.choice([0.0, 0.1, 1.0], population),
        knows_ways=knows_ways,
    )
    return Phenotypes(
        kinds=("open_loop", "heuristic", "planner"),
        controller=np.array([(OPEN_LOOP, HEURISTIC, PLANNER, PLANNER)[p % 4] for p in range(population)], np.uint8),
        objective=objective,
        discount=discount,
        own={
            "open_loop": Sequences(rng.integers(0, 5, (population, 7)).astype(np.int8)),
            "heuristic": reflexes,
            "planner": planning,
        },
        slip=rng.choice([0.0, 0.2, np.nan], population) if believes else np.full(population, np.nan),
        persistence=rng.choice([1.0, 0.9], population) if believes else np.ones(population),
        detectors=rng.uniform(-1, 1, (population, count if detects else 0, count + 1 if detects else 0)),
        sharpness=3.0,
        drives=drives,
    )


def twin_mind(minds: Phenotypes, p: int) -> reference.TwinMind:
    """Write mind number `p` as twins see it."""
    planning, reflexes = minds.own["planner"], minds.own["heuristic"]
    names = sense_names(FEATURES, ["hunger"] * minds.drives, knows_ways=reflexes.knows_ways)
    return reference.TwinMind(
        controller=("open_loop", "heuristic", "planner")[minds.controller[p]],
        objective=minds.objective[p].tolist(),
        horizon=int(planning.horizon[p]),
        discount=float(minds.discount[p]),
        temperature=float(planning.temperature[p]),
        weights={name: row.tolist() for name, row in zip(names, reflexes.weights[p], strict=True)},
        out=reflexes.out[p].tolist(),
        stay=float(reflexes.stay[p]),
        noise=float(reflexes.noise[p]),
        sequence=minds.own["open_loop"].sequence[p].tolist(),
        slip=float(minds.slip[p]),
        persistence=float(minds.persistence[p]),
        detectors=minds.detectors[p].tolist(),
        sharpness=minds.sharpness,
        algorithm=planning.algorithm,
        effort=int(planning.effort[p]),
        candidates=planning.candidates,
        drives=minds.drives,
        knows_ways=reflexes.knows_ways,
    )


def room_for(sample: Sample, horizon: int) -> PlannerRoom:
    """Make a room to plan in."""
    rng, places = np.random.default_rng(0), [[0] * 5] * len(set(sample.places.values()))
    plan = plan_of(sample.rows, sample.columns, len(sample.objects), rng, places=places)
    minds = draw_minds(rng, 1, hidden=0, greedy=True).with_own("planner", horizon=np.array([horizon], np.int32))
    return new_planners_room(Planner().minds(minds), np.arange(1), sample.rows * sample.columns, plan)
