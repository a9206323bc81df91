"""Timeline events of an ecology."""

from evosim.scenario import Scenario
from evosim.simulation.process import process_class
from viz.live.field.history import FieldHistory
from viz.live.scenes.timeline_events import EXTINCT, TimelineEvent, planner_events, selection_changes


def find_events(history: FieldHistory, scenario: Scenario) -> list[TimelineEvent]:
    """Return the events so far, in order."""
    unit = process_class(scenario).unit.one
    found = selection_changes(history, scenario, scenario.evolution.interval, "tick {:,}") + planner_events(
        history, unit
    )
    return sorted(found + _extinction(history, unit))


def _extinction(history: FieldHistory, unit: str) -> list[TimelineEvent]:
    generations, population = history.generation("population")
    if len(population) and population[-1] == 0:
        return [TimelineEvent(generations[-1], EXTINCT, f"{unit} {generations[-1]:.0f}: the last agent dies")]
    return []
