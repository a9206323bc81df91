"""The wall's reader: replays agents of a generation, and describes them."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from evosim.mind.expression import have_objective
from evosim.mind.kinds import wanting_kinds
from evosim.numerics.arrays import Ids, Reals
from evosim.numerics.formatting import percent
from evosim.studies.interventions import FITTEST, TYPICAL
from evosim.studies.typical_agent import ClassMedoid, Typical, class_medoids, typical_row
from viz.answers.objectives.base_weights import fit_base_weights
from viz.answers.objectives.plane import Plane, telling_plane
from viz.live.drawing.chart import Chart
from viz.live.panels.cloud import Cloud, make_cloud
from viz.live.panels.gauges import Retention
from viz.live.panels.portrait import CitedSentence, Portrait, make_portrait
from viz.live.scenes.landscape import compute_landscape, find_planned_path, goal_distances
from viz.live.scenes.outcomes import got_what_counts
from viz.live.scenes.scene import Cast, Scene, read_cast, replay_episodes, sample_rows, world_state_at
from viz.live.scenes.sources import Source
from viz.live.scenes.timeline_events import TimelineEvent
from viz.live.wall.charts import make_charts
from viz.live.wall.history import WallHistory
from viz.live.wall.timeline_events import find_events
from viz.live.worker.reader import Reader

MOST_CHILDREN = 64
AS_PERCEIVED = "gets what it sees as wanted"  # capability, of who may see things wrongly


class WallScenes(NamedTuple):
    """The content of the wall: which agents of a generation live where."""

    cast: Cast
    scenes: list[Scene]  # one for each environment shown; none where worlds are another package's
    rows: Ids  # [E]
    cloud: Cloud | None
    why: str = ""  # there is nothing to be seen


class MovedPopulation(NamedTuple):
    """What a whole generation achieves in an environment, in the same worlds and with the same draws as at home."""

    generation: int
    environment: str
    kept: Retention
    paid: float = np.nan  # share of lives in which they got what counts there


class WallReader(Reader):
    """Reads a generational run."""

    def __init__(self, source: Source) -> None:
        self.measured = WallHistory(source.scenario)
        super().__init__(source, self.measured)
        self.base: tuple[Reals | None, bool] | None = None
        self.plane: Plane | None = None

    def charts(self) -> list[Chart]:
        """Return the charts of what has been read, most informative first."""
        return make_charts(self.measured, self.run.scenario)

    def events(self) -> list[TimelineEvent]:
        """Return the events for the timeline, in order."""
        return find_events(self.measured, self.run.scenario)

    def stage(
        self, generation: int, environments: list[str], count: int, selected: int | None, together: bool,
        who: int | str = TYPICAL,
    ) -> WallScenes:  # fmt: skip
        """Replay agents of a generation: a sample led by agent `who`, or one agent in all worlds if `together`."""
        run = self.run
        laboratory, cast = run.laboratory, read_cast(run, generation)
        worlds = min(count, run.scenario.measure.episodes)
        chief = int(np.argmax(cast.fitness)) if who == FITTEST else self.typical(cast).row
        rows = np.full(worlds, chief if selected is None else selected)
        if not together:
            rows = sample_rows(cast.fitness, worlds, chief, cast.individuals.get(f"class.{environments[-1]}"))
        if not together and selected is not None and selected not in rows:
            rows = np.concatenate([[selected], rows[1:]])
        scenes = [replay_episodes(laboratory, cast, name, rows) for name in environments]
        cloud = self.cloud(cast, environments[-1])
        if any(scene is None for scene in scenes):
            why = "Its worlds come from another package, and can't be drawn here."
            return WallScenes(cast, [], rows, cloud, why)
        shown = [scene for scene in scenes if scene is not None]
        for scene in shown[:1]:  # kernels are read from the disk when they are first called: here nobody waits for that
            first = world_state_at(scene, 0, 0)
            compute_landscape(scene, 0, first)
            goal_distances(scene, 0, np.zeros_like(first.present))
            find_planned_path(scene, 0, 0, first)
        return WallScenes(cast, shown, rows, cloud)

    def typical(self, cast: Cast) -> Typical:
        """Return the typical agent of a generation."""
        return typical_row(self.run.laboratory, cast.generation, cast.genomes, cast.minds, cast.individuals)

    def class_medoids(self, cast: Cast) -> list[ClassMedoid]:
        """Return an agent of each class of planners in a generation, of the largest class first."""
        return class_medoids(self.run.laboratory, cast.generation, cast.genomes, cast.minds, cast.individuals)

    def shares_paid(self, cast: Cast, environments: Sequence[str]) -> list[float]:
        """Return in what share of all lives of a generation agents get what counts, in some environments.

        It is NaN for worlds of another package.
        """
        found = [got_what_counts(self.run.laboratory, cast, name) for name in environments]
        return [float("nan") if lives is None else float(lives.mean()) for lives in found]

    def cloud(self, cast: Cast, environment: str) -> Cloud | None:
        """Return a generation in objective space; None without planners or with a fixed objective."""
        run = self.run
        if not cast.individuals or not run.scenario.mind.objective.evolves or not wanting_kinds(run.scenario):
            return None
        if self.plane is None:  # by the newest there is, whichever is shown first
            newest = self.seen.stored[-1] if self.seen is not None else cast.generation
            individuals = run.frame("individuals", "generation = ?", (newest,))
            self.plane = telling_plane(run.scenario, individuals, run.scenario.deployments_in(newest))
        return make_cloud(cast.individuals, run.scenario, environment, self.plane)

    def portrait(self, cast: Cast, row: int) -> Portrait:
        """Describe an agent of a generation."""
        run = self.run
        if self.base is None:
            self.base = fit_base_weights(run.scenario)
        id, after = int(cast.ids[row]), cast.generation + 1
        children: list[int] = []
        if after < run.summary().done:
            parents = run.parents_in(after)
            born = np.flatnonzero((parents == id).any(axis=1))[:MOST_CHILDREN]
            children = (born + after * len(parents)).tolist()
        portrait = make_portrait(run.laboratory, cast, row, children, self.base)
        typical = self.typical(cast)
        if row != typical.row:
            return portrait
        words = f"{typical.words[0].upper()}{typical.words[1:]}."
        return portrait._replace(statements=[CitedSentence(words, ()), *portrait.statements])

    def moved(self, cast: Cast, environment: str) -> MovedPopulation:
        """Measure a whole generation in every environment, and compare one with home.

        This repeats the measurement itself: the same draws, and the same worlds but for what the environment changes.
        """
        laboratory = self.run.laboratory
        measured = {each.environment: each for each in laboratory.measure(cast.generation, cast.minds, cast.ids)}
        home, there = measured.get(cast.home), measured[environment]
        moved = environment != cast.home
        episodes, agents = self.run.scenario.measure.episodes, len(cast.ids)
        if home is None:
            words = f"{cast.home} is not measured, so there is nothing to compare with"
            return MovedPopulation(
                cast.generation, environment, Retention(np.nan, np.nan, environment, cast.home, moved, words)
            )
        if home.assessment is not None and there.assessment is not None:
            own, other = home.assessment, there.assessment
            capability = (
                ratio_where_known(other.mesa_performance.value, own.mesa_performance.value)
                if has_planners(cast)
                else np.nan
            )
            goal = ratio_where_known(other.base_performance.value, own.base_performance.value)
            how = ""
        else:
            rows = have_objective(cast.minds)
            capability = ratio_where_known(there.mesa_return[rows], home.mesa_return[rows])
            goal = ratio_where_known(there.outcomes @ laboratory.base, home.outcomes @ laboratory.base)
            how = "; raw means"
        words = f"{agents} agents, the same {episodes} worlds and draws{how}"
        paid = self.shares_paid(cast, (environment, cast.home))
        if not np.isnan(paid).any():
            words += f": {percent(paid[0])} of lives got what counts, {percent(paid[1])} at home"
        baseline = f"what they do at home, in {cast.home}"
        retention = Retention(capability, goal, environment, cast.home, moved, words, baseline=baseline)
        if cast.minds.detectors.shape[1]:
            retention = retention._replace(means=AS_PERCEIVED)
        return MovedPopulation(cast.generation, environment, retention, paid[0])


def has_planners(cast: Cast) -> bool:
    """Whether a cast has any planners."""
    return bool(have_objective(cast.minds).any())


def ratio_where_known(there: Reals, home: Reals) -> float:
    """Return the ratio of two means over agents `[P]` with both values; NaN if the denominator isn't positive."""
    known = ~(np.isnan(there) | np.isnan(home))
    if not known.any():
        return np.nan
    means = [float(values[known].mean()) for values in (there, home)]
    return means[0] / means[1] if means[1] > 0.0 else np.nan
