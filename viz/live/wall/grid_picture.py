"""Pictures of one grid world: the ground with a landscape, the objects, and an agent on its path."""

from typing import NamedTuple

import numpy as np
import pygame

from evosim.gridworld.sampling import NOWHERE, WALL
from evosim.mind.kinds import look_of
from evosim.numerics.arrays import Reals
from viz.badges import badges_on
from viz.live.drawing.badges import draw_badges
from viz.live.drawing.pen import TINY, Pen, ease
from viz.live.drawing.theme import (
    Colour,
    feature_colour,
    mix_colours,
    object_colour,
    object_shape,
    rim_colour,
)
from viz.live.scenes.field_lens import LEAST_MISPERCEPTION
from viz.live.scenes.landscape import (
    Landscape,
    compute_landscape,
    find_planned_path,
    goal_rewards,
    is_planner,
    perceived_features,
    trace_path,
    usable_objects,
)
from viz.live.scenes.scene import Scene, WorldState, world_state_at

LENSES = ("none", "wanted", "counted", "disagreement", "perception")
LENS_WORDS = {
    "none": "no lens",
    "wanted": "what the agent wants",
    "counted": "what evolution counts",
    "disagreement": "return lost by doing what it wants",
    "perception": "what the agent perceives",
}
LABELLED_FROM, MOST_LABELLED = 26.0, 3  # units of a cell, from which on perception is written; features at most
AGENT, AGENT_BESIDE, BESIDE = (
    0.34,
    0.19,
    0.3,
)  # of a cell: an agent's radius, also where it is beside a thing, and how far
PLANNED_FROM = 9.0  # pixels of a cell, from which on plans are drawn
PAID, ELSEWHERE, NOTHING_YET = "paid", "elsewhere", "nothing"


class GridFrame(NamedTuple):
    """The position of a world's cells in pixels."""

    box: pygame.Rect
    cell: float  # pixels
    columns: int

    def centre(self, cell: int) -> tuple[float, float]:
        """Return the centre of a cell in pixels."""
        row, column = divmod(int(cell), self.columns)
        return self.box.left + (column + 0.5) * self.cell, self.box.top + (row + 0.5) * self.cell


def fit_grid(box: pygame.Rect, rows: int, columns: int) -> GridFrame:
    """Centre a world in a box, with square cells."""
    cell = min(box.width / columns, box.height / rows)
    inner = pygame.Rect(0, 0, max(round(cell * columns), 1), max(round(cell * rows), 1))
    inner.center = box.center
    return GridFrame(inner, cell, columns)


def lens_heights(lens: str, heights: Landscape) -> np.ndarray | None:
    """Return the landscape `[C]` of a lens; None if it has none."""
    return {"wanted": heights.wanted, "counted": heights.counted, "disagreement": heights.disagreement}.get(lens)


def lens_tint(pen: Pen, lens: str) -> Colour:
    """Return the colour of a lens."""
    theme = pen.theme
    return {"wanted": theme.wanted, "counted": theme.counted, "disagreement": theme.disagree}.get(lens, theme.accent)


def render_ground(
    pen: Pen, scene: Scene, e: int, moment: WorldState, lens: str, size: tuple[int, int]
) -> pygame.Surface:
    """Render world e in a given state through a lens."""
    plan, worlds, theme = scene.ground.plan, scene.ground.worlds, pen.theme
    colours = np.empty((plan.rows * plan.columns, 3), np.float64)
    colours[:] = theme.floor
    if len(worlds.place[e]):
        colours[worlds.place[e] != NOWHERE] = mix_colours(theme.floor, theme.accent, 0.22)
    if lens in ("wanted", "counted", "disagreement"):
        heights = lens_heights(lens, compute_landscape(scene, e, moment))
        assert heights is not None
        most = 1.0 if lens == "disagreement" else float(np.nanmax(heights, initial=0.0))
        if most > 0.0:
            share = 0.82 * np.nan_to_num(np.clip(heights / most, 0.0, 1.0))[:, None]
            colours += (np.array(lens_tint(pen, lens)) - colours) * share
    colours[worlds.wall[e] == WALL] = theme.wall
    cells = colours.reshape(plan.rows, plan.columns, 3).swapaxes(0, 1).astype(np.uint8)
    picture = pygame.transform.scale(pygame.surfarray.make_surface(cells), size)
    frame = GridFrame(picture.get_rect(), size[0] / plan.columns, plan.columns)
    draw_things(pen, picture, frame, scene, e, moment, lens)
    return picture


