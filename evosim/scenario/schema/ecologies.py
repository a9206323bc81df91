"""Ecologies as a scenario says them: one world that many share, where they eat, meet, have children and die."""

from typing import Annotated, ClassVar, Literal

from pydantic import BeforeValidator, Discriminator, Field

from evosim.scenario.schema.base import Index, Name, Part, Share, pair
from evosim.scenario.schema.layouts import OpenLayout, RoomsLayout, ScatterLayout

ECOLOGY = "ecology"
OUTCOMES = ("children",)  # of a life, that objectives can be about
CAUSES = ("hunger", "age", "accident", "culled")  # of death, as the run file numbers them
HUNGER = "hunger"  # the drive that every world with energy has
CAPACITY = 1_000_000  # cells of the largest world

Amount = Annotated[float, Field(ge=-1e6, le=1e6)]
Cost = Annotated[float, Field(ge=0, le=1e6)]
PositiveAmount = Annotated[float, Field(gt=0, le=1e6)]
Features = dict[Name, Share]


Spaces = Annotated[OpenLayout | ScatterLayout | RoomsLayout, Discriminator("kind")]


class Food(Part):
    """A type of food that grows on free cells; an agent that enters its cell eats it."""

    outcomes: ClassVar[dict[str, float]] = {}  # eating brings about nothing that objectives are about

    count: Annotated[int, Field(ge=0, le=CAPACITY)] = 0
    """Pieces of the food in the world at the beginning."""
    grows: Cost = 0.0
    """Number of random cells of the world that get a piece in each tick, if they are free."""
    features: Features
    """Observable features by name, 0 to 1; those not named are 0."""
    energy: Amount = 0.0
    """Energy that an agent gains by eating it; may be negative."""


class EcologyEnergy(Part):
    """The energy that agents live on: at zero they die."""

    initial: PositiveAmount
    """Energy of the founders; newborns have what their parents give them."""
    most: PositiveAmount
    """Largest energy that an agent can have; what exceeds it is lost."""
    per_tick: Cost = 0.0
    """Energy spent in each tick."""
    per_move: Cost = 0.0
    """Energy spent on each change of cell."""
    per_thought: Cost = 0.0
    """Energy spent on each unit of `thinking`."""


class Life(Part):
    """How long agents live."""

    adult_at: Index
    """Age at which an agent is adult, in ticks."""
    lifespan: Annotated[int, Field(ge=1, le=1_000_000)]
    """Age at which an agent dies, in ticks."""
    spread: Annotated[float, Field(ge=0, lt=1)] = 0.0
    """Share of `lifespan` by which the lifespan of an agent differs from it at most."""
    accident: Share = 0.0
    """Probability of a fatal accident in each tick."""


class Contraception(Part):
    """Reduces the fertility of a mating and leaves its features. It is used unless both partners value a child.

    Heuristics have no objective that it could serve, so two of them use it only if it is `used_by` everybody: then one
    of their loci stands for the value of a child.
    """

    fertility: Share
    """Probability that a mating with contraception leads to a child."""
    used_by: Literal["planners", "everybody"] = "planners"
    """Who uses it, unless both partners want a child: `planners`, all with an objective, or `everybody`."""


class Mating(Part):
    """What mating requires, its features, and its consequences.

    Both partners must be adult, ready, have `energy`, and want to mate.
    """

    energy: Cost
    """Energy that both partners need in order to mate."""
    features: Features
    """Features of mating by name, 0 to 1, by which objectives value it."""
    child: Features = {}
    """Features of having a child by name, 0 to 1, by which objectives value it."""
    fertility: Share = 1.0
    """Probability that a mating leads to a child."""
    child_energy: PositiveAmount
    """Energy of a newborn, half from each parent."""
    refractory: Index = 0
    """Ticks after a mating until an agent can mate again."""
    recovery: Index = 0
    """Ticks after having a child until an agent can mate again."""
    contraception: Contraception | None = None
    """Contraception, where it is available. Default: none."""


class Drive(Part):
    """A drive that rises from 0 to 1, and is lowered by what agents experience."""

    rises: Share
    """Increase of the drive in each tick, up to a level of 1."""
    sated_by: Features = {}
    """Amounts by which features lower the drive, by name."""


class EcologyWorld(Part):
    """One world that a whole population shares."""

    TAG = f"<{ECOLOGY}>"
    places: ClassVar[dict[str, object]] = {}  # none that anybody can want to be at

    kind: Literal["ecology"]
    """Kind of world."""
    size: Annotated[tuple[int, int], BeforeValidator(pair)]
    """Rows and columns; at most 1,000,000 cells."""
    edges: Literal["torus", "walls"] = "torus"
    """`torus`: rows and columns wrap around; `walls`: the outermost cells are wall."""
    layout: Spaces = OpenLayout(kind="open")
    """Where walls stand."""
    vision: Annotated[int, Field(ge=1, le=32)] = 4
    """How many cells away, in rows and in columns, food and other agents can be seen."""
    features: list[Name] = Field(min_length=1)
    """Names of the features that can be observed and wanted."""
    objects: dict[Name, Food] = Field(min_length=1)
    """Types of food, by name."""
    energy: EcologyEnergy
    """Energy that agents live on; at zero they die."""
    life: Life
    """How long agents live, and when they are adult."""
    mating: Mating
    """What mating requires, and what it leads to."""
    drives: dict[Name, Drive] = {}
    """Drives beside `hunger`, by name."""
    ceiling: Annotated[int, Field(ge=1, le=CAPACITY)] | None = None
    """Most agents alive at the end of a tick; the excess, drawn at random, dies. Default: unlimited."""
