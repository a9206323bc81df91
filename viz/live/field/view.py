"""The field's view: the current tick, the viewport, the selected agent and the experiment, if there is one."""

from typing import Any

import numpy as np
import pygame

from evosim.ecology.rules import shares_at
from evosim.scenario import Scenario
from viz.live.drawing.pen import Pen
from viz.live.field.changed_world import Experiment, RateSums, retention_in_run, retention_since
from viz.live.field.colouring import COLOURINGS, WORDS, first_ecology
from viz.live.field.event_marks import RecentEvents, marked_ticks
from viz.live.field.picture import FieldFrame, FieldPicture
from viz.live.field.reader import FieldReader, ReplayedTicks, ReplayStart
from viz.live.field.selected_agent import SelectedAgent
from viz.live.field.viewport import Viewport
from viz.live.panels.cloud import Cloud
from viz.live.panels.gauges import Retention
from viz.live.panels.portrait import Portrait
from viz.live.scenes.field_lens import LensContext
from viz.live.scenes.hiding import NOTHING
from viz.live.scenes.replay import Snapshot, SnapshotBuffer
from viz.live.wall.grid_picture import LENS_WORDS, LENSES
from viz.live.worker.reader import RunView
from viz.live.worker.worker import Worker

AHEAD = 0.15  # seconds of time, at its speed, that are lived in advance
MOST_AHEAD = 48  # ticks
GLIDES = 1.0  # seconds in which objective space moves
CLICK, CLICK_UNITS = 1.2, 10  # cells, or units where cells are small, in which a click finds an agent


