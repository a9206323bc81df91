"""The reader: reads the run and replays agents for the view. It belongs to the worker's thread."""

from abc import ABC, abstractmethod
from typing import NamedTuple

import numpy as np

from evosim.numerics.arrays import Reals
from evosim.simulation.runs import RunFile
from viz.live.drawing.chart import Chart
from viz.live.scenes.history import History
from viz.live.scenes.sources import RunProgress, Source, read_progress
from viz.live.scenes.timeline_events import TimelineEvent

BEFORE = 5  # intervals


class RunView(NamedTuple):
    """What was known of a run when it was last read."""

    standing: RunProgress
    stored: list[int]  # generations whose agents are stored for good
    charts: list[Chart]
    marks: list[TimelineEvent]
    environments: list[tuple[float, str]]  # where selection is, from which generation on
    new: bool  # whether there is more than before

    births: Reals  # [K] per agent and tick, of an ecology's intervals
    utility: Reals  # [K] of what is wanted, per planner and tick

    def rates_at(self, interval: float) -> tuple[float, float]:
        """Return births and utility in the interval that a time is in, or the last known; NaN where there is none."""
        if not len(self.births):
            return np.nan, np.nan
        at = min(max(int(interval), 0), len(self.births) - 1)
        return float(self.births[at]), float(self.utility[at])

    def rates_before(self, interval: float) -> tuple[float, float]:
        """Return mean births and utility over the five intervals before a time; NaN where there are none."""
        end = min(int(interval), len(self.births))
        some = slice(max(end - BEFORE, 0), end)
        known = [each[some][~np.isnan(each[some])] for each in (self.births, self.utility)]
        births, utility = (float(each.mean()) if each.size else np.nan for each in known)
        return births, utility


class Reader(ABC):
    """Reads a source; each kind of view has one for its own data."""

    def __init__(self, source: Source, history: History) -> None:
        self.source, self.history = source, history
        self.opened: RunFile | None = None
        self.seen: RunView | None = None
        self.baseline: tuple[int, int] | None = None  # steps that rates are relative to; None: the run's own

    @abstractmethod
    def charts(self) -> list[Chart]:
        """Return the charts of what has been read, most informative first."""

    @abstractmethod
    def events(self) -> list[TimelineEvent]:
        """Return the events for the timeline, in order."""

    def rates(self) -> tuple[Reals, Reals]:
        """Return births and utility by interval `[K]`, where defined."""
        return np.zeros(0), np.zeros(0)

    @property
    def run(self) -> RunFile:
        """Return the run, which must have been opened."""
        assert self.opened is not None
        return self.opened

    def look(self) -> RunView | None:
        """Read what is new; return None while there is nothing to read.

        Raises:
            RunFileError: the file can't be read.
        """
        if self.opened is None:
            self.opened = self.source.open()
            if self.opened is None:
                return None
        run = self.opened
        now = read_progress(run, evolving=self.source.is_evolving())
        if self.seen is not None and now == self.seen.standing:
            self.seen = self.seen._replace(new=False)
            return self.seen
        new = self.history.update(run)
        every, last = run.scenario.measure.every, run.scenario.evolution.generations - 1
        over = now.state not in ("running",)
        before = run.scenario.evolution.before_changes()
        kept = [g for g in run.stored_generations() if g % every == 0 or g == last or g in before or over]
        self.seen = RunView(
            now,
            kept,
            self.charts(),
            self.events(),
            environments_of(self.history),
            new,
            *self.rates(),
        )
        return self.seen

    def close(self) -> None:
        """Close the file."""
        if self.opened is not None:
            self.opened.close()
            self.opened = None

    def close_at_rest(self, patience: float) -> None:
        """Close the file from another thread, once the one that reads is at rest; wait so many seconds for that."""
        if (opened := self.opened) is not None:
            opened.close_at_rest(patience)


def environments_of(history: History) -> list[tuple[float, str]]:
    """Return the generations at which selection moves, each with the environment that it moves to."""
    found: list[tuple[float, str]] = []
    for generation, name in enumerate(history.text("environment")):
        if not found or found[-1][1] != name:
            found.append((float(generation), str(name)))
    return found
