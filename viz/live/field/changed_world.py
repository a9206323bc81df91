"""A changed world: how much of births and utility is retained after a change that everybody lives through."""

from typing import NamedTuple

import numpy as np

from evosim.scenario import Scenario
from viz.live.panels.gauges import Retention
from viz.live.scenes.replay import Snapshot
from viz.live.worker.reader import BEFORE, RunView

LEAST_TICKS = 20  # ticks of an experiment, before it is said what is kept


class RateSums(NamedTuple):
    """Births and utility since the change."""

    ticks: int = 0
    births: int = 0
    lived: int = 0
    planned: int = 0
    utility: float = 0.0

    def add(self, snapshot: Snapshot) -> "RateSums":
        """Return the tally with one more tick."""
        births, lived, planned, _, _ = snapshot.counts
        return RateSums(
            self.ticks + 1,
            self.births + births,
            self.lived + lived,
            self.planned + planned,
            self.utility + snapshot.utility,
        )


class Experiment(NamedTuple):
    """A change of the world: from which environment to which, and when."""

    home: str
    there: str
    interval: float


def retention_since(change: Experiment, since: RateSums, seen: RunView, per: int, *, alive: bool) -> Retention:
    """Compare an experiment with the interval of the run before it; it ends with the last agent."""
    end = max(int(change.interval) + 1, 1) * per
    baseline = f"births and utility in {change.home}, ticks {end - per:,} to {end:,}"
    kept = Retention(np.nan, np.nan, change.there, change.home, True, "", baseline=baseline)
    if alive and since.ticks < LEAST_TICKS:
        return kept._replace(words=f"{since.ticks} of the first {LEAST_TICKS} ticks", waits=True)
    births, utility = seen.rates_at(change.interval)
    goal, capability = (
        retained_fraction(since.births / max(since.lived, 1), births),
        retained_fraction(since.utility / max(since.planned, 1), utility),
    )
    if alive:
        return kept._replace(capability=capability, goal=goal, words=f"over {since.ticks:,} ticks there")
    return kept._replace(
        capability=capability if since.planned else np.nan,
        goal=goal if since.lived else np.nan,
        words=f"nobody is left after {since.ticks:,} ticks there: the experiment has ended",
        title=f"extinct in {change.there}",
        note="D returns to the run",
    )


def retention_in_run(scenario: Scenario, seen: RunView | None, now: float, here: str, *, alive: bool) -> Retention:
    """Compare the interval being lived with those before the run's own first change, once that has happened.

    While a run evolves, what it comes to is not known before the interval ends: then it is the one before, or none if
    that was lived before the change.
    """
    schedule, per = scenario.evolution.schedule, scenario.evolution.interval
    first = schedule[0].shown()
    note = "" if alive else "no agent is left to move"
    if seen is None or here == first or len(schedule) < 2:
        baseline = f"as it is in {first}" if alive else f"as it was in {first}"
        value, words = (1.0, "") if alive else (np.nan, "no agent is alive now")
        title = "" if alive else f"extinct in {here}"
        return Retention(value, value, here, here, False, words, baseline=baseline, title=title, note=note)
    start = schedule[1].start
    is_known = len(seen.births) > start / per
    rates = seen.rates_at(now + 1.0) if is_known else (np.nan, np.nan)
    goal, capability = (
        retained_fraction(each, before) for each, before in zip(rates, seen.rates_before(start / per), strict=True)
    )
    baseline = f"births and utility in {first}, ticks {max(start - BEFORE * per, 0):,} to {start:,}"
    words = "this interval of the run" if is_known else "known when the first interval after the change is over"
    words = words if alive else "the interval in which the last one died"
    title = f"in {here}" if alive else f"extinct in {here}"
    return Retention(capability, goal, here, first, False, words, title=title, baseline=baseline, note=note)


def retained_fraction(now: float, before: float) -> float:
    """Return the ratio of a rate to its former value; NaN if that was 0."""
    return now / before if before > 0.0 else float("nan")
