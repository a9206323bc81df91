"""When which world holds in an ecology: conditions can be compared only over the same ticks.

Where one changes its world and another doesn't, a mean over all intervals in `ancestral` is of other ticks in each, and
would differ though the runs are the same run. From the tick on at which worlds begin to differ, means are of one time.
"""

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import NamedTuple

from evosim.numerics.formatting import in_words
from evosim.scenario import Scenario
from evosim.simulation.runs import RunFile
from evosim.storage.columns import Value

FROM = "from"  # before the tick from which on numbers are means


class Stretch(NamedTuple):
    """A time in which the same environment, or mixture, is headed for."""

    start: int  # tick
    over: int  # ticks that the change to it takes
    shares: tuple[tuple[str, float], ...]  # of environments, by name


def stretches_of(scenario: Scenario) -> tuple[Stretch, ...]:
    """Return the schedule of a scenario, with phases in a row that are of the same environments as one."""
    phases = [
        Stretch(each.start, each.over, tuple(sorted(each.shares().items()))) for each in scenario.evolution.schedule
    ]
    return tuple(next(alike) for _, alike in groupby(phases, key=lambda each: each.shares))


def ticks_in(scenario: Scenario, environment: str) -> tuple[tuple[int, int | None], ...]:
    """Return when an environment holds alone: from which tick to which, or to the end."""
    stretches = stretches_of(scenario)
    ends = [*(each.start for each in stretches[1:]), None]
    return tuple(
        (each.start + each.over, end)
        for each, end in zip(stretches, ends, strict=True)
        if [name for name, _ in each.shares] == [environment]
    )


def tick_of_difference(scenarios: Sequence[Scenario]) -> int | None:
    """Return the first tick at which not all scenarios are in the same environments; None if they always are."""
    all_stretches = list(dict.fromkeys(map(stretches_of, scenarios)))
    if len(all_stretches) < 2:
        return None
    most = max(map(len, all_stretches))
    for at in range(most):
        here = {each[at] if at < len(each) else None for each in all_stretches}
        if len(here) > 1:
            return min(each.start for each in here if each is not None)
    return None


class Period(NamedTuple):
    """A time over whose intervals the numbers of an ecology are means."""

    environment: str  # that in which they are; empty: all since conditions are not in the same one
    start: int = 0  # tick from which on

    @property
    def words(self) -> str:
        """What figures call it."""
        return in_words(self.environment) if self.environment else f"from tick {self.start:,} on"

    @property
    def intervals(self) -> tuple[str, tuple[Value, ...]]:
        """The SQL that chooses its rows of table `generations`, with its values."""
        return ("environment = ?", (self.environment,)) if self.environment else ("tick > ?", (self.start,))

    def means(self, run: RunFile, wanted: set[str]) -> dict[str, Value]:
        """Return the means of some columns over its intervals, where they are known, by name."""
        columns, rows = run.table("generations", *self.intervals)
        found: dict[str, Value] = {}
        for i, name in enumerate(columns):
            if name in wanted:
                known = [float(row[i]) for row in rows if row[i] is not None]  # type: ignore[arg-type]
                found[name] = sum(known) / len(known) if known else None
        return found


def periods_of(scenarios: Sequence[Scenario]) -> Mapping[str, Period]:
    """Return the times over which numbers of ecologies are means, by name; none if no schedule changes.

    They are the environments, in the order of schedules and without mixtures, and all the time since not all scenarios
    are in the same one.
    """
    phases = [phase for each in scenarios for phase in each.evolution.schedule]
    alone = dict.fromkeys(name for phase in phases if len(phase.shares()) == 1 for name in phase.shares())
    if len(alone) < 2:
        return {}
    found = {name: Period(name) for name in alone}
    start = tick_of_difference(scenarios)
    return found if start is None else found | {f"{FROM}.{start}": Period("", start)}
