"""The interface of views: the wall of a generational run, or the field of an ecology."""

from typing import Any, Protocol

import pygame

from viz.live.drawing.pen import Pen
from viz.live.panels.gauges import Retention
from viz.live.panels.portrait import Portrait
from viz.live.worker.reader import RunView


class View(Protocol):
    """The main content of the window."""

    @property
    def picture(self) -> Any:
        """Return what draws it, with a legend; of several views, nothing."""

    @property
    def portrait(self) -> Portrait | None:
        """Return the portrait of the selected agent."""

    @property
    def fills(self) -> bool:
        """Whether it takes the room of the panels beside it."""

    @property
    def hidden(self) -> int:
        """Return what is hidden, as scenes/hiding.py names it."""

    @property
    def slower(self) -> int:
        """Return by how many steps of speed its time goes slower than is set."""

    def notice(self, seen: RunView) -> None:
        """Update how much of the run is known."""

    def show(self, generation: int) -> None:
        """Show a stored generation."""

    def answer(self, name: str, answer: Any) -> None:
        """Handle a result of the worker."""

    def advance(self, seconds: float, rate: float) -> bool:
        """Advance by `seconds` at `rate` ticks a second, and return whether the next generation is due."""

    def repeat(self) -> None:
        """Repeat what is shown, since there is nothing newer."""

    def step(self, ticks: int) -> None:
        """Move by some ticks."""

    @property
    def now(self) -> float:
        """Return the position on the timeline."""

    def clock(self) -> str:
        """Return the current time in words."""

    def stamp(self) -> Any:
        """Return a key that changes whenever time changes the appearance."""

    def act(self, action: str) -> str | None:
        """Perform the action of a key, and return a message; None if the action isn't for this view."""

    def hide(self) -> None:
        """Hide all but the environment of selection, if there are several, until it is revealed."""

    def escape(self) -> bool:
        """Close what is open, and return whether anything was."""

    def go_to(self, id: int) -> str:
        """Show an agent, and return a message."""

    def reachable(self) -> set[int]:
        """Return the ids of the selected agent's relatives that can be shown."""

    def click(self, pen: Pen, box: pygame.Rect, point: tuple[int, int]) -> bool:
        """Handle a click, and return whether it had an effect."""

    def drag(self, pen: Pen, box: pygame.Rect, by: tuple[int, int]) -> bool:
        """Handle a drag, and return whether it had an effect."""

    def wheel(self, pen: Pen, box: pygame.Rect, point: tuple[int, int], turns: float) -> bool:
        """Handle a turn of the wheel, and return whether it had an effect."""

    def draw(self, pen: Pen, surface: pygame.Surface, box: pygame.Rect, hover: tuple[int, int] | None) -> None:
        """Draw the view."""

    def retention(self) -> Retention:
        """Return how much capability and goal are retained."""

    def clouds(self) -> tuple[Any, Any, float]:
        """Return objective space now and before, and the seconds since it changed."""
