"""A program or a network beside its thoughts: its parts, those that are its objective, and a slider."""

import pygame

from viz.live.drawing.pen import NORMAL, SMALL, TINY, Pen, choose_ink
from viz.live.pair.pair import Pair
from viz.live.pair.parts import OF_PROGRAMS, RUNS, CodeLine

WIDEST, SHARE, LEAST = 330, 0.28, 170  # units, of the window's width, units
PAD, TRACK, KNOB = 12, 6, 8  # units
TYPE = ((15.0, True), (NORMAL, True), (NORMAL, False), (SMALL, False), (TINY, False))  # sizes; with what it means
MARKED = "marked: its objective; without it, it wants otherwise"
KEYS = "K and Shift+K, or drag: let it think more or less"


def code_width(pen: Pen, box: pygame.Rect, pair: Pair) -> int:
    """Return the width of the program's panel in pixels."""
    return max(min(pen.px(WIDEST), round(SHARE * box.width)), pen.px(LEAST))


def slider_box(pen: Pen, box: pygame.Rect) -> pygame.Rect:
    """Return the track of the slider, at the panel's end."""
    inner = box.inflate(-2 * pen.px(PAD), -2 * pen.px(PAD))
    foot = 0 if pen.is_film else len(pen.wrap(KEYS, inner.width, TINY)) * pen.line(TINY)
    place = pygame.Rect(inner.left + pen.px(KNOB), 0, max(inner.width - 2 * pen.px(KNOB), 1), pen.px(TRACK))
    place.bottom = inner.bottom - foot - pen.px(KNOB)
    return place


def draw_code(pen: Pen, surface: pygame.Surface, box: pygame.Rect, pair: Pair, thought: int, most: int) -> None:
    """Draw a program or a network, and on a slider how often it has been run by now."""
    theme = pen.theme
    pen.card(surface, box)
    inner, slider = box.inflate(-2 * pen.px(PAD), -2 * pen.px(PAD)), slider_box(pen, box)
    runs = "once" if pair.thoughts == 1 else f"{pair.thoughts} times"
    title = f"Every cell of its map {RUNS.get(pair.kind, OF_PROGRAMS).does}, {runs}:"
    top = pen.paragraph(surface, title, inner.topleft, inner.width, NORMAL, bold=True) + pen.px(4)
    end = slider.top - pen.px(KNOB) - 2 * pen.line(SMALL) - pen.px(6)
    before = surface.get_clip()
    surface.set_clip(pygame.Rect(box.left, box.top, box.width, max(end - box.top, 1)).clip(before))
    words = pen.wrap(MARKED, inner.width, TINY) if any(line.marked for line in pair.code) else []
    room = end - top - pen.px(2) - len(words) * pen.line(TINY)
    size, full = next((each for each in TYPE if _height(pen, inner, pair, *each) <= room), TYPE[-1])
    for line in pair.code:
        top += _line(pen, surface, inner, top, line, size, meaning=full)
    if words:
        pen.paragraph(surface, MARKED, (inner.left, top + pen.px(2)), inner.width, TINY, theme.wanted, bold=True)
    surface.set_clip(before)
    _draw_slider(pen, surface, inner, slider, pair, thought, most)


def _height(pen: Pen, inner: pygame.Rect, pair: Pair, size: float, meaning: bool) -> int:
    """Return the height in pixels of all lines in type of a size, with or without what they mean."""
    return sum(_line(pen, None, inner, 0, line, size, meaning=meaning) for line in pair.code)


def _line(
    pen: Pen, surface: pygame.Surface | None, inner: pygame.Rect, top: int, line: CodeLine, size: float, *,
    meaning: bool,
) -> int:  # fmt: skip
    """Draw a line, if a surface is given, with its meaning below if that is asked for; return its height."""
    theme, x, high = pen.theme, inner.left, pen.line(size)
    for at, word in enumerate(line.words):
        wide = pen.width(word, size, bold=True)
        if surface is not None:
            if at in line.marked:
                ground = pygame.Rect(x - pen.px(4), top - pen.px(1), wide + pen.px(8), high)
                pygame.draw.rect(surface, theme.wanted, ground, border_radius=pen.px(4))
            ink = choose_ink(theme.wanted) if at in line.marked else theme.faint if at in (1, 2) else theme.ink
            pen.text(surface, word, (x, top), size, ink, bold=at != 1)
        x += wide + pen.px(8)
    if not meaning:
        return high
    left, width = inner.left + pen.px(14), inner.width - pen.px(14)
    if surface is not None:
        pen.paragraph(surface, line.meaning, (left, top + high), width, TINY, theme.faint)
    return high + len(pen.wrap(line.meaning, width, TINY)) * pen.line(TINY) + pen.px(2)


def _draw_slider(
    pen: Pen, surface: pygame.Surface, inner: pygame.Rect, slider: pygame.Rect, pair: Pair, thought: int, most: int
) -> None:
    """Draw how many thoughts have been thought, how many there will be, and how many the agent has itself.

    In a film, where nobody can slide it, it is a bar that all its thoughts fill.
    """
    theme = pen.theme
    most = pair.thoughts if pen.is_film else most
    label = f"thought {thought} of {pair.thoughts}"
    own = "" if pair.thoughts == pair.own_thoughts else f" (its own number: {pair.own_thoughts})"
    above = slider.top - pen.px(KNOB) - pen.line(SMALL)
    pen.text(surface, label + own, (inner.left, above), SMALL, bold=True, most=inner.width)

    def at(number: int) -> float:
        return slider.left + slider.width * number / max(most, 1)

    pygame.draw.rect(surface, theme.rule, slider, border_radius=slider.height // 2)
    done = pygame.Rect(slider.left, slider.top, max(round(at(thought)) - slider.left, 1), slider.height)
    pygame.draw.rect(surface, theme.wanted, done, border_radius=slider.height // 2)
    if pen.is_film:
        return
    x = at(pair.own_thoughts)
    pygame.draw.line(surface, theme.faint, (x, slider.top - pen.px(5)), (x, slider.bottom + pen.px(5)), pen.px(2))
    pygame.draw.aacircle(surface, theme.ink, (at(pair.thoughts), slider.centery), pen.px(KNOB))
    pygame.draw.aacircle(surface, theme.paper, (at(pair.thoughts), slider.centery), pen.px(KNOB - 4))
    foot = slider.bottom + pen.px(KNOB)
    pen.paragraph(surface, KEYS, (inner.left, foot), inner.width, TINY, theme.faint)
