"""The wall: many small worlds at once, one environment beside another, or a single world large."""

from collections import OrderedDict
from typing import NamedTuple

import pygame

from viz.live.drawing.pen import LARGE, NORMAL, SMALL, Pen
from viz.live.drawing.theme import Colour, mixed
from viz.live.scenes.scene import Moment, Scene, moment_at
from viz.live.wall.grid_picture import (
    ELSEWHERE,
    NOTHING_YET,
    PAID,
    Frame,
    draw_life,
    fate_at,
    fate_colour,
    framed,
    ground_picture,
)

PICTURES_KEPT = 400
HEAD, GAP = 30, 5  # units: above the worlds of an environment, and between worlds
RIM = 2


class Pictures:
    """Grounds that have been drawn, the last used ones; most stay the same from frame to frame."""

    def __init__(self) -> None:
        self.made: OrderedDict[tuple[object, ...], pygame.Surface] = OrderedDict()
        self.known: dict[tuple[int, int], tuple[int, Moment, str]] = {}  # of each world: a tick, and how it was then

    def at(self, scene: Scene, e: int, tick: int) -> tuple[Moment, str]:
        """Give what is there in a world at a tick, and what its agent has come to; found once for each tick."""
        known = self.known.get((id(scene), e))
        if known is None or known[0] != tick:
            tick_of_change = min(tick, int(scene.length[e]))
            known = (tick, moment_at(scene, e, tick_of_change), fate_at(scene, e, tick_of_change))
            self.known[id(scene), e] = known
        return known[1], known[2]

    def ground(
        self, pen: Pen, scene: Scene, e: int, moment: Moment, lens: str, size: tuple[int, int]
    ) -> pygame.Surface:
        """Give the ground of a world, drawn anew only if it looks different."""
        feels = moment.energy if scene.minds.drives else 0.0  # hunger changes what is wanted
        what = (moment.present.tobytes(), moment.there.tobytes(), moment.carried.tobytes(), feels)
        key = (id(scene), e, lens, size, pen.theme.name, pen.scale, *what)
        found = self.made.pop(key, None)
        if found is None:
            found = ground_picture(pen, scene, e, moment, lens, size)
            if len(self.made) >= PICTURES_KEPT:
                self.made.popitem(last=False)
        self.made[key] = found
        return found

    def forget(self) -> None:
        """Let all go: scenes are new."""
        self.made.clear()
        self.known.clear()


class Half(NamedTuple):
    """One environment's part of the wall."""

    title: str
    note: str
    colour: Colour
    scene: Scene
    left: bool = False  # its inhabitants have been moved away
    home: bool = False  # moved here


class Look(NamedTuple):
    """How the wall is looked at."""

    tick: float
    lens: str
    large: int | None  # the world that is shown alone
    selected: int | None  # row of its cast


