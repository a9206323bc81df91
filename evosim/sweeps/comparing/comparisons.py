"""What many runs say together: the question answered run by run and counted, conditions compared, axes followed.

The seed is the unit. Mann and Whitney's test takes the runs of two conditions to be independent, also where their seeds
are the same: what seeds have in common makes it miss more, not find more. Where they are the same, Wilcoxon's test of
the differences within seeds stands beside it. All p-values of a table are corrected together.
"""

from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from math import isnan, nan, sqrt
from typing import Any, NamedTuple

import numpy as np

from evosim.alignment.class_names import OF_PLANNERS
from evosim.numerics.arrays import Ids, Reals
from evosim.numerics.formatting import in_words, percent_between
from evosim.numerics.intervals import ConfidenceInterval, share_interval
from evosim.numerics.statistics.comparisons import (
    FEWEST,
    Association,
    Comparison,
    CountComparison,
    PairedComparison,
    associate,
    compare_counts,
    compare_pairs,
    compare_samples,
    holm,
)
from evosim.numerics.statistics.power import least_effect, power_of_difference, power_within
from evosim.storage.schema import EXTINCT
from evosim.sweeps.folder import DONE
from evosim.sweeps.results import NUMBERS, SweepResult

Frame = dict[str, Any]
DIED_OUT, NO_PLANNERS, NO_MAJORITY = "died_out", "no_planners", "no_majority"
MOST_SEARCH, SOME_SEARCH, NONE_SEARCHES = OF_MAPS = ("most_search", "some_search", "none_searches")
LARGEST = 10.0  # standard deviations: the largest difference that is looked for
LARGEST_CORRELATION = 0.999


class Answer(NamedTuple):
    """How many runs of a condition give an answer to the scenario's question."""

    environment: str  # of deployment; empty where measurements are not taken environment by environment
    condition: int
    answer: str  # the class of most planners there, or that there is none; of minds that think in a map, who searches
    runs: int
    of: int  # that are done
    share: ConfidenceInterval
    beside: CountComparison | None  # the baseline; None for it
    p: float  # corrected over all answers of all conditions


class ConditionComparison(NamedTuple):
    """A number in a condition, beside the baseline."""

    condition: int
    quantity: str
    found: Comparison
    p: float  # corrected over all numbers of all conditions
    detectable: float  # the least difference of means that so many seeds would have shown, with a power of 80%
    paired: PairedComparison | None = None  # seed by seed; None where they have no seed in common
    paired_p: float = nan  # corrected over all numbers of all conditions


class Trend(NamedTuple):
    """A number along an axis."""

    key: str
    quantity: str
    found: Association
    p: float  # corrected over all numbers and axes
    detectable: float  # the least mean correlation that so many seeds would have shown, with a power of 80%


def answer_of(row: Frame, place: str) -> str:
    """Return what a run that is done answers in an environment, from its row of table `cells`; empty for no answer.

    `place` is what the environment is called there (`SweepResult.place_of`).
    """
    if row["state"] == EXTINCT:
        return DIED_OUT
    shares = {name: float(row.get(f"{place}.{name}", nan)) for name in OF_PLANNERS}
    if f"{place}.{OF_PLANNERS[0]}" in row and float(row["optimizer_fraction"]) == 0.0:
        searching = float(row.get(f"{place}.searching", nan))
        if isnan(searching):
            return NO_PLANNERS
        return MOST_SEARCH if searching > 0.5 else SOME_SEARCH if searching > 0.0 else NONE_SEARCHES
    if any(isnan(share) for share in shares.values()):
        return ""
    return next((name for name, share in shares.items() if share > 0.5), NO_MAJORITY)


