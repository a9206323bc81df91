"""The figure of a sweep: means over seeds with their intervals, and every seed.

save_sweep_figure(open_sweep("sweeps/rates"), "rates.png")
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import matplotlib.style
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.ticker import PercentFormatter

from evosim.numerics.formatting import in_words, number_between, p_value
from evosim.numerics.intervals import UNBOUNDED
from evosim.scenario.toml_values import toml_value
from evosim.simulation.generational.columns.alignment import BOUNDS
from evosim.storage.schema import RunFileError
from evosim.sweeps.comparing.comparisons import Trend, trends
from evosim.sweeps.folder import DONE
from evosim.sweeps.results import SweepResult
from evosim.sweeps.summary import BEYOND, SweepQuantity, choose_quantities, condition_means, curves_of
from evosim.sweeps.toml_values import shown_value
from viz.charts.fitting import fit_labels, names_in_full
from viz.charts.legend import LegendEntry, arrange_legend, draw_legend
from viz.charts.page import (
    ANSWER,
    EDGE,
    FEET,
    FOOT_LINE,
    FOOTER,
    HEADING,
    STYLE,
    WIDTH,
    add_panel,
    make_page,
    text_width,
    title_height,
    wrap_lines,
    wrap_title,
    write_names,
)
from viz.charts.sweeps import (
    Dose,
    curves_chart,
    dose_chart,
    draw_chance,
    heat_chart,
    mark_steps,
    scale_alike,
    styles_of,
)
from viz.figures.decided import decided_figure
from viz.figures.figure import check_picture, write_figure
from viz.figures.sweep_axes import axis_title, ordered, value_of
from viz.figures.sweep_view import (
    CURVES,
    DECIDED,
    DOSE,
    HEAT,
    SweepView,
    branchings,
    changes_drawn,
    choose_view,
    describe_answers,
    describe_view,
    label_of,
    step_axis,
)
from viz.letters import FAMILY
from viz.marks import SMALLEST, draw_heading
from viz.palette import LineStyle

TALL, GAP = 2.4, 0.75  # inches of a panel, and right of it
SCALE = 0.18  # inches of what is said at the vertical axis
MOST_PANELS = 8
CAPTION_LINES = 10
SMALLEST_TITLE = FontProperties(family=FAMILY, weight="bold", size=SMALLEST)
SHARE, NORMALISED = "share", "normalised"


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
    rows, step = -(-len(quantities) // abreast), HEADING + TALL + FEET + (0.25 if view.kind == DOSE else 0.1)
    legend = arrange_legend(legend_of(result, view))
    top = header + legend.height
    left = EDGE + (0.35 if view.kind == HEAT else SCALE)
    width = WIDTH / abreast - left - GAP + (-0.15 if view.kind == HEAT else SCALE)
    names = wrap_lines(names_in_full(_shortened(result, view, quantities, width)), FOOTER, CAPTION_LINES)
    with matplotlib.style.context(["default", STYLE]):
        height = top + rows * step + 0.3 + FOOT_LINE * (len(names) + 1)
        figure = make_page(question, caption, _footer(result), height)
        draw_legend(figure, legend, header)
        panels = []
        for place in range(len(quantities)):
            row, column = divmod(place, abreast)
            panels.append(add_panel(figure, column * WIDTH / abreast + left, top + row * step + HEADING, width, TALL))
        beyond = draw_panels(panels, result, view, quantities, frame)
        write_names(figure, [*names, *([f"{BEYOND}."] if beyond else [])])
        fit_labels(figure)
    return figure


def _shortened(result: SweepResult, view: SweepView, quantities: Sequence[SweepQuantity], width: float) -> list[str]:
    """Return the names that panels of this width have no room for, or not at their ticks."""
    titles = [each.title for each in quantities if text_width(each.title, SMALLEST_TITLE) > width]
    if view.kind == CURVES:
        return titles
    values = [shown_value(value_of(result, keys, each)) for keys in view.keys for each in view.conditions]
    return [*titles, *(line for value in values for line in value.splitlines())]


def draw_panels(
    panels: Sequence[Axes],
    result: SweepResult,
    view: SweepView,
    quantities: Sequence[SweepQuantity],
    frame: dict[str, Any],
) -> bool:
    """Draw each number in a panel of its own, those that can be compared to one scale; not how much is decided.

    Return whether an interval over seeds reaches beyond all of these.

    Raises:
        RunFileError: a run can't be read.
    """
    found: dict[tuple[str, ...], Trend] = {
        (each.key, each.quantity): each for each in _trends(result, view, quantities, frame)
    }
    branched = branchings(result, view)
    scales: dict[str, list[Axes]] = {}
    beyond = False
    for panel, quantity in zip(panels, quantities, strict=True):
        beyond |= _draw(panel, result, view, quantity, frame)
        scales.setdefault(scale_of(quantity), []).append(panel)
        if view.kind == DOSE and (trend := found.get((*view.keys[0], quantity.name))) is not None:
            panel.set_xlabel("\n".join(filter(None, (panel.get_xlabel(), format_trend(trend)))))
        if view.kind != HEAT:
            draw_scale(panel, quantity)
    for scale, alike in scales.items() if view.kind != HEAT else ():
        scale_alike(alike, (0.0, 1.0) if scale in (SHARE, NORMALISED) else None)
    axis = step_axis(result, view)
    places = [axis.place(step) for step in branched]
    marks, name = (places, "branching") if places else (changes_drawn(result, view), "the world changes")
    for panel in panels:
        mark_steps(panel, marks, name if panel is panels[0] else "")
    return beyond


def legend_of(result: SweepResult, view: SweepView) -> list[LegendEntry]:
    """Return the names of the lines of curves; nothing where there is only one."""
    styles = _styles(result, view) if view.kind == CURVES else {}
    entries = [LegendEntry(label_of(result, view, each), style) for each, style in styles.items()]
    return entries if len(entries) > 1 else []


def _styles(result: SweepResult, view: SweepView) -> dict[int, LineStyle]:
    """Return how the lines of the conditions that have any are drawn."""
    done = {state.cell.condition for state in result.states if state.state in DONE}
    return styles_of([each for each in view.conditions if each in done], view.baseline)


def scale_of(quantity: SweepQuantity) -> str:
    """Return which panels have one scale: those of a number everywhere, of a segment, of shares, and of all normalised.

    Performance and gaps are, where 0 and 1 stand for random actions and the optimum; they may go beyond; shares can't.
    """
    if quantity.is_share:
        return SHARE
    return NORMALISED if quantity.measure in BOUNDS and quantity.bounds != UNBOUNDED else quantity.measure


def _trends(
    result: SweepResult, view: SweepView, quantities: Sequence[SweepQuantity], frame: dict[str, Any]
) -> list[Trend]:
    """Return how numbers go along the axis of doses, over those conditions that are drawn."""
    if view.kind != DOSE:
        return []
    drawn = [condition in view.conditions for condition in frame["condition"]]
    return trends(result, [each.name for each in quantities], {name: each[drawn] for name, each in frame.items()})


def format_trend(trend: Trend) -> str:
    """Return a correlation with its interval and its p, as a line below an axis; empty where it is not known."""
    if not trend.found.correlation.known:
        return ""
    middle, ends = number_between(*trend.found.correlation)
    return f"Spearman {middle} [{ends}], p corrected {p_value(trend.p)}"


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


def _draw(panel: Any, result: SweepResult, view: SweepView, quantity: SweepQuantity, frame: dict[str, Any]) -> bool:
    """Draw one number; return whether an interval over seeds reaches beyond all of these."""
    draw_heading(panel, quantity.title, column_note(quantity, with_scale=view.kind == HEAT))
    if view.kind == CURVES:
        axis = step_axis(result, view)
        curves = [
            each._replace(steps=axis.place(each.steps))
            for each in curves_of(result, quantity.name)
            if each.condition in view.conditions
        ]
        panel.set_xlabel(axis.unit)
        return curves_chart(panel, curves, _styles(result, view), quantity)
    means = {each.condition: each for each in condition_means(result, quantity.name, frame)}
    beyond = any(means[each].reaches_beyond for each in view.conditions)
    if view.kind == DOSE:
        (keys,) = view.keys
        draw_chance(panel, quantity.chance)
        dose_chart(panel, [
            Dose(value_of(result, keys, each), means[each].mean, means[each].values) for each in view.conditions
            if means[each].values
        ], None if view.baseline is None else means[view.baseline].mean)  # fmt: skip
        panel.set_xlabel(axis_title(keys))
        return beyond
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
    baseline = None if view.baseline is None else places[view.baseline]
    heat_chart(panel, rows, columns, table, baseline, is_share=quantity.is_share)
    panel.set_xlabel(axis_title(across))
    panel.set_ylabel(axis_title(down))
    return beyond


def column_note(quantity: SweepQuantity, *, with_scale: bool = False) -> str:
    """Return what stands below the title of a number: its column, by which it can be asked for, and what is noted."""
    parts = [quantity.name, quantity.scale if with_scale else "", quantity.note.removesuffix(".")]
    return "; ".join(filter(None, parts))


def draw_scale(panel: Axes, quantity: SweepQuantity) -> None:
    """Write what the numbers of the vertical axis are beside it; shares are percentages."""
    panel.set_ylabel(quantity.scale)
    if quantity.is_share:
        panel.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=None))


def _footer(result: SweepResult) -> str:
    """Return which runs are drawn, on one line: where there is no room for all keys, how many they are."""
    stored, source = result.source.stored, result.source
    named = stored.scenario
    whole, brief = (
        f"digest {stored.digest[:16]}; evosim {stored.evosim}; {what.replace(named, in_words(named), 1)}"
        for what in (source.describe(), source.describe_briefly())
    )
    lines = wrap_lines(whole, FOOTER, 2)
    return lines[0] if len(lines) == 1 else wrap_lines(brief, FOOTER, 1)[0]
