"""Replays: an ecology continued from a stored state, tick by tick, exactly as it went.

A run file keeps states at the end of some intervals only. What happens in between is a function of scenario, seed and
state, so it can be replayed; under other rules, the replay becomes an experiment.
"""

from collections import OrderedDict
from typing import NamedTuple

import numpy as np

from evosim.ecology.checkpoint import EcologyCheckpoint
from evosim.ecology.rules import Rules, describe_shares, shares_at
from evosim.ecology.simulation import EcologySimulation
from evosim.ecology.state import BIRTHS, LIVED, MATINGS, NEXT_ID, PLANNED, PROTECTED
from evosim.mind.expression import express, traits_of
from evosim.mind.kinds import express_wants
from evosim.mind.segments import objective_of
from evosim.numerics.arrays import Bytes, Cells, Flags, Genes, Ids, Reals
from evosim.scenario import Scenario
from evosim.scenario.schema.names import controller_names, objective_names
from viz.live.scenes.field_events import NOTHING, FieldEvents, events_of_tick, note_before

REEL = 64 * 2**20  # bytes of snapshots that are kept for stepping back


class Snapshot(NamedTuple):
    """A copy of an ecology at one tick: N agents on C cells, D drives, W weights of an objective."""

    tick: int
    environment: str
    rows: int
    columns: int
    what: Cells  # [C] as View.what
    id: Ids  # [N]
    cell: Cells  # [N]
    kinds: tuple[str, ...]  # of mind, by the numbers in `controller`
    controller: Bytes  # [N]
    plans: Flags  # [N] acts on a mesa-objective
    energy: Reals  # [N]
    age: Cells  # [N]
    levels: Reals  # [N, D]
    children: Cells  # [N]
    able: Flags  # [N] can mate now
    courts: Flags  # [N] and would, at the tick before
    objective: Genes  # [N, W]
    horizon: Cells  # [N] steps; 0 for who doesn't look ahead
    discount: Reals  # [N] worth of a utility one step later
    persistence: Reals  # [N] believed chance that what is there is still there a step later
    genome: Genes  # [N, L]
    newborn: Ids  # ids of who was born in the tick before
    events: FieldEvents  # in it
    counts: tuple[int, int, int, int, int]  # in it: births, agent-ticks, planners' ticks, matings, protected ones
    utility: float  # mesa-utility of planners in it

    @property
    def size(self) -> int:
        """Return the size in bytes."""
        return sum(part.nbytes for part in (*self, *self.events) if isinstance(part, np.ndarray))


