"""Rules about objectives: outcomes that nothing produces, and weights that selection doesn't use."""

from collections.abc import Iterator

from evosim.scenario.errors.diagnostic import Diagnostic, respelled, suggest
from evosim.scenario.schema.evolution import ParetoSelection
from evosim.scenario.schema.names import object_names, outcome_names, outcome_segments, own_outcomes, place_names
from evosim.scenario.schema.scenario import Scenario
from evosim.scenario.schema.worlds import PluginWorld, World
from evosim.scenario.validation.rule import RuleSet

OUTCOMES = tuple(
    f"{world}.{what}"
    for world in ("world", "environments.*")
    for what in ("kind", "objects.*.outcomes.*?", "places.*?", "outcomes")
)  # what outcomes there are
OBJECTIVES = RuleSet(Scenario)


@OBJECTIVES.rule(reads=("world.kind", "environments.*.kind"))
def check_spelling_of_outcomes(scenario: Scenario) -> Iterator[Diagnostic]:
    worlds: list[tuple[tuple[str, ...], World]] = [(("world",), scenario.world)]
    worlds += [(("environments", name), world) for name, world in scenario.environments.items()]
    for where, name in respelled(named for at, world in worlds for named in _outcomes_with_places(at, world)):
        yield Diagnostic(where, f"{name!r} is named twice; capitals make no difference")


def _outcomes_with_places(where: tuple[str, ...], world: World) -> Iterator[tuple[tuple[str, ...], str]]:
    """Yield the outcomes that a world names, each with its path."""
    for name in world.outcomes if isinstance(world, PluginWorld) else ():
        yield (*where, "outcomes"), name
    for key, kind in world.objects.items():
        for name in kind.outcomes:
            yield (*where, "objects", key, "outcomes", name), name


def outcomes_by_any_selection(scenario: Scenario) -> frozenset[str]:
    """Return the outcomes that a scenario's worlds can produce, whether agents live there alone or together."""
    segments = outcome_segments(own_outcomes(scenario), object_names(scenario), place_names(scenario))
    return frozenset(name for segment in segments for name in segment.outcomes)


def outcomes_by_its_selection(scenario: Scenario) -> frozenset[str]:
    """Return the outcomes that objectives can weigh."""
    return frozenset(outcome_names(scenario))


def _unknown(where: tuple[str | int, ...], scenario: Scenario) -> Diagnostic:
    """Return the diagnostic of an outcome, named at a path, that nothing produces."""
    outcome, whose = str(where[-1]), "object" if object_names(scenario) else "world"
    return Diagnostic(where, f"no {whose} has the outcome {outcome!r}; {suggest(outcome, _known(scenario))}")


def _known(scenario: Scenario) -> Iterator[str]:
    yield from outcome_names(scenario)


def _rules_of_weights(at: str) -> None:
    """Add the rules about the outcomes in a table of weights."""
    path = at.split(".")

    @OBJECTIVES.rule(each=f"{at}.{{outcome}}", reads=OUTCOMES, given=outcomes_by_any_selection)
    def check_outcome(scenario: Scenario, known: frozenset[str], *names: str) -> Iterator[Diagnostic]:
        if names[-1] not in known:
            yield _unknown((*path[:2], *names), scenario)

    @OBJECTIVES.rule(
        each=f"{at}.{{outcome}}", reads=(*OUTCOMES, "evolution.algorithm"), given=outcomes_by_its_selection
    )
    def check_outcome_of_natural_selection(
        scenario: Scenario, known: frozenset[str], *names: str
    ) -> Iterator[Diagnostic]:
        if names[-1] not in known and names[-1] in outcomes_by_any_selection(scenario):
            yield _unknown((*path[:2], *names), scenario)


for at in ("objectives.intended", "objectives.base", "objectives.pareto.{i}"):
    _rules_of_weights(at)


@OBJECTIVES.rule(reads=("objectives.pareto", "evolution.selection?", "evolution.selection.operator"))
def check_selection_uses_objectives(scenario: Scenario) -> Iterator[Diagnostic]:
    selection = scenario.evolution.selection
    if scenario.objectives.pareto and not isinstance(selection, ParetoSelection):
        what = f"selection by {selection.operator} looks at objectives.base only; nsga2 looks at these"
        yield Diagnostic(("objectives", "pareto"), what)
