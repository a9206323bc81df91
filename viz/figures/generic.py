"""The figure of a run whose process has no page of its own: one chart for each number of table `generations`."""

import matplotlib.style
import numpy as np
from matplotlib.figure import Figure

from evosim.numerics.formatting import in_words
from evosim.simulation.runs import RunFile
from evosim.storage.columns import Column
from viz.charts.page import ANSWER, STYLE, make_page, title_height, wrap_lines, wrap_title
from viz.marks import SMALL, draw_heading

COLUMNS, MOST = 3, 18  # charts abreast, and in all
WIDE, TALL, GAP, LEFT = 2.6, 1.5, 0.75, 0.62  # inches


def generic_figure(run: RunFile) -> Figure:
    """Draw each number of table `generations` by step, one line for each combination of its other keys.

    Raises:
        ValueError: nothing is stored yet.
        RunFileError: the file can't be read.
    """
    with run.snapshot():
        frame, summary = run.frame("generations"), run.summary()
    steps = frame["generation"]
    if not len(steps):
        raise ValueError(f"{run.path}: no {run.process.unit.one} is stored yet, so there is nothing to draw")
    columns = run.tables()["generations"]
    keys = [column.name for column in columns[1:] if column.kind != "real" and _tells_rows_apart(frame, column.name)]
    shown = [column for column in columns if column.kind == "real"][:MOST]
    question = wrap_title(run.scenario.question or run.scenario.title)
    caption = wrap_lines(f"{summary.done} {run.process.unit.many}; one run is one seed: {run.seed}.", ANSWER, 2)
    header = title_height(question, caption)
    rows = max(1, -(-len(shown) // COLUMNS))
    with matplotlib.style.context(["default", STYLE]):
        footer = f"{in_words(run.scenario.name)}, seed {run.seed}"
        figure = make_page(question, caption, footer, header + rows * (TALL + GAP) + 0.65)
        width, height = figure.get_size_inches()
        for i, column in enumerate(shown):
            left, top = LEFT + (i % COLUMNS) * (WIDE + GAP), header + (i // COLUMNS) * (TALL + GAP) + 0.6
            axes = figure.add_axes((left / width, 1 - (top + TALL) / height, WIDE / width, TALL / height))
            _draw(axes, column, frame, keys)
            if i + COLUMNS >= len(shown):  # nothing below
                axes.set_xlabel(run.process.unit.one, fontsize=SMALL)
    return figure


def _tells_rows_apart(frame: dict[str, np.ndarray], name: str) -> bool:
    """Whether a column has several values in one step."""
    steps = frame["generation"]
    return any(len(np.unique(frame[name][steps == step])) > 1 for step in np.unique(steps)[:3])


def _draw(axes: "matplotlib.axes.Axes", column: Column, frame: dict[str, np.ndarray], keys: list[str]) -> None:
    groups = np.array(["  ".join(f"{key} {value}" for key, value in zip(keys, row, strict=True))
                       for row in zip(*(frame[key] for key in keys), strict=True)]
                      or [""] * len(frame["generation"]))  # fmt: skip
    for group in dict.fromkeys(groups.tolist()):
        here = groups == group
        axes.plot(frame["generation"][here], frame[column.name][here], label=group)
    draw_heading(axes, column.words, column.name)
    axes.set_ylabel(column.axis, fontsize=SMALL)
    if len(set(groups.tolist())) > 1:
        axes.legend(fontsize=SMALL, frameon=False)