def phrase_of(answer: str) -> str:
    """Return what an answer says of a run, as the end of a sentence."""
    others = {
        DIED_OUT: "died out",
        NO_PLANNERS: "have no planners",
        NO_MAJORITY: "have planners of no class in the majority",
        MOST_SEARCH: "have mostly minds that search",
        SOME_SEARCH: "have some minds that search",
        NONE_SEARCHES: "have no mind that searches, of those asked",
    }
    return others.get(answer) or f"have mostly planners that are {in_words(answer)}"


def describe_answer(found: Answer) -> str:
    """Return in a sentence how many runs of a condition give an answer."""
    place = f"In {in_words(found.environment)}, " if found.environment else ""
    share, ends = percent_between(*found.share)
    return f"{place}{found.runs} of {found.of} runs {phrase_of(found.answer)} ({share}, 95% {ends})."


def answers(result: SweepResult, frame: Frame | None = None, baseline: int = 1) -> list[Answer]:
    """Return how many runs of each condition give each answer in each deployment environment, most frequent first.

    Empty where none has an answer.

    Raises:
        RunFileError: a run can't be read.
    """
    frame = result.frame() if frame is None else frame
    places = result.deployments or ("",)
    rows = [row for environment in places for row in _answers_in(result, frame, baseline, environment)]
    corrected = holm([nan if row.beside is None else row.beside.p for row in rows])
    return [row._replace(p=p) for row, p in zip(rows, corrected, strict=True)]


def _answers_in(result: SweepResult, frame: Frame, baseline: int, environment: str) -> list[Answer]:
    """Return the answers in one environment, of the conditions that are measured there; p is not corrected."""
    there = {
        each.number
        for each in result.source.conditions()
        if not environment or environment in each.scenario.measure.environments
    }
    done = [i for i, state in enumerate(frame["state"]) if state in DONE and int(frame["condition"][i]) in there]
    place = result.place_of(environment)
    given = [(int(frame["condition"][i]), answer_of({name: frame[name][i] for name in frame}, place)) for i in done]
    if not any(answer for _, answer in given):
        return []
    done_in = Counter(condition for condition, _ in given)
    counts = Counter(given)
    names = [name for name, _ in Counter(answer for _, answer in given if answer).most_common()]
    rows = []
    for condition in sorted(done_in):
        for name in names:
            count, of = counts[condition, name], done_in[condition]
            beside = None
            if condition != baseline and done_in[baseline]:
                beside = compare_counts(counts[baseline, name], done_in[baseline], count, of)
            rows.append(Answer(environment, condition, name, count, of, share_interval(count, of), beside, nan))
    return rows


def compare_conditions(
    result: SweepResult, quantities: Sequence[str], frame: Frame | None = None, baseline: int = 1
) -> list[ConditionComparison]:
    """Return how each number differs in each condition from the baseline.

    Means over the time in an environment are left out where that is another time than in the baseline: they would
    differ although the runs are the same.

    Raises:
        RunFileError: a run can't be read.
    """
    frame = result.frame() if frame is None else frame
    rows = []
    for condition in range(1, result.source.stored.conditions + 1):
        for name in quantities if condition != baseline else ():
            if not result.is_of_one_time(name, (baseline, condition)):
                continue
            first, second = (_values(frame, name, each) for each in (baseline, condition))
            found, least = compare_samples(first, second), detectable(first, second)
            paired = _paired(frame, name, baseline, condition)
            rows.append(ConditionComparison(condition, name, found, nan, least, paired))
    corrected = holm([row.found.p for row in rows])
    of_pairs = holm([nan if row.paired is None else row.paired.p for row in rows])
    return [row._replace(p=p, paired_p=other) for row, p, other in zip(rows, corrected, of_pairs, strict=True)]


def _paired(frame: Frame, quantity: str, baseline: int, condition: int) -> PairedComparison | None:
    """Compare two conditions in the seeds that both have; None if there are none."""
    by_seed = [
        dict(zip(_seeds(frame, each), _values(frame, quantity, each), strict=True)) for each in (baseline, condition)
    ]
    shared = [seed for seed in by_seed[0] if seed in by_seed[1]]
    if not shared:
        return None
    first, second = (np.array([values[seed] for seed in shared], np.float64) for values in by_seed)
    return compare_pairs(first, second)


