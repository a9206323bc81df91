"""Branching: from a run to its panel, from there to futures side by side, and back; the run itself is never altered."""

from typing import Any, NamedTuple, Protocol

import pygame

from evosim.scenario import ScenarioError
from evosim.scenario.schema.entry_points import PluginError
from evosim.storage.schema import RunFileError
from evosim.sweeps.branch import without_effect
from viz.live.drawing.pen import Pen
from viz.live.futures.charts import CurveLook, look_of_future, look_of_side
from viz.live.futures.panel import BranchPanel
from viz.live.futures.panel_picture import draw_panel
from viz.live.futures.parameters import describe_change, find_parameters
from viz.live.futures.reader import FuturesReader
from viz.live.futures.sources import AS_IT_WAS, Futures, FuturesPlan, plan_both
from viz.live.futures.stored import StoredFutures
from viz.live.futures.view import FuturesView, Pane
from viz.live.scenes.sources import Source
from viz.live.window.views import ViewKind
from viz.live.worker.reader import Reader, RunView
from viz.live.worker.view import View
from viz.live.worker.worker import Job, Worker

UNSAVED = "not saved: W saves them as run files · B: others"
SAVED = "saved as run files · B: others"
SPACIOUS = 2  # runs beside each other in which there is room for marks of births and deaths
SHORT = 14  # letters of what is changed, for it to name what is shown
PARAMETERS, PLAN, CLOSED = "parameters", "plan", "closed"
ShownTogether = tuple[Any, View, RunView | None]  # reader, view and what was seen


class ShownRun(NamedTuple):
    """A run that is to be shown beside others."""

    name: str
    side: str  # AS_IT_WAS or CHANGED; empty: one of many futures
    look: CurveLook
    source: Source


class Branched(Protocol):
    """What branching needs of a session."""

    source: Source
    worker: Worker
    kind: ViewKind
    unit: str
    reader: Any
    view: View
    seen: RunView | None
    playing: bool
    changed: bool
    trouble: str

    def say(self, words: str) -> None:
        """Show a message for a while."""

    def look(self) -> None:
        """Read what is new."""


class NumberedWorker(Worker):
    """A worker whose jobs carry the number of a run, so that the same job of several runs is not the same."""

    def __init__(self, worker: Worker, number: int) -> None:
        super().__init__()
        self.worker, self.number = worker, number

    def ask(self, name: str, job: Job) -> None:
        """Enqueue a job."""
        self.worker.ask(f"{self.number}:{name}", job)

    def is_busy(self, name: str) -> bool:
        """Whether it is pending, running, or has a result that hasn't been taken."""
        return self.worker.is_busy(f"{self.number}:{name}")


