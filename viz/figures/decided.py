"""The figure of futures of several states: how much of the outcome is decided after each step."""

from collections.abc import Sequence
from typing import Any

import matplotlib.style
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from evosim.numerics.formatting import enumerated, percent_between
from evosim.sweeps.comparing.decided import Decided, decided_shares, futures_of_states
from evosim.sweeps.results import SweepResult
from evosim.sweeps.summary import ANECDOTE, SweepQuantity
from viz.charts.decided import decided_chart, futures_chart
from viz.charts.fitting import fit_labels
from viz.charts.page import ANSWER, EDGE, FEET, HEADING, STYLE, WIDTH, add_panel, make_page, title_height, wrap_lines
from viz.marks import draw_heading

TALL, GAP = 2.2, 0.4  # inches of a panel, and right of it
MOST_LINES, MOST_ROWS = 6, 4


def decided_figure(
    result: SweepResult, quantities: Sequence[SweepQuantity], frame: dict[str, Any], question: list[str], footer: str
) -> Figure:
    """Draw for each number how much of it is decided after each step, and beside it all futures of all states.

    Of a single run, of which nobody can say how much is decided, there are only the futures.

    Raises:
        RunFileError: a condition can't be read.
    """
    quantities = quantities[:MOST_ROWS]
    shares = {each.name: decided_shares(result, [each.name], frame) for each in quantities}
    found = wrap_lines(
        " ".join([describe_states(result), *(describe_decided(shares[each.name], each.title) for each in quantities)]),
        ANSWER,
        MOST_LINES,
    )
    header, row = title_height(question, found), HEADING + TALL + FEET + 0.1
    with matplotlib.style.context(["default", STYLE]):
        figure = make_page(question, found, footer, header + len(quantities) * row + 0.3)
        both = any(map(is_share_known, shares.values()))
        lefts, width = ((EDGE, WIDTH / 2 + EDGE), WIDTH / 2 - EDGE - GAP) if both else ((EDGE,), WIDTH - EDGE - GAP)
        for place, quantity in enumerate(quantities):
            top = header + place * row + HEADING
            panels = [add_panel(figure, left, top, width, TALL) for left in lefts]
            draw_decided(panels, result, quantity, shares[quantity.name], frame)
        fit_labels(figure)
    return figure


def draw_decided(
    panels: Sequence[Axes],
    result: SweepResult,
    quantity: SweepQuantity,
    shares: Sequence[Decided],
    frame: dict[str, Any],
) -> None:
    """Draw in two panels how much of a number is decided after each step, and all futures of all states; in one, these.

    Raises:
        RunFileError: a condition can't be read.
    """
    last = result.source.condition(1).scenario.evolution.generations - 1
    *lefts, right = panels
    for left in lefts:
        decided_chart(left, shares, last)
        draw_heading(left, f"Decided: {quantity.title}", "share of variance between states, 95% interval")
    futures_chart(right, futures_of_states(result, quantity.name, frame), last)
    draw_heading(right, f"At the end: {quantity.title}", f"{quantity.name}; each line a state, each dot a future of it")
    right.set_ylabel(quantity.scale)
    if quantity.is_share:
        right.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=None))
    for axes in panels:
        axes.set_xlabel(f"{result.unit} after which futures differ")


def is_share_known(shares: Sequence[Decided]) -> bool:
    """Whether it is known after some step how much of a number is decided: of a single run it never is."""
    return any(not np.isnan(each.found.share.middle) for each in shares)


def describe_states(result: SweepResult) -> str:
    """Describe how many states and futures there are, in a sentence or two."""
    states = len(result.source.axes[0].rows)
    runs = f"{states} runs" if states > 1 else f"{ANECDOTE.capitalize()}; several runs show how much is decided"
    changes = result.source.stored.changes
    what = f", which go on with {enumerated([*changes])}" if changes else ""
    said = f"{runs}; {len(result.source.stored.seeds)} futures of each state{what}."
    done = result.counts["complete"] + result.counts["extinct"]
    missing = len(result.states) - done
    return f"{said} {missing} of {len(result.states)} futures are not done." if missing else said


def describe_decided(found: Sequence[Decided], title: str) -> str:
    """Describe how much of a number is decided after each step, in a sentence; empty where that is not known."""
    known = [each for each in found if each.found.share.known]
    if not known:
        return ""
    shares = [percent_between(*each.found.share) for each in known]
    said = [f"{share} ({ends}) after {each.step}" for each, (share, ends) in zip(known, shares, strict=True)]
    return f"Of the variance of “{title}” {enumerated(said)} is decided."
