"""Optimal returns: what a world pays if an objective is maximised perfectly, and what random actions get.

Optimal behaviour is discounted and has no horizon: how far a mind looks ahead is part of its capability, not of
its objective. Optimal policies form a set; reported is the policy that is uniform over optimal actions, and
`extremes` are the best and the worst of the set by another objective.
"""

import numpy as np

from evosim.alignment.mdp.bellman import expected_value, propagate_occupancy
from evosim.alignment.mdp.objectives import add_end_reward, count_end, count_step, fill_reward
from evosim.alignment.mdp.tabular_world import BEGIN, ENDED, TabularWorld
from evosim.gridworld.actions import STAY
from evosim.numerics.arrays import Flags, Reals
from evosim.numerics.compiler import allocating_kernel, in_parallel, kernel

LARGEST_DISCOUNT = 1.0 - 1e-6  # nearer to 1, value iteration does not converge in time
SETTLED = 1e-13  # relative change of a value, below which it has converged
TIE = 1e-9  # relative: actions up to this much worse count as optimal
ROUNDING = 1e-14  # of the largest reward: values nearer to 0 are 0
ROUNDS = 20_000


def random_counts(worlds: list[TabularWorld], steps: int, events: int) -> Reals:
    """Return the expected event counts `[E, K]` of uniformly random actions."""
    counts = np.zeros((len(worlds), events))

    def count_some(first: int, last: int) -> None:
        for e in range(first, last):
            world = worlds[e]
            policy = np.full((1, *world.entered.shape[:2]), 1.0 / world.entered.shape[1])
            count_events(world, policy, np.empty((steps, world.states)), counts[e])

    in_parallel(count_some, len(worlds))
    return counts


def best_returns(worlds: list[TabularWorld], rewards: Reals, steps: int) -> Reals:
    """Return the largest undiscounted return `[P, E]` within `steps`, of objectives `[P, E, K]`."""
    best = by_world(rewards.shape[:2])

    def solve_some(first: int, last: int) -> None:
        for e in range(first, last):
            optimize(worlds[e], np.ascontiguousarray(rewards[:, e]), steps, best[e])

    in_parallel(solve_some, len(worlds))
    return by_mind(best)


def optimal_counts(worlds: list[TabularWorld], rewards: Reals, discounts: Reals, steps: int) -> Reals:
    """Return the event counts `[P, E, K]` of optimal policies for objectives `[P, E, K]`, discounted `[P]`."""
    counts = by_world(rewards.shape)

    def count_some(first: int, last: int) -> None:
        for e in range(first, last):
            count_optimal(worlds[e], np.ascontiguousarray(rewards[:, e]), discounts, steps, counts[e])

    in_parallel(count_some, len(worlds))
    return by_mind(counts)


def optimal_extremes(
    worlds: list[TabularWorld], rewards: Reals, discounts: Reals, steps: int, criterion: Reals
) -> Reals:
    """Return the least and the largest return `[P, E, 2]` by `criterion [E, K]` of all optimal policies."""
    extremes = by_world((*rewards.shape[:2], 2))

    def solve_some(first: int, last: int) -> None:
        for e in range(first, last):
            find_extremes(worlds[e], np.ascontiguousarray(rewards[:, e]), discounts, steps, criterion[e], extremes[e])

    in_parallel(solve_some, len(worlds))
    return by_mind(extremes)


def by_world(shape: tuple[int, ...]) -> Reals:
    """Return zeros `[E, P, …]` for a shape `[P, E, …]`: a part for each world, which kernels are to fill.

    What is contiguous only where there is one mind or one world is of two types, and numba compiles for both.
    """
    return np.zeros((shape[1], shape[0], *shape[2:]))


def by_mind(parts: Reals) -> Reals:
    """Return the parts `[E, P, …]` of all worlds as an array `[P, E, …]`."""
    return np.ascontiguousarray(np.swapaxes(parts, 0, 1))


@kernel
def count_events(world: TabularWorld, policy: Reals, visited: Reals, out_counts: Reals) -> None:
    """Compute the expected event counts `[K]` of a stationary policy `[1, S, A]`; `visited [T, S]` is scratch space."""
    visited[0] = 0.0
    visited[0, BEGIN] = 1.0
    propagate_occupancy(world.transition, policy, visited)
    out_counts[:] = 0.0
    if world.goals > world.objects:
        count_last(world, policy, visited[-1], out_counts)
    for t in range(1, visited.shape[0]):
        for state in range(BEGIN, visited.shape[1]):
            visited[0, state] += visited[t, state]
    for state in range(BEGIN, visited.shape[1]):
        for action in range(policy.shape[2]):
            weight = visited[0, state] * policy[0, state, action]
            if weight > 0.0:
                for branch in range(world.entered.shape[2]):
                    share = weight * world.transition.probability[state, action, branch]
                    if share > 0.0:
                        count_step(world, state, action, branch, share, out_counts)


@kernel
def count_last(world: TabularWorld, policy: Reals, visited: Reals, out_counts: Reals) -> None:
    """Add the ends of lives `[K]` that run out of time, from the occupancy `visited [S]` before the last step."""
    for state in range(BEGIN, visited.shape[0]):
        for action in range(policy.shape[2]):
            weight = visited[state] * policy[0, state, action]
            if weight > 0.0:
                for branch in range(world.entered.shape[2]):
                    share = weight * world.transition.probability[state, action, branch]
                    if share > 0.0 and world.transition.successor[state, action, branch] != ENDED:
                        count_end(world, state, action, branch, share, out_counts)


@kernel
def copy_rewards(reward: Reals, out_reward: Reals) -> None:
    """Copy rewards `[S, A]`: for an assignment of all, numba compiles what says in words that shapes differ."""
    for state in range(reward.shape[0]):
        for action in range(reward.shape[1]):
            out_reward[state, action] = reward[state, action]


