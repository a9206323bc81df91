"""The part of a scenario that says how evolution goes: the base optimizer, its operators, its schedule."""

from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Discriminator, Field, Tag

from evosim.scenario.schema.base import Bound, Count, Index, Name, Part, Plain, Share, Words

NATURAL_SELECTION = "natural_selection"
RANDOM_SEARCH = "random_search"
ALGORITHMS = ("genetic", "cma_es", NATURAL_SELECTION, RANDOM_SEARCH)  # those of evosim itself


class Tournament(Part):
    """Each parent is the best of `size` drawn at random."""

    operator: Literal["tournament"]
    size: Annotated[int, Field(ge=1, le=10_000)] = 3


class Truncation(Part):
    """Parents are drawn from the best `share` of the population."""

    operator: Literal["truncation"]
    share: Annotated[float, Field(gt=0, le=1)] = 0.5


class Roulette(Part):
    """Parents are drawn in proportion to fitness or, if any fitness is negative, to its difference from the lowest."""

    operator: Literal["roulette"]


class UniversalSampling(Part):
    """As roulette, with evenly spaced pointers: numbers of offspring are as expected, rounded up or down."""

    operator: Literal["sus"]


class Lexicase(Part):
    """Each parent is the best in one episode after another, in random order."""

    operator: Literal["lexicase"]


class EpsilonLexicase(Part):
    """As lexicase, but individuals within an episode's median absolute deviation of the best count as best."""

    operator: Literal["epsilon_lexicase"]


class ParetoSelection(Part):
    """NSGA-II: half of the population survives, by front and crowding; their offspring are the other half."""

    operator: Literal["nsga2"]


class DeapSelection(Part):
    """A selection operator of DEAP by its name, with its own arguments."""

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, bool | int | float | str] = Field(init=False)

    operator: Annotated[str, Field(pattern=r"^deap\.sel[A-Za-z0-9]+$")]

    def arguments(self) -> dict[str, "bool | int | float | str"]:
        """Return the operator's own arguments by name."""
        return dict(self.__pydantic_extra__)


def operator_of(value: Any, default: str | None = None) -> str | None:
    """Return the operator that a table names; where it names none, the default."""
    operator = value.get("operator", default) if isinstance(value, dict) else getattr(value, "operator", None)
    return operator if isinstance(operator, str) else None


def selection_tag(value: Any) -> str | None:
    """Return the tag of the model that reads a selection table."""
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
    """Each locus is redrawn from its range with probability `rate`."""

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


Environments = Annotated[
    Annotated[str, Tag("<name>")] | Annotated[dict[str, Annotated[float, Field(gt=0, le=1)]], Tag("<table>")],
    Discriminator(lambda value: "<table>" if isinstance(value, dict) else "<name>"),
]


class Phase(Part):
    """From generation `from` on, selection happens in `environment`, or in a mixture: shares of episodes by name.

    Under natural selection `from` is a tick, and a mixture is an interpolated world; `over` spreads the change over
    that many ticks.
    """

    YOUNGER = ("over",)

    start: Index = Field(alias="from")
    environment: Environments
    over: Index = 0

    def shares(self) -> dict[str, float]:
        """Return the share of episodes in each environment."""
        return {self.environment: 1.0} if isinstance(self.environment, str) else self.environment

    def shown(self) -> str:
        """Return the environment, or the mixture, in a few words."""
        shares = self.shares()
        return " + ".join(name if len(shares) == 1 else f"{share:g} {name}" for name, share in shares.items())


class CovarianceMatrixAdaptation(Part):
    """CMA-ES: the standard deviation at the start, in widths of each locus's range."""

    sigma: Annotated[float, Field(gt=0, le=1)] = 0.3


MOST_ALLELES = 1_000_000  # of given founders


class Founders(Part):
    """Given founders: a row of numbers for each, one number for each of the `loci`; other loci are drawn.

    Where there are more founders than rows, they begin with the first row again.
    """

    loci: list[Words] = Field(min_length=1)
    genomes: list[Annotated[list[Bound], Field(min_length=1)]] = Field(min_length=1)


class Islands(Part):
    """Parts of equal size that breed apart: every so many generations each takes in copies of others' individuals."""

    count: Annotated[int, Field(ge=1, le=100_000)]
    every: Count = 10
    migrants: Index = 1
    topology: Literal["ring", "full"] = "ring"
    emigrants: Literal["best", "random"] = "best"
    replaced: Literal["worst", "random"] = "worst"

    @property
    def arrivals(self) -> int:
        """How many come to each island at a time."""
        others = self.count - 1
        return self.migrants * (min(others, 1) if self.topology == "ring" else others)


class Evolution(Part):
    """The base optimizer: one of evosim's own, or one that another package provides, with `settings` of its own.

    Natural selection has founders, and no generations that all begin at once: statistics are of intervals of so many
    ticks, which take the place of generations. `ticks` is another way to give their number. A population below the
    `floor` is filled up from a seed bank. `parsimony` is the price of each bit of a mind's description.
    """

    YOUNGER = ("cma_es", "provided_by", "settings", "ticks", "interval", "floor", "founders", "parsimony", "islands")

    algorithm: Annotated[Name, Field(examples=list(ALGORITHMS))] = "genetic"
    provided_by: Words = ""
    settings: dict[Name, Plain] = {}
    population: Annotated[int, Field(ge=2)]
    generations: Count
    ticks: Count | None = None
    interval: Annotated[int, Field(ge=1, le=1_000_000)] = 100
    floor: Index = 0
    episodes: Count = 16
    selection: Selection = Tournament(operator="tournament")
    crossover: Crossover = UniformCrossover()
    mutation: Mutation = GaussianMutation()
    elites: Index = 1
    hall_of_fame: Count = 10
    cma_es: CovarianceMatrixAdaptation = CovarianceMatrixAdaptation()
    founders: Founders | None = None
    parsimony: Annotated[float, Field(ge=0, le=1e9)] = 0.0
    islands: Islands | None = None
    schedule: list[Phase] = Field(min_length=1)

    def phase_in(self, generation: int) -> Phase:
        """Return the entry of the schedule that a generation is selected by."""
        return [phase for phase in self.schedule if phase.start <= generation][-1]

    def before_changes(self) -> list[int]:
        """Return the intervals that end where the schedule changes; there are none but by natural selection."""
        if self.algorithm != NATURAL_SELECTION:
            return []
        return [phase.start // self.interval - 1 for phase in self.schedule[1:]]
