"""A view: what fills the window, the wall of a run of generations or the field of an ecology."""

from typing import Any, Protocol

import pygame

from viz.live.drawing.pen import Pen
from viz.live.panels.needles import Kept
from viz.live.panels.portrait import Portrait
from viz.live.worker.reader import Seen


class View(Protocol):
    """What fills the window: the wall of a run of generations, or the field of an ecology."""

    @property
    def portrait(self) -> Portrait | None:
        """Give what is known of the chosen agent."""

    def notice(self, seen: Seen) -> None:
        """Take note of how far the run has come."""

    def show(self, generation: int) -> None:
        """Go to a generation that is stored."""

    def answer(self, name: str, answer: Any) -> None:
        """Take what the worker has done."""

    def advance(self, seconds: float, rate: float) -> bool:
        """Let time pass; tell whether it is time for another generation."""

    def again(self) -> None:
        """Begin the same once more; there is nothing newer."""

    def step(self, ticks: int) -> None:
        """Go some ticks on or back."""

    @property
    def now(self) -> float:
        """Say where on the timeline it is."""

    def clock(self) -> str:
        """Say in words when it is."""

    def stamp(self) -> Any:
        """Give something that differs as soon as it looks different, because time has passed."""

    def act(self, action: str) -> str | None:
        """Do what a key asks for; say what was done, or nothing."""

    def escape(self) -> bool:
        """Leave what is open; tell whether anything was."""

    def go_to(self, id: int) -> str:
        """Go to an agent; say where that is."""

    def reachable(self) -> set[int]:
        """Say which relatives of the chosen agent can be gone to."""

    def click(self, pen: Pen, box: pygame.Rect, point: tuple[int, int]) -> bool:
        """Take a click; tell whether it meant anything."""

    def drag(self, pen: Pen, box: pygame.Rect, by: tuple[int, int]) -> bool:
        """Take a drag; tell whether it meant anything."""

    def wheel(self, pen: Pen, box: pygame.Rect, point: tuple[int, int], turns: float) -> bool:
        """Take a turn of the wheel; tell whether it meant anything."""

    def draw(self, pen: Pen, surface: pygame.Surface, box: pygame.Rect, hover: tuple[int, int] | None) -> None:
        """Draw it."""

    def needles(self) -> Kept:
        """Say what is kept of capability and goal."""

    def clouds(self) -> tuple[Any, Any, float]:
        """Give objective space as it is, as it was before, and for how many seconds it has been."""
