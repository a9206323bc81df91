"""The reader: all that is read of a run and lived again for the view. It belongs to the worker's thread."""

from typing import NamedTuple

import numpy as np

from evosim.alignment.assessment.assess import planners
from evosim.numerics.arrays import Ids, Reals
from evosim.scenario.schema.names import objective_names
from evosim.simulation.ecology.checkpoint import kept
from evosim.simulation.runs import RunFile
from evosim.studies.interventions import FITTEST, TYPICAL
from evosim.studies.typical_agent import Typical, typical_row
from viz.answers.ecology_reading import child_features
from viz.answers.generational import Plane, plane_of
from viz.live.drawing.chart import Chart
from viz.live.panels.cloud import Cloud, cloud_of, cloud_of_weights
from viz.live.panels.needles import Kept
from viz.live.panels.plots import charts_of
from viz.live.panels.portrait import Portrait, Statement, portrait_of
from viz.live.scenes.field_lens import Sight, around, sight_of
from viz.live.scenes.happenings import Happening, happenings
from viz.live.scenes.history import History
from viz.live.scenes.landscape import distances, landscape, planned_path
from viz.live.scenes.replay import Replay, Snapshot, planners_of
from viz.live.scenes.scene import Cast, Scene, cast_of, moment_at, play, spread_out
from viz.live.scenes.sources import Source, Standing, standing
from viz.report.agent import base_weights

MOST_CHILDREN = 64
BEFORE = 5  # intervals
AS_PERCEIVED = "gets what it sees as wanted"  # capability, of who may see things wrongly


class Seen(NamedTuple):
    """What is known of a run when it was looked at last."""

    standing: Standing
    stored: list[int]  # generations whose agents are stored for good
    charts: list[Chart]
    marks: list[Happening]
    environments: list[tuple[float, str]]  # where selection is, from which generation on
    new: bool  # whether there is more than before

    births: Reals  # [K] per agent and tick, of an ecology's intervals
    utility: Reals  # [K] of what is wanted, per planner and tick

    def rates_at(self, interval: float) -> tuple[float, float]:
        """Give births and utility in the interval before a time; NaN where there is none."""
        if not len(self.births):
            return np.nan, np.nan
        at = min(max(int(interval), 0), len(self.births) - 1)
        return float(self.births[at]), float(self.utility[at])

    def rates_before(self, interval: float) -> tuple[float, float]:
        """Give mean births and utility in the five intervals before a time; NaN where there are none."""
        end = min(int(interval), len(self.births))
        some = slice(max(end - BEFORE, 0), end)
        known = [each[some][~np.isnan(each[some])] for each in (self.births, self.utility)]
        births, utility = (float(each.mean()) if each.size else np.nan for each in known)
        return births, utility


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


class Reader:
    """Reads a source."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.opened: RunFile | None = None
        self.history: History | None = None
        self.base: tuple[Reals | None, bool] | None = None
        self.plane: Plane | None = None
        self.seen: Seen | None = None
        self.replay: Replay | None = None

    @property
    def run(self) -> RunFile:
        """Give the run, which has been looked at before."""
        assert self.opened is not None
        return self.opened

    def look(self) -> Seen | None:
        """Look what there is; None as long as there is nothing.

        Raises:
            RunFileError: the file can't be read.
        """
        if self.opened is None:
            self.opened = self.source.open()
            if self.opened is None:
                return None
            self.history = History(self.opened.scenario)
        run = self.opened
        assert self.history is not None
        now = standing(run, evolving=self.source.is_evolving())
        if self.seen is not None and now == self.seen.standing:
            self.seen = self.seen._replace(new=False)
            return self.seen
        new = self.history.update(run)
        every, last = run.scenario.measure.every, run.scenario.evolution.generations - 1
        over = now.state not in ("running",)
        before = run.scenario.evolution.before_changes()
        kept = [g for g in run.stored_generations() if g % every == 0 or g == last or g in before or over]
        self.seen = Seen(
            now,
            kept,
            charts_of(self.history, run.scenario),
            happenings(self.history, run.scenario),
            environments_of(self.history),
            new,
            self.history.generation("births_per_capita")[1] if self.history.shared else np.zeros(0),
            self.history.generation("mesa_utility_per_capita")[1] if self.history.shared else np.zeros(0),
        )
        return self.seen

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
            self.base = base_weights(run)
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

    # ------------------------------------------------------------ ecologies

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

    def close(self) -> None:
        """Close the file."""
        if self.opened is not None:
            self.opened.close()
            self.opened = None


def environments_of(history: History) -> list[tuple[float, str]]:
    """Say from which generation on selection was where."""
    found: list[tuple[float, str]] = []
    for generation, name in enumerate(history.text("environment")):
        if not found or found[-1][1] != name:
            found.append((float(generation), str(name)))
    return found


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
