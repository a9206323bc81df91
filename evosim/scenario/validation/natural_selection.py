"""Rules about natural selection and the worlds that it needs."""

from collections.abc import Iterator

from evosim.scenario.errors.diagnostic import Diagnostic
from evosim.scenario.schema.base import Part
from evosim.scenario.schema.ecologies import OUTCOMES, EcologyWorld
from evosim.scenario.schema.evolution import ALGORITHMS, Evolution
from evosim.scenario.schema.loci import count_loci
from evosim.scenario.schema.names import is_shared
from evosim.scenario.schema.scenario import Scenario
from evosim.scenario.schema.worlds import World
from evosim.scenario.validation.rule import RuleSet

MOST_RECORDED = 1900  # loci: a table has at most 2000 columns
OF_NATURAL_SELECTION = ("ticks", "interval", "floor")  # what only natural selection has

WORLDS = RuleSet(Part, reads=(".kind", "evolution.algorithm"))
NATURAL = RuleSet(Scenario, reads=("evolution.algorithm",))


@WORLDS.rule(reads=())
def check_kind_of_a_world(scenario: Scenario, world: World, *names: str) -> Iterator[Diagnostic]:
    if is_shared(scenario) and not isinstance(world, EcologyWorld):
        what = "natural_selection needs a shared world: kind = 'ecology'"
        yield Diagnostic(("kind",), what)


NATURAL.include("world", WORLDS)


@NATURAL.rule(reads=("world.kind",))
def check_ecologies_have_natural_selection(scenario: Scenario) -> Iterator[Diagnostic]:
    algorithm = scenario.evolution.algorithm
    if isinstance(scenario.world, EcologyWorld) and not is_shared(scenario):
        others = f"; {algorithm!r} selects by fitness" if algorithm in ALGORITHMS else ""
        what = f"in an ecology selection is birth and death: it needs 'natural_selection'{others}"
        yield Diagnostic(("evolution", "algorithm"), what)


NATURAL.include("environments.{name}", WORLDS)


def _check_part(part: str) -> None:
    """Add the rule about a part that only natural selection has."""

    @NATURAL.rule(reads=(f"evolution.{part}",))
    def check_part(scenario: Scenario) -> Iterator[Diagnostic]:
        said, default = getattr(scenario.evolution, part), Evolution.model_fields[part].default
        if said != default and not is_shared(scenario):
            yield Diagnostic(("evolution", part), f"{scenario.evolution.algorithm} has no {part}: leave this out")


for part in OF_NATURAL_SELECTION:
    _check_part(part)


@NATURAL.rule(each="evolution.schedule.{i}", reads=("evolution.schedule.{i}.over",))
def check_changes_are_not_gradual(scenario: Scenario, i: int) -> Iterator[Diagnostic]:
    if scenario.evolution.schedule[i].over and not is_shared(scenario):
        what = "only natural_selection has gradual changes: leave this out, or use mixtures"
        yield Diagnostic(("evolution", "schedule", i, "over"), what)


@NATURAL.rule(reads=("evolution.ticks", "evolution.interval", "evolution.generations"))
def check_length_is_given_once(scenario: Scenario) -> Iterator[Diagnostic]:
    if scenario.evolution.ticks is not None and is_shared(scenario):
        what = "conflicts with `generations`; set one of them"
        yield Diagnostic(("evolution", "ticks"), what)


@NATURAL.rule(each="evolution.schedule.{i}", reads=("evolution.schedule.{i}.from", "evolution.interval"))
def check_changes_come_with_intervals(scenario: Scenario, i: int) -> Iterator[Diagnostic]:
    interval = scenario.evolution.interval
    if is_shared(scenario) and scenario.evolution.schedule[i].start % interval:
        what = f"must be a multiple of evolution.interval, {interval} ticks"
        yield Diagnostic(("evolution", "schedule", i, "from"), what)


@NATURAL.rule(reads=("evolution.schedule.*.over",))
def check_first_phase_is_no_change(scenario: Scenario) -> Iterator[Diagnostic]:
    if is_shared(scenario) and scenario.evolution.schedule[0].over:
        what = "the first entry has no change to spread: leave this out"
        yield Diagnostic(("evolution", "schedule", 0, "over"), what)


@NATURAL.rule(reads=("objectives.base",))
def check_children_are_counted(scenario: Scenario) -> Iterator[Diagnostic]:
    if is_shared(scenario) and scenario.objectives.base != {OUTCOMES[0]: 1.0}:
        what = f"natural_selection counts children and nothing else: leave this out, or {{ {OUTCOMES[0]} = 1 }}"
        yield Diagnostic(("objectives", "base"), what)


@NATURAL.rule(reads=("evolution.floor", "evolution.population"))
def check_floor(scenario: Scenario) -> Iterator[Diagnostic]:
    if is_shared(scenario) and scenario.evolution.floor > scenario.evolution.population:
        what = f"more than the {scenario.evolution.population} founders"
        yield Diagnostic(("evolution", "floor"), what)


@NATURAL.rule(reads=("measure.births",))
def check_births_are_those_of_an_ecology(scenario: Scenario) -> Iterator[Diagnostic]:
    if scenario.measure.births and not is_shared(scenario):
        what = f"only natural_selection has births to record; {scenario.evolution.algorithm!r} stores whole generations"
        yield Diagnostic(("measure", "births"), f"{what}: leave this out")


@NATURAL.rule(reads=("measure.births", "world", "mind", "environments"))
def check_genomes_fit_into_rows(scenario: Scenario) -> Iterator[Diagnostic]:
    if scenario.measure.births and is_shared(scenario) and (loci := count_loci(scenario)) > MOST_RECORDED:
        what = f"genomes of {loci:,} loci don't fit into the rows of a table; at most {MOST_RECORDED:,} do"
        yield Diagnostic(("measure", "births"), what)
