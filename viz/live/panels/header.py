"""The header: the scenario, its question and the state of the run, in as many lines as they need."""

from typing import NamedTuple

import pygame

from viz.live.drawing.flow import GAP as SPACE
from viz.live.drawing.flow import Item, draw_flow, measure_height, measure_item
from viz.live.drawing.pen import LARGE, NORMAL, SMALL, Pen
from viz.live.drawing.theme import Colour

LEAST, GAP, ROW = 46, 14, 24  # units: the height of one line; between parts; a line of chips
EXPERIMENT, RECORDING, HELP = "EXPERIMENT: the run is not altered", "● recording", "? help"


class Header(NamedTuple):
    """The content of the header."""

    title: str
    question: str
    standing: str  # how far the run has come
    running: bool
    experiment: bool
    recording: bool


def list_chips(pen: Pen, header: Header) -> list[Item]:
    """Return the chips from left to right."""
    theme = pen.theme

    def chip(words: str, colour: Colour) -> Item:
        return Item(words, SMALL, theme.ink, bold=True, chip=True, tint=colour)

    return [
        *([chip(header.standing, theme.accent if header.running else theme.rule)] if header.standing else []),
        *([chip(EXPERIMENT, theme.warning)] if header.experiment else []),
        *([chip(RECORDING, theme.warning)] if header.recording else []),
        *([] if pen.is_film else [chip(HELP, theme.rule)]),
    ]


def _room(pen: Pen, header: Header) -> int:
    """Return the width in pixels of all chips side by side."""
    chips = list_chips(pen, header)
    return sum(measure_item(pen, chip) for chip in chips) + pen.px(SPACE) * (len(chips) - 1)


def header_height(pen: Pen, header: Header, width: int) -> int:
    """Return the height in pixels, which doesn't depend on whether there is an experiment, so that nothing jumps."""
    return max(_drawn(pen, None, header._replace(experiment=on), width) for on in (False, True))


def draw_header(pen: Pen, surface: pygame.Surface, box: pygame.Rect, header: Header) -> None:
    """Draw the title, the chips at its right where there is room, and the question beside or below."""
    _drawn(pen, surface.subsurface(box.clip(surface.get_rect())), header, box.width)


def _drawn(pen: Pen, surface: pygame.Surface | None, header: Header, width: int) -> int:
    """Draw the header if a surface is given, and return its height in pixels."""
    target = surface or pygame.Surface((1, 1))
    chips = list_chips(pen, header)
    wide = _room(pen, header)
    title = pen.width(header.title, LARGE, bold=True)
    beside = title + pen.px(GAP) + wide <= width
    top, left = pen.px(10), 0
    if beside:
        middle, right = pen.px(LEAST) // 2, width - wide
        pen.text(target, header.title, (0, middle), LARGE, bold=True, anchor="midleft")
        draw_flow(pen, target, pygame.Rect(right, middle - pen.px(ROW) // 2, wide, pen.px(ROW)), chips, ROW)
        left = title + pen.px(GAP)
        if left + pen.width(header.question, NORMAL) + pen.px(GAP) <= right:
            pen.text(target, header.question, (left, middle), NORMAL, pen.theme.faint, anchor="midleft")
            return pen.px(LEAST)
        top = pen.px(LEAST) - pen.px(8)
    else:
        top = pen.paragraph(target, header.title, (0, top), width, LARGE, bold=True) + pen.px(2)
        rows = measure_height(pen, chips, width, ROW)
        draw_flow(pen, target, pygame.Rect(0, top, width, rows), chips, ROW)
        top += rows
    return pen.paragraph(target, header.question, (0, top), width, SMALL, pen.theme.faint) + pen.px(8)
