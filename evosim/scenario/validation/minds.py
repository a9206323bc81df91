"""What well-formed minds can still get wrong: shares, ranges, and names of weights."""

from collections.abc import Iterator

from evosim.scenario.errors.diagnostic import Diagnostic, suggest
from evosim.scenario.schema.ecologies import HUNGER, EcologyWorld
from evosim.scenario.schema.evolution import NATURAL_SELECTION, GaussianMutation
from evosim.scenario.schema.minds import (
    ControllerMind,
    HeuristicMind,
    Locus,
    ObjectiveMind,
    OpenLoopMind,
    OwnMutation,
    PerceptionMind,
)
from evosim.scenario.schema.names import choice_names, objective_names, senses_of
from evosim.scenario.schema.scenario import Scenario
from evosim.scenario.schema.worlds import GridWorld

HORIZON_LIMIT = 10_000
DEPTH_LIMIT = 24  # of a tree search: its nominal cost is the unpruned tree
SEES = (1.0, 0.0, -0.5)  # weights of a detector that sees what is there: on its own feature, on others, and its bias


def mind_mistakes(scenario: Scenario) -> Iterator[Diagnostic]:
    mind = scenario.mind
    total = sum(mind.controllers.values())
    if abs(total - 1) > 1e-9:
        yield Diagnostic(("mind", "controllers"), f"the shares add up to {total:g}, not to 1")
    for part in ("objective", "perception", "heuristic"):
        low, high = getattr(mind, part).range
        if not low < high:
            yield Diagnostic(("mind", part, "range"), f"the range is upside down or empty: {low:g} to {high:g}")
    yield from _segment_mistakes(scenario)
    yield from _mutation_mistakes(scenario)
    yield from _shared_mistakes(scenario)
    planner = ("mind", "planner")
    deepest = DEPTH_LIMIT if mind.planner.algorithm == "tree_search" else HORIZON_LIMIT
    yield from _locus_mistakes((*planner, "horizon"), mind.planner.horizon, 1, deepest)
    if mind.beliefs.slip is not None:
        yield from _locus_mistakes(("mind", "beliefs", "slip"), mind.beliefs.slip, 0, 0.999999)
        if mind.planner.algorithm == "tree_search":
            what = "tree_search imagines that every move succeeds: leave this out"
            yield Diagnostic(("mind", "beliefs", "slip"), what)
    yield from _locus_mistakes(("mind", "beliefs", "persistence"), mind.beliefs.persistence, 0.001, 1)
    yield from _locus_mistakes((*planner, "discount"), mind.planner.discount, 0.001, 0.999999)
    yield from _locus_mistakes((*planner, "temperature"), mind.planner.temperature, 0, 1e6)
    if mind.planner.algorithm == "tree_search" and mind.planner.temperature != Locus(initial=0.0):
        yield Diagnostic((*planner, "temperature"), "tree_search always takes the best walk: leave this out")
    heuristic = ("mind", "heuristic", "temperature")
    yield from _locus_mistakes(heuristic, mind.heuristic.temperature, 0, 1e6)


def _shared_mistakes(scenario: Scenario) -> Iterator[Diagnostic]:
    """Find minds that can't live in a world that others move about in."""
    mind = scenario.mind
    if not isinstance(scenario.world, EcologyWorld):
        return
    if "open_loop" in mind.controllers:
        yield Diagnostic(
            ("mind", "controllers", "open_loop"), "agents with fixed actions can't court anybody: leave this out"
        )
    if mind.planner.algorithm != "value_iteration":
        what = "in a world that others change planners look ahead by 'value_iteration'"
        yield Diagnostic(("mind", "planner", "algorithm"), what)
    if mind.beliefs.slip is not None:
        yield Diagnostic(("mind", "beliefs", "slip"), "no move slips in an ecology: leave this out")


def _mutation_mistakes(scenario: Scenario) -> Iterator[Diagnostic]:
    """Find mutation of single segments that the base optimizer has no use for."""
    mind, evolution = scenario.mind, scenario.evolution
    tables: dict[
        tuple[str, ...], ControllerMind | ObjectiveMind | PerceptionMind | OpenLoopMind | HeuristicMind | Locus
    ]
    tables = {
        ("controller",): mind.controller,
        ("objective",): mind.objective,
        ("perception",): mind.perception,
        ("open_loop",): mind.open_loop,
        ("heuristic",): mind.heuristic,
        ("heuristic", "temperature"): mind.heuristic.temperature,
        ("beliefs", "persistence"): mind.beliefs.persistence,
        ("planner", "horizon"): mind.planner.horizon,
        ("planner", "discount"): mind.planner.discount,
        ("planner", "temperature"): mind.planner.temperature,
    }
    if mind.beliefs.slip is not None:
        tables["beliefs", "slip"] = mind.beliefs.slip
    for where, table in tables.items():
        at, own = ("mind", *where, "mutation"), table.mutation
        if own != OwnMutation() and evolution.algorithm not in ("genetic", NATURAL_SELECTION):
            yield Diagnostic(at, f"{evolution.algorithm} does not mutate: leave this out")
        elif own.scale is not None and not isinstance(evolution.mutation, GaussianMutation):
            yield Diagnostic((*at, "scale"), f"{evolution.mutation.operator} mutation has no scale: leave this out")
        elif own != OwnMutation() and isinstance(table, Locus) and table.range is None:
            yield Diagnostic(at, "what has no range does not evolve: leave this out")


