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
    """A type of food that grows on free cells; an agent that enters its cell eats it.

    `count` is the number at the beginning; in each tick `grows` random cells of the world are tried, and those that are
    free get one.
    """

    outcomes: ClassVar[dict[str, float]] = {}  # eating brings about nothing that objectives are about

    count: Annotated[int, Field(ge=0, le=CAPACITY)] = 0
    grows: Cost = 0.0
    features: Features
    energy: Amount = 0.0


class EcologyEnergy(Part):
    """The energy that agents live on: newborns get it from their parents, founders have `initial`; at zero they die."""

    initial: PositiveAmount
    most: PositiveAmount
    per_tick: Cost = 0.0
    per_move: Cost = 0.0
    per_thought: Cost = 0.0


class Life(Part):
    """Length of life in ticks: adult from `adult_at` on, death of age at `lifespan`, plus or minus a share `spread`.

    `accident` is the probability of dying in one in each tick.
    """

    adult_at: Index
    lifespan: Annotated[int, Field(ge=1, le=1_000_000)]
    spread: Annotated[float, Field(ge=0, lt=1)] = 0.0
    accident: Share = 0.0


class Contraception(Part):
    """Reduces the fertility of a mating and leaves its features. It is used unless both partners value a child.

    Heuristics have no objective that it could serve, so two of them use it only if it is `used_by` everybody: then one
    of their loci stands for the value of a child.
    """

    fertility: Share
    used_by: Literal["planners", "everybody"] = "planners"


class Mating(Part):
    """What mating requires, its features, and its consequences.

    Both partners must be adult, ready, have `energy`, and want to mate. `features` are those of mating, `child` those
    of having a child.
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
    """A drive that rises by `rises` each tick, from 0 to 1, and is lowered by the features in `sated_by`."""

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
