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

    @property
    def who(self) -> int | str:
        """Return the agent to show: an id, or how to choose one."""

    @property
    def view(self) -> Any:
        """Return the view, of the kind that the film is about."""

    def perform(self, action: str) -> None:
        """Perform the action of a key."""

    def scroll(self, by: float) -> bool:
        """Scroll the card of the selected agent by a share of its box."""


CueAction = Callable[[Filmable], None]


class Cue(NamedTuple):
    """An action at a share of the film's duration."""

    at: float
    deed: CueAction


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