def draw_things(
    pen: Pen, surface: pygame.Surface, frame: GridFrame, scene: Scene, e: int, moment: WorldState, lens: str
) -> None:
    """Draw the objects that are there; through the lens of perception, as they are perceived."""
    plan, worlds = scene.ground.plan, scene.ground.worlds
    radius = max(1.6, 0.36 * frame.cell)
    seen = perceived_features(scene, e) if lens == "perception" else None
    usable = usable_objects(scene, e, moment)
    for n, cell in enumerate(worlds.cell[e].tolist()):
        kind = int(plan.type_of[n])
        colour, place = object_tint(pen, scene, e, n), frame.centre(cell)
        if lens == "perception" and seen is not None:
            if not moment.there[n] and not moment.present[n]:
                continue
            if not moment.there[n] or not moment.present[n]:  # not seen yet, or believed to be there still
                pen.shape(surface, object_shape(kind), place, radius, mix_colours(colour, pen.theme.floor, 0.72))
                continue
            pen.shape(
                surface, object_shape(kind), place, radius, colour, rim_colour(colour, pen.theme.floor, pen.theme)
            )
            if float(np.abs(seen[n] - worlds.features[e, n]).max(initial=0.0)) > LEAST_MISPERCEPTION:
                pygame.draw.circle(surface, pen.theme.warning, place, 1.5 * radius, max(1, pen.px(2)))
            _draw_badges_of(pen, surface, frame, scene, e, n)
            if frame.cell >= pen.px(LABELLED_FROM):
                labels = describe_perception(scene.features, seen[n], worlds.features[e, n])
                _draw_labels(pen, surface, frame, place, radius, labels)
        elif moment.present[n]:
            _draw_thing(pen, surface, frame, scene, e, n, is_locked=bool(plan.locked[n]) and not usable[n])


def _draw_thing(
    pen: Pen, surface: pygame.Surface, frame: GridFrame, scene: Scene, e: int, n: int, *, is_locked: bool = False
) -> None:
    """Draw object n of world e with its badges, paler if it is locked."""
    colour, kind = object_tint(pen, scene, e, n), int(scene.ground.plan.type_of[n])
    colour = mix_colours(colour, pen.theme.floor, 0.45) if is_locked else colour
    place, rim = frame.centre(int(scene.ground.worlds.cell[e, n])), rim_colour(colour, pen.theme.floor, pen.theme)
    pen.shape(surface, object_shape(kind), place, max(1.6, 0.36 * frame.cell), colour, rim)
    _draw_badges_of(pen, surface, frame, scene, e, n)


def _draw_badges_of(pen: Pen, surface: pygame.Surface, frame: GridFrame, scene: Scene, e: int, n: int) -> None:
    worlds = scene.ground.worlds
    badges = badges_on(scene.badges, scene.features, worlds.features[e, n])
    draw_badges(pen, surface, frame.centre(int(worlds.cell[e, n])), frame.cell, badges)


def describe_perception(names: list[str], seen: Reals, true: Reals) -> list[str]:
    """Return labels for the strongest perceived and true features `[F]`, each with its perceived value."""
    matter = [f for f in range(len(names)) if max(seen[f], true[f]) > LEAST_MISPERCEPTION]
    order = sorted(matter, key=lambda f: -max(float(seen[f]), float(true[f])))[:MOST_LABELLED]
    return [f"{names[f]} {seen[f]:.2f}" for f in order]


def _draw_labels(
    pen: Pen, surface: pygame.Surface, frame: GridFrame, place: tuple[float, float], radius: float, lines: list[str]
) -> None:
    """Draw labels beside a thing, on the side where there is room."""
    left = place[0] > frame.box.centerx
    x = place[0] + (-1.7 if left else 1.7) * radius
    for i, line in enumerate(lines):
        y = place[1] + (i - (len(lines) - 1) / 2) * pen.line(TINY)
        ground = pygame.Rect(0, 0, pen.width(line, TINY) + pen.px(4), pen.line(TINY))
        setattr(ground, "midright" if left else "midleft", (round(x), round(y)))
        pygame.draw.rect(surface, pen.theme.paper, ground)
        pen.text(surface, line, ground.center, TINY, anchor="center")


def object_tint(pen: Pen, scene: Scene, e: int, n: int) -> Colour:
    """Return the colour of an object: that named by its features, else that of its type."""
    looks = scene.ground.worlds.features[e, n].tolist()
    named = feature_colour(dict(zip(scene.features, looks, strict=True)))
    return named or object_colour(int(scene.ground.plan.type_of[n]), pen.theme)


