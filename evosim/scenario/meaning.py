"""What a well-formed scenario can still get wrong: names that name nothing, numbers that contradict."""

from collections.abc import Iterator
from inspect import getmembers, isfunction, signature

from evosim.scenario.evolving import (
    CovarianceMatrixAdaptation,
    DeapSelection,
    EpsilonLexicase,
    GaussianMutation,
    Lexicase,
    ParetoSelection,
    Tournament,
    UniformCrossover,
)
from evosim.scenario.meaning_of_minds import mind_mistakes
from evosim.scenario.meaning_of_worlds import world_mistakes
from evosim.scenario.mistakes import Mistake, suggest, twins
from evosim.scenario.names import object_names, outcome_names
from evosim.scenario.schema import Scenario
from evosim.scenario.worlds import GuestWorld, World

CMA_ES_HAS_NO = {
    "selection": Tournament(operator="tournament"),
    "crossover": UniformCrossover(),
    "mutation": GaussianMutation(),
    "elites": 0,
}


def mistakes(scenario: Scenario) -> Iterator[Mistake]:
    """Find every mistake of meaning."""
    yield from world_mistakes(("world",), scenario.world)
    for name, world in scenario.environments.items():
        found = world_mistakes(("environments", name), world)
        if world.features != scenario.world.features:
            what = "an environment can't change the list of features: minds are made for one list"
            yield Mistake(("environments", name, "features"), what)
            found = (mistake for mistake in found if not _is_of_features(mistake))
        yield from found
    for twin in twins(scenario.environments):
        yield Mistake(("environments", twin), "is named twice; capitals make no difference")
    yield from _twin_outcomes(scenario)
    yield from _objective_mistakes(scenario)
    yield from mind_mistakes(scenario)
    yield from _evolution_mistakes(scenario)
    for i, name in enumerate(scenario.measure.environments):
        if name in scenario.measure.environments[:i]:
            yield Mistake(("measure", "environments", i), f"{name!r} is named twice")
        if name not in scenario.environments:
            what = f"there is no environment {name!r}; {suggest(name, list(scenario.environments))}"
            yield Mistake(("measure", "environments", i), what)


def _is_of_features(mistake: Mistake) -> bool:
    """Tell whether a mistake of an environment is about features: those in its list, or of an object or a place."""
    return "features" in (mistake.where[2:3] + mistake.where[4:5])


def _twin_outcomes(scenario: Scenario) -> Iterator[Mistake]:
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
                yield Mistake(at, f"{name!r} is named twice; capitals make no difference")


def _objective_mistakes(scenario: Scenario) -> Iterator[Mistake]:
    known = outcome_names(scenario)
    whose = "object" if object_names(scenario) else "world"
    for kind in ("intended", "base"):
        for outcome in getattr(scenario.objectives, kind):
            if outcome not in known:
                what = f"no {whose} has the outcome {outcome!r}; {suggest(outcome, known)}"
                yield Mistake(("objectives", kind, outcome), what)
    pareto = scenario.objectives.pareto
    for i, objective in enumerate(pareto):
        for outcome in objective:
            if outcome not in known:
                what = f"no {whose} has the outcome {outcome!r}; {suggest(outcome, known)}"
                yield Mistake(("objectives", "pareto", i, outcome), what)
    selection = scenario.evolution.selection
    if pareto and not isinstance(selection, ParetoSelection):
        what = f"selection by {selection.operator} looks at objectives.base only; nsga2 looks at these"
        yield Mistake(("objectives", "pareto"), what)


def _evolution_mistakes(scenario: Scenario) -> Iterator[Mistake]:
    evolution = scenario.evolution
    if evolution.elites >= evolution.population:
        what = f"{evolution.elites} elites leave no room for offspring in a population of {evolution.population}"
        yield Mistake(("evolution", "elites"), what)
    starts = [phase.start for phase in evolution.schedule]
    for i, phase in enumerate(evolution.schedule):
        where = ("evolution", "schedule", i)
        is_mixture = not isinstance(phase.environment, str)
        for name in phase.shares():
            if name not in scenario.environments:
                what = f"there is no environment {name!r}; {suggest(name, list(scenario.environments))}"
                yield Mistake((*where, "environment", name) if is_mixture else (*where, "environment"), what)
        total = sum(phase.shares().values())
        if abs(total - 1) > 1e-9:
            yield Mistake((*where, "environment"), f"the shares add up to {total:g}, not to 1")
        if i == 0 and phase.start != 0:
            yield Mistake((*where, "from"), "the first entry must start from generation 0")
        if i > 0 and starts[i] <= starts[i - 1]:
            yield Mistake((*where, "from"), f"must lie after {starts[i - 1]}, where the entry before it starts")
    if evolution.algorithm == "cma_es":
        for part, default in CMA_ES_HAS_NO.items():
            if getattr(evolution, part) != default:
                yield Mistake(("evolution", part), f"cma_es has no {part}: leave this out")
    elif evolution.cma_es != CovarianceMatrixAdaptation():
        yield Mistake(("evolution", "cma_es"), f"the algorithm is {evolution.algorithm!r}, not 'cma_es'")
    if isinstance(evolution.selection, ParetoSelection) and len(scenario.objectives.pareto) < 2:
        what = "nsga2 needs at least two objectives to choose between, as objectives.pareto = [{...}, {...}]"
        yield Mistake(("evolution", "selection"), what)
    if isinstance(evolution.selection, ParetoSelection) and evolution.elites:
        what = "nsga2 has survivors, half of the population, and no other elites: leave this out, or 0"
        yield Mistake(("evolution", "elites"), what)
    if isinstance(evolution.selection, Lexicase | EpsilonLexicase) and evolution.episodes < 2:
        what = f"{evolution.selection.operator} selects by single episodes, and needs at least 2"
        yield Mistake(("evolution", "episodes"), what)
    if isinstance(evolution.selection, DeapSelection):
        yield from _deap_mistakes(evolution.selection)


def _deap_mistakes(selection: DeapSelection) -> Iterator[Mistake]:
    from deap import tools

    where = ("evolution", "selection")
    name = selection.operator.removeprefix("deap.")
    known = [name for name, _ in getmembers(tools, isfunction) if name.startswith("sel")]
    if name not in known:
        yield Mistake((*where, "operator"), f"DEAP has no operator {name!r}; {suggest(name, known)}")
        return
    parameters = [p for p in signature(getattr(tools, name)).parameters.values() if p.name != "fit_attr"]
    own = [p.name for p in parameters[2:]]  # the first two are the individuals and how many
    for argument in selection.arguments():
        if argument not in own:
            yield Mistake((*where, argument), f"unknown argument of {name}; {suggest(argument, own)}")
    for parameter in parameters[2:]:
        if parameter.default is parameter.empty and parameter.name not in selection.arguments():
            yield Mistake(where, f"{name} needs the argument {parameter.name!r}")
