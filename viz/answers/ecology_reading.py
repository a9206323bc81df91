"""What the page of an ecology reads from its run file, once and up to one interval, and when its world changed."""

from typing import NamedTuple

import numpy as np

from evosim.ecology.rules import shares_at
from evosim.numerics.arrays import Reals
from evosim.scenario import Scenario
from evosim.scenario.schema.ecologies import EcologyWorld
from evosim.scenario.schema.names import names_of
from evosim.simulation.runs import RunFile
from evosim.storage.reader import Summary
from evosim.storage.schema import CorruptRunError
from viz.answers.reading import Frame

BEFORE, AT_ONCE, IN_THE_END = 500, 300, 500  # ticks that are compared: before a change, right after it, the last ones

WANTED = {
    "mean": "wanted",
    "q05": "wanted_q05",
    "q95": "wanted_q95",
}  # columns of a weight, by what they are called of a locus
FEW_AGENTS = 0.02  # of the founders: what fewer than these have on average means nothing


class WorldChange(NamedTuple):
    """A change of the world: one phase, or several that follow within `AT_ONCE` ticks."""

    start: int  # tick
    end: int  # tick at which it is complete
    names: list[str]  # of where it leads
    is_real: bool  # not only from an environment to the same one


class Course(NamedTuple):
    """The history of an ecology over K intervals of equal length in ticks."""

    scenario: Scenario
    summary: Summary
    interval: int  # ticks
    frame: Frame  # [K] table generations
    lived: Reals  # [K] agent-ticks
    loci: dict[str, Frame]  # by locus, each [k] with the intervals at whose end somebody lived
    selection: dict[str, Frame]  # by locus, each [c] cohorts in the order of their birth
    changes: list[WorldChange]  # those that came within these intervals

    @property
    def last(self) -> int:
        """Return the tick at which the last interval ends."""
        return int(self.frame["tick"][-1])

    @property
    def extinct(self) -> bool:
        """Whether no agent is alive at the end."""
        return int(self.frame["population"][-1]) == 0

    @property
    def begins(self) -> Reals:
        """Return the tick at which each interval begins, `[K]`."""
        return self.frame["tick"].astype(np.float64) - self.interval

    @property
    def middles(self) -> Reals:
        """Return the middle of each interval in ticks, `[K]`."""
        return self.begins + self.interval / 2

    @property
    def planned(self) -> Reals:
        """Return the agent-ticks of planners, estimated from their share at the end of each interval, `[K]`."""
        return self.lived * np.nan_to_num(self.frame["optimizer_fraction"].astype(np.float64), nan=1.0)

    def rate(self, name: str) -> Reals:
        """Return a column `[K]` as numbers, NaN where it is empty."""
        return self.frame[name].astype(np.float64)

    def mean(self, name: str, chosen: np.ndarray) -> float:
        """Return the mean of a rate over `chosen` intervals `[K]`, weighted by agent-ticks; NaN without any."""
        weights = self.planned if name == "mesa_utility_per_capita" else self.lived
        return weighted_mean(self.rate(name)[chosen], weights[chosen])

    def within(self, start: float, end: float) -> np.ndarray:
        """Return a mask `[K]` of the intervals between two ticks."""
        return np.asarray((self.begins >= start) & (self.frame["tick"] <= end))

    def stretch(self, ticks: int) -> int:
        """Round a number of ticks to whole intervals, at least one."""
        return max(1, round(ticks / self.interval)) * self.interval

    def ticks_in(self, chosen: np.ndarray) -> int:
        """Return the number of ticks of the intervals of a mask `[K]`: fewer than asked for, where a run has fewer."""
        return int(chosen.sum()) * self.interval

    @property
    def before(self) -> np.ndarray:
        """Return a mask `[K]` of the reference intervals: those right before the first change, or all without one."""
        if not self.changes:
            return np.ones(len(self.lived), bool)
        start = self.changes[0].start
        return self.within(start - self.stretch(BEFORE), start)

    @property
    def at_once(self) -> np.ndarray:
        """Return a mask `[K]` of the intervals right after the first change is complete; none without one."""
        if not self.changes:
            return np.zeros(len(self.lived), bool)
        end = self.changes[0].end
        return self.within(end, end + self.stretch(AT_ONCE))

    @property
    def in_the_end(self) -> np.ndarray:
        """Return a mask `[K]` of the last intervals."""
        return self.within(self.last - self.stretch(IN_THE_END), self.last)


def read_course(run: RunFile) -> Course:
    """Read everything that the page of an ecology shows.

    Raises:
        ValueError: no interval is stored yet.
        CorruptRunError: the intervals are not consecutive.
        RunFileError: the file can't be read.
    """
    summary, scenario = run.summary(), run.scenario
    if summary.done == 0:
        raise ValueError(f"{run.path}: nothing is stored yet, so there is nothing to draw; let the run go on")
    last = summary.done - 1
    frame = run.frame("generations", "generation <= ?", (last,))
    interval = scenario.evolution.interval
    counted = np.arange(summary.done)
    sound = np.array_equal(frame["generation"], counted) and np.array_equal(frame["tick"], (counted + 1) * interval)
    if not sound:
        raise CorruptRunError(run.path, "its intervals are not consecutive")
    return Course(
        scenario,
        summary,
        interval,
        frame,
        agent_ticks(frame, interval),
        _by_locus(run.frame("loci", "generation <= ? and locus like 'objective.%'", (last,))),
        _by_locus(run.frame("selection", "closed <= ? and locus like 'objective.%'", (last,)), in_order=True),
        changes_of(scenario, int(frame["tick"][-1])),
    )


