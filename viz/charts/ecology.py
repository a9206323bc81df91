"""The panels of an ecology's page; each draws one aspect of its course onto given axes."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator, NullLocator, PercentFormatter

from evosim.numerics.arrays import Reals
from evosim.numerics.formatting import in_words, percent, signed_number
from evosim.scenario.schema.ecologies import CAUSES as CAUSES_OF_DEATH
from viz.answers.ecology import (
    encountered_features,
    format_ratio,
    format_signed_percent,
    is_end_apart,
    rate_ratio,
    reference_moment,
)
from viz.answers.ecology_reading import (
    Course,
    are_of_all,
    child_features,
    large_cohorts,
    lifespan,
    select_populated,
    wanted_weights,
)
from viz.charts.ecology_axes import draw_end_labels, draw_tick_axis
from viz.charts.pooling import PooledCurve, null_band, pool_rate, pool_relative_rate, selection_intensities
from viz.marks import SMALL, EdgeLabel, draw_grid_lines, draw_heading, shorten
from viz.palette import (
    CHILD,
    COUNTED,
    DEATH_STYLES,
    FAINT_INK,
    FOUNDER,
    GOT,
    INK,
    NO_ENTRY,
    PAPER,
    LineStyle,
    want_style,
)

LEAST_RANGE = 4.0  # of multiples: what moves less than this looks as little as it is
LEAST_COHORTS = 3
TINY = 0.1  # weights times a drive that never get further from 0 are not drawn


def feature_lines(course: Course) -> dict[str, LineStyle]:
    """Return the line style of each feature; that of a child matches births."""
    children = child_features(course.scenario)
    others = [name for name in course.scenario.world.features if name not in children]
    lines = {name: want_style(number) for number, name in enumerate(others)}
    return lines | dict.fromkeys(children, CHILD)


def contrast_chart(axes: Axes, course: Course) -> None:
    """Draw births and utility as multiples of their values before the change."""
    lines = feature_lines(course)
    drawn: list[tuple[str, str, LineStyle, bool]] = [("births_per_capita", "births", COUNTED, True)]
    if course.loci or not np.isnan(course.rate("mesa_utility_per_capita")).all():
        drawn.append(("mesa_utility_frozen_per_capita", "what they get", GOT, True))
        if course.loci:
            drawn.append(("mesa_utility_per_capita", "by own weights", LineStyle(GOT.colour, (0, (2, 1.4))), False))
    else:
        drawn += [(f"felt.{name}", shorten(name), lines[name], True) for name in encountered_features(course)]
    curves = [(*each, found) for each in drawn if (found := pool_relative_rate(course, each[0])) is not None]
    curves = [each for each in curves if len(each[-1].ticks)]
    seen = np.concatenate([[1 / LEAST_RANGE, LEAST_RANGE], *(c.values[c.values > 0] for *_, c in curves)])
    low, high = float(seen.min()) / 1.25, float(seen.max()) * 1.7
    axes.set_yscale("log", base=2)
    axes.set_ylim(low, high)
    axes.yaxis.set_major_locator(FixedLocator([2.0**power for power in range(-20, 21)]))
    axes.yaxis.set_minor_locator(NullLocator())
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"×{value:g}" if value >= 1 else f"×1⁄{1 / value:g}"))
    draw_grid_lines(axes)
    axes.axhline(1, color=FAINT_INK, linewidth=0.9, zorder=1.2)
    by_name = {name: found for name, *_, found in curves}
    births, got = by_name.get("births_per_capita"), by_name.get("mesa_utility_frozen_per_capita")
    if births and got and course.changes and len(births.ticks) == len(got.ticks):
        later = births.ticks >= course.changes[0].start
        axes.fill_between(
            births.ticks[later], np.maximum(births.values[later], low), got.values[later], facecolor=FAINT_INK,
            alpha=0.08, linewidth=0, label="gap",
        )  # fmt: skip
    draw_tick_axis(axes, course, named=True)
    names = []
    for column, label, line, matters, found in curves:
        _draw_curve(axes, PooledCurve(found.ticks, np.maximum(found.values, low)), line, label, 2.4 if matters else 1.2)
        last = float(found.values[-1])
        ends = is_end_apart(course) if course.changes else bool((~course.in_the_end).any())
        shown = rate_ratio(course, column, course.in_the_end) if ends and not course.extinct else last
        names.append(
            EdgeLabel(last, f"{label} {format_ratio(shown)}", line.colour, matters)
        )  # as the sentence above has it
    draw_end_labels(axes, names, _end(course, curves[0][-1]) if curves else course.last)
    before = "all the run"
    if course.changes:
        before = f"the {course.ticks_in(course.before):,} ticks before {reference_moment(course)}"
    what = "what they get" if not _wants_nothing(course) else "what they meet with"
    note = f"per agent and tick, as multiples of the mean of {before}"
    if got:
        kept = ", kept from then on" if course.changes else ""
        note += f"; what they get: by mean weights of length 1{kept}{'; dashed: by own' if course.loci else ''}"
    draw_heading(axes, f"What evolution counts, and {what}", note)
    if not curves:
        _draw_message(axes, "nothing to compare with: nobody was born")


def wants_chart(axes: Axes, course: Course) -> None:
    """Draw each feature's mean weight with its 5–95% band; dotted, the weight added by each drive."""
    axes.axhline(0, color=FAINT_INK, linewidth=0.9, zorder=1.2)
    names, end, drives = [], float(course.last), False
    for feature, line in feature_lines(course).items():
        frame = wanted_weights(course, feature)
        if frame is None:
            continue
        rows = select_populated(course, frame)
        ticks = (frame["generation"][rows] + 1.0) * course.interval
        matters = line is CHILD
        x, edges = _widen_point(course, ticks, np.array([frame["q05"][rows], frame["q95"][rows]]))
        axes.fill_between(
            x, edges[0], edges[1], facecolor=line.colour, alpha=0.22 if matters else 0.08, linewidth=0,
            label=f"90% {feature}",
        )  # fmt: skip
        _draw_curve(axes, PooledCurve(ticks, frame["mean"][rows]), line, feature, 2.4 if matters else 1.8)
        last = float(frame["mean"][rows][-1])
        names.append(EdgeLabel(last, f"{shorten(feature)} {signed_number(last)}", line.colour, matters))
        end = float(ticks[-1])
        for drive in course.scenario.mind.objective.drives:
            added = wanted_weights(course, f"{feature}.{drive}")
            if added is not None and np.abs(added["mean"][rows]).max() >= TINY:
                drives = True
                axes.plot(
                    ticks, added["mean"][rows], color=line.colour, linewidth=1.1, linestyle=(0, (1, 1.6)),
                    label=f"{feature}.{drive}",
                )  # fmt: skip
    low, high = axes.get_ylim()
    axes.set_ylim(low, high)
    axes.yaxis.set_major_locator(MaxNLocator(6))
    draw_grid_lines(axes)
    draw_tick_axis(axes, course)
    draw_end_labels(axes, names, end)
    more = f"; dotted: more at full {in_words(', '.join(course.scenario.mind.objective.drives))}" if drives else ""
    mixed = len(course.scenario.mind.controllers) > 1
    whose = "genomes" if mixed and are_of_all(course, course.scenario.world.features[0]) else "the objective"
    draw_heading(axes, "What they want", f"weights in {whose}, below 0 dislikes: mean, band 90%{more}")


