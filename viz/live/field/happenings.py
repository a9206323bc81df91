"""What happens in an ecology, for the timeline below its field."""

from evosim.scenario import Scenario
from evosim.simulation.process import kind_of
from viz.live.field.history import FieldHistory
from viz.live.scenes.happenings import EXTINCT, Happening, changes, planners


def happenings(history: FieldHistory, scenario: Scenario) -> list[Happening]:
    """Find what has happened so far, in order."""
    unit = kind_of(scenario).unit.one
    found = changes(history, scenario, scenario.evolution.interval, "tick {:,}") + planners(history, unit)
    return sorted(found + _extinction(history, unit))


def _extinction(history: FieldHistory, unit: str) -> list[Happening]:
    generations, population = history.generation("population")
    if len(population) and population[-1] == 0:
        return [Happening(generations[-1], EXTINCT, f"{unit} {generations[-1]:.0f}: the last agent dies")]
    return []
