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
    """Kind of placement."""


class Region(Part):
    """On a floor cell of these rows and columns, first and last included; the outer wall is row 0 and column 0."""

    kind: Literal["region"]
    """Kind of placement."""
    rows: CellRange
    """First and last row, both included; the outer wall is row 0."""
    columns: CellRange
    """First and last column, both included; the outer wall is column 0."""


class Corner(Part):
    """Within `size` rows and columns of a corner of the floor; `any` is one drawn in each world."""

    kind: Literal["corner"]
    """Kind of placement."""
    size: Count = 1
    """Number of rows and of columns of the corner, without the outer wall."""
    of: Literal["northwest", "northeast", "southwest", "southeast", "any"] = "northwest"
    """Which corner; `any` is one drawn for each object in each world."""


class Near(Part):
    """Within so many steps on foot of the start, or of the first object of a type."""

    kind: Literal["near"]
    """Kind of placement."""
    to: Name
    """An object type, of which the first object counts, or `start`."""
    within: Count = 1
    """Largest distance, in steps on foot."""


Placement = Annotated[Anywhere | Region | Corner | Near, Discriminator("kind")]


class Probability(Part):
    """A random feature: an object has it (1) or lacks it (0), drawn for each object."""

    probability: Share
    """Probability that an object has the feature (1); else it lacks it (0)."""


FeatureValue = Annotated[
    Annotated[Share, Tag("<number>")] | Annotated[Probability, Tag("<table>")],
    Discriminator(lambda value: "<table>" if isinstance(value, dict | Probability) else "<number>"),
]


class Features(Part):
    """What can be observed of an object; features that are not named are 0."""

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, FeatureValue] = Field(init=False)

    one_of: dict[str, Share] | None = None
    """Features of which each object has exactly one, with these probabilities, which add up to 1."""

    def named(self) -> dict[str, "float | Probability"]:
        """Return the features by name, without those of `one_of`."""
        return dict(self.__pydantic_extra__)


class ObjectType(Part):
    """A type of object that stands in a cell; `outcomes` happen when an agent enters it.

    If an agent that lacks what it `needs` enters, nothing happens: no outcome, no end, nothing is taken.
    """

    YOUNGER = ("place", "energy", "carried", "needs", "respawns", "reachable")

    count: Annotated[int, Field(ge=0, le=10_000)] = 1
    """Number of objects of this type in each world."""
    features: Features
    """Observable features by name, 0 to 1; those not named are 0."""
    outcomes: dict[Name, Weight] = {}
    """What happens when an agent enters: amounts, under names of your own."""
    ends_episode: bool = False
    """Whether entering ends the episode."""
    consumed: bool = False
    """Whether entering removes the object."""
    place: Placement = Anywhere()
    """Where objects of this type stand."""
    energy: Weight = 0.0
    """Energy that an agent gains on entering; may be negative."""
    carried: bool = False
    """Whether entering removes the object, and the agent has it from then on."""
    needs: dict[Name, Annotated[int, Field(ge=1, le=1000)]] = {}
    """Carried objects that entering uses up, by type and number; if an agent lacks them, nothing happens."""
    respawns: Count | None = None
    """Ticks until an object that was taken reappears. Default: never."""
    reachable: bool | None = None
    """Whether worlds are drawn such that it can be reached. Default: `true`, except for hazards."""


class Place(Part):
    """Cells with features, where an agent can want to be when its episode ends; being there does not end it."""

    place: Placement
    """Which cells belong to it; where places overlap, the one named first has the cell."""
    features: Features
    """Observable features by name, 0 to 1; those not named are 0."""


class Slip(Part):
    """How moves slip; staying never does."""

    chance: SlipChance
    """Probability that the direction of a move is redrawn."""
    kind: Literal["any", "other", "sideways"] = "any"
    """What it is redrawn from: `any` of four directions, the `other` three, or the two `sideways`."""


SlipValue = Annotated[
    Annotated[SlipChance, Tag("<number>")] | Annotated[Slip, Tag("<table>")],
    Discriminator(lambda value: "<table>" if isinstance(value, dict | Slip) else "<number>"),
]


class Energy(Part):
    """The energy that agents live on: at zero they die."""

    initial: Annotated[float, Field(gt=0, le=1e6)]
    """Energy at the beginning of an episode."""
    most: Annotated[float, Field(gt=0, le=1e6)] | None = None
    """Largest energy that an agent can have; what exceeds it is lost. Default: `initial`."""
    per_tick: Annotated[float, Field(ge=0, le=1e6)] = 0.0
    """Energy spent in each tick."""
    per_move: Annotated[float, Field(ge=0, le=1e6)] = 1.0
    """Energy spent on each change of cell."""
    per_thought: Annotated[float, Field(ge=0, le=1e6)] = 0.0
    """Energy spent on each unit of `thinking`."""


class GridWorld(Part):
    """A distribution of grids with walls and objects."""

    TAG = f"<{GRID}>"
    YOUNGER = ("start", "places", "energy", "vision", "worlds")

    kind: Literal["grid"] = "grid"
    """Kind of world."""
    size: Annotated[tuple[int, int], BeforeValidator(pair)]
    """Rows and columns, the outer wall included; odd for mazes. Maps say it themselves."""
    layout: Layout = OpenLayout(kind="open")
    """Where walls stand."""
    steps: Annotated[int, Field(ge=1, le=1_000_000)]
    """Maximum length of an episode, in ticks."""
    slip: SlipValue = 0.0
    """Probability that the direction of a move is redrawn from all four; or a table that says from which."""
    features: list[Name] = Field(min_length=1)
    """Names of the features that can be observed and wanted."""
    objects: dict[Name, ObjectType] = Field(min_length=1)
    """Types of objects, by name."""
    start: Placement = Anywhere()
    """Where agents start."""
    places: dict[Name, Place] = {}
    """Regions of cells, by name, in which an agent can want to be when its episode ends."""
    energy: Energy | None = None
    """Energy that agents live on; without it no agent starves."""
    vision: Annotated[int, Field(ge=1, le=1001)] | None = None
    """How many cells away, in rows and in columns, objects can be seen. Default: all are seen."""
    worlds: Index = 0
    """Number of different worlds, the same in all generations; 0: new ones in every generation."""


class PluginWorld(Part):
    """A distribution of worlds that another package provides, with `settings` of its own.

    It names the outcomes that it produces, so that a run can be read without the package.
    """

    TAG = PLUGIN
    objects: ClassVar[dict[str, ObjectType]] = {}  # none that evosim knows of
    places: ClassVar[dict[str, Place]] = {}

    kind: Annotated[Name, Field(json_schema_extra={"not": {"enum": list(KINDS)}})]
    """Name of the kind of world, as its package calls it."""
    provided_by: Words = ""
    """Name and version of the package that provides it; if given, no other version is accepted."""
    features: list[Name] = Field(min_length=1)
    """Names of the features that minds can value."""
    outcomes: list[Name]
    """Names of the outcomes that it produces, without those that every world has."""
    steps: Annotated[int, Field(ge=1, le=1_000_000)] = 1
    """Length of an episode in ticks, if it is known."""
    settings: dict[Name, Plain] = {}
    """Settings of its own."""


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
