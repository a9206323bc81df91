"""The tour of a run of generations: what a film of it shows when nobody says what."""

from collections.abc import Sequence

import numpy as np

from evosim.scenario import Scenario
from viz.live.scenes.cues import Cue, Deed, Filmed, key, nearest_rate, read_on
from viz.live.wall.view import WallView


def tour(scenario: Scenario, stored: Sequence[int], seconds: float) -> list[Cue]:
    """Show four generations as they are measured, then the last through the lenses, then moved away."""
    wished = np.unique(np.rint(np.array([0.0, 0.06, 0.2, 1.0]) * (len(stored) - 1)).astype(int))
    part = 0.44 / len(wished)
    cues = [Cue(i * part, _go(stored[at], part * seconds)) for i, at in enumerate(wished)]
    return [
        *cues,
        Cue(0.44, key("lens")),
        Cue(0.54, key("lens")),
        Cue(0.62, key("lens")),
        Cue(0.70, _choose_agent),
        Cue(0.75, read_on),
        Cue(0.78, key("lens", "lens", "deploy")),
        Cue(0.90, key("escape", "space")),  # the card makes room for the plot
    ]


def _go(generation: int, seconds: float) -> Deed:
    def go(filmed: Filmed) -> None:
        filmed.playing = filmed.stay = True
        filmed.view.show(generation)
        filmed.rate = nearest_rate(48.0 / max(0.7 * seconds, 0.1))

    return go


def _choose_agent(filmed: Filmed) -> None:
    """Choose the agent that is asked for, the first on the wall unless by its id; start the episodes anew."""
    view: WallView = filmed.view
    if view.stage is None or not len(view.stage.rows):
        return
    if isinstance(filmed.who, int):
        view.go_to(filmed.who)
    else:
        view.choose(int(view.stage.rows[0]))
    view.again()
