"""The field's view: which tick of an ecology is looked at, from where, and whether it is an experiment."""

from typing import Any, NamedTuple

import numpy as np
import pygame

from evosim.scenario import Scenario
from evosim.scenario.ecologies import EcologyWorld
from viz.live.animal import portrait_of_animal
from viz.live.camera import Camera, cell_at, fit, kept_in, panned, zoomed
from viz.live.cloud import Cloud
from viz.live.colouring import COLOURINGS, WORDS, coloured, draw_legend
from viz.live.field import NEAR, Shown, Sprites, draw_field, row_of
from viz.live.field_lens import Around, Sight
from viz.live.grid_picture import LENS_WORDS, LENSES, tint_of
from viz.live.needles import Kept
from viz.live.pen import Pen
from viz.live.portrait import Portrait
from viz.live.reader import Began, Lived, Reader, Seen
from viz.live.replay import Reel, Snapshot
from viz.live.wall import draw_note
from viz.live.worker import Worker

AHEAD = 0.15  # seconds of time, at its speed, that are lived in advance
MOST_AHEAD = 48  # ticks
ENOUGH = 20  # ticks of an experiment, before it is said what is kept
STEP = 1.35  # of a zoom
PAN = 0.12  # of the box, by a key
TRAIL = 60  # ticks
DIED = "has died"
LEGEND = 22  # units
GLIDES = 1.0  # seconds in which objective space moves
CLOSE, LAG = 10.0, 0.25  # pixels of a cell, from which on the camera follows; seconds that it is behind
CLICK = 1.2  # cells, or units where cells are small, in which a click finds an agent


class Sum(NamedTuple):
    """What has happened since an experiment began."""

    ticks: int = 0
    births: int = 0
    lived: int = 0
    planned: int = 0
    utility: float = 0.0


class Change(NamedTuple):
    """An experiment: the world was changed under all who lived."""

    home: str  # the environment before
    there: str
    interval: float  # at which


