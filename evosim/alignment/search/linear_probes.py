"""Linear probes: is a plan to be read off what a mind holds in each cell, better than off what it is shown there?

Two questions are asked in mazes with a lone target, none of which a scenario draws. *Way*: by which step does the
shortest path leave this cell, which is 8 to 24 steps away from the target? *Path*: of the cells so many steps away from
the agent, 2 to 8, will its own walk enter this one within its next 8 steps? What it does next isn't asked: who climbs a
map goes where it is highest, so a probe of the cells around would be right by construction, for anyone.

A probe is a linear function, fitted by least squares in half of the worlds and scored in the others by macro-F1, as by
Bush et al. 2025 (arXiv 2504.01871). It sees what the mind is shown in a cell and its four neighbours, and beside that
what the mind holds there; its baseline sees the first only. Numbers are taken relative to the steepest rise nearby, as
maps may fade by a factor with every step.
"""

from functools import lru_cache
from typing import NamedTuple

import numpy as np

from evosim.alignment.search.cases import FAR, NEAR, ReadOutCases, draw_plans
from evosim.alignment.search.paths import cells_beside, distances
from evosim.alignment.search.thinking import Hold, PerceivedWorlds, depends_on_position, lone, thinks_of
from evosim.alignment.search.walking import walk_uphill
from evosim.numerics.arrays import Flags, Ids, Reals
from evosim.numerics.bootstrap import DIFFERENCE_OF_SHARES, SHARE, bootstrap_interval, generator, key_for
from evosim.numerics.confusion import macro_f1
from evosim.numerics.intervals import NO_INTERVAL, ConfidenceInterval

WORLDS = 120  # half of them to fit probes in, half to score them in
AHEAD = 8  # steps, for which a walk is foretold
STARTS = 8  # of walks, in each world
LEAST = 20  # cells on the path, in either half, without which nothing can be foretold
STEPS = 4
ROUNDING = 1e-8  # singular values smaller than this share of the largest count as 0
BEGIN, WALK, ROWS = range(3)  # what is drawn for


class ProbeCases(NamedTuple):
    """Worlds with a lone target, and the cells in them about which probes are asked."""

    plans: ReadOutCases
    key: np.uint64
    world: Ids  # [N] of cells whose way is asked for
    cell: Ids  # [N]
    way: Ids  # [N] the one step that begins a shortest path
    start_world: Ids  # [S] of walks
    start: Ids  # [S]
    pair: Ids  # [M] walks, of which it is asked whether they enter a cell
    ahead: Ids  # [M] that cell
    apart: Ids  # [M] how many steps it is away from the start: 2 to AHEAD

    @property
    def scored(self) -> Flags:
        """Whether probes are scored in a world `[W]`; in the others they are fitted."""
        return np.asarray(np.arange(len(self.plans.walls)) % 2 == 1)


class LinearProbe(NamedTuple):
    """How well a probe is right, by macro-F1 over worlds."""

    f1: ConfidenceInterval  # of what a mind is shown and holds
    inputs: ConfidenceInterval  # of what it is shown, alone
    gain: ConfidenceInterval  # of the one over the other


class LinearProbes(NamedTuple):
    """Probes of one mind; their numbers are NaN where its walk hardly enters anything."""

    way: LinearProbe
    path: LinearProbe


@lru_cache(maxsize=4)
def draw_probe_cases(key: np.uint64, worlds: int = WORLDS) -> ProbeCases:
    """Draw worlds with a lone target, and the cells that probes are asked about."""
    plans, random = draw_plans(key, worlds), generator(key_for(key, BEGIN))
    asked = np.flatnonzero((plans.distance >= NEAR) & (plans.distance <= FAR) & (plans.right.sum(axis=1) == 1))
    far = np.flatnonzero(plans.distance > AHEAD)
    drawn = [random.permutation(far[plans.world[far] == w])[:STARTS] for w in range(worlds)]
    starts = np.concatenate(drawn)
    start_world, start = plans.world[starts], plans.cell[starts]
    apart = distances(plans.walls[start_world], start).reshape(len(starts), -1)
    pair, ahead = np.nonzero((apart >= 2) & (apart <= AHEAD))
    return ProbeCases(
        plans, key, plans.world[asked], plans.cell[asked], plans.right[asked].argmax(axis=1), start_world, start, pair,
        ahead, apart[pair, ahead].astype(np.int64),
    )  # fmt: skip


