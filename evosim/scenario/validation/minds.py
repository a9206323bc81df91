"""Rules about minds: shares, ranges, and names of weights."""

from collections.abc import Iterator

from evosim.scenario.errors.diagnostic import Diagnostic, suggest
from evosim.scenario.schema.ecologies import HUNGER, EcologyWorld
from evosim.scenario.schema.minds import CONTROLLERS, IN_SHARED_WORLDS, Locus
from evosim.scenario.schema.names import choice_names, objective_names, senses_of
from evosim.scenario.schema.scenario import Scenario
from evosim.scenario.schema.worlds import GridWorld
from evosim.scenario.validation.loci import MUTATION, rules_of_locus
from evosim.scenario.validation.rule import Rules

HORIZON_LIMIT = 10_000
DEPTH_LIMIT = 24  # of a tree search: its nominal cost is the unpruned tree
SEES = (1.0, 0.0, -0.5)  # weights of a detector that sees what is there: on its own feature, on others, and its bias
SEGMENTS = ("controller", "objective", "perception", "open_loop", "heuristic")
LOCI = (
    "heuristic.temperature",
    "beliefs.persistence",
    "planner.horizon",
    "planner.discount",
    "planner.temperature",
    "beliefs.slip",
)
SENSES = ("world.kind", "world.features", "mind.objective.drives")  # what the inputs of a heuristic are

MINDS = Rules(Scenario)


@MINDS.rule(reads=("mind.controllers",))
def check_shares_of_controllers(scenario: Scenario) -> Iterator[Diagnostic]:
    total = sum(scenario.mind.controllers.values())
    if abs(total - 1) > 1e-9:
        yield Diagnostic(("mind", "controllers"), f"the shares add up to {total:g}, not to 1")


def _check_range(part: str) -> None:
    """Add the rule about the range of the weights of a part."""

    @MINDS.rule(reads=(f"mind.{part}.range",))
    def check_range(scenario: Scenario) -> Iterator[Diagnostic]:
        low, high = getattr(scenario.mind, part).range
        if not low < high:
            what = f"the range is reversed or empty: {low:g} to {high:g}"
            yield Diagnostic(("mind", part, "range"), what)


for part in ("objective", "perception", "heuristic"):
    _check_range(part)


def _check_weights(
    where: tuple[str, ...], weights: dict[str, float], names: list[str], low: float, high: float
) -> Iterator[Diagnostic]:
    """Yield what is wrong with weights given by name: unknown names, or values outside their range."""
    known = set(names)
    for name, weight in weights.items():
        if name not in known:
            yield Diagnostic((*where, name), f"there is no weight {name!r}; {suggest(name, names)}")
        elif not low <= weight <= high:
            yield Diagnostic((*where, name), f"{weight:g} lies outside the range {low:g} to {high:g}")


@MINDS.rule(
    reads=("mind.objective.initial", "mind.objective.range", "mind.objective.drives", "world.kind", "world.features")
)
def check_weights_of_objective(scenario: Scenario) -> Iterator[Diagnostic]:
    objective = scenario.mind.objective
    if isinstance(objective.initial, dict):
        where = ("mind", "objective", "initial")
        yield from _check_weights(where, objective.initial, objective_names(scenario), *objective.range)


@MINDS.rule(reads=("mind.objective.initial", "mind.objective.range", "mind.objective.evolves"))
def check_initial_of_objective(scenario: Scenario) -> Iterator[Diagnostic]:
    objective, (low, high) = scenario.mind.objective, scenario.mind.objective.range
    where, initial = ("mind", "objective", "initial"), objective.initial
    if initial is None:
        missing = "is missing: an objective that doesn't evolve must be given"
        yield from [] if objective.evolves else [Diagnostic(where, missing)]
    elif not isinstance(initial, dict) and not low <= initial <= high:
        yield Diagnostic(where, f"{initial:g} lies outside the range {low:g} to {high:g}")


@MINDS.rule(reads=("mind.heuristic.initial", "mind.heuristic.range", "mind.heuristic.evolves", "mind.heuristic.hidden"))
def check_initial_of_heuristic(scenario: Scenario) -> Iterator[Diagnostic]:
    heuristic, (low, high) = scenario.mind.heuristic, scenario.mind.heuristic.range
    where, initial = ("mind", "heuristic", "initial"), heuristic.initial
    if initial is None:
        missing = "is missing: weights that don't evolve must be given"
        yield from [] if heuristic.evolves else [Diagnostic(where, missing)]
    elif isinstance(initial, dict):
        what = "weights of hidden units have no names: give one number for all"
        yield from [Diagnostic(where, what)] if heuristic.hidden else []
    elif not low <= initial <= high:
        yield Diagnostic(where, f"{initial:g} lies outside the range")


@MINDS.rule(reads=("mind.heuristic.initial", "mind.heuristic.range", "mind.heuristic.hidden", *SENSES))
def check_weights_of_heuristic(scenario: Scenario) -> Iterator[Diagnostic]:
    heuristic = scenario.mind.heuristic
    if isinstance(heuristic.initial, dict) and not heuristic.hidden:
        names = [*senses_of(scenario), "stay", *choice_names(scenario)]
        yield from _check_weights(("mind", "heuristic", "initial"), heuristic.initial, names, *heuristic.range)


