"""The scenario: every question a person can ask, as frozen models that refuse nonsense.

These models are the explicit form, the only one that programs see. A file may be shorter: a
plain number where a `Locus` stands is a locus that does not evolve, an environment names only
what differs from `[world]`, and what has a default may be left out (reader.py does the rest).
"""

import textwrap
from typing import Annotated, Any, ClassVar, Literal, get_args

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    SerializerFunctionWrapHandler,
    Tag,
    model_serializer,
)

Name = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_-]*$", max_length=40)]
Words = Annotated[str, Field(pattern=r"^[^\x00-\x1f\x7f-\x9f]*$", max_length=1000)]
Share = Annotated[float, Field(ge=0, le=1)]
Count = Annotated[int, Field(ge=1, le=1_000_000_000)]
Index = Annotated[int, Field(ge=0, le=1_000_000_000)]
Weight = Annotated[float, Field(ge=-1e9, le=1e9)]


class Part(BaseModel):
    """A part of a scenario: frozen, strict, without unknown fields, infinities or NaN.

    `YOUNGER` are fields that came after the first runs were stored. Where they say nothing but their
    default they are left out of the stored form, so that older runs keep their digests.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False, serialize_by_alias=True)
    YOUNGER: ClassVar[tuple[str, ...]] = ()

    @model_serializer(mode="wrap")
    def _without_what_is_younger_and_unsaid(self, write: SerializerFunctionWrapHandler) -> dict[str, Any]:
        unsaid = {key for key in self.YOUNGER if getattr(self, key) == type(self).model_fields[key].get_default()}
        return {key: value for key, value in write(self).items() if key not in unsaid}


def pair(value: Any) -> Any:
    """Take a TOML array of two as a pair."""
    return tuple(value) if isinstance(value, list) else value


Bound = Annotated[float, Field(ge=-1e6, le=1e6)]
Range = Annotated[tuple[Bound, Bound], BeforeValidator(pair)]


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


class MapLayout(Part):
    """A drawing, a character a cell: `#` wall, `.` floor, `@` where agents may start, and symbols of the legend.

    A symbol marks a cell where an object of its type may stand.
    """

    kind: Literal["map"]
    drawing: Annotated[str, Field(max_length=1_100_000)]
    legend: dict[Annotated[str, Field(pattern=r"^[A-Za-z0-9*+!?$%&]$")], Name] = {}

    def rows(self) -> list[str]:
        """Give the rows of the drawing, without what indents all of them."""
        return textwrap.dedent(self.drawing).strip("\n").split("\n")


Layout = Annotated[OpenLayout | ScatterLayout | RoomsLayout | MazeLayout | MapLayout, Discriminator("kind")]

CellRange = Annotated[tuple[Index, Index], BeforeValidator(pair)]


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
    """A kind of thing that stands in a cell; `outcomes` happen when an agent enters it.

    To who lacks what it `needs` nothing happens: no outcome, no end, nothing is taken.
    """

    YOUNGER = ("place", "energy", "carried", "needs", "respawns")

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


class Place(Part):
    """Cells with features, where an agent can want to be; being there ends nothing and has no outcomes."""

    place: Placement
    features: Features


class Energy(Part):
    """What agents live on: at zero they die."""

    initial: Annotated[float, Field(gt=0, le=1e6)]
    most: Annotated[float, Field(gt=0, le=1e6)] | None = None
    per_tick: Annotated[float, Field(ge=0, le=1e6)] = 0.0
    per_move: Annotated[float, Field(ge=0, le=1e6)] = 1.0
    per_thought: Annotated[float, Field(ge=0, le=1e6)] = 0.0


class World(Part):
    """One distribution of worlds."""

    YOUNGER = ("start", "places", "energy", "vision", "worlds")

    kind: Literal["grid"] = "grid"
    size: Annotated[tuple[int, int], BeforeValidator(pair)]
    layout: Layout = OpenLayout(kind="open")
    steps: Annotated[int, Field(ge=1, le=1_000_000)]
    slip: Annotated[float, Field(ge=0, lt=1)] = 0.0
    features: list[Name] = Field(min_length=1)
    objects: dict[Name, ObjectType] = Field(min_length=1)
    start: Placement = Anywhere()
    places: dict[Name, Place] = {}
    energy: Energy | None = None
    vision: Annotated[int, Field(ge=1, le=1001)] | None = None
    worlds: Index = 0


# ---------------------------------------------------------------- objectives and minds


class Objectives(Part):
    """Weights on outcomes: what the designers want, and what selection measures.

    `pareto` are several base objectives for selection that doesn't weigh them against each other.
    """

    YOUNGER = ("pareto",)

    intended: dict[str, Weight] = Field(min_length=1)
    base: dict[str, Weight] = Field(min_length=1)
    pareto: list[Annotated[dict[str, Weight], Field(min_length=1)]] = []


class OwnMutation(Part):
    """How the loci of a segment mutate, where that differs from `evolution.mutation`."""

    rate: Share | None = None
    scale: Annotated[float, Field(gt=0, le=1)] | None = None


Spread = Annotated[float, Field(ge=0, le=10)]


class Locus(Part):
    """A number in the genome, or with no `range` one that does not evolve.

    Founders have `initial`, or numbers drawn normally around it with a standard deviation of `spread`
    half-widths of the range; without `initial` they are drawn from the whole range.
    """

    YOUNGER = ("spread", "mutation")

    initial: float | None = None
    range: Range | None = None
    spread: Spread = 0.0
    mutation: OwnMutation = OwnMutation()


def pinned(value: Any) -> Any:
    """Take a plain number as a locus that does not evolve."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return {"initial": value} if is_number else value