class FieldView:
    """An ecology at a tick."""

    def __init__(self, scenario: Scenario, reader: Reader, worker: Worker) -> None:
        assert isinstance(scenario.world, EcologyWorld)
        self.scenario, self.world, self.reader, self.worker = scenario, scenario.world, reader, worker
        self.seen: Seen | None = None
        self.reel, self.sprites = Reel(), Sprites()
        self.tick = 0.0  # where we are, between two snapshots
        self.wish = 0  # the number of what has been asked for last
        self.interval: int | None = None  # the stored one that was gone to
        self.end = 0  # tick to which the run is known
        self.box = pygame.Rect(10, 46, 900, 640)  # until it is drawn
        self.camera: Camera = fit(*scenario.world.size, self.box)
        self.colouring, self.lens = 0, 0
        self.selected: int | None = None
        self.following = False  # the camera goes with the chosen agent
        self.portrait: Portrait | None = None
        self.sight: Sight | None = None
        self.parents = np.zeros((0, 2), np.int64)
        self.looked: tuple[tuple[int, int], Around] | None = None  # tick and id of what was seen
        self.trail: list[int] = []
        self.moved: Change | None = None  # None: as the run has it
        self.sum, self.since = Sum(), 0.0
        self.cloud: Cloud | None = None
        self.before: Cloud | None = None

    # ------------------------------------------------------------ what is asked for, and comes

    def notice(self, seen: Seen) -> None:
        """Take note of how far the run has come; begin with its first state."""
        self.seen = seen
        if seen.stored:
            self.end = (seen.stored[-1] + 1) * self.scenario.evolution.interval
            if self.interval is None:
                self.show(seen.stored[0])

    def show(self, generation: int) -> None:
        """Ask for a state that is stored."""
        self.interval = generation
        self._begin(generation, 0)

    def _begin(self, interval: int, more: int) -> None:
        """Ask for the state at the end of an interval, and some ticks after it."""
        self.wish += 1
        wish = self.wish
        self.moved = None
        self.worker.ask("begin", lambda: self.reader.begin(wish, interval, more))

    def answer(self, name: str, answer: Any) -> None:
        """Take what the worker has done."""
        if name == "begin" and isinstance(answer, Began) and answer.wish == self.wish:
            self.reel = Reel()
            for snapshot in answer.snapshots:
                self.reel.add(snapshot)
            self.sight, self.parents = answer.sight, answer.parents
            self.tick = float(self.reel.last)
            self.trail, self.sum = [], Sum()
            self.before, self.cloud, self.since = self.cloud, answer.cloud, 0.0
            self._look()
        elif name == "live" and isinstance(answer, Lived) and answer.wish == self.wish:
            for snapshot in answer.snapshots:
                self.reel.add(snapshot)
                if self.moved is not None:
                    births, lived, planned, _, _ = snapshot.counts
                    done = self.sum
                    self.sum = Sum(
                        done.ticks + 1, done.births + births, done.lived + lived, done.planned + planned,
                        done.utility + snapshot.utility,
                    )  # fmt: skip
            self.sight, self.parents = answer.sight, answer.parents
            if self.snapshot is None:  # it went on a little before the world was changed, or can't go on as far
                self.tick = float(self.reel.last)

    @property
    def snapshot(self) -> Snapshot | None:
        """Give the ecology as it is now."""
        return self.reel.at(int(self.tick))

    # ------------------------------------------------------------ time

    @property
    def now(self) -> float:
        """Say where on the timeline it is, in intervals."""
        return self.tick / self.scenario.evolution.interval - 1.0 if self.reel.kept else float(self.interval or 0)

    def clock(self) -> str:
        """Say in words when it is."""
        snapshot = self.snapshot
        if snapshot is None:
            return ""
        return f"tick {snapshot.tick:,} · {len(snapshot.id):,} agents, {snapshot.environment}"

    def advance(self, seconds: float, rate: float) -> bool:
        """Let time pass; tell whether another state is to be gone to, as it does at the end of what is known."""
        self.since += seconds
        if not self.reel.kept:
            return False
        here, wanted = int(self.tick), self.tick + seconds * rate
        self._live_on(rate)
        last = self.reel.last
        reached = min(wanted, float(last))
        for tick in range(here + 1, int(reached) + 1):
            self._follow(tick)
        self.tick = max(self.tick, reached)
        self._go_with(seconds)
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
        """Go some ticks on or back; as far back as is kept."""
        wanted = int(self.tick) + ticks
        if ticks > 0 and wanted > self.reel.last:
            self._live_on(1.0)
        target = min(max(wanted, self.reel.first), self.reel.last) if self.reel.kept else 0
        if ticks < 0 and wanted < self.reel.first:
            self._farther_back(wanted)
            return
        if ticks > 0:
            for tick in range(int(self.tick) + 1, target + 1):
                self._follow(tick)
        elif self.trail:
            del self.trail[ticks:]
        self.tick = float(target)
        self._look()

    def _farther_back(self, tick: int) -> None:
        """Live again from the state before, where snapshots are no longer kept."""
        assert self.seen is not None
        per, first = self.scenario.evolution.interval, self.seen.stored[0]
        if self.moved is None and tick >= (first + 1) * per:
            self.interval = self._stored_before(tick)
            self._begin(self.interval, tick - (self.interval + 1) * per)

    def _stored_before(self, tick: int) -> int:
        """Give the last interval whose state is stored, and was reached by a tick; the first, if none was."""
        assert self.seen is not None
        per = self.scenario.evolution.interval
        return max((g for g in self.seen.stored if (g + 1) * per <= tick), default=self.seen.stored[0])

    def stamp(self) -> Any:
        """Give something that differs as soon as it looks different, because time has passed."""
        return self.tick, min(self.since, GLIDES), self.reel.last

    # ------------------------------------------------------------ one agent

    def _follow(self, tick: int) -> None:
        snapshot = self.reel.at(tick)
        row = row_of(snapshot, self.selected) if snapshot is not None else None
        if snapshot is not None and row is not None:
            self.trail = [*self.trail[-TRAIL:], int(snapshot.cell[row])]

    def _look(self) -> None:
        """Look at the chosen agent again."""
        snapshot = self.snapshot
        if self.selected is None or snapshot is None or self.sight is None:
            self.portrait, self.looked = None, None
            return
        row = row_of(snapshot, self.selected)
        if row is None:
            self.looked = None
            if self.portrait is not None and DIED not in self.portrait.where:  # what was known of it stays
                self.portrait = self.portrait._replace(where=f"{DIED}: this was {self.portrait.where}")
            return
        from viz.live.field_lens import around, detectors_of, discount_of

        detectors = detectors_of(snapshot, row, self.sight)
        discount = discount_of(snapshot, row, self.sight)
        self.portrait = portrait_of_animal(self.scenario, snapshot, row, self.parents, discount, detectors)
        if self.world.vision <= 10 or self.looked is None or int(self.tick) % 5 == 0:
            self.looked = (snapshot.tick, self.selected), around(snapshot, row, self.sight)

    def choose(self, id: int | None) -> None:
        """Choose an agent by its id."""
        self.selected, self.trail = id, []
        self._follow(int(self.tick))
        self._look()

    def reachable(self) -> set[int]:
        """Say which relatives of the chosen agent live now."""
        snapshot = self.snapshot
        if self.portrait is None or snapshot is None:
            return set()
        alive = set(snapshot.id.tolist())
        return {id for id in (*self.portrait.parents, *self.portrait.children) if id in alive}

    def go_to(self, id: int) -> str:
        """Go to an agent that lives."""
        snapshot = self.snapshot
        row = row_of(snapshot, id) if snapshot is not None else None
        if snapshot is None or row is None:
            return f"Agent {id} doesn't live now"
        self.choose(id)
        self.following = True
        place = divmod(int(snapshot.cell[row]), snapshot.columns)
        moved = self.camera._replace(row=place[0] + 0.5, column=place[1] + 0.5)
        self.camera = kept_in(moved, snapshot.rows, snapshot.columns, self.box)
        return f"Agent {id}"

    # ------------------------------------------------------------ what a person does

    def act(self, action: str) -> str | None:
        """Do what a key asks for; say what has been done, or nothing if it is not for the field."""
        match action:
            case "lens" | "lens_back":
                self.lens = (self.lens + (1 if action == "lens" else -1)) % len(LENSES)
                if self.lens and self.selected is None:
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
                ids = (
                    []
                    if self.portrait is None
                    else self.portrait.parents
                    if action == "parent"
                    else self.portrait.children
                )
                living = [id for id in ids if id in self.reachable()]
                if living:
                    return self.go_to(living[0])
                return "Choose an agent first" if self.portrait is None else f"No {action} of it lives now"
            case "zoom_in" | "zoom_out" | "whole" | "north" | "south" | "west" | "east":
                return self._move_camera(action)
        return None

    def _move_camera(self, action: str) -> str | None:
        snapshot = self.snapshot
        if snapshot is None:
            return None
        rows, columns, box = snapshot.rows, snapshot.columns, self.box
        pan = (PAN * box.width, PAN * box.height)
        match action:
            case "whole":
                self.camera = fit(rows, columns, box)
            case "zoom_in" | "zoom_out":
                factor = STEP if action == "zoom_in" else 1 / STEP
                self.camera = zoomed(self.camera, factor, self._anchor(snapshot), rows, columns, box)
            case _:
                self.following = False
                by = {"north": (0, pan[1]), "south": (0, -pan[1]), "west": (pan[0], 0), "east": (-pan[0], 0)}[action]
                self.camera = panned(self.camera, by, rows, columns, box)
        return None

    def _anchor(self, snapshot: Snapshot) -> tuple[float, float]:
        """Zoom at the chosen agent, if there is one: it is in the middle then."""
        row = row_of(snapshot, self.selected)
        if row is not None:
            place = divmod(int(snapshot.cell[row]), snapshot.columns)
            self.camera = self.camera._replace(row=place[0] + 0.5, column=place[1] + 0.5)
        return float(self.box.centerx), float(self.box.centery)

    def _next_agent(self, step: int) -> str:
        snapshot = self.snapshot
        if snapshot is None or not len(snapshot.id):
            return "Nobody lives"
        order = np.sort(snapshot.id)
        if self.selected is None:
            young = np.abs(snapshot.age - self.world.life.adult_at)
            self.go_to(int(snapshot.id[np.argmin(young)]))  # who has just grown up has most of its life before it
        else:
            at = int(np.searchsorted(order, self.selected))
            found = at < len(order) and int(order[at]) == self.selected
            move = step if found or step < 0 else 0
            self.go_to(int(order[(at + move) % len(order)]))
        return ""

    def _deploy(self) -> str:
        home = self.moved.home if self.moved is not None else self.base_environment
        names = [name for name in self.scenario.environments if name != home]
        if not names:
            return "There is only one environment"
        at = names.index(self.moved.there) + 1 if self.moved is not None else 0
        environment = names[at] if at < len(names) else None
        self.moved = Change(home, environment, self.now) if environment is not None else None
        self.sum = Sum()
        self.wish += 1
        wish, tick = self.wish, int(self.tick)
        interval = self._stored_before(tick)
        self.reel = Reel()
        self.worker.ask("live", lambda: self.reader.enter(wish, interval, tick, environment))
        if environment is None:
            return "As the run has it, from this tick on"
        return f"The world is {environment} now: an experiment; the run stays as it is"

    @property
    def base_environment(self) -> str:
        """Name the environment that the run has at this time, or most of it."""
        from evosim.ecology.rules import shares_at

        per = self.scenario.evolution.interval
        shares = shares_at(self.scenario.evolution.schedule, int(self.tick) // per * per)
        return max(shares, key=lambda name: shares[name])

    def escape(self) -> bool:
        """Leave the chosen agent; tell whether there was one."""
        if self.selected is None:
            return False
        self.choose(None)
        self.lens = 0
        return True

    def click(self, pen: Pen, box: pygame.Rect, point: tuple[int, int]) -> bool:
        """Choose the agent nearest to a point; where there is none, nobody."""
        snapshot = self.snapshot
        if snapshot is None or not len(snapshot.id) or not self._inner(pen, box).collidepoint(point):
            return False
        if cell_at(self.camera, self.box, point, snapshot.rows, snapshot.columns) is None:
            return False
        row, column = (
            self.camera.row + (point[1] - self.box.centery) / self.camera.cell - 0.5,
            self.camera.column + (point[0] - self.box.centerx) / self.camera.cell - 0.5,
        )
        rows, columns = np.divmod(snapshot.cell, snapshot.columns)
        apart = np.hypot(rows - row, columns - column)
        nearest = int(apart.argmin())
        reach = max(CLICK, pen.px(10) / self.camera.cell)
        if apart[nearest] > reach:
            return False
        self.choose(int(snapshot.id[nearest]))
        return True

    def drag(self, pen: Pen, box: pygame.Rect, by: tuple[int, int]) -> bool:
        """Move the field."""
        snapshot = self.snapshot
        if snapshot is None:
            return False
        self.camera = panned(self.camera, by, snapshot.rows, snapshot.columns, self.box)
        self.following = False
        return True

    def wheel(self, pen: Pen, box: pygame.Rect, point: tuple[int, int], turns: float) -> bool:
        """Look nearer or farther."""
        snapshot = self.snapshot
        if snapshot is None:
            return False
        factor = STEP ** max(min(turns, 6.0), -6.0)
        self.camera = zoomed(self.camera, factor, point, snapshot.rows, snapshot.columns, self.box)
        return True

    # ------------------------------------------------------------ what it looks like

    def _inner(self, pen: Pen, box: pygame.Rect) -> pygame.Rect:
        return pygame.Rect(box.left, box.top, box.width, max(box.height - pen.px(LEGEND), 1))

    def draw(self, pen: Pen, surface: pygame.Surface, box: pygame.Rect, hover: tuple[int, int] | None) -> None:
        """Draw the field and its legend."""
        inner, snapshot = self._inner(pen, box), self.snapshot
        if snapshot is None:
            draw_note(pen, surface, inner, "Reading …", "")
            return
        if inner != self.box:
            whole = self.camera == fit(snapshot.rows, snapshot.columns, self.box)
            self.box = inner
            found = fit(snapshot.rows, snapshot.columns, inner) if whole else self.camera
            self.camera = kept_in(found, snapshot.rows, snapshot.columns, inner)
        before, share = self._between()
        after = self.reel.at(int(self.tick) + 1)
        shown_now = after if after is not None and share > 0.0 else snapshot
        colouring = coloured(pen, shown_now, COLOURINGS[self.colouring], self.scenario)
        draw_field(
            pen, surface, inner, shown_now, before, self._shown(pen, share if before is not None else 1.0), colouring,
            self.sprites,
        )  # fmt: skip
        if not len(snapshot.id):
            draw_note(pen, surface, inner, "Nobody lives", f"The last agent had died by tick {snapshot.tick:,}.")
        if self.camera.cell >= 2 * NEAR:
            mark = ("disc", pen.theme.counted, "rim: can mate")
            colouring = colouring._replace(legend=(*colouring.legend, mark))
        lens = LENSES[self.lens]
        words = LENS_WORDS[lens] if self.lens else "L: lens · C: colours"
        legend = pygame.Rect(box.left, box.bottom - pen.px(18), box.width, pen.px(18))
        draw_legend(pen, surface, legend, COLOURINGS[self.colouring], colouring, self.scenario, words)

    def _go_with(self, seconds: float) -> None:
        """Let the camera go with the chosen agent, seen from near, a little behind it."""
        snapshot = self.snapshot
        row = row_of(snapshot, self.selected) if snapshot is not None else None
        if snapshot is None or row is None or not self.following or self.camera.cell < CLOSE:
            return
        lag = 1.0 - float(np.exp(-seconds / LAG))
        place = divmod(int(snapshot.cell[row]), snapshot.columns)
        moved = self.camera._replace(
            row=self.camera.row + lag * (place[0] + 0.5 - self.camera.row),
            column=self.camera.column + lag * (place[1] + 0.5 - self.camera.column),
        )
        self.camera = kept_in(moved, snapshot.rows, snapshot.columns, self.box)

    def _between(self) -> tuple[Snapshot | None, float]:
        """Give the tick before, from which agents glide, and how far they have come."""
        share = self.tick - int(self.tick)
        return (self.snapshot, share) if share > 0.0 and self.reel.at(int(self.tick) + 1) is not None else (None, 1.0)

    def _shown(self, pen: Pen, share: float) -> Shown:
        around = self.looked[1] if self.looked is not None else None
        lens, tints = LENSES[self.lens], None
        if around is not None and lens in ("wanted", "counted", "disagreement"):
            heights = {"wanted": around.wanted, "counted": around.counted, "disagreement": around.disagreement}[lens]
            most = 1.0 if lens == "disagreement" else float(np.nanmax(heights, initial=0.0))
            tints = heights / most if most > 0.0 else None
        plan = tuple((float(r), float(c)) for r, c in around.plan) if around is not None else ()
        return Shown(
            self.camera, share, self.selected, self.world.vision, tuple(self.trail), plan, tints, tint_of(pen, lens)
        )

    def needles(self) -> Kept:
        """Say what is kept of capability and goal since the world was changed."""
        if self.moved is None or self.seen is None:
            return self._since_change()
        (home, where, began), done = self.moved, self.sum
        if done.ticks < ENOUGH:
            words = f"{done.ticks} of the first {ENOUGH} ticks"
            return Kept(np.nan, np.nan, where, home, True, words, True)
        births, utility = self.seen.rates_at(began)
        goal = done.births / max(done.lived, 1) / births if births > 0.0 else np.nan
        capability = done.utility / max(done.planned, 1) / utility if utility > 0.0 else np.nan
        words = f"utility and births per agent and tick, {done.ticks} ticks beside the interval before"
        return Kept(capability, goal, where, home, True, words)

    def _since_change(self) -> Kept:
        """Compare the interval that is looked at with those before the run's own first change, if that has been."""
        home, schedule = self.base_environment, self.scenario.evolution.schedule
        first = schedule[0].shown()
        if self.seen is None or home == first or len(schedule) < 2:
            return Kept(1.0, 1.0, home, home, False, "D changes the world under all who live")
        births, utility = self.seen.rates_before(schedule[1].start / self.scenario.evolution.interval)
        now = self.seen.rates_at(self.now)
        goal = now[0] / births if births > 0.0 else np.nan
        capability = now[1] / utility if utility > 0.0 else np.nan
        words = f"births and utility in this interval, beside {first}"
        return Kept(capability, goal, home, first, False, words, title=f"in {home}")

    def clouds(self) -> tuple[Any, Any, float]:
        """Give objective space as it is, as it was before, and for how many seconds it has been."""
        return self.cloud, self.before, self.since
