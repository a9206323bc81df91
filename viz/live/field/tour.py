"""The tour of an ecology: the default content of its film."""

from collections.abc import Sequence

from evosim.ecology.rules import shares_at
from evosim.scenario import Scenario
from viz.live.scenes.cues import Cue, Filmable, nearest_rate, press_keys, scroll_to_end


def plan_tour(scenario: Scenario, stored: Sequence[int], seconds: float) -> list[Cue]:
    """Return cues that show an ecology around its first change."""
    evolution = scenario.evolution
    changes = [
        phase.start
        for phase in evolution.schedule[1:]
        if shares_at(evolution.schedule, phase.start) != shares_at(evolution.schedule, phase.start - 1) or phase.over
    ]
    change = changes[0] / evolution.interval if changes else 0.0
    before = [g for g in stored if g + 1 <= change and g % scenario.measure.every == 0]
    first = before[-2] if len(before) > 1 else stored[0]
    covers = max((change - first) * evolution.interval, 0.0) * 2.6 or 25.0 * seconds

    def begin(filmed: Filmable) -> None:
        filmed.playing = True
        filmed.view.show(first)
        filmed.rate = nearest_rate(covers / (0.58 * seconds))

    def quickly(filmed: Filmable) -> None:
        filmed.rate = nearest_rate(covers / (0.58 * seconds))

    def slowly(filmed: Filmable) -> None:
        filmed.rate = nearest_rate(8.0)

    return [
        Cue(0.0, begin),
        Cue(0.12, press_keys("colours")),
        Cue(0.58, slowly),
        Cue(0.58, press_keys("agent", *["zoom_in"] * 6)),
        Cue(0.66, press_keys("lens")),
        Cue(0.71, scroll_to_end),
        Cue(0.75, press_keys("lens")),
        Cue(0.83, press_keys("lens")),
        Cue(0.91, press_keys("whole", "escape", "space")),
        Cue(0.91, quickly),
    ]
