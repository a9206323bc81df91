"""Edits that change nothing where an agent lives, since nothing there has the feature that a weight is about."""

from collections.abc import Iterable

from evosim.numerics.formatting import enumerated
from evosim.scenario.schema.scenario import Scenario
from evosim.scenario.schema.worlds import Features, GridWorld, Probability


def describe_absent(scenario: Scenario, loci: Iterable[str], environment: str) -> list[str]:
    """Return notes on edited weights of features that nothing in an environment has, and where something has them.

    There are none where detectors evolve: what isn't there can be perceived all the same.
    """
    if scenario.mind.perception.evolves:
        return []
    absent: dict[str, list[str]] = {}  # loci by their feature
    for locus in loci:
        segment, _, weight = locus.partition(".")
        feature = weight.partition(".")[0]
        if (
            segment == "objective"
            and feature in scenario.world.features
            and not has_feature(scenario, environment, feature)
        ):
            absent.setdefault(feature, []).append(locus)
    found = []
    for feature, named in absent.items():
        others = [name for name in scenario.environments if has_feature(scenario, name, feature)]
        elsewhere = f"; in {enumerated(others)} something has it: --environment {others[0]}" if others else ""
        what = f"nothing in {environment} has the feature {feature}, so this changes nothing there"
        found.append(f"{enumerated(named)}: {what}{elsewhere}")
    return found


def has_feature(scenario: Scenario, environment: str, feature: str) -> bool:
    """Whether some object or place of an environment has a feature, or may have it; worlds of others are taken to."""
    world = scenario.environments[environment]
    if not isinstance(world, GridWorld):
        return True
    is_drawn = world.layout.kind == "map"  # an object there is as often as it is drawn
    things = [each.features for each in world.objects.values() if each.count or is_drawn]
    return any(_may_have(each, feature) for each in [*things, *(place.features for place in world.places.values())])


def _may_have(features: Features, name: str) -> bool:
    value = features.named().get(name, 0.0)
    return (value.probability if isinstance(value, Probability) else value) > 0.0 or name in (features.one_of or {})
