"""The picture of the field: its world at one moment, with a legend."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import pygame

from evosim.scenario import Scenario
from viz.live.drawing.flow import Item, draw_flow, measure_height
from viz.live.drawing.pen import Pen
from viz.live.field.camera import fit_field
from viz.live.field.colouring import COLOURINGS, Colouring, colour_agents, list_legend
from viz.live.field.event_marks import RecentEvents, list_marks
from viz.live.field.field import NEAR_PIXELS, SHAPED, FieldOptions, Sprites, draw_field
from viz.live.field.selected_agent import SelectedAgent
from viz.live.field.viewport import Viewport
from viz.live.scenes.replay import Snapshot
from viz.live.wall.grid_picture import LENS_WORDS, LENSES, lens_tint
from viz.live.wall.wall import draw_note

NEAREST = 2 * NEAR_PIXELS  # pixels of a cell, from which on rims tell who can mate


class FieldFrame(NamedTuple):
    """What is drawn: an ecology between two ticks, its colouring and its lens."""

    snapshot: Snapshot | None  # None as long as it is being read
    after: Snapshot | None  # one tick later; None: it stands still
    share: float  # of the way there
    colouring: int  # which of COLOURINGS
    lens: int  # which of LENSES
    recent: RecentEvents = RecentEvents()  # what is marked
    is_marked: bool = True  # whether anything is


class FieldPicture:
    """Draws fields; caches sprites and the height of the legend."""

    def __init__(self, scenario: Scenario, vision: int) -> None:
        self.scenario, self.vision, self.sprites = scenario, vision, Sprites()
        self.foot: tuple[Any, int] = (None, 0)  # what the legend's height depends on, and that
        self.is_marked = True
        self.aspect = 1.0  # width to height of what was drawn last
        self.is_bare = False  # without its legend, which is drawn elsewhere
        self.legend: list[Item] = []  # what was drawn last, or would have been

    def draw(
        self,
        pen: Pen,
        surface: pygame.Surface,
        box: pygame.Rect,
        moment: FieldFrame,
        viewport: Viewport,
        selection: SelectedAgent,
    ) -> None:
        """Draw the field and its legend."""
        snapshot, after, share = moment.snapshot, moment.after, moment.share
        if snapshot is None:
            viewport.fill(box)
            draw_note(pen, surface, box, "Reading …", "")
            return
        now, before, share = (snapshot, None, 1.0) if after is None else (after, snapshot, share)
        name = COLOURINGS[moment.colouring]
        colouring = colour_agents(pen, now, name, self.scenario)
        key = (name, box.width, pen.scale, moment.is_marked)
        self.is_marked = moment.is_marked
        if self.foot[0] != key:  # the longest legend's: how near it is depends on the room
            farthest = fit_field(viewport.rows, viewport.columns, box).cell
            longest = [legend for cell in (farthest, NEAREST) for legend in self._legends(pen, name, colouring, cell)]
            self.foot = (key, max(measure_height(pen, items, box.width) for items in longest) + pen.px(4))
        foot = 0 if self.is_bare else self.foot[1]
        inner = pygame.Rect(box.left, box.top, box.width, max(box.height - foot, 1))
        viewport.fill(inner)
        self.aspect = viewport.columns / viewport.rows
        shown = self._shown(pen, viewport, selection, LENSES[moment.lens], share)._replace(recent=moment.recent)
        draw_field(pen, surface, inner, now, before, shown, colouring, self.sprites)
        if not len(snapshot.id):
            words = f"The last agent had died by tick {snapshot.tick:,}."
            draw_note(pen, surface, inner, "Nobody lives", words, over=True)
        legend = pygame.Rect(box.left, inner.bottom + pen.px(4), box.width, foot)
        self.legend = self._legends(pen, name, colouring, viewport.camera.cell, lenses=(moment.lens,))[0]
        if not self.is_bare:
            draw_flow(pen, surface, legend, self.legend)

    def _legends(
        self, pen: Pen, name: str, colouring: Colouring, cell: float, *, lenses: Sequence[int] = range(len(LENSES))
    ) -> list[list[Item]]:
        """Return the legend for each lens, so that the field keeps its size whichever is on."""
        of_food = "(larger: more in that place)" if cell < SHAPED else ""
        if cell >= NEAREST:
            colouring = colouring._replace(legend=(*colouring.legend, ("disc", pen.theme.counted, "rim: can mate")))
        words = ["" if pen.is_film else "L: lens · C: colours", *(LENS_WORDS[lens] for lens in LENSES[1:])]
        marks = list_marks(pen, self.scenario) if self.is_marked else []
        return [[*list_legend(pen, name, colouring, self.scenario, words[lens], of_food), *marks] for lens in lenses]

    def _shown(self, pen: Pen, viewport: Viewport, selection: SelectedAgent, lens: str, share: float) -> FieldOptions:
        """Collect the overlays: the selected agent, its trail and what the lens shows of it."""
        around, tints = selection.around, None
        plan: tuple[tuple[float, float], ...] = ()
        if around is not None:
            plan = tuple((float(r), float(c)) for r, c in around.plan)
            if lens in ("wanted", "counted", "disagreement"):
                heights: np.ndarray = getattr(around, lens)
                most = 1.0 if lens == "disagreement" else float(np.nanmax(heights, initial=0.0))
                tints = heights / most if most > 0.0 else None
        return FieldOptions(
            viewport.camera, share, selection.id, self.vision, tuple(selection.trail), plan, tints,
            lens_tint(pen, lens), around.mistaken if around is not None and lens == "perception" else None,
        )  # fmt: skip
