"""Tours: what a film shows when nobody says what: a run from its founders to where its objectives come apart."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from evosim.ecology.rules import shares_at
from viz.live.wall.view import WallView
from viz.live.window.session import RATES, Session

Deed = Callable[[Session], None]


class Cue(NamedTuple):
    """Something that happens at a share of a film."""

    at: float
    deed: Deed


def tour(session: Session, seconds: float) -> list[Cue]:
    """Plan a film of so many seconds; what it shows depends on the run alone."""
    assert session.seen is not None
    return _of_ecology(session, seconds) if session.shared else _of_generations(session, seconds)


def key(*names: str) -> Deed:
    """Make a deed of what keys stand for."""

    def press(session: Session) -> None:
        for name in names:
            session.perform(name)
        session.said_for = min(session.said_for, 2.0)

    return press


def _of_generations(session: Session, seconds: float) -> list[Cue]:
    """Show four generations as they are measured, then the last through the lenses, then moved away."""
    assert session.seen is not None
    stored = session.seen.stored
    wished = np.unique(np.rint(np.array([0.0, 0.06, 0.2, 1.0]) * (len(stored) - 1)).astype(int))
    part = 0.44 / len(wished)
    cues = [Cue(i * part, _go(stored[at], part * seconds)) for i, at in enumerate(wished)]
    return [
        *cues,
        Cue(0.44, key("lens")),
        Cue(0.54, key("lens")),
        Cue(0.62, key("lens")),
        Cue(0.70, _choose_agent),
        Cue(0.75, _read_on),
        Cue(0.78, key("lens", "lens", "deploy")),
        Cue(0.90, key("escape", "space")),  # the card makes room for the plot
    ]


def _go(generation: int, seconds: float) -> Deed:
    def go(session: Session) -> None:
        session.playing = session.stay = True
        session.view.show(generation)
        session.rate = _fitting(48.0 / max(0.7 * seconds, 0.1))

    return go


def _fitting(rate: float) -> int:
    """Choose the speed nearest to so many ticks a second."""
    return int(np.argmin(np.abs(np.log(np.array(RATES)) - np.log(rate))))


def _choose_agent(session: Session) -> None:
    """Choose the agent that is asked for, the first on the wall unless by its id; start the episodes anew."""
    view = session.view
    if not isinstance(view, WallView) or view.stage is None or not len(view.stage.rows):
        return
    if isinstance(session.who, int):
        view.go_to(session.who)
    else:
        view.choose(int(view.stage.rows[0]))
    view.again()


def _read_on(session: Session) -> None:
    """Show the end of the card of the chosen agent, where a film has no room for all of it."""
    session.scroll(1.0)


def _of_ecology(session: Session, seconds: float) -> list[Cue]:
    """Show an ecology around its first change."""
    assert session.seen is not None
    evolution, stored = session.scenario.evolution, session.seen.stored
    changes = [
        phase.start
        for phase in evolution.schedule[1:]
        if shares_at(evolution.schedule, phase.start) != shares_at(evolution.schedule, phase.start - 1) or phase.over
    ]
    change = changes[0] / evolution.interval if changes else 0.0
    before = [g for g in stored if g + 1 <= change and g % session.scenario.measure.every == 0]
    first = before[-2] if len(before) > 1 else stored[0]
    covers = max((change - first) * evolution.interval, 0.0) * 2.6 or 25.0 * seconds

    def begin(session: Session) -> None:
        session.playing = True
        session.view.show(first)
        session.rate = _fitting(covers / (0.58 * seconds))

    def quickly(session: Session) -> None:
        session.rate = _fitting(covers / (0.58 * seconds))

    def slowly(session: Session) -> None:
        session.rate = _fitting(8.0)

    return [
        Cue(0.0, begin),
        Cue(0.12, key("colours")),
        Cue(0.58, slowly),
        Cue(0.58, key("agent", *["zoom_in"] * 6)),
        Cue(0.66, key("lens")),
        Cue(0.71, _read_on),
        Cue(0.75, key("lens")),
        Cue(0.83, key("lens")),
        Cue(0.91, key("whole", "escape", "space")),
        Cue(0.91, quickly),
    ]
