"""Means over seeds: each number of table `cells`, condition by condition, with its interval. The seed is the unit."""

from collections import Counter
from collections.abc import Collection, Sequence
from difflib import get_close_matches
from typing import Any, NamedTuple

import numpy as np

from evosim.mind.kinds import kinds_found
from evosim.mind.map_kind import MapKind
from evosim.numerics.arrays import Ids, Reals
from evosim.numerics.intervals import (
    ALIKE,
    UNBOUNDED,
    ConfidenceInterval,
    mean_interval,
    reaches_beyond,
    share_interval,
)
from evosim.scenario.first_entries import chance_level_in, decisive_type
from evosim.scenario.schema.measures import OWN
from evosim.simulation.generational.columns.alignment import BOUNDS
from evosim.simulation.runs import RunFile
from evosim.storage.schema import RunFileError
from evosim.sweeps.folder import DONE
from evosim.sweeps.results import CELLS, NUMBERS, SweepResult

FEWEST = 3  # seeds for an interval
MOST_NAMED, ALIKE_NAMES = 12, 0.6
MOST_CHOSEN = 8  # numbers, where none are asked for and there are several environments
ANECDOTE, ANECDOTES = "one run: an anecdote", "one run of each: anecdotes"
OTHER_OBJECTIVES = "objectives differ between conditions, so means of them are not of one thing"
BEYOND = "95% intervals of means over seeds are by bootstrap-t; with few, uneven seeds one can reach beyond all of them"
ENTERED_FIRST, SPREAD = "entered_first.", "_std"
COUNTED = {
    "agents",
    "births/agent/tick",
    "bits",
    "children",
    "conceptions/agent/tick",
    "deaths/agent/tick",
    "entries",
    "episodes",
    "generations",
    "grandchildren",
    "individuals",
    "matings/agent/tick",
    "meals/agent/tick",
    "minds",
    "planners",
    "range widths",
    "steps",
    "thoughts",
    "thoughts/agent/tick",
    "ticks",
}  # units of which there is no less than none
GENERATIONAL = ("base_performance", "inner_gap", "pseudo_aligned", "base_mean")
OF_MAPS = ("base_performance", "searching", "inner_gap", "base_mean")  # where minds think in maps
ECOLOGICAL = ("population", "births_per_capita", "mesa_utility_per_capita", "optimizer_fraction")


class SweepQuantity(NamedTuple):
    """A number of table `cells`, in every cell that is done."""

    name: str
    unit: str
    definition: str
    is_share: bool
    bounds: tuple[float, float] = UNBOUNDED  # between which it lies by definition
    measure: str = ""  # its name in its own table, without the environment; of a locus its segment
    note: str = ""  # what is said beside it: of a locus, over whom the mean is
    chance: float | None = None  # of an agent blind to features, if a scenario says so
    title: str = ""  # what figures call it
    scale: str = ""  # what is said at its axis


def anecdote(conditions: int) -> str:
    """Return what is said of numbers with one run in each of so many conditions."""
    return ANECDOTE if conditions == 1 else ANECDOTES


class ConditionMean(NamedTuple):
    """The mean of a number over the seeds of a condition."""

    condition: int
    mean: ConfidenceInterval  # over seeds; the ends are NaN for fewer than FEWEST, and where all are alike
    seeds: tuple[int, ...]
    values: tuple[float, ...]  # of each seed

    @property
    def alike(self) -> bool:
        """Whether seeds enough for an interval all have one value, so that there is none."""
        return len(self.values) >= FEWEST and are_alike(np.array(self.values))

    @property
    def reaches_beyond(self) -> bool:
        """Whether the interval goes beyond all seeds at either end."""
        return reaches_beyond(self.mean, np.array(self.values))


def choose_quantities(
    result: SweepResult, asked: Sequence[str] = (), *, over_steps: bool = False
) -> list[SweepQuantity]:
    """Return the numbers that are asked for, or else those that say most of a run of this kind.

    Of an ecology whose schedule changes they are means over all intervals in each environment; of conditions that are
    not always in the same one, over all intervals since. With `over_steps` they are those that each step has.

    Raises:
        RunFileError: there is no such column, or it doesn't hold numbers.
    """
    columns = result.last_columns
    for name in asked:
        if name not in columns or columns[name].kind not in NUMBERS:
            what = "doesn't hold numbers in" if name in columns else "is not a column of"
            named = [each for each, column in columns.items() if column.kind in NUMBERS]
            close = _closest(name, named, result.loci)
            raise RunFileError(f"{result.path}: {name!r} {what} table `{CELLS}`; {close}")
    return [_quantity(result, name) for name in asked or _default_names(result, over_steps=over_steps)]