def is_selection_measurable(course: Course, feature: str) -> bool:
    """Whether enough cohorts have died out to estimate selection on a feature's weight."""
    cohorts = large_cohorts(course, feature)
    return cohorts is not None and len(selection_intensities(course, cohorts, 0).ticks) >= LEAST_COHORTS


def selection_chart(axes: Axes, course: Course) -> None:
    """Draw the selection intensity on the weight of a child, by cohort and over a lifespan of cohorts."""
    children = child_features(course.scenario)
    axes.axhline(0, color=FAINT_INK, linewidth=0.9, zorder=1.2)
    names, seen, known = [], [-0.1, 0.1], False
    for feature in children:
        cohorts = large_cohorts(course, feature)
        if cohorts is None:
            continue
        each = selection_intensities(course, cohorts, 0)
        axes.scatter(each.ticks, each.values, s=10, facecolor=FOUNDER, linewidth=0, label=f"cohorts {feature}")
        found = selection_intensities(course, cohorts, lifespan(course))
        if len(each.values):
            chance = null_band(course, cohorts, lifespan(course))
            x, edges = _widen_point(course, found.ticks, np.array([-chance, chance]))
            axes.fill_between(x, edges[0], edges[1], facecolor=NO_ENTRY.colour, linewidth=0, zorder=0.5, label="chance")
            known = known or not np.isnan(chance).all()
        _draw_curve(axes, found, CHILD, feature, 2.4)
        if len(found.values):
            names.append(EdgeLabel(float(found.values[-1]), shorten(feature), CHILD.colour, True))
            seen += [*found.values.tolist(), *np.quantile(each.values, [0.03, 0.97]).tolist()]
    margin = 0.08 * (max(seen) - min(seen))
    axes.set_ylim(min(seen) - margin, max(seen) + margin)
    axes.yaxis.set_major_locator(MaxNLocator(5))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: format_signed_percent(value)))
    draw_grid_lines(axes)
    draw_tick_axis(axes, course)
    if len(names) > 1:
        draw_end_labels(axes, names, course.last)
    draw_heading(
        axes,
        f"Selection on the weight of {' and '.join(map(shorten, children))}",
        f"more children per sd more of it, by tick of birth{'; grey: chance' if known else ''}",
    )


