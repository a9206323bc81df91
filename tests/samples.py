"""Small random worlds and minds to try kernels on, as kernels and as their twins see them."""

from typing import NamedTuple

import numpy as np
import reference

from evosim.mind.act import Head, new_head
from evosim.mind.genome import sense_names
from evosim.mind.phenotype import HEURISTIC, OPEN_LOOP, PLANNER, Phenotypes
from evosim.mind.planner import Belief, Plans
from evosim.types import Flags, Reals
from evosim.world.atlas import Atlas, draw_atlas
from evosim.world.blueprint import Blueprint
from evosim.world.grid import Worlds


class Sample(NamedTuple):
    """One world, with its floor as a set and its objects as a dictionary beside the arrays."""

    rows: int
    columns: int
    floor: set[reference.Cell]
    objects: dict[reference.Cell, int]
    worlds: Worlds
    atlas: Atlas

    def index(self, cell: reference.Cell) -> int:
        return reference.index_of(cell, self.columns)

    def belief(self, utility: Reals, discount: float, *, slip: float = 0.0, present: Flags | None = None) -> Belief:
        there = np.ones(len(utility), np.bool_) if present is None else present
        return Belief(self.atlas.content[0], there, utility, self.columns, float(slip), float(discount))

    def dream(
        self, utility: Reals, discount: float, *, slip: float = 0.0, present: Flags | None = None
    ) -> reference.Dream:
        objects = {cell: n for cell, n in self.objects.items() if present is None or present[n]}
        return reference.Dream(self.floor, objects, utility, discount, slip)

    def plans(self) -> Plans:
        cells = self.rows * self.columns
        return Plans(np.zeros((2, cells)), np.zeros((2, cells), np.int32), np.zeros((2, cells), np.int32))


def plan_of(rows: int, columns: int, objects: int, rng: np.random.Generator, **settings: object) -> Blueprint:
    """Make a blueprint with objects of as many types, whose features are drawn; settings replace the rest."""
    fixed = np.round(rng.random((objects, 3)), 1) * (rng.random((objects, 3)) < 0.6)
    plan = Blueprint(
        rows=rows, columns=columns, layout=0, layout_first=0.0, layout_second=0.0, steps=20, slip=0.0,
        type_of=np.arange(objects, dtype=np.int32), fixed=fixed, probability=np.zeros((objects, 3)),
        one_of=np.zeros((objects, 3)), outcomes=np.round(rng.normal(size=(objects, 2)), 2),
        ends=np.zeros(objects, np.bool_), consumed=np.zeros(objects, np.bool_),
    )  # fmt: skip
    return plan._replace(**settings)


def sample_of(rows: int, columns: int, floor: set[reference.Cell], cells: list[reference.Cell]) -> Sample:
    """Make a world of these floor cells, with object n on the n-th of `cells`."""
    wall = np.array([reference.terrain_of(floor, rows, columns)], np.uint8)
    at = np.array([[reference.index_of(cell, columns) for cell in cells]], np.int32)
    worlds = Worlds(wall, at[:, 0].copy(), at, np.zeros((1, len(cells), 1)))
    plan = plan_of(rows, columns, len(cells), np.random.default_rng(0))
    objects = {cell: n for n, cell in enumerate(cells)}
    return Sample(rows, columns, floor, objects, worlds, draw_atlas(plan, worlds))


def draw_sample(rng: np.random.Generator, *, largest: int = 7, most: int = 6) -> Sample:
    """Draw a small world, ways blocked and parts cut off as it happens."""
    while True:
        rows, columns = (int(n) for n in rng.integers(3, largest + 1, 2))
        density = rng.choice([0.0, 0.15, 0.35])
        floor = {cell for cell in sorted(reference.inside(rows, columns)) if rng.random() >= density}
        if len(floor) > 1:
            break
    count = int(rng.integers(1, min(most, len(floor) - 1) + 1))
    places = sorted(floor)
    cells = [places[i] for i in rng.choice(len(places), count, replace=False)]
    return sample_of(rows, columns, floor, cells)


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
    )


FEATURES = ["red", "round", "loud"]


def draw_minds(rng: np.random.Generator, population: int, *, hidden: int, greedy: bool) -> Phenotypes:
    """Draw minds of all controllers in turn; `greedy` ones have no temperature."""
    inputs = len(sense_names(FEATURES))
    still = np.zeros(population)
    return Phenotypes(
        controller=np.array([(OPEN_LOOP, HEURISTIC, PLANNER, PLANNER)[p % 4] for p in range(population)], np.uint8),
        objective=rng.uniform(-1, 1, (population, len(FEATURES))),
        horizon=rng.integers(1, 13, population).astype(np.int32),
        discount=rng.choice([0.5, 0.9, 0.95, 0.99], population),
        temperature=still if greedy else rng.choice([0.0, 0.05, 0.5], population),
        weights=rng.uniform(-1, 1, (population, inputs, max(hidden, 1))),
        out=rng.uniform(-1, 1, (population, hidden)),
        stay=rng.uniform(-1, 0.5, population),
        noise=still.copy() if greedy else rng.choice([0.0, 0.1, 1.0], population),
        sequence=rng.integers(0, 5, (population, 7)).astype(np.uint8),
    )


def twin_mind(minds: Phenotypes, p: int) -> reference.TwinMind:
    """Write mind number `p` as twins see it."""
    names = sense_names(FEATURES)
    return reference.TwinMind(
        controller=("open_loop", "heuristic", "planner")[minds.controller[p]],
        objective=minds.objective[p].tolist(),
        horizon=int(minds.horizon[p]),
        discount=float(minds.discount[p]),
        temperature=float(minds.temperature[p]),
        weights={name: row.tolist() for name, row in zip(names, minds.weights[p], strict=True)},
        out=minds.out[p].tolist(),
        stay=float(minds.stay[p]),
        noise=float(minds.noise[p]),
        sequence=minds.sequence[p].tolist(),
    )


def head_for(sample: Sample, horizon: int) -> Head:
    """Make a head to plan in."""
    return new_head(horizon, sample.rows * sample.columns, len(sample.objects), 0, 1)
