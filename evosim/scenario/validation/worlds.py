"""What well-formed worlds can still get wrong: what doesn't fit, isn't there, or can't be reached by its own rules."""

from collections.abc import Iterator

from evosim.scenario.errors.diagnostic import Diagnostic, suggest, twins
from evosim.scenario.schema.ecologies import EcologyWorld
from evosim.scenario.schema.layouts import MapLayout, MazeLayout, RoomsLayout
from evosim.scenario.schema.names import ALWAYS
from evosim.scenario.schema.worlds import (
    Anywhere,
    Features,
    GridWorld,
    GuestWorld,
    Near,
    ObjectType,
    Placement,
    Region,
    World,
)
from evosim.scenario.validation.ecologies import ecology_mistakes
from evosim.scenario.validation.maps import map_mistakes

MOST_FEATURES = 1000  # detectors have a weight for every two
NOTHING = "nothing"
EVERYWHERE = "is an outcome of every world: leave it out here"


def world_mistakes(where: tuple[str, ...], world: World) -> Iterator[Diagnostic]:
    if len(world.features) > MOST_FEATURES:
        yield Diagnostic((*where, "features"), f"{len(world.features):,} features; at most {MOST_FEATURES:,}")
    for twin in twins(world.features):
        yield Diagnostic((*where, "features"), f"{twin!r} is named twice; capitals make no difference")
    match world:
        case GridWorld():
            yield from _grid_mistakes(where, world)
        case EcologyWorld():
            yield from ecology_mistakes(where, world)
        case GuestWorld():
            yield from _outcome_mistakes((*where, "outcomes"), world.outcomes)


def _outcome_mistakes(where: tuple[str, ...], outcomes: list[str]) -> Iterator[Diagnostic]:
    for twin in twins(outcomes):
        yield Diagnostic(where, f"{twin!r} is named twice; capitals make no difference")
    for name in outcomes:
        if name.lower() in ALWAYS:
            yield Diagnostic(where, f"{name!r} {EVERYWHERE}")


def _grid_mistakes(where: tuple[str, ...], world: GridWorld) -> Iterator[Diagnostic]:
    rows, columns = world.size
    if not (3 <= rows <= 1001 and 3 <= columns <= 1001):
        yield Diagnostic((*where, "size"), "rows and columns must lie between 3 and 1001, the wall around included")
        return
    if isinstance(world.layout, MazeLayout) and (rows % 2 == 0 or columns % 2 == 0):
        yield Diagnostic((*where, "size"), "a maze needs an odd number of rows and of columns")
    if isinstance(world.layout, MapLayout):
        yield from map_mistakes(where, world, world.layout)
    if isinstance(world.layout, RoomsLayout):
        rooms = world.layout
        if (rows - 1) // rooms.rows < 2 or (columns - 1) // rooms.columns < 2:
            what = f"{rooms.rows} × {rooms.columns} rooms don't fit into {rows} × {columns} cells"
            yield Diagnostic((*where, "layout"), what)
    for twin in twins(world.objects):
        yield Diagnostic((*where, "objects", twin), "is named twice; capitals make no difference")
    count = sum(kind.count for kind in world.objects.values())
    if count < 1:
        yield Diagnostic((*where, "objects"), "there is no object: at least one type needs a count of 1")
    if count > (rows - 2) * (columns - 2) - 1:
        what = f"{count} objects and the agent don't fit into {(rows - 2) * (columns - 2)} cells inside the walls"
        yield Diagnostic((*where, "objects"), what)
    if NOTHING in world.objects:
        yield Diagnostic((*where, "objects", NOTHING), "this name is taken: it says that nothing was entered")
    if "start" in world.objects:
        yield Diagnostic((*where, "objects", "start"), "this name is taken: it says where agents start")
    for name, kind in world.objects.items():
        yield from _object_mistakes((*where, "objects", name), name, kind, world)
    for name, place in world.places.items():
        at = (*where, "places", name)
        yield from _feature_mistakes((*at, "features"), place.features, world.features)
        yield from _placement_mistakes((*at, "place"), place.place, world)
        if isinstance(place.place, Anywhere):
            yield Diagnostic((*at, "place"), "a place must be somewhere: kind is 'region', 'corner' or 'near'")
        if name.lower() in (other.lower() for other in (*world.objects, NOTHING)):
            yield Diagnostic(at, "this name is taken by an object" if name in world.objects else "this name is taken")
    for twin in twins(world.places):
        yield Diagnostic((*where, "places", twin), "is named twice; capitals make no difference")
    yield from _placement_mistakes((*where, "start"), world.start, world)
    if isinstance(world.start, Near) and world.start.to == "start":
        yield Diagnostic((*where, "start", "to"), "the start can't be near itself")
    elif isinstance(world.start, Near):
        what = "agents start before objects are placed: leave this out, and place the object near 'start'"
        yield Diagnostic((*where, "start", "to"), what)
    energy = world.energy
    if energy is not None and energy.most is not None and energy.most < energy.initial:
        what = f"{energy.initial:g} is more than the most energy there can be, {energy.most:g}"
        yield Diagnostic((*where, "energy", "initial"), what)