@MINDS.rule(reads=("mind.perception.range", "mind.perception.evolves"))
def check_detectors_can_see(scenario: Scenario) -> Iterator[Diagnostic]:
    low, high = scenario.mind.perception.range
    if scenario.mind.perception.evolves and not (low <= min(SEES) and max(SEES) <= high):
        what = f"true detectors have weights of {SEES[0]:g} and {SEES[1]:g} and a bias of {SEES[2]:g}"
        yield Diagnostic(("mind", "perception", "range"), f"{what}, outside the range {low:g} to {high:g}")


@MINDS.rule(reads=("mind.objective.drives", "environments.*.kind", "environments.*.energy?"))
def check_agents_have_energy(scenario: Scenario) -> Iterator[Diagnostic]:
    grids = [world for world in scenario.environments.values() if isinstance(world, GridWorld)]
    if scenario.mind.objective.drives and not all(world.energy for world in grids):
        what = "agents without energy have no hunger: add a table [world.energy]"
        yield Diagnostic(("mind", "objective", "drives"), what)


@MINDS.rule(reads=("mind.objective.drives", "world.kind", "world.drives.*?"))
def check_drives(scenario: Scenario) -> Iterator[Diagnostic]:
    own = [*scenario.world.drives] if isinstance(scenario.world, EcologyWorld) else []
    drives = scenario.mind.objective.drives
    for i, drive in enumerate(drives):
        where = ("mind", "objective", "drives", i)
        if drive not in (HUNGER, *own):
            yield Diagnostic(where, f"expected {' or '.join(map(repr, (HUNGER, *own)))}, got {drive!r}")
        if drive in drives[:i]:
            yield Diagnostic(where, f"{drive!r} is named twice")


for at in (*SEGMENTS, *LOCI):
    MINDS.include(f"mind.{at}", MUTATION)


def only_in_grids(kind: str) -> str:
    """Return what is wrong with a kind of mind in a shared world."""
    return f"{kind!r} is a kind of mind for grids, and can't live in a shared world: leave this out"


@MINDS.rule(reads=("world.kind", "mind.controllers.*?"))
def check_kinds_live_in_shared_worlds(scenario: Scenario) -> Iterator[Diagnostic]:
    if not isinstance(scenario.world, EcologyWorld):
        return
    for kind in scenario.mind.controllers:
        if kind in CONTROLLERS and kind not in IN_SHARED_WORLDS:
            yield Diagnostic(("mind", "controllers", kind), only_in_grids(kind))


@MINDS.rule(reads=("world.kind", "mind.planner.algorithm"))
def check_planners_of_ecologies(scenario: Scenario) -> Iterator[Diagnostic]:
    if isinstance(scenario.world, EcologyWorld) and scenario.mind.planner.algorithm != "value_iteration":
        what = "in an ecology planners plan by 'value_iteration'"
        yield Diagnostic(("mind", "planner", "algorithm"), what)


@MINDS.rule(reads=("world.kind", "mind.beliefs.slip?"))
def check_no_move_slips(scenario: Scenario) -> Iterator[Diagnostic]:
    if isinstance(scenario.world, EcologyWorld) and scenario.mind.beliefs.slip is not None:
        yield Diagnostic(("mind", "beliefs", "slip"), "no move slips in an ecology: leave this out")


def _deepest(scenario: Scenario) -> float:
    return DEPTH_LIMIT if scenario.mind.planner.algorithm == "tree_search" else HORIZON_LIMIT


MINDS.include("mind.planner.horizon", rules_of_locus(1, _deepest, reads=("mind.planner.algorithm",)))
MINDS.include("mind.beliefs.slip", rules_of_locus(0, 0.999999))


@MINDS.rule(reads=("mind.beliefs.slip?", "mind.planner.algorithm"))
def check_planners_expect_slips(scenario: Scenario) -> Iterator[Diagnostic]:
    if scenario.mind.beliefs.slip is not None and scenario.mind.planner.algorithm == "tree_search":
        what = "tree_search assumes that every move succeeds: leave this out"
        yield Diagnostic(("mind", "beliefs", "slip"), what)


MINDS.include("mind.beliefs.persistence", rules_of_locus(0.001, 1))
MINDS.include("mind.planner.discount", rules_of_locus(0.001, 0.999999))
MINDS.include("mind.planner.temperature", rules_of_locus(0, 1e6))


@MINDS.rule(reads=("mind.planner.temperature", "mind.planner.algorithm"))
def check_best_walk_is_taken(scenario: Scenario) -> Iterator[Diagnostic]:
    planner = scenario.mind.planner
    if planner.algorithm == "tree_search" and planner.temperature != Locus(initial=0.0):
        what = "tree_search always takes the best walk: leave this out"
        yield Diagnostic(("mind", "planner", "temperature"), what)


MINDS.include("mind.heuristic.temperature", rules_of_locus(0, 1e6))
