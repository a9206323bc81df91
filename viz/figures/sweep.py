"""The figure of a sweep: means over seeds with their intervals, and every seed.

save_sweep_figure(open_sweep("sweeps/rates"), "rates.png")
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import matplotlib.style
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from evosim.numerics.formatting import enumerated, in_words, number_between, p_value, percent_between, pluralize
from evosim.numerics.intervals import UNBOUNDED, share_interval
from evosim.storage.schema import RunFileError
from evosim.sweeps.comparing.comparisons import Answer, Trend, answers, phrase_of, trends
from evosim.sweeps.comparing.decided import has_states
from evosim.sweeps.comparing.differences import SCENARIO
from evosim.sweeps.results import SweepResult
from evosim.sweeps.summary import (
    FEWEST,
    OTHER_OBJECTIVES,
    SweepQuantity,
    anecdote,
    choose_quantities,
    condition_means,
    curves_of,
    extinctions,
)
from evosim.sweeps.toml_values import shown_value, toml_value
from viz.charts.page import (
    ANSWER,
    EDGE,
    FEET,
    FOOTER,
    HEADING,
    STYLE,
    WIDTH,
    add_panel,
    make_page,
    title_height,
    wrap_lines,
    wrap_title,
)
from viz.charts.sweeps import (
    MOST_CURVES,
    Dose,
    curves_chart,
    dose_chart,
    draw_chance,
    heat_chart,
    scale_alike,
    write_note,
)
from viz.figures.decided import decided_figure, describe_states
from viz.figures.figure import check_picture, write_figure
from viz.figures.sweep_axes import axis_title, count_values, name_keys, ordered, telling_keys, value_of, word_endings
from viz.marks import draw_heading

TALL, GAP = 2.4, 0.75  # inches of a panel, and right of it
MOST_PANELS = 8
CAPTION_LINES = 10
MOST_ANSWERED = 8  # conditions whose answers are counted in the caption
CURVES, DOSE, HEAT, DECIDED = "curves", "dose", "heat", "decided"
KINDS = (CURVES, DOSE, HEAT, DECIDED)
BASELINE_MARKS = {CURVES: "Grey is", DOSE: "The dashed line is", HEAT: "The frame is around"}
NORMALISED = "normalised"


class SweepView(NamedTuple):
    """What of a sweep is drawn, and how."""

    kind: str
    keys: tuple[tuple[str, ...], ...]  # of each axis that varies, at most two, those that tell its values apart
    conditions: tuple[int, ...]
    held: Mapping[str, Any]  # keys of the axes that are held
    baseline: int | None = None  # the condition that others are compared with, if it is marked


def choose_view(
    result: SweepResult,
    kind: str | None = None,
    where: Mapping[str, str] | None = None,
    baseline: int | None = None,
) -> SweepView:
    """Choose how runs are drawn: curves where nothing is varied, doses for one axis, a heat map for two.

    Futures of several states are drawn as how much they decide. Runs that were named one by one are drawn as curves,
    if these can be told apart, and so is what has more than two axes. `where` holds an axis at a value, as it is
    shown; the condition `baseline` is marked.

    Raises:
        RunFileError: more than two axes vary, a key is not an axis, none has such a value, or the baseline is not
            among them.
    """
    where = where or {}
    conditions = list(result.values)
    for key, value in where.items():
        if key not in result.source.keys:
            raise RunFileError(
                f"{result.path}: {key!r} is not an axis; there are {', '.join(result.source.keys) or 'none'}"
            )
        shown = dict.fromkeys(shown_value(values[key]) for values in result.values.values())
        if value not in shown:
            raise RunFileError(f"{result.path}: no condition has {key} = {value}; there are {', '.join(shown)}")
        conditions = [each for each in conditions if shown_value(result.values[each][key]) == value]
    varied = [keys for axis in result.source.axes if (keys := telling_keys(result, axis, conditions))]
    if baseline is not None and baseline not in conditions:
        raise RunFileError(f"{result.path}: --where leaves out the baseline, condition {baseline}")
    few = len(conditions) <= MOST_CURVES and (result.source.noun == "run" or len(varied) > 2)
    usual = CURVES if few else (CURVES, DOSE, HEAT)[min(len(varied), 2)]
    chosen = kind or (DECIDED if has_states(result) and not where else usual)
    if chosen == DECIDED:
        if not has_states(result) or where:
            what = "holds no axis" if where else "is of futures of several states, as `evosim branch` makes them"
            raise RunFileError(f"{result.path}: a figure of this kind {what}")
        return SweepView(chosen, tuple(varied), tuple(conditions), where)
    if chosen != CURVES and len(varied) != {DOSE: 1, HEAT: 2}[chosen]:
        count = {DOSE: "one axis", HEAT: "two axes"}[chosen]
        what = f"{len(varied)} vary ({enumerated([', '.join(keys) for keys in varied])})" if varied else "none varies"
        raise RunFileError(
            f"{result.path}: a figure of this kind is of {count}, and {what}; hold others by --where KEY=VALUE"
        )
    if chosen == CURVES and len(conditions) > MOST_CURVES:
        raise RunFileError(
            f"{result.path}: curves of {len(conditions)} conditions, and at most {MOST_CURVES} can be told apart; "
            "hold axes by --where KEY=VALUE"
        )
    return SweepView(chosen, tuple(varied), tuple(conditions), where, baseline)


def sweep_figure(
    result: SweepResult,
    columns: Sequence[str] = (),
    *,
    kind: str | None = None,
    where: Mapping[str, str] | None = None,
    baseline: int | None = None,
) -> Figure:
    """Draw the results of a sweep under its question: a panel for each number; the condition `baseline` is marked.

    Raises:
        RunFileError: no cell is done, a column is none of numbers, or the axes can't be drawn like this.
    """
    view = choose_view(result, kind, where, baseline)
    quantities = choose_quantities(result, columns, over_steps=view.kind in (CURVES, DECIDED))[:MOST_PANELS]
    frame = result.frame()
    if not (result.counts["complete"] + result.counts["extinct"]):
        raise RunFileError(f"{result.path}: no {result.source.noun} is done yet, so there is nothing to draw")
    stored = result.source.stored
    question = wrap_title(stored.title if stored.kind == "futures" else stored.question or stored.title)
    if view.kind == DECIDED:
        return decided_figure(result, quantities, frame, question, _footer(result))
    caption = wrap_lines(
        f"{describe_view(result, view)} {describe_answers(result, view, frame)}".strip(), ANSWER, CAPTION_LINES
    )
    header = title_height(question, caption)
    abreast = 1 if len(quantities) == 1 else 2
    rows = -(-len(quantities) // abreast)
    found: dict[tuple[str, ...], Trend] = {
        (each.key, each.quantity): each for each in _trends(result, view, quantities, frame)
    }
    panels: dict[str, list[Axes]] = {}
    with matplotlib.style.context(["default", STYLE]):
        figure = make_page(question, caption, _footer(result), header + rows * (HEADING + TALL + FEET + 0.1) + 0.3)
        width = WIDTH / abreast - EDGE - GAP - (0.5 if view.kind == HEAT else 0.0)
        for place, quantity in enumerate(quantities):
            row, column = divmod(place, abreast)
            left = column * WIDTH / abreast + EDGE + (0.35 if view.kind == HEAT else 0.0)
            panel = add_panel(figure, left, header + row * (HEADING + TALL + FEET + 0.1) + HEADING, width, TALL)
            _draw(panel, result, view, quantity, frame)
            panels.setdefault(scale_of(quantity), []).append(panel)
            if view.kind == DOSE and (trend := found.get((*view.keys[0], quantity.name))) is not None:
                write_note(panel, format_trend(trend))
        for scale, alike in panels.items() if view.kind != HEAT else ():
            scale_alike(alike, (0.0, 1.0) if scale == NORMALISED else None)
    return figure


def scale_of(quantity: SweepQuantity) -> str:
    """Return which panels have one scale: those of a number in each environment, and of all that is from 0 to 1.

    Shares are, and so are performance and gaps, where 0 and 1 stand for random actions and the optimum.
    """
    return NORMALISED if quantity.bounds != UNBOUNDED else quantity.measure


def _trends(
    result: SweepResult, view: SweepView, quantities: Sequence[SweepQuantity], frame: dict[str, Any]
) -> list[Trend]:
    """Return how numbers go along the axis of doses, over those conditions that are drawn."""
    if view.kind != DOSE:
        return []
    drawn = [condition in view.conditions for condition in frame["condition"]]
    return trends(result, [each.name for each in quantities], {name: each[drawn] for name, each in frame.items()})


def format_trend(trend: Trend) -> str:
    """Return a correlation with its interval and its p, as a note in a panel; empty where it is not known."""
    if not trend.found.correlation.known:
        return ""
    middle, ends = number_between(*trend.found.correlation)
    return f"Spearman {middle} [{ends}], p corrected {p_value(trend.p)}"


def describe_answers(result: SweepResult, view: SweepView, frame: dict[str, Any]) -> str:
    """Return in how many runs the question has the answer that most of them give, a sentence for each environment.

    Empty where runs have no answer, with a single seed, and where too many conditions are drawn.
    """
    if view.kind == DECIDED:
        return ""
    found = [each for each in answers(result, frame) if each.condition in view.conditions and each.of > 1]
    if not found or len(view.conditions) > MOST_ANSWERED:
        return ""
    places = dict.fromkeys(each.environment for each in found)
    return " ".join(
        _describe_answers_in(result, view, [each for each in found if each.environment == place]) for place in places
    )


def _describe_answers_in(result: SweepResult, view: SweepView, found: list[Answer]) -> str:
    """Return the most frequent answer in one environment, with its counts, condition by condition."""
    environment, most = found[0].environment, found[0].answer
    place = f"in {in_words(environment)}, " if environment else ""
    counts = [each for each in found if each.answer == most]
    if len(counts) == 1:
        share, ends = percent_between(*counts[0].share)
        return _sentence(f"{place}{counts[0].runs} of {counts[0].of} runs {phrase_of(most)} ({share}, 95% {ends}).")
    preposition = "in" if view.keys == ((SCENARIO,),) else "where"
    where = enumerated([
        f"{each.runs} of {each.of} {preposition} {label_of(result, view, each.condition)}" for each in counts
    ])  # fmt: skip
    return _sentence(f"{place}runs that {phrase_of(most)}: {where}.")


def _sentence(words: str) -> str:
    """Return words that begin with a capital letter."""
    return f"{words[0].upper()}{words[1:]}"


def save_sweep_figure(
    result: SweepResult,
    path: str | Path,
    columns: Sequence[str] = (),
    *,
    kind: str | None = None,
    where: Mapping[str, str] | None = None,
    baseline: int | None = None,
) -> Path:
    """Save the figure of a sweep as .png, .svg or .pdf; the file is written whole or not at all.

    Raises:
        ValueError: another suffix.
        RunFileError: as `sweep_figure` does.
        OSError: the file can't be written.
    """
    path = Path(path)
    check_picture(path)
    write_figure(sweep_figure(result, columns, kind=kind, where=where, baseline=baseline), path)
    return path


def _draw(panel: Any, result: SweepResult, view: SweepView, quantity: SweepQuantity, frame: dict[str, Any]) -> None:
    """Draw one number."""
    draw_heading(panel, quantity.name, quantity.unit)
    if view.kind == CURVES:
        curves = [each for each in curves_of(result, quantity.name) if each.condition in view.conditions]
        labels = [label_of(result, view, each.condition) for each in curves]
        curves_chart(panel, curves, labels, quantity, view.baseline)
        panel.set_xlabel(result.unit)
        return
    means = {each.condition: each for each in condition_means(result, quantity.name, frame)}
    if view.kind == DOSE:
        (keys,) = view.keys
        draw_chance(panel, quantity.chance)
        dose_chart(panel, [
            Dose(value_of(result, keys, each), means[each].mean, means[each].values) for each in view.conditions
            if means[each].values
        ], None if view.baseline is None else means[view.baseline].mean)  # fmt: skip
        panel.set_xlabel(axis_title(keys))
        return
    down, across = view.keys
    rows, columns = (
        ordered({toml_value(value := value_of(result, keys, each)): value for each in view.conditions}.values())
        for keys in (down, across)
    )
    table: list[list[Any]] = [[None] * len(columns) for _ in rows]
    places = {
        each: (rows.index(value_of(result, down, each)), columns.index(value_of(result, across, each)))
        for each in view.conditions
    }
    for each, (i, j) in places.items():
        table[i][j] = means[each].mean
    heat_chart(panel, rows, columns, table, None if view.baseline is None else places[view.baseline])
    panel.set_xlabel(axis_title(across))
    panel.set_ylabel(axis_title(down))


def label_of(result: SweepResult, view: SweepView, condition: int) -> str:
    """Return the values of the varied axes in a condition, as text; a scenario is told by its name alone."""
    values = result.values[condition]
    keys = [key for of_axis in view.keys for key in of_axis]
    names = {key: "" if key == SCENARIO else f"{word} " for key, word in word_endings(keys).items()}
    return ", ".join(f"{names[key]}{shown_value(values[key])}" for key in keys)


def describe_view(result: SweepResult, view: SweepView) -> str:
    """Return what is drawn in sentences: how many seeds, what an interval is, how many runs died out or failed."""
    if view.kind == DECIDED:
        return describe_states(result)
    done = [state for state in result.states if state.state in ("complete", "extinct")]
    seeds = sorted({sum(state.cell.condition == each for state in done) for each in view.conditions})
    if seeds[-1] <= 1:
        drawn = len({state.cell.condition for state in done if state.cell.condition in view.conditions})
        said = [_sentence(f"{anecdote(drawn)}; several seeds show how much others would differ.")]
    else:
        count = f"{seeds[0]}" if len(seeds) == 1 else f"{seeds[0]} to {seeds[-1]}"
        marks = {
            CURVES: "each thin line is one; means",
            DOSE: "each small dot is one; means",
            HEAT: "each cell is their mean,",
        }
        few = f"without intervals, which take {FEWEST} seeds"
        interval = "with 95% intervals over seeds, none where all are alike" if seeds[-1] >= FEWEST else few
        each_has = " in each condition" if len(view.conditions) > 1 else ""
        said = [f"{count} seeds{each_has}; {marks[view.kind]} {interval}."]
    for key, value in view.held.items():
        said.append(f"Where {key} is {value}.")
    said += describe_zips(result, view)
    if view.baseline is not None:
        said.append(f"{BASELINE_MARKS[view.kind]} the baseline, {label_of(result, view, view.baseline)}.")
    if result.source.others and view.keys != ((SCENARIO,),):
        said.append(f"Conditions also differ in {pluralize(len(result.source.others), 'other key')}.")
    if result.objectives_differ:
        said.append(_sentence(f"{OTHER_OBJECTIVES}."))
    died = extinctions(result)
    extinct = sum(died[each][0] for each in view.conditions if each in died)
    lived = sum(died[each][1] for each in view.conditions if each in died)
    if extinct:
        share, ends = percent_between(*share_interval(extinct, lived))
        said.append(f"{extinct} of {lived} runs died out ({share}, 95% {ends}).")
    missing = len(result.states) - len(done)
    if missing:
        failed = f", {len(result.failed)} of them failed" if result.failed else ""
        said.append(f"{missing} of {len(result.states)} {result.source.noun}s are not done{failed}.")
    if result.source.missing:
        said.append(f"{pluralize(result.source.missing, 'cell')}, failed or without a run, left out.")
    return " ".join(said)


def describe_zips(result: SweepResult, view: SweepView) -> list[str]:
    """Return a sentence for each zip that is drawn by some of its keys: which others change with them.

    Where it is drawn by the names of scenarios: in which keys they differ.
    """
    said = []
    for axis in result.source.axes:
        shown = next((keys for keys in view.keys if keys[0] in axis.keys), ())
        others = [key for key in axis.keys if key not in shown and count_values(result, (key,), view.conditions) > 1]
        if shown == (SCENARIO,):
            others += result.source.others if len(view.keys) == 1 else ()
            said += [f"The scenarios differ in {name_keys(others)}."] if others else []
        elif shown and others and axis.kind == "zip":
            said.append(
                f"{enumerated(others)} {'changes' if len(others) == 1 else 'change'} along with {enumerated([*shown])}."
            )
    return said


def _footer(result: SweepResult) -> str:
    """Return which runs are drawn, on one line: where there is no room for all keys, how many they are."""
    stored, source = result.source.stored, result.source
    whole, brief = (
        f"digest {stored.digest[:16]}; evosim {stored.evosim}; {what}"
        for what in (source.describe(), source.describe_briefly())
    )
    lines = wrap_lines(whole, FOOTER, 2)
    return lines[0] if len(lines) == 1 else wrap_lines(brief, FOOTER, 1)[0]
