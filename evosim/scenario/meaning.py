"""What a well-formed scenario can still get wrong: names that name nothing, numbers that contradict."""

from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from inspect import getmembers, isfunction, signature
from typing import NamedTuple

from evosim.scenario.schema import (
    Anywhere,
    CovarianceMatrixAdaptation,
    DeapSelection,
    EpsilonLexicase,
    Features,
    GaussianMutation,
    Lexicase,
    Locus,
    MapLayout,
    MazeLayout,
    Near,
    ObjectType,
    ParetoSelection,
    Placement,
    Region,
    RoomsLayout,
    Scenario,
    Tournament,
    UniformCrossover,
    World,
)

ALWAYS = ("steps", "moves", "thinking", "energy", "survived")
NOTHING = "nothing"
HORIZON_LIMIT = 10_000
DEPTH_LIMIT = 24  # of a tree search: its nominal cost is the unpruned tree
START, WALL, FLOOR = "@", "#", ". "
SEES = (1.0, 0.0, -0.5)  # weights of a detector that sees what is there: on its own feature, on others, and its bias
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
    """Say what was probably meant, or else what is allowed."""
    close = get_close_matches(word, allowed, n=1, cutoff=0.7)
    return f"did you mean {close[0]!r}?" if close else f"allowed: {', '.join(allowed) or 'nothing'}"


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


def place_names(scenario: Scenario) -> list[str]:
    """Name all places, those of the base world first."""
    worlds = [scenario.world, *scenario.environments.values()]
    return list(dict.fromkeys(name for world in worlds for name in world.places))


def own_outcomes(scenario: Scenario) -> list[str]:
    """Name the outcomes that the scenario's objects bring about."""
    worlds = [scenario.world, *scenario.environments.values()]
    return list(dict.fromkeys(o for w in worlds for kind in w.objects.values() for o in kind.outcomes))


def objective_names(scenario: Scenario) -> list[str]:
    """Name the weights of a mesa-objective: one for each feature, then one for each feature times each drive."""
    features, drives = scenario.world.features, scenario.mind.objective.drives
    return [*features, *(f"{feature}.{drive}" for drive in drives for feature in features)]


