"""What well-formed evolution can still get wrong: operators that don't fit, schedules that contradict themselves."""

from collections.abc import Callable, Iterator
from functools import partial
from inspect import getmembers, isfunction, signature
from typing import Any

from evosim.scenario.errors.diagnostic import Diagnostic, suggest
from evosim.scenario.schema.ecologies import OUTCOMES, EcologyWorld
from evosim.scenario.schema.evolution import (
    ALGORITHMS,
    NATURAL_SELECTION,
    CovarianceMatrixAdaptation,
    DeapSelection,
    EpsilonLexicase,
    Evolution,
    GaussianMutation,
    Lexicase,
    ParetoSelection,
    Tournament,
    UniformCrossover,
)
from evosim.scenario.schema.loci import count_loci
from evosim.scenario.schema.scenario import Scenario
from evosim.scenario.schema.worlds import World

LACKING: dict[str, dict[str, Any]] = {
    "cma_es": {
        "selection": Tournament(operator="tournament"),
        "crossover": UniformCrossover(),
        "mutation": GaussianMutation(),
        "elites": 0,
    },
    NATURAL_SELECTION: {
        name: Evolution.model_fields[name].default for name in ("selection", "episodes", "elites", "hall_of_fame")
    },
}  # what some algorithms have no use for, with what stands there if it is not said
UNUSABLE = {
    "selTournamentDCD": "it compares crowding distances, which only NSGA-II measures: use operator = 'nsga2'",
    "selNSGA3": "it needs reference points, which a scenario can't say: use operator = 'nsga2'",
}  # operators of DEAP that find nothing to select by
LARGEST_TOURNAMENT = 10_000  # as of evosim's own
CMA_LOCI = 1000  # of which every two have a covariance, and it is decomposed in each generation


def _is_number(value: Any, low: float, high: float, *, whole: bool) -> bool:
    return isinstance(value, int if whole else int | float) and not isinstance(value, bool) and low <= value <= high


A_SIZE = (
    partial(_is_number, low=1, high=LARGEST_TOURNAMENT, whole=True),
    f"a whole number from 1 to {LARGEST_TOURNAMENT:,}",
)
ARGUMENTS: dict[str, tuple[Callable[[Any], bool], str]] = {
    "tournsize": A_SIZE,
    "fitness_size": A_SIZE,
    "parsimony_size": (partial(_is_number, low=1, high=2, whole=False), "a number from 1 to 2"),
    "fitness_first": (lambda value: isinstance(value, bool), "true or false"),
    "epsilon": (partial(_is_number, low=0, high=1e9, whole=False), "a number from 0 to 1e9"),
    "nd": (lambda value: value == "standard", "'standard'; 'log' sorts by several objectives, and here is one"),
}  # of operators of DEAP: what they can work with, and that in words
OF_NATURE = ("ticks", "interval", "floor")  # what only natural selection has


def evolution_mistakes(scenario: Scenario) -> Iterator[Diagnostic]:
    evolution = scenario.evolution
    if evolution.elites >= evolution.population:
        what = f"{evolution.elites} elites leave no room for offspring in a population of {evolution.population}"
        yield Diagnostic(("evolution", "elites"), what)
    starts = [phase.start for phase in evolution.schedule]
    for i, phase in enumerate(evolution.schedule):
        where = ("evolution", "schedule", i)
        is_mixture = not isinstance(phase.environment, str)
        for name in phase.shares():
            if name not in scenario.environments:
                what = f"there is no environment {name!r}; {suggest(name, list(scenario.environments))}"
                yield Diagnostic((*where, "environment", name) if is_mixture else (*where, "environment"), what)
        total = sum(phase.shares().values())
        if abs(total - 1) > 1e-9:
            yield Diagnostic((*where, "environment"), f"the shares add up to {total:g}, not to 1")
        if i == 0 and phase.start != 0:
            yield Diagnostic((*where, "from"), "the first entry must start from generation 0")
        if i > 0 and starts[i] <= starts[i - 1]:
            yield Diagnostic((*where, "from"), f"must lie after {starts[i - 1]}, where the entry before it starts")
    for part, default in LACKING.get(evolution.algorithm, {}).items():
        if getattr(evolution, part) != default:
            yield Diagnostic(("evolution", part), f"{evolution.algorithm} has no {part}: leave this out")
    yield from _nature_mistakes(scenario)
    if evolution.algorithm != "cma_es" and evolution.cma_es != CovarianceMatrixAdaptation():
        yield Diagnostic(("evolution", "cma_es"), f"the algorithm is {evolution.algorithm!r}, not 'cma_es'")
    if evolution.algorithm == "cma_es" and not 1 <= count_loci(scenario) <= CMA_LOCI:
        what = f"cma_es learns how 1 to {CMA_LOCI:,} loci go together; these genomes have {count_loci(scenario):,}"
        yield Diagnostic(("evolution", "algorithm"), what)
    if isinstance(evolution.selection, ParetoSelection) and len(scenario.objectives.pareto) < 2:
        what = "nsga2 needs at least two objectives to choose between, as objectives.pareto = [{...}, {...}]"
        yield Diagnostic(("evolution", "selection"), what)
    if isinstance(evolution.selection, ParetoSelection) and evolution.elites:
        what = "nsga2 has survivors, half of the population, and no other elites: leave this out, or 0"
        yield Diagnostic(("evolution", "elites"), what)
    if isinstance(evolution.selection, Lexicase | EpsilonLexicase) and evolution.episodes < 2:
        what = f"{evolution.selection.operator} selects by single episodes, and needs at least 2"
        yield Diagnostic(("evolution", "episodes"), what)
    if isinstance(evolution.selection, DeapSelection):
        yield from _deap_mistakes(evolution.selection)


