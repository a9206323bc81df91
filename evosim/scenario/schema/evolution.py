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
    """Operator by which parents are selected."""
    size: Annotated[int, Field(ge=1, le=10_000)] = 3
    """Individuals in a tournament; the fittest of them becomes a parent."""


class Truncation(Part):
    """Parents are drawn from the best `share` of the population."""

    operator: Literal["truncation"]
    """Operator by which parents are selected."""
    share: Annotated[float, Field(gt=0, le=1)] = 0.5
    """Share of the population, the fittest, that parents are drawn from."""


class Roulette(Part):
    """Parents are drawn in proportion to fitness or, if any fitness is negative, to its difference from the lowest."""

    operator: Literal["roulette"]
    """Operator by which parents are selected."""


class UniversalSampling(Part):
    """As roulette, with evenly spaced pointers: numbers of offspring are as expected, rounded up or down."""

    operator: Literal["sus"]
    """Operator by which parents are selected."""


class Lexicase(Part):
    """Each parent is the best in one episode after another, in random order."""

    operator: Literal["lexicase"]
    """Operator by which parents are selected."""


class EpsilonLexicase(Part):
    """As lexicase, but individuals within an episode's median absolute deviation of the best count as best."""

    operator: Literal["epsilon_lexicase"]
    """Operator by which parents are selected."""


class ParetoSelection(Part):
    """NSGA-II: half of the population survives, by front and crowding; their offspring are the other half."""

    operator: Literal["nsga2"]
    """Operator by which parents are selected."""


class DeapSelection(Part):
    """A selection operator of DEAP by its name, with its own arguments."""

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, bool | int | float | str] = Field(init=False)

    operator: Annotated[str, Field(pattern=r"^deap\.sel[A-Za-z0-9]+$")]
    """Name of the operator in DEAP, such as `deap.selDoubleTournament`; its arguments stand beside it."""

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
    """Operator by which two parents are recombined."""
    rate: Share = 0.6
    """Probability that a pair of parents is recombined."""


class OnePointCrossover(Part):
    """With probability `rate` two parents swap all loci behind a cut."""

    operator: Literal["one_point"]
    """Operator by which two parents are recombined."""
    rate: Share = 0.6
    """Probability that a pair of parents is recombined."""


class TwoPointCrossover(Part):
    """With probability `rate` two parents swap all loci between two cuts."""

    operator: Literal["two_point"]
    """Operator by which two parents are recombined."""
    rate: Share = 0.6
    """Probability that a pair of parents is recombined."""


class BlendCrossover(Part):
    """With probability `rate` two parents mix each locus, up to `alpha` of their distance beyond them."""

    operator: Literal["blend"]
    """Operator by which two parents are recombined."""
    rate: Share = 0.6
    """Probability that a pair of parents is recombined."""
    alpha: Annotated[float, Field(ge=0, le=10)] = 0.5
    """How far beyond the parents' alleles a child's can lie, as a multiple of their distance."""


class SimulatedBinaryCrossover(Part):
    """With probability `rate` two parents mix each locus; the larger `eta`, the closer children are to parents."""

    operator: Literal["sbx"]
    """Operator by which two parents are recombined."""
    rate: Share = 0.6
    """Probability that a pair of parents is recombined."""
    eta: Annotated[float, Field(ge=0, le=1000)] = 15.0
    """Distribution index: the larger, the closer children are to their parents."""


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
    """Operator by which a locus mutates."""
    rate: Share = 0.1
    """Probability that a locus mutates."""
    scale: Annotated[float, Field(gt=0, le=1)] = 0.1
    """Standard deviation of a step, in half-widths of the locus's range."""


class PolynomialMutation(Part):
    """Each locus moves with probability `rate` by up to the width of its range; the larger `eta`, the less."""

    operator: Literal["polynomial"]
    """Operator by which a locus mutates."""
    rate: Share = 0.1
    """Probability that a locus mutates."""
    eta: Annotated[float, Field(ge=0, le=1000)] = 20.0
    """Distribution index: the larger, the smaller steps are; none exceeds the width of the range."""


class ResetMutation(Part):
    """Each locus is redrawn from its range with probability `rate`."""

    operator: Literal["reset"]
    """Operator by which a locus mutates."""
    rate: Share = 0.1
    """Probability that a locus mutates."""


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
    """From when on selection happens in which environment, or in a mixture of several.

    The environment of each episode is drawn from a mixture; under natural selection it is an interpolated world.
    """

    YOUNGER = ("over",)

    start: Index = Field(alias="from")
    """Generation from which the entry holds; under natural selection, tick."""
    environment: Environments
    """Name of an environment, or a mixture: shares of environments by name, which add up to 1."""
    over: Index = 0
    """Under natural selection: ticks over which the change is spread; 0: at once."""

    def shares(self) -> dict[str, float]:
        """Return the share of episodes in each environment."""
        return {self.environment: 1.0} if isinstance(self.environment, str) else self.environment

    def shown(self) -> str:
        """Return the environment, or the mixture, in a few words."""
        shares = self.shares()
        return " + ".join(name if len(shares) == 1 else f"{share:g} {name}" for name, share in shares.items())


