"""The figure of what candy, contraception and scarcity each cause, drawn from rows that the benchmarks have kept.

python benchmarks/contraception_figure.py contraception.jsonl doses.jsonl docs/contraception_causes.png
"""

import argparse
from collections.abc import Iterable
from math import inf
from pathlib import Path

import matplotlib.style
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import NullFormatter, NullLocator

from benchmarks.contraception import CASES, CELLS, CHANGE, Effect, Found, effects, kept, over_seeds
from benchmarks.contraception_doses import SHIPPED, SIDE, SIDES, cases, curves
from viz.charts.page import STYLE, WIDTH, add_panel
from viz.palette import COUNTED, FAINT_INK, GOT, INK, PAPER, RULE

WORDS = (
    "nothing changes", "candy", "contraception", "candy and contraception",
    "less fruit", "less fruit, candy", "less fruit, contraception", "less fruit, candy and contraception",
)  # fmt: skip
TIMES = (0.1, 0.2, 0.5, 1, 2, 5, 10)
SHOWN = {
    "candy that grows in a tick": "candy that grows\nin a tick",
    "energy of candy": "energy of candy\n(fruit has 4)",
    "fertility with contraception": "fertility with contraception\n(0.6 without)",
    "fruit that grows in a tick": "fruit that grows in a tick\n(36 in the ancestral world)",
    "empty candy that grows in a tick": "empty candy that grows\nin a tick, no contraception",
    SIDE: "side of the world,\ncells",
}
DRAWN = (("children", "children", COUNTED.colour, "o"), ("utility", "what they get", GOT.colour, "D"))


def complete(names: Iterable[str], rows: Path) -> Found:
    """Read the seeds of which a file of rows has all cases."""
    return {seed: each for seed, each in sorted(kept(rows).items()) if set(names) <= set(each)}


def titled(axes: Axes, title: str, note: str = "") -> None:
    """Write a title over a panel, and a note below it."""
    axes.set_title(f"{title}\n" if note else title, loc="left", fontsize=10, weight="bold")
    axes.annotate(note, (0, 1), (0, 5), "axes fraction", textcoords="offset points", fontsize=8, color=FAINT_INK)


def times_axis(axes: Axes, which: str) -> None:
    """Make an axis one of multiples, the same above and below 1."""
    axis = axes.xaxis if which == "x" else axes.yaxis
    axes.set(**{f"{which}scale": "log", f"{which}lim": (0.05, 14)})
    axis.set_ticks(TIMES, [f"×{each:g}" for each in TIMES])
    axis.set_minor_locator(NullLocator())
    axis.set_minor_formatter(NullFormatter())


def draw_cells(axes: Axes, found: Found) -> None:
    """Draw children and utility in every world: means over seeds, their intervals, and every seed."""
    by_seed = [effects({name: CASES[name] for name in CELLS}, each) for each in found.values()]
    rows = [0, 1, 2, 3, 4.6, 5.6, 6.6, 7.6]
    axes.axvline(1, color=FAINT_INK, linewidth=0.8)
    for name, row in zip(CELLS, rows, strict=True):
        for (key, _, colour, shape), off in zip(DRAWN, (-0.14, 0.14), strict=True):
            values = [getattr(each[name], key) for each in by_seed]
            axes.plot(values, np.full(len(values), row + off), ".", color=colour, alpha=0.25, markersize=4)
            if name != CELLS[0]:
                middle = over_seeds(key, [each[name] for each in by_seed])
                axes.plot(middle.middle, row + off, shape, color=colour, markersize=6)
                beyond = (
                    {"ha": "left", "x": max(values) * 1.1}
                    if key == "utility"
                    else {"ha": "right", "x": min(values) / 1.1}
                )
                axes.text(s=f"×{middle.middle:.2f}", y=row + off, va="center", color=colour, fontsize=8, **beyond)
        died = sum(each[name].extinct < inf for each in by_seed)
        if died:
            axes.text(11, row, f"{died} of {len(by_seed)}\ndie out", va="center", fontsize=8, color=INK)
    axes.set_yticks(rows, WORDS)
    axes.set_ylim(8.2, -0.6)
    axes.tick_params(axis="y", length=0)
    times_axis(axes, "x")
    axes.set_xlim(0.04, None)
    for (_, words, colour, _), (at, side) in zip(DRAWN, ((0.93, "right"), (1.07, "left")), strict=True):
        axes.text(at, 0, words, color=colour, ha=side, va="center", weight="bold")
    titled(axes, "The same agents in eight worlds", "as multiples of where nothing changes; small dots: seeds")


