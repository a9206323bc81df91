"""What a well-formed scenario can still get wrong: names that name nothing, numbers that contradict."""

import unicodedata
from collections.abc import Iterator

from evosim.scenario.errors.diagnostic import Diagnostic, suggest, twins
from evosim.scenario.schema.evolution import ParetoSelection
from evosim.scenario.schema.names import object_names, outcome_names
from evosim.scenario.schema.scenario import Scenario
from evosim.scenario.schema.worlds import GuestWorld, World
from evosim.scenario.validation.ecologies import shared_mistakes
from evosim.scenario.validation.evolution import evolution_mistakes
from evosim.scenario.validation.minds import mind_mistakes
from evosim.scenario.validation.worlds import world_mistakes


def mistakes(scenario: Scenario) -> Iterator[Diagnostic]:
    """Find every mistake of meaning."""
    for sign in dict.fromkeys(sign for sign in scenario.title if not sign.isprintable()):
        named = f"{unicodedata.name(sign, 'a sign without a name').lower()} (U+{ord(sign):04X})"
        yield Diagnostic(("title",), f"holds {named}, which can't be seen; write a plain space, or leave it out")
    yield from world_mistakes(("world",), scenario.world)
    for name, world in scenario.environments.items():
        found = world_mistakes(("environments", name), world)
        if world.features != scenario.world.features:
            what = "an environment can't change the list of features: minds are made for one list"
            yield Diagnostic(("environments", name, "features"), what)
            found = (mistake for mistake in found if not _is_of_features(mistake))
        yield from found
    for twin in twins(scenario.environments):
        yield Diagnostic(("environments", twin), "is named twice; capitals make no difference")
    yield from shared_mistakes(scenario)
    yield from _twin_outcomes(scenario)
    yield from _objective_mistakes(scenario)
    yield from mind_mistakes(scenario)
    yield from evolution_mistakes(scenario)
    for i, name in enumerate(scenario.measure.environments):
        if name in scenario.measure.environments[:i]:
            yield Diagnostic(("measure", "environments", i), f"{name!r} is named twice")
        if name not in scenario.environments:
            what = f"there is no environment {name!r}; {suggest(name, list(scenario.environments))}"
            yield Diagnostic(("measure", "environments", i), what)


def _is_of_features(mistake: Diagnostic) -> bool:
    """Tell whether a mistake of an environment is about features: those in its list, or of an object or a place."""
    return "features" in (mistake.where[2:3] + mistake.where[4:5])


def _twin_outcomes(scenario: Scenario) -> Iterator[Diagnostic]:
    """Find outcomes that some world or object spells with other capitals than the first that has them."""
    spelled: dict[str, str] = {}
    worlds: list[tuple[tuple[str, ...], World]] = [(("world",), scenario.world)]
    worlds += [(("environments", name), world) for name, world in scenario.environments.items()]
    for where, world in worlds:
        named = [((*where, "outcomes"), name) for name in (world.outcomes if isinstance(world, GuestWorld) else ())]
        for key, kind in world.objects.items():
            named += [((*where, "objects", key, "outcomes", name), name) for name in kind.outcomes]
        for at, name in named:
            if spelled.setdefault(name.lower(), name) != name:
                yield Diagnostic(at, f"{name!r} is named twice; capitals make no difference")


def _objective_mistakes(scenario: Scenario) -> Iterator[Diagnostic]:
    known = outcome_names(scenario)
    whose = "object" if object_names(scenario) else "world"
    for kind in ("intended", "base"):
        for outcome in getattr(scenario.objectives, kind):
            if outcome not in known:
                what = f"no {whose} has the outcome {outcome!r}; {suggest(outcome, known)}"
                yield Diagnostic(("objectives", kind, outcome), what)
    pareto = scenario.objectives.pareto
    for i, objective in enumerate(pareto):
        for outcome in objective:
            if outcome not in known:
                what = f"no {whose} has the outcome {outcome!r}; {suggest(outcome, known)}"
                yield Diagnostic(("objectives", "pareto", i, outcome), what)
    selection = scenario.evolution.selection
    if pareto and not isinstance(selection, ParetoSelection):
        what = f"selection by {selection.operator} looks at objectives.base only; nsga2 looks at these"
        yield Diagnostic(("objectives", "pareto"), what)
