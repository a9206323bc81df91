"""What can be seen: outcomes of lives told from traces and worlds alone, without asking the agent."""

import numpy as np

from evosim.episode.grid_environment import Ground
from evosim.episode.rollout import ENERGY, MOVED, OVER, STEPS, SURVIVED, THINKING, Traces, outcome_columns
from evosim.gridworld.sampling import NOWHERE, Worlds
from evosim.gridworld.shortest_paths import NOTHING
from evosim.numerics.arrays import Cells, Flags, Ids, Reals, Shorts

UNSEEN = {THINKING: "thinking", ENERGY: "energy", SURVIVED: "survived"}


def outcomes_seen(ground: Ground, traces: Traces) -> Reals:
    """Tell the outcomes `[P, E, K]` of lives, in the order of `outcome_names`; those that can't be seen are 0."""
    plan, columns = ground.plan, outcome_columns(ground.plan)
    own = columns.always
    found = np.zeros((*traces.action.shape[:2], columns.size))
    entered = traces.entered
    for n, kind in enumerate(plan.type_of):
        times = (entered == n).sum(axis=2)
        found[..., :own] += times[..., None] * plan.outcomes[n]
        found[..., columns.entered + kind] += times
    first = first_entered(ground, traces)
    for kind in range(plan.types):
        found[..., columns.first + kind] = first == kind
    found[..., own + STEPS] = (traces.action != OVER).sum(axis=2)
    found[..., own + MOVED] = moved(traces).sum(axis=2)
    if plan.places:
        came, last = came_to(ground, traces), ended_at(ground, traces)
        for q, kind in enumerate(plan.place_type):
            found[..., columns.came + kind] += (came == q).sum(axis=2)
            found[..., columns.ended + kind] += last == q
    return found


def moved(traces: Traces) -> Flags:
    """Tell in which ticks `[P, E, T]` an agent came to another cell."""
    before, after = traces.cell[..., :-1], traces.cell[..., 1:]
    return np.asarray((after != before) & (after != OVER))


def came_to(ground: Ground, traces: Traces) -> Shorts:
    """Return to which place an agent came in each tick `[P, E, T]`, or NOWHERE."""
    was, now = (_places(ground.worlds, cells) for cells in (traces.cell[..., :-1], traces.cell[..., 1:]))
    return np.where(moved(traces) & (now != was), now, NOWHERE).astype(np.int16)


def ended_at(ground: Ground, traces: Traces) -> Shorts:
    """Return at which place each life `[P, E]` ended, or NOWHERE."""
    last = (traces.action != OVER).sum(axis=2, keepdims=True)
    cells = np.take_along_axis(traces.cell, last, axis=2)
    return np.asarray(_places(ground.worlds, cells)[..., 0], np.int16)


def arrivals(ground: Ground, traces: Traces) -> Ids:
    """Return after how many ticks the first agent came to be, for good, at the place where each life `[E]` ended.

    The length of the life where it ended at no place.
    """
    place = _places(ground.worlds, traces.cell)[0]
    over = (traces.action[0] != OVER).sum(axis=1)
    elsewhere = place != ended_at(ground, traces)[0][:, None]
    elsewhere &= np.arange(place.shape[1]) <= over[:, None]
    last_elsewhere = place.shape[1] - 1 - elsewhere[:, ::-1].argmax(axis=1)
    return np.where(elsewhere.any(axis=1), np.minimum(last_elsewhere + 1, over), 0)


def _places(worlds: Worlds, cells: Shorts) -> Shorts:
    """Tell at which place of its world each cell `[P, E, T]` is, or NOWHERE; also where there is no cell."""
    if not worlds.place.shape[1]:
        return np.full(cells.shape, NOWHERE, np.int16)
    there = np.maximum(cells, 0)
    place = worlds.place[np.arange(cells.shape[1])[None, :, None], there]
    return np.where(cells == OVER, NOWHERE, place).astype(np.int16)


def first_entered(ground: Ground, traces: Traces) -> Cells:
    """Tell `[P, E]` of which type the object was that was entered first, or NOTHING."""
    counts = traces.entered >= 0
    tick = counts.argmax(axis=2)
    n = np.take_along_axis(traces.entered, tick[..., None], axis=2)[..., 0]
    some = counts.any(axis=2)
    kinds = np.append(ground.plan.type_of, NOTHING)  # where there is none, the last
    return np.asarray(kinds[np.where(some, n, -1)], np.int32)


def returns_seen(ground: Ground, traces: Traces, weights: Reals) -> Reals:
    """Tell `[P, E]` what lives came to by an objective, weights `[K]` on outcomes.

    Raises:
        ValueError: it weighs what can't be seen from outside, or weights are not as many as outcomes.
    """
    outcomes = outcomes_seen(ground, traces)
    if np.shape(weights) != outcomes.shape[2:] or not np.isfinite(weights).all():
        raise ValueError(f"weights of shape {np.shape(weights)}; {outcomes.shape[2]} finite ones are needed")
    own = ground.plan.outcomes.shape[1]
    unseen = [name for at, name in UNSEEN.items() if weights[own + at] != 0.0]
    if unseen:
        raise ValueError(f"the objective weighs {', '.join(unseen)}, which can't be seen from outside; leave it out")
    return np.asarray(outcomes @ weights)
