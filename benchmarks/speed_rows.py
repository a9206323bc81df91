"""What speed.py times: evosim's kernels beside the same in C, with equal answers."""

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from benchmarks import references
from evosim.episode.rollout import live
from evosim.evolution.genetic import Genetic
from evosim.evolution.population import Population
from evosim.gridworld.sampling import draw_worlds
from evosim.gridworld.shortest_paths import draw_atlas
from evosim.gridworld.spec import Blueprint, blueprint
from evosim.mind.expression import express
from evosim.mind.founders import draw_founders
from evosim.mind.genome import genome_layout
from evosim.mind.map_kind import ThoughtInputs
from evosim.mind.maps.boards import new_board, think
from evosim.mind.maps.thinking import laid_out, layers_of
from evosim.mind.planner.plans import Belief, Plans, value_iteration
from evosim.mind.planner.tree_search import Walk, new_walk, search_tree
from evosim.mind.program.machine import Board, Programs
from evosim.numerics.arrays import Cells, Flags, Ids, Reals, Shorts
from evosim.numerics.compiler import kernel
from evosim.numerics.random import Stream, key_of
from evosim.scenario import load_scenario
from evosim.scenario.schema.evolution import GaussianMutation, Tournament

Run = Callable[[], Any]


class Row(NamedTuple):
    """Two programs that give the same answers."""

    name: str
    peer: str
    ours: Run
    theirs: Run
    threads: int = 1  # of ours; theirs has one
    goal: float | None = None  # their time, as a share of ours
    same: bool = True  # whether answers are the same to the last bit; if not, they are compared otherwise


class Ground(NamedTuple):
    """Minds, and worlds to live in."""

    plan: Blueprint
    worlds: Any
    atlas: Any
    minds: Any
    ids: Ids


def ground(*overrides: str, population: int = 512, episodes: int = 64) -> Ground:
    """Draw founders and worlds of `red_doors`."""
    scenario = load_scenario("red_doors", [*overrides, f"evolution.population={population}"])
    layout = genome_layout(scenario)
    minds = express(scenario, layout, draw_founders(scenario, layout, 1))
    plan = blueprint(scenario, "training")
    worlds = draw_worlds(plan, key_of(1), episodes)
    return Ground(plan, worlds, draw_atlas(plan, worlds), minds, np.arange(population, dtype=np.int64))


def planner_lives(name: str, horizon: int) -> Row:
    """Lives of planners, whose plans are read from distances."""
    on = ground("mind.controllers={planner=1}", f"mind.planner.horizon={horizon}")
    key = key_of(2)
    return Row(
        name, "C", lambda: tuple(live(*on, key)),
        lambda: tuple(references.planner_lives(*on, key)), goal=0.8,
    )  # fmt: skip


def heuristic_lives(name: str, *, tabulated: bool) -> Row:
    """Lives of linear heuristics."""
    on = ground("mind.controllers={heuristic=1}")
    key = key_of(2)

    def theirs() -> Any:
        return references.heuristic_lives(*on, key, tabulated=tabulated).outcomes

    return Row(name, "C", lambda: live(*on, key).outcomes, theirs, goal=0.8 if tabulated else None)


@kernel
def iterate_all(
    contents: Shorts,
    place: Any,
    present: Flags,
    utility: Reals,
    columns: int,
    slip: float,
    discount: float,
    horizon: int,
    out_value: Reals,
    out_steps: Cells,
    out_aim: Cells,
    out_layer: Ids,
) -> None:
    """Iterate values in all worlds."""
    for w in range(contents.shape[0]):
        belief = Belief(contents[w], place, present, utility[w], utility[w], columns, slip, 0, discount)
        out_layer[w] = value_iteration(belief, horizon, Plans(out_value[w], out_steps[w], out_aim[w]))


def wanting(on: Ground) -> Reals:
    """Draw utilities `[W, N]` of all objects, some negative."""
    rng = np.random.default_rng(1)
    return np.asarray(rng.uniform(-0.5, 1.0, on.worlds.cell.shape))