def grid_of(count: int, width: float, height: float, aspect: float = 1.0) -> tuple[int, int]:
    """Choose rows and columns for `count` worlds, as wide as `aspect` times their height, so that they are large."""
    best, size = (1, count), 0.0
    for columns in range(1, count + 1):
        rows = -(-count // columns)
        here = min(width / (columns * aspect), height / rows)
        if here > size:
            best, size = (rows, columns), here
    return best


def boxes_of(pen: Pen, box: pygame.Rect, halves: list[Half], large: int | None) -> list[dict[int, pygame.Rect]]:
    """Say where each world of each half lies."""
    found = []
    for part, half in zip(parts_of(pen, box, len(halves)), halves, strict=True):
        plan = half.scene.ground.plan
        inner = pygame.Rect(part.left, part.top + pen.px(HEAD), part.width, max(part.height - pen.px(HEAD), 1))
        shown = range(len(half.scene.length)) if large is None else [min(large, len(half.scene.length) - 1)]
        rows, columns = grid_of(len(shown), inner.width, inner.height, plan.columns / plan.rows)
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
            places[e] = framed(cell, plan.rows, plan.columns).box
        found.append(places)
    return found


def parts_of(pen: Pen, box: pygame.Rect, count: int) -> list[pygame.Rect]:
    """Share a box among environments, side by side."""
    gap = pen.px(3 * GAP)
    width = max((box.width - gap * (count - 1)) // max(count, 1), 1)
    return [pygame.Rect(box.left + i * (width + gap), box.top, width, box.height) for i in range(count)]


def draw_wall(
    pen: Pen, surface: pygame.Surface, box: pygame.Rect, halves: list[Half], look: Look, pictures: Pictures
) -> None:
    """Draw all worlds with all lives in them."""
    for part, half, places in zip(
        parts_of(pen, box, len(halves)), halves, boxes_of(pen, box, halves, look.large), strict=True
    ):
        draw_head(pen, surface, part, half, look, pictures)
        for e, place in places.items():
            draw_world(pen, surface, place, half, e, look, pictures)


def draw_head(pen: Pen, surface: pygame.Surface, part: pygame.Rect, half: Half, look: Look, pictures: Pictures) -> None:
    """Name an environment, and count what lives in it have come to."""
    theme = pen.theme
    chip = pen.chip(surface, half.title, (part.left, part.top + pen.px(2)), half.colour)
    fates = [pictures.at(half.scene, e, int(look.tick))[1] for e in range(len(half.scene.length))]
    at = chip.right + pen.px(8)
    middle = chip.centery
    if half.left:
        pen.text(surface, "everybody has left", (at, middle), SMALL, theme.faint, anchor="midleft")
        return
    for fate, words in ((PAID, "got what counts"), (ELSEWHERE, "went elsewhere"), (NOTHING_YET, "under way")):
        number = fates.count(fate)
        if fate == NOTHING_YET and not number:
            continue
        if fate == NOTHING_YET:
            over = sum(1 for e, each in enumerate(fates) if each == NOTHING_YET and look.tick >= half.scene.length[e])
            words = "got nothing" if number and over == number else words
        colour = theme.faint if fate == NOTHING_YET else fate_colour(pen, fate)
        box = pen.text(surface, f"{number}", (at, middle), LARGE, colour, bold=True, anchor="midleft")
        room = part.right - box.right - pen.px(6)
        box = pen.text(
            surface, words, (box.right + pen.px(5), middle), SMALL, theme.faint, anchor="midleft", most=max(room, 1)
        )
        at = box.right + pen.px(12)
        if at > part.right - pen.px(60):
            break
    if half.note and at < part.right - pen.px(80):
        pen.text(surface, half.note, (part.right, middle), SMALL, theme.faint, anchor="midright", most=part.right - at)


def draw_world(
    pen: Pen, surface: pygame.Surface, place: pygame.Rect, half: Half, e: int, look: Look, pictures: Pictures
) -> None:
    """Draw one world and, unless it has left, the agent in it; its rim tells what that has come to."""
    scene, theme = half.scene, pen.theme
    plan = scene.ground.plan
    moment, fate = pictures.at(scene, e, 0 if half.left else int(look.tick))
    surface.blit(pictures.ground(pen, scene, e, moment, look.lens, place.size), place)
    frame = Frame(place, place.width / plan.columns, plan.columns)
    rim = pygame.Rect(place).inflate(2 * RIM, 2 * RIM)
    if half.left:
        veil = pygame.Surface(place.size)
        veil.fill(theme.paper)
        veil.set_alpha(150)
        surface.blit(veil, place)
        return
    draw_life(pen, surface, frame, scene, e, look.tick, look.lens, moment)
    over = look.tick >= scene.length[e]
    if fate != NOTHING_YET:
        pygame.draw.rect(surface, fate_colour(pen, fate), rim, pen.px(RIM + 0.5), border_radius=pen.px(2))
        draw_badge(pen, surface, rim, fate)
    elif over:
        pygame.draw.rect(surface, mixed(theme.faint, theme.paper, 0.3), rim, pen.px(1), border_radius=pen.px(2))
    if look.selected is not None and int(scene.rows[e]) == look.selected:
        pygame.draw.rect(surface, theme.accent, rim.inflate(pen.px(4), pen.px(4)), pen.px(2), border_radius=pen.px(3))


def draw_badge(pen: Pen, surface: pygame.Surface, rim: pygame.Rect, fate: str) -> None:
    """Say without colour what a life has come to: a tick where it got what counts, a slash for something else."""
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
    """Find the half and the world at a point; None if there is none."""
    for number, places in enumerate(boxes_of(pen, box, halves, large)):
        for e, place in places.items():
            if place.collidepoint(point):
                return number, e
    return None


def draw_note(pen: Pen, surface: pygame.Surface, box: pygame.Rect, title: str, words: str) -> None:
    """Say in the middle of a box why there is nothing else to be seen."""
    lines = pen.broken(words, box.width * 0.7)
    top = box.centery - pen.line() * (len(lines) + 2) // 2
    pen.text(surface, title, (box.centerx, top), LARGE, bold=True, anchor="midtop")
    for i, line in enumerate(lines):
        place = (box.centerx, top + pen.line(LARGE) + pen.px(6) + i * pen.line())
        pen.text(surface, line, place, NORMAL, pen.theme.faint, anchor="midtop")
