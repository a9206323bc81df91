"""The scenario: every question a person can ask, as frozen models that refuse nonsense.

These models are the explicit form, the only one that programs see. A file may be shorter: a
plain number where a `Locus` stands is a locus that does not evolve, an environment names only
what differs from `[world]`, and what has a default may be left out (reader.py does the rest).
What evolves minds is in evolving.py.
"""

from typing import Annotated, Any, Literal, get_args

from pydantic import (
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    SerializerFunctionWrapHandler,
    Tag,
    model_serializer,
)

from evosim.scenario.evolving import Evolution
from evosim.scenario.parts import Count, Name, Part, Range, Share, Weight, Words, pair

# ---------------------------------------------------------------- the world


class OpenLayout(Part):
    """One empty room."""

    kind: Literal["open"]


class ScatterLayout(Part):
    """Walls on a random share of the cells; pockets that can't be reached are filled in."""

    kind: Literal["scatter"]
    density: Annotated[float, Field(ge=0, le=0.6)] = 0.2


class RoomsLayout(Part):
    """A grid of rooms; every two neighbours share a door."""

    kind: Literal["rooms"]
    rows: Count = 2
    columns: Count = 2


class MazeLayout(Part):
    """A perfect maze, then a share of its inner walls opened."""

    kind: Literal["maze"]
    opened: Share = 0.0


Layout = Annotated[OpenLayout | ScatterLayout | RoomsLayout | MazeLayout, Discriminator("kind")]


class Probability(Part):
    """A feature that an object has (1) or lacks (0) by chance, drawn for each object."""

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
        """Give the features by name, without those of `one_of`."""
        return dict(self.__pydantic_extra__)


class ObjectType(Part):
    """A kind of thing that stands in a cell; `outcomes` happen when an agent enters it."""

    count: Annotated[int, Field(ge=0, le=10_000)] = 1
    features: Features
    outcomes: dict[Name, Weight] = {}
    ends_episode: bool = False
    consumed: bool = False


class World(Part):
    """One distribution of worlds."""

    kind: Literal["grid"] = "grid"
    size: Annotated[tuple[int, int], BeforeValidator(pair)]
    layout: Layout = OpenLayout(kind="open")
    steps: Annotated[int, Field(ge=1, le=1_000_000)]
    slip: Annotated[float, Field(ge=0, lt=1)] = 0.0
    features: list[Name] = Field(min_length=1)
    objects: dict[Name, ObjectType] = Field(min_length=1)


# ---------------------------------------------------------------- objectives and minds


class Objectives(Part):
    """Weights on outcomes: what the designers want, and what selection measures.

    `pareto` are several base objectives for selection that doesn't weigh them against each other.
    """

    intended: dict[str, Weight] = Field(min_length=1)
    base: dict[str, Weight] = Field(min_length=1)
    pareto: list[Annotated[dict[str, Weight], Field(min_length=1)]] = []

    @model_serializer(mode="wrap")
    def _without_what_is_unsaid(self, write: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Leave out objectives that aren't there, so that older runs keep their digests."""
        return {key: value for key, value in write(self).items() if key != "pareto" or value}


class Locus(Part):
    """A number in the genome: where it starts, and the range it evolves in (none: it does not evolve)."""

    initial: float
    range: Range | None = None


def pinned(value: Any) -> Any:
    """Take a plain number as a locus that does not evolve."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return {"initial": value} if is_number else value


Evolvable = Annotated[Locus, BeforeValidator(pinned, json_schema_input_type=Locus | float)]


class ObjectiveMind(Part):
    """The mesa-objective: a weight for each feature, founders drawn uniformly from the range."""

    range: Range = (-1.0, 1.0)


class OpenLoopMind(Part):
    """A fixed sequence of actions, repeated: it perceives nothing."""

    length: Annotated[int, Field(ge=1, le=10_000)] = 32


class HeuristicMind(Part):
    """A reactive policy on egocentric senses: linear, or with one hidden layer of tanh units."""

    hidden: Annotated[int, Field(ge=0, le=256)] = 0
    range: Range = (-1.0, 1.0)
    temperature: Evolvable = Locus(initial=0.1, range=(0.0, 1.0))


class PlannerMind(Part):
    """A search over plans for the one that serves the mesa-objective best."""

    algorithm: Literal["value_iteration"] = "value_iteration"
    horizon: Evolvable = Locus(initial=8, range=(1, 32))
    discount: Evolvable = Locus(initial=0.95)
    temperature: Evolvable = Locus(initial=0.0)


Controller = Literal["open_loop", "heuristic", "planner"]
CONTROLLERS: tuple[Controller, ...] = get_args(Controller)


class Mind(Part):
    """What decides: the controllers that founders have, in shares, and what each can be."""

    controllers: dict[Controller, Share] = Field(min_length=1)
    objective: ObjectiveMind = ObjectiveMind()
    open_loop: OpenLoopMind = OpenLoopMind()
    heuristic: HeuristicMind = HeuristicMind()
    planner: PlannerMind = PlannerMind()


# ---------------------------------------------------------------- measurement


class Measure(Part):
    """When and where the population is measured on fresh worlds, beside selection."""

    every: Count = 5
    environments: list[str] = Field(min_length=1)
    episodes: Count = 64


class Scenario(Part):
    """A complete experiment, everything said."""

    version: Literal[1] = Field(alias="schema")
    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9_][A-Za-z0-9._-]*$", max_length=80)]
    title: Words
    question: Words = ""
    paper: Words = ""
    claim: Words = ""
    chance_level: Share | None = None
    world: World
    environments: dict[Name, World] = Field(min_length=1)
    objectives: Objectives
    mind: Mind
    evolution: Evolution
    measure: Measure