def plans_by_value_iteration(name: str, slip: float) -> Row:
    """Plans from all cells, with every move as likely to slip."""
    on, horizon, discount = ground(population=2), 24, 0.95
    utility, (worlds, objects) = wanting(on), on.worlds.cell.shape
    present, place = np.ones(objects, np.bool_), np.zeros(0, np.int8)

    def ours() -> Any:
        found = references.new_found(worlds, on.worlds.wall.shape[1])
        iterate_all(on.atlas.content, place, present, utility, on.plan.columns, slip, discount, horizon, *found)
        return found

    def theirs() -> Any:
        return references.value_iterations(
            on.atlas.content, on.worlds.cell, utility, on.plan.columns, slip, discount, horizon
        )

    return Row(name, "C", ours, theirs, goal=0.8 if slip else None)


@kernel
def search_all(
    plan: Blueprint,
    contents: Shorts,
    place: Any,
    present: Flags,
    cells: Cells,
    utility: Reals,
    starts: Cells,
    inventory: Cells,
    discount: float,
    horizon: int,
    walk: Walk,
    out_value: Reals,
    out_steps: Ids,
    out_aim: Ids,
) -> None:
    """Search trees in all worlds."""
    for w in range(contents.shape[0]):
        belief = Belief(contents[w], place, present, utility[w], utility[w], plan.columns, 0.0, 0, discount)
        start = int(np.int64(starts[w]))
        found = search_tree(start, horizon, plan, cells[w], belief, present, inventory, 0.0, walk)
        out_value[w], out_steps[w], out_aim[w] = found.value, found.steps, found.aim


def plans_by_tree_search(name: str, depth: int) -> Row:
    """Best walks among objects that are taken."""
    taken = [f"world.objects.{n}.{what}" for n in ("key", "gem") for what in ("ends_episode=false", "consumed=true")]
    on, discount = ground(*taken, *(f"world.objects.{n}.count=3" for n in ("key", "gem")), population=2), 0.95
    utility, starts = wanting(on), on.worlds.start
    present, place = np.ones(utility.shape[1], np.bool_), np.zeros(0, np.int8)
    inventory = np.zeros(on.plan.types, np.int32)

    def ours() -> Any:
        found = np.zeros(len(starts)), np.zeros(len(starts), np.int64), np.zeros(len(starts), np.int64)
        walk = new_walk(depth, on.worlds.wall.shape[1], utility.shape[1], on.plan.types)
        search_all(
            on.plan, on.atlas.content, place, present, on.worlds.cell, utility, starts, inventory, discount, depth,
            walk, *found,
        )  # fmt: skip
        return found

    def theirs() -> Any:
        return references.tree_searches(on.plan, on.atlas.content, on.worlds.cell, utility, starts, discount, depth)

    return Row(name, "C", ours, theirs, goal=0.7)


LOCI, SEED = 64, 1
LOW, HIGH = np.full(LOCI, -1.0), np.full(LOCI, 1.0)


def evaluated(population: int) -> tuple[Genetic, Population]:
    """Return an optimizer with the settings of `red_doors`, and a generation whose fitness is known."""
    settings = load_scenario("red_doors", [f"evolution.population={population}"]).evolution
    rng = np.random.default_rng(1)
    genomes = rng.uniform(-1, 1, (population, LOCI)).astype(np.float32)
    optimizer = Genetic(settings, genomes, LOW, HIGH, seed=SEED)
    return optimizer, Population(0, genomes, np.full((population, 2), -1, np.int64), rng.random(population))


def generation(name: str, population: int, threads: int) -> Row:
    """The next generation of an evaluated one."""
    optimizer, start = evaluated(population)
    keys = key_of(SEED, Stream.SELECTION, 1), key_of(SEED, Stream.CROSSOVER, 1), key_of(SEED, Stream.MUTATION, 1)
    select, mutate = optimizer.settings.selection, optimizer.settings.mutation
    assert isinstance(select, Tournament)
    assert isinstance(mutate, GaussianMutation)
    size, mating = select.size, optimizer.settings.crossover.rate
    rate, step = np.full(LOCI, mutate.rate), np.full(LOCI, mutate.scale)

    def ours() -> Any:
        optimizer.restore(start, [])
        return optimizer.ask()

    def theirs() -> Any:
        return references.offspring(
            start.fitness, start.genomes, keys, LOW, HIGH, size=size, mating=mating, rate=rate, step=step
        )

    goal = 1.0 if (population, threads) == (10_000, 2) else None
    return Row(name, "C", ours, theirs, threads, goal)


