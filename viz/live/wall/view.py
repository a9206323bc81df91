"""The wall's view: the current generation, which agents live where, and the current tick of their episodes."""

from typing import Any

import numpy as np
import pygame

from evosim.scenario import Scenario
from evosim.studies.interventions import FITTEST, TYPICAL
from viz.live.drawing.pen import Pen
from viz.live.panels.gauges import Retention
from viz.live.panels.portrait import Portrait
from viz.live.scenes.hiding import ALL_BUT_TRAINING, BLOCKED, HARMLESS, NOT_HIDING, NOTHING, REVEALED, reveal_next
from viz.live.wall.grid_picture import LENS_WORDS, LENSES
from viz.live.wall.picture import WallFrame, WallPicture
from viz.live.wall.reader import MovedPopulation, WallReader, WallScenes
from viz.live.wall.wall import WallOptions, choose_grid
from viz.live.worker.reader import RunView
from viz.live.worker.worker import Worker

COUNTS = (1, 4, 9, 16, 32, 64)  # worlds of each environment, about
REST = 0.9  # seconds, from the end of the last episode to the next generation
GLIDES = 1.0  # seconds in which objective space moves
LIVELY = 15.0  # ticks a second, from which on the rest is shorter


class WallView:
    """One generation in many worlds."""

    def __init__(
        self, scenario: Scenario, reader: WallReader, worker: Worker, who: int | str = TYPICAL,
        environment: str | None = None,
    ) -> None:  # fmt: skip
        self.scenario, self.reader, self.worker = scenario, reader, worker
        self.who = who  # is shown first: the typical agent, the fittest, or one by its id
        self.environment = environment  # the first that everybody can be moved to; none: the first measured
        self.picture = WallPicture(scenario)
        self.stage: WallScenes | None = None
        self.before: WallScenes | None = None  # the stage before, from which the cloud comes
        self.since = 0.0  # seconds that this stage has been there
        self.wish: tuple[Any, ...] = ()  # what has been asked for last
        self.generation: int | None = None  # that is asked for
        self.tick, self.rested = 0.0, 0.0
        self.lens = 0
        self.large: int | None = None
        self.together = False
        self.size = 4  # in COUNTS
        self.room = (900, 640)  # pixels that there are for worlds
        self.selected: int | None = None
        self.portrait: Portrait | None = None
        self.others: list[str] = []  # environments that everybody can be moved to
        self.at = -1  # which of the other environments they are in; -1: at home
        self.moved: MovedPopulation | None = None
        self.home = scenario.measure.environments[0]
        self.seen: RunView | None = None
        self.hides = False  # until it is revealed, what would tell
        self.hidden = NOTHING

    def hide(self) -> None:
        """Show the environment of selection only, and nothing of what agents want, until that is revealed."""
        self.hides, self.hidden = True, ALL_BUT_TRAINING

    # ------------------------------------------------------------ what is asked for, and comes

    def notice(self, seen: RunView) -> None:
        """Update how much of the run is known, and show its first generation at the start."""
        self.seen = seen
        if self.generation is None and seen.stored:
            if isinstance(self.who, int):
                self.go_to(self.who)
            else:
                self.show(seen.stored[0])

    def show(self, generation: int, *, selected: int | None = None) -> None:
        """Request a generation whose genomes are stored."""
        self.generation, self.rested = generation, 0.0
        self.selected = selected
        self._ask()

    def _ask(self) -> None:
        if self.generation is None:
            return
        count, generation, together, selected = self.count(), self.generation, self.together, self.selected
        wish = (generation, self.environments(), count, selected if together else None, together)
        self.wish = wish
        self.worker.ask(
            "stage", lambda: (wish, self.reader.stage(generation, list(wish[1]), count, selected, together, self.who))
        )

    def environments(self) -> tuple[str, ...]:
        """Return the environments on the wall: that of selection on the left, another on the right.

        The first other one is that which was asked for or, if none was, one in which there is no selection.
        """
        names = self.scenario.measure.environments
        home = self.home if self.home in names else names[0]
        selected = {name for phase in self.scenario.evolution.schedule for name in phase.shares()}
        others = [name for name in names if name != home]
        self.others = sorted(others, key=lambda name: (name != self.environment, name in selected))
        if not self.others or self.hidden == ALL_BUT_TRAINING:
            return (home,)
        return home, self.others[max(self.at, 0) % len(self.others)]

    def count(self) -> int:
        """Return the number of worlds for each environment: near the requested number, so that they fill the room."""
        wished = COUNTS[self.size]
        width = self.room[0] / max(len(self.environments()), 1)
        rows, columns = choose_grid(wished, width, self.room[1])
        return min(rows * columns, self.scenario.measure.episodes)

    def answer(self, name: str, answer: Any) -> None:
        """Handle a result of the worker."""
        if name == "stage":
            wish, stage = answer
            if wish != self.wish:
                return
            same = self.stage is not None and self.stage.cast.generation == stage.cast.generation
            if not same:
                self.before, self.since, self.moved = self.stage, 0.0, None
                self.tick = 0.0
            self.stage = stage
            self.picture.grounds.forget()
            if stage.cast.home != self.home:
                self.home = stage.cast.home
                self._ask()
            if self.together and self.selected is None and len(stage.rows):
                self.selected = int(stage.rows[0])
            self._describe()
            if self.moved is None:
                self._measure()
        elif name == "portrait":
            row, portrait = answer
            if row == self.selected:
                self.portrait = portrait
        elif name == "moved" and self.stage is not None and self.at >= 0:
            asked = self.stage.cast.generation, self.others[self.at]
            self.moved = answer if (answer.generation, answer.environment) == asked else self.moved

    def _describe(self) -> None:
        if self.selected is None or self.stage is None:
            self.portrait = None
            return
        row, cast = self.selected, self.stage.cast
        if row >= len(cast.ids):
            self.selected = self.portrait = None
            return
        self.worker.ask("portrait", lambda: (row, self.reader.portrait(cast, row)))

    def _measure(self) -> None:
        if self.stage is None or self.at < 0:
            self.moved = None
            return
        cast, environment = self.stage.cast, self.others[self.at]
        self.worker.ask("moved", lambda: self.reader.moved(cast, environment))

    # ------------------------------------------------------------ time

    def advance(self, seconds: float, rate: float) -> bool:
        """Advance by `seconds` at `rate` ticks a second, and return whether the episodes are over."""
        self.since += seconds
        if self.stage is None or not self.stage.scenes:
            self.rested += seconds if self.stage is not None else 0.0
            return self.rested > 1.0
        longest = self.longest
        if self.tick < longest:
            self.tick = min(self.tick + seconds * rate, float(longest))
            return False
        self.rested += seconds
        return self.rested >= REST * min(1.0, LIVELY / max(rate, 1e-9))

    def repeat(self) -> None:
        """Restart the episodes."""
        self.tick = self.rested = 0.0

    def step(self, ticks: int) -> None:
        """Move by some ticks."""
        self.tick = float(min(max(int(self.tick) + ticks, 0), self.longest))
        self.rested = 0.0

    @property
    def longest(self) -> int:
        """Return the length of the longest episode on the wall in ticks."""
        if self.stage is None or not self.stage.scenes:
            return 0
        return max(scene.longest for scene in self.stage.scenes)

    @property
    def now(self) -> float:
        """Return the position on the timeline."""
        return float(self.stage.cast.generation if self.stage else self.generation or 0)

    def clock(self) -> str:
        """Return the current time in words."""
        if self.stage is None:
            return ""
        return f"generation {self.stage.cast.generation} · tick {int(self.tick)} of {self.longest}"

    def stamp(self) -> Any:
        """Return a key that changes whenever time changes the appearance."""
        return self.tick, min(self.since, GLIDES), id(self.stage)

    # ------------------------------------------------------------ what a person does

    def act(self, action: str) -> str | None:
        """Perform the action of a key, and return a message; None if the action isn't for the wall."""
        if action == "reveal":
            return self._reveal()
        if self.hidden and action not in HARMLESS:
            return BLOCKED
        match action:
            case "lens" | "lens_back":
                self.lens = (self.lens + (1 if action == "lens" else -1)) % len(LENSES)
                return f"Lens: {LENS_WORDS[LENSES[self.lens]]}"
            case "deploy":
                return self._deploy()
            case "cast":
                self.together = not self.together
                self._ask()
                many = "Many agents, from the fittest to the least fit"
                if self.who != FITTEST:
                    many = "Many agents: the typical one, then from the fittest to the least fit"
                return "One agent in all worlds" if self.together else many
            case "more" | "fewer":
                self.size = min(max(self.size + (1 if action == "more" else -1), 0), len(COUNTS) - 1)
                self.large = None
                self._ask()
                return f"About {COUNTS[self.size]} worlds of each environment"
            case "large":
                return self._enlarge()
            case "agent" | "agent_before":
                return self._next_agent(1 if action == "agent" else -1)
            case "parent" | "child":
                return self._relative(action)
        return None

    def _reveal(self) -> str:
        if not self.hides:
            return NOT_HIDING
        self.hidden = reveal_next(self.hidden)
        self.repeat()
        self._ask()
        return REVEALED[self.hidden]

    def escape(self) -> bool:
        """Leave the enlarged world or deselect the agent, and return whether there was either."""
        if self.large is not None:
            self.large = None
            return True
        if self.selected is not None and not self.together:
            self.selected = self.portrait = None
            return True
        return False

    def _deploy(self) -> str:
        if not self.others:
            return "There is only one environment"
        self.at = self.at + 1 if self.at + 1 < len(self.others) else -1
        self.repeat()
        if len(self.others) > 1:
            self._ask()
        self._measure()
        if self.at < 0:
            return f"Everybody is back in {self.home}"
        return f"Everybody lives in {self.others[self.at]} now: an experiment; the run is not altered"

    def _enlarge(self) -> str:
        if self.large is not None:
            self.large = None
            return "All worlds"
        self.large = self.world_of_selected()
        return f"World {self.large + 1}"

    def world_of_selected(self) -> int:
        """Return a world of the selected agent, or the first."""
        if self.stage is None or self.selected is None:
            return 0
        found = np.flatnonzero(self.stage.rows == self.selected)
        return int(found[0]) if len(found) else 0

    def _next_agent(self, step: int) -> str:
        if self.stage is None:
            return ""
        if self.together:
            order = np.argsort(-self.stage.cast.fitness, kind="stable")
            at = int(np.flatnonzero(order == self.selected)[0]) if self.selected is not None else -1
            self.choose(int(order[(at + step) % len(order)]))
            self._ask()
        else:
            rows = list(dict.fromkeys(self.stage.rows.tolist()))
            at = rows.index(self.selected) if self.selected in rows else (-1 if step > 0 else 0)
            self.choose(int(rows[(at + step) % len(rows)]))
            if self.large is not None:
                self.large = self.world_of_selected()
        return ""

    def choose(self, row: int) -> None:
        """Select an agent by its row."""
        self.selected = row
        self._describe()

    def _relative(self, which: str) -> str:
        ids = [] if self.portrait is None else self.portrait.parents if which == "parent" else self.portrait.children
        known = [id for id in ids if id in self.reachable()]
        if not known:
            return "Select an agent first" if self.portrait is None else f"No {which} of it is stored"
        return self.go_to(known[0])

    def go_to(self, id: int) -> str:
        """Show an agent with its generation, and return a message."""
        generation, row = divmod(id, self.scenario.evolution.population)
        self.show(generation, selected=row)
        return f"Agent {id}, generation {generation}"

    def reachable(self) -> set[int]:
        """Return the ids of the selected agent's stored relatives."""
        if self.portrait is None or self.seen is None:
            return set()
        stored, size = set(self.seen.stored), self.scenario.evolution.population
        return {id for id in (*self.portrait.parents, *self.portrait.children) if id // size in stored}

    def click(self, pen: Pen, box: pygame.Rect, point: tuple[int, int]) -> bool:
        """Select the agent of a world, or enlarge the world if it is selected already."""
        e = self.picture.world_at(pen, box, self.frame(), point)
        if e is None or self.stage is None:
            return False
        row = int(self.stage.rows[e])
        if self.large is not None or (row == self.selected and not self.together):
            self.large = e if self.large is None else None
        elif self.together:
            self.large = e
        else:
            self.choose(row)
        return True

    def drag(self, pen: Pen, box: pygame.Rect, by: tuple[int, int]) -> bool:
        """Return False, since the wall can't be dragged."""
        return False

    def wheel(self, pen: Pen, box: pygame.Rect, point: tuple[int, int], turns: float) -> bool:
        """Return False, since the wall can't be zoomed."""
        return False

    # ------------------------------------------------------------ what it looks like

    def frame(self) -> WallFrame:
        """Return what is drawn now."""
        lens = "none" if self.hidden else LENSES[self.lens]
        look = WallOptions(self.tick, lens, self.large, self.selected, plans=not self.hidden)
        return WallFrame(self.stage, look, self.together, self.at >= 0, bool(self.hidden))

    def draw(self, pen: Pen, surface: pygame.Surface, box: pygame.Rect, hover: tuple[int, int] | None) -> None:
        """Draw the wall and its legend; where there is another room for worlds, ask for as many as fit."""
        room = self.picture.room(pen, box, self.frame(), len(self.environments()))
        if room != self.room:
            self.room = room
            if self.stage is not None and self.count() != len(self.stage.rows):
                self._ask()
        self.picture.draw(pen, surface, box, self.frame())

    def retention(self) -> Retention:
        """Return how much capability and goal are retained."""
        if self.moved is not None and self.at >= 0:
            return self.moved.kept._replace(note="D moves them on" if self.at + 1 < len(self.others) else "")
        baseline = f"what they do at home, in {self.home}"
        if self.at >= 0:
            words, there = "everybody is replayed there", self.others[self.at]
            return Retention(np.nan, np.nan, there, self.home, True, words, True, baseline=baseline)
        return Retention(1.0, 1.0, self.home, self.home, False, "", baseline=baseline)

    def clouds(self) -> tuple[Any, Any, float]:
        """Return objective space now and before, and the seconds since it changed."""
        now, before = self.stage, self.before
        return (now.cloud if now else None), (before.cloud if before else None), self.since
