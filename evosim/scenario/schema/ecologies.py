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
    """A kind of thing that grows on free cells; who enters its cell eats it.

    `count` are there at the beginning, and on average so many grow in the whole world each tick: `grows` try one
    random cell each, and a cell that is taken stays as it is.
    """

    outcomes: ClassVar[dict[str, float]] = {}  # eating brings about nothing that objectives are about

    count: Annotated[int, Field(ge=0, le=CAPACITY)] = 0
    grows: Cost = 0.0
    features: Features
    energy: Amount = 0.0


class EcologyEnergy(Part):
    """What agents live on: newborns have what their parents give them, founders `initial`; at zero they die."""

    initial: PositiveAmount
    most: PositiveAmount
    per_tick: Cost = 0.0
    per_move: Cost = 0.0
    per_thought: Cost = 0.0


class Life(Part):
    """How long a life is, in ticks: adult from `adult_at` on, dead of age at `lifespan`, give or take a share `spread`.

    `accident` is the chance to die of one in each tick.
    """

    adult_at: Index
    lifespan: Annotated[int, Field(ge=1, le=1_000_000)]
    spread: Annotated[float, Field(ge=0, lt=1)] = 0.0
    accident: Share = 0.0


class Contraception(Part):
    """What keeps the pleasure and withholds the child: how fertile a mating still is. Used unless both value a child.

    It is a means to an end, so two heuristics, who have none, use it only if it is `used_by` everybody: then a locus
    of theirs stands for the value of a child.
    """

    fertility: Share
    used_by: Literal["planners", "everybody"] = "planners"


class Mating(Part):
    """What it takes to mate, what it is like, and what comes of it.

    Who courts and who is courted must be adult, ready, and have `energy`; both must want it. `features` are what
    mating is like, `child` what having a child is like.
    """

    energy: Cost
    features: Features
    child: Features = {}
    fertility: Share = 1.0
    child_energy: PositiveAmount
    refractory: Index = 0
    recovery: Index = 0
    contraception: Contraception | None = None


class Drive(Part):
    """A want that grows by `rises` each tick, from 0 to 1, and is sated by a feature by so much each time."""

    rises: Share
    sated_by: Features = {}


class EcologyWorld(Part):
    """One world that a whole population shares."""

    TAG = f"<{ECOLOGY}>"
    places: ClassVar[dict[str, object]] = {}  # none that anybody can want to be at

    kind: Literal["ecology"]
    size: Annotated[tuple[int, int], BeforeValidator(pair)]
    edges: Literal["torus", "walls"] = "torus"
    layout: Spaces = OpenLayout(kind="open")
    vision: Annotated[int, Field(ge=1, le=32)] = 4
    features: list[Name] = Field(min_length=1)
    objects: dict[Name, Food] = Field(min_length=1)
    energy: EcologyEnergy
    life: Life
    mating: Mating
    drives: dict[Name, Drive] = {}
    ceiling: Annotated[int, Field(ge=1, le=CAPACITY)] | None = None
