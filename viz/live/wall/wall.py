"""The wall: many small worlds at once, environments side by side, or a single world enlarged."""

from collections import OrderedDict
from typing import NamedTuple

import pygame

from viz.live.drawing.flow import Item, draw_flow, lay_out
from viz.live.drawing.pen import LARGE, NORMAL, SMALL, Pen
from viz.live.drawing.theme import Colour, mix_colours
from viz.live.scenes.scene import Scene, WorldState, world_state_at
from viz.live.wall.grid_picture import (
    ELSEWHERE,
    NOTHING_YET,
    PAID,
    GridFrame,
    draw_life,
    fate_at,
    fate_colour,
    fit_grid,
    render_ground,
)
from viz.live.wall.legend import Looks, find_looks

PICTURES_KEPT = 400
LINE, GAP = 26, 5  # units: a line of the head above the worlds of an environment, and between worlds
RIM = 2
FATES = ((PAID, "got what counts"), (ELSEWHERE, "went elsewhere"), (NOTHING_YET, "under way"))
GOT_NOTHING, LEFT = "got nothing", "everybody has left"


class GroundCache:
    """A least-recently-used cache of rendered grounds, most of which don't change from frame to frame."""

    def __init__(self) -> None:
        self.made: OrderedDict[tuple[object, ...], pygame.Surface] = OrderedDict()
        self.known: dict[
            tuple[int, int], tuple[int, WorldState, str]
        ] = {}  # of each world: a tick, and how it was then
        self.looks: dict[int, Looks] = {}  # of the objects of each scene

    def at(self, scene: Scene, e: int, tick: int) -> tuple[WorldState, str]:
        """Return the state of a world at a tick and the outcome of its life, cached by tick."""
        known = self.known.get((id(scene), e))
        if known is None or known[0] != tick:
            tick_of_change = min(tick, int(scene.length[e]))
            known = (tick, world_state_at(scene, e, tick_of_change), fate_at(scene, e, tick_of_change))
            self.known[id(scene), e] = known
        return known[1], known[2]

    def ground(
        self, pen: Pen, scene: Scene, e: int, moment: WorldState, lens: str, size: tuple[int, int]
    ) -> pygame.Surface:
        """Return the ground of a world, rendered again only if it has changed."""
        feels = moment.energy if scene.minds.drives else 0.0  # hunger changes what is wanted
        what = (moment.present.tobytes(), moment.there.tobytes(), moment.carried.tobytes(), feels)
        key = (id(scene), e, lens, size, pen.theme.name, pen.scale, *what)
        found = self.made.pop(key, None)
        if found is None:
            found = render_ground(pen, scene, e, moment, lens, size)
            if len(self.made) >= PICTURES_KEPT:
                self.made.popitem(last=False)
        self.made[key] = found
        return found

    def looks_in(self, scene: Scene) -> Looks:
        """Return the looks of objects in the worlds of a scene, cached."""
        if id(scene) not in self.looks:
            self.looks[id(scene)] = find_looks(scene)
        return self.looks[id(scene)]

    def forget(self) -> None:
        """Clear the cache, since scenes have changed."""
        self.made.clear()
        self.looks.clear()
        self.known.clear()


class Half(NamedTuple):
    """One environment's part of the wall."""

    title: str
    note: str
    colour: Colour
    scene: Scene
    left: bool = False  # its inhabitants have been moved away
    home: bool = False  # moved here
    is_brief: bool = False  # its heading counts outcomes by colour, without words


class WallOptions(NamedTuple):
    """How the wall is displayed."""

    tick: float
    lens: str
    large: int | None  # the world that is shown alone
    selected: int | None  # row of its cast
    plans: bool = True  # whether plans are drawn


