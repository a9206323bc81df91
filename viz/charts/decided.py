"""Charts of futures of several states: what each comes to, and how much of the variance is decided when."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator, PercentFormatter

from evosim.sweeps.comparing.decided import Decided, StateFutures
from viz.marks import draw_grid_lines
from viz.palette import FAINT_INK, INK, PAPER

ROOM = 0.6  # of the distance between steps, for all states of one


def decided_chart(axes: Axes, found: Sequence[Decided], last: int) -> None:
    """Draw the share of variance that is decided after each step, with its interval."""
    known = [each for each in found if not np.isnan(each.found.share.middle)]
    steps, shares = [each.step for each in known], [each.found.share for each in known]
    axes.plot(steps, [share.middle for share in shares], color=INK, linewidth=1.2, zorder=3)
    for step, share in zip(steps, shares, strict=True):
        if share.known:
            axes.plot([step, step], [share.low, share.high], color=INK, linewidth=2.2, solid_capstyle="butt", zorder=3)
    axes.scatter(steps, [share.middle for share in shares], s=34, color=INK, edgecolor=PAPER, linewidth=1, zorder=4)
    axes.set_ylim(-0.04, 1.04)
    axes.set_yticks([0, 0.5, 1])
    axes.yaxis.set_major_formatter(PercentFormatter(1.0))
    _draw_steps(axes, [each.step for each in found], last)


def futures_chart(axes: Axes, states: Sequence[StateFutures], last: int) -> None:
    """Draw the futures of each state as dots on a line of its own; states stand side by side, by their mean."""
    steps = sorted({state.step for state in states})
    room = ROOM * min([*np.diff([*steps, last]), last or 1])
    for step in steps:
        here = [state.values[~np.isnan(state.values)] for state in states if state.step == step]
        here = sorted((values for values in here if len(values)), key=lambda values: float(values.mean()))
        places = step + room * (np.arange(len(here)) / max(1, len(here) - 1) if len(here) > 1 else np.zeros(1))
        for place, values in zip(places, here, strict=False):
            axes.plot([place, place], [values.min(), values.max()], color=FAINT_INK, linewidth=0.8, zorder=2)
            axes.scatter(np.full(len(values), place), values, s=6, color=FAINT_INK, linewidth=0, zorder=3)
            axes.scatter([place], [values.mean()], s=16, marker="_", color=INK, linewidth=1.4, zorder=4)
    _draw_steps(axes, steps, last)


def _draw_steps(axes: Axes, steps: Sequence[int], last: int) -> None:
    """Set up the horizontal axis up to the last step, at which all is decided."""
    axes.set_xlim(-0.03 * max(last, 1), last)
    if len(steps) <= 8:
        axes.set_xticks([*steps])
    else:
        axes.xaxis.set_major_locator(MaxNLocator(6, integer=True))
    draw_grid_lines(axes)
