"""What a scenario's base objective pays for entering objects, and whether the first entry decides an episode."""

from collections.abc import Iterable

from evosim.scenario.schema.names import types_in
from evosim.scenario.schema.scenario import Scenario


def object_rewards(scenario: Scenario, environment: str) -> dict[str, float]:
    """Return the base objective's payment for entering each object type of an environment."""
    base = scenario.objectives.base
    return {
        name: sum(base.get(outcome, 0.0) * amount for outcome, amount in kind.outcomes.items())
        + base.get(f"entered.{name}", 0.0)
        + base.get(f"entered_first.{name}", 0.0)
        for name, kind in types_in(scenario.environments[environment]).items()
        if kind.count > 0
    }


def rewarded_types(scenario: Scenario, environment: str) -> list[str]:
    """Return the object types that the base objective rewards in an environment."""
    return [name for name, paid in object_rewards(scenario, environment).items() if paid > 0]


def decisive_type(scenario: Scenario, environment: str) -> str | None:
    """Return the object type that the base objective rewards most, where entering it first decides an episode.

    None where several are rewarded alike, none is, or episodes go on.
    """
    pays = object_rewards(scenario, environment)
    most = max(pays.values(), default=0.0)
    best = [name for name, paid in pays.items() if paid == most > 0]
    return best[0] if len(best) == 1 and is_first_entry_sufficient(scenario) else None


def object_counts(scenario: Scenario, environment: str) -> tuple[tuple[str, int], ...]:
    """Return how many objects of each type there are in a world of an environment, by name."""
    return tuple(sorted((name, kind.count) for name, kind in types_in(scenario.environments[environment]).items()))


def chance_level_in(scenarios: Iterable[Scenario], environment: str) -> float | None:
    """Return the chance level of scenarios in an environment: that of deployment, where there are as many objects.

    Deployment is where the last generation of one of them is measured and not selected. None where they say none, or
    two, or have other numbers of objects.
    """
    scenarios = list(scenarios)
    deployments = {name for each in scenarios for name in each.deployments_in(each.evolution.generations - 1)}
    levels = {each.chance_level for each in scenarios} - {None}
    here = {object_counts(each, environment) for each in scenarios if environment in each.environments}
    there = {object_counts(each, name) for each in scenarios for name in deployments if name in each.environments}
    return levels.pop() if len(levels) == len(here) == 1 and here <= there else None


def is_first_entry_sufficient(scenario: Scenario) -> bool:
    """Whether the first entry determines the episode: every object ends it, or there is only one."""
    kinds = {
        name: kind
        for world in scenario.environments.values()
        for name, kind in types_in(world).items()
        if kind.count > 0
    }
    return len(kinds) == 1 or all(kind.ends_episode for kind in kinds.values())
