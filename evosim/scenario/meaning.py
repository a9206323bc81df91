"""What a well-formed scenario can still get wrong: names that name nothing, numbers that contradict."""

from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from inspect import getmembers, isfunction, signature
from typing import NamedTuple

from evosim.scenario.schema import (
    CovarianceMatrixAdaptation,
    DeapSelection,
    EpsilonLexicase,
    Features,
    GaussianMutation,
    Lexicase,
    Locus,
    MazeLayout,
    ParetoSelection,
    RoomsLayout,
    Scenario,
    Tournament,
    UniformCrossover,
    World,
)

ALWAYS = ("steps", "moves", "thinking")
NOTHING = "nothing"
HORIZON_LIMIT = 10_000
MOST_WORDS = 100  # among which one is looked for that was meant
CMA_ES_HAS_NO = {
    "selection": Tournament(operator="tournament"),
    "crossover": UniformCrossover(),
    "mutation": GaussianMutation(),
    "elites": 0,
}


class Mistake(NamedTuple):
    """What is wrong, and where: a path of keys and positions."""

    where: tuple[str | int, ...]
    what: str


def suggest(word: str, allowed: list[str] | tuple[str, ...]) -> str:
    """Say what was probably meant, or else what is allowed; of very many words the first."""
    close = get_close_matches(word, allowed[:MOST_WORDS], n=1, cutoff=0.7)
    more = ", …" if len(allowed) > MOST_WORDS else ""
    listed = ", ".join(allowed[:MOST_WORDS]) or "nothing"
    return f"did you mean {close[0]!r}?" if close else f"allowed: {listed}{more}"


def twins(names: Iterable[str]) -> Iterator[str]:
    """Find names that stand there already but for capitals, which tables don't tell apart."""
    seen: set[str] = set()
    for name in names:
        if name.lower() in seen:
            yield name
        seen.add(name.lower())


def object_names(scenario: Scenario) -> list[str]:
    """Name all object types, those of the base world first."""
    worlds = [scenario.world, *scenario.environments.values()]
    return list(dict.fromkeys(name for world in worlds for name in world.objects))


def own_outcomes(scenario: Scenario) -> list[str]:
    """Name the outcomes that the scenario's objects bring about."""
    worlds = [scenario.world, *scenario.environments.values()]
    return list(dict.fromkeys(o for w in worlds for kind in w.objects.values() for o in kind.outcomes))


def outcome_names(scenario: Scenario) -> list[str]:
    """Name the outcomes `[K]` of an episode, in the order in which the lifetime kernel writes them."""
    objects = object_names(scenario)
    return [
        *own_outcomes(scenario),
        *ALWAYS,
        *(f"entered.{name}" for name in objects),
        *(f"entered_first.{name}" for name in objects),
    ]


def mistakes(scenario: Scenario) -> Iterator[Mistake]:
    """Find every mistake of meaning."""
    yield from _world_mistakes(("world",), scenario.world)
    for name, world in scenario.environments.items():
        yield from _world_mistakes(("environments", name), world)
        if world.features != scenario.world.features:
            what = "an environment can't change the list of features: minds are made for one list"
            yield Mistake(("environments", name, "features"), what)
    for twin in twins(scenario.environments):
        yield Mistake(("environments", twin), "is named twice; capitals make no difference")
    yield from _objective_mistakes(scenario)
    yield from _mind_mistakes(scenario)
    yield from _evolution_mistakes(scenario)
    for i, name in enumerate(scenario.measure.environments):
        if name in scenario.measure.environments[:i]:
            yield Mistake(("measure", "environments", i), f"{name!r} is named twice")
        if name not in scenario.environments:
            what = f"there is no environment {name!r}; {suggest(name, list(scenario.environments))}"
            yield Mistake(("measure", "environments", i), what)


def _world_mistakes(where: tuple[str, ...], world: World) -> Iterator[Mistake]:
    rows, columns = world.size
    if not (3 <= rows <= 1001 and 3 <= columns <= 1001):
        yield Mistake((*where, "size"), "rows and columns must lie between 3 and 1001, the wall around included")
        return
    if isinstance(world.layout, MazeLayout) and (rows % 2 == 0 or columns % 2 == 0):
        yield Mistake((*where, "size"), "a maze needs an odd number of rows and of columns")
    if isinstance(world.layout, RoomsLayout):
        rooms = world.layout
        if (rows - 1) // rooms.rows < 2 or (columns - 1) // rooms.columns < 2:
            what = f"{rooms.rows} × {rooms.columns} rooms don't fit into {rows} × {columns} cells"
            yield Mistake((*where, "layout"), what)
    for twin in twins(world.features):
        yield Mistake((*where, "features"), f"{twin!r} is named twice; capitals make no difference")
    for twin in twins(world.objects):
        yield Mistake((*where, "objects", twin), "is named twice; capitals make no difference")
    count = sum(kind.count for kind in world.objects.values())
    if count < 1:
        yield Mistake((*where, "objects"), "there is no object: at least one type needs a count of 1")
    if count > (rows - 2) * (columns - 2) - 1:
        what = f"{count} objects and the agent don't fit into {(rows - 2) * (columns - 2)} cells inside the walls"
        yield Mistake((*where, "objects"), what)
    if NOTHING in world.objects:
        yield Mistake((*where, "objects", NOTHING), "this name is taken: it says that nothing was entered")
    for name, kind in world.objects.items():
        yield from _feature_mistakes((*where, "objects", name, "features"), kind.features, world.features)


