"""Vital statistics: from an interval of an ecology to the rows of the run file's tables."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from evosim.scenario.schema.ecologies import CAUSES
from evosim.scenario.schema.minds import CONTROLLERS
from evosim.scenario.schema.names import Names
from evosim.simulation.generational.columns import finite_or_none, mean_or_none
from evosim.storage.columns import Column, Row, Tables, Value

if TYPE_CHECKING:  # tables can be named and read without a compiler
    from evosim.ecology.cohorts import Closed
    from evosim.simulation.ecology.intervals import Interval
    from evosim.simulation.laboratory import Laboratory

EACH = "for each agent and tick; empty if nobody lived"


def vital_tables(names: Names) -> Tables:
    """Name and define all columns of a run of a scenario whose world is an ecology."""
    generation = Column("generation", "integer", "intervals", "Number of the interval; the founders begin with 0.")

    def rate(name: str, unit: str, what: str) -> Column:
        return Column(f"{name}_per_capita", "real", f"{unit}/agent/tick", f"{what}, {EACH}.")

    return {
        "generations": (
            generation,
            Column("tick", "integer", "ticks", "Ticks lived when the interval ends."),
            Column("environment", "text", "name", "The environment, or between which ones the world is."),
            Column("population", "integer", "agents", "How many live when the interval ends."),
            Column("births", "integer", "agents", "How many were born."),
            Column("deaths", "integer", "agents", "How many died."),
            Column("migrants", "integer", "agents", "How many came from the bank of seeds."),
            rate("births", "births", "Births"),
            rate("deaths", "deaths", "Deaths"),
            *(rate(f"deaths_{cause}", "deaths", f"Deaths: {cause}") for cause in CAUSES),
            rate("matings", "matings", "Matings, of which each has two who mate"),
            rate(
                "conceptions", "conceptions", "Conceptions; a child is born if there is a free cell beside its parents"
            ),
            Column(
                "contraception_share", "real", "share", "Share of matings with contraception; empty if there was none."
            ),
            Column(
                "mesa_utility_per_capita",
                "real",
                "utility/agent/tick",
                "What planners got of what they want: the utility of what they ate, of mating and of having a child, "
                "each by its own mesa-objective, perception and drives, for each planner and tick; empty if there was "
                "none.",
            ),
            Column(
                "mesa_utility_frozen_per_capita",
                "real",
                "utility/agent/tick",
                "The same by one objective for everybody: the planners' mean mesa-objective of length 1, as it was at "
                "the first change of the schedule, and before that as it was when the interval began. Larger weights "
                "alone don't raise it. Empty if nobody lived, or nobody had an objective.",
            ),
            rate("thinking", "thoughts", "Thinking: of each planner its horizon × the cells that it sees"),
            Column("energy_mean", "real", "energy", "Mean energy of the living; empty if nobody lives."),
            Column("age_mean", "real", "ticks", "Mean age of the living; empty if nobody lives."),
            Column(
                "age_q10", "real", "ticks", "Age that a tenth of the living has not reached; empty if nobody lives."
            ),
            Column("age_q90", "real", "ticks", "Age that a tenth of the living has passed; empty if nobody lives."),
            Column(
                "adult_fraction",
                "real",
                "share",
                "Share of the living who are adult, by the `adult_at` of the environment in which they live; empty if "
                "nobody lives.",
            ),
            Column(
                "children_mean",
                "real",
                "children",
                "Realised reproduction: mean number of children of those who died, in their whole lives; each child "
                "counts for both parents. Empty if nobody died.",
            ),
            Column(
                "grandchildren_mean",
                "real",
                "grandchildren",
                "Mean number of grandchildren of those who died, born until then; empty if nobody died.",
            ),
            Column(
                "depth_mean",
                "real",
                "generations",
                "Mean number of generations that lie behind the living: one more than the mean of both parents', 0 for "
                "founders; empty if nobody lives.",
            ),
            Column(
                "optimizer_fraction", "real", "share", "Share of the living who are planners; empty if nobody lives."
            ),
            Column("planning_mean", "real", "steps", "Mean planning horizon of the planners; empty if there is none."),
            Column(
                "genetic_diversity",
                "real",
                "range widths",
                "Mean over loci of the standard deviation among the living, in widths of the locus's range; empty if "
                "nobody lives.",
            ),
            *(rate(f"eaten.{name}", "meals", "Meals of this food") for name in names.objects),
            *(
                Column(
                    f"felt.{name}",
                    "real",
                    "amount/agent/tick",
                    "Amount of this feature, or of feature times drive, in all that was eaten, in mating and in having "
                    f"a child, {EACH}. Times a mesa-objective, this is utility.",
                )
                for name in names.weights
            ),
        ),
        "loci": (
            generation,
            Column("locus", "text", "name", "The locus, as <segment>.<name>."),
            Column("mean", "real", "allele", "Mean over the living, expressed or silent."),
            Column("std", "real", "allele", "Standard deviation over the living."),
            Column("q05", "real", "allele", "5% quantile over the living."),
            Column("q95", "real", "allele", "95% quantile over the living."),
        ),
        "selection": (
            Column("generation", "integer", "intervals", "The interval in which a cohort was born."),
            Column("locus", "text", "name", "The locus."),
            Column("closed", "integer", "intervals", "The interval in which the last of the cohort died."),
            Column("members", "integer", "agents", "How many were born; founders are in no cohort."),
            Column(
                "children_mean",
                "real",
                "children",
                "Their mean realised reproduction w̄: children in their whole lives, each counted half for each parent.",
            ),
            Column("mean", "real", "allele", "Mean allele z̄ of the cohort."),
            Column("std", "real", "allele", "Standard deviation of the allele over the cohort."),
            Column(
                "covariance",
                "real",
                "allele × children",
                "Cov(w, z) of realised reproduction and allele over the cohort.",
            ),
            Column(
                "selection",
                "real",
                "allele",
                "Selection term of the Price equation: Cov(w, z) / w̄; empty if the cohort has no children.",
            ),
            Column(
                "transmission",
                "real",
                "allele",
                "Transmission term: the mean over the cohort of w times how far a member's children's mean allele is "
                "from its own, divided by w̄: mutation, and the other parent. Empty if the cohort has no children.",
            ),
        ),
        "individuals": (
            generation,
            Column("id", "integer", "", "The agent's number, in order of birth."),
            Column("parent_1", "integer", "id", "The parent who courted; empty for founders and migrants."),
            Column("parent_2", "integer", "id", "The parent who was courted; likewise empty."),
            Column("controller", "text", "name", "What decides: heuristic or planner."),
            Column("age", "integer", "ticks", "How old it is when the interval ends."),
            Column("energy", "real", "energy", "How much energy it has."),
            Column("children", "integer", "children", "How many children it has had."),
            Column("depth", "real", "generations", "How many generations lie behind it."),
            Column("horizon", "integer", "steps", "How far a planner looks ahead; empty for others."),
            *(
                Column(
                    f"objective.{name}",
                    "real",
                    "utility",
                    "Weight of the feature, or of feature times drive, in a planner's objective; empty for others.",
                )
                for name in names.weights
            ),
        ),
    }


def vital_rows(laboratory: "Laboratory", interval: "Interval") -> Iterator[tuple[str, list[Row]]]:
    """Make the rows of all tables for one interval."""
    loci = laboratory.layout.loci
    yield "generations", [interval_row(laboratory, interval)]
    if interval.alive:
        yield "loci", list(allele_rows(loci, interval))
    yield "selection", [row for cohort in interval.closed for row in price_rows(loci, interval.number, cohort)]
    if interval.is_measured:
        yield "individuals", list(agent_rows(laboratory, interval))


def interval_row(laboratory: "Laboratory", interval: "Interval") -> Row:
    """Make the row of table `generations`."""
    from evosim.ecology import state

    tally, counts = interval.tally, interval.tally.counts.tolist()
    age = interval.tick - interval.memory["born"].astype(np.float64)
    died = sum(counts[state.OF_HUNGER : state.CULLED + 1])
    is_planner = _planners(interval)
    horizon = _horizon(laboratory, interval)

    def rate(count: float) -> Value:
        return count / interval.lived if interval.lived else None

    def of_living(values: np.ndarray, quantile: float | None = None) -> Value:
        if not values.size:
            return None
        return float(values.mean() if quantile is None else np.quantile(values, quantile))

    frozen = float(tally.felt @ interval.frozen)
    width = laboratory.layout.high - laboratory.layout.low
    return (
        interval.number,
        interval.tick,
        interval.environment,
        interval.alive,
        counts[state.BIRTHS],
        died,
        counts[state.MIGRANTS],
        rate(counts[state.BIRTHS]),
        rate(died),
        *(rate(counts[state.OF_HUNGER + cause]) for cause in range(len(CAUSES))),
        rate(counts[state.MATINGS]),
        rate(counts[state.CONCEPTIONS]),
        counts[state.PROTECTED] / counts[state.MATINGS] if counts[state.MATINGS] else None,
        float(tally.utility[0]) / counts[state.PLANNED] if counts[state.PLANNED] else None,
        rate(frozen) if interval.frozen.any() else None,
        rate(float(tally.thinking[0])),
        of_living(interval.memory["energy"]),
        of_living(age),
        of_living(age, 0.1),
        of_living(age, 0.9),
        of_living(age >= interval.rules.adult_at),
        counts[state.CHILDREN] / died if died else None,
        counts[state.GRANDCHILDREN] / died if died else None,
        of_living(interval.memory["depth"]),
        of_living(is_planner),
        mean_or_none(horizon[is_planner]),
        of_living(interval.genomes.std(axis=0, dtype=np.float64) / width) if interval.alive else None,
        *(rate(meals) for meals in tally.eaten.tolist()),
        *(rate(amount) for amount in tally.felt.tolist()),
    )


def allele_rows(loci: Sequence[str], interval: "Interval") -> Iterator[Row]:
    """Make the rows of table `loci`."""
    genomes = interval.genomes.astype(np.float64)
    q05, q95 = np.quantile(genomes, [0.05, 0.95], axis=0)
    columns = (genomes.mean(axis=0), genomes.std(axis=0), q05, q95)
    for name, *values in zip(loci, *(c.tolist() for c in columns), strict=True):
        yield (interval.number, name, *values)


def price_rows(loci: Sequence[str], closed: int, cohort: "Closed") -> Iterator[Row]:
    """Make the rows of table `selection` for a cohort of whom nobody lives any more (Price 1970, eq. 4)."""
    count = cohort.members
    reproduction = cohort.children / count
    mean = cohort.loci / count
    spread = np.sqrt(np.maximum(cohort.squares / count - mean**2, 0.0))
    covariance = cohort.products / count - reproduction * mean
    transmission = cohort.changes / count
    for at, name in enumerate(loci):
        yield (
            cohort.interval,
            name,
            closed,
            count,
            reproduction,
            float(mean[at]),
            float(spread[at]),
            float(covariance[at]),
            float(covariance[at]) / reproduction if reproduction else None,
            float(transmission[at]) / reproduction if reproduction else None,
        )


def agent_rows(laboratory: "Laboratory", interval: "Interval") -> Iterator[Row]:
    """Make the rows of table `individuals`: everybody who lives when a measured interval ends."""
    memory, is_planner = interval.memory, _planners(interval)
    horizon, wishes = _horizon(laboratory, interval), _objectives(laboratory, interval)
    for row, id in enumerate(memory["id"].tolist()):
        plans = bool(is_planner[row])
        yield (
            interval.number,
            id,
            *(parent if parent >= 0 else None for parent in interval.parents[row].tolist()),
            CONTROLLERS[memory["controller"][row]],
            interval.tick - int(memory["born"][row]),
            finite_or_none(memory["energy"][row]),
            int(memory["children"][row]),
            finite_or_none(memory["depth"][row]),
            int(horizon[row]) if plans else None,
            *(wishes[row].tolist() if plans else [None] * wishes.shape[1]),
        )


def _planners(interval: "Interval") -> np.ndarray:
    return np.asarray(interval.memory["controller"] == CONTROLLERS.index("planner"))


def _horizon(laboratory: "Laboratory", interval: "Interval") -> np.ndarray:
    columns, locus = laboratory.layout.slice_of("planner.horizon"), laboratory.scenario.mind.planner.horizon
    if columns.stop > columns.start:
        return np.rint(interval.genomes[:, columns.start].astype(np.float64))
    return np.full(interval.alive, float(locus.initial or 0.0))


def _objectives(laboratory: "Laboratory", interval: "Interval") -> np.ndarray:
    from evosim.mind.genome import objective_of

    columns = laboratory.layout.slice_of("objective")
    if columns.stop > columns.start:
        return interval.genomes[:, columns].astype(np.float64)
    return np.tile(objective_of(laboratory.scenario), (interval.alive, 1))
