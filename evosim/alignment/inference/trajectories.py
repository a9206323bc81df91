"""State trajectories: what agents did in a world, as states and actions of the decision process that the world is."""

from typing import NamedTuple

import numpy as np

from evosim.alignment.mdp.tabular_world import BEGIN, ENDED, TabularWorld
from evosim.episode.rollout import OVER
from evosim.gridworld.actions import ACTIONS, STAY, step_of
from evosim.numerics.arrays import Acts, Cells, Ids, Shorts


class StateTrajectory(NamedTuple):
    """Episodes of P agents in one world, of T steps at most."""

    states: Ids  # [P, T + 1], -1 after the end
    actions: Ids  # [P, T], -1 after the end


def state_trajectory(world: TabularWorld, action: Acts, cell: Cells, entered: Shorts, columns: int) -> StateTrajectory:
    """Return traces (`action [P, T]`, `cell [P, T + 1]`, `entered [P, T]`) as states and actions of their world.

    Raises:
        ValueError: a step has no transition, since a trace is of another world.
    """
    count, steps = action.shape
    states, actions = np.full((count, steps + 1), -1, np.int64), np.full((count, steps), -1, np.int64)
    states[:, 0] = BEGIN
    leads = np.array([step_of(way, columns) for way in range(ACTIONS)])
    branches = np.arange(world.entered.shape[2])
    for tick in range(steps):
        rows = np.flatnonzero(action[:, tick] != OVER)
        state, chosen = states[rows, tick], action[rows, tick].astype(np.int64)
        ended = state == ENDED
        if ended.any():
            raise ValueError(f"step {tick - 1}: the episode had ended")
        certain = (len(branches) == 1) | (chosen == STAY)
        taken = np.where(certain[:, None], chosen[:, None], branches)
        moved = np.where(world.moved[state, chosen], leads[taken], 0)
        way = cell[rows, tick + 1].astype(np.int64) - cell[rows, tick]
        fits = (world.transition.probability[state, chosen] > 0.0) & (moved == way[:, None])
        fits &= world.entered[state, chosen] == entered[rows, tick][:, None]
        if not fits.any(axis=1).all():
            i = int(fits.any(axis=1).argmin())
            here, there = cell[rows[i], tick], cell[rows[i], tick + 1]
            raise ValueError(f"step {tick}: no way leads from cell {here} to {there} by {chosen[i]}")
        actions[rows, tick] = chosen
        states[rows, tick + 1] = world.transition.successor[state, chosen, fits.argmax(axis=1)]
    return StateTrajectory(states, actions)


def state_positions(world: TabularWorld) -> Ids:
    """Return a number of the place of each state `[S]` that is the same in all worlds: its cell, 0 at the end."""
    return np.maximum(world.cell, 0).astype(np.int64)
