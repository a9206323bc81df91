"""Rules about grids and worlds of other packages: what doesn't fit, doesn't exist, or can't be reached."""

from collections.abc import Iterator

from evosim.scenario.errors.diagnostic import Diagnostic, is_taken, suggest, twins
from evosim.scenario.schema.layouts import MazeLayout, RoomsLayout
from evosim.scenario.schema.names import ALWAYS
from evosim.scenario.schema.worlds import Anywhere, GridWorld, Near, ObjectType, Place, PluginWorld
from evosim.scenario.validation.features import FEATURES
from evosim.scenario.validation.maps import MAPS
from evosim.scenario.validation.placements import COUNT, NEAR, REGIONS, SIZE
from evosim.scenario.validation.rule import RuleSet

NOTHING = "nothing"
MOST_OBJECTS, MOST_PLACES = 32_767, 127  # which stand in each cell as a number of 16 bits, and one of 8
EVERYWHERE = "is an outcome of every world: leave it out here"
TWICE = "is named twice; capitals make no difference"

OBJECTS, PLACES = RuleSet(ObjectType), RuleSet(Place)
GRIDS, PLUGINS = RuleSet(GridWorld, reads=("kind",)), RuleSet(PluginWorld, reads=("kind",))


@PLUGINS.rule(reads=("outcomes",))
def check_names_of_outcomes(world: PluginWorld) -> Iterator[Diagnostic]:
    for twin in twins(world.outcomes):
        yield Diagnostic(("outcomes",), f"{twin!r} {TWICE}")
    for name in world.outcomes:
        if name.lower() in ALWAYS:
            yield Diagnostic(("outcomes",), f"{name!r} {EVERYWHERE}")


OBJECTS.include("features", FEATURES)


@OBJECTS.rule(each="outcomes.{outcome}", reads=())
def check_outcome(world: GridWorld, _: ObjectType, name: str, outcome: str) -> Iterator[Diagnostic]:
    if outcome.lower() in ALWAYS:
        yield Diagnostic(("outcomes", outcome), f"{outcome!r} {EVERYWHERE}")


OBJECTS.include("place", REGIONS)
OBJECTS.include("place", NEAR)


@OBJECTS.rule(reads=(".place?", ".place.to"))
def check_not_near_itself(world: GridWorld, kind: ObjectType, name: str) -> Iterator[Diagnostic]:
    if isinstance(kind.place, Near) and kind.place.to == name:
        yield Diagnostic(("place", "to"), "an object can't be near itself")


@OBJECTS.rule(each="needs.{needed}", reads=("objects.{needed}.carried",))
def check_what_is_needed(world: GridWorld, _: ObjectType, name: str, needed: str) -> Iterator[Diagnostic]:
    if needed not in world.objects:
        yield Diagnostic(("needs", needed), f"there is no object {needed!r}; {suggest(needed, world.objects)}")
    elif not world.objects[needed].carried:
        what = f"{needed!r} can't be carried, so no agent can have one: it needs `carried = true`"
        yield Diagnostic(("needs", needed), what)


@OBJECTS.rule(reads=(".respawns", ".consumed", ".carried"))
def check_what_comes_back(world: GridWorld, kind: ObjectType, name: str) -> Iterator[Diagnostic]:
    if kind.respawns is not None and not (kind.consumed or kind.carried):
        yield Diagnostic(("respawns",), "only an object that is taken can respawn: set `consumed` or `carried`")


@OBJECTS.rule(reads=(".energy", "energy?"))
def check_energy_of_an_object(world: GridWorld, kind: ObjectType, name: str) -> Iterator[Diagnostic]:
    if kind.energy and world.energy is None:
        yield Diagnostic(("energy",), "agents have no energy here: add a table [world.energy]")


PLACES.include("features", FEATURES)
PLACES.include("place", REGIONS)
PLACES.include("place", NEAR)


@PLACES.rule(reads=(".place?",))
def check_place_is_somewhere(world: GridWorld, place: Place, name: str) -> Iterator[Diagnostic]:
    if isinstance(place.place, Anywhere):
        yield Diagnostic(("place",), "a place must be somewhere: kind is 'region', 'corner' or 'near'")


@PLACES.rule(reads=("objects?", "objects.{name}?"))
def check_name_of_a_place(world: GridWorld, _: Place, name: str) -> Iterator[Diagnostic]:
    if name in world.objects:
        yield Diagnostic((), "this name is taken by an object")
    elif name.lower() == NOTHING or is_taken(name, world.objects):
        yield Diagnostic((), "this name is taken")


