"""Cues: what happens in a film, and when. They are given to whatever can be filmed."""

from collections.abc import Callable
from typing import Any, NamedTuple, Protocol

import numpy as np

RATES = (1.0, 2.0, 4.0, 8.0, 15.0, 30.0, 60.0, 120.0, 240.0, 480.0)  # ticks a second


class Filmed(Protocol):
    """What can be done in a film."""

    playing: bool
    stay: bool  # with the generation that is shown
    rate: int  # which of RATES
    said_for: float  # seconds that a message is still to be seen

    @property
    def who(self) -> int | str:
        """Say which agent is asked for."""

    @property
    def view(self) -> Any:
        """Give the view, of the kind that the film is of."""

    def perform(self, action: str) -> None:
        """Do what a key stands for."""

    def scroll(self, by: float) -> bool:
        """Scroll the card of the chosen agent by a share of its box."""


Deed = Callable[[Filmed], None]


class Cue(NamedTuple):
    """Something that happens at a share of a film."""

    at: float
    deed: Deed


def key(*names: str) -> Deed:
    """Make a deed of what keys stand for."""

    def press(filmed: Filmed) -> None:
        for name in names:
            filmed.perform(name)
        filmed.said_for = min(filmed.said_for, 2.0)

    return press


def nearest_rate(rate: float) -> int:
    """Choose the speed nearest to so many ticks a second."""
    return int(np.argmin(np.abs(np.log(np.array(RATES)) - np.log(rate))))


def read_on(filmed: Filmed) -> None:
    """Show the end of the card of the chosen agent, where a film has no room for all of it."""
    filmed.scroll(1.0)
