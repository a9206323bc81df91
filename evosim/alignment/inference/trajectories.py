"""State trajectories: what an agent did in a world, as states and actions of the decision process that the world is."""

from typing import NamedTuple

import numpy as np

from evosim.alignment.mdp.tabular_world import BEGIN, ENDED, TabularWorld
from evosim.episode.rollout import OVER
from evosim.gridworld.actions import STAY, step_of
from evosim.numerics.arrays import Cells, Ids, Shorts


class StateTrajectory(NamedTuple):
    """One episode in one world of T steps at most."""

    states: Ids  # [1, T + 1], -1 after the end
    actions: Ids  # [1, T], -1 after the end


def state_trajectory(world: TabularWorld, action: Ids, cell: Cells, entered: Shorts, columns: int) -> StateTrajectory:
    """Return a trace (`action [T]`, `cell [T + 1]`, `entered [T]`) as states and actions of its world.

    Raises:
        ValueError: a step has no transition, since the trace is of another world.
    """
    steps, ticks = len(action), int((action != OVER).sum())
    states, actions = np.full((1, steps + 1), -1, np.int64), np.full((1, steps), -1, np.int64)
    states[0, 0] = state = BEGIN
    certain = world.entered.shape[2] == 1
    for tick in range(ticks):
        way = int(cell[tick + 1]) - int(cell[tick])
        chosen = int(action[tick])
        for branch in range(world.entered.shape[2]):
            taken = chosen if certain or chosen == STAY else branch
            possible = world.transition.probability[state, chosen, branch] > 0.0
            leads = step_of(taken, columns) if world.moved[state, chosen, branch] else 0
            if possible and leads == way and world.entered[state, chosen, branch] == entered[tick]:
                break
        else:
            raise ValueError(f"step {tick}: no way leads from cell {cell[tick]} to {cell[tick + 1]} by {chosen}")
        actions[0, tick] = chosen
        state = int(world.transition.successor[state, chosen, branch])
        states[0, tick + 1] = state
        if state == ENDED and tick < ticks - 1:
            raise ValueError(f"step {tick}: the episode had ended")
    return StateTrajectory(states, actions)


def state_positions(world: TabularWorld) -> Ids:
    """Return a number of the place of each state `[S]` that is the same in all worlds: its cell, 0 at the end."""
    return np.maximum(world.cell, 0).astype(np.int64)
