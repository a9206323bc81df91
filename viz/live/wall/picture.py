"""The picture of the wall: its worlds at one moment, with a legend."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import pygame

from evosim.scenario import Scenario
from viz.live.drawing.flow import Item, draw_flow, measure_height
from viz.live.drawing.pen import SMALL, Pen
from viz.live.drawing.theme import environment_colour
from viz.live.wall.grid_picture import LENSES
from viz.live.wall.legend import list_legend
from viz.live.wall.reader import WallScenes
from viz.live.wall.wall import (
    GroundCache,
    Half,
    WallOptions,
    draw_note,
    draw_wall,
    explain_counts,
    head_height,
    split_box,
    world_at,
)

HEAD_SHARE = 0.25  # of the height of a bare wall, that its headings take at most without becoming brief


class WallFrame(NamedTuple):
    """What is drawn: a generation in its worlds at a tick."""

    stage: WallScenes | None  # None as long as it is being read
    look: WallOptions
    together: bool  # one agent lives in all worlds
    moved: bool  # everybody has been moved away from home
    is_silent: bool = False  # says nothing of lenses


def describe_sample(stage: WallScenes) -> str:
    """Return how many of how many agents are on the wall, in words."""
    shown, there_are = len(np.unique(stage.rows)), len(stage.cast.ids)
    return f"({shown} of {there_are:,} agents)" if shown < there_are else f"({there_are:,} agents)"


class WallPicture:
    """Draws walls; caches grounds and the height of the legend."""

    def __init__(self, scenario: Scenario) -> None:
        self.scenario, self.grounds = scenario, GroundCache()
        self.foot: tuple[Any, int] = (None, 0)  # what the legend's height depends on, and that
        self.is_bare = False  # without its legend, which is drawn elsewhere
        self.legend: list[Item] = []  # what was drawn last, or would have been
        self.aspect = 2.0  # width to height of a world of each environment side by side, as drawn last

    def halves(self, pen: Pen, frame: WallFrame, inner: pygame.Rect | None = None) -> list[Half]:
        """Return the parts of the wall, brief if it is bare and `inner` has little room for headings."""
        if frame.stage is None:
            return []
        who = "one agent in all worlds" if frame.together else describe_sample(frame.stage)
        halves = []
        for i, scene in enumerate(frame.stage.scenes):
            number = self.scenario.measure.environments.index(scene.environment)
            ground = pen.theme.accent if number == 0 else environment_colour(number, pen.theme)
            left, home = frame.moved and i == 0, frame.moved and i == 1
            halves.append(Half(scene.environment, who, ground, scene, left, home))
        high = head_height(pen, inner.width, halves) if self.is_bare and inner is not None else 0
        is_brief = inner is not None and high > HEAD_SHARE * inner.height
        return [half._replace(is_brief=is_brief) for half in halves]

    def inner(self, pen: Pen, box: pygame.Rect, stage: WallScenes | None) -> pygame.Rect:
        """Return the box without the tallest legend, so that the wall keeps its size through any lens."""
        key = (id(stage), box.width, pen.scale)
        if self.foot[0] != key:
            legends = self._legends(pen, stage, LENSES)
            self.foot = (key, max(measure_height(pen, items, box.width) for items in legends))
        foot = 0 if self.is_bare else self.foot[1]
        return pygame.Rect(box.left, box.top, box.width, max(box.height - foot - pen.px(4), 1))

    def room(self, pen: Pen, box: pygame.Rect, frame: WallFrame, environments: int) -> tuple[int, int]:
        """Return the width and height in pixels that there are for the worlds of all environments."""
        inner = self.inner(pen, box, frame.stage)
        part = split_box(pen, inner, environments)[0]
        return inner.width, max(part.height - head_height(pen, inner.width, self.halves(pen, frame, inner)), 1)

    def world_at(self, pen: Pen, box: pygame.Rect, frame: WallFrame, point: tuple[int, int]) -> int | None:
        """Return the number of the world at a point in pixels, or None."""
        inner = self.inner(pen, box, frame.stage)
        halves = self.halves(pen, frame, inner)
        found = world_at(pen, inner, halves, frame.look.large, point)
        return None if found is None else found[1]

    def draw(self, pen: Pen, surface: pygame.Surface, box: pygame.Rect, frame: WallFrame) -> None:
        """Draw the wall and its legend."""
        inner = self.inner(pen, box, frame.stage)
        if frame.stage is None:
            draw_note(pen, surface, inner, "Reading …", "")
            return
        if not frame.stage.scenes:
            draw_note(pen, surface, inner, "Nothing to draw here", frame.stage.why)
            return
        halves = self.halves(pen, frame, inner)
        plans = [half.scene.ground.plan for half in halves]
        self.aspect = sum(plan.columns / plan.rows for plan in plans)
        draw_wall(pen, surface, inner, halves, frame.look, self.grounds)
        legend = pygame.Rect(box.left, inner.bottom + pen.px(4), box.width, box.bottom - inner.bottom)
        legend_items = self._legends(pen, frame.stage, [frame.look.lens])[0]
        self.legend = [item for item in legend_items if not (frame.is_silent and item.right)]
        if any(half.is_brief for half in halves):
            self.legend = [*explain_counts(pen), *self.legend]
        if not self.is_bare:
            draw_flow(pen, surface, legend, self.legend)

    def _legends(self, pen: Pen, stage: WallScenes | None, lenses: Sequence[str]) -> list[list[Item]]:
        """Return the legend for each lens."""
        if stage is None or not stage.scenes:
            return [[] if pen.is_film else [Item("L: lens", SMALL, pen.theme.faint)]]
        looks = [self.grounds.looks_in(scene) for scene in stage.scenes]
        return [list_legend(pen, self.scenario, stage.scenes[-1], looks, lens) for lens in lenses]
