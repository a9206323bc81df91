"""Worlds as a scenario says them: where walls stand, what things there are, and what they do."""

from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, ConfigDict, Discriminator, Field, Tag

from evosim.scenario.schema.base import Count, Index, Name, Part, Plain, Share, Weight, Words, pair
from evosim.scenario.schema.ecologies import ECOLOGY, EcologyWorld
from evosim.scenario.schema.layouts import Layout, OpenLayout

GRID = "grid"
KINDS = (GRID, ECOLOGY)  # those of evosim itself
PLUGIN = "<plugin>"

CellRange = Annotated[tuple[Index, Index], BeforeValidator(pair)]
SlipChance = Annotated[float, Field(ge=0, lt=1)]


class Anywhere(Part):
    """On any floor cell."""

    kind: Literal["anywhere"] = "anywhere"


class Region(Part):
    """On a floor cell of these rows and columns, first and last included; the outer wall is row 0 and column 0."""

    kind: Literal["region"]
    rows: CellRange
    columns: CellRange


class Corner(Part):
    """Within `size` rows and columns of a corner of the floor; `any` is one drawn in each world."""

    kind: Literal["corner"]
    size: Count = 1
    of: Literal["northwest", "northeast", "southwest", "southeast", "any"] = "northwest"


class Near(Part):
    """Within so many steps on foot of the start, or of the first object of a type."""

    kind: Literal["near"]
    to: Name
    within: Count = 1


Placement = Annotated[Anywhere | Region | Corner | Near, Discriminator("kind")]


class Probability(Part):
    """A random feature: an object has it (1) or lacks it (0), drawn for each object."""

    probability: Share


FeatureValue = Annotated[
    Annotated[Share, Tag("<number>")] | Annotated[Probability, Tag("<table>")],
    Discriminator(lambda value: "<table>" if isinstance(value, dict | Probability) else "<number>"),
]


class Features(Part):
    """What can be observed of an object; features that are not named are 0."""

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, FeatureValue] = Field(init=False)

    one_of: dict[str, Share] | None = None

    def named(self) -> dict[str, "float | Probability"]:
        """Return the features by name, without those of `one_of`."""
        return dict(self.__pydantic_extra__)


class ObjectType(Part):
    """A type of object that stands in a cell; `outcomes` happen when an agent enters it.

    If an agent that lacks what it `needs` enters, nothing happens: no outcome, no end, nothing is taken. By default all
    types must be `reachable` except hazards.
    """

    YOUNGER = ("place", "energy", "carried", "needs", "respawns", "reachable")

    count: Annotated[int, Field(ge=0, le=10_000)] = 1
    features: Features
    outcomes: dict[Name, Weight] = {}
    ends_episode: bool = False
    consumed: bool = False
    place: Placement = Anywhere()
    energy: Weight = 0.0
    carried: bool = False
    needs: dict[Name, Annotated[int, Field(ge=1, le=1000)]] = {}
    respawns: Count | None = None
    reachable: bool | None = None


class Place(Part):
    """Cells with features, where an agent can want to be when its episode ends; being there does not end it."""

    place: Placement
    features: Features


class Slip(Part):
    """A move slips with probability `chance`: to one of the four directions, of the other three, or sideways."""

    chance: SlipChance
    kind: Literal["any", "other", "sideways"] = "any"


SlipValue = Annotated[
    Annotated[SlipChance, Tag("<number>")] | Annotated[Slip, Tag("<table>")],
    Discriminator(lambda value: "<table>" if isinstance(value, dict | Slip) else "<number>"),
]


class Energy(Part):
    """The energy that agents live on: at zero they die."""

    initial: Annotated[float, Field(gt=0, le=1e6)]
    most: Annotated[float, Field(gt=0, le=1e6)] | None = None
    per_tick: Annotated[float, Field(ge=0, le=1e6)] = 0.0
    per_move: Annotated[float, Field(ge=0, le=1e6)] = 1.0
    per_thought: Annotated[float, Field(ge=0, le=1e6)] = 0.0


class GridWorld(Part):
    """A distribution of grids with walls and objects."""

    TAG = f"<{GRID}>"
    YOUNGER = ("start", "places", "energy", "vision", "worlds")

    kind: Literal["grid"] = "grid"
    size: Annotated[tuple[int, int], BeforeValidator(pair)]
    layout: Layout = OpenLayout(kind="open")
    steps: Annotated[int, Field(ge=1, le=1_000_000)]
    slip: SlipValue = 0.0
    features: list[Name] = Field(min_length=1)
    objects: dict[Name, ObjectType] = Field(min_length=1)
    start: Placement = Anywhere()
    places: dict[Name, Place] = {}
    energy: Energy | None = None
    vision: Annotated[int, Field(ge=1, le=1001)] | None = None
    worlds: Index = 0


class PluginWorld(Part):
    """A distribution of worlds that another package provides, with `settings` of its own.

    It names the outcomes that it produces, so that a run can be read without the package.
    """

    TAG = PLUGIN
    objects: ClassVar[dict[str, ObjectType]] = {}  # none that evosim knows of
    places: ClassVar[dict[str, Place]] = {}

    kind: Annotated[Name, Field(json_schema_extra={"not": {"enum": list(KINDS)}})]
    provided_by: Words = ""
    features: list[Name] = Field(min_length=1)
    outcomes: list[Name]
    steps: Annotated[int, Field(ge=1, le=1_000_000)] = 1
    settings: dict[Name, Plain] = {}


def slip_of(world: GridWorld) -> Slip:
    """Return how moves slip; a plain number is the chance that a direction is drawn from all four."""
    return world.slip if isinstance(world.slip, Slip) else Slip(chance=float(world.slip))


def kind_of(value: Any) -> Any:
    """Return the kind of a world, written as a table or read."""
    return value.get("kind", GRID) if isinstance(value, dict) else getattr(value, "kind", GRID)


def world_tag(value: Any) -> str:
    """Return the tag of the model that reads a world: each of evosim's own kinds has one, all others share one."""
    kind = kind_of(value)
    if isinstance(kind, str) and kind not in KINDS:
        return PLUGIN
    return EcologyWorld.TAG if kind == ECOLOGY else GridWorld.TAG


World = Annotated[
    Annotated[GridWorld, Tag(GridWorld.TAG)]
    | Annotated[EcologyWorld, Tag(EcologyWorld.TAG)]
    | Annotated[PluginWorld, Tag(PluginWorld.TAG)],
    Discriminator(world_tag),
]