Evolvable = Annotated[Locus, BeforeValidator(pinned, json_schema_input_type=Locus | float)]
Initial = Annotated[
    Annotated[float, Tag("<number>")] | Annotated[dict[str, float], Tag("<table>")],
    Discriminator(lambda value: "<table>" if isinstance(value, dict) else "<number>"),
]


class ControllerMind(Part):
    """How the choice of controller is inherited."""

    mutation: OwnMutation = OwnMutation()


class ObjectiveMind(Part):
    """The mesa-objective: a weight for each feature, and for each feature times each drive.

    Founders are drawn from the range, or around `initial`: a number for all weights, or a table of them, all
    others 0. What does not evolve is `initial` in everybody.
    """

    YOUNGER = ("evolves", "initial", "spread", "mutation", "drives")

    range: Range = (-1.0, 1.0)
    evolves: bool = True
    initial: Initial | None = None
    spread: Spread = 0.0
    mutation: OwnMutation = OwnMutation()
    drives: list[Literal["hunger"]] = []


class PerceptionMind(Part):
    """Detectors: a perceived feature is σ(sharpness · (weights · features + bias)).

    They see what is there unless they evolve. Founders' detectors see nearly that, or with a `spread` drawn around it.
    """

    evolves: bool = False
    sharpness: Annotated[float, Field(gt=0, le=1000)] = 10.0
    range: Range = (-1.0, 1.0)
    spread: Spread = 0.0
    mutation: OwnMutation = OwnMutation()


class BeliefsMind(Part):
    """What planners believe of the world: `slip` (unsaid: as it is), and `persistence`.

    Persistence is the chance that what is there is still there a step later.
    """

    slip: Evolvable | None = None
    persistence: Evolvable = Locus(initial=1.0)


class OpenLoopMind(Part):
    """A fixed sequence of actions, repeated: it perceives nothing."""

    YOUNGER = ("mutation",)

    length: Annotated[int, Field(ge=1, le=10_000)] = 32
    mutation: OwnMutation = OwnMutation()


class HeuristicMind(Part):
    """A reactive policy on egocentric senses: linear, or with one hidden layer of tanh units."""

    YOUNGER = ("evolves", "initial", "spread", "mutation")

    hidden: Annotated[int, Field(ge=0, le=256)] = 0
    range: Range = (-1.0, 1.0)
    evolves: bool = True
    initial: float | None = None
    spread: Spread = 0.0
    mutation: OwnMutation = OwnMutation()
    temperature: Evolvable = Locus(initial=0.1, range=(0.0, 1.0))