class Branching:
    """The panel and the futures of a session."""

    make: Any = None  # what makes futures, in tests; None: a process

    def __init__(self, session: Branched) -> None:
        self.session = session
        self.panel: BranchPanel | None = None
        self.lines: list[tuple[pygame.Rect, int]] = []  # of the panel, where they are drawn
        self.futures: Futures | None = None
        self.theirs: ShownTogether | None = None  # what is shown of futures, while the run is shown
        self.own: ShownTogether | None = None  # what is shown of the run, while futures are
        self.stored: StoredFutures | None = None  # if futures of a folder are shown
        self.title, self.about = "", ""
        self.shown = 0  # runs of all futures there were, by which results of the worker are told apart

    @property
    def is_open(self) -> bool:
        """Whether futures are shown."""
        return self.own is not None

    # ------------------------------------------------------------ the panel

    def press(self) -> None:
        """Go on to what branching shows next: the panel, or the futures that there are."""
        if self.theirs is not None:
            self._exchange()
            others = "" if self.stored is not None else ", B makes others"
            self.session.say(f"Futures of this run; Esc goes back to it{others}")
        elif self.stored is not None:
            self.session.say("Others are made of the run that these are of: `evosim watch RUN`, and B")
        else:
            self._open_panel()

    def _open_panel(self) -> None:
        session = self.session
        seen, view = (self.own[2], self.own[1]) if self.own is not None else (session.seen, session.view)
        if seen is None or not seen.stored:
            return
        step = max((g for g in seen.stored if g <= view.now + 1e-6), default=None)
        if step is None:
            session.say(f"The first {self.session.unit} is not over yet")
            return
        start, when = self._start_after(step)
        self.panel = BranchPanel(session.source.path, session.source.scenario, session.source.seed, step, start, when)
        session.playing = False
        reader = self.own[0] if self.own is not None else session.reader
        session.worker.ask(PARAMETERS, lambda: find_parameters(reader.run))

    def _start_after(self, step: int) -> tuple[int, str]:
        """Return the first moment after a step, as a schedule counts, and in words."""
        moments = self.session.kind.moments(self.session.source.scenario)
        start = (step + 1) * moments
        return start, f"tick {start:,}" if moments > 1 else f"{self.session.unit} {start}"

    def handle(self, event: pygame.event.Event) -> bool:
        """Handle an event if the panel is open, and return whether it is."""
        panel = self.panel
        if panel is None or event.type == pygame.QUIT:
            return False
        self.session.changed = True
        if event.type == pygame.KEYDOWN:
            done = panel.handle(event)
            if done == "close":
                self.panel = None
            elif done == "start":
                self._ask(panel)
        elif event.type == pygame.MOUSEBUTTONDOWN and event.button == 1:
            self._click(panel, event.pos)
        elif event.type == pygame.MOUSEWHEEL and not panel.is_waiting:
            panel.choose(panel.at - round(event.y))
        return event.type != pygame.VIDEORESIZE

    def _click(self, panel: BranchPanel, point: tuple[int, int]) -> None:
        """Choose a line; a click on its value, left or right, takes another."""
        for box, number in self.lines if not panel.is_waiting else ():
            if box.collidepoint(point):
                was = panel.at
                panel.choose(number)
                if was == number and point[0] > box.centerx:
                    panel.change(1 if point[0] > box.centerx + box.width // 4 else -1)

    def draw(self, pen: Pen, surface: pygame.Surface) -> None:
        """Draw the panel if it is open."""
        if self.panel is not None:
            self.lines = draw_panel(pen, surface, self.panel)

    def _ask(self, panel: BranchPanel) -> None:
        """Plan what the panel asks for, on the worker's thread; what is wrong with it is said in the panel."""
        panel.is_waiting, panel.trouble = True, ""
        reader = self.own[0] if self.own is not None else self.session.reader
        seeds, overrides = panel.seeds(), panel.overrides()

        def plan() -> FuturesPlan | str:
            try:
                if idle := without_effect(reader.run.scenario, overrides):
                    return f"{idle[0]} changes nothing: it is so in the run"
                return plan_both(reader.run, panel.step, seeds, overrides)
            except (ScenarioError, RunFileError, PluginError) as error:
                return str(error)

        self.session.worker.ask(PLAN, lambda: (panel, plan()))

    def answer(self, name: str, answer: Any) -> bool:
        """Handle a result of the worker if it is branching's, and return whether it is."""
        if name == PARAMETERS:
            if self.panel is not None:
                self.panel.parameters = answer
        elif name == PLAN:
            panel: BranchPanel | None = answer[0]
            plan: FuturesPlan | str = answer[1]
            if panel is None or panel is not self.panel:
                return True
            panel.is_waiting = False
            if isinstance(plan, str):
                panel.trouble = plan
            else:
                self._begin(panel, plan)
        return name in (PARAMETERS, PLAN, CLOSED) or (":" in name) != self.is_open

    # ------------------------------------------------------------ futures

    def _begin(self, panel: BranchPanel, plan: FuturesPlan) -> None:
        try:
            futures = Futures(plan, self.make)
        except OSError as error:
            panel.trouble = f"no futures can be made: {error}"
            return
        self.drop()
        self.futures, self.panel = futures, None
        session = self.session
        changed, sides = describe_change(panel.overrides()), futures.sides()
        self.title = f"From {panel.when} on, {changed or 'with other seeds'}"
        self.about = f"futures from {panel.when} on, of seed {session.source.seed}"
        shown = []
        for side in sides:
            said = changed if side.name != AS_IT_WAS and 0 < len(changed) <= SHORT else side.name
            name = said if len(sides) == 2 else f"{said}, seed {side.seed}"
            shown.append(ShownRun(name, side.name, look_of_side(side.name), side.source or session.source))
        self._open(shown, panel.step, fewer=len(sides) // 2 + 1)
        session.say("Futures are made by another process, and shown as they come; Esc goes back to the run")

    def show(self, futures: StoredFutures) -> None:
        """Show futures of a folder, in place of the past that they share, which the session is on."""
        self.stored = futures
        _, when = self._start_after(futures.step)
        seeds = f"with other seeds{f' of {futures.varies}' if futures.varies else ''}"
        self.title = f"From {when} on, {describe_change([*futures.changes]) or seeds}"
        self.about = f"futures from {when} on, of seed {self.session.source.seed}"
        shown = [ShownRun(f"seed {run.seed}", "", look_of_future(i), run) for i, run in enumerate(futures.runs)]
        self._open(shown, futures.step, fewer=len(shown) // 2 + 1)
        self.session.say("Futures of one state; Esc goes back to what they share")

    def _open(self, shown: list[ShownRun], step: int, fewer: int) -> None:
        """Show runs side by side that share their past up to a step; walls with worlds `fewer` times less."""
        session, kind = self.session, self.session.kind
        readers: list[Reader] = []
        panes = []
        for number, run in enumerate(shown):
            worker = NumberedWorker(session.worker, self.shown + number)
            reader, view = kind.opened(run.source, worker, "typical", None, False)
            for _ in range(fewer):
                view.act("fewer")  # worlds, of a wall
            if len(shown) > SPACIOUS:
                view.act("marks")  # none, in fields that are small
            readers.append(reader)
            panes.append(Pane(run.name, run.side, run.look, view, view.picture))
        combined = FuturesReader(readers, [(run.name, run.look) for run in shown], step, self.title)
        moments = kind.moments(session.source.scenario)
        self.theirs = (combined, FuturesView(combined, panes, step, moments, self.shown), None)
        self.shown += len(shown)
        self._exchange()
        session.playing = True

    def _exchange(self) -> None:
        """Show futures in place of the run, or the run in place of futures."""
        session = self.session
        here: ShownTogether = (session.reader, session.view, session.seen)
        there = self.theirs if self.own is None else self.own
        assert there is not None
        self.own, self.theirs = (here, None) if self.own is None else (None, here)
        session.reader, session.view, session.seen = there
        session.trouble, session.changed = "", True
        session.look()

    def leave(self) -> bool:
        """Go back to the run, and return whether futures were shown."""
        if not self.is_open:
            return False
        self._exchange()
        what = "The run, as it is; B shows its futures again" if self.stored is None else "What they share; B: futures"
        self.session.say(what)
        return True

    def of_files(self, *, is_film: bool = False) -> str:
        """Return what there is to say of the files of futures, in a film without keys."""
        if self.stored is not None:
            note = f"{self.stored.note} futures" if self.stored.note else "stored"
            return f"{note} in {self.stored.path.name}{'' if is_film else ' · Esc: what they share'}"
        return SAVED if self.futures is not None and self.futures.saved else UNSAVED

    def save(self) -> None:
        """Save the futures as run files, and say where."""
        if self.stored is not None:
            self.session.say(f"They are stored: {self.stored.path}")
        elif self.futures is None:
            self.session.say("There are no futures to be saved: B makes some")
        elif not self.futures.is_done:
            self.session.say("Futures can be saved when all are made")
        else:
            try:
                paths = self.futures.save()
            except (OSError, RunFileError) as error:
                self.session.say(f"Not saved: {error}")
                return
            self.session.say(f"Saved: {' and '.join(map(str, paths))}")

    def drop(self) -> None:
        """End futures that there are, and show the run."""
        if self.is_open:
            self._exchange()
        if self.theirs is not None:
            self.session.worker.ask(CLOSED, self.theirs[0].close)
        self.drop_files()
        self.futures, self.theirs = None, None

    def drop_files(self) -> None:
        """End futures, and drop those that were not saved."""
        if self.futures is not None:
            self.futures.end()

    def close(self) -> None:
        """Close all files, on the worker's thread: the last that it does."""
        for reader in self.other_readers():
            reader.close()

    def other_readers(self) -> list[Any]:
        """Return the readers that there are, beside that of what is shown."""
        return [shown[0] for shown in (self.own, self.theirs) if shown is not None]