def linear_probes(hold: Hold, look: Reals, cases: ProbeCases, thoughts: int | None = None) -> LinearProbes:
    """Return how well probes of one mind are right, for a target with the features `look` `[F]`.

    They see it after so many `thoughts`, or by None its own number; its walk is always that of its own number.
    """
    return LinearProbes(_probe_way(hold, look, cases, thoughts), _probe_path(hold, look, cases, thoughts))


def walks_into(hold: Hold, look: Reals, cases: ProbeCases) -> Flags:
    """Return whether the walk of each pair `[M]` enters its cell, towards a target with features `look` `[F]`."""
    walls, target = cases.plans.walls[cases.start_world], cases.plans.target[cases.start_world]
    steps = walk_uphill(
        thinks_of(hold), lone(walls, target, look), walls, cases.start, key_for(cases.key, WALK), None, AHEAD
    )
    entered = np.stack(list(steps))
    return np.asarray((entered[:, cases.pair] == cases.ahead).any(axis=0))


def rises_ahead(hold: Hold, look: Reals, cases: ProbeCases, thoughts: int | None) -> Reals:
    """Return by how much what is held in and around cells ahead is larger than at the start, `[M, C, 5]`.

    It is relative to the steepest rise at the start, and logarithmic: sign(x) · log(1 + |x|). The first is the cell's.
    """
    walls, world = cases.plans.walls, cases.start_world[cases.pair]
    held, of = _held(hold, thoughts, _scene(cases, look), cases.start_world, cases.start)
    nearby = around(held, of, cases.start)
    steepest = _steepest(nearby, around(walls[None], cases.start_world, cases.start)[:, 0] == 0)[cases.pair]
    rise = around(held, of[cases.pair], cases.ahead) - nearby[cases.pair, :, :1]
    rise = _relative(rise, steepest) * (around(walls[None], world, cases.ahead) == 0)
    return np.asarray(np.sign(rise) * np.log1p(np.abs(rise)))


def around(layers: Reals | Flags, world: Ids, cell: Ids) -> Reals:
    """Return what layers `[C, W, rows, columns]` hold in cells `[N]` of worlds `[N]` and their neighbours, `[N, C, 5]`.

    The cell comes first, then its neighbours in the order of steps.
    """
    five = np.concatenate([cell[:, None], cells_beside(cell, layers.shape[3])], axis=1)
    flat = layers.reshape(*layers.shape[:2], -1)
    return np.asarray(np.nan_to_num(flat[:, world[:, None], five].astype(float)).transpose(1, 0, 2))


def _probe_way(hold: Hold, look: Reals, cases: ProbeCases, thoughts: int | None) -> LinearProbe:
    """Score the probe of ways: four linear functions, of which the largest says the step."""
    shown = _shown(cases, look, cases.world, cases.cell)
    held, of = _held(hold, thoughts, _scene(cases, look), cases.world, cases.cell)
    nearby, floor = around(held, of, cases.cell), around(cases.plans.walls[None], cases.world, cases.cell)[:, 0] == 0
    rise = (nearby[..., 1:] - nearby[..., :1]) * floor[:, None, 1:]
    rise = _relative(rise, _steepest(nearby, floor)).reshape(len(rise), -1)
    test, truth = cases.scored[cases.world], np.eye(STEPS)[cases.way]
    counts = []
    for seen in (np.hstack([shown, rise]), shown):
        said = (seen[test] @ _fit(seen[~test], truth[~test])).argmax(axis=1)
        counts.append(_confusion_by_world(cases, cases.world[test], cases.way[test], said, STEPS))
    return _described(counts, cases.key)


