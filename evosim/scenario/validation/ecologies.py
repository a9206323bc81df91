"""What well-formed ecologies can still get wrong: what doesn't fit, isn't there, or nobody could live on."""

from collections.abc import Iterable, Iterator

from evosim.scenario.errors.diagnostic import Diagnostic, suggest, twins
from evosim.scenario.schema.ecologies import CAPACITY, HUNGER, EcologyWorld
from evosim.scenario.schema.scenario import Scenario

KINDS = 1000  # of food; from mind.nearby.BODY on what stands in a cell is somebody
SAME = ("size", "edges", "layout", "vision")  # what must be alike in all environments: the agents stay where they are
Where = tuple[str, ...]


def ecology_mistakes(where: Where, world: EcologyWorld) -> Iterator[Diagnostic]:
    """Find what is wrong with one ecology."""
    rows, columns = world.size
    least = 3 if world.edges == "walls" else 2 * world.vision + 1
    if min(rows, columns) < least or rows * columns > CAPACITY:
        what = f"rows and columns must be at least {least}, and at most {CAPACITY:,} cells together"
        what += (
            "" if world.edges == "walls" else f": on a torus one sees {world.vision} cells each way, and nothing twice"
        )
        yield Diagnostic((*where, "size"), what)
    for twin in twins(world.objects):
        yield Diagnostic((*where, "objects", twin), "is named twice; capitals make no difference")
    if sum(food.count for food in world.objects.values()) > rows * columns:
        yield Diagnostic((*where, "objects"), f"more things at the beginning than the {rows * columns} cells there are")
    for name, food in world.objects.items():
        yield from _features((*where, "objects", name, "features"), food.features, world.features)
    mating, energy = world.mating, world.energy
    yield from _features((*where, "mating", "features"), mating.features, world.features)
    yield from _features((*where, "mating", "child"), mating.child, world.features)
    if energy.most < energy.initial:
        what = f"{energy.initial:g} is more than the most energy there can be, {energy.most:g}"
        yield Diagnostic((*where, "energy", "initial"), what)
    if mating.energy <= mating.child_energy / 2:
        what = f"must be more than {mating.child_energy / 2:g}, what each parent gives a child"
        yield Diagnostic((*where, "mating", "energy"), what)
    if mating.child_energy > energy.most or mating.energy > energy.most:
        key = "energy" if mating.energy > energy.most else "child_energy"
        yield Diagnostic((*where, "mating", key), f"more than the most energy there can be, {energy.most:g}")
    if world.life.adult_at >= world.life.lifespan:
        yield Diagnostic((*where, "life", "adult_at"), f"nobody lives to be so old: lifespan is {world.life.lifespan}")
    for name, drive in world.drives.items():
        at = (*where, "drives", name)
        if name == HUNGER:
            yield Diagnostic(at, f"{HUNGER!r} is what every agent has by its energy: choose another name")
        yield from _features((*at, "sated_by"), drive.sated_by, world.features)


def shared_mistakes(scenario: Scenario) -> Iterator[Diagnostic]:
    """Find environments that differ in what must be alike in all of them."""
    if not isinstance(scenario.world, EcologyWorld):
        return
    for name, world in scenario.environments.items():
        if not isinstance(world, EcologyWorld):
            continue
        for key in SAME:
            if getattr(world, key) != getattr(scenario.world, key):
                what = f"an environment can't change the {key}: agents stay where they are when the world changes"
                yield Diagnostic(("environments", name, key), what)
        if list(world.drives) != list(scenario.world.drives):
            what = "an environment can't add or leave out drives: minds are made for one list"
            yield Diagnostic(("environments", name, "drives"), what)
    named = (("environments", name) for name in scenario.environments)
    for where, world in (("world",), scenario.world), *zip(named, scenario.environments.values(), strict=True):
        if isinstance(world, EcologyWorld) and world.ceiling is not None and world.ceiling < scenario.evolution.floor:
            yield Diagnostic((*where, "ceiling"), f"less than evolution.floor, {scenario.evolution.floor}")
    kinds = len(set(scenario.world.objects).union(*(world.objects for world in scenario.environments.values())))
    if kinds > KINDS:
        yield Diagnostic(("world", "objects"), f"{kinds:,} kinds of food in all environments; at most {KINDS:,}")
    rows, columns = scenario.world.size
    if scenario.evolution.population > rows * columns // 2:
        what = f"more founders than half of the {rows * columns} cells: each needs one of its own"
        yield Diagnostic(("evolution", "population"), what)


def _features(where: Where, features: Iterable[str], declared: list[str]) -> Iterator[Diagnostic]:
    for name in features:
        if name not in declared:
            yield Diagnostic((*where, name), f"{name!r} is not in world.features; {suggest(name, declared)}")
