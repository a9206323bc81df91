"""The tour of a generational run, the default content of its film: the pair of the last generation, then the wall."""

from collections.abc import Sequence

from evosim.scenario import Scenario
from viz.live.pair.view import SLOWER, THOUGHTS, PairView
from viz.live.scenes.cues import TICK_RATES, Cue, CueAction, Filmable, nearest_rate, press_keys
from viz.live.wall.tour import plan_tour as wall_tour

OPENING = 0.27  # of the film
FEWER = 2  # steps of fewer worlds, to be seen from the last row of a class


def plan_tour(scenario: Scenario, stored: Sequence[int], seconds: float) -> list[Cue]:
    """Return cues that show an agent in two environments, and then the wall."""
    rest = wall_tour(scenario, stored, (1.0 - OPENING) * seconds)
    return [
        Cue(0.0, open_pair(stored[-1])),
        Cue(0.0, pace_pair(0.75 * OPENING * seconds)),
        Cue(OPENING, leave_pair),
        *(cue._replace(at=OPENING + (1.0 - OPENING) * cue.at) for cue in rest),
    ]


def plan_training(stored: Sequence[int], seconds: float) -> list[Cue]:
    """Return cues that show some agents where they are selected: two of them large, one after another, then many."""

    def gather(filmed: Filmable) -> None:
        leave_pair(filmed)
        press_keys(*["fewer"] * FEWER)(filmed)
        filmed.view.escape()  # nobody is marked
        filmed.rate = nearest_rate(40.0 / (0.3 * seconds))

    return [
        Cue(0.0, open_pair(stored[-1])),
        Cue(0.0, pace_pair(0.22 * seconds)),
        Cue(0.3, press_keys("agent", "agent")),  # the first is the one that is shown
        Cue(0.3, pace_pair(0.22 * seconds)),
        Cue(0.6, gather),
    ]


def open_pair(generation: int, row: int | None = None) -> CueAction:
    """Return the action of opening the pair of a generation, of the agent in a row or of the one that was asked for."""

    def begin(filmed: Filmable) -> None:
        view: PairView = filmed.view
        filmed.playing = filmed.stay = True
        if isinstance(filmed.who, int):
            view.go_to(filmed.who)
        else:
            view.show(generation, selected=row)
        view.is_open = True
        filmed.advance(0.0)

    return begin


def pace_pair(seconds: float) -> CueAction:
    """Return the action of choosing the speed at which both lives end after some seconds."""

    def pace(filmed: Filmable) -> None:
        pair = filmed.view.pair
        if pair is not None:
            ticks = pair.longest + pair.thoughts / THOUGHTS
            rate = nearest_rate(max(ticks, 1.0) / max(seconds, 0.1)) + SLOWER
            filmed.rate = min(rate, len(TICK_RATES) - 1)

    return pace


def leave_pair(filmed: Filmable) -> None:
    """Show the wall."""
    if filmed.view.is_open:
        filmed.view.escape()
