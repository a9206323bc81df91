"""Rules about ecologies: what doesn't fit, doesn't exist, or would let no agent survive."""

from collections.abc import Iterator

from evosim.scenario.errors.diagnostic import Diagnostic, twins
from evosim.scenario.schema.ecologies import CAPACITY, HUNGER, EcologyWorld
from evosim.scenario.schema.scenario import Scenario
from evosim.scenario.validation.features import FEATURES_OF_ECOLOGIES
from evosim.scenario.validation.rule import RuleSet

KINDS = 1000  # of food; from mind.nearby.BODY on what stands in a cell is somebody
SAME = ("size", "edges", "layout", "vision")  # what must be alike in all environments: the agents stay where they are

ECOLOGIES = RuleSet(EcologyWorld, reads=("kind",))
ENVIRONMENTS = RuleSet(EcologyWorld, reads=("world.kind", ".kind"))  # beside the base world
CEILINGS = RuleSet(EcologyWorld, reads=("world.kind", ".kind"))
TOGETHER = RuleSet(Scenario)


@ECOLOGIES.rule(reads=("size", "edges", "vision"))
def check_size(world: EcologyWorld) -> Iterator[Diagnostic]:
    rows, columns = world.size
    least = 3 if world.edges == "walls" else 2 * world.vision + 1
    if min(rows, columns) < least or rows * columns > CAPACITY:
        what = f"rows and columns must be at least {least}, and at most {CAPACITY:,} cells together"
        if world.edges != "walls":
            what += f": on a torus an agent sees {world.vision} cells each way, and must see no cell twice"
        yield Diagnostic(("size",), what)


@ECOLOGIES.rule(reads=("objects?",))
def check_names_of_food(world: EcologyWorld) -> Iterator[Diagnostic]:
    for twin in twins(world.objects):
        yield Diagnostic(("objects", twin), "is named twice; capitals make no difference")


@ECOLOGIES.rule(reads=("objects.*.count", "size"))
def check_food_fits(world: EcologyWorld) -> Iterator[Diagnostic]:
    rows, columns = world.size
    if sum(food.count for food in world.objects.values()) > rows * columns:
        yield Diagnostic(("objects",), f"more food at the beginning than there are cells, {rows * columns}")


ECOLOGIES.include("objects.{name}.features", FEATURES_OF_ECOLOGIES)
ECOLOGIES.include("mating.features", FEATURES_OF_ECOLOGIES)
ECOLOGIES.include("mating.child", FEATURES_OF_ECOLOGIES)


@ECOLOGIES.rule(reads=("energy.initial", "energy.most"))
def check_energy(world: EcologyWorld) -> Iterator[Diagnostic]:
    energy = world.energy
    if energy.most < energy.initial:
        what = f"{energy.initial:g} is more than the maximum energy, {energy.most:g}"
        yield Diagnostic(("energy", "initial"), what)


@ECOLOGIES.rule(reads=("mating.energy", "mating.child_energy"))
def check_parents_survive(world: EcologyWorld) -> Iterator[Diagnostic]:
    mating = world.mating
    if mating.energy <= mating.child_energy / 2:
        what = f"must be more than {mating.child_energy / 2:g}, what each parent gives a child"
        yield Diagnostic(("mating", "energy"), what)


@ECOLOGIES.rule(reads=("mating.energy", "mating.child_energy", "energy.most"))
def check_energy_of_mating(world: EcologyWorld) -> Iterator[Diagnostic]:
    mating, most = world.mating, world.energy.most
    if mating.child_energy > most or mating.energy > most:
        key = "energy" if mating.energy > most else "child_energy"
        yield Diagnostic(("mating", key), f"more than the maximum energy, {most:g}")


@ECOLOGIES.rule(reads=("life.adult_at", "life.lifespan"))
def check_agents_grow_up(world: EcologyWorld) -> Iterator[Diagnostic]:
    if world.life.adult_at >= world.life.lifespan:
        yield Diagnostic(("life", "adult_at"), f"no agent gets that old: lifespan is {world.life.lifespan}")


@ECOLOGIES.rule(each="drives.{drive}", reads=())
def check_name_of_a_drive(_: EcologyWorld, drive: str) -> Iterator[Diagnostic]:
    if drive == HUNGER:
        what = f"{HUNGER!r} is the drive that every agent has from its energy: choose another name"
        yield Diagnostic(("drives", drive), what)


ECOLOGIES.include("drives.{drive}.sated_by", FEATURES_OF_ECOLOGIES)


def _check_same(key: str) -> None:
    """Add the rule that an environment doesn't change a value."""

    @ENVIRONMENTS.rule(reads=(f"world.{key}", f".{key}"))
    def check_agents_stay(scenario: Scenario, world: EcologyWorld, name: str) -> Iterator[Diagnostic]:
        if isinstance(scenario.world, EcologyWorld) and getattr(world, key) != getattr(scenario.world, key):
            what = f"an environment can't change the {key}: agents stay where they are when the world changes"
            yield Diagnostic((key,), what)


for key in SAME:
    _check_same(key)


@ENVIRONMENTS.rule(reads=("world.drives.*?", ".drives.*?"))
def check_drives_stay(scenario: Scenario, world: EcologyWorld, name: str) -> Iterator[Diagnostic]:
    if isinstance(scenario.world, EcologyWorld) and list(world.drives) != list(scenario.world.drives):
        what = "an environment can't add or leave out drives: minds are made for one list"
        yield Diagnostic(("drives",), what)


@CEILINGS.rule(reads=(".ceiling", "evolution.floor"))
def check_ceiling(scenario: Scenario, world: EcologyWorld, *names: str) -> Iterator[Diagnostic]:
    is_ecology, floor = isinstance(scenario.world, EcologyWorld), scenario.evolution.floor
    if is_ecology and world.ceiling is not None and world.ceiling < floor:
        yield Diagnostic(("ceiling",), f"less than evolution.floor, {floor}")


TOGETHER.include("environments.{name}", ENVIRONMENTS)
TOGETHER.include("world", CEILINGS)
TOGETHER.include("environments.{name}", CEILINGS)


@TOGETHER.rule(reads=("world.kind", "world.objects.*?", "environments.*.kind", "environments.*.objects.*?"))
def check_number_of_foods(scenario: Scenario) -> Iterator[Diagnostic]:
    if isinstance(scenario.world, EcologyWorld):
        kinds = len(set(scenario.world.objects).union(*(world.objects for world in scenario.environments.values())))
        if kinds > KINDS:
            yield Diagnostic(("world", "objects"), f"{kinds:,} kinds of food in all environments; at most {KINDS:,}")


@TOGETHER.rule(reads=("world.kind", "world.size", "evolution.population"))
def check_founders_fit(scenario: Scenario) -> Iterator[Diagnostic]:
    if isinstance(scenario.world, EcologyWorld):
        rows, columns = scenario.world.size
        if scenario.evolution.population > rows * columns // 2:
            what = f"more founders than half of the {rows * columns} cells: each needs one of its own"
            yield Diagnostic(("evolution", "population"), what)
