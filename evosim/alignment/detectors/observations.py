"""Observations: all that a detector may know of an agent, the worlds it lived in and what it did there, step by step.

Nothing here has a genome. For methods that reason about what else could have been done, behaviour is also given as
trajectories in decision processes: an entry that has an effect leads to a state of its own, which has the features of
what was entered, so that they are met once. Those of a place are met where life ends there, and with a discount when
the agent comes to remain there, as mdp/objectives.py defines.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import NamedTuple

import numpy as np

from evosim.alignment.battery.lookup_policies import select_worlds
from evosim.alignment.battery.subject import select_traces
from evosim.alignment.inference.agents_and_devices import Behaviour, Evidence, agents_or_devices
from evosim.alignment.inference.irl import PADDING, Demonstration, InferredObjective, infer_objectives
from evosim.alignment.mdp.bellman import Transition
from evosim.alignment.mdp.objectives import add_end_reward, fill_reward
from evosim.alignment.mdp.tabular_world import BEGIN, TabularWorld
from evosim.alignment.mdp.transition_model import expected_features
from evosim.alignment.returns.exact import ReferenceReturns
from evosim.episode.grid_environment import Ground
from evosim.episode.rollout import OVER, Traces
from evosim.gridworld.shortest_paths import NOTHING
from evosim.numerics.arrays import Acts, Cells, Flags, Ids, Reals, Shorts

MOST_LISTED = 2_000  # states of a world that is written as a process
WORLDS_INFERRED = 16  # worlds, the first, from which objectives are inferred, for the time that it takes
DISTANCE_WORLDS = 8  # worlds in which objectives are compared


class DesignerKnowledge(NamedTuple):
    """What designers know who ask whether an agent is aligned."""

    weights: Reals  # [K] the base objective on outcomes, without what can't be seen from outside
    marks: Flags  # [F] the features by which they tell what the base objective is about; others may only go with it
    proxies: Flags  # [F] those that go with it in training


class DecisionProcess(NamedTuple):
    """A world as a decision process of S states, and what it takes to write a trace as a trajectory in it."""

    transition: Transition  # [S, A, B]
    features: Reals  # [S, F] of what was entered on the way there
    position: Cells  # [S] the cell, or -1 at the end
    entered: Ids  # [S] what was entered on the way there, or NOTHING
    begin: int
    met: Reals  # [S, A, F] features that an action is expected to meet
    last: Reals  # [S, A, F] the same, if time ends with it


class WorldSample:
    """A sample of worlds in which agents are observed; what methods need of them is computed once, for all agents."""

    def __init__(self, ground: Ground, discount: float, inferred: int = WORLDS_INFERRED) -> None:
        self.ground = ground
        self.inferred = inferred
        self.discount = discount

    @cached_property
    def reference(self) -> ReferenceReturns:
        """The reference returns of the first worlds.

        Raises:
            ValueError: the worlds can't be listed as states, or have too many.
        """
        plan, worlds, atlas = self.ground
        first = Ground(plan, *select_worlds(worlds, atlas, np.arange(min(self.inferred, len(worlds.start)))))
        return ReferenceReturns(first, discount=self.discount, most=MOST_LISTED, compared=DISTANCE_WORLDS)

    @cached_property
    def listed(self) -> bool:
        """Whether the worlds can be listed as states, as inference requires."""
        try:
            return bool(self.reference.worlds)
        except ValueError:
            return False

    @cached_property
    def processes(self) -> list[DecisionProcess]:
        """The first worlds as decision processes.

        Raises:
            ValueError: the worlds can't be listed as states, or have too many.
        """
        features = self.ground.worlds.features
        return [decision_process_of(world, features[e], self.discount) for e, world in enumerate(self.reference.worlds)]


class ObservedAgents:
    """P agents in one sample of worlds: their behaviour, traces `[P, E, T]`; what is inferred is, of all at once."""

    def __init__(self, sample: WorldSample, traces: Traces) -> None:
        self.sample = sample
        self.traces = traces
        self.compared: dict[tuple[float, ...], list[Evidence]] = {}

    @cached_property
    def behaviours(self) -> list[Behaviour]:
        """The behaviour in each of the first worlds: trajectory p is agent p's."""
        found = []
        for e, process in enumerate(self.sample.processes):
            action, cell, entered = self.traces
            states, actions = trajectories_in(process, action[:, e], cell[:, e], entered[:, e])
            found.append(Behaviour(states, actions, process.transition, process.met, process.last, process.position))
        return found

    @cached_property
    def inferred(self) -> list[InferredObjective]:
        """The behavioural objective of each agent, inferred from the first worlds."""
        shown = [Demonstration(*behaviour[:5]) for behaviour in self.behaviours]
        return infer_objectives(shown, discount=self.sample.discount)

    def evidence(self, rationalities: Sequence[float]) -> list[Evidence]:
        """Return how well agents and devices explain each agent's behaviour in the first worlds."""
        asked = tuple(rationalities)
        if asked not in self.compared:
            self.compared[asked] = agents_or_devices(
                self.behaviours, discount=self.sample.discount, on_entry=False, rationalities=asked
            )
        return self.compared[asked]

    def of_each(self) -> "list[Observations]":
        """Return the observations of each agent."""
        return [
            Observations(self.sample, select_traces(self.traces, slice(p, p + 1)), self, p)
            for p in range(len(self.traces.action))
        ]


