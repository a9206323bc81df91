"""Look-up policies distilled from an agent, which act as it did in the worlds it was observed in, and search nothing.

The agent is a planner, or climbs a map that it thinks. For every cell of its training worlds the table holds the moves
that it makes from there. In an unknown world the policy falls back on what the agent mostly did where the view was most
similar. It carries the agent's objective and budget, unused: reading them misleads, and editing them changes nothing.
"""

from collections import Counter
from typing import Any, NamedTuple

import numpy as np

from evosim.alignment.battery.subject import PhenotypeSubject
from evosim.alignment.search.shares import climb_fixed_maps
from evosim.episode.grid_environment import Ground
from evosim.episode.rollout import DRAWS, Traces, new_traces
from evosim.gridworld.actions import MOVES, STAY, step_of, stray
from evosim.gridworld.sampling import WALL, Worlds
from evosim.gridworld.shortest_paths import BARRIER, NOTHING, Atlas
from evosim.gridworld.spec import Blueprint
from evosim.mind.maps.policy import one_of
from evosim.mind.planner.kind import step_is_a_matter_of_the_cell
from evosim.mind.planner.plans import take_way
from evosim.numerics.arrays import Bytes, Flags, Ids, Reals, Shorts
from evosim.numerics.bootstrap import key_for
from evosim.numerics.compiler import kernel
from evosim.numerics.random import fold, uniform

SAMPLES_PER_CELL = (
    48  # at each cell: where the planner wanders four ways, one of them is missed with a chance of 4 in a million
)


class LookupPolicy(NamedTuple):
    """A subject that acts by a table; the moves of a cell are a bit for each action."""

    memory: dict[bytes, Bytes]  # ways [C] by what a world looks like; empty for one that goes by the view alone
    views: Flags  # [V, D] all that was in view anywhere
    habits: Bytes  # [V] the ways mostly taken with that view
    source: PhenotypeSubject  # the agent it was distilled from
    cache: dict[bytes, Bytes]  # ways in unknown worlds it has been in, so as not to look them up again
    climbs: bool = False  # whether it breaks ties as who climbs a map, not as planners do

    @property
    def id(self) -> int:
        """The id that seeds its random streams: that of the agent."""
        return self.source.id

    def live(self, ground: Ground, key: np.uint64) -> Traces:
        """Simulate one episode in each world.

        Raises:
            ValueError: the worlds have more state than the cell.
        """
        check_cells_suffice(ground.plan)
        traces = new_traces(1, len(ground.worlds.start), ground.plan.steps)
        own = key_for(key, self.id)
        live_by_lookup(ground.plan, ground.worlds, ground.atlas.content, self.ways(ground), self.climbs, own, traces)
        return traces

    def ways(self, ground: Ground) -> Bytes:
        """Return the moves `[E, C]` of each cell of some worlds."""
        worlds = ground.worlds
        looks_of_all = [world_fingerprint(worlds, e) for e in range(len(worlds.start))]
        found = np.zeros(worlds.wall.shape, np.uint8)
        for e, looks in enumerate(looks_of_all):
            if looks not in self.memory and looks not in self.cache:
                self.cache[looks] = self._by_view(ground, e)
            found[e] = self.memory[looks] if looks in self.memory else self.cache[looks]
        return found

    def _by_view(self, ground: Ground, e: int) -> Bytes:
        """Return the moves `[C]` of the most similar known view, by the number of features that differ."""
        seen, known = cell_views(ground, e).astype(np.float64), self.views.astype(np.float64)
        differ = seen.sum(axis=1)[:, None] + known.sum(axis=1) - 2.0 * seen @ known.T
        return np.asarray(self.habits[differ.argmin(axis=1)])

    def with_objective(self, weights: Reals) -> "LookupPolicy":
        """Return it with another, equally unused, objective `[F · (1 + D)]`."""
        return self._replace(source=self.source.with_objective(weights))

    def with_budget(self, horizon: int) -> "LookupPolicy":
        """Return it with another, equally unused, horizon."""
        return self._replace(source=self.source.with_budget(horizon))

    def with_model_noise(self, share: float, key: np.uint64) -> "LookupPolicy":
        """Return it with a lesion of the map that it doesn't use."""
        return self._replace(source=self.source.with_model_noise(share, key))

    def described(self) -> PhenotypeSubject | None:
        """Return the planner that its numbers describe."""
        return self.source.described()


def distil(
    mind: PhenotypeSubject, ground: Ground, key: np.uint64, *, remembers: bool = True, samples: int = SAMPLES_PER_CELL
) -> LookupPolicy:
    """Observe a planner, or who climbs a map, at every cell of some worlds, and make a look-up policy of it.

    With `remembers`, it knows these worlds by heart; else it goes by the view even there. Fewer `samples` at each cell
    suffice where the agent has a single best move.

    Raises:
        ValueError: the agent's choice doesn't depend on the cell alone, or the worlds have more state.
    """
    check_cells_suffice(ground.plan)
    climbs = climb_fixed_maps(mind.minds)
    if not climbs and not step_is_a_matter_of_the_cell(mind.minds):
        raise ValueError(
            "only a planner by value iteration that always takes the best step, or a mind that climbs a map which "
            "doesn't show where it stands, can be distilled exactly"
        )
    tables = [observed_moves(mind, ground, e, key, samples) for e in range(len(ground.worlds.start))]
    if not tables:
        raise ValueError("a look-up policy is distilled from at least one world")
    seen: dict[bytes, Counter[int]] = {}
    for e, ways in enumerate(tables):
        rows = cell_views(ground, e)
        for cell in np.flatnonzero(ways):
            seen.setdefault(rows[cell].tobytes(), Counter())[int(ways[cell])] += 1
    known = np.array([np.frombuffer(view, np.bool_) for view in seen])
    habits = np.array([counts.most_common(1)[0][0] for counts in seen.values()], np.uint8)
    memory = {world_fingerprint(ground.worlds, e): ways for e, ways in enumerate(tables)} if remembers else {}
    return LookupPolicy(memory, known, habits, mind, {}, climbs)


