"""A world that was changed under all who live: what is kept of what they get, and of their children."""

from typing import NamedTuple

import numpy as np

from evosim.scenario import Scenario
from viz.live.panels.needles import Kept
from viz.live.scenes.replay import Snapshot
from viz.live.worker.reader import Seen

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


def kept_since(change: Change, since: Sum, seen: Seen) -> Kept:
    """Compare an experiment with the interval of the run before it."""
    if since.ticks < ENOUGH:
        words = f"{since.ticks} of the first {ENOUGH} ticks"
        return Kept(np.nan, np.nan, change.there, change.home, True, words, True)
    births, utility = seen.rates_at(change.interval)
    words = f"utility and births, {since.ticks} ticks beside the interval before"
    goal = part(since.births / max(since.lived, 1), births)
    return Kept(part(since.utility / max(since.planned, 1), utility), goal, change.there, change.home, True, words)


def kept_in_run(scenario: Scenario, seen: Seen | None, now: float, here: str) -> Kept:
    """Compare an interval of the run with those before the run's own first change, if that has been."""
    schedule = scenario.evolution.schedule
    first = schedule[0].shown()
    if seen is None or here == first or len(schedule) < 2:
        return Kept(1.0, 1.0, here, here, False, "D changes the world under all who live")
    births, utility = seen.rates_before(schedule[1].start / scenario.evolution.interval)
    goal, capability = (part(each, before) for each, before in zip(seen.rates_at(now), (births, utility), strict=True))
    words = f"births and utility in this interval, beside {first}"
    return Kept(capability, goal, here, first, False, words, title=f"in {here}")


def part(now: float, before: float) -> float:
    """Divide, where there was anything."""
    return now / before if before > 0.0 else float("nan")