def _segment_mistakes(scenario: Scenario) -> Iterator[Diagnostic]:
    """Find what is wrong with the weights of mesa-objectives and heuristics."""
    objective, heuristic = scenario.mind.objective, scenario.mind.heuristic
    low, high = objective.range
    initial = objective.initial
    where = ("mind", "objective")
    if isinstance(initial, dict):
        names = objective_names(scenario)
        for name, weight in initial.items():
            if name not in names:
                yield Diagnostic((*where, "initial", name), f"there is no weight {name!r}; {suggest(name, names)}")
            elif not low <= weight <= high:
                what = f"{weight:g} lies outside the range {low:g} to {high:g}"
                yield Diagnostic((*where, "initial", name), what)
    elif initial is not None and not low <= initial <= high:
        yield Diagnostic((*where, "initial"), f"{initial:g} lies outside the range {low:g} to {high:g}")
    if initial is None and not objective.evolves:
        yield Diagnostic((*where, "initial"), "is missing: an objective that doesn't evolve must be said")
    low, high = heuristic.range
    if heuristic.initial is None and not heuristic.evolves:
        yield Diagnostic(("mind", "heuristic", "initial"), "is missing: weights that don't evolve must be said")
    elif isinstance(heuristic.initial, dict):
        yield from _reflex_mistakes(scenario, heuristic.initial)
    elif heuristic.initial is not None and not low <= heuristic.initial <= high:
        yield Diagnostic(("mind", "heuristic", "initial"), f"{heuristic.initial:g} lies outside the range")
    low, high = scenario.mind.perception.range
    if scenario.mind.perception.evolves and not (low <= min(SEES) and max(SEES) <= high):
        what = f"detectors that see what is there have weights of {SEES[0]:g} and {SEES[1]:g} and a bias of {SEES[2]:g}"
        yield Diagnostic(("mind", "perception", "range"), f"{what}, outside the range {low:g} to {high:g}")
    grids = [world for world in scenario.environments.values() if isinstance(world, GridWorld)]
    if objective.drives and not all(world.energy for world in grids):
        yield Diagnostic((*where, "drives"), "nobody is hungry without energy: that needs a table [world.energy]")
    own = [*scenario.world.drives] if isinstance(scenario.world, EcologyWorld) else []
    for i, drive in enumerate(objective.drives):
        if drive not in (HUNGER, *own):
            allowed = " or ".join(map(repr, (HUNGER, *own)))
            yield Diagnostic((*where, "drives", i), f"expected {allowed}, got {drive!r}")
        if drive in objective.drives[:i]:
            yield Diagnostic((*where, "drives", i), f"{drive!r} is named twice")


def _reflex_mistakes(scenario: Scenario, initial: dict[str, float]) -> Iterator[Diagnostic]:
    """Find what is wrong with weights of heuristics that are said by name."""
    where, heuristic = ("mind", "heuristic", "initial"), scenario.mind.heuristic
    low, high = heuristic.range
    if heuristic.hidden:
        yield Diagnostic(where, "weights of hidden units have no names that say what they do: give a number for all")
        return
    names = [*senses_of(scenario), "stay", *choice_names(scenario)]
    for name, weight in initial.items():
        if name not in names:
            yield Diagnostic((*where, name), f"there is no weight {name!r}; {suggest(name, names)}")
        elif not low <= weight <= high:
            yield Diagnostic((*where, name), f"{weight:g} lies outside the range {low:g} to {high:g}")


def _locus_mistakes(where: tuple[str, ...], locus: Locus, least: float, most: float) -> Iterator[Diagnostic]:
    if locus.range is None and locus.initial is None:
        yield Diagnostic((*where, "initial"), "is missing")
        return
    low, high = locus.range or (locus.initial or 0.0, locus.initial or 0.0)
    if locus.range is not None and not low < high:
        yield Diagnostic((*where, "range"), f"the range is upside down or empty: {low:g} to {high:g}")
    elif locus.initial is not None and not low <= locus.initial <= high:
        yield Diagnostic((*where, "initial"), f"{locus.initial:g} lies outside the range {low:g} to {high:g}")
    if low < least or high > most:
        yield Diagnostic(where, f"must lie between {least:g} and {most:g}")
