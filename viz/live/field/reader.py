"""The field's reader: an ecology continued from a stored state, as it went or in another world."""

from typing import NamedTuple

import numpy as np

from evosim.numerics.arrays import Ids, Reals
from evosim.scenario.schema.names import objective_names
from evosim.simulation.ecology.checkpoint import checkpoint_at
from viz.answers.ecology_reading import child_features
from viz.live.drawing.chart import Chart
from viz.live.field.charts import make_charts
from viz.live.field.history import FieldHistory
from viz.live.field.timeline_events import find_events
from viz.live.panels.cloud import Cloud, make_weight_cloud
from viz.live.scenes.field_lens import LensContext, make_context, view_around
from viz.live.scenes.replay import Replay, Snapshot
from viz.live.scenes.sources import Source
from viz.live.scenes.timeline_events import TimelineEvent
from viz.live.worker.reader import Reader


class ReplayStart(NamedTuple):
    """The beginning of a replay at a stored state."""

    wish: int
    snapshots: list[Snapshot]
    sight: LensContext
    parents: Ids
    cloud: Cloud | None


class ReplayedTicks(NamedTuple):
    """Ticks that a replay was continued by."""

    wish: int
    snapshots: list[Snapshot]
    sight: LensContext
    parents: Ids
    cloud: Cloud | None


class FieldReader(Reader):
    """Reads a run with a state for some intervals."""

    def __init__(self, source: Source) -> None:
        self.vital = FieldHistory()
        super().__init__(source, self.vital)
        self.replay: Replay | None = None

    def charts(self) -> list[Chart]:
        """Return the charts of what has been read, most informative first."""
        return make_charts(self.vital, self.run.scenario, self.baseline)

    def events(self) -> list[TimelineEvent]:
        """Return the events for the timeline, in order."""
        return find_events(self.vital, self.run.scenario)

    def rates(self) -> tuple[Reals, Reals]:
        """Return births and utility per agent and tick, by interval `[K]`."""
        return self.vital.generation("births_per_capita")[1], self.vital.generation("mesa_utility_per_capita")[1]

    def begin(self, wish: int, interval: int, more: int) -> ReplayStart:
        """Start a replay at a stored state, and continue it by some ticks."""
        run = self.run
        self.replay = replay = Replay(run.scenario, run.seed, checkpoint_at(run, interval))
        snapshots = [replay.snapshot()]
        snapshots += [replay.step() for _ in range(more)]
        if len(
            snapshots[0].id
        ):  # kernels are read from the disk when they are first called: here nobody waits for that
            view_around(snapshots[0], 0, self._sight())
        return ReplayStart(wish, snapshots, self._sight(), replay.parents, self._planner_cloud(snapshots[-1]))

    def live(self, wish: int, ticks: int) -> ReplayedTicks:
        """Continue the replay by some ticks."""
        replay = self._replay()
        snapshots = [replay.step() for _ in range(ticks)]
        newest = snapshots[-1] if snapshots else replay.snapshot()
        return ReplayedTicks(wish, snapshots, self._sight(), replay.parents, self._planner_cloud(newest))

    def enter(self, wish: int, interval: int, tick: int, environment: str | None) -> ReplayedTicks:
        """Change the world at a tick, which starts an experiment; with None, return to the run as it was."""
        replay = self._replay()
        if environment is None or not replay.is_experiment:  # it has lived ahead of what is seen, or otherwise
            run = self.run
            self.replay = replay = Replay(run.scenario, run.seed, checkpoint_at(run, interval))
            while replay.tick < min(tick, self._known_to()):
                replay.step()
        replay.enter(environment)
        snapshot = replay.snapshot()
        return ReplayedTicks(wish, [snapshot], self._sight(), replay.parents, self._planner_cloud(snapshot))

    def _known_to(self) -> int:
        assert self.seen is not None
        return (self.seen.stored[-1] + 1) * self.run.scenario.evolution.interval

    def _replay(self) -> Replay:
        assert self.replay is not None
        return self.replay

    def _sight(self) -> LensContext:
        replay = self._replay()
        return make_context(replay.simulation, replay.rules)

    def _planner_cloud(self, snapshot: Snapshot) -> Cloud | None:
        """Return the planners in objective space, by the weights of a food and of a child."""
        scenario = self.run.scenario
        names, features = objective_names(scenario), scenario.world.features
        if not scenario.mind.objective.evolves or len(features) < 2:
            return None
        children = child_features(scenario)
        across = next((name for name in features if name not in children), features[0])
        up = children[0] if children and children[0] != across else features[1]
        rows = snapshot.plans
        return make_weight_cloud(
            snapshot.objective[rows].astype(np.float64),
            snapshot.id[rows],
            scenario,
            names,
            (across, up),
            f"tick {snapshot.tick:,}",
        )