class PlannerMind(Part):
    """A search over plans for the one that serves the mesa-objective best."""

    algorithm: Literal["value_iteration", "tree_search"] = "value_iteration"
    horizon: Evolvable = Locus(initial=8, range=(1, 32))
    discount: Evolvable = Locus(initial=0.95)
    temperature: Evolvable = Locus(initial=0.0)


Controller = Literal["open_loop", "heuristic", "planner"]
CONTROLLERS: tuple[Controller, ...] = get_args(Controller)


class Mind(Part):
    """What decides: the controllers that founders have, in shares, and what each can be."""

    YOUNGER = ("controller", "perception", "beliefs")

    controllers: dict[Controller, Share] = Field(min_length=1)
    controller: ControllerMind = ControllerMind()
    objective: ObjectiveMind = ObjectiveMind()
    perception: PerceptionMind = PerceptionMind()
    beliefs: BeliefsMind = BeliefsMind()
    open_loop: OpenLoopMind = OpenLoopMind()
    heuristic: HeuristicMind = HeuristicMind()
    planner: PlannerMind = PlannerMind()


# ---------------------------------------------------------------- evolution and measurement


class Tournament(Part):
    """Each parent is the best of `size` drawn at random."""

    operator: Literal["tournament"]
    size: Annotated[int, Field(ge=1, le=10_000)] = 3


class Truncation(Part):
    """Parents are drawn from the best `share` of the population."""

    operator: Literal["truncation"]
    share: Annotated[float, Field(gt=0, le=1)] = 0.5


class Roulette(Part):
    """Parents are drawn in proportion to fitness, from the worst upwards where some fitness is negative."""

    operator: Literal["roulette"]


class UniversalSampling(Part):
    """As roulette, with evenly spaced pointers: nobody is luckier than by one offspring."""

    operator: Literal["sus"]


class Lexicase(Part):
    """Each parent is the best in one episode after another, in random order."""

    operator: Literal["lexicase"]


class EpsilonLexicase(Part):
    """As lexicase, but whoever is within an episode's median absolute deviation of the best stays in."""

    operator: Literal["epsilon_lexicase"]


class ParetoSelection(Part):
    """NSGA-II: half of the population go on, by front and crowding, and their offspring are the other half."""

    operator: Literal["nsga2"]


class DeapSelection(Part):
    """A selection operator of DEAP by its name, with its own arguments."""

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, bool | int | float | str] = Field(init=False)

    operator: Annotated[str, Field(pattern=r"^deap\.sel[A-Za-z0-9]+$")]

    def arguments(self) -> dict[str, "bool | int | float | str"]:
        """Give the operator's own arguments by name."""
        return dict(self.__pydantic_extra__)


def operator_of(value: Any, default: str | None = None) -> str | None:
    """Tell which operator a table names; where it names none, the default."""
    operator = value.get("operator", default) if isinstance(value, dict) else getattr(value, "operator", None)
    return operator if isinstance(operator, str) else None


def selection_tag(value: Any) -> str | None:
    """Tell which model reads a selection table."""
    operator = operator_of(value)
    return "deap" if operator is not None and operator.startswith("deap.") else operator


Selection = Annotated[
    Annotated[Tournament, Tag("tournament")]
    | Annotated[Truncation, Tag("truncation")]
    | Annotated[Roulette, Tag("roulette")]
    | Annotated[UniversalSampling, Tag("sus")]
    | Annotated[Lexicase, Tag("lexicase")]
    | Annotated[EpsilonLexicase, Tag("epsilon_lexicase")]
    | Annotated[ParetoSelection, Tag("nsga2")]
    | Annotated[DeapSelection, Tag("deap")],
    Discriminator(
        selection_tag,
        custom_error_type="operator",
        custom_error_message="operator is 'tournament', 'truncation', 'roulette', 'sus', 'lexicase', "
        "'epsilon_lexicase', 'nsga2' or one of DEAP's by name, as 'deap.selDoubleTournament'",
    ),
]


