"""The screen: where each panel of a session lies, and all of them drawn.

Panels that look as before are not drawn again; what a panel depends on is its key.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import pygame

from viz.live.drawing.chart import draw_chart
from viz.live.drawing.pen import LARGE, NORMAL, SMALL, Pen
from viz.live.panels.cloud import draw_cloud
from viz.live.panels.help_page import draw_help
from viz.live.panels.inspector import Spot, draw_inspector, draw_sources, draw_tip
from viz.live.panels.needles import draw_needles
from viz.live.panels.timeline import draw_timeline
from viz.live.wall.wall import draw_note, grid_of
from viz.live.window.session import RATES, Session

MARGIN, TOP, FOOT, SIDE, DIALS = 10, 46, 62, 344, 158  # units
NARROW, LOW = 720, 420  # units: without a side column, without dials
CLOUD_GLIDES = 0.8  # seconds
PLOT = 104  # units, the least that a plot is high


class Boxes(NamedTuple):
    """Where the panels lie; one that is not shown has no size."""

    top: pygame.Rect
    main: pygame.Rect
    needles: pygame.Rect
    inspector: pygame.Rect
    plots: pygame.Rect
    timeline: pygame.Rect


def boxes_for(session: Session) -> Boxes:
    """Lay the panels out."""
    return laid_out(session.size, session.pen, plots=not session.large_plots)


def laid_out(size: tuple[int, int], pen: Pen, *, plots: bool = True) -> Boxes:
    """Lay the panels out in a window of a size, with or without plots at the side."""
    m = pen.px(MARGIN)
    wide, high = size
    top = pygame.Rect(m, 0, max(wide - 2 * m, 1), pen.px(TOP))
    timeline = pygame.Rect(m, max(high - pen.px(FOOT), 0), max(wide - 2 * m, 1), pen.px(FOOT) - m // 2)
    between = max(timeline.top - top.bottom - m // 2, 1)
    side = 0 if wide < pen.px(NARROW) else min(pen.px(SIDE), round(wide * 0.36))
    main = pygame.Rect(m, top.bottom, max(wide - 2 * m - (side + m if side else 0), 1), between)
    left = main.right + m
    dials = pen.px(DIALS) if side and high >= pen.px(LOW) else 0
    needles = pygame.Rect(left, top.bottom, side, dials)
    below = needles.bottom + (m if dials else 0)
    rest = max(main.bottom - below, 0)
    room = min(max(pen.px(PLOT), round(rest * 0.4)), pen.px(330)) if side and rest > pen.px(300) and plots else 0
    inspector = pygame.Rect(left, below, side, max(rest - room - (m if room else 0), 0))
    return Boxes(top, main, needles, inspector, pygame.Rect(left, main.bottom - room, side, room), timeline)


def timeline_inner(pen: Pen, box: pygame.Rect) -> pygame.Rect:
    """Give the part of the foot that is the timeline; the rest is the clock."""
    clock = min(pen.px(250), box.width // 3)
    return pygame.Rect(box.left + clock, box.top, max(box.width - clock, 1), box.height)


def draw(session: Session, surface: pygame.Surface) -> None:
    """Draw all of a session."""
    pen, boxes = session.pen, boxes_for(session)
    surface.fill(pen.theme.paper)
    _top(session, surface, boxes.top)
    session.spots = []
    if session.seen is None:
        _waiting(session, surface, boxes.main.union(boxes.inspector))
    else:
        if session.large_plots:
            _large_plots(session, surface, boxes.main)
        else:
            before = surface.get_clip()
            surface.set_clip(boxes.main.inflate(pen.px(8), pen.px(4)))
            session.view.draw(pen, surface, boxes.main, _inside(session, boxes.main))
            surface.set_clip(before)
        _side(session, surface, boxes)
        _foot(session, surface, boxes.timeline)
    _message(session, surface, boxes.main)
    if session.help:
        draw_help(pen, surface)


def _panel(
    session: Session,
    surface: pygame.Surface,
    name: str,
    box: pygame.Rect,
    key: tuple[Any, ...],
    paint: Callable[[pygame.Surface, pygame.Rect], Any],
) -> Any:
    """Draw a panel, or what it was, if it would look the same; give what `paint` gave."""
    if box.width < 8 or box.height < 8:
        return None
    key = (*key, box.size, session.pen.theme.name, session.pen.scale)
    known = session.panels.get(name)
    if known is None or known[0] != key:
        picture = pygame.Surface(box.size)
        picture.fill(session.pen.theme.paper)
        given = paint(picture, picture.get_rect())
        session.panels[name] = known = (key, picture, given)
    surface.blit(known[1], box)
    return known[2]


def _inside(session: Session, box: pygame.Rect) -> tuple[int, int] | None:
    return session.hover if session.hover is not None and box.collidepoint(session.hover) else None


def _local(session: Session, box: pygame.Rect) -> tuple[int, int] | None:
    """Give the place pointed at, from the corner of a box, if it is inside."""
    point = _inside(session, box)
    return (point[0] - box.left, point[1] - box.top) if point is not None else None


def _top(session: Session, surface: pygame.Surface, box: pygame.Rect) -> None:
    """Name the scenario and its question; say how the run stands."""
    pen, scenario = session.pen, session.scenario
    at = pen.text(
        surface, scenario.title, (box.left, box.centery), LARGE, bold=True, anchor="midleft", most=box.width // 3
    )
    right = box.right
    for words, colour in _chips(session):
        chip = pen.chip(surface, words, (right, box.centery), colour, anchor="midright")
        right = chip.left - pen.px(6)
    room = right - at.right - pen.px(24)
    if room > pen.px(60):
        place = (at.right + pen.px(14), box.centery)
        pen.text(surface, scenario.question, place, NORMAL, pen.theme.faint, anchor="midleft", most=room)


def _chips(session: Session) -> list[tuple[str, tuple[int, int, int]]]:
    theme = session.pen.theme
    chips = [("? help", theme.rule)]
    if session.recording:
        chips.append(("● recording", theme.warning))
    kept = session.view.needles()
    if kept.moved:
        chips.append(("EXPERIMENT: the run is not altered", theme.warning))
    if session.seen is not None:
        standing = session.seen.standing
        unit = "interval" if session.shared else "generation"
        words = f"one run, seed {session.source.seed} · {standing.state}: {unit} {standing.done} of {standing.asked}"
        chips.append((words, theme.accent if standing.state == "running" else theme.rule))
    return chips


TO_BE_SEEN = {
    False: (
        "Left: agents in the worlds in which they are selected. Right: the same agents in others.",
        "A blue rim: it got what evolution counts. An orange rim: it went elsewhere.",
        "L looks through the lens of what they want, D moves everybody, ? lists all keys.",
    ),
    True: (
        "One world for all: nobody is scored, selection is birth and death.",
        "Wheel and drag look nearer; click an agent to see what it wants, and where it is going.",
        "L looks through the lens of what it wants, D changes the world, ? lists all keys.",
    ),
}


def _waiting(session: Session, surface: pygame.Surface, box: pygame.Rect) -> None:
    """Say what is waited for, and what there will be: where nothing is compiled yet, that takes a minute."""
    pen, words = session.pen, session.trouble
    if not words:
        words = f"Waiting for the first {'interval' if session.shared else 'generation'}: {session.waited:.0f} s."
        if session.waited > 4.0:
            words += " Once on each machine everything is compiled first, which takes about a minute."
    title = "This can't be shown" if session.trouble else session.scenario.question
    upper = pygame.Rect(box.left, box.top, box.width, round(box.height * 0.8))
    draw_note(pen, surface, upper, pen.cut(title, box.width * 0.9, LARGE, bold=True), words)
    if not session.trouble:
        top = upper.centery + pen.px(70)
        for i, line in enumerate(TO_BE_SEEN[session.shared]):
            place = (box.centerx, top + i * pen.line())
            pen.text(surface, line, place, SMALL, pen.theme.faint, anchor="midtop", most=box.width - pen.px(20))


def _side(session: Session, surface: pygame.Surface, boxes: Boxes) -> None:
    pen, kept = session.pen, session.view.needles()
    shown = session.needles
    _panel(
        session, surface, "needles", boxes.needles, (kept, round(shown[0], 3), round(shown[1], 3)),
        lambda s, b: draw_needles(pen, s, b, kept, shown),
    )  # fmt: skip
    portrait = session.view.portrait
    reachable = session.view.reachable()
    key = (id(portrait), portrait.where if portrait else "", frozenset(reachable))
    spots: list[Spot] = (
        _panel(
            session, surface, "inspector", boxes.inspector, key,
            lambda s, b: draw_inspector(pen, s, b, portrait, reachable),
        )
        or []
    )  # fmt: skip
    session.spots = [spot._replace(box=spot.box.move(boxes.inspector.topleft)) for spot in spots]
    if not session.large_plots:
        _plots(session, surface, boxes.plots)
    if session.hover is not None:
        for spot in session.spots:
            if spot.box.collidepoint(session.hover):
                draw_sources(pen, surface, spot)


def _plots(session: Session, surface: pygame.Surface, box: pygame.Rect) -> None:
    """Draw the first plots, one above the other; or objective space."""
    assert session.seen is not None
    pen = session.pen
    if session.space:
        _space(session, surface, "cloud", box)
        return
    charts = session.seen.charts
    count = max(1, min(len(charts), box.height // pen.px(PLOT)))
    if not charts or box.height < pen.px(60):
        return
    gap = pen.px(6)
    high = (box.height - gap * (count - 1)) // count
    for i, chart in enumerate(charts[:count]):
        _chart(session, surface, f"plot {i}", pygame.Rect(box.left, box.top + i * (high + gap), box.width, high), chart)


def _chart(session: Session, surface: pygame.Surface, name: str, box: pygame.Rect, chart: Any) -> None:
    pen, now, hover = session.pen, round(session.view.now, 1), _local(session, box)

    def paint(picture: pygame.Surface, inner: pygame.Rect) -> None:
        pen.card(picture, inner)
        draw_chart(pen, picture, inner, chart, now, hover)

    _panel(session, surface, name, box, (id(chart), now, hover), paint)


def _large_plots(session: Session, surface: pygame.Surface, box: pygame.Rect) -> None:
    """Draw all plots in the place of worlds."""
    assert session.seen is not None
    charts = session.seen.charts
    count = len(charts) + 1
    rows, columns = grid_of(count, box.width, box.height, 1.7)
    gap = session.pen.px(8)
    wide, high = (box.width - gap * (columns - 1)) // columns, (box.height - gap * (rows - 1)) // rows
    for at in range(count):
        row, column = divmod(at, columns)
        place = pygame.Rect(box.left + column * (wide + gap), box.top + row * (high + gap), wide, high)
        if at < len(charts):
            _chart(session, surface, f"large {at}", place, charts[at])
        else:
            _space(session, surface, "large cloud", place)


def _space(session: Session, surface: pygame.Surface, name: str, box: pygame.Rect) -> None:
    """Draw objective space, on its way from the generation before."""
    pen = session.pen
    cloud, before, since = session.view.clouds()
    share = min(1.0, since / CLOUD_GLIDES)
    hover = _local(session, box)

    def paint(picture: pygame.Surface, inner: pygame.Rect) -> None:
        pen.card(picture, inner)
        if cloud is None:
            draw_note(pen, picture, inner, "", "Nobody plans here, or all want the same: there is no objective space.")
        else:
            draw_cloud(pen, picture, inner, cloud, before, share, hover)

    _panel(session, surface, name, box, (id(cloud), id(before), share, hover), paint)


def _foot(session: Session, surface: pygame.Surface, box: pygame.Rect) -> None:
    """Draw the clock and the timeline."""
    assert session.seen is not None
    pen, theme, seen = session.pen, session.pen.theme, session.seen
    inner = timeline_inner(pen, box)
    left = box.left
    _button(pen, surface, (left + pen.px(13), box.top + box.height / 2), playing=session.playing)
    words = session.view.clock()
    first, _, second = words.partition(" · ")
    pen.text(
        surface, first, (left + pen.px(32), box.top + pen.px(8)), NORMAL, bold=True, most=inner.left - left - pen.px(40)
    )
    rate = "the newest" if session.follow else f"{RATES[session.rate]:g} ticks/s"
    words = f"{second} · {rate}" if second else rate
    place = (left + pen.px(32), box.top + pen.px(8) + pen.line())
    pen.text(surface, words, place, SMALL, theme.faint, most=inner.left - left - pen.px(40))
    now = session.view.now
    hover = _local(session, inner)
    key = (seen.standing, round(now, 2), hover, id(seen.marks), len(seen.stored))
    last, total = seen.standing.done - 1, seen.standing.asked
    _panel(
        session, surface, "timeline", inner, key,
        lambda s, b: draw_timeline(
            pen, s, b, last, total, now, seen.marks, seen.environments, seen.stored, hover,
            "interval" if session.shared else "generation",
        ),
    )  # fmt: skip


def _button(pen: Pen, surface: pygame.Surface, centre: tuple[float, float], *, playing: bool) -> None:
    """Draw whether time passes."""
    r = pen.px(11)
    pygame.draw.aacircle(surface, pen.theme.accent, centre, r)
    x, y, ink = centre[0], centre[1], pen.theme.paper
    if playing:
        points = [(x - r * 0.32, y - r * 0.5), (x - r * 0.32, y + r * 0.5), (x + r * 0.55, y)]
        pygame.draw.polygon(surface, ink, points)
    else:
        for side in (-1, 1):
            pygame.draw.rect(
                surface,
                ink,
                pygame.Rect(
                    round(x + side * r * 0.32 - r * 0.14), round(y - r * 0.45), round(r * 0.28), round(r * 0.9)
                ),
            )


def _message(session: Session, surface: pygame.Surface, box: pygame.Rect) -> None:
    """Show what was said last, and what is wrong."""
    pen = session.pen
    words = session.message if session.said_for > 0.0 else session.trouble if session.seen is not None else ""
    if not words:
        return
    words = pen.cut(words, box.width * 0.9, SMALL)
    place = pygame.Rect(0, 0, pen.width(words, SMALL) + pen.px(16), pen.line(SMALL) + pen.px(10))
    place.midbottom = (box.centerx, box.bottom - pen.px(34))
    draw_tip(pen, surface, place, [words])
