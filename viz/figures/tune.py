"""The figure of a search: how good the best trial so far was, and what winners come to with fresh seeds."""

from collections.abc import Sequence
from pathlib import Path

import matplotlib.style
import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from evosim.numerics.formatting import pluralize
from evosim.storage.export import atomic_path
from evosim.sweeps.tuning.samplers import METHODS
from evosim.sweeps.tuning.search import Search, best_of
from viz.charts.fitting import fit_labels
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
from viz.charts.sweeps import Dose, dose_chart, scale_alike
from viz.figures.figure import write_figure
from viz.marks import SMALL, draw_grid_lines, draw_heading
from viz.palette import ENVIRONMENTS
from viz.report.reproduce import scenario_as_toml

TALL, GAP = 2.4, 0.75  # inches
LABELS = {"tpe": "tree-structured Parzen estimator", "random": "random search", "halton": "quasi-random search"}


def save_search(found: Search, folder: Path) -> Sequence[Path]:
    """Save the figure of a search, and the best scenario as a file; return their paths.

    Raises:
        RunFileError: no winner has a value.
        OSError: a file can't be written.
    """
    picture, scenario = folder / "tune.png", folder / "best.toml"
    with atomic_path(scenario) as unfinished:
        unfinished.write_text(scenario_as_toml(best_of(found).scenario), encoding="utf-8")
    write_figure(search_figure(found), picture)
    return picture, scenario


def best_so_far(found: Search, method: str, objective: int) -> np.ndarray:
    """Return the best value of one objective up to each trial of a method `[T]`; NaN before the first that has one."""
    values = [
        np.nan if each.values is None else each.values[objective] for each in found.trials if each.method == method
    ]
    maximize = list(found.file.objectives.values())[objective] == "maximize"
    return (np.fmax if maximize else np.fmin).accumulate(np.array(values, np.float64))


def search_figure(found: Search) -> Figure:
    """Draw a search: for each objective the best so far of each method, and winners with fresh seeds."""
    file, first = found.file, found.winners[0].scenario
    title = wrap_title(file.question or f"What does tuning {first.name} come to?")
    seeds = pluralize(len(file.seeds), "seed")
    said = (
        f"{file.trials} trials of each method, each with {seeds}. Right: the winners and the scenario as it is, "
        f"measured again with {pluralize(len(file.fresh_seeds), 'fresh seed')}; each small dot is one."
    )
    caption = wrap_lines(said, ANSWER, 4)
    header = title_height(title, caption)
    rows = len(file.objectives)
    with matplotlib.style.context(["default", STYLE]):
        step = HEADING + TALL + FEET + 0.1
        (footer,) = wrap_lines(f"{first.name} over {', '.join(found.trials[0].point)}", FOOTER, 1)
        figure = make_page(title, caption, footer, header + rows * step + 0.3)
        width = WIDTH / 2 - EDGE - GAP
        for row, (name, direction) in enumerate(file.objectives.items()):
            top = header + row * step + HEADING
            left = add_panel(figure, EDGE, top, width, TALL)
            draw_heading(left, name, f"best so far ({direction}d)")
            for method, style in zip(METHODS, ENVIRONMENTS, strict=False):
                best = best_so_far(found, method, row)
                left.step(np.arange(1, len(best) + 1), best, where="post", color=style.colour, linestyle=style.dashes,
                          label=LABELS[method])  # fmt: skip
            left.legend(fontsize=SMALL, frameon=False, loc="best")
            left.set_xlabel("trial")
            left.xaxis.set_major_locator(MaxNLocator(6, integer=True))
            draw_grid_lines(left)
            right = add_panel(figure, WIDTH / 2 + EDGE, top, width, TALL)
            draw_heading(right, name, "fresh seeds")
            dose_chart(right, [Dose(each.label, each.fresh[row], each.seeds[row]) for each in found.winners])
            scale_alike([left, right])
        fit_labels(figure)
    return figure