class UniformCrossover(Part):
    """With probability `rate` two parents swap each locus with probability 1/2."""

    operator: Literal["uniform"] = "uniform"
    rate: Share = 0.6


class OnePointCrossover(Part):
    """With probability `rate` two parents swap all loci behind a cut."""

    operator: Literal["one_point"]
    rate: Share = 0.6


class TwoPointCrossover(Part):
    """With probability `rate` two parents swap all loci between two cuts."""

    operator: Literal["two_point"]
    rate: Share = 0.6


class BlendCrossover(Part):
    """With probability `rate` two parents mix each locus, up to `alpha` of their distance beyond them."""

    operator: Literal["blend"]
    rate: Share = 0.6
    alpha: Annotated[float, Field(ge=0, le=10)] = 0.5


class SimulatedBinaryCrossover(Part):
    """With probability `rate` two parents mix each locus; the larger `eta`, the closer children are to parents."""

    operator: Literal["sbx"]
    rate: Share = 0.6
    eta: Annotated[float, Field(ge=0, le=1000)] = 15.0


Crossover = Annotated[
    Annotated[UniformCrossover, Tag("uniform")]
    | Annotated[OnePointCrossover, Tag("one_point")]
    | Annotated[TwoPointCrossover, Tag("two_point")]
    | Annotated[BlendCrossover, Tag("blend")]
    | Annotated[SimulatedBinaryCrossover, Tag("sbx")],
    Discriminator(
        lambda value: operator_of(value, "uniform"),
        custom_error_type="operator",
        custom_error_message="operator is 'uniform', 'one_point', 'two_point', 'blend' or 'sbx'",
    ),
]


class GaussianMutation(Part):
    """Each locus moves with probability `rate` by a normal step of `scale` half-widths of its range.

    So a scale of 0.1 moves a weight between -1 and 1 by 0.1, and a horizon between 1 and 32 by 1.55.
    """

    operator: Literal["gaussian"] = "gaussian"
    rate: Share = 0.1
    scale: Annotated[float, Field(gt=0, le=1)] = 0.1


class PolynomialMutation(Part):
    """Each locus moves with probability `rate` by up to the width of its range; the larger `eta`, the less."""

    operator: Literal["polynomial"]
    rate: Share = 0.1
    eta: Annotated[float, Field(ge=0, le=1000)] = 20.0


class ResetMutation(Part):
    """Each locus is drawn anew from its range with probability `rate`."""

    operator: Literal["reset"]
    rate: Share = 0.1


Mutation = Annotated[
    Annotated[GaussianMutation, Tag("gaussian")]
    | Annotated[PolynomialMutation, Tag("polynomial")]
    | Annotated[ResetMutation, Tag("reset")],
    Discriminator(
        lambda value: operator_of(value, "gaussian"),
        custom_error_type="operator",
        custom_error_message="operator is 'gaussian', 'polynomial' or 'reset'",
    ),
]


class Phase(Part):
    """From generation `from` on, selection happens in `environment`."""

    start: Index = Field(alias="from")
    environment: str


class CovarianceMatrixAdaptation(Part):
    """CMA-ES: how far it looks at first, in widths of each locus's range."""

    sigma: Annotated[float, Field(gt=0, le=1)] = 0.3


class Evolution(Part):
    """The base optimizer."""

    algorithm: Literal["genetic", "cma_es"] = "genetic"
    population: Annotated[int, Field(ge=2)]
    generations: Count
    episodes: Count = 16
    selection: Selection = Tournament(operator="tournament")
    crossover: Crossover = UniformCrossover()
    mutation: Mutation = GaussianMutation()
    elites: Index = 1
    hall_of_fame: Count = 10
    cma_es: CovarianceMatrixAdaptation = CovarianceMatrixAdaptation()
    schedule: list[Phase] = Field(min_length=1)

    @model_serializer(mode="wrap")
    def _without_what_is_unused(self, write: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Leave out CMA-ES where another algorithm evolves, so that older runs keep their digests."""
        return {key: value for key, value in write(self).items() if key != "cma_es" or self.algorithm == "cma_es"}


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
