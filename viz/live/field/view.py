"""The field's view: which tick of an ecology is looked at, from where, and whether it is an experiment."""

from typing import Any

import numpy as np
import pygame

from evosim.ecology.rules import shares_at
from evosim.scenario import Scenario
from viz.live.drawing.pen import Pen
from viz.live.field.changed_world import Change, Sum, kept_in_run, kept_since
from viz.live.field.chosen import Chosen
from viz.live.field.colouring import COLOURINGS, WORDS, first_ecology
from viz.live.field.eye import Eye
from viz.live.field.picture import FieldPicture, Moment
from viz.live.field.reader import Began, FieldReader, Lived
from viz.live.panels.cloud import Cloud
from viz.live.panels.needles import Kept
from viz.live.panels.portrait import Portrait
from viz.live.scenes.field_lens import Sight
from viz.live.scenes.replay import Reel, Snapshot
from viz.live.wall.grid_picture import LENS_WORDS, LENSES
from viz.live.worker.reader import Seen
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
        self.seen: Seen | None = None
        self.reel, self.eye, self.picture = Reel(), Eye(*self.world.size), FieldPicture(scenario, self.world.vision)
        self.chosen = Chosen(scenario, self.world.vision)
        self.tick = 0.0  # where we are, between two snapshots
        self.owed = 0  # ticks that a person has asked to step on, which are still being lived
        self.wish = 0  # the number of what has been asked for last
        self.interval: int | None = None  # the stored one that was gone to
        self.arrives = False  # there, as soon as it is read
        self.end = 0  # tick to which the run is known
        self.colouring, self.lens = 0, 0
        self.sight: Sight | None = None
        self.parents = np.zeros((0, 2), np.int64)
        self.moved: Change | None = None  # None: as the run has it
        self.sum, self.since = Sum(), 0.0
        self.cloud: Cloud | None = None
        self.before: Cloud | None = None

    # ------------------------------------------------------------ what is asked for, and comes

    def notice(self, seen: Seen) -> None:
        """Take note of how far the run has come; begin with its first state."""
        self.seen = seen
        if seen.stored:
            self.end = (seen.stored[-1] + 1) * self.per
            if self.interval is None:
                self.show(seen.stored[0])

    def show(self, generation: int) -> None:
        """Ask for a state that is stored; with a lens on, who lives there is looked at."""
        self.interval, self.arrives = generation, True
        self._begin(generation, 0)

    def _begin(self, interval: int, more: int) -> None:
        """Ask for the state at the end of an interval, and some ticks after it."""
        self.wish += 1
        wish, self.owed = self.wish, 0
        self.moved = None
        self.worker.ask("begin", lambda: self.reader.begin(wish, interval, more))

    def answer(self, name: str, answer: Any) -> None:
        """Take what the worker has done."""
        if answer.wish != self.wish:
            return
        if isinstance(answer, Began):
            self.reel = Reel()
            for snapshot in answer.snapshots:
                self.reel.add(snapshot)
            self.tick = float(self.reel.last)
            self.chosen.trail, self.sum = [], Sum()
            self.before, self.cloud, self.since = self.cloud, answer.cloud, 0.0
        elif isinstance(answer, Lived):
            self.before, self.cloud = None, answer.cloud
            for snapshot in answer.snapshots:
                self.reel.add(snapshot)
                if self.moved is not None and snapshot.counts[1]:
                    self.sum = self.sum.add(snapshot)
            if self.snapshot is None:  # it went on a little before the world was changed, or can't go on as far
                self.tick = float(self.reel.last)
            if owed := self.owed:
                self.owed = 0
                self.step(owed)
        self.sight, self.parents = answer.sight, answer.parents
        if isinstance(answer, Began) and self.arrives:
            self.arrives = False
            if self.lens and self.chosen.cell(self.snapshot) is None:
                self.chosen.choose(None)
                self._next_agent(1)
        self._look()

    @property
    def snapshot(self) -> Snapshot | None:
        """Give the ecology as it is now."""
        return self.reel.at(int(self.tick))

    @property
    def is_alive(self) -> bool:
        """Tell whether anybody lives now, as far as is known."""
        return self.snapshot is None or len(self.snapshot.id) > 0

    # ------------------------------------------------------------ time

    @property
    def now(self) -> float:
        """Say where on the timeline it is, in intervals."""
        return self.tick / self.per - 1.0 if self.reel.kept else float(self.interval or 0)

    def clock(self) -> str:
        """Say in words when it is."""
        snapshot = self.snapshot
        if snapshot is None:
            return ""
        return f"tick {snapshot.tick:,} · {len(snapshot.id):,} agents, {snapshot.environment}"

    def advance(self, seconds: float, rate: float) -> bool:
        """Let time pass, as far as the run is known; there is never a generation to be gone to."""
        self.since += seconds
        if not self.reel.kept:
            return False
        here = int(self.tick)
        self._live_on(rate)
        reached = min(self.tick + seconds * rate, float(self.reel.last))
        for tick in range(here + 1, int(reached) + 1):
            self.chosen.walk(self.reel.at(tick))
        self.tick = max(self.tick, reached)
        cell = self.chosen.cell(self.snapshot)
        if cell is not None:
            self.eye.follow(cell, seconds)
        if int(self.tick) != here:
            self._look()
        return False

    def _live_on(self, rate: float) -> None:
        """Ask for the next ticks, if there will soon be too few."""
        snapshot = self.snapshot
        ahead = self.reel.last - int(self.tick)
        enough = min(max(int(AHEAD * rate) + 1, 2), MOST_AHEAD)
        alive = snapshot is not None and len(snapshot.id) > 0
        room = self.end - self.reel.last if self.moved is None else MOST_AHEAD
        if ahead >= enough or room <= 0 or not alive or self.worker.is_busy("live") or self.worker.is_busy("begin"):
            return
        wish, ticks = self.wish, min(enough - ahead, room)
        self.worker.ask("live", lambda: self.reader.live(wish, ticks))

    def again(self) -> None:
        """Stay where it is: there is nothing newer."""

    def step(self, ticks: int) -> None:
        """Go some ticks on or back; where what was before is no longer kept, it is lived again."""
        wanted = int(self.tick) + ticks
        if wanted > self.reel.last:
            self.owed = min(wanted - self.reel.last, MOST_AHEAD)
            self._live_on(1.0)
        if wanted < self.reel.first:
            self._farther_back(wanted)
            return
        target = min(wanted, self.reel.last)
        if ticks > 0:
            for tick in range(int(self.tick) + 1, target + 1):
                self.chosen.walk(self.reel.at(tick))
        else:
            del self.chosen.trail[ticks:]
        self.tick = float(target)
        self._look()

    def _farther_back(self, tick: int) -> None:
        """Live again from the state before."""
        assert self.seen is not None
        if self.moved is None and tick >= (self.seen.stored[0] + 1) * self.per:
            self.interval = self._stored_before(tick)
            self._begin(self.interval, tick - (self.interval + 1) * self.per)

    def _stored_before(self, tick: int) -> int:
        """Give the last interval whose state is stored, and was reached by a tick; the first, if none was."""
        assert self.seen is not None
        return max((g for g in self.seen.stored if (g + 1) * self.per <= tick), default=self.seen.stored[0])

    def stamp(self) -> Any:
        """Give something that differs as soon as it looks different, because time has passed."""
        return self.tick, min(self.since, GLIDES), self.reel.last, self.eye.camera

    # ------------------------------------------------------------ one agent

    @property
    def portrait(self) -> Portrait | None:
        """Give what is known of the chosen agent."""
        return self.chosen.portrait

    def _look(self) -> None:
        self.chosen.look(self.snapshot, self.sight, self.parents)

    def choose(self, id: int | None) -> None:
        """Choose an agent by its id, or nobody."""
        self.chosen.choose(id)
        self.chosen.walk(self.snapshot)
        self._look()

    def reachable(self) -> set[int]:
        """Say which relatives of the chosen agent live now."""
        return self.chosen.relatives(self.snapshot)

    def go_to(self, id: int) -> str:
        """Go to an agent that lives, and with it."""
        snapshot = self.snapshot
        if snapshot is None or id not in snapshot.id:
            return f"Agent {id} doesn't live now"
        self.choose(id)
        self.eye.following = True
        cell = self.chosen.cell(snapshot)
        assert cell is not None
        self.eye.go_to(cell)
        return f"Agent {id}"

    # ------------------------------------------------------------ what a person does

    def act(self, action: str) -> str | None:
        """Do what a key asks for; say what has been done, or nothing if it is not for the field."""
        match action:
            case "lens" | "lens_back":
                self.lens = (self.lens + (1 if action == "lens" else -1)) % len(LENSES)
                if self.lens and self.chosen.id is None:
                    self._next_agent(1)
                return f"Lens: {LENS_WORDS[LENSES[self.lens]]}"
            case "colours":
                self.colouring = (self.colouring + 1) % len(COLOURINGS)
                return f"Colours: {WORDS[COLOURINGS[self.colouring]]}"
            case "deploy":
                return self._deploy()
            case "agent" | "agent_before":
                return self._next_agent(1 if action == "agent" else -1)
            case "parent" | "child":
                return self._relative(action)
            case "zoom_in" | "zoom_out" | "whole" | "north" | "south" | "west" | "east":
                cell = self.chosen.cell(self.snapshot)
                if cell is not None and action.startswith("zoom"):
                    self.eye.go_to(cell)
                self.eye.move(action)
        return None

    def _relative(self, which: str) -> str:
        if self.portrait is None:
            return "Choose an agent first"
        ids = self.portrait.parents if which == "parent" else self.portrait.children
        living = [id for id in ids if id in self.reachable()]
        return self.go_to(living[0]) if living else f"No {which} of it lives now"

    def _next_agent(self, step: int) -> str:
        """Go to the next by age; first to who has just grown up, and has most of its life before it."""
        snapshot = self.snapshot
        if snapshot is None or not len(snapshot.id):
            return "Nobody lives"
        order = np.sort(snapshot.id)
        if self.chosen.id is None:
            adult_at = self.sight.rules.adult_at if self.sight is not None else self.world.life.adult_at
            self.go_to(int(snapshot.id[np.argmin(np.abs(snapshot.age - adult_at))]))
        else:
            at = int(np.searchsorted(order, self.chosen.id))
            found = at < len(order) and int(order[at]) == self.chosen.id
            self.go_to(int(order[(at + (step if found or step < 0 else 0)) % len(order)]))
        return ""

    def _deploy(self) -> str:
        home = self.moved.home if self.moved is not None else self.environment
        names = [name for name in self.scenario.environments if name != home]
        if not names:
            return "There is only one environment"
        if self.moved is None and not self.is_alive:
            return "Nobody is left to be moved"
        at = names.index(self.moved.there) + 1 if self.moved is not None else 0
        environment = names[at] if at < len(names) and self.is_alive else None
        self.moved = Change(home, environment, self.now) if environment is not None else None
        self.sum, self.reel = Sum(), Reel()
        self.wish += 1
        wish, tick = self.wish, int(self.tick)
        interval = self._stored_before(tick)
        self.worker.ask("live", lambda: self.reader.enter(wish, interval, tick, environment))
        if environment is None:
            return "As the run has it, from this tick on"
        return f"The world is {environment} now: an experiment; the run stays as it is"

    @property
    def environment(self) -> str:
        """Name the environment that the run has at this time, or most of it."""
        shares = shares_at(self.scenario.evolution.schedule, int(self.tick) // self.per * self.per)
        return max(shares, key=lambda name: shares[name])

    def escape(self) -> bool:
        """Leave the chosen agent; tell whether there was one."""
        if self.chosen.id is None:
            return False
        self.choose(None)
        self.lens = 0
        return True

    def click(self, pen: Pen, box: pygame.Rect, point: tuple[int, int]) -> bool:
        """Choose the agent nearest to a point; where there is none, nobody else."""
        snapshot = self.snapshot
        if snapshot is None or not len(snapshot.id) or not self.eye.sees(point):
            return False
        row, column = self.eye.place(point)
        rows, columns = np.divmod(snapshot.cell, snapshot.columns)
        apart = np.hypot(rows - row, columns - column)
        nearest = int(apart.argmin())
        if apart[nearest] > max(CLICK, pen.px(CLICK_UNITS) / self.eye.camera.cell):
            return False
        self.choose(int(snapshot.id[nearest]))
        return True

    def drag(self, pen: Pen, box: pygame.Rect, by: tuple[int, int]) -> bool:
        """Move the field."""
        self.eye.drag(by)
        return True

    def wheel(self, pen: Pen, box: pygame.Rect, point: tuple[int, int], turns: float) -> bool:
        """Look nearer or farther."""
        self.eye.wheel(turns, point)
        return True

    # ------------------------------------------------------------ what it looks like

    def draw(self, pen: Pen, surface: pygame.Surface, box: pygame.Rect, hover: tuple[int, int] | None) -> None:
        """Draw the field and its legend."""
        share = self.tick - int(self.tick)
        after = self.reel.at(int(self.tick) + 1) if share > 0.0 else None
        moment = Moment(self.snapshot, after, share, self.colouring, self.lens)
        self.picture.draw(pen, surface, box, moment, self.eye, self.chosen)

    def needles(self) -> Kept:
        """Say what is kept of capability and goal since the world was changed."""
        if self.moved is not None and self.seen is not None:
            return kept_since(self.moved, self.sum, self.seen, self.per, alive=self.is_alive)
        return kept_in_run(self.scenario, self.seen, self.now, self.environment, alive=self.is_alive)

    def clouds(self) -> tuple[Any, Any, float]:
        """Give objective space as it is, as it was before, and for how many seconds it has been."""
        return self.cloud, self.before, self.since
