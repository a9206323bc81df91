"""The figure of a phylogeny, of any program: how many live over time, by the root that they descend from.

save_phylogeny_figure("lineage.csv", "lineage.png")
"""

from pathlib import Path

import matplotlib.style
import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from evosim.numerics.formatting import number, percent
from evosim.storage.phylogeny import Phylogeny, read_phylogeny
from viz.charts.fitting import fit_labels
from viz.charts.page import ANSWER, EDGE, FEET, HEADING, STYLE, WIDTH, add_panel, make_page, title_height, wrap_lines
from viz.figures.figure import check_picture, write_figure
from viz.marks import EdgeLabel, draw_edge_labels, draw_grid_lines, draw_heading
from viz.palette import NO_ENTRY, OBJECTS, PAPER

TALL, NAMES = 3.2, 1.7  # inches of the chart, and right of it
TIMES = 400
MOST_FAMILIES = 6


def save_phylogeny_figure(source: str | Path, path: str | Path) -> Path:
    """Save the figure of a phylogeny in the ALife data standard as .png, .svg or .pdf.

    Raises:
        ValueError: another suffix, or no time of birth is said.
        PhylogenyError: the table is not a phylogeny.
        OSError: a file can't be read or written.
    """
    path = Path(path)
    check_picture(path)
    write_figure(phylogeny_figure(read_phylogeny(source), Path(source).name), path)
    return path


def phylogeny_figure(tree: Phylogeny, name: str) -> Figure:
    """Draw how many live over time, by the root that they descend from along first ancestors.

    Raises:
        ValueError: no time of birth is said.
    """
    born = tree.born[~np.isnan(tree.born)]
    if not born.size:
        raise ValueError(f"{name}: no origin_time is said, so there is nothing to draw over time")
    ended = tree.died[np.isfinite(tree.died)]
    end = float(max([born.max(), *([ended.max()] if ended.size else [])]))
    times = np.linspace(born.min(), max(end, born.min() + 1.0), TIMES)
    living = tree.living(times)
    order = sorted(living, key=lambda root: (-living[root][-1], -living[root].sum(), root))
    shown = order[:MOST_FAMILIES]
    bands = {f"of {root}": living[root] for root in shown}
    if others := order[MOST_FAMILIES:]:
        bands[f"{len(others):,} others"] = np.sum([living[root] for root in others], axis=0)
    found = wrap_lines(_sentence(tree), ANSWER, 3)
    header = title_height([name], found)
    with matplotlib.style.context(["default", STYLE]):
        figure = make_page([name], found, "lines are followed from first ancestor to first ancestor",
                           header + HEADING + TALL + FEET + 0.3)  # fmt: skip
        axes = add_panel(figure, EDGE, header + HEADING, WIDTH - EDGE - NAMES, TALL)
        floor, total, names = np.zeros(TIMES), np.sum(list(bands.values()), axis=0), []
        for place, (label, counts) in enumerate(bands.items()):
            area = OBJECTS[place] if place < min(len(OBJECTS), len(shown)) else NO_ENTRY
            axes.fill_between(times, floor, floor + counts, facecolor=area.colour, edgecolor=PAPER, hatch=area.hatch,
                              linewidth=0.5, label=label)  # fmt: skip
            share = counts[-1] / total[-1] if total[-1] else 0.0
            if counts[-1]:
                names.append(EdgeLabel(float(floor[-1] + counts[-1] / 2), f"{label} {percent(share)}", area.colour))
            floor = floor + counts
        axes.set_xlim(times[0], times[-1])
        axes.set_ylim(0, 1.05 * max(1.0, float(total.max())))
        axes.yaxis.set_major_locator(MaxNLocator(5, integer=True))
        axes.set_xlabel("time")
        draw_grid_lines(axes)
        draw_edge_labels(axes, names)
        who = "Alive" if tree.says_deaths else "Born until then"
        draw_heading(axes, f"{who}, by the root they descend from", "the largest families at the end; grey: all others")
        fit_labels(figure)
    return figure


def _sentence(tree: Phylogeny) -> str:
    """Return what a phylogeny comes to, in sentences."""
    found = tree.statistics()
    common = "They have no common ancestor in the table."
    if found["common_ancestor"] is not None:
        since = found["common_ancestor_born"]
        when = "" if since is None else f", born at {number(since)}"
        common = f"Their last common ancestor is {found['common_ancestor']}{when}."
    depth = f"at most {found['most_depth']:,} generations deep"
    whole = f"{found['individuals']:,} individuals of {found['roots']:,} roots, {depth}."
    if not tree.says_deaths:
        return f"{whole} No destruction_time is said, so nobody is known to have died."
    if not found["alive"]:
        return f"{whole} Nobody is alive at the end."
    return f"{whole} {found['alive']:,} are alive, of {found['families']:,} families. {common}"