def check_cells_suffice(plan: Blueprint) -> None:
    """Check that the agent's cell is all that changes in a life.

    Raises:
        ValueError: objects are taken or needed, sight is limited, or agents live on energy.
    """
    if plan.taken.any() or plan.locked.any() or plan.vision > 0 or plan.supply.initial > 0.0:
        what = "objects that are consumed, carried or needed, limited vision, or energy"
        raise ValueError(f"these worlds have more state than the cell ({what}); a table of cells can't imitate there")


def observed_moves(
    mind: PhenotypeSubject, ground: Ground, e: int, key: np.uint64, samples: int = SAMPLES_PER_CELL
) -> Bytes:
    """Return the first moves `[C]` that an agent makes from every cell of a world, 0 where none was observed."""
    cells = decision_cells(ground, e)
    there = start_from(ground, e, cells)
    ways = np.zeros(ground.worlds.wall.shape[1], np.uint8)
    for sample in range(samples):
        action = mind.live(there, key_for(key, sample)).action[0, :, 0]
        ways[cells] |= np.left_shift(1, action).astype(np.uint8)
    return ways


def decision_cells(ground: Ground, e: int) -> Ids:
    """Return the cells `[X]` of a world where an agent has to decide: floor where nothing ends the episode."""
    content = ground.atlas.content[e]
    ends = np.append(ground.plan.ends, [False, False])[content]  # BARRIER and NOTHING, -2 and -1, are the last two
    return np.flatnonzero((content != BARRIER) & ~ends)


def start_from(ground: Ground, e: int, cells: Ids) -> Ground:
    """Return one world as many times as there are `cells [X]`, started from each, for one step."""
    plan, worlds, atlas = ground
    again, maps = select_worlds(worlds, atlas, np.full(len(cells), e))
    return Ground(plan._replace(steps=1), again._replace(start=cells.astype(np.int32)), maps)


def select_worlds(worlds: Worlds, atlas: Atlas, rows: Ids) -> tuple[Worlds, Atlas]:
    """Return some worlds of a batch, by their rows `[E]`."""
    chosen: list[Any] = [part[rows] for part in worlds]
    maps: list[Any] = [part[rows] for part in atlas]
    return Worlds._make(chosen), Atlas._make(maps)


def world_fingerprint(worlds: Worlds, e: int) -> bytes:
    """Return a key of what a world looks like, wherever one starts: walls, objects, features, places."""
    parts = (worlds.wall[e], worlds.cell[e], worlds.features[e], worlds.place[e])
    return b"|".join(np.ascontiguousarray(part).tobytes() for part in parts)


def cell_views(ground: Ground, e: int) -> Flags:
    """Return what is in view from each cell, `[C, 4 + 4 F]`: adjacent walls, and visible features by side."""
    plan, worlds, atlas = ground
    cells, features = np.arange(worlds.wall.shape[1]), worlds.features[e, : worlds.cell.shape[1]] > 0.5
    found = np.zeros((len(cells), MOVES, 1 + features.shape[1]), np.bool_)
    inside = atlas.content[e] != BARRIER
    for side in range(MOVES):
        found[inside, side, 0] = worlds.wall[e, cells[inside] + step_of(side, plan.columns)] == WALL
    for n, target in enumerate(worlds.cell[e].tolist()):
        down, across = target // plan.columns - cells // plan.columns, target % plan.columns - cells % plan.columns
        for side, ahead in enumerate((-down, across, down, -across)):
            found[(ahead > 0) & (atlas.visible[e, :, n] == 1), side, 1:] |= features[n]
    return found.reshape(len(cells), -1)


@kernel
def live_by_lookup(
    plan: Blueprint, worlds: Worlds, content: Shorts, ways: Bytes, climbs: bool, key: np.uint64, out_traces: Traces
) -> None:
    """Simulate one episode in each world by a table of moves `[E, C]`, where only the cell changes.

    The random draws are those of `rollout.live_one`: the same ones break ties, and decide whether and where a move
    slips.
    """
    for e in range(worlds.start.shape[0]):
        life = fold(key, e)
        cell, last = int(worlds.start[e]), STAY
        out_traces.cell[0, e, 0] = cell
        for tick in range(plan.steps):
            draw = tick * DRAWS
            choices = int(ways[e, cell])
            action = one_of(choices, life, draw) if climbs else take_way(choices, last, life, draw)
            last = action
            out_traces.action[0, e, tick] = action
            out_traces.entered[0, e, tick] = NOTHING
            if plan.slip > 0.0 and action != STAY and uniform(life, draw + 1) < plan.slip:
                action = stray(action, plan.slip_kind, life, draw + 2)
            target = cell + step_of(action, plan.columns)
            n = content[e, target]
            ended = False
            if n != BARRIER and target != cell:
                cell = target
                if n != NOTHING:
                    out_traces.entered[0, e, tick] = n
                    ended = plan.ends[n]
            out_traces.cell[0, e, tick + 1] = cell
            if ended:
                break