@kernel
def think_all(programs: Programs, thoughts: int, board: Board, out_maps: Reals) -> None:
    """Write register 0 `[P, rows + 2, (columns + 2) · W]` of all programs."""
    for p in range(programs.length.shape[0]):
        found = think(programs, p, thoughts, board)
        for row in range(1, out_maps.shape[1] - 1):
            for x in range(board.worlds, out_maps.shape[2] - board.worlds):
                out_maps[p, row, x] = board.values[found, row, x]


def maps_of_programs(name: str, lines: tuple[str, ...], thoughts: int) -> Row:
    """Thoughts of a program as it was evolved, and of as many random ones, on 16 mazes side by side."""
    said = ["evolution.population=32", "evolution.elites=1"]
    draws = [load_scenario("search_from_parts", [*said, *more]) for more in ([], [f"mind.program.initial={[*lines]}"])]
    founders = [draw_founders(each, genome_layout(each), 1) for each in draws]
    own = express(draws[0], genome_layout(draws[0]), np.concatenate(founders)).own["program"]
    plan = blueprint(draws[0], "maze")
    worlds = draw_worlds(plan, key_of(1), 16)
    features, things = np.zeros((16, 2, plan.rows * plan.columns)), np.zeros((16, plan.rows * plan.columns), np.bool_)
    for n in range(worlds.cell.shape[1]):
        features[np.arange(16), :, worlds.cell[:, n]] = worlds.features[:, n]
        things[np.arange(16), worlds.cell[:, n]] = True
    shape = 16, -1, plan.rows, plan.columns
    walls = worlds.wall.reshape(shape)[:, 0] == 1
    shown = ThoughtInputs(walls, features.reshape(shape), things.reshape(shape)[:, 0], worlds.start)
    inputs = laid_out(layers_of(shown, own.inputs))
    programs, out = (
        Programs(own.fields, own.constants, own.length, own.registers),
        np.zeros((len(own.length), *inputs.shape[1:])),
    )
    board = new_board(programs, len(inputs), plan.rows, plan.columns, 16)
    board.inputs[:] = inputs

    def ours() -> Reals:
        think_all(programs, thoughts, board, out)
        return out

    def theirs() -> Reals:
        return references.thoughts_of_programs(own.code, thoughts, own.registers, inputs, 16)

    return Row(name, "C", ours, theirs, goal=0.8)


SEEKER = (
    "r2 = hmax r0", "r0 = vmax r0", "r1 = max r0 r2", "r0 = add r1 door", "r0 = mask r0 wall", "r1 = scale thing -0.98",
    "r0 = add r0 r1",
)  # fmt: skip  # as it was evolved


BESIDE_C: dict[str, Callable[[str], Row]] = {
    "planner lives, horizon 8": partial(planner_lives, horizon=8),
    "planner lives, horizon 32": partial(planner_lives, horizon=32),
    "heuristic lives, senses tabulated": partial(heuristic_lives, tabulated=True),
    "heuristic lives": partial(heuristic_lives, tabulated=False),
    "value iteration, slip .1": partial(plans_by_value_iteration, slip=0.1),
    "value iteration": partial(plans_by_value_iteration, slip=0.0),
    "tree search, depth 6": partial(plans_by_tree_search, depth=6),
    "programs, 32 thoughts": partial(maps_of_programs, lines=SEEKER, thoughts=32),
    **{
        f"genetic generation, P = {size:,}, {count} thr.": partial(generation, population=size, threads=count)
        for size in (512, 10_000, 100_000)
        for count in (1, 2)
    },
}
