"""Names: what a scenario's objects, places, outcomes and weights are called, in the order of their numbers."""

from typing import NamedTuple

from evosim.scenario.ecologies import OUTCOMES, EcologyWorld
from evosim.scenario.schema import Scenario
from evosim.scenario.worlds import GuestWorld, World

ALWAYS = ("steps", "moves", "thinking", "energy", "survived")


def worlds_of(scenario: Scenario) -> list[World]:
    """List the worlds of a scenario, the base world first."""
    return [scenario.world, *scenario.environments.values()]


def object_names(scenario: Scenario) -> list[str]:
    """Name all object types, those of the base world first."""
    return list(dict.fromkeys(name for world in worlds_of(scenario) for name in world.objects))


def place_names(scenario: Scenario) -> list[str]:
    """Name all places, those of the base world first."""
    return list(dict.fromkeys(name for world in worlds_of(scenario) for name in world.places))


def own_outcomes(scenario: Scenario) -> list[str]:
    """Name the outcomes that the scenario's own worlds and objects bring about."""
    return list(dict.fromkeys(name for world in worlds_of(scenario) for name in outcomes_in(world)))


def outcomes_in(world: World) -> list[str]:
    """Name the outcomes of a world's own."""
    if isinstance(world, GuestWorld):
        return world.outcomes
    if isinstance(world, EcologyWorld):
        return [*OUTCOMES]
    return list(dict.fromkeys(name for kind in world.objects.values() for name in kind.outcomes))


def providers(scenario: Scenario) -> list[str]:
    """List the packages, with their versions, that provide what evosim itself doesn't."""
    guests = [world for world in worlds_of(scenario) if isinstance(world, GuestWorld)]
    named = [scenario.evolution.provided_by, *(guest.provided_by for guest in guests)]
    return list(dict.fromkeys(name for name in named if name))


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
    assessed: bool  # whether alignment is measured too


def names_of(scenario: Scenario) -> Names:
    """Collect the names of a scenario."""
    return Names(
        weights=objective_names(scenario),
        outcomes=own_outcomes(scenario),
        objects=object_names(scenario),
        places=place_names(scenario),
        environments=scenario.measure.environments,
        assessed=scenario.measure.alignment,
    )