class FieldView:
    """An ecology at a tick."""

    def __init__(self, scenario: Scenario, reader: FieldReader, worker: Worker) -> None:
        self.scenario, self.world, self.reader, self.worker = scenario, first_ecology(scenario), reader, worker
        self.per = scenario.evolution.interval
        self.seen: RunView | None = None
        self.buffer, self.viewport, self.picture = (
            SnapshotBuffer(),
            Viewport(*self.world.size),
            FieldPicture(scenario, self.world.vision),
        )
        self.selection = SelectedAgent(scenario, self.world.vision)
        self.tick = 0.0  # where we are, between two snapshots
        self.owed = 0  # ticks that a person has asked to step on, which are still being lived
        self.wish = 0  # the number of what has been asked for last
        self.interval: int | None = None  # the stored one that was gone to
        self.arrives = False  # there, as soon as it is read
        self.end = 0  # tick to which the run is known
        self.colouring, self.lens, self.is_marked = 0, 0, True
        self.rate = 1.0  # ticks a second
        self.sight: LensContext | None = None
        self.parents = np.zeros((0, 2), np.int64)
        self.moved: Experiment | None = None  # None: as the run has it
        self.sum, self.since = RateSums(), 0.0
        self.cloud: Cloud | None = None
        self.before: Cloud | None = None

    @property
    def fills(self) -> bool:
        """Return False, since there are always panels beside it."""
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

    # ------------------------------------------------------------ what is asked for, and comes

    def notice(self, seen: RunView) -> None:
        """Update how much of the run is known, and show its first state at the start."""
        self.seen = seen
        if seen.stored:
            self.end = (seen.stored[-1] + 1) * self.per
            if self.interval is None:
                self.show(seen.stored[0])

    def show(self, generation: int) -> None:
        """Request a stored state; with a lens on, an agent is selected there."""
        self.interval, self.arrives = generation, True
        self._begin(generation, 0)

    def _begin(self, interval: int, more: int) -> None:
        """Request the state at the end of an interval, and some ticks after it."""
        self.wish += 1
        wish, self.owed = self.wish, 0
        self.moved = None
        self.worker.ask("begin", lambda: self.reader.begin(wish, interval, more))

    def answer(self, name: str, answer: Any) -> None:
        """Handle a result of the worker."""
        if answer.wish != self.wish:
            return
        if isinstance(answer, ReplayStart):
            self.buffer = SnapshotBuffer()
            for snapshot in answer.snapshots:
                self.buffer.add(snapshot)
            self.tick = float(self.buffer.last)
            self.selection.trail, self.sum = [], RateSums()
            self.before, self.cloud, self.since = self.cloud, answer.cloud, 0.0
        elif isinstance(answer, ReplayedTicks):
            self.before, self.cloud = None, answer.cloud
            for snapshot in answer.snapshots:
                self.buffer.add(snapshot)
                if self.moved is not None and snapshot.counts[1]:
                    self.sum = self.sum.add(snapshot)
            if self.snapshot is None:  # it went on a little before the world was changed, or can't go on as far
                self.tick = float(self.buffer.last)
            if owed := self.owed:
                self.owed = 0
                self.step(owed)
        self.sight, self.parents = answer.sight, answer.parents
        if isinstance(answer, ReplayStart) and self.arrives:
            self.arrives = False
            if self.lens and self.selection.cell(self.snapshot) is None:
                self.selection.choose(None)
                self._next_agent(1)
        self._look()

    @property
    def snapshot(self) -> Snapshot | None:
        """Return the ecology at the current tick; None while it isn't loaded."""
        return self.buffer.at(int(self.tick))

    @property
    def is_alive(self) -> bool:
        """Whether any agent is alive, as far as is known."""
        return self.snapshot is None or len(self.snapshot.id) > 0

    # ------------------------------------------------------------ time

    @property
    def now(self) -> float:
        """Return the position on the timeline in intervals."""
        return self.tick / self.per - 1.0 if self.buffer.kept else float(self.interval or 0)

    def clock(self) -> str:
        """Return the current time in words."""
        snapshot = self.snapshot
        if snapshot is None:
            return ""
        return f"tick {snapshot.tick:,} · {len(snapshot.id):,} agents, {snapshot.environment}"

    def advance(self, seconds: float, rate: float) -> bool:
        """Advance by `seconds` at `rate` ticks a second, as far as the run is known; always returns False."""
        self.since, self.rate = self.since + seconds, rate
        if not self.buffer.kept:
            return False
        here = int(self.tick)
        self._live_on(rate)
        reached = min(self.tick + seconds * rate, float(self.buffer.last))
        for tick in range(here + 1, int(reached) + 1):
            self.selection.walk(self.buffer.at(tick))
        self.tick = max(self.tick, reached)
        cell = self.selection.cell(self.snapshot)
        if cell is not None:
            self.viewport.follow(cell, seconds)
        if int(self.tick) != here:
            self._look()
        return False

    def _live_on(self, rate: float) -> None:
        """Request more ticks if the buffer is running low."""
        snapshot = self.snapshot
        ahead = self.buffer.last - int(self.tick)
        enough = min(max(int(AHEAD * rate) + 1, 2), MOST_AHEAD)
        alive = snapshot is not None and len(snapshot.id) > 0
        room = self.end - self.buffer.last if self.moved is None else MOST_AHEAD
        if ahead >= enough or room <= 0 or not alive or self.worker.is_busy("live") or self.worker.is_busy("begin"):
            return
        wish, ticks = self.wish, min(enough - ahead, room)
        self.worker.ask("live", lambda: self.reader.live(wish, ticks))

    def repeat(self) -> None:
        """Stay at the current tick, since there is nothing newer."""

    def step(self, ticks: int) -> None:
        """Move by some ticks; those no longer in the buffer are replayed."""
        wanted = int(self.tick) + ticks
        if wanted > self.buffer.last:
            self.owed = min(wanted - self.buffer.last, MOST_AHEAD)
            self._live_on(1.0)
        if wanted < self.buffer.first:
            self._farther_back(wanted)
            return
        target = min(wanted, self.buffer.last)
        if ticks > 0:
            for tick in range(int(self.tick) + 1, target + 1):
                self.selection.walk(self.buffer.at(tick))
        else:
            del self.selection.trail[ticks:]
        self.tick = float(target)
        self._look()

    def _farther_back(self, tick: int) -> None:
        """Replay from an earlier stored state."""
        assert self.seen is not None
        if self.moved is None and tick >= (self.seen.stored[0] + 1) * self.per:
            self.interval = self._stored_before(tick)
            self._begin(self.interval, tick - (self.interval + 1) * self.per)

    def _stored_before(self, tick: int) -> int:
        """Return the last interval with a stored state that ends at or before a tick, else the first."""
        assert self.seen is not None
        return max((g for g in self.seen.stored if (g + 1) * self.per <= tick), default=self.seen.stored[0])

    def stamp(self) -> Any:
        """Return a key that changes whenever time changes the appearance."""
        return self.tick, min(self.since, GLIDES), self.buffer.last, self.viewport.camera

    # ------------------------------------------------------------ one agent

    @property
    def portrait(self) -> Portrait | None:
        """Return the portrait of the selected agent."""
        return self.selection.portrait

    def _look(self) -> None:
        self.selection.look(self.snapshot, self.sight, self.parents)

    def choose(self, id: int | None) -> None:
        """Select an agent by its id, or none."""
        self.selection.choose(id)
        self.selection.walk(self.snapshot)
        self._look()

    def reachable(self) -> set[int]:
        """Return the ids of the selected agent's living relatives."""
        return self.selection.relatives(self.snapshot)

    def go_to(self, id: int) -> str:
        """Show and follow a living agent, and return a message."""
        snapshot = self.snapshot
        if snapshot is None or id not in snapshot.id:
            return f"Agent {id} isn't alive"
        self.choose(id)
        self.viewport.following = True
        cell = self.selection.cell(snapshot)
        assert cell is not None
        self.viewport.go_to(cell)
        return f"Agent {id}"

    # ------------------------------------------------------------ what a person does

    def act(self, action: str) -> str | None:
        """Perform the action of a key, and return a message; None if the action isn't for the field."""
        match action:
            case "lens" | "lens_back":
                self.lens = (self.lens + (1 if action == "lens" else -1)) % len(LENSES)
                if self.lens and self.selection.id is None:
                    self._next_agent(1)
                return f"Lens: {LENS_WORDS[LENSES[self.lens]]}"
            case "colours":
                self.colouring = (self.colouring + 1) % len(COLOURINGS)
                return f"Colours: {WORDS[COLOURINGS[self.colouring]]}"
            case "marks":
                self.is_marked = not self.is_marked
                return f"Births, matings and deaths are {'' if self.is_marked else 'not '}marked"
            case "deploy":
                return self._deploy()
            case "agent" | "agent_before":
                return self._next_agent(1 if action == "agent" else -1)
            case "parent" | "child":
                return self._relative(action)
            case "zoom_in" | "zoom_out" | "whole" | "north" | "south" | "west" | "east":
                cell = self.selection.cell(self.snapshot)
                if cell is not None and action.startswith("zoom"):
                    self.viewport.go_to(cell)
                self.viewport.move(action)
            case "reveal":
                return "Nothing is hidden in an ecology"
        return None

    def _relative(self, which: str) -> str:
        if self.portrait is None:
            return "Select an agent first"
        ids = self.portrait.parents if which == "parent" else self.portrait.children
        living = [id for id in ids if id in self.reachable()]
        return self.go_to(living[0]) if living else f"No {which} of it lives now"

    def _next_agent(self, step: int) -> str:
        """Select the next agent by age; at first, one that has just grown up."""
        snapshot = self.snapshot
        if snapshot is None or not len(snapshot.id):
            return "Nobody lives"
        order = np.sort(snapshot.id)
        if self.selection.id is None:
            adult_at = self.sight.rules.adult_at if self.sight is not None else self.world.life.adult_at
            self.go_to(int(snapshot.id[np.argmin(np.abs(snapshot.age - adult_at))]))
        else:
            at = int(np.searchsorted(order, self.selection.id))
            found = at < len(order) and int(order[at]) == self.selection.id
            self.go_to(int(order[(at + (step if found or step < 0 else 0)) % len(order)]))
        return ""

    def _deploy(self) -> str:
        home = self.moved.home if self.moved is not None else self.environment
        names = [name for name in self.scenario.environments if name != home]
        if not names:
            return "There is only one environment"
        if self.moved is None and not self.is_alive:
            return "No agent is left to move"
        at = names.index(self.moved.there) + 1 if self.moved is not None else 0
        environment = names[at] if at < len(names) and self.is_alive else None
        self.moved = Experiment(home, environment, self.now) if environment is not None else None
        self.sum, self.buffer = RateSums(), SnapshotBuffer()
        self.wish += 1
        wish, tick = self.wish, int(self.tick)
        interval = self._stored_before(tick)
        self.worker.ask("live", lambda: self.reader.enter(wish, interval, tick, environment))
        if environment is None:
            return "Back to the run, from this tick on"
        return f"The world is {environment} now: an experiment; the run is not altered"

    @property
    def environment(self) -> str:
        """Return the run's main environment at the current tick."""
        shares = shares_at(self.scenario.evolution.schedule, int(self.tick) // self.per * self.per)
        return max(shares, key=lambda name: shares[name])

    def escape(self) -> bool:
        """Deselect the agent, and return whether there was one."""
        if self.selection.id is None:
            return False
        self.choose(None)
        self.lens = 0
        return True

    def click(self, pen: Pen, box: pygame.Rect, point: tuple[int, int]) -> bool:
        """Select the agent nearest to a point in pixels, and return whether there was one."""
        snapshot = self.snapshot
        if snapshot is None or not len(snapshot.id) or not self.viewport.sees(point):
            return False
        row, column = self.viewport.place(point)
        rows, columns = np.divmod(snapshot.cell, snapshot.columns)
        apart = np.hypot(rows - row, columns - column)
        nearest = int(apart.argmin())
        if apart[nearest] > max(CLICK, pen.px(CLICK_UNITS) / self.viewport.camera.cell):
            return False
        self.choose(int(snapshot.id[nearest]))
        return True

    def drag(self, pen: Pen, box: pygame.Rect, by: tuple[int, int]) -> bool:
        """Move the view by a distance in pixels."""
        self.viewport.drag(by)
        return True

    def wheel(self, pen: Pen, box: pygame.Rect, point: tuple[int, int], turns: float) -> bool:
        """Zoom by turns of the mouse wheel."""
        self.viewport.wheel(turns, point)
        return True

    # ------------------------------------------------------------ what it looks like

    def draw(self, pen: Pen, surface: pygame.Surface, box: pygame.Rect, hover: tuple[int, int] | None) -> None:
        """Draw the field and its legend."""
        share = self.tick - int(self.tick)
        after = self.buffer.at(int(self.tick) + 1) if share > 0.0 else None
        recent = marked_ticks(self.buffer.kept, self.tick, self.rate) if self.is_marked else RecentEvents()
        moment = FieldFrame(self.snapshot, after, share, self.colouring, self.lens, recent, self.is_marked)
        self.picture.draw(pen, surface, box, moment, self.viewport, self.selection)

    def retention(self) -> Retention:
        """Return how much capability and goal are retained since the world changed."""
        if self.moved is not None and self.seen is not None:
            return retention_since(self.moved, self.sum, self.seen, self.per, alive=self.is_alive)
        return retention_in_run(self.scenario, self.seen, self.now, self.environment, alive=self.is_alive)

    def clouds(self) -> tuple[Any, Any, float]:
        """Return objective space now and before, and the seconds since it changed."""
        return self.cloud, self.before, self.since
