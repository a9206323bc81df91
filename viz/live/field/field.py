"""The field: the shared world of an ecology. Shapes distinguish food from agents at any zoom."""

from collections import OrderedDict
from itertools import repeat
from typing import NamedTuple

import numpy as np
import pygame

from evosim.mind.kinds import look_of
from evosim.mind.nearby import BODY, WALL
from evosim.numerics.arrays import Ids, Reals
from viz.live.drawing.lattice import block_side, lattice_marks
from viz.live.drawing.pen import Pen, ease
from viz.live.drawing.theme import Colour, mix_colours, object_shape, rim_colour
from viz.live.field.camera import Camera, point_at
from viz.live.field.colouring import Colouring
from viz.live.field.event_marks import RecentEvents, draw_marks
from viz.live.scenes.replay import Snapshot

NEAR_PIXELS = 7.0  # pixels of a cell, from which on agents glide and have rims
SHAPED = 3.0  # pixels of a cell, from which on each food is drawn; in smaller ones a mark stands for a block of them
LEAST_AGENT, SMALL_AGENT = 2.2, 3.2  # pixels, radii of agents from far: they have the shapes of minds at any zoom
SPRITES = 600  # that are kept
VEIL = 190  # of 255, over what an agent can't see
FieldPosition = tuple[float, float]


class Sprites:
    """A cache of small surfaces with shapes."""

    def __init__(self) -> None:
        self.made: OrderedDict[tuple[object, ...], pygame.Surface] = OrderedDict()

    def get(self, pen: Pen, shape: str, radius: float, colour: Colour, rim: Colour | None) -> pygame.Surface:
        """Return the surface of a shape, centred."""
        key = (shape, round(radius * 2), colour, rim)
        found = self.made.pop(key, None)
        if found is None:
            side = 2 * int(radius * 1.7 + 2) + 1
            found = pygame.Surface((side, side), pygame.SRCALPHA)
            found.fill((*(rim or colour), 0))  # smooth edges are mixed with what is below, though it can't be seen
            pen.shape(found, shape, (side / 2, side / 2), radius, colour, rim)
            if len(self.made) >= SPRITES:
                self.made.popitem(last=False)
        self.made[key] = found
        return found


class FieldOptions(NamedTuple):
    """How the field is displayed."""

    camera: Camera
    share: float = 1.0  # of the way from the tick before
    selected: int | None = None  # id
    vision: int = 0  # cells; its window is outlined
    trail: tuple[int, ...] = ()  # cells of the selected agent's way so far
    plan: tuple[FieldPosition, ...] = ()  # rows and columns of its plan
    tints: np.ndarray | None = None  # [S, S] heights, 0 to 1, of the window around it
    tint: Colour = (0, 0, 0)
    mistaken: frozenset[int] | None = None  # kinds of things that it sees badly; given, nothing it can't see is shown
    recent: RecentEvents = RecentEvents()  # what is marked


def draw_field(
    pen: Pen,
    surface: pygame.Surface,
    box: pygame.Rect,
    snapshot: Snapshot,
    before: Snapshot | None,
    shown: FieldOptions,
    colouring: Colouring,
    sprites: Sprites,
) -> None:
    """Draw the field, with agents interpolated between one tick and the next."""
    clip = surface.get_clip()
    surface.set_clip(box.clip(clip))
    near = shown.camera.cell >= NEAR_PIXELS
    _draw_map(pen, surface, box, snapshot, shown.camera)
    if shown.selected is not None:
        _draw_landscape(pen, surface, box, snapshot if before is None else before, shown)  # as it was seen, there
    row = find_row(snapshot, shown.selected)
    places = interpolate_positions(snapshot, before if near or row is not None else None, shown.share)
    draw_one = _draw_food if shown.camera.cell >= SHAPED else _draw_blocks
    draw_one(pen, surface, box, snapshot, shown.camera, colouring, sprites)
    _draw_agents(pen, surface, box, snapshot, places, shown, colouring, sprites)
    draw_marks(pen, surface, box, shown.camera, shown.recent)
    if row is not None:
        if shown.mistaken is not None:
            _draw_perception(pen, surface, box, snapshot, shown)
        _draw_selection(pen, surface, box, snapshot, places[row], shown)
    surface.set_clip(clip)