@allocating_kernel
def optimize(world: TabularWorld, rewards: Reals, steps: int, out_best: Reals) -> None:
    """Compute the largest return `[P]` of each objective `[P, K]` within `steps`."""
    states, actions = world.entered.shape[0], world.entered.shape[1]
    allowed = np.ones((states, actions), np.bool_)
    reward, last = np.empty((states, actions)), np.empty((states, actions))
    values = np.zeros((2, states))
    for p in range(rewards.shape[0]):
        fill_reward(world, rewards[p], 1.0, reward)
        copy_rewards(reward, last)
        add_end_reward(world, rewards[p], last)
        out_best[p] = best_within(world, reward, last, allowed, steps, 1.0, values)


@kernel
def best_within(
    world: TabularWorld, reward: Reals, last: Reals, allowed: Flags, steps: int, sign: float, values: Reals
) -> float:
    """Return the largest (sign 1) or least (sign -1) return within `steps` of the allowed actions `[S, A]`.

    The last step pays `last [S, A]` instead of `reward [S, A]`; `values [2, S]` is scratch space.
    """
    values[:] = 0.0
    for t in range(steps):
        paid = reward if t > 0 else last
        now, then = values[t % 2], values[1 - t % 2]
        for state in range(BEGIN, reward.shape[0]):
            best = -np.inf
            for action in range(reward.shape[1]):
                if allowed[state, action]:
                    ahead = paid[state, action] + expected_value(world.transition, state, action, now)
                    best = max(best, sign * ahead)
            then[state] = sign * best
        then[ENDED] = 0.0
    return float(values[steps % 2, BEGIN])


@allocating_kernel
def count_optimal(world: TabularWorld, rewards: Reals, discounts: Reals, steps: int, out_counts: Reals) -> None:
    """Compute the event counts `[P, K]` of optimal policies for objectives `[P, K]`, discounted `[P]`, in one world."""
    states, actions = world.entered.shape[0], world.entered.shape[1]
    reward, policy = np.empty((states, actions)), np.empty((1, states, actions))
    allowed = np.zeros((states, actions), np.bool_)
    values, visited = np.zeros(states), np.empty((steps, states))
    for p in range(rewards.shape[0]):
        mark_optimal(world, rewards[p], discounts[p], reward, values, allowed)
        for state in range(states):
            count = 0
            for action in range(actions):
                count += 1 if allowed[state, action] else 0
            for action in range(actions):
                policy[0, state, action] = 1.0 / count if allowed[state, action] else 0.0
        count_events(world, policy, visited, out_counts[p])


@allocating_kernel
def find_extremes(
    world: TabularWorld, rewards: Reals, discounts: Reals, steps: int, criterion: Reals, out_extremes: Reals
) -> None:
    """Compute the extremes `[P, 2]` by `criterion [K]` of optimal policies for objectives `[P, K]` in one world."""
    states, actions = world.entered.shape[0], world.entered.shape[1]
    reward, by_other = np.empty((states, actions)), np.empty((states, actions))
    last, allowed = np.empty((states, actions)), np.zeros((states, actions), np.bool_)
    values, layers = np.zeros(states), np.zeros((2, states))
    fill_reward(world, criterion, 1.0, by_other)
    copy_rewards(by_other, last)
    add_end_reward(world, criterion, last)
    for p in range(rewards.shape[0]):
        mark_optimal(world, rewards[p], discounts[p], reward, values, allowed)
        out_extremes[p, 0] = best_within(world, by_other, last, allowed, steps, -1.0, layers)
        out_extremes[p, 1] = best_within(world, by_other, last, allowed, steps, 1.0, layers)


@kernel
def mark_optimal(
    world: TabularWorld, objective: Reals, discount: float, reward: Reals, values: Reals, out_allowed: Flags
) -> None:
    """Mark the optimal actions `[S, A]` for an objective `[K]`; `reward [S, A]` and `values [S]` are scratch space."""
    discount = min(discount, LARGEST_DISCOUNT)
    fill_reward(world, objective, discount, reward)
    mark_optimal_actions(world, reward, discount, values, out_allowed)


@kernel
def mark_optimal_actions(
    world: TabularWorld, reward: Reals, discount: float, values: Reals, out_allowed: Flags
) -> None:
    """Mark the actions `[S, A]` that are optimal without a horizon, by value iteration; ties are all marked.

    The value of remaining at a place for ever is a geometric series in closed form, since sweeps converge slowly.
    """
    values[:] = 0.0
    remains = world.goals > world.objects
    largest = 0.0
    for state in range(BEGIN, reward.shape[0]):
        for action in range(reward.shape[1]):
            largest = max(largest, abs(reward[state, action]))
    for _ in range(ROUNDS):
        moving = False
        for state in range(reward.shape[0] - 1, ENDED, -1):
            best = -np.inf
            for action in range(reward.shape[1]):
                best = max(
                    best, reward[state, action] + discount * expected_value(world.transition, state, action, values)
                )
            if remains and world.transition.successor[state, STAY, 0] == state:
                best = max(best, reward[state, STAY] / (1.0 - discount))
            if abs(best) < ROUNDING * ROUNDING * largest:
                best = 0.0
            moving |= abs(best - values[state]) > SETTLED * abs(best)
            values[state] = best
        if not moving:
            break
    for state in range(reward.shape[0]):
        for action in range(reward.shape[1]):
            ahead = reward[state, action] + discount * expected_value(world.transition, state, action, values)
            out_allowed[state, action] = (
                state == ENDED or ahead >= values[state] - TIE * abs(values[state]) - ROUNDING * ROUNDING * largest
            )
