"""A session: the state of the view. Events and time go in; `screen` renders the result.

It has no window and no clock, so a list of events makes a whole session, in tests and films alike.
"""

from collections.abc import Callable
from typing import Any

import pygame

from evosim.simulation.process import process_class
from evosim.storage.schema import RunFileError
from evosim.studies.interventions import TYPICAL
from viz.live.drawing.pen import Pen, Truncated
from viz.live.drawing.theme import DARK, LIGHT, Theme
from viz.live.panels.gauges import swing_needles
from viz.live.panels.inspector import HitArea
from viz.live.panels.keys import action_of
from viz.live.panels.timeline import generation_at
from viz.live.scenes.cues import TICK_RATES
from viz.live.scenes.hiding import BLOCKED, TELLING
from viz.live.scenes.sources import Source
from viz.live.window.branching import Branching
from viz.live.window.card import CardScroll
from viz.live.window.layout import SCALES, Boxes, fit_scale_to, lay_out_session, timeline_inner
from viz.live.window.views import view_kind
from viz.live.worker.reader import RunView
from viz.live.worker.view import View
from viz.live.worker.worker import Worker

FOLLOW_RATE = 60.0  # ticks a second at least, where generations follow on one another as they are evolved
LOOK_EVERY = 0.5  # seconds, at a run that goes on
MESSAGE_SECONDS = 2.6  # seconds that a message stays
PAGE, WHEEL = 0.8, 0.12  # of the inspector, that a key or a turn of the wheel scrolls
AT_ONCE, AT_REST = 0.3, 0.1  # seconds for the worker to close the run before a program ends, and for a query to end


