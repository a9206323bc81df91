"""Recording: films of a stored run, or of futures of one, without a window.

Time is counted in frames, so a film is always the same.
"""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pygame

from evosim.studies.interventions import TYPICAL
from viz.live.drawing.theme import THEMES
from viz.live.film.film import check_film, open_film
from viz.live.futures.stored import StoredFutures
from viz.live.futures.tour import plan_tour as plan_futures_tour
from viz.live.pair.tour import plan_training
from viz.live.scenes.cues import TICK_RATES, Cue, Filmable, tell
from viz.live.scenes.sources import StoredSource
from viz.live.wall.grid_picture import LENSES
from viz.live.window.screen import render
from viz.live.window.session import Session
from viz.live.window.views import widest_gap_in
from viz.live.worker.worker import Worker


class Shot(NamedTuple):
    """What to film: a tour of the run or one generation, at a speed, through a lens."""

    size: tuple[int, int] = (1280, 720)  # pixels
    seconds: float = 30.0
    rate: float = 30.0  # frames a second
    theme: str = "dark"
    scale: float = 1.0
    generation: int | None = None
    speed: float | None = None  # ticks a second
    lens: str = "none"
    who: int | str = TYPICAL  # the agent that is chosen first
    story: bool = False  # with captions, instead of the tour
    training_only: bool = False  # the environment of selection, and nothing of what agents want
    environment: str | None = None  # beside that of selection; none: the one with the least return kept


def record_film(
    path: Path, out: Path, shot: Shot, on_frame: Callable[[int, int], None] = lambda done, of: None,
    futures: StoredFutures | None = None,
) -> Path:  # fmt: skip
    """Film a stored run, or `futures` side by side, whose folder is `path`.

    `on_frame` is called with the number of finished frames and their total.

    Raises:
        RunFileError: the run can't be read.
        ValueError: nothing is stored yet, or there is no such film.
        MissingExtraError: a library for this kind of film is not installed.
        OSError: it can't be written.
    """
    check_film(out, shot.size, shot.rate)
    session = prepare_session(path, shot, futures)
    surface, frames = pygame.Surface(shot.size), max(1, round(shot.seconds * shot.rate))
    cues = plan_cues(session, shot)
    try:
        with open_film(out, size=shot.size, rate=shot.rate) as film:
            for frame in range(frames):
                while cues and cues[0].at * frames <= frame:
                    cues.pop(0).deed(session)
                session.advance(1.0 / shot.rate if frame else 0.0)
                if session.trouble:
                    raise ValueError(f"{path}: {session.trouble}")
                render(session, surface)
                film.add(surface)
                on_frame(frame + 1, frames)
    finally:
        session.close()
    return out


def prepare_session(path: Path, shot: Shot, futures: StoredFutures | None = None) -> Session:
    """Return a session, on a run or on `futures` of one, that reads everything synchronously.

    Raises:
        ValueError: nothing is stored yet.
        RunFileError: the run can't be read.
    """
    source = StoredSource(path) if futures is None else futures.past
    environment = shot.environment or (widest_gap_in(source) if futures is None else None)
    session = Session(
        source, Worker(at_once=True), size=shot.size, theme=THEMES[shot.theme], scale=shot.scale, who=shot.who,
        environment=environment, is_film=True, training_only=shot.training_only,
    )  # fmt: skip
    session.advance(0.0)
    if futures is not None:
        session.branching.show(futures)
        session.advance(0.0)
    if session.trouble or session.seen is None:
        session.close()
        raise ValueError(session.trouble or f"{path}: nothing is stored yet, so there is nothing to film")
    return session


def plan_cues(session: Session, shot: Shot) -> list[Cue]:
    """Return the cues of a film.

    Raises:
        ValueError: the generation is not stored.
    """
    assert session.seen is not None
    if shot.story:
        chapters = session.kind.story(session, shot.seconds)
        session.captions = tuple(chapter.words for chapter in chapters)
        return [tell(chapter) for chapter in chapters]
    if shot.training_only and shot.generation is None and not isinstance(shot.who, int):
        return plan_training(session.seen.stored, shot.seconds)
    if shot.generation is None and shot.speed is None and shot.lens == "none":
        if session.branching.is_open:
            return plan_futures_tour(session.seen.stored, shot.seconds, session.kind.reveals)
        return session.kind.tour(session.scenario, session.seen.stored, shot.seconds)
    stored = session.seen.stored
    generation = stored[-1] if shot.generation is None else shot.generation
    if isinstance(shot.who, int) and shot.generation is None:
        generation = shot.who // session.scenario.evolution.population
    if generation not in stored:
        near = min(stored, key=lambda each: abs(each - generation))
        raise ValueError(f"the agents of generation {generation} are not stored; the nearest that are: {near}")

    def begin(filmed: Filmable) -> None:
        filmed.stay = session.kind.stays
        if isinstance(shot.who, int):
            filmed.view.go_to(shot.who)
        else:
            filmed.view.show(generation)
        speed = shot.speed or TICK_RATES[filmed.rate]
        filmed.rate = min(range(len(TICK_RATES)), key=lambda i: abs(TICK_RATES[i] - speed))
        for _ in range(LENSES.index(shot.lens)):
            filmed.perform("lens")
        filmed.said_for = 0.0

    return [Cue(0.0, begin)]