def detectable(first: Reals, second: Reals) -> float:
    """Return the least difference of means that samples `[M]` and `[N]` of this spread show, with a power of 80%.

    NaN for fewer than FEWEST units in either, or if both don't vary.
    """
    first, second = (each[~np.isnan(each)] for each in (first, second))
    seeds = min(len(first), len(second))
    if seeds < FEWEST:
        return nan
    spread = sqrt((float(first.var(ddof=1)) + float(second.var(ddof=1))) / 2)
    return _detectable_by(seeds) * spread if spread > 0.0 else nan


@lru_cache(maxsize=64)
def _detectable_by(seeds: int) -> float:
    """Return the least difference that so many seeds show, in standard deviations; NaN if none is large enough."""
    least = least_effect(lambda effect: power_of_difference(effect, seeds), LARGEST)
    return nan if least is None else least


def trends(result: SweepResult, quantities: Sequence[str], frame: Frame | None = None) -> list[Trend]:
    """Return how each number goes along each axis whose values are at least three different numbers.

    Means over the time in an environment are left out where that is not the same time in all conditions.

    Raises:
        RunFileError: a run can't be read.
    """
    frame = result.frame() if frame is None else frame
    done = np.isin(frame["state"], DONE)
    rows = []
    for axis in result.source.axes:
        keys = [each.name for each in result.axis_columns if each.name in axis.keys and each.kind in NUMBERS]
        different = {key: len(np.unique(frame[key][done])) for key in keys}
        if axis.kind == "zip":  # its values change together, so one number tells them: the one with most values
            keys = sorted(keys, key=different.__getitem__, reverse=True)[:1]
        for key in keys:
            if different[key] < 3:
                continue
            for name in (each for each in quantities if result.is_of_one_time(each, result.values)):
                values, numbers = (np.asarray(frame[each][done], np.float64) for each in (key, name))
                seeds = frame["seed"][done]
                rows.append(Trend(key, name, associate(values, numbers, seeds), nan, detectable_along(numbers, seeds)))
    corrected = holm([row.found.p for row in rows])
    return [row._replace(p=p) for row, p in zip(rows, corrected, strict=True)]


def detectable_along(numbers: Reals, seeds: Ids) -> float:
    """Return the least mean correlation within seeds `[N]` that numbers `[N]`, NaN left out, show by 80%; NaN: none."""
    _, each = np.unique(seeds[~np.isnan(numbers)], return_counts=True)
    if not (several := each[each >= FEWEST]).size:
        return nan
    values = 1.0 + 1.0 / float((1.0 / (several - 1)).mean())
    least = least_effect(lambda correlation: power_within(correlation, values, len(several)), LARGEST_CORRELATION)
    return nan if least is None else least


def residuals(result: SweepResult, quantity: str, frame: Frame | None = None) -> Reals:
    """Return what a number differs by from its condition's mean in each run that is done `[N]`, scaled for few seeds.

    Raises:
        RunFileError: a run can't be read.
    """
    frame = result.frame() if frame is None else frame
    found = []
    for condition in range(1, result.source.stored.conditions + 1):
        values = _values(frame, quantity, condition)
        values = values[~np.isnan(values)]
        if len(values) > 1:
            found.append((values - values.mean()) * sqrt(len(values) / (len(values) - 1)))
    return np.concatenate(found) if found else np.zeros(0)


def _seeds(frame: Frame, condition: int) -> list[int]:
    here = (frame["condition"] == condition) & np.isin(frame["state"], DONE)
    return [int(seed) for seed in frame["seed"][here]]


def _values(frame: Frame, quantity: str, condition: int) -> Reals:
    here = (frame["condition"] == condition) & np.isin(frame["state"], DONE)
    return np.asarray(frame[quantity][here], np.float64)
