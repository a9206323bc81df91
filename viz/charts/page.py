"""What pages are made of: one size and style, wrapped text, panels placed in inches, a footer."""

import re
from collections.abc import Iterable, Sequence
from itertools import combinations, pairwise
from textwrap import wrap
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.textpath import TextToPath

from evosim.numerics.formatting import in_words
from evosim.storage.reader import Summary
from viz.letters import FAMILY, choose_fonts, with_fallbacks
from viz.marks import NORMAL, POINTS_PER_INCH, SMALL, shorten
from viz.palette import FAINT_INK, INK, PAPER

DPI = 144
MARGIN = 0.25  # inches
WIDTH = 10.67  # inches: 1536 pixels
EDGE = 0.62  # inches left of a panel, for its ticks
HEADING, FEET = 0.5, 0.5  # inches above a panel for its title, and below for its ticks
TITLE = FontProperties(family=FAMILY, weight="bold", size=16)
TITLE_LINES = 4  # at most
SENTENCE_ENDS, CLAUSE_ENDS = (".", "?", "!"), (",", ";", ":")
BOUND = "\N{NO-BREAK SPACE}"
SHORTEST = 0.3  # of the longest line of a title
ANSWER = FontProperties(family=FAMILY, size=10)
FOOTER = FontProperties(family=FAMILY, size=SMALL)
EDGE_LABEL = FontProperties(family=FAMILY, weight="bold", size=NORMAL)
FOOT_LINE = 0.16  # inches of a line above the footer
MOST_LINES_OF_NAMES = 12  # above the footer
STYLE: Any = {
    "font.family": [FAMILY],  # comes with matplotlib, so it is the same everywhere
    "font.size": 9,
    "text.usetex": False,
    "text.parse_math": False,  # a question may have dollars in it
    "text.color": INK,
    "axes.edgecolor": FAINT_INK,
    "axes.labelcolor": INK,
    "axes.labelsize": 9,
    "axes.linewidth": 0.8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "axes.unicode_minus": True,
    "xtick.color": FAINT_INK,
    "ytick.color": FAINT_INK,
    "xtick.labelsize": 8.5,
    "ytick.labelsize": 8.5,
    "hatch.linewidth": 0.5,
    "path.simplify": True,
    "savefig.dpi": "figure",
    "savefig.bbox": None,
    "svg.hashsalt": "evosim",
    "svg.fonttype": "path",
}


def title_height(question: list[str], found: list[str]) -> float:
    """Return the height of the question and the answer in inches."""
    return 0.3 + 0.3 * len(question) + 0.2 * len(found)


def make_page(question: list[str], found: list[str], footer: str, height: float) -> Figure:
    """Create a page with the question and its answer at the top, and the run's identity in the footer."""
    figure = Figure(figsize=(WIDTH, height), dpi=DPI, facecolor=PAPER)
    asked, said, at_foot = (choose_fonts(words).words for words in ("\n".join(question), "\n".join(found), footer))
    font = with_fallbacks(TITLE, asked)
    figure.suptitle(asked, x=MARGIN / WIDTH, y=1 - 0.2 / height, ha="left", va="top", fontproperties=font)
    below = 1 - (0.27 + 0.3 * len(question)) / height
    font = with_fallbacks(ANSWER, said)
    figure.text(MARGIN / WIDTH, below, said, va="top", fontproperties=font, linespacing=1.3)
    font = with_fallbacks(FOOTER, at_foot)
    figure.text(MARGIN / WIDTH, 0.1 / height, at_foot, color=FAINT_INK, fontproperties=font)
    return figure


def run_footer(run: Summary, *counts: str) -> str:
    """Return the words in the footer of the page of a run: which it is, and how much of it is shown."""
    parts = (
        in_words(run.name),
        f"seed {run.seed}",
        *counts,
        f"digest {run.digest[:8]}",
        f"evosim {run.versions['evosim']}",
    )
    return "  ·  ".join((*parts, "one run is one seed"))


def text_width(words: str, font: FontProperties) -> float:
    """Return the width of a line of text in inches."""
    found: float = TextToPath().get_text_width_height_descent(words, font, ismath=False)[0]
    return found / POINTS_PER_INCH


def label_width(names: Iterable[str], more: str) -> float:
    """Return the width in inches of the widest of some names at the edge of a panel, with `more` after each."""
    return max(
        (text_width(f"{shorten(name)}{more}", EDGE_LABEL) for name in names), default=text_width(more, EDGE_LABEL)
    )


def write_names(figure: Figure, lines: Sequence[str]) -> None:
    """Write the names that are shortened on a page, in full, above its footer."""
    height = figure.get_size_inches()[1]
    for number, line in enumerate(reversed(lines), 1):
        words = choose_fonts(line).words
        font = with_fallbacks(FOOTER, words)
        figure.text(MARGIN / WIDTH, (0.1 + FOOT_LINE * number) / height, words, color=FAINT_INK, fontproperties=font)


def wrap_lines(words: str, font: FontProperties, most: int) -> list[str]:
    """Break text into as few lines as the page width allows, at most `most`, of similar length.

    No line ends with the first word of a sentence.
    """
    words, measure = _bind_sentences(choose_fonts(words).words), TextToPath()
    font = with_fallbacks(font, words)
    best: list[str] = []
    for characters in range(200, 10, -1):
        lines = wrap(words, characters, max_lines=most, placeholder=" …")
        if best and (len(lines) > len(best) or " ".join(lines) != " ".join(best)):
            break
        widths = [measure.get_text_width_height_descent(line, font, ismath=False)[0] for line in lines]
        if max(widths, default=0) <= (WIDTH - 2 * MARGIN) * POINTS_PER_INCH:
            best = lines
    return [line.replace(BOUND, " ") for line in best]


def _bind_sentences(words: str) -> str:
    """Bind the first word of each sentence to its second, by a space at which no line is broken."""
    return re.sub(r"(?<=[.?!] )(\S+) (?=\S)", rf"\1{BOUND}", words)


def wrap_title(question: str) -> list[str]:
    """Break a question into as few lines as it needs, after a sentence or clause where all lines fit."""
    lines = wrap_lines(question, TITLE, TITLE_LINES)
    words = choose_fonts(question).words.split()
    if len(lines) < 2 or " ".join(lines) != " ".join(words):  # it is on one line, or shortened
        return lines
    ends = [at for at, word in enumerate(words[:-1], 1) if word.endswith(SENTENCE_ENDS + CLAUSE_ENDS)]
    candidates = [
        [" ".join(words[low:high]) for low, high in pairwise((0, *breaks, len(words)))]
        for breaks in combinations(ends, len(lines) - 1)
    ]

    def rank(broken: list[str]) -> tuple[int, int]:
        return sum(not line.endswith(SENTENCE_ENDS) for line in broken), max(map(len, broken))

    for broken in sorted(candidates, key=rank):
        even = SHORTEST * max(map(len, broken)) <= min(map(len, broken))
        if even and all(wrap_lines(line, TITLE, 1) == [line] for line in broken):
            return broken
    return lines


def add_panel(figure: Figure, left: float, top: float, width: float, height: float) -> Axes:
    """Add axes to the page, placed in inches from its top left corner."""
    tall = figure.get_size_inches()[1]
    return figure.add_axes((left / WIDTH, 1 - (top + height) / tall, width / WIDTH, height / tall))
