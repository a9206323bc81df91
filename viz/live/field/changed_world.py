"""A world that was changed under all who live: what is kept of what they get, and of their children."""

from typing import NamedTuple

import numpy as np

from evosim.scenario import Scenario
from viz.live.panels.needles import Kept
from viz.live.scenes.replay import Snapshot
from viz.live.worker.reader import BEFORE, Seen

ENOUGH = 20  # ticks of an experiment, before it is said what is kept


class Sum(NamedTuple):
    """What has happened since."""

    ticks: int = 0
    births: int = 0
    lived: int = 0
    planned: int = 0
    utility: float = 0.0

    def add(self, snapshot: Snapshot) -> "Sum":
        """Count one more tick."""
        births, lived, planned, _, _ = snapshot.counts
        return Sum(
            self.ticks + 1,
            self.births + births,
            self.lived + lived,
            self.planned + planned,
            self.utility + snapshot.utility,
        )


class Change(NamedTuple):
    """An experiment: from where to where, and when."""

    home: str
    there: str
    interval: float


def kept_since(change: Change, since: Sum, seen: Seen, per: int, *, alive: bool) -> Kept:
    """Compare an experiment with the interval of the run before it; where nobody is left, it has ended."""
    end = max(int(change.interval) + 1, 1) * per
    baseline = f"births and utility in {change.home}, ticks {end - per:,} to {end:,}"
    kept = Kept(np.nan, np.nan, change.there, change.home, True, "", baseline=baseline)
    if alive and since.ticks < ENOUGH:
        return kept._replace(words=f"{since.ticks} of the first {ENOUGH} ticks", waits=True)
    births, utility = seen.rates_at(change.interval)
    goal, capability = (
        part(since.births / max(since.lived, 1), births),
        part(since.utility / max(since.planned, 1), utility),
    )
    if alive:
        return kept._replace(capability=capability, goal=goal, words=f"over {since.ticks:,} ticks there")
    return kept._replace(
        capability=capability if since.planned else np.nan,
        goal=goal if since.lived else np.nan,
        words=f"nobody is left after {since.ticks:,} ticks there: the experiment has ended",
        title=f"extinct in {change.there}",
        note="D goes back to the run",
    )


def kept_in_run(scenario: Scenario, seen: Seen | None, now: float, here: str, *, alive: bool) -> Kept:
    """Compare an interval of the run with those before the run's own first change, if that has been."""
    schedule, per = scenario.evolution.schedule, scenario.evolution.interval
    first = schedule[0].shown()
    note = "" if alive else "nobody is left to be moved"
    if seen is None or here == first or len(schedule) < 2:
        baseline = f"as it is in {first}" if alive else f"as it was in {first}"
        value, words = (1.0, "D changes the world under all who live") if alive else (np.nan, "nobody lives here now")
        title = "" if alive else f"extinct in {here}"
        return Kept(value, value, here, here, False, words, baseline=baseline, title=title, note=note)
    start = schedule[1].start
    births, utility = seen.rates_before(start / per)
    goal, capability = (part(each, before) for each, before in zip(seen.rates_at(now), (births, utility), strict=True))
    baseline = f"births and utility in {first}, ticks {max(start - BEFORE * per, 0):,} to {start:,}"
    words = "this interval of the run" if alive else "the interval in which the last one died"
    title = f"in {here}" if alive else f"extinct in {here}"
    return Kept(capability, goal, here, first, False, words, title=title, baseline=baseline, note=note)


def part(now: float, before: float) -> float:
    """Divide, where there was anything."""
    return now / before if before > 0.0 else float("nan")
