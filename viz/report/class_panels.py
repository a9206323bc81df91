"""Panels of classes: their shares from generation to generation, in each environment."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import PercentFormatter

from evosim.alignment.class_names import OF_PLANNERS
from evosim.numerics.formatting import in_words, percent
from viz.answers.classes import are_classes_known, count_classified, stacked_shares
from viz.answers.objectives.minds import count_wanting
from viz.answers.reading import Reading, describe_selection
from viz.marks import EdgeLabel, draw_edge_labels, draw_heading, draw_time_axis, shorten, widen_point
from viz.palette import CLASS_STYLES, PAPER
from viz.report.panels import Panel, label_room, render_panel


def class_panels(reading: Reading, first: int) -> list[Panel]:
    """Draw class shares over generations, one panel for each environment, numbered from `first`."""
    known = [name for name in reading.environments if are_classes_known(reading, name)]
    whom = count_wanting(reading).whom
    right = label_room([_short(name) for name in OF_PLANNERS], " >99%")
    return [
        render_panel(
            first + number,
            f"Shares of {whom} of each class, in {in_words(name)}, over generations",
            lambda axes, name=name: class_chart(axes, reading, name),  # type: ignore[misc]
            right=right,
            xlabel="generation",
        )
        for number, name in enumerate(known)
    ]


def class_chart(axes: Axes, reading: Reading, environment: str) -> None:
    """Stack the class shares among planners, with the robustly aligned at the bottom."""
    x, heights = widen_point(reading.measured, stacked_shares(reading, environment))
    edges = np.vstack([np.zeros(len(x)), np.cumsum(heights, axis=0)])
    axes.set_ylim(0, 1)
    names = []
    for (name, kind), low, high in zip(CLASS_STYLES.items(), edges, edges[1:], strict=False):
        axes.fill_between(
            x, low, high, facecolor=kind.colour, edgecolor=PAPER, hatch=kind.hatch, linewidth=0.6, label=name
        )
        share = float(high[-1] - low[-1])
        if share > 0:
            words = f"{_short(name)} {percent(share)}"
            names.append(EdgeLabel(float(low[-1] + high[-1]) / 2, words, kind.colour, share == heights[:, -1].max()))
    draw_edge_labels(axes, names)
    axes.set_yticks([0, 0.5, 1])
    axes.yaxis.set_major_formatter(PercentFormatter(1.0))
    draw_time_axis(axes, reading.measured[-1], reading.scenario.evolution.schedule, named=True)
    count, wanting = count_classified(reading, environment), count_wanting(reading)
    of_whom = wanting.whom if count is None else f"{wanting.number} {wanting.whom}"
    if count is not None and count < wanting.number:
        of_whom = f"{count} of {of_whom}"
    note = f"share of {of_whom}; {describe_selection(reading, environment)}"
    draw_heading(axes, f"Classes · {shorten(environment)}", note)


def _short(name: str) -> str:
    """Abbreviate the name of a class for an edge label."""
    return {"suboptimality_aligned": "suboptimality", "capability_failure": "capab. failure"}.get(name, in_words(name))