def _closest(name: str, names: list[str], loci: Collection[str]) -> str:
    segment, _, end = name.partition(".")
    of_segment = {each.partition(".")[2]: each for each in loci if end and each.partition(".")[0] == segment}
    if of_segment:
        alike = get_close_matches(end, of_segment, n=1, cutoff=ALIKE_NAMES)
        listed = ", ".join([*of_segment.values()][:MOST_NAMED])
        return f"did you mean {of_segment[alike[0]]}?" if alike else f"there are {listed}"
    inside = [each for each in names if name in each]
    if inside := sorted(inside, key=lambda each: (not each.endswith(f".{name}"), each not in loci)):
        return f"there are {', '.join(inside[:MOST_NAMED])}"
    ends = {each: each.partition(".")[2] or each for each in names}
    close = get_close_matches(name, [*names, *ends.values()], n=1, cutoff=ALIKE_NAMES)
    alike = [each for each in names if each in close or ends[each] in close]
    return f"did you mean {' or '.join(alike)}?" if alike else "`evosim export` prints the table with all of them"


def _quantity(result: SweepResult, name: str) -> SweepQuantity:
    column = result.last_columns[name]
    is_share = column.unit.startswith("share")
    _, measured = result.placed_columns.get(name, ("", name))
    bounds = (0.0, 1.0) if is_share else BOUNDS.get(measured, UNBOUNDED)
    if column.unit in COUNTED or measured.endswith(SPREAD):
        bounds = max(bounds[0], 0.0), bounds[1]
    note = ""
    if (locus := result.loci.get(name)) is not None:
        bounds, measured, note = (locus.low, locus.high), locus.segment, column.definition.partition(": ")[2]
    chance = _chance_of(result, name)
    said = column.words, column.axis
    return SweepQuantity(name, column.unit, column.definition, is_share, bounds, measured, note, chance, *said)


def _chance_of(result: SweepResult, name: str) -> float | None:
    """Return the chance level of a column, if it is the share of what is rewarded."""
    environment, measured = result.placed_columns.get(name, ("", name))
    if not measured.startswith(ENTERED_FIRST) or measured != f"{ENTERED_FIRST}{_decisive_type(result, environment)}":
        return None
    return chance_level_in((each.scenario for each in result.source.conditions()), environment)


def _decisive_type(result: SweepResult, environment: str) -> str | None:
    """Return the object whose first entry decides what an episode of an environment is worth, the same everywhere."""
    scenarios = [each.scenario for each in result.source.conditions()]
    found = {decisive_type(each, environment) for each in scenarios if environment in each.environments}
    return found.pop() if len(found) == 1 else None


