"""The tour of futures: the default content of their film."""

from collections.abc import Sequence

import numpy as np

from viz.live.scenes.cues import Cue, CueAction, Filmable, nearest_rate, press_keys

STEPS = 8  # that are shown, at most
ALL = 0.75  # of the film, in which they are
LIFE = 48.0  # ticks that one of them shows, about


def plan_tour(stored: Sequence[int], seconds: float, reveals: Sequence[str]) -> list[Cue]:
    """Return cues that show futures from the step where they part to their end, and there what agents want.

    `reveals` are the keys that show it.
    """
    wished = np.unique(np.rint(np.linspace(0, len(stored) - 1, STEPS)).astype(int)).tolist()
    part = ALL / len(wished)
    cues = [Cue(i * part, _go(stored[at], part * seconds)) for i, at in enumerate(wished)]
    return [*cues, Cue(ALL, press_keys(*reveals)), Cue(ALL, _repeat)]


def _go(step: int, seconds: float) -> CueAction:
    def go(filmed: Filmable) -> None:
        filmed.playing = filmed.stay = True
        filmed.view.show(step)
        filmed.rate = nearest_rate(LIFE / max(seconds, 0.1))

    return go


def _repeat(filmed: Filmable) -> None:
    filmed.view.repeat()
