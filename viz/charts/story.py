"""Panels for the story: what is perceived of what there is, and the front of Pareto objectives."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.patches import Rectangle
from matplotlib.ticker import MaxNLocator

from evosim.numerics.formatting import in_words, number
from viz.answers.perception import LEAST_PRESENT, MeanPerception
from viz.answers.specifics import Front
from viz.charts.generational import draw_legend_above
from viz.marks import SMALL, draw_grid_lines, draw_heading, shorten
from viz.palette import INK, MESA_OPTIMIZER, NO_ENTRY, PAPER, mind_marks

PERCEIVED = LinearSegmentedColormap.from_list("perceived", [PAPER, MESA_OPTIMIZER.colour])
DARK_CELL = 0.5  # of the colours, from where on words are light
LONGEST = 9  # characters of a feature's name, left of a chart
FEW = 4  # things whose names have room beside each other


def perception_chart(axes: Axes, seen: MeanPerception) -> None:
    """Draw how much of each relevant feature is perceived in each thing; frames mark the things that have it."""
    rows, columns = seen.perceived.shape
    axes.set_xlim(0, columns)
    axes.set_ylim(rows, 0)
    axes.pcolormesh(
        np.arange(columns + 1), np.arange(rows + 1), seen.perceived, cmap=PERCEIVED, vmin=0, vmax=1, edgecolor=PAPER,
        linewidth=1.5, label="perceived",
    )  # fmt: skip
    for row in range(rows):
        for column in range(columns):
            value = float(seen.perceived[row, column])
            axes.text(
                column + 0.5, row + 0.5, number(value), ha="center", va="center", fontsize=SMALL,
                color=PAPER if value > DARK_CELL else INK,
            )  # fmt: skip
            if seen.there[row, column] >= LEAST_PRESENT:
                axes.add_patch(
                    Rectangle((column + 0.05, row + 0.05), 0.9, 0.9, fill=False, edgecolor=INK, linewidth=1.4)
                )
    names = [in_words(name) for name in seen.features]
    axes.set_yticks(
        np.arange(rows) + 0.5, [name if len(name) <= LONGEST else f"{name[: LONGEST - 1]}…" for name in names]
    )
    crowded = columns > FEW
    axes.set_xticks(
        np.arange(columns) + 0.5, [shorten(name) for name in seen.things],
        rotation=30 if crowded else 0, ha="right" if crowded else "center",
    )  # fmt: skip
    axes.tick_params(length=0)
    for side in ("left", "bottom"):
        axes.spines[side].set_visible(False)
    draw_heading(axes, f"Perceived · {shorten(seen.environment)}", "by planners, 0 to 1; framed: what has it")


def front_chart(axes: Axes, front: Front) -> None:
    """Draw individuals by two objectives, with the non-dominated front."""
    is_cost = bool(front.cost)
    x = -front.values[:, 1] if is_cost else front.values[:, 1]
    y = front.values[:, 0]
    order = np.flatnonzero(front.best)[np.argsort(x[front.best], kind="stable")]
    axes.plot(x[order], y[order], color=INK, linewidth=1.0, drawstyle="steps-post" if is_cost else "default",
              label="front", zorder=1.5)  # fmt: skip
    for controller, mark in mind_marks(front.controller).items():
        rows = front.controller == controller
        if rows.any():
            axes.scatter(
                x[rows], y[rows], s=11, marker=mark.shape, facecolor=mark.colour, edgecolor=PAPER, linewidth=0.3,
                alpha=0.6, label=in_words(controller),
            )  # fmt: skip
    axes.scatter(x[order], y[order], s=26, marker="o", facecolor="none", edgecolor=INK, linewidth=1.1, zorder=3)
    axes.xaxis.set_major_locator(MaxNLocator(4))
    axes.yaxis.set_major_locator(MaxNLocator(5))
    axes.set_xlabel(f"{front.cost} per episode" if is_cost else front.names[1])
    axes.set_ylabel(front.names[0], labelpad=2)
    axes.axhline(0, color=NO_ENTRY.colour, linewidth=0.8, zorder=0)
    draw_grid_lines(axes)
    draw_legend_above(axes)
    draw_heading(axes, f"Front · {shorten(front.environment)}")
    note = front.note.strip().removeprefix("(").removesuffix(")")
    if note:
        axes.annotate(
            note, (0.5, 0), (0, -41), xycoords="axes fraction", textcoords="offset points", fontsize=SMALL, ha="center",
            va="bottom",
        )  # fmt: skip