def outcome_names(scenario: Scenario) -> list[str]:
    """Name the outcomes `[K]` of an episode, in the order in which the lifetime kernel writes them."""
    objects = object_names(scenario)
    return [
        *own_outcomes(scenario),
        *ALWAYS,
        *(f"entered.{name}" for name in objects),
        *(f"entered_first.{name}" for name in objects),
        *(f"entered.{name}" for name in place_names(scenario)),
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
    if isinstance(world.layout, MapLayout):
        yield from _map_mistakes(where, world, world.layout)
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
        yield from _object_mistakes((*where, "objects", name), name, kind, world)
    for name, place in world.places.items():
        at = (*where, "places", name)
        yield from _feature_mistakes((*at, "features"), place.features, world.features)
        yield from _placement_mistakes((*at, "place"), place.place, world)
        if isinstance(place.place, Anywhere):
            yield Mistake((*at, "place"), "a place must be somewhere: kind is 'region', 'corner' or 'near'")
        if name.lower() in (other.lower() for other in (*world.objects, NOTHING)):
            yield Mistake(at, "this name is taken by an object" if name in world.objects else "this name is taken")
    for twin in twins(world.places):
        yield Mistake((*where, "places", twin), "is named twice; capitals make no difference")
    yield from _placement_mistakes((*where, "start"), world.start, world)
    if isinstance(world.start, Near) and world.start.to == "start":
        yield Mistake((*where, "start", "to"), "the start can't be near itself")
    energy = world.energy
    if energy is not None and energy.most is not None and energy.most < energy.initial:
        what = f"{energy.initial:g} is more than the most energy there can be, {energy.most:g}"
        yield Mistake((*where, "energy", "initial"), what)


def _map_mistakes(where: tuple[str, ...], world: World, layout: MapLayout) -> Iterator[Mistake]:
    """Find what is wrong with a drawing; a line is one of the drawing's, from 1."""
    at, rows = (*where, "layout", "drawing"), layout.rows()
    known = {WALL, *FLOOR, START, *layout.legend}
    for symbol, name in layout.legend.items():
        if name not in world.objects:
            what = f"there is no object {name!r}; {suggest(name, list(world.objects))}"
            yield Mistake((*where, "layout", "legend", symbol), what)
    for number, row in enumerate(rows, 1):
        if len(row) != len(rows[0]):
            yield Mistake(at, f"line {number} of the map has {len(row)} cells, the first line {len(rows[0])}")
        for symbol in dict.fromkeys(row):
            if symbol not in known:
                what = f"line {number} of the map has {symbol!r}, which is not in the legend; others are '#', '.', '@'"
                yield Mistake(at, what)
        border = row if number in (1, len(rows)) else row[:1] + row[-1:]
        if set(border) != {WALL}:
            yield Mistake(at, f"line {number} of the map is open to the outside: the outermost cells must be '#'")
    if tuple(world.size) != (len(rows), len(rows[0])):
        yield Mistake((*where, "size"), f"the map has {len(rows)} rows and {len(rows[0])} columns; leave this out")
    if START not in layout.drawing:
        yield Mistake(at, "the map has no start: mark where agents may start with '@'")
    elif not isinstance(world.start, Anywhere):
        yield Mistake((*where, "start"), "the map marks where agents start, with '@': leave this out")
    for name, kind in world.objects.items():
        symbols = [symbol for symbol, named in layout.legend.items() if named == name]
        marks = sum(row.count(symbol) for symbol in symbols for row in rows)
        if symbols and kind.count > marks:
            what = f"{kind.count} of {name!r} don't fit: the map marks {marks} of {' and '.join(map(repr, symbols))}"
            yield Mistake((*where, "objects", name, "count"), what)
        if symbols and not isinstance(kind.place, Anywhere):
            yield Mistake((*where, "objects", name, "place"), f"the map says where {name!r} stands: leave this out")


def _object_mistakes(where: tuple[str, ...], name: str, kind: ObjectType, world: World) -> Iterator[Mistake]:
    yield from _feature_mistakes((*where, "features"), kind.features, world.features)
    yield from _placement_mistakes((*where, "place"), kind.place, world)
    if isinstance(kind.place, Near) and kind.place.to == name:
        yield Mistake((*where, "place", "to"), "an object can't be near itself")
    for needed in kind.needs:
        if needed not in world.objects:
            others = list(world.objects)
            yield Mistake((*where, "needs", needed), f"there is no object {needed!r}; {suggest(needed, others)}")
        elif not world.objects[needed].carried:
            what = f"{needed!r} can't be carried, so nobody has one: it needs `carried = true`"
            yield Mistake((*where, "needs", needed), what)
    if kind.respawns is not None and not (kind.consumed or kind.carried):
        yield Mistake((*where, "respawns"), "nothing comes back that isn't taken: set `consumed` or `carried`")
    if kind.energy and world.energy is None:
        yield Mistake((*where, "energy"), "agents have no energy here: that needs a table [world.energy]")


def _placement_mistakes(where: tuple[str, ...], rule: Placement, world: World) -> Iterator[Mistake]:
    rows, columns = world.size
    if isinstance(rule, Region):
        for key, (first, last), count in (("rows", rule.rows, rows), ("columns", rule.columns, columns)):
            if first > last:
                yield Mistake((*where, key), f"the range is upside down: {first} to {last}")
            elif last < 1 or first > count - 2:
                yield Mistake((*where, key), f"nothing but wall there: the floor has {key} 1 to {count - 2}")
    if isinstance(rule, Near) and rule.to != "start":
        if rule.to not in world.objects:
            what = f"there is no object {rule.to!r}; {suggest(rule.to, [*world.objects, 'start'])}"
            yield Mistake((*where, "to"), what)
        elif isinstance(world.objects[rule.to].place, Near):
            yield Mistake((*where, "to"), f"{rule.to!r} is placed near something itself")
        elif world.objects[rule.to].count < 1:
            yield Mistake((*where, "to"), f"there is none: {rule.to!r} has a count of 0")


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
    for part in ("objective", "perception", "heuristic"):
        low, high = getattr(mind, part).range
        if not low < high:
            yield Mistake(("mind", part, "range"), f"the range is upside down or empty: {low:g} to {high:g}")
    yield from _segment_mistakes(scenario)
    planner = ("mind", "planner")
    deepest = DEPTH_LIMIT if mind.planner.algorithm == "tree_search" else HORIZON_LIMIT
    yield from _locus_mistakes((*planner, "horizon"), mind.planner.horizon, 1, deepest)
    if mind.beliefs.slip is not None:
        yield from _locus_mistakes(("mind", "beliefs", "slip"), mind.beliefs.slip, 0, 0.999999)
        if mind.planner.algorithm == "tree_search":
            what = "tree_search imagines that every move succeeds: leave this out"
            yield Mistake(("mind", "beliefs", "slip"), what)
    yield from _locus_mistakes(("mind", "beliefs", "persistence"), mind.beliefs.persistence, 0.001, 1)
    yield from _locus_mistakes((*planner, "discount"), mind.planner.discount, 0.001, 0.999999)
    yield from _locus_mistakes((*planner, "temperature"), mind.planner.temperature, 0, 1e6)
    heuristic = ("mind", "heuristic", "temperature")
    yield from _locus_mistakes(heuristic, mind.heuristic.temperature, 0, 1e6)


def _segment_mistakes(scenario: Scenario) -> Iterator[Mistake]:
    """Find what is wrong with the weights of mesa-objectives and heuristics."""
    objective, heuristic = scenario.mind.objective, scenario.mind.heuristic
    low, high = objective.range
    initial = objective.initial
    where = ("mind", "objective")
    if isinstance(initial, dict):
        names = objective_names(scenario)
        for name, weight in initial.items():
            if name not in names:
                yield Mistake((*where, "initial", name), f"there is no weight {name!r}; {suggest(name, names)}")
            elif not low <= weight <= high:
                what = f"{weight:g} lies outside the range {low:g} to {high:g}"
                yield Mistake((*where, "initial", name), what)
    elif initial is not None and not low <= initial <= high:
        yield Mistake((*where, "initial"), f"{initial:g} lies outside the range {low:g} to {high:g}")
    if initial is None and not objective.evolves:
        yield Mistake((*where, "initial"), "is missing: an objective that doesn't evolve must be said")
    low, high = heuristic.range
    if heuristic.initial is None and not heuristic.evolves:
        yield Mistake(("mind", "heuristic", "initial"), "is missing: weights that don't evolve must be said")
    elif heuristic.initial is not None and not low <= heuristic.initial <= high:
        yield Mistake(("mind", "heuristic", "initial"), f"{heuristic.initial:g} lies outside the range")
    low, high = scenario.mind.perception.range
    if scenario.mind.perception.evolves and not (low <= min(SEES) and max(SEES) <= high):
        what = f"detectors that see what is there have weights of {SEES[0]:g} and {SEES[1]:g} and a bias of {SEES[2]:g}"
        yield Mistake(("mind", "perception", "range"), f"{what}, outside the range {low:g} to {high:g}")
    if objective.drives and not all(world.energy for world in scenario.environments.values()):
        yield Mistake((*where, "drives"), "nobody is hungry without energy: that needs a table [world.energy]")
    for i, drive in enumerate(objective.drives):
        if drive in objective.drives[:i]:
            yield Mistake((*where, "drives", i), f"{drive!r} is named twice")


def _locus_mistakes(where: tuple[str, ...], locus: Locus, least: float, most: float) -> Iterator[Mistake]:
    if locus.range is None and locus.initial is None:
        yield Mistake((*where, "initial"), "is missing")
        return
    low, high = locus.range or (locus.initial or 0.0, locus.initial or 0.0)
    if locus.range is not None and not low < high:
        yield Mistake((*where, "range"), f"the range is upside down or empty: {low:g} to {high:g}")
    elif locus.initial is not None and not low <= locus.initial <= high:
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
