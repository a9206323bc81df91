"""The screen: renders all panels of a session.

A panel is rendered again only if its key, which covers everything that it depends on, has changed.
"""

from collections.abc import Callable
from itertools import accumulate
from typing import Any

import pygame

from evosim.simulation.resources import COMPILING_TIME
from viz.live.drawing.chart import draw_chart, minimum_height
from viz.live.drawing.pen import NORMAL, SMALL, Pen
from viz.live.futures.card import draw_futures_card
from viz.live.futures.view import FuturesView
from viz.live.panels.cloud import draw_cloud
from viz.live.panels.gauges import draw_gauges
from viz.live.panels.header import draw_header
from viz.live.panels.help_page import draw_help
from viz.live.panels.inspector import HitArea, draw_inspector, draw_sources, draw_words
from viz.live.panels.timeline import draw_timeline
from viz.live.scenes.hiding import QUESTION
from viz.live.wall.wall import choose_grid, draw_note
from viz.live.window.layout import CAPTION, PLOT, Boxes, lay_out_session, make_header, timeline_inner, wrap_caption
from viz.live.window.session import Session

CLOUD_GLIDES = 0.8  # seconds
WIDE = 230  # units, the least that a large plot is wide
BUTTON = 32  # units


def render(session: Session, surface: pygame.Surface) -> None:
    """Render a session."""
    pen, boxes = session.pen, lay_out_session(session)
    surface.fill(pen.theme.paper)
    pen.shortened.clear()
    header = make_header(session)
    _panel(session, surface, "header", boxes.top, (header,), lambda s, b: draw_header(pen, s, b, header))
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
    _caption(session, surface, boxes.caption)
    _in_full(session, surface)
    _message(session, surface, boxes.main)
    session.branching.draw(pen, surface)
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
    """Draw a panel, from its cache if the key is unchanged, and return the result of `paint`."""
    if box.width < 8 or box.height < 8:
        return None
    key = (*key, box.size, session.pen.theme.name, session.pen.scale)
    known = session.panels.get(name)
    if known is None or known[0] != key:
        picture = pygame.Surface(box.size)
        picture.fill(session.pen.theme.paper)
        before = len(session.pen.shortened)
        given = paint(picture, picture.get_rect())
        shortened = session.pen.shortened[before:]
        del session.pen.shortened[before:]
        session.panels[name] = known = (key, picture, given, shortened)
    surface.blit(known[1], box)
    session.pen.shortened += [each._replace(box=each.box.move(box.topleft)) for each in known[3]]
    return known[2]


def _in_full(session: Session, surface: pygame.Surface) -> None:
    """Draw the full text of a truncated line that is pointed at."""
    if session.hover is None:
        return
    for each in session.pen.shortened:
        if each.box.collidepoint(session.hover):
            draw_words(session.pen, surface, each.box.midbottom, [each.words])
            return


def _inside(session: Session, box: pygame.Rect) -> tuple[int, int] | None:
    return session.hover if session.hover is not None and box.collidepoint(session.hover) else None


def _local(session: Session, box: pygame.Rect) -> tuple[int, int] | None:
    """Return the mouse position relative to a box; None if it is outside."""
    point = _inside(session, box)
    return (point[0] - box.left, point[1] - box.top) if point is not None else None


def _waiting(session: Session, surface: pygame.Surface, box: pygame.Rect) -> None:
    """Draw what is being waited for: a first compilation takes a minute."""
    pen, words = session.pen, session.trouble
    if not words:
        words = f"Waiting for the first {session.unit}: {session.waited:.0f} s."
        if session.waited > 4.0:
            words += f" The first time on a machine everything is compiled, which takes {COMPILING_TIME}."
    question = QUESTION if session.view.hidden else session.scenario.question
    title = "This can't be shown" if session.trouble else question
    upper = pygame.Rect(box.left, box.top, box.width, round(box.height * 0.8))
    top = draw_note(pen, surface, upper, title, words) + pen.px(20)
    if not session.trouble:
        for line in () if session.view.hidden else session.kind.to_be_seen:
            place = (box.centerx, top)
            top = pen.paragraph(surface, line, place, box.width - pen.px(20), SMALL, pen.theme.faint, anchor="midtop")