def choose_grid(count: int, width: float, height: float, aspect: float = 1.0) -> tuple[int, int]:
    """Choose rows and columns for `count` worlds of a given aspect ratio, as large as possible."""
    best, size = (1, count), 0.0
    for columns in range(1, count + 1):
        rows = -(-count // columns)
        here = min(width / (columns * aspect), height / rows)
        if here > size:
            best, size = (rows, columns), here
    return best


def world_boxes(pen: Pen, box: pygame.Rect, halves: list[Half], large: int | None) -> list[dict[int, pygame.Rect]]:
    """Return the rectangle of each world in each half."""
    found = []
    head = head_height(pen, box.width, halves)
    for part, half in zip(split_box(pen, box, len(halves)), halves, strict=True):
        plan = half.scene.ground.plan
        inner = pygame.Rect(part.left, part.top + head, part.width, max(part.height - head, 1))
        shown = range(len(half.scene.length)) if large is None else [min(large, len(half.scene.length) - 1)]
        rows, columns = choose_grid(len(shown), inner.width, inner.height, plan.columns / plan.rows)
        width, height = inner.width / columns, inner.height / rows
        gap = pen.px(GAP)
        places = {}
        for at, e in enumerate(shown):
            row, column = divmod(at, columns)
            cell = pygame.Rect(
                round(inner.left + column * width),
                round(inner.top + row * height),
                max(int(width) - gap, 1),
                max(int(height) - gap, 1),
            )
            places[e] = fit_grid(cell, plan.rows, plan.columns).box
        found.append(places)
    return found


def split_box(pen: Pen, box: pygame.Rect, count: int) -> list[pygame.Rect]:
    """Split a box into parts side by side, one for each environment."""
    gap = pen.px(3 * GAP)
    width = max((box.width - gap * (count - 1)) // max(count, 1), 1)
    return [pygame.Rect(box.left + i * (width + gap), box.top, width, box.height) for i in range(count)]


def draw_wall(
    pen: Pen, surface: pygame.Surface, box: pygame.Rect, halves: list[Half], look: WallOptions, pictures: GroundCache
) -> None:
    """Draw all worlds with their agents."""
    for part, half, places in zip(
        split_box(pen, box, len(halves)), halves, world_boxes(pen, box, halves, look.large), strict=True
    ):
        draw_head(pen, surface, part, half, look, pictures)
        for e, place in places.items():
            draw_world(pen, surface, place, half, e, look, pictures)


def half_heading(pen: Pen, half: Half, counts: dict[str, int], *, over: bool) -> list[Item]:
    """Return the heading of an environment: its name, and how many lives had which outcome."""
    theme = pen.theme
    items = [Item(half.title, SMALL, theme.ink, chip=True, tint=half.colour)]
    if half.left:
        return [*items, Item(LEFT, SMALL, theme.faint)]
    for fate, words in FATES:
        number = counts.get(fate, 0)
        if fate == NOTHING_YET and not number:
            continue
        colour = theme.faint if fate == NOTHING_YET else fate_colour(pen, fate)
        if half.is_brief:
            items.append(Item(f"{number}", SMALL, colour, bold=True, close=True))
            continue
        items.append(Item(f"{number}", LARGE, colour, bold=True))
        items.append(Item(GOT_NOTHING if fate == NOTHING_YET and over else words, SMALL, theme.faint, close=True))
    return [*items, Item(half.note, SMALL, theme.faint)] if half.note and not half.is_brief else items


def explain_counts(pen: Pen) -> list[Item]:
    """Return what the colours of brief headings mean, of those that stand there at the end of all lives."""
    shown = [(fate, words) for fate, words in FATES if fate != NOTHING_YET]
    return [Item(words, SMALL, fate_colour(pen, fate), bold=True) for fate, words in shown]


def head_height(pen: Pen, width: int, halves: list[Half]) -> int:
    """Return the height in pixels of the tallest heading at any time of the episodes."""
    part = split_box(pen, pygame.Rect(0, 0, width, 1), len(halves))[0].width if halves else width
    rows = [1]
    for half in halves:
        worlds = len(half.scene.length)
        full = dict.fromkeys((fate for fate, _ in FATES), worlds)
        heads = [half_heading(pen, half._replace(left=False), full, over=over) for over in (False, True)]
        rows += [lay_out(pen, head, part)[1] for head in heads]
    return max(rows) * pen.px(LINE) + pen.px(4)


def draw_head(
    pen: Pen, surface: pygame.Surface, part: pygame.Rect, half: Half, look: WallOptions, pictures: GroundCache
) -> None:
    """Draw the heading of an environment."""
    fates = [pictures.at(half.scene, e, int(look.tick))[1] for e in range(len(half.scene.length))]
    waiting = [e for e, fate in enumerate(fates) if fate == NOTHING_YET]
    over = all(look.tick >= half.scene.length[e] for e in waiting)
    counts = {fate: fates.count(fate) for fate, _ in FATES}
    draw_flow(pen, surface, part, half_heading(pen, half, counts, over=over), LINE)


def draw_world(
    pen: Pen, surface: pygame.Surface, place: pygame.Rect, half: Half, e: int, look: WallOptions, pictures: GroundCache
) -> None:
    """Draw one world and, unless it has left, its agent; the outline's colour shows the outcome."""
    scene, theme = half.scene, pen.theme
    plan = scene.ground.plan
    moment, fate = pictures.at(scene, e, 0 if half.left else int(look.tick))
    surface.blit(pictures.ground(pen, scene, e, moment, look.lens, place.size), place)
    frame = GridFrame(place, place.width / plan.columns, plan.columns)
    rim = pygame.Rect(place).inflate(2 * RIM, 2 * RIM)
    if half.left:
        veil = pygame.Surface(place.size)
        veil.fill(theme.paper)
        veil.set_alpha(150)
        surface.blit(veil, place)
        return
    draw_life(pen, surface, frame, scene, e, look.tick, look.lens, moment, plans=look.plans)
    over = look.tick >= scene.length[e]
    if fate != NOTHING_YET:
        pygame.draw.rect(surface, fate_colour(pen, fate), rim, pen.px(RIM + 0.5), border_radius=pen.px(2))
        draw_outcome_mark(pen, surface, rim, fate)
    elif over:
        pygame.draw.rect(surface, mix_colours(theme.faint, theme.paper, 0.3), rim, pen.px(1), border_radius=pen.px(2))
    if look.selected is not None and int(scene.rows[e]) == look.selected:
        pygame.draw.rect(surface, theme.accent, rim.inflate(pen.px(4), pen.px(4)), pen.px(2), border_radius=pen.px(3))


def draw_outcome_mark(pen: Pen, surface: pygame.Surface, rim: pygame.Rect, fate: str) -> None:
    """Draw the outcome without colour: a tick for reward, a slash for something else."""
    r = pen.px(5.5)
    centre = (rim.right - r, rim.top + r)
    pygame.draw.aacircle(surface, fate_colour(pen, fate), centre, r + pen.px(1))
    ink, x, y = pen.theme.paper, centre[0], centre[1]
    if fate == PAID:
        points = [(x - r * 0.5, y), (x - r * 0.1, y + r * 0.45), (x + r * 0.55, y - r * 0.45)]
        pygame.draw.lines(surface, ink, False, points, pen.px(1.5))
    else:
        pygame.draw.line(surface, ink, (x - r * 0.45, y + r * 0.45), (x + r * 0.45, y - r * 0.45), pen.px(1.5))


def world_at(
    pen: Pen, box: pygame.Rect, halves: list[Half], large: int | None, point: tuple[int, int]
) -> tuple[int, int] | None:
    """Return the half and the world at a point in pixels, or None."""
    for number, places in enumerate(world_boxes(pen, box, halves, large)):
        for e, place in places.items():
            if place.collidepoint(point):
                return number, e
    return None


def draw_note(
    pen: Pen, surface: pygame.Surface, box: pygame.Rect, title: str, words: str, *, over: bool = False
) -> int:
    """Draw a note in the middle of a box, or on top of its content, and return the end in pixels."""
    wide, narrow = box.width * 0.9, box.width * 0.7
    heads, lines = pen.wrap(title, wide, LARGE, bold=True), pen.wrap(words, narrow)
    high = len(heads) * pen.line(LARGE) + pen.px(6) + len(lines) * pen.line()
    top = box.centery - high // 2
    if over:
        most = max([*(pen.width(line, LARGE, bold=True) for line in heads), *(pen.width(line) for line in lines)])
        ground = pygame.Rect(0, 0, most, high).inflate(pen.px(24), pen.px(16))
        ground.center = box.center
        pen.card(surface, ground)
    top = pen.paragraph(surface, title, (box.centerx, top), wide, LARGE, bold=True, anchor="midtop")
    place = (box.centerx, top + pen.px(6))
    return pen.paragraph(surface, words, place, narrow, NORMAL, pen.theme.faint, anchor="midtop")
