"""Rules about what kinds of mind share: shares, ranges, and names of weights; then those of each kind."""

from collections.abc import Iterator
from typing import Any

from evosim.scenario.errors.diagnostic import Diagnostic
from evosim.scenario.schema.ecologies import HUNGER, EcologyWorld
from evosim.scenario.schema.names import objective_names
from evosim.scenario.schema.own_kinds import OWN_KINDS
from evosim.scenario.schema.scenario import Scenario
from evosim.scenario.schema.worlds import GridWorld
from evosim.scenario.validation.loci import MUTATION, WEIGHTS, rules_of_locus, wrong_weights
from evosim.scenario.validation.rule import RuleSet

SEES = (1.0, 0.0, -0.5)  # weights of a detector that sees what is there: on its own feature, on others, and its bias
MUTABLE = ("controller", "objective", "perception", "beliefs.persistence", "beliefs.slip")

MINDS = RuleSet(Scenario)


@MINDS.rule(reads=("mind.controllers",))
def check_shares_of_controllers(scenario: Scenario) -> Iterator[Diagnostic]:
    total = sum(scenario.mind.controllers.values())
    if abs(total - 1) > 1e-9:
        yield Diagnostic(("mind", "controllers"), f"the shares add up to {total:g}, not to 1")


for part in ("objective", "perception"):
    MINDS.include(f"mind.{part}", WEIGHTS)


@MINDS.rule(
    reads=("mind.objective.initial", "mind.objective.range", "mind.objective.drives", "world.kind", "world.features")
)
def check_weights_of_objective(scenario: Scenario) -> Iterator[Diagnostic]:
    objective = scenario.mind.objective
    if isinstance(objective.initial, dict):
        where = ("mind", "objective", "initial")
        yield from wrong_weights(where, objective.initial, objective_names(scenario), *objective.range)


@MINDS.rule(reads=("mind.objective.initial", "mind.objective.range", "mind.objective.evolves"))
def check_initial_of_objective(scenario: Scenario) -> Iterator[Diagnostic]:
    objective, (low, high) = scenario.mind.objective, scenario.mind.objective.range
    where, initial = ("mind", "objective", "initial"), objective.initial
    if initial is None:
        missing = "is missing: an objective that doesn't evolve must be given"
        yield from [] if objective.evolves else [Diagnostic(where, missing)]
    elif not isinstance(initial, dict) and not low <= initial <= high:
        yield Diagnostic(where, f"{initial:g} lies outside the range {low:g} to {high:g}")


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


for at in MUTABLE:
    MINDS.include(f"mind.{at}", MUTATION)


def only_in_grids(kind: str) -> str:
    """Return what is wrong with a kind of mind in a shared world."""
    return f"{kind!r} is a kind of mind for grids, and can't live in a shared world: leave this out"


@MINDS.rule(reads=("world.kind", "mind.controllers.*?"))
def check_kinds_live_in_shared_worlds(scenario: Scenario) -> Iterator[Diagnostic]:
    if not isinstance(scenario.world, EcologyWorld):
        return
    for kind in OWN_KINDS:
        if kind.name in scenario.mind.controllers and not lives_in_shared_worlds(kind.descriptor()):
            yield Diagnostic(("mind", "controllers", kind.name), only_in_grids(kind.name))


def lives_in_shared_worlds(kind: Any) -> bool:
    """Whether a kind of mind is a `SharedKind` (evosim/mind/kind.py)."""
    return hasattr(kind, "shared_minds")


@MINDS.rule(reads=("world.kind", "mind.beliefs.slip?"))
def check_no_move_slips(scenario: Scenario) -> Iterator[Diagnostic]:
    if isinstance(scenario.world, EcologyWorld) and scenario.mind.beliefs.slip is not None:
        yield Diagnostic(("mind", "beliefs", "slip"), "no move slips in an ecology: leave this out")


MINDS.include("mind.beliefs.slip", rules_of_locus(0, 0.999999))
MINDS.include("mind.beliefs.persistence", rules_of_locus(0.001, 1))
for kind in OWN_KINDS:
    MINDS.include("", kind.rules())