def visible_cells(camera: Camera, box: pygame.Rect, rows: int, columns: int) -> tuple[int, int, int, int]:
    """Return the first and last visible row and column, as bounds of slices."""
    down, across = box.height / camera.cell / 2, box.width / camera.cell / 2
    return (
        max(int(np.floor(camera.row - down)), 0),
        min(int(np.ceil(camera.row + down)), rows),
        max(int(np.floor(camera.column - across)), 0),
        min(int(np.ceil(camera.column + across)), columns),
    )


def _draw_map(pen: Pen, surface: pygame.Surface, box: pygame.Rect, snapshot: Snapshot, camera: Camera) -> None:
    """Draw walls and floor: one pixel for each cell, enlarged."""
    rows, columns = snapshot.rows, snapshot.columns
    top, bottom, left, right = visible_cells(camera, box, rows, columns)
    if bottom <= top or right <= left:
        return
    what = snapshot.what.reshape(rows, columns)[top:bottom, left:right]
    ground = np.array([pen.theme.floor, pen.theme.wall], np.uint8)[(what == WALL).astype(np.int8)]
    picture = pygame.surfarray.make_surface(ground.swapaxes(0, 1))
    start = point_at(camera, box, top, left)
    size = (max(1, round((right - left) * camera.cell)), max(1, round((bottom - top) * camera.cell)))
    surface.blit(pygame.transform.scale(picture, size), (round(start[0]), round(start[1])))


def _draw_landscape(
    pen: Pen, surface: pygame.Surface, box: pygame.Rect, snapshot: Snapshot, shown: FieldOptions
) -> None:
    """Draw a landscape over the surroundings of the selected agent."""
    row = find_row(snapshot, shown.selected)
    if row is None or shown.tints is None:
        return
    side, cell = len(shown.tints), shown.camera.cell
    middle_row, middle_column = divmod(int(snapshot.cell[row]), snapshot.columns)
    picture = pygame.Surface((side, side), pygame.SRCALPHA)
    alpha = np.nan_to_num(np.clip(shown.tints, 0.0, 1.0)).T
    picture.fill(shown.tint)
    pixels = pygame.surfarray.pixels_alpha(picture)
    pixels[:] = (205 * alpha).astype(np.uint8)
    del pixels
    size = round(side * cell)
    start = point_at(shown.camera, box, middle_row - shown.vision, middle_column - shown.vision)
    surface.blit(pygame.transform.scale(picture, (size, size)), (round(start[0]), round(start[1])))


def _draw_food(
    pen: Pen, surface: pygame.Surface, box: pygame.Rect, snapshot: Snapshot, camera: Camera, colouring: Colouring,
    sprites: Sprites,
) -> None:  # fmt: skip
    """Draw food by shape and colour.

    Pictures and places are paired one by one: lists of thousands of pairs make Python collect garbage, for 70 ms.
    """
    radius = max(0.26 * camera.cell, 1.0)
    top, bottom, left, right = visible_cells(camera, box, snapshot.rows, snapshot.columns)
    what = snapshot.what.reshape(snapshot.rows, snapshot.columns)[top:bottom, left:right]
    for kind in np.unique(what[(what >= 0) & (what < BODY)]).tolist():
        sprite = _food_sprite(pen, sprites, kind, radius, colouring)
        rows, columns = np.nonzero(what == kind)
        _blit_at(surface, box, camera, sprite, rows + top + 0.5, columns + left + 0.5)