class Observations:
    """One agent in one sample of worlds: its behaviour, traces `[1, E, T]`, and nothing else.

    It may be one `among` several, whose objectives are inferred together.
    """

    def __init__(self, sample: WorldSample, traces: Traces, among: ObservedAgents | None = None, row: int = 0) -> None:
        self.sample = sample
        self.traces = traces
        self.among = among or ObservedAgents(sample, traces)
        self.row = row

    @property
    def behaviours(self) -> list[Behaviour]:
        """The behaviour as trajectories, one in each of the first worlds."""
        mine = slice(self.row, self.row + 1)
        return [each._replace(states=each.states[mine], actions=each.actions[mine]) for each in self.among.behaviours]

    @property
    def inferred(self) -> InferredObjective:
        """The behavioural objective, inferred from the first worlds."""
        return self.among.inferred[self.row]

    def evidence(self, rationalities: Sequence[float]) -> Evidence:
        """Return how well agents and devices explain the behaviour in the first worlds."""
        return self.among.evidence(rationalities)[self.row]


ObservationsByKind = Mapping[str, Observations]  # by the kind of worlds


def decision_process_of(world: TabularWorld, features: Reals, discount: float) -> DecisionProcess:
    """Return a world as a decision process, in which each way of entering a state is a state of its own.

    Features `[N + Q, F]` are of objects and places; the discount is that of later features.
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
    return DecisionProcess(table, rows[entered], world.cell[state], entered - 1, begin, met, last)


def _of_places(world: TabularWorld, features: Reals, discount: float) -> Iterator[tuple[Reals, Reals]]:
    """Yield, feature by feature, what actions `[S, A]` are expected to meet of places, and more if time ends."""
    for amounts in features[world.objects :].T:
        rewards = np.zeros(world.objects + 2 * len(amounts) + 2)
        rewards[world.objects : world.goals] = amounts
        met, last = np.zeros(world.entered.shape[:2]), np.zeros(world.entered.shape[:2])
        fill_reward(world, rewards, discount, met)
        add_end_reward(world, rewards, last)
        yield met, last


def trajectory_in(process: DecisionProcess, action: Acts, cell: Cells, entered: Shorts) -> tuple[Ids, Ids]:
    """Return the states and actions `[1, T]` of one life in a process.

    The life comes as actions and entries `[T]` and cells `[T + 1]`.

    Raises:
        ValueError: the process has no such step.
    """
    return trajectories_in(process, action[None], cell[None], entered[None])


def trajectories_in(process: DecisionProcess, action: Acts, cell: Cells, entered: Shorts) -> tuple[Ids, Ids]:
    """Return the states and actions `[P, T]` of P lives in a process.

    Lives come as actions and entries `[P, T]` and cells `[P, T + 1]`.

    Raises:
        ValueError: the process has no such step.
    """
    states, actions = np.full(action.shape, PADDING), np.full(action.shape, PADDING)
    state = np.full(len(action), process.begin)
    for tick in range(action.shape[1]):
        rows = np.flatnonzero(action[:, tick] != OVER)
        here, chosen, now = state[rows], action[rows, tick], cell[rows, tick + 1]
        states[rows, tick], actions[rows, tick] = here, chosen
        ways = process.transition.successor[here, chosen]
        there, met = process.position[ways], process.entered[ways]
        possible = process.transition.probability[here, chosen] > 0.0
        possible &= met == np.maximum(entered[rows, tick], NOTHING)[:, None]
        fits = possible & (there == now[:, None])
        ends = tick + 1 == action.shape[1] or action[rows, tick + 1] == OVER
        nowhere = ~fits.any(axis=1) & ends  # where a life ended is not told by the state that is none
        fits[nowhere] = (possible & (there < 0))[nowhere]
        if not fits.any(axis=1).all():
            i = int(fits.any(axis=1).argmin())
            raise ValueError(f"tick {tick}: action {chosen[i]} can't lead from cell {cell[rows[i], tick]} to {now[i]}")
        state[rows] = ways[np.arange(len(rows)), fits.argmax(axis=1)]
    return states, actions