def _default_names(result: SweepResult, *, over_steps: bool) -> list[str]:
    """Return the numbers of every deployment environment, those of one number together; of an ecology its own."""
    columns, places = result.last_columns, result.deployments
    own = [name for name, column in columns.items() if column.kind in NUMBERS and _is_own(result, name)]
    kinds = [kind for each in result.source.conditions() for kind in kinds_found(each.scenario)]
    chosen = OF_MAPS if any(isinstance(kind, MapKind) for kind in kinds) else GENERATIONAL
    measured = [name for name in chosen if name in result.run_tables.get("measurements", {})]
    entered = [(environment, _decisive_type(result, environment)) for environment in places]
    first = [result.column_in(environment, f"{ENTERED_FIRST}{name}") for environment, name in entered if name]
    if first:  # what the base objective counts follows from them
        measured = [name for name in measured if name != "base_mean"]
    fitting = measured[: max(1, MOST_CHOSEN // max(1, len(places))) - bool(first)]
    found = [*first, *(result.column_in(environment, name) for name in fitting for environment in places)]
    if found:
        return [*found, *([] if len(found) >= len(GENERATIONAL) else ["optimizer_fraction"]), *own]
    found = [name for name in ECOLOGICAL if name in columns]
    if found and result.lived_in and not over_steps and result.source.stored.kind != "futures":
        if result.since_they_differ is not None:
            return [result.column_in(result.since_they_differ, name) for name in (*found, *own)]
        fitting = [*found[: max(1, MOST_CHOSEN // len(result.lived_in))], *own]
        return [result.column_in(environment, name) for name in fitting for environment in result.lived_in]
    return [*found, *own] or [name for name, column in columns.items() if column.kind == "real"][:4]


def _is_own(result: SweepResult, name: str) -> bool:
    """Whether a column is a measure of one's own: of all steps, or in one of the deployment environments."""
    environment, measured = result.placed_columns.get(name, ("", name))
    return measured.startswith(OWN) and environment in ("", *result.deployments)


def condition_means(result: SweepResult, quantity: str, frame: dict[str, Any] | None = None) -> list[ConditionMean]:
    """Return the mean of a number over the seeds of each condition, of the cells that are done.

    Raises:
        RunFileError: a run can't be read.
    """
    frame = result.frame() if frame is None else frame
    bounds = _quantity(result, quantity).bounds
    found = []
    for number in range(1, result.source.stored.conditions + 1):
        here = (frame["condition"] == number) & np.isin(frame["state"], DONE)
        seeds, values = frame["seed"][here], np.asarray(frame[quantity][here], np.float64)
        known = ~np.isnan(values)
        mean = interval_over_seeds(values, bounds)
        found.append(ConditionMean(number, mean, tuple(seeds[known].tolist()), tuple(values[known].tolist())))
    return found


def extinctions(result: SweepResult) -> dict[int, tuple[int, int, ConfidenceInterval]]:
    """Return how many runs died out, of how many that are done, with the share's interval, by condition."""
    done = Counter(state.cell.condition for state in result.states if state.state in DONE)
    extinct = Counter(state.cell.condition for state in result.states if state.state == "extinct")
    return {number: (extinct[number], count, share_interval(extinct[number], count)) for number, count in done.items()}


class Curves(NamedTuple):
    """A number over the steps of the runs of one condition."""

    condition: int
    steps: Ids  # [M]
    values: Reals  # [S, M], NaN where a run has no such step
    seeds: tuple[int, ...]


def curves_of(result: SweepResult, quantity: str) -> list[Curves]:
    """Return a number over the steps of all runs, condition by condition, of the cells that are done.

    Raises:
        RunFileError: a run can't be read.
    """
    found: dict[int, dict[int, dict[int, float]]] = {}
    environment, name = result.placed_columns.get(quantity, ("", quantity))
    for state in result.states:
        if state.state not in DONE:
            continue
        with RunFile.open(result.source.run_path(state.cell)) as run:
            if (locus := result.loci.get(quantity)) is not None:
                name = "mean"
                columns, rows = run.table("loci", "locus = ?", (locus.locus,))
            elif environment in result.periods:
                columns, rows = run.table("generations", *result.periods[environment].intervals)
            elif environment:
                columns, rows = run.table("measurements", "environment = ?", (environment,))
            else:
                columns, rows = run.table("generations")
            at, step = columns.index(name), columns.index("generation")
            of_run = {int(row[step] or 0): float(row[at]) for row in rows if isinstance(row[at], int | float)}  # type: ignore[arg-type]
        found.setdefault(state.cell.condition, {})[state.cell.seed] = of_run
    return [_aligned(condition, by_seed) for condition, by_seed in sorted(found.items())]


def _aligned(condition: int, by_seed: dict[int, dict[int, float]]) -> Curves:
    """Return the curves of several runs over all steps that one of them has."""
    steps = sorted({step for of_run in by_seed.values() for step in of_run})
    rows = [[of_run.get(step, float("nan")) for step in steps] for of_run in by_seed.values()]
    values = np.array(rows, np.float64).reshape(len(by_seed), len(steps))
    return Curves(condition, np.array(steps, np.int64), values, tuple(by_seed))


def interval_over_seeds(values: Reals, bounds: tuple[float, float] = UNBOUNDED) -> ConfidenceInterval:
    """Return the mean over seeds of values `[S]` with its interval; the ends are NaN for fewer than FEWEST seeds.

    They are also NaN where all seeds are alike, even in a share: often it is so by construction, and one value says
    nothing about how much others would differ. The ends lie within `bounds`. A value beyond one, as of lives luckier
    than the optimum's mean, moves it there.
    """
    known = values[~np.isnan(values)]
    bounds = min(bounds[0], *known, np.inf), max(bounds[1], *known, -np.inf)
    mean = mean_interval(known, bounds=bounds)
    has_interval = len(known) >= FEWEST and not are_alike(known)
    return mean if has_interval else ConfidenceInterval(mean.middle, float("nan"), float("nan"))


def are_alike(values: Reals) -> bool:
    """Whether values `[S]`, at least one, differ by no more than rounding."""
    return bool(np.isfinite(values).all() and np.ptp(values) <= ALIKE * np.abs(values).max())