class Session:
    """The state of the view."""

    def __init__(
        self, source: Source, worker: Worker, *, size: tuple[int, int], theme: Theme = DARK, scale: float = 1.0,
        who: int | str = TYPICAL, environment: str | None = None, pair: bool = False, is_film: bool = False,
        training_only: bool = False,
    ) -> None:  # fmt: skip
        """Open a run: agent `who` and an environment are shown first, as a `pair` of worlds if there is one.

        A film shows nothing that only a person at a window can use. With `training_only` all else is hidden at first.
        """
        self.source, self.worker, self.scenario = source, worker, source.scenario
        self.kind, self.unit = view_kind(source.path, source.scenario), process_class(source.scenario).unit.one
        self.size, self.scale, self.who = size, scale, who
        self.pen = Pen(theme, fit_scale_to(scale, size), is_film=is_film)
        self.view: View
        self.reader, self.view = self.kind.opened(source, worker, who, environment, pair)
        if training_only:
            self.view.hide()
        self.seen: RunView | None = None
        self.playing, self.rate, self.follow = True, self.kind.rate, False
        self.page, self.pages = 0, 1  # of the large plots
        self.stay = False  # with this generation, as films do
        self.large_plots, self.space, self.help = False, False, False
        self.hover: tuple[int, int] | None = None
        self.dragging: str | None = None
        self.message, self.said_for = "", 0.0
        self.caption = ""  # below the picture, in films
        self.captions: tuple[str, ...] = ()  # all that there will be, for which there must be room
        self.looked, self.waited = 0.0, 0.0
        self.needles = (1.0, 1.0)
        self.wishes: list[str] = []  # what only a window can do: quit, fullscreen, screenshot, record
        self.recording, self.trouble = False, ""
        self.spots: list[HitArea] = []
        self.panels: dict[str, tuple[Any, pygame.Surface, Any, list[Truncated]]] = {}  # what they show, as a picture
        self.card = CardScroll()
        self.header: tuple[Any, int] | None = None  # what it says and where, and its height
        self.changed = True
        self.branching = Branching(self)
        self.look()

    # ------------------------------------------------------------ time

    def advance(self, seconds: float) -> None:
        """Advance by some seconds: handle results of the worker, and advance what is shown."""
        self._take_answers()
        self._look_again(seconds)
        self._take_answers()
        if self.said_for > 0.0:
            self.said_for -= seconds
            self.changed = self.changed or self.said_for <= 0.0
        self._swing(seconds)
        if self.playing and self.seen is not None and not self.help:
            before = self.view.stamp()
            rate = max(self.ticks, FOLLOW_RATE) if self.follow and self.is_going_on else self.ticks
            if self.view.advance(seconds, rate):
                self._go_on()
            self.changed = self.changed or before != self.view.stamp()

    @property
    def ticks(self) -> float:
        """The speed of what is shown, in ticks a second."""
        return TICK_RATES[max(self.rate - self.view.slower, 0)]

    def _look_again(self, seconds: float) -> None:
        self.looked += seconds
        if self.seen is None:
            self.waited += seconds
            self.changed = True
        elif not self.is_going_on:
            return
        if self.looked >= LOOK_EVERY and not self.worker.is_busy("look"):
            self.look()

    def look(self) -> None:
        """Read what is new."""
        self.looked, reader = 0.0, self.reader
        self.worker.ask("look", lambda: (reader, reader.look()))

    @property
    def about(self) -> str:
        """What is shown, in a few words."""
        return self.branching.about if self.branching.is_open else f"one run, seed {self.source.seed}"

    @property
    def is_going_on(self) -> bool:
        """Whether the run may still grow."""
        return self.seen is None or self.source.is_evolving() or self.seen.standing.state == "running"

    def _take_answers(self) -> None:
        try:
            for name, answer in self.worker.answers():
                self.changed = True
                if name == "look":
                    self._notice(*answer)
                elif not self.branching.answer(name, answer):
                    self.trouble = ""
                    self.view.answer(name, answer)
        except RunFileError as error:
            if not self.is_going_on or not self.seen:  # what was thinned out meanwhile is looked for again
                self.trouble = str(error)
        except (ValueError, KeyError, IndexError) as error:
            self.trouble = str(error)

    def _notice(self, reader: Any, seen: RunView | None) -> None:
        if seen is None or not seen.stored or reader is not self.reader:
            return
        self.seen = seen
        self.view.notice(seen)
        if self.follow and seen.new:
            self._show_newest()

    def _go_on(self) -> None:
        """Show the next stored generation; if there is none, repeat the current one."""
        assert self.seen is not None
        later = [g for g in self.seen.stored if g > self.view.now]
        if self.follow and later:
            self.view.show(later[-1])
        elif later and not self.stay:
            self.view.show(later[0])
        else:
            self.view.repeat()

    def _show_newest(self) -> None:
        if self.seen is not None and self.seen.stored and self.view.now < self.seen.stored[-1]:
            self.view.show(self.seen.stored[-1])

    def _swing(self, seconds: float) -> None:
        moved = swing_needles(self.needles, self.view.retention(), seconds)
        if moved != self.needles:
            self.needles, self.changed = moved, True

    # ------------------------------------------------------------ events

    def handle(self, event: pygame.event.Event) -> None:
        """Handle an event of the keyboard, the mouse or the window."""
        if self.branching.handle(event):
            return
        boxes = lay_out_session(self)
        match event.type:
            case pygame.KEYDOWN:
                self._key(event)
            case pygame.MOUSEMOTION:
                self.hover, self.changed = event.pos, True
                if self.dragging == "timeline":
                    self._scrub(boxes.timeline, event.pos[0])
                elif self.dragging == "main":
                    self.view.drag(self.pen, boxes.main, event.rel)
            case pygame.MOUSEBUTTONDOWN if event.button == 1:
                self._click(boxes, event.pos)
            case pygame.MOUSEBUTTONUP:
                self.dragging = None
            case pygame.MOUSEWHEEL:
                point = self.hover or boxes.main.center
                turns = getattr(event, "precise_y", event.y)
                if boxes.inspector.collidepoint(point):
                    self.scroll(-turns * WHEEL)
                elif boxes.main.collidepoint(point):
                    self.changed = self.view.wheel(self.pen, boxes.main, point, turns) or self.changed
            case pygame.WINDOWLEAVE:
                self.hover, self.changed = None, True
            case pygame.VIDEORESIZE:
                self.resize((event.w, event.h))
            case pygame.QUIT:
                self.wishes.append("quit")

    def scroll(self, by: float) -> bool:
        """Scroll the card of the selected agent by a share of its box, and return whether there was more."""
        self.changed = True
        return self.card.scroll(self.pen, self.view, lay_out_session(self).inspector, by)

    def _read_on(self, by: float) -> None:
        if self.view.portrait is None:
            self.say("Select an agent first")
        elif not self.scroll(by):
            self.say("The card ends here")

    def resize(self, size: tuple[int, int]) -> None:
        """Change the size of the window in pixels."""
        self.size = (max(size[0], 64), max(size[1], 64))
        self._redraw(self.pen.theme, fit_scale_to(self.scale, self.size))
        self.changed = True

    def _redraw(self, theme: Theme, scale: float) -> None:
        """Draw everything anew, in a theme and at a scale."""
        self.pen = Pen(theme, scale, self.pen.fonts, is_film=self.pen.is_film)
        self.panels.clear()

    def _click(self, boxes: Boxes, point: tuple[int, int]) -> None:
        self.hover, self.changed = point, True
        if self.help:
            self.help = False
        elif boxes.timeline.collidepoint(point):
            if point[0] < timeline_inner(self.pen, boxes.timeline).left:
                self._play()
            else:
                self.dragging = "timeline"
                self._scrub(boxes.timeline, point[0])
        elif boxes.main.collidepoint(point) and not self.large_plots:
            self.dragging = "main"
            self.view.click(self.pen, boxes.main, point)
        else:
            for spot in self.spots:
                if spot.agent is not None and spot.box.collidepoint(point):
                    self.say(self.view.go_to(spot.agent))

    def _scrub(self, box: pygame.Rect, x: int) -> None:
        """Show the stored generation nearest to a position on the timeline."""
        if self.seen is None or not self.seen.stored:
            return
        wished = generation_at(
            self.pen, timeline_inner(self.pen, box), x, self.seen.standing.done - 1, self.seen.standing.asked
        )
        self.follow = False
        nearest = min(self.seen.stored, key=lambda g: abs(g - wished))
        if nearest != int(self.view.now):
            self.view.show(nearest)
            self.changed = True

    def _key(self, event: pygame.event.Event) -> None:
        action = action_of(event)
        if action is None:
            return
        self.changed = True
        if self.help and action not in ("quit", "fullscreen"):
            self.help = False
            return
        self.perform(action)

    def perform(self, action: str) -> None:
        """Perform the action of a key."""
        own: dict[str, Callable[[], None]] = {
            "play": self._play,
            "step": lambda: self._step(1),
            "back": lambda: self._step(-1),
            "next": lambda: self._jump(1),
            "previous": lambda: self._jump(-1),
            "first": self._first,
            "newest": self._newest,
            "faster": lambda: self._pace(1),
            "slower": lambda: self._pace(-1),
            "escape": self._escape,
            "plots": self._plots,
            "space": self._space,
            "theme": self._theme,
            "bigger": lambda: self._scale(1),
            "smaller": lambda: self._scale(-1),
            "help": self._help,
            "branch": self.branching.press,
            "save": self.branching.save,
            "card_on": lambda: self._read_on(PAGE),
            "card_back": lambda: self._read_on(-PAGE),
        }
        if self.view.hidden and action in TELLING:
            self.say(BLOCKED)
        elif action in own:
            own[action]()
        elif action in ("quit", "fullscreen", "screenshot", "record"):
            self.wishes.append(action)
        elif self.seen is not None and (said := self.view.act(action)):
            self.say(said)

    def say(self, words: str) -> None:
        """Show a message for a while; a film answers to no keys."""
        if self.pen.is_film:
            return
        self.message, self.said_for, self.changed = words, MESSAGE_SECONDS, True

    def _play(self) -> None:
        self.playing = not self.playing
        on = self.is_going_on and self.seen is not None
        self.say("Going on" if self.playing else "Paused; the run goes on evolving" if on else "Paused")

    def _step(self, ticks: int) -> None:
        self.playing = False
        if self.seen is not None:
            self.view.step(ticks)

    def _jump(self, steps: int) -> None:
        if self.seen is None:
            return
        self.follow = False
        now = self.view.now
        if steps > 0:
            found = [g for g in self.seen.stored if g > now][:1]
        else:
            found = [g for g in self.seen.stored if g < now][-1:]
        if found:
            self.view.show(found[0])
        else:
            self.say("This is the newest stored one" if steps > 0 else "This is the first stored one")

    def _first(self) -> None:
        self.follow = False
        if self.seen is not None and self.seen.stored:
            self.view.show(self.seen.stored[0])

    def _newest(self) -> None:
        self.follow = True
        self._show_newest()
        self.say("Following the newest" if self.is_going_on else "The last")

    def _pace(self, by: int) -> None:
        self.rate = min(max(self.rate + by, 0), len(TICK_RATES) - 1)
        self.follow = self.follow and by > 0
        self.say(f"{self.ticks:g} ticks a second")

    def _escape(self) -> None:
        if self.large_plots:
            self.large_plots = False
        elif not self.view.escape() and not self.branching.leave():
            self.say("Q closes the window")

    def _plots(self) -> None:
        if self.large_plots and self.page + 1 < self.pages:
            self.page += 1
        else:
            self.large_plots, self.page = not self.large_plots, 0

    def _space(self) -> None:
        self.space = not self.space
        if self.view.fills:
            self.say(f"M shows the wall, and beside it {'objective space' if self.space else 'plots'}")
        elif not self.large_plots and not lay_out_session(self).plots.height:
            self.say("the agent's card takes the room of the plots: Esc closes it, P enlarges plots")

    def _help(self) -> None:
        self.help = not self.help

    def _theme(self) -> None:
        self._redraw(LIGHT if self.pen.theme is DARK else DARK, self.pen.scale)

    def _scale(self, by: int) -> None:
        near = min(range(len(SCALES)), key=lambda i: abs(SCALES[i] - self.scale))
        wished = SCALES[min(max(near + by, 0), len(SCALES) - 1)]
        had, scale = self.pen.scale, fit_scale_to(wished, self.size)
        if by > 0 and scale <= had:
            self.say("The window is too small for larger type")
            return
        self.scale = wished
        self._redraw(self.pen.theme, scale)
        self.say(f"{100 * scale:.0f}%")

    def close(self) -> None:
        """Close the run; futures of it that were not saved are dropped."""
        self.worker.close(self._close_all)
        self.branching.drop_files()

    def close_at_once(self) -> None:
        """Close the run as a program does that is asked to stop: on the worker's thread, not waiting the first time.

        What evolves the run ends meanwhile; whoever closes the run last puts its log away. A replay may take long, and
        reads nothing meanwhile: then files are closed from here.
        """
        self.worker.close(self._close_all, timeout=AT_ONCE if self.worker.closed else 0.0)
        for reader in (self.reader, *self.branching.other_readers()):
            reader.close_at_rest(AT_REST)

    def _close_all(self) -> None:
        self.reader.close()
        self.branching.close()
