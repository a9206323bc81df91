"""Shared parts of an ecology's charts: the axis of ticks with changes of the world, and labels at line ends."""

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.ticker import FuncFormatter, MaxNLocator

from evosim.ecology.rules import shares_at
from evosim.numerics.formatting import in_words
from viz.answers.ecology_reading import Course
from viz.marks import CHARACTER, HALO, NORMAL, POINTS_PER_INCH, SMALL, EdgeLabel, drop_leader, separate, size_in_inches
from viz.palette import CHANGED, FAINT_INK, INK, NO_ENTRY, PAPER

GROUND = LinearSegmentedColormap.from_list("ground", [PAPER, CHANGED])
NARROW_WIDTH = 2.6  # inches, of a chart that has room for few ticks
NEAR_FRACTION = 0.97  # of the width of a chart: what ends before that is led to its name by dots
BEYOND = 0.09  # of the ticks of a run that ended, for the place where nobody lives


def draw_tick_axis(axes: Axes, course: Course, *, named: bool = False) -> None:
    """Set up the horizontal axis in ticks, shaded by the world's distance from its first environment."""
    right = float(course.last) * (1 + BEYOND if course.extinct else 1)
    axes.set_xlim(0, right)
    width, _ = size_in_inches(axes)
    if width < NARROW_WIDTH:
        axes.set_xticks(_few_ticks(course, 0.5 * right / width))
    else:
        steps = MaxNLocator(min(8, int(1.3 * width)), integer=True, steps=[1, 1.5, 2, 3, 5, 10], min_n_ticks=1)
        axes.set_xticks([tick for tick in steps.tick_values(0, right) if tick <= course.last])
    axes.xaxis.set_major_formatter(FuncFormatter(lambda tick, _: f"{tick:,.0f}"))
    _draw_ground(axes, course)
    for phase in course.scenario.evolution.schedule[1:]:
        if phase.start < course.last:
            axes.axvline(
                phase.start, color=INK, linewidth=1, linestyle=(0, (1, 1.5)), path_effects=HALO, zorder=1.5,
                label="change",
            )  # fmt: skip
    if course.extinct:
        axes.axvspan(
            course.last, right, facecolor=PAPER, edgecolor=NO_ENTRY.colour, hatch="////", linewidth=0, zorder=1.4,
            label="extinct",
        )  # fmt: skip
        if named:
            axes.annotate(
                "extinct", ((course.last + right) / 2, 0.5), xycoords=("data", "axes fraction"), rotation=90,
                ha="center", va="center", fontsize=NORMAL, fontweight="bold", color=FAINT_INK, path_effects=HALO,
            )  # fmt: skip
    if named:
        _name_environments(axes, course, right)


def _few_ticks(course: Course, apart: float) -> list[float]:
    """Choose the beginning, the first change and the end as tick marks, as far as they are `apart`."""
    wanted = [0.0, *(float(change.start) for change in course.changes[:1]), float(course.last)]
    kept = wanted[:1]
    for tick in wanted[1:]:
        kept += [tick] if tick - kept[-1] >= apart else []
    return kept


def _draw_ground(axes: Axes, course: Course) -> None:
    schedule = course.scenario.evolution.schedule
    first = shares_at(schedule, 0)
    away = [_distance(first, shares_at(schedule, int(tick))) for tick in course.begins]
    if max(away) > 0:
        edges = np.append(course.begins, course.last)
        axes.pcolormesh(
            edges, [0.0, 1.0], [away], cmap=GROUND, vmin=0, vmax=1, transform=axes.get_xaxis_transform(), zorder=0,
            antialiased=False, linewidth=0, label="ground",
        )  # fmt: skip


def _distance(one: dict[str, float], other: dict[str, float]) -> float:
    return sum(abs(one.get(name, 0.0) - other.get(name, 0.0)) for name in {*one, *other}) / 2


def _name_environments(axes: Axes, course: Course, right: float) -> None:
    """Label the environments above the chart, as far as there is room."""
    width, _ = size_in_inches(axes)
    per_inch = right / width
    parts = [(0.0, course.scenario.evolution.schedule[0].shown())]
    for change in course.changes:
        before = parts[-1][1]
        if change.end > change.start:
            parts.append((change.start, ", ".join(change.names[:-1]) or f"{before} → {change.names[-1]}"))
        if change.end < course.last:
            parts.append((change.end, change.names[-1] if change.is_real else f"{change.names[-1]}: no change"))
    for (start, name), end in zip(parts, [*(start for start, _ in parts[1:]), float(course.last)], strict=True):
        words = in_words(name)
        need = (CHARACTER * (len(words) + 1) + 0.05) * per_inch
        if end - start >= need:
            axes.annotate(
                words, (start, 1), (4, -4), xycoords=("data", "axes fraction"), textcoords="offset points", va="top",
                fontsize=SMALL, fontweight="bold", color=FAINT_INK, path_effects=HALO,
            )  # fmt: skip


def draw_end_labels(axes: Axes, names: list[EdgeLabel], end: float) -> None:
    """Draw labels right of the chart without overlap, each connected to the end of its line."""
    names = [drop_leader(name, axes.get_ylim()[0]) for name in names]
    low, high = (float(axes.transData.transform((0, y))[1]) for y in axes.get_ylim())
    heights = [(float(axes.transData.transform((0, name.height))[1]) - low) / (high - low) for name in names]
    heights = [min(max(height, 0.0), 1.0) for height in heights]
    width, height_inches = size_in_inches(axes)
    left, right = axes.get_xlim()
    begin = (end - left) / (right - left)
    near = begin > NEAR_FRACTION
    leader: dict[str, Any] = {
        "arrowstyle": "-", "linewidth": 1.4 if near else 1.0, "linestyle": "-" if near else (0, (1, 2)), "shrinkA": 1,
        "shrinkB": 0, "relpos": (0, 0.5),
    }  # fmt: skip
    gap = 1.3 * NORMAL / POINTS_PER_INCH / height_inches
    for name, height, place in zip(names, heights, separate(heights, gap), strict=True):
        axes.annotate(
            name.words, (begin, height), (1 + 0.17 / width, place), xycoords="axes fraction",
            textcoords="axes fraction", fontsize=NORMAL, fontweight="bold" if name.matters else "normal", va="center",
            annotation_clip=False, color=name.colour if name.matters and name.colour else INK,
            arrowprops=leader | {"color": name.colour} if name.colour else None,
        )  # fmt: skip
