"""The pair's view: a wall that can give way to one of its agents, large, in two worlds at once."""

from typing import Any

import pygame

from evosim.scenario import Scenario
from evosim.studies.interventions import TYPICAL
from viz.live.drawing.pen import Pen
from viz.live.drawing.theme import environment_colour
from viz.live.pair.pair import Pair
from viz.live.pair.picture import PairFrame, PairPictures, draw_pair, pair_boxes
from viz.live.pair.reader import PairReader
from viz.live.panels.gauges import Retention
from viz.live.scenes.hiding import BLOCKED, HARMLESS
from viz.live.wall.grid_picture import LENS_WORDS, LENSES
from viz.live.wall.view import WallView
from viz.live.wall.wall import Half, draw_note
from viz.live.worker.reader import RunView
from viz.live.worker.worker import Worker

SLOWER = 2  # steps of speed, than the wall
THOUGHTS = 1.5  # for each tick at the same speed
PAUSE = 3.0  # seconds, from the end of both lives until they begin again
MOST_TIMES = 2  # times an agent's own number, that it can be made to think
WANTED = LENSES.index("wanted")
ON_THE_WALL = {
    "deploy": "moves everybody", "cast": "shows one agent in all worlds", "more": "shows more worlds",
    "fewer": "shows fewer worlds",
}  # fmt: skip
NO_THOUGHTS = "It doesn't think in a map, so there are no thoughts to be counted"


