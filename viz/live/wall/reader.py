"""The wall's reader: which agents of a generation live where, again; and what they are and come to."""

from typing import NamedTuple

import numpy as np

from evosim.alignment.assessment.assess import planners
from evosim.numerics.arrays import Ids, Reals
from evosim.studies.interventions import FITTEST, TYPICAL
from evosim.studies.typical_agent import Typical, typical_row
from viz.answers.generational import Plane, plane_of
from viz.live.drawing.chart import Chart
from viz.live.panels.cloud import Cloud, cloud_of
from viz.live.panels.needles import Kept
from viz.live.panels.portrait import Portrait, Statement, portrait_of
from viz.live.scenes.happenings import Happening
from viz.live.scenes.landscape import distances, landscape, planned_path
from viz.live.scenes.scene import Cast, Scene, cast_of, moment_at, play, spread_out
from viz.live.scenes.sources import Source
from viz.live.wall.charts import charts_of
from viz.live.wall.happenings import happenings
from viz.live.wall.history import WallHistory
from viz.live.worker.reader import Reader
from viz.report.agent import fit_base_weights

MOST_CHILDREN = 64
AS_PERCEIVED = "gets what it sees as wanted"  # capability, of who may see things wrongly


class Stage(NamedTuple):
    """A generation on the wall: who lives where."""

    cast: Cast
    scenes: list[Scene]  # one for each environment shown; none where worlds are another package's
    rows: Ids  # [E]
    cloud: Cloud | None
    why: str = ""  # there is nothing to be seen


class Moved(NamedTuple):
    """What a whole generation came to in an environment, with the same worlds and luck as at home."""

    generation: int
    environment: str
    kept: Kept


class WallReader(Reader):
    """Reads a source of generations."""

    def __init__(self, source: Source) -> None:
        self.measured = WallHistory(source.scenario)
        super().__init__(source, self.measured)
        self.base: tuple[Reals | None, bool] | None = None
        self.plane: Plane | None = None

    def charts(self) -> list[Chart]:
        """Give the charts of what has been read, the most telling first."""
        return charts_of(self.measured, self.run.scenario)

    def happenings(self) -> list[Happening]:
        """Give what deserves a mark on the timeline, in order."""
        return happenings(self.measured, self.run.scenario)

    def stage(
        self, generation: int, environments: list[str], count: int, selected: int | None, together: bool,
        who: int | str = TYPICAL,
    ) -> Stage:  # fmt: skip
        """Let agents of a generation live again: many, or one in all worlds; unless who is the fittest, a typical one.

        That one is the first of many.
        """
        run = self.run
        laboratory, cast = run.laboratory, cast_of(run, generation)
        worlds = min(count, run.scenario.measure.episodes)
        chief = int(np.argmax(cast.fitness)) if who == FITTEST else self.typical(cast).row
        rows = np.full(worlds, chief if selected is None else selected)
        if not together:
            rows = spread_out(cast.fitness, worlds, None if who == FITTEST else chief)
        if not together and selected is not None and selected not in rows:
            rows = np.concatenate([[selected], rows[1:]])
        scenes = [play(laboratory, cast, name, rows) for name in environments]
        cloud = self.cloud(cast, environments[-1])
        if any(scene is None for scene in scenes):
            why = "Its worlds are of another package: only that package knows what they look like."
            return Stage(cast, [], rows, cloud, why)
        shown = [scene for scene in scenes if scene is not None]
        for scene in shown[:1]:  # kernels are read from the disk when they are first called: here nobody waits for that
            first = moment_at(scene, 0, 0)
            landscape(scene, 0, first)
            distances(scene, 0, np.zeros_like(first.present))
            planned_path(scene, 0, 0, first)
        return Stage(cast, shown, rows, cloud)

    def typical(self, cast: Cast) -> Typical:
        """Choose the typical agent of a generation."""
        return typical_row(self.run.laboratory, cast.generation, cast.genomes, cast.minds.controller, cast.individuals)

    def cloud(self, cast: Cast, environment: str) -> Cloud | None:
        """Give where in objective space a generation is; None where nobody plans, or all must want the same."""
        run = self.run
        if (
            not cast.individuals
            or not run.scenario.mind.objective.evolves
            or "planner" not in run.scenario.mind.controllers
        ):
            return None
        if self.plane is None:  # by the newest there is, whichever is shown first
            newest = self.seen.stored[-1] if self.seen is not None else cast.generation
            self.plane = plane_of(run.scenario, run.frame("individuals", "generation = ?", (newest,)))
        return cloud_of(cast.individuals, run.scenario, environment, self.plane)

    def portrait(self, cast: Cast, row: int) -> Portrait:
        """Describe an agent of a generation."""
        run = self.run
        if self.base is None:
            self.base = fit_base_weights(run)
        id, after = int(cast.ids[row]), cast.generation + 1
        children: list[int] = []
        if after < run.summary().done:
            parents = run.parents_in(after)
            born = np.flatnonzero((parents == id).any(axis=1))[:MOST_CHILDREN]
            children = (born + after * len(parents)).tolist()
        portrait = portrait_of(run.laboratory, cast, row, children, self.base)
        typical = self.typical(cast)
        if row != typical.row:
            return portrait
        words = f"{typical.words[0].upper()}{typical.words[1:]}."
        return portrait._replace(statements=[Statement(words, ()), *portrait.statements])

    def moved(self, cast: Cast, environment: str) -> Moved:
        """Let a whole generation live in every environment in which runs are measured, and compare.

        It is the measurement itself, made again: the same luck, the same worlds but for what the environment changes.
        """
        laboratory = self.run.laboratory
        measured = {each.environment: each for each in laboratory.measure(cast.generation, cast.minds, cast.ids)}
        home, there = measured.get(cast.home), measured[environment]
        moved = environment != cast.home
        episodes, agents = self.run.scenario.measure.episodes, len(cast.ids)
        if home is None:
            words = f"{cast.home} is not measured, so there is nothing to compare with"
            return Moved(cast.generation, environment, Kept(np.nan, np.nan, environment, cast.home, moved, words))
        if home.assessment is not None and there.assessment is not None:
            own, other = home.assessment, there.assessment
            capability = ratio(other.got.value, own.got.value) if planners_in(cast) else np.nan
            goal = ratio(other.base_performance.value, own.base_performance.value)
            how = ""
        else:
            rows = planners(cast.minds)
            capability = ratio(there.mesa_return[rows], home.mesa_return[rows])
            goal = ratio(there.outcomes @ laboratory.base, home.outcomes @ laboratory.base)
            how = "; raw means"
        words = f"{agents} agents, the same {episodes} worlds and luck{how}"
        baseline = f"what they do at home, in {cast.home}"
        needles = Kept(capability, goal, environment, cast.home, moved, words, baseline=baseline)
        if cast.minds.detectors.shape[1]:
            needles = needles._replace(means=AS_PERCEIVED)
        return Moved(cast.generation, environment, needles)


def planners_in(cast: Cast) -> bool:
    """Tell whether anybody plans."""
    return bool(planners(cast.minds).any())


def ratio(there: Reals, home: Reals) -> float:
    """Divide one mean by another, over those who have a value in both; NaN where there is nothing to keep."""
    known = ~(np.isnan(there) | np.isnan(home))
    if not known.any():
        return np.nan
    means = [float(values[known].mean()) for values in (there, home)]
    return means[0] / means[1] if means[1] > 0.0 else np.nan
