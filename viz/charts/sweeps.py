"""Charts of many runs: curves, doses and heat maps of means over seeds, with every seed as a thin line or a dot."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle
from matplotlib.ticker import MaxNLocator, StrMethodFormatter

from evosim.numerics.arrays import Reals
from evosim.numerics.formatting import number_between, percent, percent_between, small_number
from evosim.numerics.intervals import ConfidenceInterval, reaches_beyond
from evosim.sweeps.summary import Curves, SweepQuantity, interval_over_seeds
from evosim.sweeps.toml_values import shown_value
from viz.marks import HALO, SMALL, draw_grid_lines, shorten
from viz.palette import BASELINE, ENVIRONMENTS, FAINT_INK, INK, PAPER, RULE, LineStyle

MOST_INTERVALS = 200  # of a mean's line, which itself has every step
ALONE: Any = {"linewidth": 1.4}
BESIDE = 0.012, 0.03  # where the seeds' dots stand, to both sides of their mean, of the width of all doses
THIN: Any = {"linewidth": 0.6, "alpha": 0.35}
MOST_CURVES = len(ENVIRONMENTS)
MARGIN = 0.04  # of a scale, beyond its ends


class Dose(NamedTuple):
    """The means of a number for one value of an axis."""

    value: Any
    mean: ConfidenceInterval
    values: tuple[float, ...]  # of each seed


def styles_of(conditions: Sequence[int], baseline: int | None = None) -> dict[int, LineStyle]:
    """Return how the lines of each condition are drawn: the `baseline` is grey."""
    styles = iter(ENVIRONMENTS)
    return {each: BASELINE if each == baseline else next(styles) for each in conditions}


def curves_chart(
    axes: Axes, curves: Sequence[Curves], styles: Mapping[int, LineStyle], quantity: SweepQuantity
) -> bool:
    """Draw the mean over seeds of each condition with its interval, and each seed as a thin line.

    Return whether an interval reaches beyond all seeds.
    """
    draw_chance(axes, quantity.chance)
    beyond = False
    for each in curves:
        style = styles[each.condition]
        for row in each.values:
            alone = {**ALONE, "linestyle": style.dashes}
            axes.plot(each.steps, row, color=style.colour, **(THIN if len(each.seeds) > 1 else alone))
        if not each.steps.size:
            continue
        places = np.unique(np.linspace(0, each.steps.size - 1, MOST_INTERVALS).astype(int))
        means = [interval_over_seeds(each.values[:, at], quantity.bounds) for at in places]
        beyond |= any(reaches_beyond(mean, each.values[:, at]) for mean, at in zip(means, places, strict=True))
        low, high = (np.array([getattr(mean, end) for mean in means]) for end in ("low", "high"))
        axes.fill_between(each.steps[places], low, high, facecolor=style.colour, alpha=0.2, linewidth=0)
        if len(each.seeds) > 1:
            marker = "o" if each.steps.size == 1 else ""
            middle = _mean_of_known(each.values)
            axes.plot(each.steps, middle, color=style.colour, linestyle=style.dashes, linewidth=1.8, marker=marker)
    axes.xaxis.set_major_locator(MaxNLocator(6, integer=True))
    axes.xaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
    axes.margins(x=0.01)
    draw_grid_lines(axes)
    return beyond


def draw_chance(axes: Axes, chance: float | None) -> None:
    """Draw a chance level, if there is one, as a dotted line with its name."""
    if chance is None:
        return
    axes.axhline(chance, color=INK, linewidth=1.1, dashes=(3, 2), path_effects=HALO, zorder=1.5)
    axes.annotate(
        f"chance {percent(chance)}", (1, chance), (-3, 2), xycoords=("axes fraction", "data"),
        textcoords="offset points", ha="right", va="bottom", fontsize=SMALL, path_effects=HALO, zorder=6,
    )  # fmt: skip


def mark_steps(axes: Axes, places: Sequence[int], name: str) -> None:
    """Draw a dotted line at each place that the horizontal axis reaches, with a name beside the first."""
    reached = [place for place in places if place <= axes.get_xlim()[1]]
    for place in reached:
        axes.axvline(place, color=INK, linewidth=1, linestyle=(0, (1, 1.5)), path_effects=HALO)
    for place in reached[:1]:
        after = place <= sum(axes.get_xlim()) / 2
        axes.annotate(
            name, (place, 1), (3 if after else -3, -3), xycoords=("data", "axes fraction"),
            textcoords="offset points", fontsize=SMALL, ha="left" if after else "right", va="top", path_effects=HALO,
        )  # fmt: skip


def _mean_of_known(values: Reals) -> Reals:
    """Return the mean `[M]` over the seeds of values `[S, M]` that are known; NaN where none is."""
    known = ~np.isnan(values)
    count = known.sum(axis=0)
    total: Reals = np.where(known, values, 0.0).sum(axis=0)
    mean: Reals = np.divide(total, count, out=np.full(len(count), np.nan), where=count > 0)
    return mean


def dose_chart(axes: Axes, doses: Sequence[Dose], baseline: ConfidenceInterval | None = None) -> None:
    """Draw the mean for each value of an axis with its interval, and each seed as a dot; numbers stand to scale.

    A dashed line is at the mean of the `baseline`.
    """
    draw_grid_lines(axes)
    if not doses:
        axes.text(0.5, 0.5, "none has a value", transform=axes.transAxes, ha="center", va="center", color=FAINT_INK)
        return
    if baseline is not None and not np.isnan(baseline.middle):
        axes.axhline(baseline.middle, color=BASELINE.colour, linestyle=BASELINE.dashes, linewidth=1.2, zorder=1)
    is_number = all(isinstance(dose.value, int | float) and not isinstance(dose.value, bool) for dose in doses)
    places = [float(dose.value) for dose in doses] if is_number else [float(i) for i in range(len(doses))]
    order = np.argsort(places)
    span = max(places) - min(places) or 1.0
    is_log = is_number and _spread_by_factors(places)
    for at in order:
        count = len(doses[at].values)
        side = np.linspace(*BESIDE, (count + 1) // 2)
        around = np.concatenate([-side[::-1], side])[:count]
        wide = np.log(max(places) / min(places)) if is_log else span
        around = places[at] * np.exp(wide * around) if is_log else places[at] + span * around
        axes.scatter(around, doses[at].values, s=10, color=FAINT_INK, alpha=0.6, linewidth=0, zorder=2)
    means = [doses[at].mean for at in order]
    x, middle = np.array(places)[order], np.array([mean.middle for mean in means])
    if is_number and any(len(dose.values) > 1 for dose in doses):
        axes.plot(x, middle, color=INK, linewidth=1.2, zorder=3)
    for at, mean in zip(x, means, strict=True):
        if mean.known:
            axes.plot([at, at], [mean.low, mean.high], color=INK, linewidth=2.2, solid_capstyle="butt", zorder=3)
    axes.scatter(x, middle, s=34, color=INK, edgecolor=PAPER, linewidth=1, zorder=4)
    if is_log:
        axes.set_xscale("log")
    if not is_number or len(x) <= 8:
        axes.set_xticks(x, [tick_label(doses[at].value) for at in order])
        axes.minorticks_off()


def tick_label(value: Any) -> str:
    """Return a value of an axis as it stands beside a chart, each of its lines shortened."""
    return "\n".join(shorten(line) for line in shown_value(value).splitlines())


def scale_alike(panels: Sequence[Axes], least: tuple[float, float] | None = None) -> None:
    """Set one vertical scale for panels, with room for all that is drawn in any of them, or no less than `least`."""
    lows, highs = zip(*(panel.get_ylim() if least is None else _drawn(panel, least) for panel in panels), strict=True)
    low, high = min(lows), max(highs)
    if least is not None:
        margin = MARGIN * (high - low)
        low, high = low - margin, high + margin
    for panel in panels:
        panel.set_ylim(low, high)


def _drawn(panel: Axes, least: tuple[float, float]) -> tuple[float, float]:
    """Return the lowest and the highest place of what is drawn in a panel, at least those of `least`."""
    known = [float(end) for end in panel.dataLim.intervaly if np.isfinite(end)]
    return min([*known, least[0]]), max([*known, least[1]])


def _spread_by_factors(places: Sequence[float]) -> bool:
    """Whether values are spread by factors rather than by differences, as 0.01, 0.1 and 1 are."""
    ordered = sorted(set(places))
    if ordered[0] <= 0 or len(ordered) < 3 or ordered[-1] / ordered[0] < 8:
        return False
    differences, factors = np.diff(ordered), np.diff(np.log(ordered))
    return bool(factors.std() / factors.mean() < differences.std() / differences.mean())


def heat_chart(
    axes: Axes,
    rows: Sequence[Any],
    columns: Sequence[Any],
    means: Sequence[Sequence[ConfidenceInterval | None]],
    baseline: tuple[int, int] | None = None,
    *,
    is_share: bool = False,
) -> Any:
    """Draw means over seeds as a heat map, with the number and its interval in each cell; return the image.

    A frame is around the cell in the row and column of the `baseline`; shares are percentages.
    """
    between, alone = (percent_between, percent) if is_share else (number_between, small_number)
    middle = np.array([[np.nan if cell is None else cell.middle for cell in row] for row in means])
    known = middle[~np.isnan(middle)]
    low, high = (float(known.min()), float(known.max())) if known.size else (0.0, 1.0)
    image = axes.imshow(
        middle, cmap="cividis", aspect="auto", origin="lower", vmin=low, vmax=high if high > low else low + 1e-9
    )
    width, height = axes.bbox.width / axes.figure.dpi / len(columns), axes.bbox.height / axes.figure.dpi / len(rows)
    for i, row in enumerate(means):
        for j, cell in enumerate(row):
            if cell is None or np.isnan(cell.middle) or width < 0.45:
                continue
            shade = (cell.middle - low) / (high - low) if high > low else 0.5
            colour = PAPER if shade < 0.55 else INK
            written, ends = between(*cell) if cell.known else (alone(cell.middle), "")
            axes.text(j, i + (0.12 if cell.known else 0), written, ha="center", va="center", color=colour,
                      fontsize=SMALL + 1)  # fmt: skip
            if cell.known and width > 0.85 and height > 0.4:
                axes.text(j, i - 0.22, ends, ha="center", va="center", color=colour, fontsize=SMALL - 1.5)
    if baseline is not None:
        low_left = baseline[1] - 0.5, baseline[0] - 0.5
        axes.add_patch(Rectangle(low_left, 1, 1, fill=False, edgecolor=INK, linewidth=2.4, clip_on=False, zorder=5))
    axes.set_xticks(range(len(columns)), [tick_label(value) for value in columns])
    axes.set_yticks(range(len(rows)), [tick_label(value) for value in rows])
    axes.tick_params(length=0)
    for spine in axes.spines.values():
        spine.set_color(RULE)
    return image