class PairView(WallView):
    """The wall, or one agent of it in a world of its selection and in the same world elsewhere."""

    def __init__(
        self, scenario: Scenario, reader: PairReader, worker: Worker, who: int | str = TYPICAL,
        environment: str | None = None, *, begins: bool = False,
    ) -> None:  # fmt: skip
        super().__init__(scenario, reader, worker, who, environment)
        self.pairs = reader
        self.begins = begins  # with the pair, of the last generation
        self.is_open = False
        self.is_brief = False  # explains nothing, since captions do
        self.pair: Pair | None = None
        self.asked: tuple[Any, ...] = ()
        self.budget: int | None = None  # thoughts that it is made to think; None: its own number
        self.thought, self.life, self.waited = 0.0, 0.0, 0.0  # thoughts, ticks, seconds
        self.look = WANTED  # the lens
        self.drawn = PairPictures()
        self.grabbed: int | None = None  # where on the slider, in pixels

    @property
    def fills(self) -> bool:
        """Whether it takes the room of the panels beside it."""
        return self.is_open or bool(self.hidden)

    @property
    def slower(self) -> int:
        """The number of steps by which time goes slower than on the wall."""
        return SLOWER if self.is_open else 0

    # ------------------------------------------------------------ what is asked for, and comes

    def notice(self, seen: RunView) -> None:
        """Update how much of the run is known; at the start, show the pair or the first generation."""
        if self.begins and self.generation is None and seen.stored:
            self.is_open = True
            if not isinstance(self.who, int):
                self.seen = seen
                self.show(seen.stored[-1])
                return
        super().notice(seen)

    def answer(self, name: str, answer: Any) -> None:
        """Handle a result of the worker."""
        if name != "pair":
            super().answer(name, answer)
            if name == "stage" and self.is_open:
                self._ask_pair()
            return
        asked, pair = answer
        if asked != self.asked:
            return
        if pair is None:
            self.is_open = False
            return
        self.pair = pair
        self.drawn.forget()
        self.repeat()

    def _ask_pair(self) -> None:
        """Request the pair of the selected agent or, if there is none, of the first on the wall."""
        if self.stage is None or not len(self.stage.rows):
            return
        cast, environments = self.stage.cast, self.environments()
        row = int(self.stage.rows[0]) if self.selected is None else self.selected
        if self.pair is not None and (self.pair.generation, self.pair.row) != (cast.generation, row):
            self.budget = None
        thoughts = self.budget
        asked = self.asked = (cast.generation, row, environments, thoughts)
        self.worker.ask("pair", lambda: (asked, self.pairs.pair(cast, row, environments, thoughts)))

    def choose(self, row: int) -> None:
        """Select an agent by its row."""
        super().choose(row)
        if self.is_open:
            self._ask_pair()

    # ------------------------------------------------------------ time

    def advance(self, seconds: float, rate: float) -> bool:
        """Advance by `seconds` at `rate` ticks a second: thoughts first, then both lives, which begin again."""
        if not self.is_open:
            return super().advance(seconds, rate)
        self.since += seconds
        if self.pair is None:
            return False
        if self.hidden:
            self.thought = float(self.pair.thoughts)
        if self.thought < self.pair.thoughts:
            self.thought = min(self.thought + THOUGHTS * rate * seconds, float(self.pair.thoughts))
        elif self.life < self.pair.longest:
            self.life = min(self.life + rate * seconds, float(self.pair.longest))
        else:
            self.waited += seconds
            if self.waited >= PAUSE:
                self.repeat()
        return False

    def repeat(self) -> None:
        """Restart the episodes."""
        super().repeat()
        self.thought = self.life = self.waited = 0.0

    def step(self, ticks: int) -> None:
        """Move by some thoughts or, after the last of them, by some ticks."""
        if not self.is_open or self.pair is None:
            super().step(ticks)
            return
        at = int(self.thought) + int(self.life) + ticks
        at = min(max(at, 0), self.pair.thoughts + self.pair.longest)
        self.thought = float(min(at, self.pair.thoughts))
        self.life, self.waited = at - self.thought, 0.0

    def clock(self) -> str:
        """Return the current time in words."""
        if not self.is_open or self.pair is None:
            return super().clock()
        pair = self.pair
        words = f"tick {int(self.life)} of {pair.longest}"
        if self.thought < pair.thoughts:
            words = f"thought {int(self.thought)} of {pair.thoughts}"
        return f"generation {pair.generation} · {words}"

    def stamp(self) -> Any:
        """Return a key that changes whenever time changes the appearance."""
        return (self.thought, self.life, id(self.pair)) if self.is_open else super().stamp()

    # ------------------------------------------------------------ what a person does

    def act(self, action: str) -> str | None:
        """Perform the action of a key, and return a message."""
        if self.hidden and action not in (*HARMLESS, "reveal"):
            return BLOCKED
        if action in ("think_more", "think_less"):
            return self._think(1 if action == "think_more" else -1)
        if action == "pair":
            return self._leave() if self.is_open else self._enter()
        if not self.is_open:
            return super().act(action)
        if action in ON_THE_WALL:
            return f"On the wall this {ON_THE_WALL[action]}; M goes there"
        match action:
            case "large":
                return self._leave()
            case "lens" | "lens_back":
                self.look = (self.look + (1 if action == "lens" else -1)) % len(LENSES)
                return f"Lens: {self.lens_words}"
        return super().act(action)

    def _reveal(self) -> str:
        said = super()._reveal()
        if self.is_open:
            self._ask_pair()
        return said

    def _enter(self) -> str:
        self.is_open, self.look = True, WANTED
        self._ask_pair()
        return "One agent in two environments; M: back to the wall"

    def _leave(self) -> str:
        self.is_open, self.budget = False, None
        if self.pair is not None and self.stage is not None and self.pair.generation == self.stage.cast.generation:
            self.choose(self.pair.row)
        self.repeat()
        return "The wall: agents of the same generation; M shows one of them large, Home the founders"

    def _think(self, by: int) -> str:
        """Make the agent think more often, or less often."""
        if not self.is_open:
            return "M shows one agent large; there, K makes it think more or less"
        if self.pair is None or not self.pair.own_thoughts:
            return NO_THOUGHTS
        return self._think_as_often((self.pair.thoughts if self.budget is None else self.budget) + by)

    def _think_as_often(self, thoughts: int) -> str:
        assert self.pair is not None
        own = self.pair.own_thoughts
        thoughts = min(max(thoughts, 0), MOST_TIMES * own)
        self.budget = None if thoughts == own else thoughts
        self._ask_pair()
        said = f"{thoughts} {'thought' if thoughts == 1 else 'thoughts'}"
        return f"{said}, as many as it has itself" if thoughts == own else f"{said}, of its own {own}: an experiment"

    def escape(self) -> bool:
        """Leave the pair, or what is open on the wall, and return whether there was anything."""
        if not self.is_open:
            return super().escape()
        self._leave()
        return True

    def click(self, pen: Pen, box: pygame.Rect, point: tuple[int, int]) -> bool:
        """Set the number of thoughts on its slider, or leave the pair where it says so."""
        if not self.is_open:
            return super().click(pen, box, point)
        self.grabbed = None
        if self.pair is None:
            return False
        boxes = pair_boxes(pen, box, self._frame(pen))
        if boxes.leave.collidepoint(point):
            self._leave()
            return True
        if boxes.slider.width and boxes.slider.inflate(0, pen.px(18)).collidepoint(point):
            self.grabbed = point[0]
            self._slide(boxes.slider, point[0])
            return True
        return False

    def drag(self, pen: Pen, box: pygame.Rect, by: tuple[int, int]) -> bool:
        """Drag the slider."""
        if not self.is_open or self.grabbed is None or self.pair is None:
            return super().drag(pen, box, by)
        self.grabbed += by[0]
        self._slide(pair_boxes(pen, box, self._frame(pen)).slider, self.grabbed)
        return True

    def _slide(self, slider: pygame.Rect, x: int) -> None:
        assert self.pair is not None
        most = MOST_TIMES * self.pair.own_thoughts
        self._think_as_often(round((x - slider.left) / max(slider.width, 1) * most))

    # ------------------------------------------------------------ what it looks like

    @property
    def lens_words(self) -> str:
        """What the lens shows, in words."""
        thinks = self.pair is not None and self.pair.own_thoughts > 0
        if thinks and self.look == WANTED:
            return "its map: the stronger the colour, the higher"
        return LENS_WORDS[LENSES[self.look]]

    def _frame(self, pen: Pen) -> PairFrame:
        assert self.pair is not None
        halves = []
        for i, side in enumerate(self.pair.sides):
            order = self.scenario.measure.environments.index(side.scene.environment)
            colour = pen.theme.accent if i == 0 else environment_colour(max(order, 1), pen.theme)
            halves.append(Half(side.scene.environment, side.caption, colour, side.scene))
        most = MOST_TIMES * self.pair.own_thoughts
        thought = min(self.thought, float(self.pair.thoughts))
        frame = PairFrame(
            self.pair, halves, thought, self.life, LENSES[self.look], self.lens_words, most, self.is_brief
        )
        if not self.hidden:
            return frame
        return frame._replace(pair=self.pair._replace(code=[]), lens="none", lens_words="", is_silent=True)

    def draw(self, pen: Pen, surface: pygame.Surface, box: pygame.Rect, hover: tuple[int, int] | None) -> None:
        """Draw the pair or the wall."""
        if not self.is_open:
            super().draw(pen, surface, box, hover)
        elif self.pair is None:
            draw_note(pen, surface, box, "Reading …", "")
        else:
            draw_pair(pen, surface, box, self._frame(pen), self.drawn)

    def retention(self) -> Retention:
        """Return how much capability and goal are retained; an agent made to think otherwise is an experiment."""
        kept = super().retention()
        return kept._replace(moved=True) if self.is_open and self.budget is not None else kept
