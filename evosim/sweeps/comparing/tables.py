"""Tables of a sweep for people: means over seeds, answers counted run by run, conditions compared, axes followed."""

from collections.abc import Iterator, Sequence
from math import isfinite
from typing import Any, NamedTuple

from evosim.numerics.formatting import (
    digits_between,
    in_words,
    number,
    p_value,
    percent,
    percent_between,
    signed_number,
    small_number,
)
from evosim.numerics.intervals import ConfidenceInterval
from evosim.sweeps.comparing.comparisons import OF_MAPS, Answer, answers, compare_conditions, trends
from evosim.sweeps.comparing.decided import decided_shares, has_states
from evosim.sweeps.results import SweepResult
from evosim.sweeps.summary import (
    ANECDOTE,
    BEYOND,
    FEWEST,
    ConditionMean,
    SweepQuantity,
    anecdote,
    condition_means,
    extinctions,
)
from evosim.sweeps.toml_values import shown_value

MOST_COMPARED = 12  # conditions, of which each is compared without being asked to


class TextTable(NamedTuple):
    """A table of text."""

    title: str
    heads: list[str]
    rows: list[list[str]]
    note: str = ""  # below it


def tables_of(
    result: SweepResult, quantities: Sequence[SweepQuantity], frame: dict[str, Any], against: int | None = None
) -> Iterator[TextTable]:
    """Yield the tables of a sweep; from three seeds on with tests, beside the condition `against`, or the first.

    Of futures of several states they say how much is decided after each step. Nothing is yielded while no cell is done.

    Raises:
        RunFileError: a run can't be read.
    """
    if has_states(result):
        yield from _decided(result, quantities, frame)
        return
    names = [each.name for each in quantities]
    means = [condition_means(result, name, frame) for name in names]
    most = max((len(each.seeds) for column in means for each in column), default=0)
    if not most:
        return
    counted = sum(any(column[i].seeds for column in means) for i in range(len(means[0])))  # conditions
    what = "means over seeds [95%]" if most >= FEWEST else "means over seeds" if most > 1 else anecdote(counted)
    note = f"{BEYOND}." if any(each.reaches_beyond for column in means for each in column) else ""
    note = " ".join(each for each in (note, _not_compared(result, names)) if each)
    yield TextTable(f"{_when(result, names)}: {what}", *_means(result, quantities, means), note)
    if most < FEWEST:
        return
    baseline = against or 1
    yield from _answers(result, frame, baseline)
    if against is not None or 1 < result.source.stored.conditions <= MOST_COMPARED:
        yield from _differences(result, names, frame, baseline)
    yield from _trends(result, names, frame)


def _when(result: SweepResult, names: Sequence[str]) -> str:
    """Return of what time some numbers are."""
    places = {result.placed_columns.get(name, ("", name))[0] if result.is_of_intervals(name) else "" for name in names}
    if result.since_they_differ is not None and places == {result.since_they_differ}:
        return f"Over all intervals {result.periods[result.since_they_differ].words}, when environments begin to differ"
    if "" not in places:
        return "Over all intervals in each environment"
    return "At the end, or over all intervals in the environment named" if len(places) > 1 else "At the end"


def _not_compared(result: SweepResult, names: Sequence[str]) -> str:
    """Return a sentence on the numbers that are of other ticks in some conditions; empty if none is."""
    others = [name for name in names if not result.is_of_one_time(name, result.values)]
    if not others:
        return ""
    instead = ", ".join(
        dict.fromkeys(f"{result.since_they_differ}.{result.placed_columns[name][1]}" for name in others)
    )
    return f"Of other ticks in some conditions, and not compared: {', '.join(others)}; of the same ticks: {instead}."


def _decided(result: SweepResult, quantities: Sequence[SweepQuantity], frame: dict[str, Any]) -> Iterator[TextTable]:
    """Yield a table for each number: how much of its variance is decided after each step."""
    heads = ["after", "states", "futures", "sd between states", "sd between futures", "decided [95%]"]
    for quantity in quantities:
        found = [each for each in decided_shares(result, [quantity.name], frame) if each.found.groups]
        rows = [
            [
                f"{result.unit} {each.step}", str(each.found.groups), str(each.found.values),
                small_number(each.found.between, 3), small_number(each.found.within, 3),
                format_share(each.found.share),
            ]
            for each in found
        ]  # fmt: skip
        alone = "" if any(each.found.groups > 1 for each in found) else f" ({ANECDOTE})"
        if rows:
            yield TextTable(f"{quantity.name} at the end: how much of it is decided{alone}", heads, rows)


def format_share(share: ConfidenceInterval) -> str:
    """Return a share with its interval, as text."""
    if not share.known:
        return percent(share.middle)
    middle, ends = percent_between(*share)
    return f"{middle} [{ends}]"


