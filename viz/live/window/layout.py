"""The layout: the rectangle of each panel. It depends on a few properties of a session only."""

from typing import Any, NamedTuple, Protocol

import pygame

from evosim.scenario import Scenario
from viz.live.drawing.pen import LARGE, Pen
from viz.live.futures.view import FuturesView
from viz.live.panels.header import LEAST, Header, header_height
from viz.live.scenes.hiding import QUESTION
from viz.live.scenes.sources import Source
from viz.live.window.card import CardScroll
from viz.live.worker.reader import RunView
from viz.live.worker.view import View

MARGIN, FOOT, SIDE, DIALS = 10, 62, 344, 186  # units
NARROW, LOW = 720, 420  # units: without a side column, without dials
PLOT = 96  # units, the least that a plot is high
CLOCK = 250  # units: the button and the clock
CAPTION = 1.2 * LARGE  # units of type
SCALES = (0.75, 1.0, 1.25, 1.5, 1.75, 2.0, 2.5, 3.0)
ROOM = (640, 400)  # units, the least that a window has: in a smaller one all is drawn smaller


def fit_scale_to(scale: float, size: tuple[int, int]) -> float:
    """Return the requested scale, or the largest at which everything fits a window of `size` pixels."""
    return max(min(scale, size[0] / ROOM[0], size[1] / ROOM[1]), min(scale, SCALES[0]))


class LayoutInput(Protocol):
    """The properties of a session that its layout depends on."""

    source: Source
    scenario: Scenario
    unit: str  # what a step of the run is called
    size: tuple[int, int]
    pen: Pen
    view: View
    card: CardScroll
    seen: RunView | None
    large_plots: bool
    recording: bool
    captions: tuple[str, ...]  # of a film
    header: tuple[Any, int] | None  # what the header says and where, and its height: remembered here

    @property
    def about(self) -> str:
        """What is shown, in a few words."""


class Boxes(NamedTuple):
    """The rectangles of the panels; a hidden one has no size."""

    top: pygame.Rect
    main: pygame.Rect
    needles: pygame.Rect
    inspector: pygame.Rect
    plots: pygame.Rect
    timeline: pygame.Rect
    caption: pygame.Rect = pygame.Rect(0, 0, 0, 0)


def lay_out_session(session: LayoutInput) -> Boxes:
    """Return the layout of a session."""
    pen, wide = session.pen, session.size[0]
    key = (make_header(session), wide, pen.scale)
    if session.header is None or session.header[0] != key:
        session.header = (key, header_height(pen, key[0], max(wide - 2 * pen.px(MARGIN), 1)))
    top = session.header[1]
    strip = caption_height(pen, session.captions, wide)
    above = (wide, max(session.size[1] - strip, 1))
    plots, beside = not session.large_plots, not session.view.fills
    nobody = session.view.portrait is None and (pen.is_film or isinstance(session.view, FuturesView))
    boxes = lay_out_panels(above, pen, plots=plots, top=top, beside=beside, nobody=nobody)
    card = session.card.height(pen, session.view, boxes.inspector.width) if beside else 0
    if card > boxes.inspector.height and beside:
        boxes = lay_out_panels(above, pen, plots=plots, top=top, card=card)
    if not strip:
        return boxes
    caption = pygame.Rect(boxes.timeline.left, boxes.timeline.top, boxes.timeline.width, strip)
    return boxes._replace(caption=caption, timeline=boxes.timeline.move(0, strip))


def caption_height(pen: Pen, captions: tuple[str, ...], wide: int) -> int:
    """Return the height in pixels of the tallest caption in a window of a width, 0 without any."""
    most = max((len(wrap_caption(pen, words, wide)) for words in captions), default=0)
    return most * pen.line(CAPTION) + pen.px(6) if most else 0


def wrap_caption(pen: Pen, words: str, wide: int) -> list[str]:
    """Return the lines of a caption in a window of a width in pixels."""
    return pen.wrap(words, max(wide - 4 * pen.px(MARGIN), 1), CAPTION, bold=True)


def lay_out_panels(
    size: tuple[int, int], pen: Pen, *, plots: bool = True, top: int | None = None, card: int = 0, beside: bool = True,
    nobody: bool = False,
) -> Boxes:  # fmt: skip
    """Return the layout for a window of `size` pixels, with or without plots at the side, or anything `beside` it.

    `top` is the height of the header and `card` that of the inspector's card; plots make room for it, and take all
    room where there is `nobody` to inspect.
    """
    m = pen.px(MARGIN)
    wide, high = size
    above = pygame.Rect(m, 0, max(wide - 2 * m, 1), pen.px(LEAST) if top is None else top)
    timeline = pygame.Rect(m, max(high - pen.px(FOOT), 0), max(wide - 2 * m, 1), pen.px(FOOT) - m // 2)
    between = max(timeline.top - above.bottom - m // 2, 1)
    side = 0 if wide < pen.px(NARROW) or not beside else min(pen.px(SIDE), round(wide * 0.36))
    main = pygame.Rect(m, above.bottom, max(wide - 2 * m - (side + m if side else 0), 1), between)
    left = main.right + m
    dials = pen.px(DIALS) if side and high >= pen.px(LOW) else 0
    needles = pygame.Rect(left, above.bottom, side, dials)
    below = needles.bottom + (m if dials else 0)
    rest = max(main.bottom - below, 0)
    room = min(max(pen.px(PLOT), round(rest * 0.45)), pen.px(330)) if side and rest > pen.px(300) and plots else 0
    if card > rest - room - m:
        room = rest - m - card if rest - m - card >= pen.px(PLOT) and room else 0
    if nobody and plots and side:
        room = rest
    inspector = pygame.Rect(left, below, side, max(rest - room - (m if room else 0), 0))
    return Boxes(above, main, needles, inspector, pygame.Rect(left, main.bottom - room, side, room), timeline)


def timeline_inner(pen: Pen, box: pygame.Rect) -> pygame.Rect:
    """Return the timeline's part of the footer; the rest holds the button and the clock."""
    clock = min(pen.px(CLOCK), round(box.width * 0.45))
    return pygame.Rect(box.left + clock, box.top, max(box.width - clock, 1), box.height)


def make_header(session: LayoutInput) -> Header:
    """Return the header: scenario, question and state of the run."""
    standing, running = "", False
    if session.seen is not None:
        now = session.seen.standing
        standing = f"{session.about} · {now.state}: {session.unit} {now.done} of {now.asked}"
        running = now.state == "running"
    scenario, moved = session.scenario, session.view.retention().moved
    if session.view.hidden:
        return Header(QUESTION, "", standing, running, moved, session.recording)
    return Header(scenario.title, scenario.question, standing, running, moved, session.recording)
