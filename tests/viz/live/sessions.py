"""Sessions on small runs, and what a person does in them."""

import os

os.environ.setdefault("SDL_VIDEODRIVER", "dummy")
os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")

from pathlib import Path

import pygame

from evosim.scenario import load_scenario
from evosim.scenario.schema.names import is_shared
from viz.live.drawing.theme import DARK
from viz.live.panels.keys import CONTROLLED, KEY_BINDINGS, SHIFTED
from viz.live.scenes.sources import StoredSource
from viz.live.window.screen import render
from viz.live.window.session import Session
from viz.live.worker.worker import Worker

SMALL = [
    "evolution.population=24", "evolution.generations=9", "evolution.episodes=4", "measure.episodes=12", "measure.every=2",
]  # fmt: skip
MEADOW = [
    "evolution.population=80", "world.size=[24,24]", "evolution.generations=8", "evolution.interval=10", "measure.every=2",
    'evolution.schedule=[{from=0,environment="ancestral"},{from=50,environment="modern"}]',
    "world.objects.fruit.count=40", "world.objects.fruit.grows=4",
]  # fmt: skip
SEARCH = [
    "r1 = hmax r0", "r2 = vmax r0", "r0 = max r1 r2", "r0 = scale r0 0.9", "r0 = mask r0 thing", "r0 = add r0 door",
    "r0 = mask r0 wall",
]  # fmt: skip
FOUNDED = [
    *SMALL[:1], "evolution.generations=1", "evolution.episodes=2", "measure.episodes=12", "measure.every=1",
    "mind.program.initial=" + str(SEARCH).replace("'", '"'),
]  # fmt: skip
SIZE = (960, 640)


def session_on(path: Path, size=SIZE, theme=DARK, scale=1.0, who="typical") -> Session:
    session = Session(StoredSource(path), Worker(at_once=True), size=size, theme=theme, scale=scale, who=who)
    for _ in range(3):
        session.advance(0.0)
    assert session.seen is not None
    return session


def press(session: Session, *names: str) -> None:
    """Press the keys that stand for some actions."""
    for name in names:
        key = next(action for action in KEY_BINDINGS if action.name == name).keys[0]
        mod = {SHIFTED: pygame.KMOD_LSHIFT, CONTROLLED: pygame.KMOD_LCTRL}.get(key.held, 0)
        session.handle(pygame.event.Event(pygame.KEYDOWN, key=key.code, mod=mod, unicode=""))
        session.advance(0.0)


def click(session: Session, point) -> None:
    session.handle(pygame.event.Event(pygame.MOUSEMOTION, pos=point, rel=(0, 0), buttons=(0, 0, 0)))
    session.handle(pygame.event.Event(pygame.MOUSEBUTTONDOWN, pos=point, button=1))
    session.handle(pygame.event.Event(pygame.MOUSEBUTTONUP, pos=point, button=1))
    session.advance(0.0)


def picture(session: Session) -> pygame.Surface:
    surface = pygame.Surface(session.size)
    render(session, surface)
    return surface


def smallest(name: str) -> list[str]:
    """Make a shipped scenario as small as it can be."""
    if is_shared(load_scenario(name)):
        changes = ["evolution.population=60", "world.size=[24,24]", "evolution.interval=10", "evolution.ticks=30"]
        kinds = load_scenario(name).world.objects
        return [*changes, "measure.every=1", *(f"world.objects.{kind}.count=20" for kind in kinds)]
    return [
        "evolution.population=12",
        "evolution.generations=3",
        "evolution.episodes=2",
        "measure.episodes=3",
        "measure.every=1",
    ]