def _object_mistakes(where: tuple[str, ...], name: str, kind: ObjectType, world: GridWorld) -> Iterator[Diagnostic]:
    yield from _feature_mistakes((*where, "features"), kind.features, world.features)
    for outcome in kind.outcomes:
        if outcome.lower() in ALWAYS:
            yield Diagnostic((*where, "outcomes", outcome), f"{outcome!r} {EVERYWHERE}")
    yield from _placement_mistakes((*where, "place"), kind.place, world)
    if isinstance(kind.place, Near) and kind.place.to == name:
        yield Diagnostic((*where, "place", "to"), "an object can't be near itself")
    for needed in kind.needs:
        if needed not in world.objects:
            others = list(world.objects)
            yield Diagnostic((*where, "needs", needed), f"there is no object {needed!r}; {suggest(needed, others)}")
        elif not world.objects[needed].carried:
            what = f"{needed!r} can't be carried, so nobody has one: it needs `carried = true`"
            yield Diagnostic((*where, "needs", needed), what)
    if kind.respawns is not None and not (kind.consumed or kind.carried):
        yield Diagnostic((*where, "respawns"), "nothing comes back that isn't taken: set `consumed` or `carried`")
    if kind.energy and world.energy is None:
        yield Diagnostic((*where, "energy"), "agents have no energy here: that needs a table [world.energy]")


def _placement_mistakes(where: tuple[str, ...], rule: Placement, world: GridWorld) -> Iterator[Diagnostic]:
    rows, columns = world.size
    if isinstance(rule, Region):
        for key, (first, last), count in (("rows", rule.rows, rows), ("columns", rule.columns, columns)):
            if first > last:
                yield Diagnostic((*where, key), f"the range is upside down: {first} to {last}")
            elif last < 1 or first > count - 2:
                yield Diagnostic((*where, key), f"nothing but wall there: the floor has {key} 1 to {count - 2}")
    if isinstance(rule, Near) and rule.to != "start":
        if rule.to not in world.objects:
            what = f"there is no object {rule.to!r}; {suggest(rule.to, [*world.objects, 'start'])}"
            yield Diagnostic((*where, "to"), what)
        elif isinstance(world.objects[rule.to].place, Near):
            yield Diagnostic((*where, "to"), f"{rule.to!r} is placed near something itself")
        elif world.objects[rule.to].count < 1:
            yield Diagnostic((*where, "to"), f"there is none: {rule.to!r} has a count of 0")


def _feature_mistakes(where: tuple[str, ...], features: Features, declared: list[str]) -> Iterator[Diagnostic]:
    one_of = features.one_of or {}
    for name in [*features.named(), *one_of]:
        if name not in declared:
            in_one_of = ("one_of",) if name in one_of else ()
            yield Diagnostic(
                (*where, *in_one_of, name), f"{name!r} is not in world.features; {suggest(name, declared)}"
            )
    for name in one_of:
        if name in features.named():
            yield Diagnostic((*where, "one_of", name), f"{name!r} has a value of its own as well")
    if features.one_of is not None and abs(sum(one_of.values()) - 1) > 1e-9:
        yield Diagnostic((*where, "one_of"), f"the chances add up to {sum(one_of.values()):g}, not to 1")
