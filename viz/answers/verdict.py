"""The verdict: the answer to a scenario's question in words, and for each environment the numbers behind it."""

from typing import NamedTuple

from evosim.numerics.formatting import in_words, number, number_between, percent, percent_between, planning
from evosim.numerics.intervals import Interval
from evosim.simulation.runs import RunFile
from viz.answers.classes import Amount, Share, leading, numbers, over_how_many, shares, why_unknown
from viz.answers.generational import LEAST_SAID, MOST_SAID, either, ended_at, entered, first_entered, plans_ahead
from viz.answers.headline import elsewhere, selected_in
from viz.answers.nulls import null_sentence
from viz.answers.reading import Reading, selection_in
from viz.answers.replayed import Again, headline
from viz.answers.story import Story, story_of

MEAN_BASE = "mean base objective per episode"


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
    classified: str  # over how many planners the shares of classes are
    why_no_classes: str
    numbers: dict[str, Amount]


class Verdict(NamedTuple):
    """The answer, and the class of most planners where it is about, if one is that of most."""

    environment: str
    kind: str | None

    words: str  # what holds for most
    specific: list[str]  # what this scenario asks beside that
    figures: str  # the numbers, in a sentence
    tiles: list[Tile]


def verdict(run: RunFile, reading: Reading, again: Again, told: Story | None = None) -> Verdict:
    """Answer the scenario's question by what was measured last; `told` is its story, if it has been made."""
    told = story_of(run, reading, again) if told is None else told
    tiles = [_tile(run, reading, again, name) for name in reading.environments]
    away = away_from(run, reading)
    most = leading(next(tile.classes for tile in tiles if tile.environment == away))
    nulls = null_sentence(run, int(reading.measured[-1]))
    words, figures = _words(reading, tiles, told), f"{_figures(reading, tiles)} {nulls}".strip()
    return Verdict(away, most.name if most else None, words, told.specific, figures, tiles)


def _tile(run: RunFile, reading: Reading, again: Again, environment: str) -> Tile:
    told = headline(run, reading, again, environment)
    as_share = bool(told.rewarded)
    figure, interval = bounded(told.value, told.interval, as_share=as_share)
    return Tile(
        environment,
        selection_in(reading, environment),
        figure,
        f"of episodes enter {either(told.rewarded)} first" if as_share else MEAN_BASE,
        interval,
        told.interval,
        _beside(reading, environment, told.rewarded),
        shares(reading, environment),
        over_how_many(reading, environment),
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
        places = reading.scenario.environments[environment].places
        told = [(f"ended at the {name}" if name in places else name, share) for name, share in others]
        named = [f"{name} {percent(share)}" for name, share in sorted(told, key=lambda each: -each[1])]
        return f"others: {', '.join(named[:MOST_SAID])}" if named else ""
    counts = entered(reading, environment).items()
    named = [f"{name} {number(count)}" for name, count in sorted(counts, key=lambda each: -each[1])]
    ends = [f"ended at the {name}: {percent(share)}" for name, share in ended_at(reading, environment).items()]
    return "; ".join([*([f"entered per episode: {', '.join(named[: MOST_SAID + 1])}"] if named else []), *ends])


def bounded(value: float, interval: Interval | None, *, as_share: bool) -> tuple[str, str]:
    """Write a number and its interval, if it has one."""
    if interval is None:
        return (percent if as_share else number)(value), ""
    return (percent_between if as_share else number_between)(value, interval.low, interval.high)


def away_from(run: RunFile, reading: Reading) -> str:
    """Name the environment that the answer is about: the first that selection isn't in, else the last measured."""
    return run.laboratory.deployment_in(int(reading.measured[-1]))


def _words(reading: Reading, tiles: list[Tile], told: Story) -> str:
    """Say what holds for most planners; where no classes are known, whether more or less comes about elsewhere."""
    if told.headline:
        return told.headline
    by_name = {tile.environment: tile for tile in tiles}
    home = next((by_name[name] for name in selected_in(reading) if name in by_name), None)
    if home is None:
        return ""
    said = [compared(home, by_name[name]) for name in elsewhere(reading)]
    return " ".join(sentence for sentence in said if sentence)


def compared(home: Tile, away: Tile) -> str:
    """Say, where there are no classes, whether more or less of what is measured comes about in one environment."""
    if home.range is None or away.range is None or home.label != away.label or home is away:
        return ""
    here, there = in_words(home.environment), in_words(away.environment)
    less, more = away.range.high < home.range.low, away.range.low > home.range.high
    if not less and not more:
        return f"Whether what selection measures comes about less in {there} than in {here}, these worlds don't tell."
    return f"{'Less' if less else 'More'} of what selection measures comes about in {there} than in {here}."


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
    ahead = planning(plans_ahead(reading))
    who = f"{percent(share)} of the population are planners{f'; {ahead}' if ahead else ''}."
    return f"{sentence[0].upper()}{sentence[1:]}. {who}"
