"""Pictures of the pair: two worlds with their captions, what things are worth below, and a program beside them."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

import numpy as np
import pygame

from evosim.gridworld.sampling import WALL
from evosim.numerics.formatting import in_words, signed_number
from viz.live.drawing.flow import Item, draw_flow, measure_height
from viz.live.drawing.pen import LARGE, NORMAL, SMALL, Pen
from viz.live.drawing.theme import mix_colours, object_shape
from viz.live.pair.code import code_width, draw_code, slider_box
from viz.live.pair.pair import Pair, Side, last_move
from viz.live.pair.thoughts import thought_map
from viz.live.scenes.scene import Scene, WorldState
from viz.live.wall.grid_picture import NOTHING_YET, GridFrame, draw_things, fate_at, fate_colour, fit_grid, object_tint
from viz.live.wall.wall import GroundCache, Half, WallOptions, draw_world

GAP, ROW = 14, 19  # units: between worlds, of a line of things
WIDE, HIGH = 900, 420  # units, that a pair needs; in less room all of it is drawn smaller
SAID = 19  # units of type, of the sentence that explains
TINTED = 0.85  # how much of a cell's colour is its height, at the highest
LEAVE = "M: all agents, on the wall →"
NOTHING = pygame.Rect(0, 0, 0, 0)
THOUGHTS = "thoughts"  # the lens through which a mind's map is seen


class PairFrame(NamedTuple):
    """What of a pair is drawn at one time."""

    pair: Pair
    halves: list[Half]
    thought: float  # thoughts so far
    tick: float
    lens: str
    lens_words: str
    most_thoughts: int  # at the end of the slider
    is_brief: bool = False  # without what explains it, since captions do
    is_silent: bool = False  # without anything that tells what the agent wants, or is like

    @property
    def shown_lens(self) -> str:
        """The lens; that of a mind that thinks in maps shows its map."""
        return THOUGHTS if self.lens == "wanted" and self.pair.own_thoughts else self.lens


class PairBoxes(NamedTuple):
    """The rectangles of the parts of a pair; a hidden one has no size."""

    heads: list[pygame.Rect]
    worlds: list[pygame.Rect]
    things: list[pygame.Rect]
    code: pygame.Rect
    slider: pygame.Rect
    foot: pygame.Rect
    leave: pygame.Rect


class PairPictures(GroundCache):
    """Grounds of the pair; through the lens of thoughts, maps at the current thought."""

    def __init__(self) -> None:
        super().__init__()
        self.thought = self.tick = 0

    def ground(
        self, pen: Pen, scene: Scene, e: int, moment: WorldState, lens: str, size: tuple[int, int]
    ) -> pygame.Surface:
        """Return the ground of a world, rendered again only if it has changed."""
        if lens != THOUGHTS:
            return super().ground(pen, scene, e, moment, lens, size)
        cell = int(scene.cell[e, min(self.tick, int(scene.length[e]))])
        key = (id(scene), e, self.thought, cell, size, pen.theme.name, moment.present.tobytes(), moment.there.tobytes())
        if key not in self.made:
            if len(self.made) >= 100:
                self.made.popitem(last=False)
            self.made[key] = render_thoughts(pen, scene, e, moment, cell, self.thought, size)
        return self.made[key]


def render_thoughts(
    pen: Pen, scene: Scene, e: int, moment: WorldState, cell: int, thoughts: int, size: tuple[int, int]
) -> pygame.Surface:
    """Render world e with the map that its mind has after so many thoughts: the higher a cell, the brighter."""
    plan, theme = scene.ground.plan, pen.theme
    walls = scene.ground.worlds.wall[e] == WALL
    colours = np.empty((len(walls), 3))
    colours[:] = theme.floor
    heights = thought_map(scene, e, moment, cell, thoughts)
    levels, rank = np.unique(heights[~walls], return_inverse=True)  # a mind that climbs sees nothing but the order
    share = TINTED * rank / max(len(levels) - 1, 1)
    colours[~walls] += (np.array(theme.wanted) - colours[~walls]) * share[:, None]
    colours[walls] = theme.wall
    cells = colours.reshape(plan.rows, plan.columns, 3).swapaxes(0, 1).astype(np.uint8)
    picture = pygame.transform.scale(pygame.surfarray.make_surface(cells), size)
    frame = GridFrame(picture.get_rect(), size[0] / plan.columns, plan.columns)
    draw_things(pen, picture, frame, scene, e, moment, "none")
    return picture


@contextmanager
def fitted(pen: Pen, box: pygame.Rect) -> Iterator[None]:
    """Draw smaller meanwhile, if a pair has no room in a box otherwise."""
    before = pen.scale
    pen.scale = min(before, box.width / WIDE, box.height / HIGH)
    try:
        yield
    finally:
        pen.scale = before


def pair_boxes(pen: Pen, box: pygame.Rect, frame: PairFrame) -> PairBoxes:
    """Return the layout of a pair: words take the height that they need, worlds what is left."""
    with fitted(pen, box):
        return _lay_out(pen, box, frame)


def _lay_out(pen: Pen, box: pygame.Rect, frame: PairFrame) -> PairBoxes:
    gap, pair = pen.px(GAP), frame.pair
    beside = code_width(pen, box, pair) if pair.code else 0
    wide = box.width - (beside + gap if beside else 0)
    count = len(pair.sides)
    part = max((wide - gap * (count - 1)) // count, 1)
    head = max(measure_height(pen, _head(pen, half), part) for half in frame.halves) + pen.px(4)
    below = max(_below(pen, None, pygame.Rect(0, 0, part, 1), side, frame) for side in pair.sides)
    foot = _foot(pen, None, pygame.Rect(box.left, 0, box.width, 1), frame)
    high = max(box.height - head - below - foot - pen.px(10), pen.px(20))
    lefts = [box.left + i * (part + gap) for i in range(count)]
    worlds = []
    for left, side in zip(lefts, pair.sides, strict=True):
        plan = side.scene.ground.plan
        room = pygame.Rect(left, box.top + head, part, high).inflate(-pen.px(6), -pen.px(6))
        worlds.append(fit_grid(room, plan.rows, plan.columns).box)
    bottom = box.top + head + high
    code = pygame.Rect(box.right - beside, box.top, beside, max(head + high + below, 1)) if beside else NOTHING
    foot_box = pygame.Rect(box.left, bottom + below + pen.px(6), box.width, foot)
    leave = pygame.Rect(0, 0, pen.width(LEAVE, SMALL, bold=True) + pen.px(14), pen.line(SMALL) + pen.px(6))
    leave.topright = foot_box.topright
    return PairBoxes(
        [pygame.Rect(left, box.top, part, head) for left in lefts], worlds,
        [pygame.Rect(left, bottom, part, below) for left in lefts], code,
        slider_box(pen, code) if beside else NOTHING, foot_box, leave,
    )  # fmt: skip


def draw_pair(pen: Pen, surface: pygame.Surface, box: pygame.Rect, frame: PairFrame, pictures: PairPictures) -> None:
    """Draw both worlds with their captions, what things are worth, what explains it, and any program."""
    with fitted(pen, box):
        _draw(pen, surface, _lay_out(pen, box, frame), frame, pictures)


def _draw(pen: Pen, surface: pygame.Surface, boxes: PairBoxes, frame: PairFrame, pictures: PairPictures) -> None:
    pair = frame.pair
    pictures.thought, pictures.tick = int(frame.thought), int(frame.tick)
    look = WallOptions(frame.tick, frame.shown_lens, None, None, plans=not frame.is_silent)
    for half, side, head, world, things in zip(
        frame.halves, pair.sides, boxes.heads, boxes.worlds, boxes.things, strict=True
    ):
        draw_flow(pen, surface, head, _head(pen, half))
        draw_world(pen, surface, world, half, pair.world, look, pictures)
        _below(pen, surface, things, side, frame)
    if boxes.code.width:
        draw_code(pen, surface, boxes.code, pair, int(frame.thought), frame.most_thoughts)
    _foot(pen, surface, boxes.foot, frame)
    if not pen.is_film:
        pen.chip(surface, LEAVE, boxes.leave.topright, pen.theme.rule, anchor="topright")


def _head(pen: Pen, half: Half) -> list[Item]:
    """Return what stands above a world: its environment, and whether the agent was selected there."""
    return [
        Item(half.title, SMALL, pen.theme.ink, chip=True, tint=half.colour),
        Item(half.note, LARGE, pen.theme.ink, bold=True),
    ]


def _below(pen: Pen, surface: pygame.Surface | None, box: pygame.Rect, side: Side, frame: PairFrame) -> int:
    """Draw below a world, if a surface is given, what the agent does there, and each thing; return the height."""
    target, theme, world = surface or pygame.Surface((1, 1)), pen.theme, frame.pair.world
    fate = fate_at(side.scene, world, int(side.scene.length[world]))
    over = frame.tick >= last_move(side.scene, world)
    colour = fate_colour(pen, fate) if over and fate != NOTHING_YET else theme.faint
    top = box.top + pen.px(4)
    if not frame.is_silent:
        top = pen.paragraph(target, f"It {side.does}.", box.topleft, box.width, NORMAL, colour, bold=True)
    place = pygame.Rect(box.left, top, box.width, 1)
    return draw_flow(pen, target, place, _things(pen, side, world, is_silent=frame.is_silent), ROW) - box.top


def _things(pen: Pen, side: Side, world: int, *, is_silent: bool) -> list[Item]:
    """Return the things of a world, with what each is worth and whether it counts, unless that is kept silent."""
    theme, items = pen.theme, []
    best = max((thing.worth for thing in side.things if thing.worth is not None), default=0.0)
    for thing in side.things:
        is_place = thing.type < 0
        tint = mix_colours(theme.floor, theme.accent, 0.6)
        tint = tint if is_place else object_tint(pen, side.scene, world, thing.number)
        shape = "square" if is_place else object_shape(thing.type)
        items.append(Item(thing.words, SMALL, theme.faint, shape=shape, tint=tint))
        if is_silent:
            continue
        if thing.worth is not None:
            colour = theme.wanted if thing.worth == best and best > 0.0 else theme.ink
            items.append(Item(signed_number(thing.worth), SMALL, colour, bold=True, close=True))
        if thing.counts:
            items.append(Item("counts", SMALL, theme.counted, close=True))
    items += [Item(in_words(each.feature), SMALL, theme.faint, letter=each.letter) for each in side.scene.badges]
    return items


def _foot(pen: Pen, surface: pygame.Surface | None, box: pygame.Rect, frame: PairFrame) -> int:
    """Draw what explains it, if a surface is given, and return its height in pixels."""
    target, pair, theme = surface or pygame.Surface((1, 1)), frame.pair, pen.theme
    lens = Item("" if pen.is_film else "L: ", SMALL, theme.accent, bold=True, right=True)
    last = [Item(pair.who, SMALL, theme.faint), lens._replace(words=f"{lens.words}{frame.lens_words}")]
    if frame.is_silent:
        last = [Item(f"Agent {pair.id}, generation {pair.generation}", SMALL, theme.faint)]
        return max(draw_flow(pen, target, box, last) - box.top, 0 if pen.is_film else pen.line(SMALL) + pen.px(8))
    if frame.is_brief:
        return draw_flow(pen, target, box, last) - box.top
    beside = 0 if pen.is_film else pen.width(LEAVE, SMALL, bold=True) + pen.px(26)
    top = pen.paragraph(target, pair.title, box.topleft, box.width - beside, SMALL, theme.wanted, bold=True)
    top = pen.paragraph(target, pair.explains, (box.left, top), box.width - beside, SAID, bold=True) + pen.px(2)
    for note in pair.notes:
        top = pen.paragraph(target, note, (box.left, top), box.width, SMALL, theme.faint)
    return draw_flow(pen, target, pygame.Rect(box.left, top, box.width, 1), last) - box.top + pen.px(2)
