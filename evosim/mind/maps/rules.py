"""Rules about minds that climb a map: how often they think it over, and that nothing is listed twice in their table."""

from collections.abc import Iterator

from evosim.scenario.errors.diagnostic import Diagnostic
from evosim.scenario.schema.scenario import Scenario
from evosim.scenario.validation.loci import MUTATION, rules_of_locus
from evosim.scenario.validation.rule import RuleSet

MOST_THOUGHTS = 4096  # of a map

LISTED = RuleSet(list)


@LISTED.rule(reads=(".",))
def check_nothing_is_listed_twice(_: Scenario, names: list[str]) -> Iterator[Diagnostic]:
    for i, name in enumerate(names):
        if name in names[:i]:
            yield Diagnostic((i,), f"{name!r} is named twice")


def rules_of_climbers(kind: str, *lists: str) -> RuleSet:
    """Return the rules about `thoughts` of a kind of mind, and about the `lists` of names in its table."""
    rules = RuleSet(Scenario)
    rules.include(f"mind.{kind}.thoughts", MUTATION)
    rules.include(f"mind.{kind}.thoughts", rules_of_locus(0, MOST_THOUGHTS))
    for name in lists:
        rules.include(f"mind.{kind}.{name}", LISTED)
    return rules