class Replay:
    """An ecology continued from a stored state of a run."""

    def __init__(self, scenario: Scenario, seed: int, state: EcologyCheckpoint) -> None:
        self.scenario, self.state = scenario, state
        self.simulation = EcologySimulation(scenario, seed)
        self.simulation.restore(state.genomes, state.memory, state.parents)
        self.interval = scenario.evolution.interval
        self.tick = (state.number + 1) * self.interval
        self.entered: str | None = None  # the environment of an experiment
        self.strayed = False  # whether a tick of one was lived: it stays so, whatever is entered after it
        self.rules = self.simulation.rules_at(self.tick)
        self.simulation.begin_interval()
        width = len(objective_names(scenario))
        at = self.simulation.static.loci.objective
        self.wishes = slice(at, at + width) if at >= 0 else None

    @property
    def is_experiment(self) -> bool:
        """Whether its world differs from the run's."""
        return self.strayed or self.entered is not None

    def enter(self, environment: str | None) -> None:
        """Change the world to an environment from the next tick on; None restores the run's own.

        Raises:
            KeyError: there is no such environment.
        """
        self.entered = environment
        self.rules = self._rules()

    def _rules(self) -> Rules:
        began = self.tick // self.interval * self.interval
        if self.entered is not None:
            return self.simulation.rules_in(self.entered, began)
        return self.simulation.rules_at(began)

    @property
    def environment(self) -> str:
        """Return the environment of the next tick."""
        if self.entered is not None:
            return self.entered
        began = self.tick // self.interval * self.interval
        return describe_shares(shares_at(self.scenario.evolution.schedule, began))

    def step(self) -> Snapshot:
        """Advance by one tick."""
        if self.tick % self.interval == 0:
            self.simulation.begin_interval()
            self.rules = self._rules()
        self.strayed = self.is_experiment
        counts, utility = self._counts(), float(self.simulation.ecology.tally.utility[0])
        known = int(self.simulation.ecology.tally.counts[NEXT_ID])
        before = note_before(self.simulation)
        # A core is left for the window.
        births, deaths = self.simulation.live(self.tick, 1, self.rules, on_threads=False)
        events = events_of_tick(self.simulation, before, self.tick, self.rules, births, deaths)
        self.tick += 1
        if self.tick % self.interval == 0:
            self.simulation.take_closed(self.tick // self.interval - 1)
        born = np.arange(known, known + len(births))
        after = self._counts()
        begun, lived, planned, matings, protected = (b - a for a, b in zip(counts, after, strict=True))
        got = float(self.simulation.ecology.tally.utility[0]) - utility
        return self.snapshot()._replace(
            newborn=born, events=events, counts=(begun, lived, planned, matings, protected), utility=got
        )

    @property
    def parents(self) -> Ids:
        """Return a copy of the parents `[M, 2]` of all agents ever born, −1 where there are none."""
        registry, counts = self.simulation.ecology.registry, self.simulation.ecology.tally.counts
        return registry.parents[: counts[NEXT_ID]].copy()

    def _counts(self) -> tuple[int, int, int, int, int]:
        counts = self.simulation.ecology.tally.counts
        return (
            int(counts[BIRTHS]), int(counts[LIVED]), int(counts[PLANNED]), int(counts[MATINGS]), int(counts[PROTECTED]),
        )  # fmt: skip

    def snapshot(self) -> Snapshot:
        """Return a snapshot of the current tick."""
        simulation = self.simulation
        agents, alive = simulation.ecology.agents, simulation.alive
        genome = agents.genome[:alive].copy()
        if self.wishes is not None:
            objective = genome[:, self.wishes]
        else:
            objective = np.tile(np.array(objective_of(self.scenario), np.float32), (alive, 1))
        minds = express(self.scenario, simulation.layout, genome)
        horizon = traits_of(minds).get("horizon", np.zeros(alive))
        return Snapshot(
            tick=self.tick,
            environment=self.environment,
            rows=simulation.world.size[0],
            columns=simulation.world.size[1],
            what=simulation.ecology.map.what.copy(),
            id=agents.id[:alive].copy(),
            cell=agents.cell[:alive].copy(),
            kinds=tuple(controller_names(self.scenario)),
            controller=agents.controller[:alive].copy(),
            plans=express_wants(self.scenario, agents.controller[:alive]),
            energy=agents.energy[:alive].copy(),
            age=(self.tick - agents.born[:alive]).astype(np.int32),
            levels=agents.levels[:alive].copy(),
            children=agents.children[:alive].copy(),
            able=agents.able[:alive].copy(),
            courts=agents.courts[:alive].copy(),
            objective=objective,
            horizon=np.nan_to_num(horizon).astype(np.int32),
            discount=minds.discount,
            persistence=minds.persistence,
            genome=genome,
            newborn=np.zeros(0, np.int64),
            events=NOTHING,
            counts=(0, 0, 0, 0, 0),
            utility=0.0,
        )

    def stored(self) -> tuple[Genes, dict[str, np.ndarray]]:
        """Return genomes `[N, L]` and state as a run file would store them."""
        return self.simulation.genomes, self.simulation.memory()


class SnapshotBuffer:
    """The latest snapshots, up to a size in bytes."""

    def __init__(self, room: int = REEL) -> None:
        self.room, self.used = room, 0
        self.kept: OrderedDict[int, Snapshot] = OrderedDict()

    def add(self, snapshot: Snapshot) -> None:
        """Add a snapshot, dropping the oldest if there is no room."""
        if snapshot.tick in self.kept:
            self.used -= self.kept.pop(snapshot.tick).size
        self.kept[snapshot.tick] = snapshot
        self.used += snapshot.size
        while self.used > self.room and len(self.kept) > 2:
            self.used -= self.kept.popitem(last=False)[1].size

    def at(self, tick: int) -> Snapshot | None:
        """Return the snapshot of a tick, or None."""
        return self.kept.get(tick)

    @property
    def last(self) -> int:
        """Return the newest tick; −1 if there is none."""
        return next(reversed(self.kept)) if self.kept else -1

    @property
    def first(self) -> int:
        """Return the oldest tick; −1 if there is none."""
        return next(iter(self.kept)) if self.kept else -1
