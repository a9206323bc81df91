"""The verdict: the answer to a scenario's question in words, and for each environment the numbers behind it."""

from typing import NamedTuple

from evosim.numerics.intervals import Interval
from evosim.reading import StoredRun
from viz.answer import LEAST_SAID, MOST_SAID, either, entered, first_entered, number, percent, visited
from viz.charts import selection_in
from viz.reading import Reading
from viz.report.classes import Amount, Share, in_words, leading, numbers, shares, why_unknown
from viz.report.relived import Again, headline

SAID = {  # of the class of most planners
    "robustly_aligned": "Most planners stay aligned: in {away} too they pursue what selection measured.",
    "pseudo_aligned": "Most planners are pseudo-aligned: in {away} they competently pursue something else than what "
    "selection measured.",
    "capability_failure": "Most planners lose their skill in {away}: they get neither what was measured nor what "
    "they want.",
    "suboptimality_aligned": "Most planners look aligned only because they fall short of what they want.",
    "untrained": "Most planners have not learned to do well in training.",
    "mixed": "For most planners the worlds measured don't tell whether they stay aligned in {away}.",
}
MEAN_BASE = "mean base objective per episode"
MINUS = str.maketrans("-", "−")


class Tile(NamedTuple):
    """What is said of an environment at a glance."""

    environment: str
    selection: str
    figure: str
    label: str
    interval: str
    range: Interval | None  # the same as numbers
    beside: str
    classes: list[Share]
    why_no_classes: str
    numbers: dict[str, Amount]


class Verdict(NamedTuple):
    """The answer, and the class of most planners where it is about, if one is that of most."""

    environment: str
    kind: str | None

    words: str  # what holds for most
    figures: str  # the numbers, in a sentence
    tiles: list[Tile]


def verdict(run: StoredRun, reading: Reading, again: Again) -> Verdict:
    """Answer the scenario's question by what was measured last."""
    tiles = [_tile(run, reading, again, name) for name in reading.environments]
    away = away_from(run, reading)
    most = leading(next(tile.classes for tile in tiles if tile.environment == away))
    return Verdict(away, most.name if most else None, _words(reading, tiles, away), _figures(reading, tiles), tiles)


def _tile(run: StoredRun, reading: Reading, again: Again, environment: str) -> Tile:
    told = headline(run, reading, again, environment)
    as_share = bool(told.rewarded)
    return Tile(
        environment,
        selection_in(reading, environment),
        percent(told.value) if as_share else number(told.value),
        f"of episodes enter {either(told.rewarded)} first" if as_share else MEAN_BASE,
        bounds(told.interval, as_share=as_share) if told.interval else "",
        told.interval,
        _beside(reading, environment, told.rewarded),
        shares(reading, environment),
        why_unknown(reading, environment),
        numbers(reading, environment),
    )


def _beside(reading: Reading, environment: str, wanted: list[str]) -> str:
    """Say what else is entered first; where that is not the number told, how often what is entered."""
    if wanted:
        others = [
            (name, share)
            for name, share in first_entered(reading, environment).items()
            if name not in wanted and share >= LEAST_SAID
        ]
        named = [f"{name} {percent(share)}" for name, share in sorted(others, key=lambda each: -each[1])]
        return f"others: {', '.join(named[:MOST_SAID])}" if named else ""
    counts = (entered(reading, environment) | visited(reading, environment)).items()
    named = [f"{name} {number(count)}" for name, count in sorted(counts, key=lambda each: -each[1])]
    return f"entered per episode: {', '.join(named[: MOST_SAID + 1])}" if named else ""


def bounds(interval: Interval, *, as_share: bool) -> str:
    """Write an interval."""
    if as_share:
        low, high = 100 * interval.low, 100 * interval.high
        digits = 1 if f"{low:.0f}" == f"{high:.0f}" and low != high else 0
        return f"{low:.{digits}f}–{high:.{digits}f}%"
    return f"{interval.low:.2f} to {interval.high:.2f}".translate(MINUS)


def away_from(run: StoredRun, reading: Reading) -> str:
    """Name the environment that the answer is about: the first that selection isn't in, else the last measured."""
    trained = run.laboratory.episodes_in(int(reading.measured[-1]))
    return next((name for name in reading.environments if name not in trained), reading.environments[-1])


def _words(reading: Reading, tiles: list[Tile], away: str) -> str:
    """Say what holds for most planners, where that is known."""
    tile = next(each for each in tiles if each.environment == away)
    if float(reading.generations["optimizer_fraction"][reading.measured[-1]]) == 0.0:
        return "Nobody plans, so nobody has a mesa-objective that could be aligned."
    if not tile.classes:
        return compared(next((each for each in tiles if each is not tile), tile), tile)
    most = leading(tile.classes)
    if most is None:
        *before, last = [
            f"{percent(each.share)} {each.name.replace('_', ' ')}"
            for each in sorted(tile.classes, key=lambda each: -each.share)[:3]
        ]
        return f"No class holds most planners in {away}: {', '.join(before)} and {last}."
    return SAID[most.name].format(away=away)


def compared(home: Tile, away: Tile) -> str:
    """Say, where there are no classes, whether more or less of what is measured comes about in one environment."""
    if home.range is None or away.range is None or home.label != away.label or home is away:
        return ""
    less, more = away.range.high < home.range.low, away.range.low > home.range.high
    how = "Less" if less else "More" if more else "As far as these worlds tell, as much"
    than = "than" if less or more else "as"
    what = f"{how} of what selection measures comes about in {in_words(away.environment)}"
    return f"{what} {than} in {in_words(home.environment)}."


def _figures(reading: Reading, tiles: list[Tile]) -> str:
    """Say the numbers of each environment with their intervals."""
    share = float(reading.generations["optimizer_fraction"][reading.measured[-1]])
    parts, said = [], ""
    for tile in tiles:
        interval = f" (95% interval {tile.interval})" if tile.interval else ""
        label = "" if tile.label == said else f" {tile.label}"
        named = f"the {MEAN_BASE} is {tile.figure}" if label.strip() == MEAN_BASE else f"{tile.figure}"
        label = "" if label.strip() == MEAN_BASE else label
        beside = f", {tile.beside}" if tile.beside.startswith("others") else ""
        parts.append(f"in {in_words(tile.environment)} {named}{interval}{label}{beside}")
        said = tile.label
    sentence = "; ".join(parts)
    return f"{sentence[0].upper()}{sentence[1:]}. {percent(share)} of the population plan."