def draw_life(
    pen: Pen,
    surface: pygame.Surface,
    frame: GridFrame,
    scene: Scene,
    e: int,
    tick: float,
    lens: str,
    moment: WorldState,
    *,
    plans: bool = True,
) -> None:
    """Draw the agent of world e between two ticks, its path and, if `plans` and where there is room, its plan."""
    theme, now = pen.theme, int(tick)
    length = int(scene.length[e])
    rows, columns = np.divmod(trace_path(scene, e, now), frame.columns)
    x, y = frame.box.left + (columns + 0.5) * frame.cell, frame.box.top + (rows + 0.5) * frame.cell
    taken = list(zip(x.tolist(), y.tolist(), strict=True))
    here, beside = taken[-1], float(_thing_at(scene, e, now, int(scene.cell[e, min(now, length)]), moment) is not None)
    if now < length:
        cell = int(scene.cell[e, now + 1])
        ahead, share = frame.centre(cell), ease(tick - now)
        here = (here[0] + (ahead[0] - here[0]) * share, here[1] + (ahead[1] - here[1]) * share)
        beside += (float(_thing_at(scene, e, now, cell, moment) is not None) - beside) * share
    if len(taken) > 1 or here != taken[-1]:
        pygame.draw.lines(
            surface, mix_colours(theme.ink, theme.floor, 0.35), False, [*taken, here], max(1, int(frame.cell / 7))
        )
    if lens == "perception" and scene.ground.plan.vision > 0:
        reach = (scene.ground.plan.vision + 0.5) * frame.cell
        sight = pygame.Rect(0, 0, round(2 * reach), round(2 * reach))
        sight.center = (round(here[0]), round(here[1]))
        pygame.draw.rect(surface, theme.accent, sight.clip(frame.box), max(1, pen.px(1.5)))
    if plans and frame.cell >= PLANNED_FROM:
        planned = find_planned_path(scene, e, now, moment)
        if len(planned) > 1:
            points = [here, *(frame.centre(cell) for cell in planned[1:])]
            pen.dashed(surface, points, theme.wanted, max(1, int(frame.cell / 8)), 5)
            pygame.draw.circle(surface, theme.wanted, points[-1], 0.5 * frame.cell, max(1, int(frame.cell / 10)))
            if lens != "perception" and (target := _thing_at(scene, e, now, planned[-1], moment)) is not None:
                _draw_badges_of(pen, surface, frame, scene, e, target)
    under = _thing_at(scene, e, now, int(scene.cell[e, min(now, length)]), moment)
    if under is not None and lens != "perception":
        _draw_thing(pen, surface, frame, scene, e, under)
    mind = scene.minds.kinds[scene.minds.controller[e]]
    here = here[0] - BESIDE * beside * frame.cell, here[1] + BESIDE * beside * frame.cell
    radius = max(2.0, (AGENT - (AGENT - AGENT_BESIDE) * beside) * frame.cell)
    pen.shape(surface, look_of(mind).shape, here, radius, theme.ink, theme.paper)


def _thing_at(scene: Scene, e: int, tick: int, cell: int, moment: WorldState) -> int | None:
    """Return the object in a cell of world e: one that is there, or what the agent has just taken; None if none is."""
    found = np.flatnonzero(scene.ground.worlds.cell[e] == cell)
    there = found[moment.present[found]]
    if len(there):
        return int(there[0])
    entered = scene.entered[e, : min(tick, int(scene.length[e]))]
    taken = entered[entered >= 0][-1:]
    return int(taken[0]) if len(taken) and int(scene.ground.worlds.cell[e, taken[0]]) == cell else None


def fate_at(scene: Scene, e: int, tick: int) -> str:
    """Return the outcome of a life by a tick: reward, something else, or nothing yet.

    Coming to a rewarded or wanted place to stay counts as having got it.
    """
    entered = scene.entered[e, : min(tick, int(scene.length[e]))]
    got = entered[entered >= 0]
    worth, counted = 0.0, float(scene.counted[got].sum())
    if (q := remains_at(scene, e, tick)) != NOWHERE:
        own, counts = goal_rewards(scene, e, world_state_at(scene, e, int(scene.length[e]) - 1))
        objects = len(scene.ground.plan.type_of)
        worth = float(own[objects + q]) if is_planner(scene, e) else 0.0
        counted += float(counts[objects + q])
    if not len(got) and worth <= 0.0 and counted <= 0.0:
        return NOTHING_YET
    return PAID if counted > 0.0 else ELSEWHERE


def remains_at(scene: Scene, e: int, tick: int) -> int:
    """Return the place where an agent stays from a tick until the end of its life, or NOWHERE."""
    place = scene.ground.worlds.place[e]
    if not len(place):
        return NOWHERE
    last = int(scene.length[e])
    rest = place[scene.cell[e, min(tick, last) : last + 1]]
    return int(rest[-1]) if (rest == rest[-1]).all() else NOWHERE


def fate_colour(pen: Pen, fate: str) -> Colour:
    """Return the outline colour of an outcome."""
    theme = pen.theme
    return {PAID: theme.counted, ELSEWHERE: theme.wanted}.get(fate, theme.rule)
