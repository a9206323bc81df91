"""The window: the only event loop. It feeds events and time to a session, and shows what `screen` renders."""

import contextlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pygame

from evosim.studies.interventions import TYPICAL
from evosim.system.stopping import cleanup_on_stop
from evosim.system.streams import libraries_silenced
from viz.live.drawing.theme import THEMES, WHITE, parse_hex
from viz.live.film.film import Film, open_film
from viz.live.futures.stored import StoredFutures
from viz.live.scenes.sources import Source, lower_priority
from viz.live.window.screen import render
from viz.live.window.session import Session
from viz.live.window.views import widest_gap_in
from viz.live.worker.worker import Worker

RATE, FILM_RATE = 60, 30  # frames a second
BESIDE_EVOLUTION = 8.0  # frames a second that nobody has asked for by a key or the mouse, while the run is evolved
WITHOUT_WINDOW = ("dummy", "offscreen")
REPEAT_AFTER, REPEAT_EVERY = 320, 70  # milliseconds that a key is held
SWITCH = 0.002  # seconds after which the thread that reads makes room for the window


class NoDisplayError(Exception):
    """There is no display to open a window on."""


def refuse_without_display(instead: str) -> None:
    """Check that a window can be opened, and initialise the display.

    Raises:
        NoDisplayError: it can't; the sentence says what can be done `instead`.
    """
    why = ""
    try:
        with libraries_silenced():  # that of Wayland complains on a machine without a screen
            pygame.display.init()
        driver = pygame.display.get_driver()
        if driver in WITHOUT_WINDOW and os.environ.get("SDL_VIDEODRIVER") != driver:
            why = "no screen was found"
            pygame.display.quit()
    except pygame.error as error:
        why = str(error)
    if why:
        raise NoDisplayError(f"no window can be opened here ({why}); {instead}")


def default_scale() -> float:
    """Choose the scale by the screen's resolution: 1 on an ordinary one."""
    heights = [height for _, height in pygame.display.get_desktop_sizes()]
    return 2.0 if heights and heights[0] >= 2000 else 1.5 if heights and heights[0] >= 1500 else 1.0


def watch_run(
    source: Source, *, size: tuple[int, int] = (1280, 800), theme: str = "dark", scale: float | None = None,
    fullscreen: bool = False, who: int | str = TYPICAL, environment: str | None = None,
    futures: StoredFutures | None = None, training_only: bool = False,
) -> None:  # fmt: skip
    """Show a run in a window until it is closed, or `futures` of it side by side, where it is what these share.

    With `training_only` it hides, until that is revealed, all but the environment of selection and what agents want.

    Raises:
        NoDisplayError: there is no screen.
    """
    refuse_without_display("`evosim record RUN -o film.mp4` makes a film without one")
    if evolving := source.is_evolving():
        lower_priority()
    sys.setswitchinterval(SWITCH)
    pygame.display.set_icon(draw_icon())
    surface = open_window(size, fullscreen=fullscreen)
    pygame.display.set_caption("evosim" if training_only else f"{source.scenario.title} - evosim")
    pygame.key.set_repeat(REPEAT_AFTER, REPEAT_EVERY)
    session = Session(
        source, Worker(), size=surface.get_size(), theme=THEMES[theme], scale=scale or default_scale(), who=who,
        environment=environment or (None if evolving else widest_gap_in(source)), pair=not evolving and futures is None,
        training_only=training_only,
    )  # fmt: skip
    if futures is not None:
        session.branching.show(futures)
    try:
        with cleanup_on_stop(session.close_at_once):
            _loop(session, fullscreen=fullscreen)
    finally:
        session.close()
        pygame.display.quit()


def open_window(size: tuple[int, int], *, fullscreen: bool) -> pygame.Surface:
    """Open the window, or change its size or mode."""
    return pygame.display.set_mode(
        (0, 0) if fullscreen else size, pygame.FULLSCREEN if fullscreen else pygame.RESIZABLE
    )


