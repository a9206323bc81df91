"""The card of futures: what they have otherwise, what their curves are now, and whether they are saved."""

import pygame

from evosim.numerics.formatting import short_number
from viz.live.drawing.pen import NORMAL, SMALL, TINY, Pen
from viz.live.futures.view import FuturesView, draw_sample

LEAST, MOST = 0.19, 0.24  # of the card's width, of a column of values
FEW_RUNS, FEW_LINES, MANY_LINES = 4, 3, 4  # lines that heads of columns have above more than few runs, or above few


def draw_futures_card(
    pen: Pen, surface: pygame.Surface, box: pygame.Rect, view: FuturesView, title: str, last: str
) -> None:
    """Draw the card, with a `last` line about their files."""
    pen.card(surface, box)
    theme, pad = pen.theme, pen.px(10)
    wide = box.width - 2 * pad
    top = pen.paragraph(surface, title, (box.left + pad, box.top + pen.px(6)), wide, NORMAL, bold=True) + pen.px(2)
    charts, rows = view.standing()
    foot = box.bottom - pen.px(6) - pen.line(TINY)
    titles = [chart.title.lower() for chart in charts]
    longest = max((pen.width(word, TINY) for title in titles for word in title.split()), default=0) + pen.px(5)
    width = round(min(max(LEAST * wide, longest), MOST * wide))
    lefts = [box.right - pad - width * (len(charts) - i) for i in range(len(charts))]
    heads = [pen.wrap(title, width - pen.px(4), TINY) for title in titles]
    deep = min(max((len(lines) for lines in heads), default=0), FEW_LINES if len(rows) > FEW_RUNS else MANY_LINES)
    for left, lines in zip(lefts, heads, strict=True):
        for i, line in enumerate(lines[:deep]):
            place = (left + width, top + (deep - len(lines[:deep]) + i) * pen.line(TINY))
            pen.text(surface, line, place, TINY, theme.faint, anchor="topright", most=width)
    top += deep * pen.line(TINY)
    step = min(max((foot - top) // max(len(rows), 1), 1), pen.line(NORMAL))
    for row in rows:
        middle = top + step // 2
        left = box.left + pad + draw_sample(pen, surface, (box.left + pad, middle), row.look)
        tint = row.look.colour(pen)
        room = (lefts[0] if lefts else box.right - pad) - left - pen.px(4)
        name = pen.text(surface, row.name, (left, middle), SMALL, tint, bold=True, anchor="midleft", most=room)
        rest = room - name.width - pen.px(6)
        if rest > pen.px(24):
            pen.text(
                surface, row.words, (name.right + pen.px(6), middle), TINY, theme.faint, anchor="midleft", most=rest
            )
        for at, value in zip(lefts, row.values, strict=False):
            pen.text(surface, short_number(value, 3), (at + width, middle), SMALL, theme.ink, anchor="midright")
        top += step
    pen.text(surface, last, (box.left + pad, foot), TINY, theme.faint, most=wide)
