"""The field's lens: the surroundings of one agent, valued by its own objective and by evolution's."""

from collections import deque
from typing import Any, NamedTuple

import numpy as np

from evosim.ecology.loci import Loci
from evosim.ecology.minds import minds_of, perceived_by_kind, utility_by_kind
from evosim.ecology.policies import hunger_of
from evosim.ecology.rules import Rules
from evosim.ecology.simulation import EcologySimulation
from evosim.gridworld.actions import MOVES
from evosim.mind.alleles import Detectors, detectors_in
from evosim.mind.nearby import EMPTY, WALL, MapView, kind_at, moved, new_window, plan_nearby, write_kinds
from evosim.mind.planner.shared_world import ROTATION
from evosim.numerics.arrays import Cells, Reals
from evosim.numerics.random import below, subkey
from viz.live.scenes.replay import Snapshot

EQUAL = 1e-12
LEAST_MISPERCEPTION = 0.25  # difference of a perceived feature from the true one


class LensContext(NamedTuple):
    """The constants of an ecology that are needed to value an agent's surroundings."""

    down: Cells
    across: Cells
    vision: int
    loci: Loci
    detectors: Detectors
    minds: Any  # the kinds that there are, with room to think in
    rules: Rules
    acts: np.uint64


class LocalLandscape(NamedTuple):
    """The square of `[S, S]` cells around one agent."""

    wanted: Reals  # worth of the best thing within reach; NaN where nobody can be
    counted: Reals  # likewise, of children: of mates, while it can mate
    disagreement: Reals  # 1 where it would go for something else than a mate, 0 where for one; NaN without a mate
    plan: list[tuple[int, int]]  # rows and columns of the field, from where it stands; may lie beyond the edge
    worth: list[float]  # of each kind of thing, and last of a mate
    mistaken: frozenset[int]  # kinds of things that it perceives otherwise than they are


def make_context(simulation: EcologySimulation, rules: Rules) -> LensContext:
    """Copy the context from an ecology and its current rules."""
    view, static, scenario, layout = simulation.ecology.map, simulation.static, simulation.scenario, simulation.layout
    return LensContext(
        down=view.down.copy(),
        across=view.across.copy(),
        vision=int(view.vision),
        loci=static.loci,
        detectors=detectors_in(layout, scenario),
        minds=minds_of(scenario, layout, int(view.vision)),
        rules=rules,
        acts=static.keys.acts,
    )


def value_kinds(snapshot: Snapshot, row: int, sight: LensContext) -> Reals:
    """Return the value of each kind of thing and, last, of a mate to an agent that has an objective `[T + 1]`."""
    rules, loci = sight.rules, sight.loci
    levels = snapshot.levels[row].copy()
    if loci.hunger >= 0:
        levels[loci.hunger] = hunger_of(float(snapshot.energy[row]), rules.most)
    things = len(rules.energy)
    of_agent = sight.minds, int(snapshot.controller[row]), snapshot.genome[row], levels
    worth = np.array([utility_by_kind(*of_agent, rules.features[kind]) for kind in range(things + 1)])
    if not snapshot.able[row]:
        worth[things] = 0.0
    return worth


