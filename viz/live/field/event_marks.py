"""Marks of what happened lately in the field: births, matings, contraception, and deaths by cause."""

from collections import OrderedDict
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pygame

from evosim.numerics.arrays import Cells
from evosim.scenario import Scenario
from evosim.scenario.schema.ecologies import CAUSES, EcologyWorld
from viz.live.drawing.event_marks import BIRTH, MATING, PROTECTED
from viz.live.drawing.flow import Item
from viz.live.drawing.pen import SMALL, Pen
from viz.live.drawing.theme import Colour, Theme
from viz.live.field.camera import Camera, point_at
from viz.live.scenes.replay import Snapshot

SHOWN_FOR, MOST_TICKS = 0.45, 24  # seconds, and ticks, that a mark stays
LEAST, MOST = 3.0, 8.0  # units, radii
MOST_MARKS = 400  # at once: more can't be told apart, and take too long
PER_CELL = 0.42  # of a cell, the radius where there is room


class RecentEvents(NamedTuple):
    """The ticks that are marked: each with how long ago it was, as a share of how long marks stay."""

    ticks: tuple[tuple[Snapshot, float], ...] = ()


def marked_ticks(kept: "OrderedDict[int, Snapshot]", now: float, rate: float) -> RecentEvents:
    """Return the ticks whose events are marked at a moment, at so many ticks a second."""
    span = min(max(SHOWN_FOR * rate, 1.0), float(MOST_TICKS))
    first, last = int(np.ceil(now - span + 1e-9)), int(np.ceil(now))
    found = [(kept[tick], max(now - tick, 0.0) / span) for tick in range(first, last + 1) if tick in kept]
    return RecentEvents(tuple(found))


def mark_names(scenario: Scenario) -> list[str]:
    """Return the marks that there can be in the worlds of a scenario."""
    worlds = [world for world in scenario.environments.values() if isinstance(world, EcologyWorld)]
    names = [BIRTH, MATING]
    if any(world.mating.contraception is not None for world in worlds):
        names.append(PROTECTED)
    causes = {"hunger": True, "age": True, "accident": any(world.life.accident > 0.0 for world in worlds),
              "culled": any(world.ceiling is not None for world in worlds)}  # fmt: skip
    return [*names, *(cause for cause in CAUSES if causes[cause])]


def mark_tint(theme: Theme, name: str) -> Colour:
    """Return the colour of a mark: births as what is counted, contraception as a warning, deaths in ink."""
    return {BIRTH: theme.counted, MATING: theme.disagree, PROTECTED: theme.warning}.get(name, theme.ink)


def list_marks(pen: Pen, scenario: Scenario) -> list[Item]:
    """Return the legend of marks."""
    words = {name: f"died of {name}" for name in CAUSES} | {"culled": "culled", "accident": "died by accident"}
    return [
        Item(words.get(name, name), SMALL, pen.theme.faint, shape=name, tint=mark_tint(pen.theme, name))
        for name in mark_names(scenario)
    ]


def draw_marks(pen: Pen, surface: pygame.Surface, box: pygame.Rect, camera: Camera, recent: RecentEvents) -> None:
    """Draw the marks of what happened lately, the newest first as far as there is room; they get smaller with time."""
    radius = min(max(PER_CELL * camera.cell, pen.px(LEAST)), pen.px(MOST))
    left = MOST_MARKS
    for snapshot, age in reversed(recent.ticks):
        size = radius * (1.15 - 0.45 * age)
        for name, cells in _of_tick(snapshot):
            tint = mark_tint(pen.theme, name)
            for place in _visible(cells, snapshot.columns, camera, box)[:left]:
                pen.shape(surface, name, place, size, tint)
                left -= 1


def _visible(cells: Cells, columns: int, camera: Camera, box: pygame.Rect) -> list[tuple[float, float]]:
    """Return the middles in pixels of those cells that are in a box."""
    rows, across = np.divmod(cells, columns)
    x, y = point_at(camera, box, rows + 0.5, across + 0.5)  # type: ignore[arg-type]  # arrays of them
    seen = (np.abs(x - box.centerx) <= box.width / 2) & (np.abs(y - box.centery) <= box.height / 2)
    return list(zip(np.asarray(x)[seen].tolist(), np.asarray(y)[seen].tolist(), strict=True))


def _of_tick(snapshot: Snapshot) -> Sequence[tuple[str, Cells]]:
    """Return the cells of the events of a tick, by the name of their mark."""
    events = snapshot.events
    deaths = [(name, events.died[events.causes == number]) for number, name in enumerate(CAUSES)]
    mated = [(MATING, events.mated[~events.protected]), (PROTECTED, events.mated[events.protected])]
    return [*deaths, *mated, (BIRTH, events.born)]