def _feature_mistakes(where: tuple[str, ...], features: Features, declared: list[str]) -> Iterator[Mistake]:
    one_of = features.one_of or {}
    for name in [*features.named(), *one_of]:
        if name not in declared:
            in_one_of = ("one_of",) if name in one_of else ()
            yield Mistake((*where, *in_one_of, name), f"{name!r} is not in world.features; {suggest(name, declared)}")
    for name in one_of:
        if name in features.named():
            yield Mistake((*where, "one_of", name), f"{name!r} has a value of its own as well")
    if features.one_of is not None and abs(sum(one_of.values()) - 1) > 1e-9:
        yield Mistake((*where, "one_of"), f"the chances add up to {sum(one_of.values()):g}, not to 1")


def _objective_mistakes(scenario: Scenario) -> Iterator[Mistake]:
    known = outcome_names(scenario)
    for kind in ("intended", "base"):
        for outcome in getattr(scenario.objectives, kind):
            if outcome not in known:
                what = f"no object has the outcome {outcome!r}; {suggest(outcome, known)}"
                yield Mistake(("objectives", kind, outcome), what)
    pareto = scenario.objectives.pareto
    for i, objective in enumerate(pareto):
        for outcome in objective:
            if outcome not in known:
                what = f"no object has the outcome {outcome!r}; {suggest(outcome, known)}"
                yield Mistake(("objectives", "pareto", i, outcome), what)
    selection = scenario.evolution.selection
    if pareto and not isinstance(selection, ParetoSelection):
        what = f"selection by {selection.operator} looks at objectives.base only; nsga2 looks at these"
        yield Mistake(("objectives", "pareto"), what)


def _mind_mistakes(scenario: Scenario) -> Iterator[Mistake]:
    mind = scenario.mind
    total = sum(mind.controllers.values())
    if abs(total - 1) > 1e-9:
        yield Mistake(("mind", "controllers"), f"the shares add up to {total:g}, not to 1")
    for part in ("objective", "heuristic"):
        low, high = getattr(mind, part).range
        if not low < high:
            yield Mistake(("mind", part, "range"), f"the range is upside down or empty: {low:g} to {high:g}")
    planner = ("mind", "planner")
    yield from _locus_mistakes((*planner, "horizon"), mind.planner.horizon, 1, HORIZON_LIMIT)
    yield from _locus_mistakes((*planner, "discount"), mind.planner.discount, 0.001, 0.999999)
    yield from _locus_mistakes((*planner, "temperature"), mind.planner.temperature, 0, 1e6)
    heuristic = ("mind", "heuristic", "temperature")
    yield from _locus_mistakes(heuristic, mind.heuristic.temperature, 0, 1e6)


def _locus_mistakes(where: tuple[str, ...], locus: Locus, least: float, most: float) -> Iterator[Mistake]:
    low, high = locus.range or (locus.initial, locus.initial)
    if locus.range is not None and not low < high:
        yield Mistake((*where, "range"), f"the range is upside down or empty: {low:g} to {high:g}")
    elif not low <= locus.initial <= high:
        yield Mistake((*where, "initial"), f"{locus.initial:g} lies outside the range {low:g} to {high:g}")
    if low < least or high > most:
        yield Mistake(where, f"must lie between {least:g} and {most:g}")


def _evolution_mistakes(scenario: Scenario) -> Iterator[Mistake]:
    evolution = scenario.evolution
    if evolution.elites >= evolution.population:
        what = f"{evolution.elites} elites leave no room for offspring in a population of {evolution.population}"
        yield Mistake(("evolution", "elites"), what)
    starts = [phase.start for phase in evolution.schedule]
    for i, phase in enumerate(evolution.schedule):
        where = ("evolution", "schedule", i)
        if phase.environment not in scenario.environments:
            environments = list(scenario.environments)
            what = f"there is no environment {phase.environment!r}; {suggest(phase.environment, environments)}"
            yield Mistake((*where, "environment"), what)
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
