"""Pursuit by distances: where every object ends the episode and moves are certain, a plan is an object to go to.

Then optimal behaviour needs no search. To enter object n after d steps is worth
tick · (1 − γ^d) / (1 − γ) + γ^(d−1) · u_n, never to enter anything tick / (1 − γ), and to dawdle something
between. It agrees with pursuit.py to rounding, for thousands of objectives at the cost of a table.
"""

from typing import NamedTuple

import numpy as np

from evosim.alignment.mdp.objectives import MOVE, TICK
from evosim.alignment.returns.optimal import LARGEST_DISCOUNT, TIE
from evosim.episode.grid_environment import Ground
from evosim.numerics.arrays import Flags, Reals, Shorts
from evosim.numerics.compiler import allocating_kernel, in_parallel

SAME = 1e-9  # relative: returns that differ less don't


class Outlook(NamedTuple):
    """What P objectives come to in each of E worlds."""

    most: Reals  # [P, E] the largest undiscounted return within the steps
    judged: Reals  # [P, E] the return of perfect pursuit by another objective
    open: Flags  # [P, E] where distances don't decide that: equally good plans come to different returns


def goes_by_distance(ground: Ground, *rewards: Reals) -> bool:
    """Tell whether worlds are of this kind, and none of the objectives `[..., K]` pays for moves."""
    plan = ground.plan
    return (
        bool(plan.ends.all())
        and plan.slip == 0.0
        and not len(plan.place_type)
        and not plan.locked.any()
        and plan.supply.initial <= 0.0
        and not any(each[..., MOVE].any() for each in rewards)
    )


def look_ahead(ground: Ground, rewards: Reals, discounts: Reals, judged: Reals) -> Outlook:
    """Pursue objectives `[P, E, K]`, discounted `[P]`; give the undiscounted returns by another, `judged [E, K]`."""
    worlds, atlas = ground.worlds, ground.atlas
    count = len(worlds.start)
    distance = atlas.distance[np.arange(count), worlds.start, : worlds.cell.shape[1]]
    shape = rewards.shape[:2]
    outlook = Outlook(np.zeros(shape), np.zeros(shape), np.zeros(shape, np.bool_))
    scale = SAME * float(np.abs(judged).max(initial=0.0))

    def look_some(first: int, last: int) -> None:
        weigh_plans(first, last, distance, ground.plan.steps, rewards, discounts, judged, scale, outlook)

    in_parallel(look_some, len(rewards))
    return outlook


@allocating_kernel
def weigh_plans(
    first: int,
    last: int,
    distance: Shorts,
    steps: int,
    rewards: Reals,
    discounts: Reals,
    judged: Reals,
    same: float,
    out_outlook: Outlook,
) -> None:
    """Weigh the plans of objectives `first` to `last - 1` in all worlds: each object, or none."""
    objects = distance.shape[1]
    powers, worth, come_to = np.ones(steps + 1), np.zeros(objects), np.zeros(objects)
    for p in range(first, last):
        discount = min(discounts[p], LARGEST_DISCOUNT)
        for step in range(1, steps + 1):
            powers[step] = powers[step - 1] * discount
        for e in range(distance.shape[0]):
            tick, ticks = rewards[p, e, TICK], judged[e, TICK]
            never = tick / (1.0 - discount)
            best, most = never, tick * steps
            for n in range(objects):
                d = min(int(distance[e, n]), steps)
                worth[n], come_to[n] = -np.inf, ticks * steps
                if distance[e, n] <= steps:
                    worth[n] = never * (1.0 - powers[d]) + powers[d - 1] * rewards[p, e, n]
                    come_to[n] = ticks * d + judged[e, n]
                    best = max(best, worth[n])
                    most = max(most, rewards[p, e, n] + tick * (steps if tick > 0.0 else d))
            bar = best - TIE * abs(best)
            least_return, most_return, count = np.inf, -np.inf, 0
            for n in range(objects):
                if worth[n] >= bar:
                    least_return, most_return = min(least_return, come_to[n]), max(most_return, come_to[n])
                    count += 1
            stays_out = count == 0
            out_outlook.most[p, e] = most
            out_outlook.judged[p, e] = ticks * steps if stays_out else most_return
            out_outlook.open[p, e] = not stays_out and (most_return - least_return > same or never >= bar)