def _draw_blocks(
    pen: Pen, surface: pygame.Surface, box: pygame.Rect, snapshot: Snapshot, camera: Camera, colouring: Colouring,
    sprites: Sprites,
) -> None:  # fmt: skip
    """Draw food from far: for each block of cells a mark of each kind, the larger the more of it there is."""
    kinds = len(colouring.things)
    side = block_side(camera.cell, kinds)
    top, bottom, left, right = visible_cells(camera, box, snapshot.rows, snapshot.columns)
    top, left = top // side * side, left // side * side
    bottom, right = (-(-end // side) * side for end in (bottom, right))  # whole blocks, so that marks don't change
    what = snapshot.what.reshape(snapshot.rows, snapshot.columns)[top:bottom, left:right]
    for marks in lattice_marks(what, camera.cell, kinds) if what.size else ():
        sprite = _food_sprite(pen, sprites, marks.kind, marks.radius, colouring)
        _blit_at(surface, box, camera, sprite, marks.rows + top, marks.columns + left)


def _food_sprite(pen: Pen, sprites: Sprites, kind: int, radius: float, colouring: Colouring) -> pygame.Surface:
    colour = colouring.things[kind]
    rim = rim_colour(colour, pen.theme.floor, pen.theme)
    return sprites.get(pen, object_shape(kind), radius, colour, rim if rim != pen.theme.floor else None)


def _blit_at(
    surface: pygame.Surface,
    box: pygame.Rect,
    camera: Camera,
    sprite: pygame.Surface,
    rows: np.ndarray,
    columns: np.ndarray,
) -> None:
    """Draw one picture at many places, in cells."""
    half = sprite.get_width() / 2
    x = box.centerx + (columns - camera.column) * camera.cell - half
    y = box.centery + (rows - camera.row) * camera.cell - half
    surface.fblits(zip(repeat(sprite), zip(x.tolist(), y.tolist(), strict=True), strict=False))


def _draw_agents(
    pen: Pen, surface: pygame.Surface, box: pygame.Rect, snapshot: Snapshot, places: Reals, shown: FieldOptions,
    colouring: Colouring, sprites: Sprites,
) -> None:  # fmt: skip
    """Draw agents in motion: newborns grow."""
    camera = shown.camera
    top, bottom, left, right = visible_cells(camera, box, snapshot.rows, snapshot.columns)
    seen = np.flatnonzero(
        (places[:, 0] >= top - 1) & (places[:, 0] <= bottom) & (places[:, 1] >= left - 1) & (places[:, 1] <= right)
    )
    radius = max(0.36 * camera.cell, min(0.5 * camera.cell + 0.5, SMALL_AGENT), LEAST_AGENT)
    looks, which = _looks(snapshot, seen, colouring, ready=camera.cell >= 2 * NEAR_PIXELS)
    pictures = []
    for controller, new, able, r, g, b in looks:  # each once, and not for each agent: there are thousands
        size = radius * (0.35 + 0.65 * shown.share) if new else radius
        rim = pen.theme.counted if able else pen.theme.paper if camera.cell >= NEAR_PIXELS else None
        pictures.append(sprites.get(pen, look_of(snapshot.kinds[controller]).shape, size, (r, g, b), rim))
    half = np.array([picture.get_width() / 2 for picture in pictures])[which]
    x = box.centerx + (places[seen, 1] + 0.5 - camera.column) * camera.cell - half
    y = box.centery + (places[seen, 0] + 0.5 - camera.row) * camera.cell - half
    each = map(pictures.__getitem__, which.tolist())
    surface.fblits(zip(each, zip(x.tolist(), y.tolist(), strict=True), strict=True))  # no list: see _things


def _looks(
    snapshot: Snapshot, seen: Ids, colouring: Colouring, *, ready: bool
) -> tuple[list[tuple[int, int, int, int, int, int]], Ids]:
    """Return the distinct looks of agents (controller, newborn, able to mate, colour), and each one's index `[N]`."""
    red, green, blue = colouring.colours[seen].astype(np.int64).T
    able = snapshot.able[seen] if ready else np.zeros(len(seen), np.bool_)
    parts = (snapshot.controller[seen], np.isin(snapshot.id[seen], snapshot.newborn), able, red, green, blue)
    packed = np.zeros(len(seen), np.int64)
    for part in parts:
        packed = packed * 256 + part
    _, first, which = np.unique(packed, return_index=True, return_inverse=True)
    looks = [part[first].astype(np.int64).tolist() for part in parts]
    return list(zip(*looks, strict=True)), which


def interpolate_positions(snapshot: Snapshot, before: Snapshot | None, share: float) -> Reals:
    """Return the rows and columns `[N, 2]` of agents between two ticks.

    Agents that cross the edge of a torus jump.
    """
    now = np.stack(np.divmod(snapshot.cell, snapshot.columns), axis=1).astype(np.float64)
    if before is None or share >= 1.0 or not len(before.id):
        return now
    order = np.argsort(before.id)
    at = np.clip(np.searchsorted(before.id, snapshot.id, sorter=order), 0, len(order) - 1)
    rows = order[at]
    was = np.stack(np.divmod(before.cell[rows], snapshot.columns), axis=1).astype(np.float64)
    glides = (before.id[rows] == snapshot.id) & (np.abs(now - was).sum(axis=1) <= 2)
    return np.where(glides[:, None], was + (now - was) * ease(share), now)


def _draw_selection(
    pen: Pen, surface: pygame.Surface, box: pygame.Rect, snapshot: Snapshot, place: Reals, shown: FieldOptions
) -> None:
    """Draw the selected agent's marker, range of vision, trail and plan."""
    camera, theme = shown.camera, pen.theme
    x, y = point_at(camera, box, place[0] + 0.5, place[1] + 0.5)
    for run in _runs(shown.trail, snapshot.columns):
        points = [point_at(camera, box, r + 0.5, c + 0.5) for r, c in run]
        if len(points) > 1:
            pygame.draw.lines(
                surface, mix_colours(theme.ink, theme.floor, 0.3), False, points, max(1, round(camera.cell / 9))
            )
    if len(shown.plan) > 1:
        points = [(x, y), *(point_at(camera, box, r + 0.5, c + 0.5) for r, c in shown.plan[1:])]
        pen.dashed(surface, points, theme.wanted, max(2, round(camera.cell / 8)), 5)
        pygame.draw.circle(surface, theme.wanted, points[-1], 0.55 * camera.cell, max(1, round(camera.cell / 10)))
    ring = max(0.75 * camera.cell, pen.px(7))
    pygame.draw.circle(surface, theme.accent, (x, y), ring, max(2, round(camera.cell / 12)))
    if camera.cell >= NEAR_PIXELS / 2:
        reach = (shown.vision + 0.5) * camera.cell
        sight = pygame.Rect(round(x - reach), round(y - reach), round(2 * reach), round(2 * reach))
        pygame.draw.rect(surface, theme.accent, sight, pen.px(1))


def _draw_perception(
    pen: Pen, surface: pygame.Surface, box: pygame.Rect, snapshot: Snapshot, shown: FieldOptions
) -> None:
    """Dim what the selected agent doesn't see, and ring what it misperceives."""
    row = find_row(snapshot, shown.selected)
    if row is None or shown.mistaken is None:
        return
    camera, middle = shown.camera, divmod(int(snapshot.cell[row]), snapshot.columns)
    left, top = point_at(camera, box, middle[0] - shown.vision, middle[1] - shown.vision)
    side = round((2 * shown.vision + 1) * camera.cell)
    veil = pygame.Surface(box.size, pygame.SRCALPHA)
    veil.fill((*pen.theme.paper, VEIL))
    veil.fill((0, 0, 0, 0), pygame.Rect(round(left) - box.left, round(top) - box.top, side, side))
    surface.blit(veil, box)
    what = snapshot.what.reshape(snapshot.rows, snapshot.columns)
    for r in range(middle[0] - shown.vision, middle[0] + shown.vision + 1):
        for c in range(middle[1] - shown.vision, middle[1] + shown.vision + 1):
            if int(what[r % snapshot.rows, c % snapshot.columns]) in shown.mistaken:
                place = point_at(camera, box, r + 0.5, c + 0.5)
                pygame.draw.circle(
                    surface, pen.theme.warning, place, 0.45 * camera.cell, max(1, round(camera.cell / 9))
                )


def _runs(trail: tuple[int, ...], columns: int) -> list[list[tuple[int, int]]]:
    """Split a path where it crosses the edge of a torus."""
    runs: list[list[tuple[int, int]]] = [[]]
    for cell in trail:
        here = divmod(cell, columns)
        if runs[-1] and abs(here[0] - runs[-1][-1][0]) + abs(here[1] - runs[-1][-1][1]) > 2:
            runs.append([])
        runs[-1].append(here)
    return runs


def find_row(snapshot: Snapshot, id: int | None) -> int | None:
    """Return the row of an agent by its id; None if it isn't alive."""
    if id is None:
        return None
    rows: Ids = np.flatnonzero(snapshot.id == id)
    return int(rows[0]) if len(rows) else None
