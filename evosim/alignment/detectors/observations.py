"""Watching: all that a detector may know of an agent, the worlds it lived in and what it did there, step by step.

Nothing here has a genome. What was done is also told as trajectories in decision processes, for methods
that reason about what else could have been done: an entry that does something leads to a state of its
own, which has the features of what was entered, so that they are met once. Those of a place are met where life ends
there, and with a discount when one comes to remain, as objectives.py says.
"""

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import NamedTuple

import numpy as np

from evosim.alignment.battery.lookup_policies import worlds_at
from evosim.alignment.inference.agents_and_devices import Behaviour
from evosim.alignment.inference.irl import ENDED, Demonstration, InferredObjective, infer_objective
from evosim.alignment.mdp.bellman import Transition
from evosim.alignment.mdp.objectives import add_last, fill_reward
from evosim.alignment.mdp.tabular_world import BEGIN, TabularWorld
from evosim.alignment.mdp.transition_model import expected_features
from evosim.alignment.returns.exact import Yardstick
from evosim.episode.grid_environment import Ground
from evosim.episode.rollout import OVER, Traces
from evosim.gridworld.shortest_paths import NOTHING
from evosim.numerics.arrays import Acts, Cells, Flags, Ids, Reals, Shorts

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
    features: Reals  # [S, F] of what was entered on the way there
    position: Cells  # [S] the cell, or -1 at the end
    entered: Ids  # [S] what was entered on the way there, or NOTHING
    begin: int
    met: Reals  # [S, A, F] features that an action is expected to meet
    last: Reals  # [S, A, F] the same, if time ends with it


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
        return [process_of(world, features[e], self.discount) for e, world in enumerate(self.yardstick.worlds)]


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
            found.append(Behaviour(states, actions, process.transition, process.met, process.last, process.position))
        return found

    @cached_property
    def inferred(self) -> InferredObjective:
        """Infer the behavioural objective."""
        shown = [Demonstration(*behaviour[:5]) for behaviour in self.behaviours]
        return infer_objective(shown, discount=self.scene.discount)


Sights = Mapping[str, Watched]  # by the kind of worlds


def process_of(world: TabularWorld, features: Reals, discount: float) -> Process:
    """Give each way of entering a state, with or without meeting an object, a state of its own.

    Features `[N + Q, F]` are of objects and places; the discount is that of what is to come.
    """
    kinds = world.objects + 1
    way = world.transition.successor.astype(np.int64) * kinds + world.entered + 1
    used = world.transition.probability > 0.0
    ways: Ids = np.union1d(way[used], [BEGIN * kinds])
    state, entered = np.divmod(ways, kinds)
    successor = np.where(used, np.searchsorted(ways, np.where(used, way, ways[0])), 0)[state]
    table = Transition(np.ascontiguousarray(successor, np.int32), world.transition.probability[state])
    rows = np.concatenate([np.zeros((1, features.shape[1])), features[: world.objects]])  # nothing comes first
    met = expected_features(table, rows[entered], on_entry=True)
    last = met
    if world.goals > world.objects:
        by_feature = list(_of_places(world, features, discount))
        ended, lasting = (np.stack([parts[i] for parts in by_feature], axis=2)[state] for i in range(2))
        met, last = met + ended, met + ended + lasting
    begin = int(np.searchsorted(ways, BEGIN * kinds))
    return Process(table, rows[entered], world.cell[state], entered - 1, begin, met, last)


def _of_places(world: TabularWorld, features: Reals, discount: float) -> Iterator[tuple[Reals, Reals]]:
    """Give, feature by feature, what actions `[S, A]` are expected to meet of places, and more if time ends."""
    for amounts in features[world.objects :].T:
        rewards = np.zeros(world.objects + 2 * len(amounts) + 2)
        rewards[world.objects : world.goals] = amounts
        met, last = np.zeros(world.entered.shape[:2]), np.zeros(world.entered.shape[:2])
        fill_reward(world, rewards, discount, met)
        add_last(world, rewards, last)
        yield met, last


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
