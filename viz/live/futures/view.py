"""The view of futures: several runs side by side, at the same time and through the same lens."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import pygame

from viz.live.drawing.chart import Chart, values_at
from viz.live.drawing.flow import draw_flow, measure_height
from viz.live.drawing.pen import SMALL, Pen
from viz.live.futures.charts import CurveLook
from viz.live.futures.reader import FuturesReader
from viz.live.panels.gauges import Retention
from viz.live.panels.portrait import Portrait
from viz.live.scenes.hiding import NOTHING
from viz.live.wall.wall import draw_note
from viz.live.worker.reader import RunView
from viz.live.worker.view import View

HEAD, GAP, SAMPLE = 20, 8, 22  # units: above each run; between them; of the line that stands for its curves
LEVEL = 2.0  # moments that one may be ahead of the others
OF_ONE = ("agent", "agent_before", "parent", "child")
NOT_HERE = {
    "deploy": "Here each world is what it was set to: Esc goes back to the run",
    "pair": "One agent is shown large in the run: Esc goes back to it",
    "think_more": "One agent thinks large in the run: Esc goes back to it",
    "think_less": "One agent thinks large in the run: Esc goes back to it",
}
WAITS = "The run is played again up to there, and goes on"


class Pane(NamedTuple):
    """One of the runs."""

    name: str
    side: str  # AS_IT_WAS or CHANGED; empty: one of many futures
    look: CurveLook
    view: View
    picture: Any  # of the view, which leaves its legend to us


class StandingRow(NamedTuple):
    """What is said of a run beside the others."""

    name: str
    look: CurveLook
    words: str
    values: tuple[float, ...]  # of the first curves, now


class FuturesView:
    """Runs that share their past, side by side."""

    def __init__(self, reader: FuturesReader, panes: Sequence[Pane], step: int, moments: int, first: int = 0) -> None:
        """Show `panes`; a step, the last that they share being `step`, has so many `moments`.

        Results of the worker are numbered from `first` on, those for other futures before these.
        """
        self.reader, self.panes, self.begin, self.moments, self.first = reader, list(panes), step, moments, first
        self.seen: list[RunView | None] = [None] * len(panes)
        self.merged: RunView | None = None
        self.focus = 0
        self.ended: set[int] = set()  # whose lives of this generation are over
        self.boxes: list[pygame.Rect] = []
        for pane in panes:
            pane.picture.is_bare = True

    @property
    def fills(self) -> bool:
        """Return False, since there are panels beside it."""
        return False

    @property
    def hidden(self) -> int:
        """Return 0, since nothing is ever hidden."""
        return NOTHING

    def hide(self) -> None:
        """Do nothing, since there is no environment beside that of selection."""

    @property
    def slower(self) -> int:
        """Return 0, since its time goes as is set."""
        return 0

    @property
    def picture(self) -> None:
        """Return nothing: each of the runs has its own."""

    # ------------------------------------------------------------ what is asked for, and comes

    def notice(self, seen: RunView) -> None:
        """Update how much of each run is known, and show its state where they part."""
        self.merged = seen
        for i, own in enumerate(self.reader.views):
            if own is None or own is self.seen[i]:
                continue
            is_first, self.seen[i] = self.seen[i] is None, own
            if is_first:
                self._show(i, self.begin)
            self.panes[i].view.notice(own)

    def _show(self, i: int, step: int) -> None:
        """Show the last stored state of a run up to a step."""
        own = self.seen[i]
        if own is not None and own.stored:
            self.panes[i].view.show(max((g for g in own.stored if g <= step), default=own.stored[0]))

    def show(self, generation: int) -> None:
        """Show all runs at a step, those that ended before it at their end."""
        self.ended.clear()
        for i in range(len(self.panes)):
            self._show(i, max(generation, self.begin))

    def answer(self, name: str, answer: Any) -> None:
        """Handle a result of the worker, of the run whose number its name begins with."""
        number, _, job = name.partition(":")
        i = int(number) - self.first
        if 0 <= i < len(self.panes):
            self.panes[i].view.answer(job, answer)

    # ------------------------------------------------------------ time

    def _goes_on(self, i: int) -> bool:
        """Whether a run may still come to be later than it is now."""
        own = self.seen[i]
        if own is None:
            return not self.reader.troubles[i]
        later = own.stored and self.panes[i].view.now < own.stored[-1]
        return bool(later) or own.standing.state == "running"

    @property
    def now(self) -> float:
        """Return the position on the timeline: that of the last, of those that go on."""
        at = [(pane.view.now, self._goes_on(i)) for i, pane in enumerate(self.panes) if self.seen[i] is not None]
        if not at:
            return float(self.begin)
        return min((now for now, goes_on in at if goes_on), default=max(now for now, _ in at))

    def clock(self) -> str:
        """Return the current time in words."""
        known = [pane.view for i, pane in enumerate(self.panes) if self.seen[i] is not None]
        return max(known, key=lambda view: view.now).clock().partition(" · ")[0] if known else ""

    def advance(self, seconds: float, rate: float) -> bool:
        """Advance all, and those that are ahead not at all; return whether lives of all are over."""
        if self._waits:
            return False
        least = self.now + LEVEL / self.moments
        for i, pane in enumerate(self.panes):
            is_behind = self.seen[i] is not None and (self.moments == 1 or pane.view.now <= least)
            if is_behind and pane.view.advance(seconds, rate):
                self.ended.add(i)
        return len(self.ended) == sum(own is not None for own in self.seen)

    @property
    def _waits(self) -> bool:
        """Whether a run is not there yet."""
        return any(own is None and not why for own, why in zip(self.seen, self.reader.troubles, strict=True))

    def repeat(self) -> None:
        """Repeat what is shown."""
        self.ended.clear()
        for own, pane in zip(self.seen, self.panes, strict=True):
            if own is not None:
                pane.view.repeat()

    def step(self, ticks: int) -> None:
        """Move by some ticks."""
        for i, pane in enumerate(self.panes):
            if self.seen[i] is not None:
                pane.view.step(ticks)

    def stamp(self) -> Any:
        """Return a key that changes whenever time changes the appearance."""
        return tuple(pane.view.stamp() for pane in self.panes)

    # ------------------------------------------------------------ what a person does

    def act(self, action: str) -> str | None:
        """Perform the action of a key: in all runs, but for the choice of an agent."""
        if action in NOT_HERE:
            return NOT_HERE[action]
        if self._waits:
            return "Wait until all are there"
        there = [pane.view for own, pane in zip(self.seen, self.panes, strict=True) if own is not None]
        if action in OF_ONE:
            said = self._focused.act(action)
        else:
            said = next((each for each in [view.act(action) for view in there] if each), None)
        self._same_camera()
        return said

    @property
    def _focused(self) -> View:
        return self.panes[self.focus].view

    def _same_camera(self) -> None:
        """Let all look where the one in focus does."""
        viewports = [getattr(pane.view, "viewport", None) for pane in self.panes]
        seen = viewports[self.focus]
        for each in viewports:
            if each is not None and seen is not None:
                each.camera = seen.camera

    def escape(self) -> bool:
        """Deselect the agent, and return whether there was one."""
        return any([pane.view.escape() for pane in self.panes])  # noqa: C419 (all of them)

    @property
    def portrait(self) -> Portrait | None:
        """Return the portrait of the agent that is selected in the run in focus."""
        return self._focused.portrait

    def reachable(self) -> set[int]:
        """Return the ids of its relatives that can be shown."""
        return self._focused.reachable()

    def go_to(self, id: int) -> str:
        """Show an agent of the run in focus, and return a message."""
        return self._focused.go_to(id)

    def click(self, pen: Pen, box: pygame.Rect, point: tuple[int, int]) -> bool:
        """Put a run in focus, and handle the click there."""
        i = self._under(point)
        if i is None or self.seen[i] is None:
            return False
        if i != self.focus:
            self._focused.escape()
        self.focus = i
        return self._focused.click(pen, self.boxes[i], point)

    def _under(self, point: tuple[int, int]) -> int | None:
        return next((i for i, box in enumerate(self.boxes) if box.collidepoint(point)), None)

    def drag(self, pen: Pen, box: pygame.Rect, by: tuple[int, int]) -> bool:
        """Drag all."""
        moved = self._focused.drag(pen, box, by)
        self._same_camera()
        return moved

    def wheel(self, pen: Pen, box: pygame.Rect, point: tuple[int, int], turns: float) -> bool:
        """Zoom all around a point of one."""
        i = self._under(point)
        if i is None:
            return False
        zoomed, self.focus = self.panes[i].view.wheel(pen, self.boxes[i], point, turns), i
        self._same_camera()
        return zoomed

    # ------------------------------------------------------------ what it looks like

    def draw(self, pen: Pen, surface: pygame.Surface, box: pygame.Rect, hover: tuple[int, int] | None) -> None:
        """Draw the runs: as it was above or at the left, changed below or at the right, a seed a column; or many."""
        legend = self.panes[0].picture.legend
        self._draw_runs(pen, surface, box, hover)
        if len(self.panes[0].picture.legend) != len(legend):  # another lens needs other room
            surface.fill(pen.theme.paper, surface.get_clip())
            self._draw_runs(pen, surface, box, hover)

    def _draw_runs(self, pen: Pen, surface: pygame.Surface, box: pygame.Rect, hover: tuple[int, int] | None) -> None:
        """Draw the runs, and below them their legend."""
        head, clip = pen.px(HEAD), surface.get_clip()
        self.boxes = []
        legend = self.panes[0].picture.legend
        foot = measure_height(pen, legend, box.width) + pen.px(4)
        above = pygame.Rect(box.left, box.top, box.width, max(box.height - foot, 1))
        in_pairs, count, aspect = all(pane.side for pane in self.panes), len(self.panes), self.panes[0].picture.aspect
        shares = divide(pen, above, count) if in_pairs else divide_evenly(pen, above, count, aspect)
        for i, part in enumerate(shares):
            self._head(pen, surface, pygame.Rect(part.left, part.top, part.width, head), i)
            inner = pygame.Rect(part.left, part.top + head, part.width, max(part.height - head, 1))
            self.boxes.append(inner)
            surface.set_clip(inner.clip(clip))
            if self.seen[i] is None:
                draw_note(pen, surface, inner, "", self.reader.troubles[i] or WAITS)
            else:
                self.panes[i].view.draw(pen, surface, inner, hover if hover and inner.collidepoint(hover) else None)
            surface.set_clip(clip)
        below = pygame.Rect(box.left, above.bottom + pen.px(4), box.width, foot)
        draw_flow(pen, surface, below, self.panes[0].picture.legend)

    def _head(self, pen: Pen, surface: pygame.Surface, box: pygame.Rect, i: int) -> None:
        """Draw the name of a run after the line that its curves have, and how it stands."""
        pane = self.panes[i]
        left = box.left + draw_sample(pen, surface, (box.left, box.centery), pane.look)
        tint = pane.look.colour(pen)
        room = box.right - left
        name = pen.text(surface, pane.name, (left, box.centery), SMALL, tint, bold=True, anchor="midleft",
                        most=room * 0.6)  # fmt: skip
        words = "" if self.seen[i] is None else pane.view.clock().partition(" · ")[2]
        rest = max(box.right - name.right - pen.px(8), 1)
        if words and rest > pen.px(30):
            pen.text(surface, words, (box.right, box.centery), SMALL, pen.theme.faint, anchor="midright", most=rest)

    def standing(self) -> tuple[list[Chart], list[StandingRow]]:
        """Return the first charts, and for each run how far it has come and what their curves are now."""
        charts = [chart for chart in self.merged.charts if chart.curves][:3] if self.merged is not None else []
        rows = []
        for pane, own in zip(self.panes, self.seen, strict=True):
            if own is None:
                rows.append(StandingRow(pane.name, pane.look, "being made", ()))
                continue
            values = []
            for chart in charts:
                curves = [curve for curve in chart.curves if curve.name == pane.name and len(curve.x)]
                # An interval is known at its end, and so is what was in it.
                known = (
                    values_at(chart._replace(curves=curves), min(int(self.now + 1e-6), curves[0].x[-1]))
                    if curves
                    else None
                )
                values.append(known[1][0][1] if known else float("nan"))
            stands = own.standing
            words = (
                f"{stands.done} of {stands.asked}"
                if stands.state == "running"
                else stands.state.replace("complete", "")
            )
            rows.append(StandingRow(pane.name, pane.look, words, tuple(values)))
        return charts, rows

    def retention(self) -> Retention:
        """Return that this is an experiment; what is retained is shown by curves."""
        return Retention(1.0, 1.0, "", "", True, "")

    def clouds(self) -> tuple[Any, Any, float]:
        """Return objective space of the run in focus, now and before, and the seconds since it changed."""
        return self._focused.clouds()


def draw_sample(pen: Pen, surface: pygame.Surface, at: tuple[float, float], look: CurveLook) -> int:
    """Draw a piece of the line that the curves of a run have, and return the width that it takes in pixels."""
    tint = look.colour(pen)
    ends = [at, (at[0] + pen.px(SAMPLE), at[1])]
    if look.dashed:
        pen.dashed(surface, ends, tint, pen.px(2), 4)
    else:
        pygame.draw.line(surface, tint, ends[0], ends[1], pen.px(2))
    return pen.px(SAMPLE + 6)


def divide(pen: Pen, box: pygame.Rect, count: int) -> list[pygame.Rect]:
    """Divide a box for pairs of runs: one pair beside each other if there is room, several above each other."""
    gap, pairs = pen.px(GAP), max(count // 2, 1)
    rows, columns = (1, 2) if pairs == 1 and box.width >= box.height else (2, pairs)
    wide, high = (box.width - gap * (columns - 1)) // columns, (box.height - gap * (rows - 1)) // rows
    places = []
    for i in range(count):
        pair, side = divmod(i, 2)
        row, column = (0, side) if rows == 1 else (side, pair)
        places.append(pygame.Rect(box.left + column * (wide + gap), box.top + row * (high + gap), wide, high))
    return places


def divide_evenly(pen: Pen, box: pygame.Rect, count: int, aspect: float) -> list[pygame.Rect]:
    """Divide a box for so many runs, each `aspect` times as wide as high, in rows of as many as make them largest."""
    gap, head = pen.px(GAP), pen.px(HEAD)

    def sizes(columns: int) -> tuple[int, int]:
        rows = -(-count // columns)
        return (box.width - gap * (columns - 1)) // columns, (box.height - gap * (rows - 1)) // rows

    def height_of_one(columns: int) -> float:
        wide, high = sizes(columns)
        return min(wide / aspect, high - head)

    columns = max(range(1, count + 1), key=height_of_one)
    wide, high = sizes(columns)
    places = [divmod(i, columns) for i in range(count)]
    return [
        pygame.Rect(box.left + column * (wide + gap), box.top + row * (high + gap), wide, high)
        for row, column in places
    ]
