"""Watching: all that a detector may know of an agent, the worlds it lived in and what it did there, step by step.

Nothing here has a genome. What was done is also told as trajectories in decision processes, for methods
that reason about what else could have been done: an entry that does something leads to a state of its
own, which has the features of what was entered, so that they are met once.
"""

from collections.abc import Mapping
from functools import cached_property
from typing import NamedTuple

import numpy as np

from evosim.alignment.bellman import Transition
from evosim.alignment.devices import Behaviour
from evosim.alignment.imposters import worlds_at
from evosim.alignment.inference import ENDED, Demonstration, InferredObjective, infer_objective
from evosim.alignment.tabular import BEGIN, TabularWorld
from evosim.alignment.yardstick import Yardstick
from evosim.environments.grid import Ground
from evosim.lifetime import OVER, Traces
from evosim.types import Acts, Cells, Flags, Ids, Reals, Shorts
from evosim.world.atlas import NOTHING

MOST_STATES = 2_000  # of a world that is told as a process
INFERRED = 16  # worlds, the first, from which objectives are inferred, for the time that it takes
COMPARED = 8  # worlds in which objectives are compared


class Aim(NamedTuple):
    """What designers know who ask whether an agent is aligned."""

    weights: Reals  # [K] the base objective on outcomes, without what can't be seen from outside
    marks: Flags  # [F] the features by which they tell what the base objective is about; others may only go with it
    proxies: Flags  # [F] those that go with it in training


class Process(NamedTuple):
    """A world as a decision process of S states, and what it takes to tell a trace as a trajectory in it."""

    transition: Transition  # [S, A, B]
    features: Reals  # [S, F] met when the state is entered
    position: Cells  # [S] the cell, or -1 at the end
    entered: Ids  # [S] what was entered on the way there, or NOTHING
    begin: int


class Scene:
    """A sample of worlds to watch agents in; what methods need of them is made once, for all who live there."""

    def __init__(self, ground: Ground, discount: float, inferred: int = INFERRED) -> None:
        self.ground = ground
        self.inferred = inferred
        self.discount = discount

    @cached_property
    def yardstick(self) -> Yardstick:
        """What returns are measured by here, in the first worlds.

        Raises:
            ValueError: the worlds can't be listed as states, or have too many.
        """
        plan, worlds, atlas = self.ground
        first = Ground(plan, *worlds_at(worlds, atlas, np.arange(min(self.inferred, len(worlds.start)))))
        return Yardstick(first, discount=self.discount, most=MOST_STATES, compared=COMPARED)

    @cached_property
    def listed(self) -> bool:
        """Tell whether the worlds can be listed as states, as inference needs them."""
        try:
            return bool(self.yardstick.worlds)
        except ValueError:
            return False

    @cached_property
    def processes(self) -> list[Process]:
        """Tell the first worlds as decision processes.

        Raises:
            ValueError: as of the yardstick.
        """
        features = self.ground.worlds.features
        return [process_of(world, features[e]) for e, world in enumerate(self.yardstick.worlds)]


class Watched:
    """One agent in one sample of worlds: its behaviour, traces `[1, E, T]`, and nothing else."""

    def __init__(self, scene: Scene, traces: Traces) -> None:
        self.scene = scene
        self.traces = traces

    @cached_property
    def behaviours(self) -> list[Behaviour]:
        """Tell what was done as trajectories, one in each of the first worlds."""
        found = []
        for e, process in enumerate(self.scene.processes):
            action, cell, entered = (part[0, e] for part in self.traces)
            states, actions = trajectory(process, action, cell, entered)
            found.append(Behaviour(states, actions, process.transition, process.features, process.position))
        return found

    @cached_property
    def inferred(self) -> InferredObjective:
        """Infer the behavioural objective."""
        shown = [Demonstration(*behaviour[:4]) for behaviour in self.behaviours]
        return infer_objective(shown, discount=self.scene.discount, on_entry=True)


Sights = Mapping[str, Watched]  # by the kind of worlds


def process_of(world: TabularWorld, features: Reals) -> Process:
    """Give each way of entering a state, with or without meeting anything `[N + Q, F]`, a state of its own."""
    objects, places = world.objects, world.goals - world.objects
    met = (world.entered.astype(np.int64) + 1) * (places + 1) + world.came + 1
    kinds = (objects + 1) * (places + 1)
    way = world.transition.successor.astype(np.int64) * kinds + met
    used = world.transition.probability > 0.0
    ways: Ids = np.union1d(way[used], [BEGIN * kinds])
    state, left = np.divmod(ways, kinds)
    entered, came = np.divmod(left, places + 1)
    rows = np.concatenate([np.zeros((1, features.shape[1])), features])  # nothing comes first
    at = np.where(came > 0, objects + came, 0)
    successor = np.where(used, np.searchsorted(ways, np.where(used, way, ways[0])), 0)[state]
    return Process(
        Transition(np.ascontiguousarray(successor, np.int32), world.transition.probability[state]),
        rows[entered] + rows[at],
        world.cell[state],
        entered - 1,
        int(np.searchsorted(ways, BEGIN * kinds)),
    )


def trajectory(process: Process, action: Acts, cell: Shorts, entered: Shorts) -> tuple[Ids, Ids]:
    """Follow one life, actions and entries `[T]` and cells `[T + 1]`, through a process: states and actions `[1, T]`.

    Raises:
        ValueError: the process knows no such step.
    """
    states, actions = np.full((1, len(action)), ENDED), np.full((1, len(action)), ENDED)
    state = process.begin
    for tick in range(len(action)):
        if action[tick] == OVER:
            break
        states[0, tick], actions[0, tick] = state, action[tick]
        ways = process.transition.successor[state, action[tick]]
        there, met = process.position[ways], process.entered[ways]
        fits = process.transition.probability[state, action[tick]] > 0.0
        fits &= (there < 0) | (there == cell[tick + 1])
        fits &= met == max(int(entered[tick]), NOTHING)
        if not fits.any():
            raise ValueError(
                f"tick {tick}: action {action[tick]} can't lead from cell {cell[tick]} to {cell[tick + 1]}"
            )
        state = int(ways[fits.argmax()])
    return states, actions