def draw_population(axes: Axes, found: Found) -> None:
    """Draw how many live after the change in some worlds, means over seeds."""
    lines = (
        (CELLS[1], "#009e73", "--", 30), (CELLS[3], INK, "-", -30),
        (CELLS[4], "#997700", ":", 30), (CELLS[7], "#aa3399", "-.", -30),
    )  # fmt: skip
    words = dict(zip(CELLS, WORDS, strict=True))
    for name, colour, dashes, off in lines:
        length = max(len(each[name].alive) for each in found.values())
        alive = np.zeros((len(found), length))
        for row, each in zip(alive, found.values(), strict=True):
            row[: len(each[name].alive)] = each[name].alive
        ticks = 100 * (CHANGE + 1 + np.arange(length))
        shown = ticks <= 9000
        axes.plot(ticks[shown], alive.mean(axis=0)[shown], color=colour, linestyle=dashes, linewidth=1.5)
        label = words[name].replace(", ", ",\n").replace(" and", "\nand")
        axes.text(9060, alive.mean(axis=0)[shown][-1] + off, label, color=colour, fontsize=8, va="center")
    axes.set_xlim(6000, 9000)
    axes.set_ylim(0, None)
    axes.set_xticks((6000, 7500, 9000), ("6,000", "7,500", "9,000"))
    axes.set_xlabel("tick")
    titled(axes, "How many live", "means over seeds; extinct: 0")


def draw_dose(axes: Axes, dial: str, curve: dict[float, list[Effect]]) -> None:
    """Draw children and utility by dose, means over seeds and every seed, and how many die out."""
    doses = list(curve)
    axes.axhline(1, color=FAINT_INK, linewidth=0.8)
    for key, _, colour, shape in DRAWN:
        seeds = np.array([[getattr(each, key) for each in some] for some in curve.values()])
        axes.plot(doses, seeds, color=colour, linewidth=0.6, alpha=0.35)
        axes.plot(doses, seeds.mean(axis=1), color=colour, marker=shape, markersize=4, linewidth=1.4)
    shipped = {**SHIPPED, SIDE: SIDES[2]}.get(dial)
    if shipped is not None:
        axes.axvline(shipped, color=RULE, linewidth=4, zorder=0)
    for number, (dose, some) in enumerate(curve.items()):
        died = sum(each.extinct < inf for each in some)
        if died:
            axes.text(
                dose,
                (0.033, 0.052)[number % 2],
                f"†{died}/{len(some)}",
                ha="center",
                va="bottom",
                fontsize=7,
                color=INK,
            )
    times_axis(axes, "y")
    axes.set_ylim(0.03, None)
    axes.set_xlabel(SHOWN[dial])


def draw(cells: Found, doses: Found) -> Figure:
    """Draw the figure."""
    with matplotlib.style.context(["default", STYLE]):
        figure = Figure(figsize=(WIDTH, 9.2), dpi=110, facecolor=PAPER)
        draw_cells(add_panel(figure, 2.5, 0.6, 4.1, 3.1), cells)
        draw_population(add_panel(figure, 7.65, 0.6, 1.9, 3.1), cells)
        told = curves(doses)
        for number, dial in enumerate(SHOWN):
            row, column = divmod(number, 3)
            axes = add_panel(figure, 0.6 + 3.45 * column, 4.75 + 2.3 * row, 2.85, 1.5)
            draw_dose(axes, dial, told[dial])
            if number == 0:
                note = "grey: as shipped; thin: seeds; †: seeds that die out"
                titled(axes, "One number of the modern world is turned", note)
    return figure


def main() -> None:
    """Draw the figure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("rows", type=Path, help="rows of benchmarks/contraception.py")
    parser.add_argument("doses", type=Path, help="rows of benchmarks/contraception_doses.py")
    parser.add_argument("figure", type=Path, help="the image to draw")
    arguments = parser.parse_args()
    draw(complete(CELLS, arguments.rows), complete(cases(), arguments.doses)).savefig(arguments.figure)


if __name__ == "__main__":
    main()