def _probe_path(hold: Hold, look: Reals, cases: ProbeCases, thoughts: int | None) -> LinearProbe:
    """Score the probes of paths: a linear function for each number of steps away, with a threshold of its own."""
    world, truth = cases.start_world[cases.pair], walks_into(hold, look, cases)
    test = cases.scored[world]
    if min(truth[test].sum(), truth[~test].sum()) < LEAST:
        return LinearProbe(NO_INTERVAL, NO_INTERVAL, NO_INTERVAL)
    shown = _shown(cases, look, world, cases.ahead)
    rise = rises_ahead(hold, look, cases, thoughts).reshape(len(shown), -1)
    counts = []
    for seen in (np.hstack([shown, rise]), shown):
        said = np.zeros(len(truth), np.int64)
        for apart in range(2, AHEAD + 1):
            fitted, asked = (np.flatnonzero((cases.apart == apart) & half) for half in (~test, test))
            weights = _fit(seen[fitted], truth[fitted].astype(float))
            said[asked] = seen[asked] @ weights > best_threshold(seen[fitted] @ weights, truth[fitted])
        counts.append(_confusion_by_world(cases, world[test], truth[test].astype(np.int64), said[test], 2))
    return _described(counts, cases.key)


def best_threshold(scores: Reals, truth: Flags) -> float:
    """Return the threshold above which scores `[N]` are taken as true with the largest F1."""
    order = np.argsort(-scores, kind="stable")
    ranked, hits = scores[order], np.cumsum(truth[order])
    f1 = 2.0 * hits / (np.arange(1, len(order) + 1) + truth.sum())
    f1[:-1] *= ranked[:-1] > ranked[1:]  # what scores alike is taken alike
    if not truth.any():
        return float("inf")
    last = int(f1.argmax())
    return float((ranked[last] + ranked[last + 1]) / 2.0) if last + 1 < len(ranked) else -float("inf")


def _scene(cases: ProbeCases, look: Reals) -> PerceivedWorlds:
    return lone(cases.plans.walls, cases.plans.target, look)


def _held(hold: Hold, thoughts: int | None, scene: PerceivedWorlds, world: Ids, here: Ids) -> tuple[Reals, Ids]:
    """Return what is held `[C, V, rows, columns]` by who stands at cells `[N]` of worlds `[N]`, and which is whose."""
    if depends_on_position(thinks_of(hold), thoughts, scene, here):
        scene, own = scene.some(world), np.arange(len(world))
    else:
        here, own = scene.cells[:, 0], world
    held = hold(scene.inputs(here), thoughts, None)
    assert held is not None
    return held, own


def _shown(cases: ProbeCases, look: Reals, world: Ids, cell: Ids) -> Reals:
    """Return what a mind is shown in and around cells `[N]`, and a constant, `[N, 1 + 5 (2 + F)]`."""
    inputs = _scene(cases, look).inputs(cases.plans.target)
    layers = [inputs.walls[None], inputs.features.transpose(1, 0, 2, 3), inputs.things[None]]
    seen = around(np.concatenate([np.asarray(layer, float) for layer in layers]), world, cell)
    return np.hstack([np.ones((len(seen), 1)), seen.reshape(len(seen), -1)])


def _steepest(nearby: Reals, floor: Flags) -> Reals:
    """Return the steepest rise or fall `[N, C, 1]` from cells to neighbours `[N, C, 5]` that are floor `[N, 5]`."""
    rise = (nearby[..., 1:] - nearby[..., :1]) * floor[:, None, 1:]
    return np.asarray(np.abs(rise).max(axis=2, keepdims=True))


def _relative(rise: Reals, steepest: Reals) -> Reals:
    return np.asarray(np.where(steepest > 0.0, rise / np.where(steepest > 0.0, steepest, 1.0), 0.0))


def _fit(seen: Reals, truth: Reals) -> Reals:
    return np.asarray(np.linalg.lstsq(seen, truth, rcond=ROUNDING)[0])


def _confusion_by_world(cases: ProbeCases, world: Ids, truth: Ids, said: Ids, classes: int) -> Reals:
    """Return how often each class was said of each, in the worlds that are scored `[V, true, said]`."""
    counts = np.zeros((len(cases.plans.walls), classes, classes))
    np.add.at(counts, (world, truth, said), 1.0)
    return counts[cases.scored]


def _described(counts: list[Reals], key: np.uint64) -> LinearProbe:
    rows, own = np.stack(counts, axis=1), key_for(key, ROWS)

    def gain(means: Reals) -> Reals:
        return macro_f1(means[:, 0]) - macro_f1(means[:, 1])

    f1, inputs = (bootstrap_interval(each, own, macro_f1, bounds=SHARE) for each in counts)
    return LinearProbe(f1, inputs, bootstrap_interval(rows, own, gain, bounds=DIFFERENCE_OF_SHARES))