def _loop(session: Session, *, fullscreen: bool) -> None:
    clock, windowed, passed = pygame.time.Clock(), session.size, 0.0
    with _recorder(session) as recorder:
        while True:
            seconds = min(clock.tick(FILM_RATE if session.recording else RATE) / 1000.0, 0.1)
            asked = False
            for event in pygame.event.get():
                session.handle(event)
                asked = True
            passed += seconds
            if session.source.is_evolving() and not asked and not session.recording and passed < 1 / BESIDE_EVOLUTION:
                continue
            session.advance(passed)
            passed = 0.0
            for wish in session.wishes:
                if wish == "quit":
                    return
                if wish == "fullscreen":
                    windowed = windowed if fullscreen else session.size
                    fullscreen = not fullscreen
                    session.resize(open_window(windowed, fullscreen=fullscreen).get_size())
                elif wish == "screenshot":
                    _screenshot(session)
                else:
                    recorder.toggle()
            session.wishes.clear()
            surface = pygame.display.get_surface()
            if surface is None:
                return
            if surface.get_size() != session.size:
                session.resize(surface.get_size())
            if session.changed:
                session.changed = False
                render(session, surface)
                pygame.display.flip()
            recorder.add(surface)


class Recorder:
    """Records a film of the window."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.film: Film | None = None
        self.path = Path()
        self.stack = contextlib.ExitStack()

    def toggle(self) -> None:
        """Start or stop recording."""
        if self.film is not None:
            self.end()
            return
        size = self.session.size[0] // 2 * 2, self.session.size[1] // 2 * 2
        self.path = unused_path(self.session.source.path, film_suffix())
        try:
            self.film = self.stack.enter_context(open_film(self.path, size=size, rate=FILM_RATE))
        except (OSError, ValueError) as error:
            self.session.say(f"No film: {error}")
            return
        self.session.recording = True
        self.session.say(f"Recording {self.path.name}; V ends it")

    def add(self, surface: pygame.Surface) -> None:
        """Add a frame if a film is being recorded."""
        if self.film is None:
            return
        size = self.film.size
        try:
            self.film.add(surface if surface.get_size() == size else pygame.transform.smoothscale(surface, size))
        except OSError as error:  # the disk is full, say
            self.film, self.session.recording = None, False
            with contextlib.suppress(OSError):
                self.stack.__exit__(OSError, error, None)
            self.session.say(f"No film: {error}")

    def end(self) -> None:
        """Finish the film."""
        if self.film is None:
            return
        self.film, self.session.recording = None, False
        try:
            self.stack.close()
            self.session.say(f"The film is {self.path}")
        except OSError as error:
            self.session.say(f"No film: {error}")


@contextlib.contextmanager
def _recorder(session: Session) -> Iterator[Recorder]:
    recorder = Recorder(session)
    try:
        yield recorder
    finally:
        recorder.end()


def film_suffix() -> str:
    """Return the suffix for films of the window: .mp4 where that can be encoded, else .gif."""
    try:
        import av  # noqa: F401
    except ImportError:
        return ".gif"
    return ".mp4"


def unused_path(run: Path, suffix: str) -> Path:
    """Return a path beside a run that doesn't exist yet.

    Raises:
        OSError: 10,000 such files exist.
    """
    stem = run.name.removesuffix(".evosim")
    for number in range(1, 10_000):
        path = run.with_name(f"{stem}-{number:03}{suffix}")
        if not path.exists():
            return path
    raise OSError(f"{run}: there are 10,000 pictures beside it")


def _screenshot(session: Session) -> None:
    """Save the window's content, without a message on it."""
    path = unused_path(session.source.path, ".png")
    session.said_for = 0.0
    try:
        save_picture(session, path)
    except (OSError, pygame.error) as error:
        session.say(f"No picture: {error}")
        return
    session.say(f"The picture is {path}")


def save_picture(session: Session, path: Path) -> None:
    """Save a picture of a session, written whole or not at all.

    Raises:
        OSError: it can't be written.
    """
    picture = pygame.Surface(session.size)
    render(session, picture)
    new = path.with_name(f".{path.name}.new.png")
    with cleanup_on_stop(lambda: new.unlink(missing_ok=True)):
        try:
            pygame.image.save(picture, new)
            new.replace(path)
        except pygame.error as error:
            raise OSError(0, str(error), str(path)) from None
        finally:
            new.unlink(missing_ok=True)


def draw_icon() -> pygame.Surface:
    """Return the window's icon: an optimizer within an optimizer."""
    picture = pygame.Surface((64, 64), pygame.SRCALPHA)
    pygame.draw.aacircle(picture, parse_hex("#0b4f8a"), (32, 32), 31)
    pygame.draw.aacircle(picture, WHITE, (36, 36), 20)
    pygame.draw.aacircle(picture, parse_hex("#ff8c1a"), (38, 38), 13)
    return picture
