"""The card of the selected agent: its height and scroll position."""

import pygame

from viz.live.drawing.pen import Pen
from viz.live.panels.inspector import card_height, visible_part
from viz.live.panels.portrait import Portrait
from viz.live.worker.view import View

LEAST = 40  # pixels of width, for a card to be drawn at all


class CardScroll:
    """Scroll state of the card; its height only grows while an agent is selected, so that nothing jumps."""

    def __init__(self) -> None:
        self.scrolled = 0  # pixels of the card that are above its box
        self.high = 0  # pixels
        self.whose: tuple[int, int, float] | None = None  # agent, width, scale
        self.measured: Portrait | None = None

    def height(self, pen: Pen, view: View, width: int) -> int:
        """Return the largest height in pixels since the agent was selected; 0 if none is."""
        portrait = view.portrait
        if portrait is None or width < LEAST:
            self.whose, self.measured, self.high, self.scrolled = None, None, 0, 0
            return 0
        whose = (portrait.id, width, pen.scale)
        if self.whose != whose:
            self.scrolled = self.scrolled if self.whose is not None and self.whose[0] == portrait.id else 0
            self.whose, self.high, self.measured = whose, 0, None
        if self.measured is not portrait:
            self.high = max(self.high, card_height(pen, width, portrait, view.reachable()))
            self.measured = portrait
        return self.high

    def keep_in(self, pen: Pen, view: View, box: pygame.Rect) -> int:
        """Clamp the scroll position to the content, and return it in pixels."""
        self.height(pen, view, box.width)
        portrait = view.portrait
        if portrait is None or box.width < LEAST or box.height < 1:
            self.scrolled = 0
            return 0
        reachable = view.reachable()
        most = card_height(pen, box.width, portrait, reachable) - visible_part(pen, box, portrait, reachable).height
        self.scrolled = min(max(self.scrolled, 0), max(most, 0))
        return self.scrolled

    def scroll(self, pen: Pen, view: View, box: pygame.Rect, by: float) -> bool:
        """Scroll by a share of the box, and return whether there was more to show."""
        before = self.scrolled
        self.scrolled += round(by * box.height)
        return self.keep_in(pen, view, box) != before
