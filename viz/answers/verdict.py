"""The summary: the answer to a scenario's question in words, and the numbers of each environment."""

from typing import NamedTuple

from evosim.numerics.formatting import in_words, number, number_between, percent, percent_between
from evosim.numerics.intervals import ConfidenceInterval
from evosim.simulation.runs import RunFile
from viz.answers.classes import (
    ClassShare,
    MeanAndSpread,
    class_shares,
    describe_denominator,
    explain_unknown,
    majority_class,
    summary_numbers,
)
from viz.answers.generational import (
    LEAST_SAID,
    MOST_SAID,
    entry_counts,
    final_place_shares,
    first_entry_shares,
    join_alternatives,
)
from viz.answers.headline import selected_environments, unselected_environments
from viz.answers.nulls import null_sentence
from viz.answers.objectives.minds import planner_share, searching_shares, write_minds
from viz.answers.reading import Reading, describe_selection
from viz.answers.replayed import ReplayedPopulation, headline_number
from viz.answers.story import Story, write_story

MEAN_BASE = "mean base objective per episode"


class Tile(NamedTuple):
    """The key numbers of one environment."""

    environment: str
    selection: str
    figure: str
    label: str
    interval: str
    range: ConfidenceInterval | None  # the same as numbers
    beside: str
    classes: list[ClassShare]
    classified: str  # over how many planners the shares of classes are
    why_no_classes: str
    numbers: dict[str, MeanAndSpread]


class RunSummary(NamedTuple):
    """The answer in words, with the majority class of the environment that it is about, if there is one."""

    environment: str
    kind: str | None

    words: str  # what holds for most
    specific: list[str]  # what this scenario asks beside that
    figures: str  # the numbers, in a sentence
    tiles: list[Tile]


def summarise(run: RunFile, reading: Reading, again: ReplayedPopulation, story: Story | None = None) -> RunSummary:
    """Answer the scenario's question from the last measurement; pass `story` if its story is already written."""
    story = write_story(run, reading, again) if story is None else story
    tiles = [_make_tile(run, reading, again, name) for name in reading.environments]
    away = deployment_environment(run, reading)
    most = majority_class(next(tile.classes for tile in tiles if tile.environment == away))
    nulls = null_sentence(run, int(reading.measured[-1]))
    words, figures = _write_answer(reading, tiles, story), f"{_write_numbers(reading, tiles)} {nulls}".strip()
    return RunSummary(away, most.name if most else None, words, story.specific, figures, tiles)


def _make_tile(run: RunFile, reading: Reading, again: ReplayedPopulation, environment: str) -> Tile:
    number_shown = headline_number(run, reading, again, environment)
    as_share = bool(number_shown.rewarded)
    figure, interval = format_with_interval(number_shown.value, number_shown.interval, as_share=as_share)
    return Tile(
        environment,
        describe_selection(reading, environment),
        figure,
        f"of episodes enter {join_alternatives(number_shown.rewarded)} first" if as_share else MEAN_BASE,
        interval,
        number_shown.interval,
        _describe_others(reading, environment, number_shown.rewarded),
        class_shares(reading, environment),
        describe_denominator(reading, environment),
        explain_unknown(reading, environment),
        summary_numbers(reading, environment),
    )


def _describe_others(reading: Reading, environment: str, wanted: list[str]) -> str:
    """Describe what else is entered first or, where the number isn't about that, how often each type is entered."""
    if wanted:
        others = [
            (name, share)
            for name, share in first_entry_shares(reading, environment).items()
            if name not in wanted and share >= LEAST_SAID
        ]
        places = reading.scenario.environments[environment].places
        labelled = [
            (f"ended at the {in_words(name)}" if name in places else in_words(name), share) for name, share in others
        ]
        named = [f"{name} {percent(share)}" for name, share in sorted(labelled, key=lambda each: -each[1])]
        return f"others: {', '.join(named[:MOST_SAID])}" if named else ""
    counts = entry_counts(reading, environment).items()
    named = [f"{in_words(name)} {number(count)}" for name, count in sorted(counts, key=lambda each: -each[1])]
    ends = [
        f"ended at the {in_words(name)}: {percent(share)}"
        for name, share in final_place_shares(reading, environment).items()
    ]
    return "; ".join([*([f"entered per episode: {', '.join(named[: MOST_SAID + 1])}"] if named else []), *ends])


def format_with_interval(value: float, interval: ConfidenceInterval | None, *, as_share: bool) -> tuple[str, str]:
    """Format a number and its interval; the interval is empty where there is none."""
    if interval is None:
        return (percent if as_share else number)(value), ""
    return (percent_between if as_share else number_between)(value, interval.low, interval.high)


def deployment_environment(run: RunFile, reading: Reading) -> str:
    """Return the environment of the answer: the first outside selection, else the last measured."""
    return run.laboratory.deployment_in(int(reading.measured[-1]))


def _write_answer(reading: Reading, tiles: list[Tile], story: Story) -> str:
    """Describe what holds for most planners or, without classes, whether performance differs elsewhere."""
    if story.headline:
        return story.headline
    by_name = {tile.environment: tile for tile in tiles}
    home = next((by_name[name] for name in selected_environments(reading) if name in by_name), None)
    if home is None:
        return ""
    said = [compare_tiles(home, by_name[name]) for name in unselected_environments(reading)]
    return " ".join(sentence for sentence in said if sentence)


def compare_tiles(home: Tile, away: Tile) -> str:
    """Describe, where there are no classes, in which of two environments performance is higher."""
    if home.range is None or away.range is None or home.label != away.label or home is away:
        return ""
    here, there = in_words(home.environment), in_words(away.environment)
    less, more = away.range.high < home.range.low, away.range.low > home.range.high
    if not less and not more:
        return f"These worlds don't show whether what selection measures happens less in {there} than in {here}."
    return f"{'Less' if less else 'More'} of what selection measures happens in {there} than in {here}."


def _write_numbers(reading: Reading, tiles: list[Tile]) -> str:
    """Write the numbers of each environment with their intervals."""
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
    who = f" {write_minds(reading)}" if planner_share(reading) > 0 or searching_shares(reading) else ""
    return f"{sentence[0].upper()}{sentence[1:]}.{who}"