def _side(session: Session, surface: pygame.Surface, boxes: Boxes) -> None:
    pen, view, kept = session.pen, session.view, session.view.retention()
    shown = session.needles
    if isinstance(view, FuturesView):
        title, last = session.branching.title, session.branching.of_files(is_film=pen.is_film)
        _panel(
            session, surface, "needles", boxes.needles, (repr(view.standing()), title, last),
            lambda s, b: draw_futures_card(pen, s, b, view, title, last),
        )  # fmt: skip
    else:
        _panel(
            session, surface, "needles", boxes.needles, (kept, round(shown[0], 3), round(shown[1], 3)),
            lambda s, b: draw_gauges(pen, s, b, kept, shown),
        )  # fmt: skip
    portrait = session.view.portrait
    reachable = session.view.reachable()
    scrolled = session.card.keep_in(pen, session.view, boxes.inspector)
    key = (id(portrait), portrait.where if portrait else "", frozenset(reachable), scrolled)
    spots: list[HitArea] = (
        _panel(
            session, surface, "inspector", boxes.inspector, key,
            lambda s, b: draw_inspector(pen, s, b, portrait, reachable, scrolled),
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
    """Draw the first plots stacked, or objective space."""
    assert session.seen is not None
    pen = session.pen
    if session.space:
        _space(session, surface, "cloud", box)
        return
    charts, gap = session.seen.charts, pen.px(6)
    needs = [max(pen.px(PLOT), minimum_height(pen, chart, box.width)) for chart in charts]
    count = sum(total <= box.height for total in accumulate(need + gap for need in needs))
    if not count:
        if box.height >= pen.px(40) and not pen.is_film:
            draw_note(pen, surface, box, "", "No room for plots here: P enlarges them.")
        return
    spare = (box.height - sum(needs[:count]) - gap * (count - 1)) // count
    top = box.top
    for i, chart in enumerate(charts[:count]):
        _chart(session, surface, f"plot {i}", pygame.Rect(box.left, top, box.width, needs[i] + spare), chart)
        top += needs[i] + spare + gap


def _chart(session: Session, surface: pygame.Surface, name: str, box: pygame.Rect, chart: Any) -> None:
    pen, now, hover = session.pen, round(session.view.now, 1), _local(session, box)

    def paint(picture: pygame.Surface, inner: pygame.Rect) -> None:
        pen.card(picture, inner)
        draw_chart(pen, picture, inner, chart, now, hover)

    _panel(session, surface, name, box, (id(chart), now, hover), paint)


def paginate_plots(session: Session, box: pygame.Rect) -> list[tuple[list[int], tuple[int, int]]]:
    """Split all plots, the last of which is objective space, into pages on which each has room.

    Return the indices of the plots of each page, and its numbers of rows and columns.
    """
    assert session.seen is not None
    pen, charts = session.pen, session.seen.charts
    gap, count = pen.px(8), len(charts) + 1
    for most in range(count, 0, -1):
        rows, columns = choose_grid(most, box.width, box.height, 1.7)
        wide, high = (box.width - gap * (columns - 1)) // columns, (box.height - gap * (rows - 1)) // rows
        needs = max([pen.px(PLOT), *(minimum_height(pen, chart, wide) for chart in charts)])
        if (high >= needs + pen.line(SMALL) and wide >= pen.px(WIDE)) or most == 1:
            return [(list(range(at, min(at + most, count))), (rows, columns)) for at in range(0, count, most)]
    return []


def _large_plots(session: Session, surface: pygame.Surface, box: pygame.Rect) -> None:
    """Draw enlarged plots in place of worlds, with the number of the page if there are several."""
    assert session.seen is not None
    pen, charts, pages = session.pen, session.seen.charts, paginate_plots(session, box)
    session.pages = len(pages)
    page = min(session.page, len(pages) - 1)
    shown, (rows, columns) = pages[page]
    foot = pen.line(SMALL) if len(pages) > 1 else 0
    if foot:
        turns, place = "" if pen.is_film else "; P turns the page", (box.centerx, box.bottom)
        words = f"plots, page {page + 1} of {len(pages)}{turns}"
        pen.text(surface, words, place, SMALL, pen.theme.accent, bold=True, anchor="midbottom", most=box.width)
    gap = pen.px(8)
    wide, high = (box.width - gap * (columns - 1)) // columns, (box.height - foot - gap * (rows - 1)) // rows
    for at, number in enumerate(shown):
        row, column = divmod(at, columns)
        place_of = pygame.Rect(box.left + column * (wide + gap), box.top + row * (high + gap), wide, high)
        if number < len(charts):
            _chart(session, surface, f"large {number}", place_of, charts[number])
        else:
            _space(session, surface, "large cloud", place_of)


def _space(session: Session, surface: pygame.Surface, name: str, box: pygame.Rect) -> None:
    """Draw objective space, interpolated from the previous generation."""
    pen = session.pen
    cloud, before, since = session.view.clouds()
    share = min(1.0, since / CLOUD_GLIDES)
    hover = _local(session, box)

    def paint(picture: pygame.Surface, inner: pygame.Rect) -> None:
        pen.card(picture, inner)
        if cloud is None:
            draw_note(
                pen,
                picture,
                inner,
                "",
                "There are no planners here, or all want the same: there is no objective space.",
            )
        else:
            draw_cloud(pen, picture, inner, cloud, before, share, hover)

    _panel(session, surface, name, box, (id(cloud), id(before), share, hover), paint)


def _caption(session: Session, surface: pygame.Surface, box: pygame.Rect) -> None:
    """Draw the caption of a film."""
    pen, top = session.pen, box.top
    for line in wrap_caption(pen, session.caption, session.size[0]) if box.height else []:
        pen.text(surface, line, (box.centerx, top), CAPTION, bold=True, anchor="midtop")
        top += pen.line(CAPTION)


def _foot(session: Session, surface: pygame.Surface, box: pygame.Rect) -> None:
    """Draw the clock and the timeline."""
    assert session.seen is not None
    pen, theme, seen = session.pen, session.pen.theme, session.seen
    inner = timeline_inner(pen, box)
    left = box.left
    beside = 0 if pen.is_film else pen.px(BUTTON)
    if not pen.is_film:
        _button(pen, surface, (left + pen.px(13), box.top + box.height / 2), playing=session.playing)
    first, _, second = session.view.clock().partition(" · ")
    rate = "" if pen.is_film else "the newest" if session.follow else f"{session.ticks:g} ticks/s"
    room = inner.left - left - beside - pen.px(8)
    place = (left + beside, box.top + pen.px(4))
    top = pen.paragraph(surface, first, place, room, NORMAL, bold=True)
    words = " · ".join(part for part in (second, rate) if part)
    pen.paragraph(surface, words, (place[0], top), room, SMALL, theme.faint)
    now = session.view.now
    hover = _local(session, inner)
    marks = [] if session.view.hidden else seen.marks
    key = (seen.standing, round(now, 2), hover, id(seen.marks), len(marks), len(seen.stored))
    last, total = seen.standing.done - 1, seen.standing.asked
    _panel(
        session, surface, "timeline", inner, key,
        lambda s, b: draw_timeline(
            pen, s, b, last, total, now, marks, seen.environments, seen.stored, hover,
            session.unit,
        ),
    )  # fmt: skip


def _button(pen: Pen, surface: pygame.Surface, centre: tuple[float, float], *, playing: bool) -> None:
    """Draw the action of a click: two bars to pause, a triangle to play."""
    r = pen.px(11)
    pygame.draw.aacircle(surface, pen.theme.accent, centre, r)
    x, y, ink = centre[0], centre[1], pen.theme.paper
    if not playing:
        points = [(x - r * 0.32, y - r * 0.5), (x - r * 0.32, y + r * 0.5), (x + r * 0.55, y)]
        pygame.draw.polygon(surface, ink, points)
        return
    for side in (-1, 1):
        left, top = round(x + side * r * 0.32 - r * 0.14), round(y - r * 0.45)
        pygame.draw.rect(surface, ink, pygame.Rect(left, top, round(r * 0.28), round(r * 0.9)))


def _message(session: Session, surface: pygame.Surface, box: pygame.Rect) -> None:
    """Draw the latest message, and any error."""
    pen = session.pen
    words = session.message if session.said_for > 0.0 else session.trouble if session.seen is not None else ""
    if not words:
        return
    lines = pen.wrap(words, box.width * 0.9, SMALL)
    draw_words(pen, surface, (box.centerx, box.bottom - pen.px(34)), lines, anchor="midbottom")
