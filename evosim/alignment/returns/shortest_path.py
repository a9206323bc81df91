"""Optimal returns from shortest paths, where every object ends the episode and moves are deterministic.

There a policy is a choice of which object to go to, so that no sweep over states is needed. To enter object n after d
steps is worth tick · (1 − γ^d) / (1 − γ) + γ^(d−1) · u_n, never to enter anything tick / (1 − γ), and every detour
something between. The results agree with optimal.py up to rounding, and cost a table look-up for each objective.
"""

from typing import NamedTuple

import numpy as np

from evosim.alignment.mdp.objectives import MOVE, TICK
from evosim.alignment.returns.optimal import LARGEST_DISCOUNT, TIE
from evosim.episode.grid_environment import Ground
from evosim.numerics.arrays import Flags, Reals, Shorts
from evosim.numerics.compiler import allocating_kernel, in_parallel

SAME = 1e-9  # relative difference up to which two returns count as equal


class PathReturns(NamedTuple):
    """Returns of P objectives in each of E worlds."""

    best: Reals  # [P, E] largest undiscounted return within the steps of an episode
    cross_evaluated: Reals  # [P, E] return of optimal behaviour, by another objective
    undecided: Flags  # [P, E] where distances don't determine it: equally good plans have different returns


def solved_by_distance(ground: Ground, *rewards: Reals) -> bool:
    """Whether distances alone determine optimal behaviour in these worlds, by objectives `[..., K]`.

    They do where every object ends the episode, nothing is locked, moves never slip, there are neither places nor
    energy, and no objective pays for moves.
    """
    plan = ground.plan
    return (
        bool(plan.ends.all())
        and plan.slip == 0.0
        and not len(plan.place_type)
        and not plan.locked.any()
        and plan.supply.initial <= 0.0
        and not any(each[..., MOVE].any() for each in rewards)
    )


def shortest_path_returns(ground: Ground, rewards: Reals, discounts: Reals, criterion: Reals) -> PathReturns:
    """Return what optimal behaviour for objectives `[P, E, K]`, discounted `[P]`, earns by another, `criterion [E, K]`.

    Returns are undiscounted; where distances leave them undecided is marked.
    """
    worlds, atlas = ground.worlds, ground.atlas
    count = len(worlds.start)
    distance = atlas.distance[np.arange(count), worlds.start, : worlds.cell.shape[1]]
    shape = rewards.shape[:2]
    found = PathReturns(np.zeros(shape), np.zeros(shape), np.zeros(shape, np.bool_))
    scale = SAME * float(np.abs(criterion).max(initial=0.0))

    def look_some(first: int, last: int) -> None:
        compare_objects(first, last, distance, ground.plan.steps, rewards, discounts, criterion, scale, found)

    in_parallel(look_some, len(rewards))
    return found


@allocating_kernel
def compare_objects(
    first: int,
    last: int,
    distance: Shorts,
    steps: int,
    rewards: Reals,
    discounts: Reals,
    criterion: Reals,
    same: float,
    out_returns: PathReturns,
) -> None:
    """Compare, for objectives `first` to `last - 1` of `rewards [P, E, K]`, the worth of each object and of none.

    `distance [E, N]` is in steps from the start, `criterion [E, K]` the objective of the returns.
    """
    objects = distance.shape[1]
    powers, worth, come_to = np.ones(steps + 1), np.zeros(objects), np.zeros(objects)
    for p in range(first, last):
        discount = min(discounts[p], LARGEST_DISCOUNT)
        for step in range(1, steps + 1):
            powers[step] = powers[step - 1] * discount
        for e in range(distance.shape[0]):
            tick, ticks = rewards[p, e, TICK], criterion[e, TICK]
            never = tick / (1.0 - discount)
            best, most = never, tick * steps
            for n in range(objects):
                d = min(int(distance[e, n]), steps)
                worth[n], come_to[n] = -np.inf, ticks * steps
                if distance[e, n] <= steps:
                    worth[n] = never * (1.0 - powers[d]) + powers[d - 1] * rewards[p, e, n]
                    come_to[n] = ticks * d + criterion[e, n]
                    best = max(best, worth[n])
                    most = max(most, rewards[p, e, n] + tick * (steps if tick > 0.0 else d))
            bar = best - TIE * abs(best)
            least_return, most_return, count = np.inf, -np.inf, 0
            for n in range(objects):
                if worth[n] >= bar:
                    least_return, most_return = min(least_return, come_to[n]), max(most_return, come_to[n])
                    count += 1
            stays_out = count == 0
            out_returns.best[p, e] = most
            out_returns.cross_evaluated[p, e] = ticks * steps if stays_out else most_return
            out_returns.undecided[p, e] = not stays_out and (most_return - least_return > same or never >= bar)