class CovarianceMatrixAdaptation(Part):
    """CMA-ES: a normal distribution over genomes, which adapts."""

    sigma: Annotated[float, Field(gt=0, le=1)] = 0.3
    """Standard deviation at the start, in widths of each locus's range."""


MOST_ALLELES = 1_000_000  # of given founders


class Founders(Part):
    """Genomes that are given, for founders."""

    loci: list[Words] = Field(min_length=1)
    """Names of the loci that are given; all others are drawn."""
    genomes: list[Annotated[list[Bound], Field(min_length=1)]] = Field(min_length=1)
    """Given founders: a row of alleles for each, one for each of `loci`. More founders begin with the first again."""


class Islands(Part):
    """Parts of equal size that breed apart: every so many generations each takes in copies of others' individuals."""

    count: Annotated[int, Field(ge=1, le=100_000)]
    """Number of islands of equal size that the population is split into."""
    every: Count = 10
    """Generations from one migration to the next."""
    migrants: Index = 1
    """Individuals of an island that are copied to another in a migration; 0: islands are isolated."""
    topology: Literal["ring", "full"] = "ring"
    """Where an island's migrants come from: the one before it (`ring`), or all others (`full`)."""
    emigrants: Literal["best", "random"] = "best"
    """Who is copied: the `best` of an island, or `random` ones."""
    replaced: Literal["worst", "random"] = "worst"
    """Whose places migrants take: those of the `worst`, or of `random` ones."""

    @property
    def arrivals(self) -> int:
        """How many come to each island at a time."""
        others = self.count - 1
        return self.migrants * (min(others, 1) if self.topology == "ring" else others)


class Evolution(Part):
    """The base optimizer: one of evosim's own, or one that another package provides, with `settings` of its own.

    Natural selection has founders, and no generations that all begin at once: statistics are of intervals of so many
    ticks, which take the place of generations.
    """

    YOUNGER = ("cma_es", "provided_by", "settings", "ticks", "interval", "floor", "founders", "parsimony", "islands")

    algorithm: Annotated[Name, Field(examples=list(ALGORITHMS))] = "genetic"
    """`genetic`, `cma_es` or `random_search`; in ecologies, `natural_selection`; or the name of another package's."""
    provided_by: Words = ""
    """Name and version of the package that provides it; if given, no other version is accepted."""
    settings: dict[Name, Plain] = {}
    """Settings of another package's algorithm."""
    population: Annotated[int, Field(ge=2)]
    """Number of individuals; under natural selection, of founders."""
    generations: Count
    """Number of generations, the founders included; under natural selection, of intervals."""
    ticks: Count | None = None
    """Under natural selection: length of the run in ticks, instead of `generations`."""
    interval: Annotated[int, Field(ge=1, le=1_000_000)] = 100
    """Under natural selection: length of the intervals over which statistics are taken, in ticks."""
    floor: Index = 0
    """Under natural selection: a population smaller than this is filled up from a seed bank."""
    episodes: Count = 16
    """Episodes that each individual lives in a generation; all live in the same worlds."""
    selection: Selection = Tournament(operator="tournament")
    """How parents are selected."""
    crossover: Crossover = UniformCrossover()
    """How two parents are recombined."""
    mutation: Mutation = GaussianMutation()
    """How loci mutate."""
    elites: Index = 1
    """Number of the best individuals that survive unchanged."""
    hall_of_fame: Count = 10
    """Number of the best individuals of all generations that are stored."""
    cma_es: CovarianceMatrixAdaptation = CovarianceMatrixAdaptation()
    """Settings of CMA-ES."""
    founders: Founders | None = None
    """Genomes to begin with: a table, or the path of a .csv file with a column for each locus. Default: drawn."""
    parsimony: Annotated[float, Field(ge=0, le=1e9)] = 0.0
    """Price of each bit of a mind's description, taken off its fitness."""
    islands: Islands | None = None
    """The population lives on islands that breed apart and exchange migrants; `genetic` only. Default: none."""
    schedule: list[Phase] = Field(min_length=1)
    """Which environment selection happens in, and from when on. Default: the first environment."""

    def phase_in(self, generation: int) -> Phase:
        """Return the entry of the schedule that a generation is selected by."""
        return [phase for phase in self.schedule if phase.start <= generation][-1]

    def before_changes(self) -> list[int]:
        """Return the intervals that end where the schedule changes; there are none but by natural selection."""
        if self.algorithm != NATURAL_SELECTION:
            return []
        return [phase.start // self.interval - 1 for phase in self.schedule[1:]]