def _deap_mistakes(selection: DeapSelection) -> Iterator[Diagnostic]:
    from deap import tools

    where = ("evolution", "selection")
    name = selection.operator.removeprefix("deap.")
    known = [name for name, _ in getmembers(tools, isfunction) if name.startswith("sel")]
    if name not in known:
        yield Diagnostic((*where, "operator"), f"DEAP has no operator {name!r}; {suggest(name, known)}")
        return
    if name in UNUSABLE:
        yield Diagnostic((*where, "operator"), UNUSABLE[name])
        return
    parameters = [p for p in signature(getattr(tools, name)).parameters.values() if p.name != "fit_attr"]
    own = [p.name for p in parameters[2:]]  # the first two are the individuals and how many
    for argument, value in selection.arguments().items():
        if argument not in own:
            meant = suggest(argument, own) if own else "it has none"
            yield Diagnostic((*where, argument), f"unknown argument of {name}; {meant}")
        elif argument in ARGUMENTS and not ARGUMENTS[argument][0](value):
            yield Diagnostic((*where, argument), f"expected {ARGUMENTS[argument][1]}, got {value!r}")
    for parameter in parameters[2:]:
        if parameter.default is parameter.empty and parameter.name not in selection.arguments():
            yield Diagnostic(where, f"{name} needs the argument {parameter.name!r}")


def _nature_mistakes(scenario: Scenario) -> Iterator[Diagnostic]:
    """Find what natural selection and the worlds it needs have said wrong."""
    evolution, natural = scenario.evolution, scenario.evolution.algorithm == NATURAL_SELECTION
    worlds: list[tuple[tuple[str, ...], World]] = [(("world",), scenario.world)]
    worlds += [(("environments", name), world) for name, world in scenario.environments.items()]
    for where, world in worlds:
        shared = isinstance(world, EcologyWorld)
        if natural and not shared:
            what = "natural_selection happens in a world that all share: it needs kind = 'ecology'"
            yield Diagnostic((*where, "kind"), what)
        if shared and not natural and where == ("world",):
            others = f"; {evolution.algorithm!r} selects by fitness" if evolution.algorithm in ALGORITHMS else ""
            what = f"in an ecology selection is birth and death: it needs 'natural_selection'{others}"
            yield Diagnostic(("evolution", "algorithm"), what)
    if not natural:
        for part in OF_NATURE:
            if getattr(evolution, part) != Evolution.model_fields[part].default:
                yield Diagnostic(("evolution", part), f"{evolution.algorithm} has no {part}: leave this out")
        for i, phase in enumerate(evolution.schedule):
            if phase.over:
                what = "only by natural_selection a change takes time: leave this out, or use mixtures"
                yield Diagnostic(("evolution", "schedule", i, "over"), what)
        return
    if evolution.ticks is not None:
        what = "says again, and otherwise, what generations says: leave one of them out"
        yield Diagnostic(("evolution", "ticks"), what)
    for i, phase in enumerate(evolution.schedule):
        if phase.start % evolution.interval:
            what = f"statistics are of {evolution.interval} ticks each: this must be a multiple of that"
            yield Diagnostic(("evolution", "schedule", i, "from"), what)
        if i == 0 and phase.over:
            yield Diagnostic(
                ("evolution", "schedule", i, "over"), "nothing is before it, so there is no change to spread"
            )
    if scenario.objectives.base != {OUTCOMES[0]: 1.0}:
        what = f"natural_selection counts children and nothing else: leave this out, or {{ {OUTCOMES[0]} = 1 }}"
        yield Diagnostic(("objectives", "base"), what)
    if evolution.floor > evolution.population:
        what = f"more than the {evolution.population} founders"
        yield Diagnostic(("evolution", "floor"), what)
