"""The tour of a generational run: the default content of its film."""

from collections.abc import Sequence

import numpy as np

from evosim.scenario import Scenario
from viz.live.scenes.cues import Cue, CueAction, Filmable, nearest_rate, press_keys, scroll_to_end
from viz.live.wall.view import WallView


def plan_tour(scenario: Scenario, stored: Sequence[int], seconds: float) -> list[Cue]:
    """Return cues that show four generations, then the last one through the lenses, then moved."""
    wished = np.unique(np.rint(np.array([0.0, 0.06, 0.2, 1.0]) * (len(stored) - 1)).astype(int))
    part = 0.44 / len(wished)
    cues = [Cue(i * part, _go(stored[at], part * seconds)) for i, at in enumerate(wished)]
    return [
        *cues,
        Cue(0.44, press_keys("lens")),
        Cue(0.54, press_keys("lens")),
        Cue(0.62, press_keys("lens")),
        Cue(0.70, _choose_agent),
        Cue(0.75, scroll_to_end),
        Cue(0.78, press_keys("lens", "lens", "deploy")),
        Cue(0.90, press_keys("escape", "space")),  # the card makes room for the plot
    ]


def _go(generation: int, seconds: float) -> CueAction:
    def go(filmed: Filmable) -> None:
        filmed.playing = filmed.stay = True
        filmed.view.show(generation)
        filmed.rate = nearest_rate(48.0 / max(0.7 * seconds, 0.1))

    return go


def _choose_agent(filmed: Filmable) -> None:
    """Select the requested agent, by default the first on the wall, and restart the episodes."""
    view: WallView = filmed.view
    if view.stage is None or not len(view.stage.rows):
        return
    if isinstance(filmed.who, int):
        view.go_to(filmed.who)
    else:
        view.choose(int(view.stage.rows[0]))
    view.repeat()