@GRIDS.rule(reads=SIZE, conclusive=True)
def check_size(world: GridWorld) -> Iterator[Diagnostic]:
    rows, columns = world.size
    if not (3 <= rows <= 1001 and 3 <= columns <= 1001):
        yield Diagnostic(("size",), "rows and columns must lie between 3 and 1001, the wall around included")


@GRIDS.rule(reads=SIZE)
def check_size_of_a_maze(world: GridWorld) -> Iterator[Diagnostic]:
    rows, columns = world.size
    if isinstance(world.layout, MazeLayout) and (rows % 2 == 0 or columns % 2 == 0):
        yield Diagnostic(("size",), "a maze needs an odd number of rows and of columns")


GRIDS.include("", MAPS)


@GRIDS.rule(reads=("size", "layout?", "layout.rows", "layout.columns"))
def check_rooms(world: GridWorld) -> Iterator[Diagnostic]:
    rows, columns = world.size
    rooms = world.layout
    if isinstance(rooms, RoomsLayout) and ((rows - 1) // rooms.rows < 2 or (columns - 1) // rooms.columns < 2):
        yield Diagnostic(("layout",), f"{rooms.rows} × {rooms.columns} rooms don't fit into {rows} × {columns} cells")


@GRIDS.rule(reads=("objects?",))
def check_names_of_objects(world: GridWorld) -> Iterator[Diagnostic]:
    for twin in twins(world.objects):
        yield Diagnostic(("objects", twin), TWICE)


@GRIDS.rule(reads=("objects.*.count", *COUNT))
def check_there_are_objects(world: GridWorld) -> Iterator[Diagnostic]:
    if sum(kind.count for kind in world.objects.values()) < 1:
        yield Diagnostic(("objects",), "there is no object: at least one type needs a count of 1")


@GRIDS.rule(reads=("objects.*.count", *COUNT, *SIZE))
def check_objects_fit(world: GridWorld) -> Iterator[Diagnostic]:
    rows, columns = world.size
    count, cells = sum(kind.count for kind in world.objects.values()), (rows - 2) * (columns - 2)
    if count > cells - 1:
        yield Diagnostic(("objects",), f"{count} objects and the agent don't fit into {cells} cells inside the walls")


@GRIDS.rule(reads=("objects.*.count", *COUNT))
def check_number_of_objects(world: GridWorld) -> Iterator[Diagnostic]:
    count = sum(kind.count for kind in world.objects.values())
    if count > MOST_OBJECTS:
        yield Diagnostic(("objects",), f"{count:,} objects in all; at most {MOST_OBJECTS:,}")


@GRIDS.rule(each="objects.{name}", reads=())
def check_name_of_an_object(_: GridWorld, name: str) -> Iterator[Diagnostic]:
    if name.lower() == NOTHING:
        yield Diagnostic(("objects", name), "this name is taken: it says that nothing was entered")
    if name == "start":
        yield Diagnostic(("objects", "start"), "this name is taken: it says where agents start")


GRIDS.include("objects.{name}", OBJECTS)
GRIDS.include("places.{name}", PLACES)


@GRIDS.rule(reads=("places.*?",))
def check_number_of_places(world: GridWorld) -> Iterator[Diagnostic]:
    if len(world.places) > MOST_PLACES:
        yield Diagnostic(("places",), f"{len(world.places):,} places; at most {MOST_PLACES}")


@GRIDS.rule(reads=("places?",))
def check_names_of_places(world: GridWorld) -> Iterator[Diagnostic]:
    for twin in twins(world.places):
        yield Diagnostic(("places", twin), TWICE)


GRIDS.include("start", REGIONS)
GRIDS.include("start", NEAR)


@GRIDS.rule(reads=("start?", "start.to"))
def check_start_is_near_nothing(world: GridWorld) -> Iterator[Diagnostic]:
    if isinstance(world.start, Near) and world.start.to == "start":
        yield Diagnostic(("start", "to"), "the start can't be near itself")
    elif isinstance(world.start, Near):
        what = "agents start before objects are placed: leave this out, and place the object near 'start'"
        yield Diagnostic(("start", "to"), what)


@GRIDS.rule(reads=("energy.initial", "energy.most"))
def check_energy(world: GridWorld) -> Iterator[Diagnostic]:
    energy = world.energy
    if energy is not None and energy.most is not None and energy.most < energy.initial:
        what = f"{energy.initial:g} is more than the maximum energy, {energy.most:g}"
        yield Diagnostic(("energy", "initial"), what)