def _means(
    result: SweepResult, quantities: Sequence[SweepQuantity], means: list[list[ConditionMean]]
) -> tuple[list[str], list[list[str]]]:
    """Return the heads and the rows of a table with a row for each condition, numbered where there are several."""
    died = extinctions(result)
    anyone = any(extinct for extinct, _, _ in died.values())
    rows = []
    for i, each in enumerate(means[0]):
        values = result.values[each.condition]
        gone, of, _ = died.get(each.condition, (0, 0, None))
        rows.append(
            [
                *_numbered(result, each.condition), *(shown_value(values[key]) for key in result.telling_keys), str(of),
                *([f"{gone} of {of}"] if anyone else []),
                *(format_mean(column[i], quantity) for column, quantity in zip(means, quantities, strict=True)),
            ]
        )  # fmt: skip
    gone_head = ["died out"] if anyone else []
    heads = [*_numbered(result, "condition"), *result.telling_keys, "seeds", *gone_head]
    return [*heads, *(each.name for each in quantities)], rows


def _numbered(result: SweepResult, condition: object) -> list[str]:
    """Return the cell that says of which condition a row is; none where there is only one."""
    return [str(condition)] if result.source.stored.conditions > 1 else []


def format_mean(each: ConditionMean, quantity: SweepQuantity) -> str:
    """Return a mean over seeds with its interval, as text, or that all seeds are alike."""
    mean = each.mean
    if not isfinite(mean.middle):
        return "–"
    alike = f", all {len(each.values)} alike" if each.alike else ""
    if quantity.is_share:
        return f"{format_share(mean)}{alike}"
    digits = digits_between(*mean) if abs(mean.middle) < 1000 else 0
    ends = f" [{number(mean.low, digits)}, {number(mean.high, digits)}]" if mean.known else ""
    return f"{number(mean.middle, digits)}{ends}{alike}"


def _answers(result: SweepResult, frame: dict[str, Any], baseline: int) -> Iterator[TextTable]:
    """Yield for each environment how many runs of each condition give each answer, if they give any."""
    found = answers(result, frame, baseline)
    for environment in dict.fromkeys(each.environment for each in found):
        here = [each for each in found if each.environment == environment]
        compared = any(each.beside is not None for each in here)
        whose = "minds that think in a map" if any(each.answer in OF_MAPS for each in here) else "most planners"
        heads = [*_numbered(result, "condition"), whose, "runs", "share [95%]"]
        rows = [
            [*_numbered(result, each.condition), *_answer_cells(each, compared=compared)]
            for each in here
            if each.runs or each.beside is not None
        ]
        where = f" in {in_words(environment)}" if environment else ""
        beside = f", and beside condition {baseline}: Fisher" if compared else ""
        title = f"The question, answered run by run{where}{beside}"
        yield TextTable(title, [*heads, *(["p", "p corrected"] if compared else [])], rows)


def _answer_cells(each: Answer, *, compared: bool) -> list[str]:
    """Return what a row says of an answer; where answers are compared, with its p-values."""
    share, ends = percent_between(*each.share)
    cells = [in_words(each.answer), f"{each.runs} of {each.of}", f"{share} [{ends}]"]
    if not compared:
        return cells
    return [*cells, *(["–", "–"] if each.beside is None else [p_value(each.beside.p), p_value(each.p)])]


def _differences(
    result: SweepResult, names: Sequence[str], frame: dict[str, Any], baseline: int
) -> Iterator[TextTable]:
    """Yield a table for each number: each condition beside the baseline; then one of all numbers, seed by seed."""
    found = compare_conditions(result, names, frame, baseline)
    heads = ["condition", "difference [95%]", "superior", "p", "p corrected", "would be seen"]
    for name in names:
        rows = [
            [
                str(each.condition), signed_between(each.found.difference), number(each.found.superiority),
                p_value(each.found.p), p_value(each.p), small_number(each.detectable),
            ]
            for each in found
            if each.quantity == name and isfinite(each.found.p)
        ]  # fmt: skip
        if rows:
            yield TextTable(f"{name}, beside condition {baseline}: Mann–Whitney", heads, rows)
    pairs = [
        [
            each.quantity, str(each.condition), str(each.paired.pairs), signed_between(each.paired.difference),
            p_value(each.paired.p), p_value(each.paired_p),
        ]
        for each in found
        if each.paired is not None and isfinite(each.paired.p)
    ]  # fmt: skip
    if pairs:
        heads = ["number", "condition", "pairs", "difference [95%]", "p", "p corrected"]
        yield TextTable(f"Beside condition {baseline} with the same seed: Wilcoxon", heads, pairs)


def _trends(result: SweepResult, names: Sequence[str], frame: dict[str, Any]) -> Iterator[TextTable]:
    """Yield a table for each axis of numbers: how each number goes along it."""
    found = [each for each in trends(result, names, frame) if isfinite(each.found.p)]
    for key in dict.fromkeys(each.key for each in found):
        rows = [
            [
                each.quantity, signed_between(each.found.correlation), p_value(each.found.p), p_value(each.p),
                small_number(each.detectable),
            ]
            for each in found
            if each.key == key
        ]  # fmt: skip
        heads = ["number", "correlation [95%]", "p", "p corrected", "would be seen"]
        yield TextTable(f"Along {key}: Spearman, within seeds", heads, rows)


def signed_between(interval: ConfidenceInterval) -> str:
    """Return a difference or a correlation with its sign and its interval, as text."""
    digits = digits_between(*interval)
    ends = f" [{number(interval.low, digits)} to {number(interval.high, digits)}]" if interval.known else ""
    return f"{signed_number(interval.middle, digits)}{ends}"
