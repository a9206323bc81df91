"""Cues: what happens in a film, and when."""

from collections.abc import Callable
from typing import Any, NamedTuple, Protocol

import numpy as np

TICK_RATES = (1.0, 2.0, 4.0, 8.0, 15.0, 30.0, 60.0, 120.0, 240.0, 480.0)  # ticks a second


class Filmable(Protocol):
    """What a film can control."""

    playing: bool
    stay: bool  # with the generation that is shown
    rate: int  # which of RATES
    said_for: float  # seconds that a message is still to be seen
    caption: str  # below the picture

    @property
    def who(self) -> int | str:
        """Return the agent to show: an id, or how to choose one."""

    @property
    def view(self) -> Any:
        """Return the view, of the kind that the film is about."""

    @property
    def reader(self) -> Any:
        """Return the reader of the run."""

    @property
    def seen(self) -> Any:
        """Return what is known of the run."""

    def advance(self, seconds: float) -> None:
        """Advance by some seconds."""

    def perform(self, action: str) -> None:
        """Perform the action of a key."""

    def scroll(self, by: float) -> bool:
        """Scroll the card of the selected agent by a share of its box."""


CueAction = Callable[[Filmable], None]


class Cue(NamedTuple):
    """An action at a share of the film's duration."""

    at: float
    deed: CueAction


class Chapter(NamedTuple):
    """A part of a film that tells a story: when it begins, its caption, and what happens."""

    at: float  # share of the film's duration
    words: str
    deed: CueAction


def tell(chapter: Chapter) -> Cue:
    """Return the cue of a chapter."""

    def begin(filmed: Filmable) -> None:
        filmed.caption = chapter.words
        chapter.deed(filmed)
        filmed.said_for = 0.0

    return Cue(chapter.at, begin)


def all_of(*deeds: CueAction) -> CueAction:
    """Return one action that performs some, one after another."""

    def perform(filmed: Filmable) -> None:
        for deed in deeds:
            deed(filmed)

    return perform


def press_keys(*names: str) -> CueAction:
    """Return the action of pressing keys by their names."""

    def press(filmed: Filmable) -> None:
        for name in names:
            filmed.perform(name)
        filmed.said_for = min(filmed.said_for, 2.0)

    return press


def nearest_rate(rate: float) -> int:
    """Return the index of the speed nearest to `rate` ticks a second."""
    return int(np.argmin(np.abs(np.log(np.array(TICK_RATES)) - np.log(rate))))


def scroll_to_end(filmed: Filmable) -> None:
    """Scroll to the end of the selected agent's card."""
    filmed.scroll(1.0)
