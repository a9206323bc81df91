"""The reader: all that is read of a run and lived again for the view. It belongs to the worker's thread."""

from abc import ABC, abstractmethod
from typing import NamedTuple

import numpy as np

from evosim.numerics.arrays import Reals
from evosim.simulation.runs import RunFile
from viz.live.drawing.chart import Chart
from viz.live.scenes.happenings import Happening
from viz.live.scenes.history import History
from viz.live.scenes.sources import Source, Standing, standing

BEFORE = 5  # intervals


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


class Reader(ABC):
    """Reads a source; each kind of view has one that reads what it shows."""

    def __init__(self, source: Source, history: History) -> None:
        self.source, self.history = source, history
        self.opened: RunFile | None = None
        self.seen: Seen | None = None

    @abstractmethod
    def charts(self) -> list[Chart]:
        """Give the charts of what has been read, the most telling first."""

    @abstractmethod
    def happenings(self) -> list[Happening]:
        """Give what deserves a mark on the timeline, in order."""

    def rates(self) -> tuple[Reals, Reals]:
        """Give births and utility by interval, where there are such rates."""
        return np.zeros(0), np.zeros(0)

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
        run = self.opened
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
            self.charts(),
            self.happenings(),
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


def environments_of(history: History) -> list[tuple[float, str]]:
    """Say from which generation on selection was where."""
    found: list[tuple[float, str]] = []
    for generation, name in enumerate(history.text("environment")):
        if not found or found[-1][1] != name:
            found.append((float(generation), str(name)))
    return found
