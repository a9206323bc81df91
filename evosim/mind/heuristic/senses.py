"""The senses of heuristics, and what they choose among others beside where to go, by name."""

from collections.abc import Sequence

from evosim.mind.heuristic.settings import HeuristicMind
from evosim.scenario.schema.ecologies import EcologyWorld
from evosim.scenario.schema.scenario import Scenario


def sense_names(
    features: list[str], drives: Sequence[str] = (), *, remembers: bool = True, knows_ways: bool = False
) -> list[str]:
    """Name the senses of a heuristic, in the order in which its kernel reads them."""
    sides = ("ahead", "right", "behind", "left")
    names = [f"wall.{side}" for side in sides]
    for source in ("seen", "remembered") if remembers else ("seen",):
        names += [f"{source}.{side}.{what}" for side in sides for what in ("nearness", *features)]
    names += [f"moved.{side}" for side in sides]
    if knows_ways:
        names += [f"way.{side}.{feature}" for side in sides for feature in features]
    return [*names, *drives, "stayed", "bias"]


def senses_of(scenario: Scenario) -> list[str]:
    """Name the senses of a scenario's heuristics: what others move or eat is not remembered."""
    remembers, knows_ways = not isinstance(scenario.world, EcologyWorld), scenario.mind.of(HeuristicMind).distances
    drives = scenario.mind.objective.drives
    return sense_names(scenario.world.features, drives, remembers=remembers, knows_ways=knows_ways)


def choice_names(scenario: Scenario) -> list[str]:
    """Name the choices that heuristics make beside where to go, in a world with others: to court, to want a child."""
    if not isinstance(scenario.world, EcologyWorld):
        return []
    drives = scenario.mind.objective.drives
    return [name for choice in ("court", "child") for name in (choice, *(f"{choice}.{drive}" for drive in drives))]
