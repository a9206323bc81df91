"""The field's reader: an ecology goes on from a state that is stored, as it did or in another world."""

from typing import NamedTuple

import numpy as np

from evosim.numerics.arrays import Ids, Reals
from evosim.scenario.schema.names import objective_names
from evosim.simulation.ecology.checkpoint import kept
from viz.answers.ecology_reading import child_features
from viz.live.drawing.chart import Chart
from viz.live.field.charts import charts_of
from viz.live.field.happenings import happenings
from viz.live.field.history import FieldHistory
from viz.live.panels.cloud import Cloud, cloud_of_weights
from viz.live.scenes.field_lens import Sight, around, sight_of
from viz.live.scenes.happenings import Happening
from viz.live.scenes.replay import Replay, Snapshot, planners_of
from viz.live.scenes.sources import Source
from viz.live.worker.reader import Reader


class Began(NamedTuple):
    """An ecology that was gone to."""

    wish: int
    snapshots: list[Snapshot]
    sight: Sight
    parents: Ids
    cloud: Cloud | None


class Lived(NamedTuple):
    """Ticks that an ecology went on."""

    wish: int
    snapshots: list[Snapshot]
    sight: Sight
    parents: Ids
    cloud: Cloud | None


class FieldReader(Reader):
    """Reads a source of intervals."""

    def __init__(self, source: Source) -> None:
        self.vital = FieldHistory()
        super().__init__(source, self.vital)
        self.replay: Replay | None = None

    def charts(self) -> list[Chart]:
        """Give the charts of what has been read, the most telling first."""
        return charts_of(self.vital, self.run.scenario)

    def happenings(self) -> list[Happening]:
        """Give what deserves a mark on the timeline, in order."""
        return happenings(self.vital, self.run.scenario)

    def rates(self) -> tuple[Reals, Reals]:
        """Give births and utility by interval."""
        return self.vital.generation("births_per_capita")[1], self.vital.generation("mesa_utility_per_capita")[1]

    def begin(self, wish: int, interval: int, more: int) -> Began:
        """Go to a state that is stored, and live some ticks from there."""
        run = self.run
        self.replay = replay = Replay(run.scenario, run.seed, kept(run, interval))
        snapshots = [replay.snapshot()]
        snapshots += [replay.step() for _ in range(more)]
        if len(
            snapshots[0].id
        ):  # kernels are read from the disk when they are first called: here nobody waits for that
            around(snapshots[0], 0, self._sight())
        return Began(wish, snapshots, self._sight(), replay.parents, self._herd(snapshots[-1]))

    def live(self, wish: int, ticks: int) -> Lived:
        """Live some ticks on."""
        replay = self._replay()
        snapshots = [replay.step() for _ in range(ticks)]
        newest = snapshots[-1] if snapshots else replay.snapshot()
        return Lived(wish, snapshots, self._sight(), replay.parents, self._herd(newest))

    def enter(self, wish: int, interval: int, tick: int, environment: str | None) -> Lived:
        """Change the world at a tick: from there on it is an experiment; or, with None, what the run was."""
        replay = self._replay()
        if environment is None or not replay.is_experiment:  # it has lived ahead of what is seen, or otherwise
            run = self.run
            self.replay = replay = Replay(run.scenario, run.seed, kept(run, interval))
            while replay.tick < min(tick, self._known_to()):
                replay.step()
        replay.enter(environment)
        snapshot = replay.snapshot()
        return Lived(wish, [snapshot], self._sight(), replay.parents, self._herd(snapshot))

    def _known_to(self) -> int:
        assert self.seen is not None
        return (self.seen.stored[-1] + 1) * self.run.scenario.evolution.interval

    def _replay(self) -> Replay:
        assert self.replay is not None
        return self.replay

    def _sight(self) -> Sight:
        replay = self._replay()
        return sight_of(replay.habitat, replay.rules)

    def _herd(self, snapshot: Snapshot) -> Cloud | None:
        """Give where in objective space an ecology's planners are: by a weight that feeds or pleases, and a child's."""
        scenario = self.run.scenario
        names, features = objective_names(scenario), scenario.world.features
        if not scenario.mind.objective.evolves or len(features) < 2:
            return None
        children = child_features(scenario)
        across = next((name for name in features if name not in children), features[0])
        up = children[0] if children and children[0] != across else features[1]
        rows = planners_of(snapshot)
        return cloud_of_weights(
            snapshot.objective[rows].astype(np.float64),
            snapshot.id[rows],
            scenario,
            names,
            (across, up),
            f"tick {snapshot.tick:,}",
        )