def population_chart(axes: Axes, course: Course) -> None:
    """Draw the population at the end of each interval, starting with the founders."""
    ticks = np.append(0.0, course.frame["tick"])
    living = np.append(course.scenario.evolution.population, course.frame["population"]).astype(np.float64)
    axes.fill_between(ticks, 0, living, facecolor=NO_ENTRY.colour, linewidth=0)
    axes.plot(ticks, living, color=INK, linewidth=1.6, label="living")
    axes.set_ylim(0, 1.08 * float(living.max()))
    axes.yaxis.set_major_locator(MaxNLocator(4, integer=True))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
    draw_grid_lines(axes)
    draw_tick_axis(axes, course)
    draw_end_labels(axes, [EdgeLabel(living[-1], f"{living[-1]:,.0f}", INK, course.extinct)], course.last)
    note = f"extinct at tick {course.last:,}" if course.extinct else f"of {living[0]:,.0f} founders"
    draw_heading(axes, "How many live", note)


def turnover_chart(axes: Axes, course: Course) -> None:
    """Stack deaths by cause per thousand agent-ticks, and draw births over them."""
    births = pool_rate(course, "births_per_capita")
    rates = {cause: pool_rate(course, f"deaths_{cause}_per_capita") for cause in CAUSES_OF_DEATH}
    rates = {cause: found for cause, found in rates.items() if (found.values > 0).any()}
    floor: Reals = np.zeros(len(births.ticks))
    names, tops = [], [1.0, *(1000 * births.values)]
    for cause, found in rates.items():
        area, top = DEATH_STYLES[cause], floor + 1000 * found.values
        x, edges = _widen_point(course, found.ticks, np.array([floor, top]))
        axes.fill_between(
            x, edges[0], edges[1], facecolor=area.colour, edgecolor=PAPER, hatch=area.hatch, linewidth=0.6, label=cause
        )
        names.append(EdgeLabel(float(floor[-1] + top[-1]) / 2, cause, area.colour))
        floor = top
        tops += top.tolist()
    _draw_curve(axes, PooledCurve(births.ticks, 1000 * births.values), COUNTED, "births", 2.4)
    if len(births.values):
        names.append(EdgeLabel(1000 * float(births.values[-1]), "births", COUNTED.colour, True))
    axes.set_ylim(0, 1.08 * max(tops))
    axes.yaxis.set_major_locator(MaxNLocator(4, integer=True))
    draw_grid_lines(axes)
    draw_tick_axis(axes, course)
    draw_end_labels(axes, names, _end(course, births))
    draw_heading(axes, "Births and deaths", "per 1,000 agent-ticks; deaths by cause")


def contraception_chart(axes: Axes, course: Course) -> None:
    """Draw the share of matings with contraception."""
    found = pool_rate(course, "contraception_share")
    _draw_curve(axes, found, LineStyle(INK, "-"), "contraception", 1.8)
    axes.set_ylim(0, 1.04)
    axes.set_yticks([0, 0.5, 1])
    axes.yaxis.set_major_formatter(PercentFormatter(1.0))
    draw_grid_lines(axes)
    draw_tick_axis(axes, course)
    last = float(found.values[-1])
    draw_end_labels(axes, [EdgeLabel(last, percent(last), INK)], _end(course, found))
    draw_heading(axes, "Contraception", "share of matings")


def _draw_curve(axes: Axes, found: PooledCurve, line: LineStyle, label: str, width: float) -> None:
    axes.plot(
        found.ticks, found.values, color=line.colour, linestyle=line.dashes, linewidth=width, label=label,
        marker="o" if len(found.ticks) == 1 else "", markersize=4, solid_joinstyle="round",
    )  # fmt: skip


def _widen_point(course: Course, ticks: Reals, rows: Reals) -> tuple[Reals, Reals]:
    """Extend a single point to the width of an interval, so that it is visible."""
    if len(ticks) > 1:
        return ticks, rows
    return np.array([ticks[0] - course.interval / 2, ticks[0] + course.interval / 2]), np.repeat(rows, 2, axis=-1)


def _end(course: Course, found: PooledCurve) -> float:
    return float(found.ticks[-1]) if len(found.ticks) else float(course.last)


def _wants_nothing(course: Course) -> bool:
    return not course.loci and bool(np.isnan(course.rate("mesa_utility_per_capita")).all())


def _draw_message(axes: Axes, words: str) -> None:
    axes.annotate(words, (0.5, 0.5), xycoords="axes fraction", ha="center", fontsize=SMALL, color=FAINT_INK)