def view_around(snapshot: Snapshot, row: int, sight: LensContext) -> LocalLandscape:
    """Value the surroundings of agent `row`."""
    side, here = 2 * sight.vision + 1, sight.vision
    things = len(sight.rules.energy)
    kinds_everywhere = np.zeros(len(sight.down) * len(sight.across), np.int16)
    view = MapView(snapshot.what, sight.down, sight.across, kinds_everywhere, sight.vision)
    write_kinds(things, snapshot.able, view)
    place = divmod(int(snapshot.cell[row]), snapshot.columns)
    plans = snapshot.plans[row]
    worth = value_kinds(snapshot, row, sight) if plans else np.zeros(things + 1)
    discount = float(snapshot.discount[row] * snapshot.persistence[row]) if plans else 0.9
    mates = np.zeros(things + 1)
    mates[things] = 1.0 if snapshot.able[row] else 0.0
    room = new_window(sight.vision)
    kinds = np.array(
        [[kind_at(*place, row, things, snapshot.able, view, (r, c)) for c in range(side)] for r in range(side)]
    )

    def heights(amounts: Reals) -> Reals:
        """Find the value of each cell of the window, by the planners' own search, as far as is seen."""
        found = np.full((side, side), np.nan)
        for r in range(side):
            for c in range(side):
                if kinds[r, c] == WALL:
                    continue
                if kinds[r, c] >= 0:
                    found[r, c] = max(amounts[kinds[r, c]], 0.0)
                    continue
                found[r, c] = plan_nearby(*place, (r, c), side * side, discount, amounts, view, 0, room).value
        return found

    wanted, counted = heights(worth), heights(mates)
    only = np.zeros(things + 1)
    only[things] = max(worth[things], 0.0)
    goes = (heights(only) >= wanted - EQUAL) & (wanted > 0.0)
    apart = np.where(counted > 0.0, np.where(goes, 0.0, 1.0), np.nan)
    path = []
    if plans:
        key = subkey(sight.acts, snapshot.tick, int(snapshot.id[row]))
        rotation = below(key, ROTATION, MOVES)
        path = find_plan(kinds, worth, discount, int(snapshot.horizon[row]), int(rotation), here)
    nothing = np.full((side, side), np.nan)
    return LocalLandscape(
        wanted if plans else nothing,
        counted,
        apart if plans else nothing,
        [(place[0] + r - here, place[1] + c - here) for r, c in path],
        worth.tolist(),
        misperceived_kinds(snapshot, row, sight),
    )


def find_plan(
    kinds: np.ndarray, worth: Reals, discount: float, horizon: int, rotation: int, here: int
) -> list[tuple[int, int]]:
    """Return the cells of the best plan among `[S, S]` kinds, as `plan_nearby` finds it; empty if there is none."""
    side = len(kinds)
    came: dict[tuple[int, int], tuple[int, int]] = {(here, here): (here, here)}
    queue = deque([((here, here), 0)])
    best, goal = 0.0, None
    while queue:
        at, steps = queue.popleft()
        if steps >= horizon:
            break
        for turn in range(MOVES):
            to = moved((turn + rotation) & 3, *at)
            if not (0 <= to[0] < side and 0 <= to[1] < side) or to in came:
                continue
            came[to] = at
            kind = int(kinds[to])
            if kind == EMPTY:
                queue.append((to, steps + 1))
            elif kind >= 0 and worth[kind] > 0.0:
                value = float(worth[kind])
                for _ in range(steps + 1):
                    value *= discount
                if value > best:
                    best, goal = value, to
    if goal is None:
        return []
    path = [goal]
    while path[-1] != (here, here):
        path.append(came[path[-1]])
    return path[::-1]


def misperceived_kinds(snapshot: Snapshot, row: int, sight: LensContext) -> frozenset[int]:
    """Return the kinds of things that an agent perceives with an error above `LEAST_MISPERCEPTION`."""
    if sight.detectors.first < 0 or not snapshot.plans[row]:
        return frozenset()
    things = len(sight.rules.energy)
    apart = np.abs(perceived_kinds(snapshot, row, sight) - sight.rules.features[: things + 1])
    return frozenset(np.flatnonzero(apart[:things].max(axis=1) > LEAST_MISPERCEPTION).tolist())


def perceived_kinds(snapshot: Snapshot, row: int, sight: LensContext) -> Reals:
    """Return the features `[T + 1, F]` of each kind of thing and of a mate, as an agent perceives them."""
    features = sight.rules.features[: len(sight.rules.energy) + 1]
    of_agent = sight.minds, int(snapshot.controller[row]), snapshot.genome[row]
    return np.array([[perceived_by_kind(*of_agent, f, kind) for f in range(features.shape[1])] for kind in features])


def detectors_of(snapshot: Snapshot, row: int, sight: LensContext) -> Reals | None:
    """Return the detectors `[F, F + 1]` of an agent; None if perception is exact."""
    first, count = sight.detectors.first, sight.rules.features.shape[1]
    if first < 0:
        return None
    return snapshot.genome[row, first : first + count * (count + 1)].reshape(count, count + 1).astype(np.float64)
