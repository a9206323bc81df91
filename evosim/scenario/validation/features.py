"""Rules about features, wherever a world gives them to something."""

from collections.abc import Iterator

from evosim.scenario.errors.diagnostic import Diagnostic, suggest, twins
from evosim.scenario.schema.base import Part
from evosim.scenario.schema.ecologies import EcologyWorld
from evosim.scenario.schema.worlds import Features, GridWorld, World
from evosim.scenario.validation.rule import RuleSet

MOST_FEATURES = 1000  # detectors have a weight for every two

DECLARED_FEATURES = RuleSet(Part, reads=("kind",))  # the list of a world
FEATURES = RuleSet(Features)  # of an object or a place of a grid
FEATURES_OF_ECOLOGIES = RuleSet(dict)  # of anything in an ecology


@DECLARED_FEATURES.rule(reads=("features",))
def check_number_of_features(world: World) -> Iterator[Diagnostic]:
    if len(world.features) > MOST_FEATURES:
        yield Diagnostic(("features",), f"{len(world.features):,} features; at most {MOST_FEATURES:,}")


@DECLARED_FEATURES.rule(reads=("features",))
def check_names_of_features(world: World) -> Iterator[Diagnostic]:
    for twin in twins(world.features):
        yield Diagnostic(("features",), f"{twin!r} is named twice; capitals make no difference")


@FEATURES_OF_ECOLOGIES.rule(each="{feature}", reads=("features",))
def check_feature(world: EcologyWorld, _: dict[str, float], *names: str) -> Iterator[Diagnostic]:
    if names[-1] not in world.features:
        yield _undeclared((names[-1],), world.features)


@FEATURES.rule(each="{feature}", reads=(".one_of.{feature}?", "features"))
def check_named_feature(world: GridWorld, features: Features, *names: str) -> Iterator[Diagnostic]:
    is_possible = features.one_of is not None and names[-1] in features.one_of  # then it is checked there
    if names[-1] not in world.features and not is_possible:
        yield _undeclared((names[-1],), world.features)


@FEATURES.rule(each="one_of.{feature}", reads=("features",))
def check_possible_feature(world: GridWorld, _: Features, *names: str) -> Iterator[Diagnostic]:
    if names[-1] not in world.features:
        yield _undeclared(("one_of", names[-1]), world.features)


@FEATURES.rule(each="one_of.{feature}", reads=(".{feature}?",))
def check_feature_is_given_once(_: GridWorld, features: Features, *names: str) -> Iterator[Diagnostic]:
    if names[-1] in features.__pydantic_extra__:
        yield Diagnostic(("one_of", names[-1]), f"{names[-1]!r} has a value of its own as well")


@FEATURES.rule(reads=(".one_of",))
def check_probabilities_of_features(_: GridWorld, features: Features, *names: str) -> Iterator[Diagnostic]:
    if features.one_of is not None and abs(sum(features.one_of.values()) - 1) > 1e-9:
        yield Diagnostic(("one_of",), f"the probabilities add up to {sum(features.one_of.values()):g}, not to 1")


def _undeclared(where: tuple[str, ...], declared: list[str]) -> Diagnostic:
    return Diagnostic(where, f"{where[-1]!r} is not in world.features; {suggest(where[-1], declared)}")