def agent_ticks(frame: Frame, interval: int) -> Reals:
    """Return the agent-ticks `[K]` of each interval, recovered from counts and their rates.

    Where nothing was counted, hardly anyone was alive: then the population at the end stands in.
    """
    counts = frame["births"].astype(np.float64) + frame["deaths"]
    rates = np.nan_to_num(frame["births_per_capita"].astype(np.float64) + frame["deaths_per_capita"])
    known = (counts > 0) & (rates > 0)
    return np.where(known, counts / np.where(known, rates, 1.0), frame["population"] * float(interval))


def changes_of(scenario: Scenario, last: int) -> list[WorldChange]:
    """Return the changes of the world that began before a tick, merging phases that follow within `AT_ONCE` ticks."""
    schedule = scenario.evolution.schedule
    changes: list[WorldChange] = []
    for phase in schedule[1:]:
        if phase.start >= last:
            break
        was = shares_at(schedule, phase.start - 1)
        real, end = was != phase.shares(), phase.start + phase.over
        if changes and phase.start - changes[-1].end < AT_ONCE and changes[-1].is_real == real:
            before = changes[-1]
            changes[-1] = WorldChange(before.start, end, [*before.names, phase.shown()], real)
        else:
            changes.append(WorldChange(phase.start, end, [phase.shown()], real))
    return changes


def child_features(scenario: Scenario) -> list[str]:
    """Return the features of having a child, in any environment."""
    worlds = [world for world in (scenario.world, *scenario.environments.values()) if isinstance(world, EcologyWorld)]
    return list(dict.fromkeys(name for world in worlds for name, amount in world.mating.child.items() if amount > 0))


def lifespan(course: Course) -> int:
    """Return the longest lifespan of the scenario's environments, in ticks."""
    worlds = course.scenario.environments.values()
    return max((world.life.lifespan for world in worlds if isinstance(world, EcologyWorld)), default=course.interval)


def select_populated(course: Course, frame: Frame) -> np.ndarray:
    """Return the rows `[k]` up to the last with enough agents alive; the first one if there is none."""
    living = course.frame["population"][frame["generation"]]
    enough_alive = np.flatnonzero(living >= FEW_AGENTS * course.scenario.evolution.population)
    return np.arange(1 + (int(enough_alive[-1]) if len(enough_alive) else 0))


def large_cohorts(course: Course, feature: str) -> Frame | None:
    """Return the cohorts large enough to estimate selection on a feature's weight; None if it has no locus."""
    cohorts = course.selection.get(f"objective.{feature}")
    if cohorts is None:
        return None
    many = cohorts["members"] >= FEW_AGENTS * course.scenario.evolution.population
    return {name: column[many] for name, column in cohorts.items()}


def weighted_mean(values: Reals, weights: Reals) -> float:
    """Return the weighted mean of `[N]` values, ignoring NaN; NaN if none is known."""
    known = ~np.isnan(values) & (weights > 0)
    return float((values[known] * weights[known]).sum() / weights[known].sum()) if known.any() else float("nan")


def kinds_alive(course: Course) -> list[str]:
    """Return the kinds of mind that founders have, if their shares are known; none in runs of earlier releases."""
    kinds = names_of(course.scenario).kinds
    return [kind for kind in kinds if not np.isnan(course.rate(f"share.{kind}")).all()]


def wanted_weights(course: Course, name: str) -> Frame | None:
    """Return mean and quantiles of a weight of objectives, by interval `[k]`; None if it is not inherited.

    They are those of agents that act on an objective, where anybody ever did; otherwise, and in runs of earlier
    releases, those of everybody's genome, expressed or silent.
    """
    of_genomes = course.loci.get(f"objective.{name}")
    if of_genomes is None:
        return None
    known = ~np.isnan(course.rate(f"wanted.{name}"))
    if not known.any():
        return of_genomes
    numbers = {number: course.rate(f"{column}.{name}")[known] for number, column in WANTED.items()}
    return {"generation": course.frame["generation"][known], **numbers}


def are_of_all(course: Course, name: str) -> bool:
    """Whether `wanted_weights` are those of everybody's genome."""
    return bool(np.isnan(course.rate(f"wanted.{name}")).all())


def _by_locus(frame: Frame, *, in_order: bool = False) -> dict[str, Frame]:
    found: dict[str, Frame] = {}
    for name in dict.fromkeys(frame["locus"].tolist()):
        rows = frame["locus"] == name
        mine = {column: values[rows] for column, values in frame.items()}
        order = np.argsort(mine["generation"], kind="stable") if in_order else slice(None)
        found[name] = {column: values[order] for column, values in mine.items()}
    return found
