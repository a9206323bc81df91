"""The timeline: a run from its founders to its end, to be scrubbed, with marks for events."""

from collections.abc import Sequence

import pygame

from viz.live.drawing.pen import SMALL, TINY, Pen
from viz.live.drawing.theme import Colour, environment_colour, mix_colours
from viz.live.scenes.timeline_events import CHANGE, EXTINCT, FIRST, PARTING, PLANNERS, PSEUDO, TimelineEvent

LEGEND_MARK, LEGEND_GAP = 13, 12  # units: the mark of a line of the legend, and the gap after it
PAD = 8  # units, left and right of the bar
MARK_SHAPES = {
    CHANGE: "diamond", PARTING: "diamond", FIRST: "disc", PLANNERS: "disc", PSEUDO: "triangle", EXTINCT: "cross",
}  # fmt: skip
MARK_WORDS = {
    CHANGE: "another environment", PARTING: "here futures part", FIRST: "first planner", PLANNERS: "most plan",
    PSEUDO: "most planners pseudo-aligned", EXTINCT: "extinct",
}  # fmt: skip
REACH = 7  # units, in which a mark answers


def timeline_bar(pen: Pen, box: pygame.Rect) -> pygame.Rect:
    """Return the rectangle of the bar."""
    pad = pen.px(PAD)
    return pygame.Rect(box.left + pad, box.centery - pen.px(3), max(box.width - 2 * pad, 1), pen.px(8))


def position_on_bar(bar: pygame.Rect, generation: float, total: int) -> float:
    """Return the horizontal pixel coordinate of a generation."""
    return bar.left + bar.width * min(max(generation / max(total - 1, 1), 0.0), 1.0)


def generation_at(pen: Pen, box: pygame.Rect, x: int, last: int, total: int) -> int:
    """Return the generation at a horizontal pixel coordinate, at most the last one stored."""
    bar = timeline_bar(pen, box)
    return min(max(round((x - bar.left) / bar.width * max(total - 1, 1)), 0), max(last, 0))


def draw_timeline(
    pen: Pen,
    surface: pygame.Surface,
    box: pygame.Rect,
    last: int,
    total: int,
    now: float,
    marks: Sequence[TimelineEvent],
    environments: Sequence[tuple[float, str]],
    stored: Sequence[int],
    hover: tuple[int, int] | None,
    unit: str,
) -> None:
    """Draw the progress of the run, the current position, events, and the environment under selection."""
    theme, bar = pen.theme, timeline_bar(pen, box)
    pygame.draw.rect(surface, theme.rule, bar, border_radius=bar.height // 2)
    names = list(dict.fromkeys(name for _, name in environments))
    ends = [*(start for start, _ in environments[1:]), float(last)]
    free, most = 0.0, pen.width(f"{total - 1}", TINY)
    for (start, name), end in zip(environments, ends, strict=False):
        left, right = position_on_bar(bar, start, total), position_on_bar(bar, end, total)
        colour = (
            theme.accent
            if name == names[0]
            else mix_colours(environment_colour(names.index(name), theme), theme.paper, 0.1)
        )
        part = pygame.Rect(round(left), bar.top, max(round(right - left), 2), bar.height)
        pygame.draw.rect(surface, colour, part, border_radius=bar.height // 2)
        fits = left >= free and left + pen.width(name, TINY, bold=True) + pen.px(8) <= bar.right - most
        if len(names) > 1 and fits:  # who finds no room is read by pointing at the change
            free = pen.text(surface, name, (left, bar.bottom + pen.px(2)), TINY, colour, bold=True).right + pen.px(8)
    step = bar.width / max(total - 1, 1)
    if step * (stored[1] - stored[0] if len(stored) > 1 else 1) >= pen.px(3):
        for generation in stored:
            x = position_on_bar(bar, generation, total)
            pygame.draw.line(surface, theme.paper, (x, bar.centery - 1), (x, bar.centery + 1))
    for mark in marks:
        place = (position_on_bar(bar, mark.generation, total), bar.top - pen.px(7))
        pen.shape(surface, MARK_SHAPES[mark.kind], place, pen.px(4), mark_colour(pen, mark.kind))
    _draw_legend(pen, surface, bar, list(dict.fromkeys(mark.kind for mark in marks)), free, most)
    x = position_on_bar(bar, now, total)
    pygame.draw.line(surface, theme.ink, (x, bar.top - pen.px(4)), (x, bar.bottom + pen.px(4)), pen.px(2))
    pygame.draw.aacircle(surface, theme.ink, (x, bar.centery), pen.px(7))
    pygame.draw.aacircle(surface, theme.paper, (x, bar.centery), pen.px(3))
    pen.text(surface, f"{total - 1}", (bar.right, bar.bottom + pen.px(2)), TINY, theme.faint, anchor="topright")
    if hover is not None:
        _tip(pen, surface, box, hover, last, total, marks, unit)


def _draw_legend(
    pen: Pen, surface: pygame.Surface, bar: pygame.Rect, kinds: list[str], free: float, beside: int
) -> None:
    """Draw below the bar what its marks mean, if there is room between what stands there."""
    looks: dict[tuple[str, Colour], list[str]] = {}
    for kind in kinds:
        looks.setdefault((MARK_SHAPES[kind], mark_colour(pen, kind)), []).append(MARK_WORDS[kind])
    items = [(shape, colour, ", then ".join(words)) for (shape, colour), words in looks.items()]
    wide = sum(pen.px(LEGEND_MARK) + pen.width(words, TINY) + pen.px(LEGEND_GAP) for _, _, words in items)
    x, middle = bar.right - beside - wide, bar.bottom + pen.px(2) + pen.line(TINY) // 2
    if x < max(free, bar.left):
        return
    for shape, colour, words in items:
        pen.shape(surface, shape, (x + pen.px(4), middle), pen.px(3.5), colour)
        place = (x + pen.px(LEGEND_MARK), bar.bottom + pen.px(2))
        x = pen.text(surface, words, place, TINY, pen.theme.faint).right + pen.px(LEGEND_GAP)


def mark_colour(pen: Pen, kind: str) -> Colour:
    """Return the colour of a kind of event."""
    theme = pen.theme
    return {PSEUDO: theme.disagree, EXTINCT: theme.warning, CHANGE: theme.ink, PARTING: theme.ink}.get(
        kind, theme.wanted
    )


def _tip(
    pen: Pen, surface: pygame.Surface, box: pygame.Rect, hover: tuple[int, int], last: int, total: int,
    marks: Sequence[TimelineEvent], unit: str,
) -> None:  # fmt: skip
    bar = timeline_bar(pen, box)
    near = [mark for mark in marks if abs(position_on_bar(bar, mark.generation, total) - hover[0]) <= pen.px(REACH)]
    words = [mark.words for mark in near] or [f"{unit} {generation_at(pen, box, hover[0], last, total)}"]
    lines = [line for each in words for line in pen.wrap(each, box.width - pen.px(20), SMALL)]
    wide = max(pen.width(line, SMALL) for line in lines) + pen.px(14)
    tip = pygame.Rect(0, 0, wide, len(lines) * pen.line(SMALL) + pen.px(4))
    tip.midtop = (hover[0], box.top)
    tip.clamp_ip(box)
    pygame.draw.rect(surface, pen.theme.ink, tip, border_radius=pen.px(4))
    for i, line in enumerate(lines):
        place = (tip.left + pen.px(7), tip.top + pen.px(2) + i * pen.line(SMALL))
        pen.text(surface, line, place, SMALL, pen.theme.paper)
