"""Names: what a scenario's objects, places, outcomes and weights are called, in the order of their numbers."""

from typing import NamedTuple

from evosim.scenario.schema import Scenario

ALWAYS = ("steps", "moves", "thinking", "energy", "survived")


def object_names(scenario: Scenario) -> list[str]:
    """Name all object types, those of the base world first."""
    worlds = [scenario.world, *scenario.environments.values()]
    return list(dict.fromkeys(name for world in worlds for name in world.objects))


def place_names(scenario: Scenario) -> list[str]:
    """Name all places, those of the base world first."""
    worlds = [scenario.world, *scenario.environments.values()]
    return list(dict.fromkeys(name for world in worlds for name in world.places))


def own_outcomes(scenario: Scenario) -> list[str]:
    """Name the outcomes that the scenario's objects bring about."""
    worlds = [scenario.world, *scenario.environments.values()]
    return list(dict.fromkeys(o for w in worlds for kind in w.objects.values() for o in kind.outcomes))


def objective_names(scenario: Scenario) -> list[str]:
    """Name the weights of a mesa-objective: one for each feature, then one for each feature times each drive."""
    features, drives = scenario.world.features, scenario.mind.objective.drives
    return [*features, *(f"{feature}.{drive}" for drive in drives for feature in features)]


def outcome_names(scenario: Scenario) -> list[str]:
    """Name the outcomes `[K]` of an episode, in the order in which the lifetime kernel writes them."""
    objects = object_names(scenario)
    return [
        *own_outcomes(scenario),
        *ALWAYS,
        *(f"entered.{name}" for name in objects),
        *(f"entered_first.{name}" for name in objects),
        *(f"entered.{name}" for name in place_names(scenario)),
    ]


class Names(NamedTuple):
    """All that the tables of a run name their columns after."""

    weights: list[str]  # of mesa-objectives
    outcomes: list[str]  # the scenario's own
    objects: list[str]
    places: list[str]
    environments: list[str]  # measured in


def names_of(scenario: Scenario) -> Names:
    """Collect the names of a scenario."""
    return Names(
        weights=objective_names(scenario),
        outcomes=own_outcomes(scenario),
        objects=object_names(scenario),
        places=place_names(scenario),
        environments=scenario.measure.environments,
    )
