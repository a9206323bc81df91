"""All rules for well-formed scenarios: names that refer to nothing, numbers that contradict each other."""

import unicodedata
from collections.abc import Iterator

from evosim.scenario.errors.diagnostic import Diagnostic, suggest, twins
from evosim.scenario.schema.scenario import Scenario
from evosim.scenario.schema.worlds import World
from evosim.scenario.validation.ecologies import ECOLOGIES, TOGETHER
from evosim.scenario.validation.evolution import EVOLUTION
from evosim.scenario.validation.features import DECLARED_FEATURES
from evosim.scenario.validation.minds import MINDS
from evosim.scenario.validation.objectives import OBJECTIVES
from evosim.scenario.validation.paths import Path, Unreliable
from evosim.scenario.validation.rule import RuleSet
from evosim.scenario.validation.worlds import GRIDS, PLUGINS

OF_A_WORLD = (DECLARED_FEATURES, GRIDS, ECOLOGIES, PLUGINS)  # each is about one kind of world
WORDS, ENVIRONMENTS, NAMES, MEASURES = (RuleSet(Scenario) for _ in range(4))


@WORDS.rule(reads=("title",))
def check_title(scenario: Scenario) -> Iterator[Diagnostic]:
    for sign in dict.fromkeys(sign for sign in scenario.title if not sign.isprintable()):
        named = f"{unicodedata.name(sign, 'a sign without a name').lower()} (U+{ord(sign):04X})"
        yield Diagnostic(("title",), f"holds {named}, which can't be seen; write a plain space, or leave it out")


@ENVIRONMENTS.rule(
    each="environments.{name}", reads=("world.features", "environments.{name}.features"), conclusive=True
)
def check_features_stay(scenario: Scenario, name: str) -> Iterator[Diagnostic]:
    if scenario.environments[name].features != scenario.world.features:
        what = "an environment can't change the list of features: minds are made for one list"
        yield Diagnostic(("environments", name, "features"), what)


@NAMES.rule(reads=("environments?",))
def check_names_of_environments(scenario: Scenario) -> Iterator[Diagnostic]:
    for twin in twins(scenario.environments):
        yield Diagnostic(("environments", twin), "is named twice; capitals make no difference")


@MEASURES.rule(each="measure.environments.{i}", reads=("measure.environments",))
def check_environment_is_measured_once(scenario: Scenario, i: int) -> Iterator[Diagnostic]:
    names = scenario.measure.environments
    if names[i] in names[:i]:
        yield Diagnostic(("measure", "environments", i), f"{names[i]!r} is named twice")


@MEASURES.rule(each="measure.environments.{i}", reads=("measure.environments.{i}", "environments.*?"))
def check_environment_is_there(scenario: Scenario, i: int) -> Iterator[Diagnostic]:
    name = scenario.measure.environments[i]
    if name not in scenario.environments:
        what = f"there is no environment {name!r}; {suggest(name, scenario.environments)}"
        yield Diagnostic(("measure", "environments", i), what)


BEFORE_WORLDS, AFTER_WORLDS = (WORDS, ENVIRONMENTS), (NAMES, TOGETHER, OBJECTIVES, MINDS, EVOLUTION, MEASURES)
OF_A_SCENARIO = (*BEFORE_WORLDS, *AFTER_WORLDS)


def diagnostics(scenario: Scenario, unreliable: Unreliable | None = None) -> Iterator[Diagnostic]:
    """Yield what is wrong with a scenario, except what may only be a consequence of something `unreliable`."""
    unreliable = Unreliable() if unreliable is None else unreliable
    for rules in BEFORE_WORLDS:
        yield from rules.diagnostics(scenario, (), unreliable)
    worlds: list[tuple[Path, World]] = [(("world",), scenario.world)]
    worlds += [(("environments", name), world) for name, world in scenario.environments.items()]
    for where, world in worlds:
        for rules in OF_A_WORLD:
            yield from rules.diagnostics(world, where, unreliable)
    for rules in AFTER_WORLDS:
        yield from rules.diagnostics(scenario, (), unreliable)
