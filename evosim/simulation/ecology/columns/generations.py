"""Table `generations`: one row for each interval."""

from collections.abc import Callable

import numpy as np

from evosim.numerics.formatting import capitalized, in_words, weight_in_words
from evosim.scenario.schema.ecologies import CAUSES
from evosim.scenario.schema.names import Names
from evosim.simulation.ecology.columns.views import NUMBER, EcologySnapshot
from evosim.storage.columns import Column, Table, mean

OF_LIVING, OVER_LIVING = "share of living agents", "mean over living agents"  # what axes say
EACH = "per agent and tick; empty if no agent was alive"


def table(names: Names) -> Table:
    """Define the table of a scenario."""
    columns = (
        *_POPULATION,
        *_HAPPENED,
        *_UTILITY,
        *_LIVING,
        *_REPRODUCTION,
        *_MINDS,
        *(_eaten(name) for name in names.objects),
        *(_felt(name) for name in names.weights),
        *(column for kind in names.kinds for column in _of_kind(kind)),
        *(column for name in names.weights for column in _wanted(name)),
    )
    return Table("generations", columns, lambda snapshot: [snapshot])


def _rate(name: str, unit: str, what: str, amount: Callable[[EcologySnapshot], float]) -> Column:
    """Define a rate: an amount for each agent and tick."""
    definition = f"{what}, {EACH}."
    return Column(
        f"{name}_per_capita",
        "real",
        f"{unit}/agent/tick",
        definition,
        lambda snapshot: snapshot.rate(amount(snapshot)),
        may_be_empty=True,
        title=capitalized(in_words(name)),
        scale=f"{unit} per agent and tick",
    )


def _deaths(cause: str) -> Column:
    found = _rate(f"deaths_{cause}", "deaths", f"Deaths: {cause}", lambda snapshot: snapshot.died_of(cause))
    return found._replace(title=f"Deaths: {cause}")


def _eaten(name: str) -> Column:
    found = _rate(f"eaten.{name}", "meals", "Meals of this food", lambda snapshot: snapshot.eaten[name])
    return found._replace(title=f"Meals of {in_words(name)}")


def _felt(name: str) -> Column:
    return Column(
        f"felt.{name}",
        "real",
        "amount/agent/tick",
        "Amount of this feature, or of feature times drive, in all that was eaten, in mating and in having "
        f"a child, {EACH}. Times a mesa-objective, this is utility.",
        lambda snapshot: snapshot.rate(snapshot.felt[name]),
        may_be_empty=True,
        title=f"{capitalized(weight_in_words(name))} met with",
        scale="amount per agent and tick",
    )


def _of_kind(kind: str) -> tuple[Column, ...]:
    return (
        Column(
            f"share.{kind}",
            "real",
            "share",
            "Share of living agents that express this kind of mind; empty if there are none.",
            lambda snapshot: snapshot.share_of(kind),
            may_be_empty=True,
            title=f"Kind of mind: {in_words(kind)}",
            scale=OF_LIVING,
        ),
        Column(
            f"births.{kind}",
            "integer",
            "agents",
            "Number of births of agents that express this kind of mind; empty in runs of earlier releases.",
            lambda snapshot: snapshot.born_of(kind),
            may_be_empty=True,
            title=f"Births, kind of mind: {in_words(kind)}",
            scale="agents in an interval",
        ),
    )


def _wanted(weight: str) -> tuple[Column, ...]:
    def column(name: str, what: str, compute: Callable[[np.ndarray], float | None]) -> Column:
        whose = "in the objectives of living agents that act on one; empty if none does."
        definition = f"{what} of the weight of the feature, or of feature times drive, {whose}"
        return Column(
            f"{name}.{weight}", "real", "utility", definition, lambda s: compute(s.wanted(weight)), may_be_empty=True,
            title=f"Weight of {weight_in_words(weight)}", scale=f"utility, {what[0].lower()}{what[1:]} over agents",
        )  # fmt: skip

    return (
        column("wanted", "Mean", mean),
        column("wanted_q05", "5% quantile", lambda values: _quantile(values, 0.05)),
        column("wanted_q95", "95% quantile", lambda values: _quantile(values, 0.95)),
    )


def _ratio(amount: float, count: int) -> float | None:
    return amount / count if count else None


def _quantile(values: np.ndarray, quantile: float) -> float | None:
    return float(np.quantile(values, quantile)) if values.size else None


def _frozen_utility(snapshot: EcologySnapshot) -> float | None:
    frozen = snapshot.interval.frozen
    return snapshot.rate(float(snapshot.interval.tally.felt @ frozen)) if frozen.any() else None


def _genetic_diversity(snapshot: EcologySnapshot) -> float | None:
    if not snapshot.interval.alive:
        return None
    width = snapshot.laboratory.layout.high - snapshot.laboratory.layout.low
    return mean(snapshot.interval.genomes.std(axis=0, dtype=np.float64) / width)


_POPULATION = (
    NUMBER,
    Column("tick", "integer", "ticks", "Tick at which the interval ends.", lambda snapshot: snapshot.interval.tick),
    Column(
        "environment",
        "text",
        "name",
        "The environment, or the mixture of environments.",
        lambda snapshot: snapshot.interval.environment,
    ),
    Column(
        "population",
        "integer",
        "agents",
        "Number of agents alive when the interval ends.",
        lambda snapshot: snapshot.interval.alive,
        title="Population",
        scale="living agents",
    ),
    Column(
        "births",
        "integer",
        "agents",
        "Number of births.",
        lambda snapshot: snapshot.counts["BIRTHS"],
        scale="agents in an interval",
    ),
    Column(
        "deaths",
        "integer",
        "agents",
        "Number of deaths.",
        lambda snapshot: snapshot.died,
        scale="agents in an interval",
    ),
    Column(
        "migrants",
        "integer",
        "agents",
        "Number of migrants from the seed bank.",
        lambda snapshot: snapshot.counts["MIGRANTS"],
        scale="agents in an interval",
    ),
)

_HAPPENED = (
    _rate("births", "births", "Births", lambda snapshot: snapshot.counts["BIRTHS"]),
    _rate("deaths", "deaths", "Deaths", lambda snapshot: snapshot.died),
    *(_deaths(cause) for cause in CAUSES),
    _rate(
        "matings",
        "matings",
        "Matings, each of two agents",
        lambda snapshot: snapshot.counts["MATINGS"],
    ),
    _rate(
        "conceptions",
        "conceptions",
        "Conceptions; a child is born if there is a free cell beside its parents",
        lambda snapshot: snapshot.counts["CONCEPTIONS"],
    ),
    Column(
        "contraception_share",
        "real",
        "share",
        "Share of matings with contraception; empty if there was none.",
        lambda snapshot: _ratio(snapshot.counts["PROTECTED"], snapshot.counts["MATINGS"]),
        may_be_empty=True,
        title="Contraception",
        scale="share of matings",
    ),
)

_UTILITY = (
    Column(
        "mesa_utility_per_capita",
        "real",
        "utility/agent/tick",
        "Realised utility of planners: of what they ate, of mating and of having a child, "
        "by each planner's own mesa-objective, perception and drives, per planner and tick; empty if there was "
        "none.",
        lambda snapshot: _ratio(float(snapshot.interval.tally.utility[0]), snapshot.counts["PLANNED"]),
        may_be_empty=True,
        title="What agents get, by their own objectives",
        scale="utility per planner and tick",
    ),
    Column(
        "mesa_utility_frozen_per_capita",
        "real",
        "utility/agent/tick",
        "The same, by one objective for all: the planners' mean mesa-objective of length 1, as it was at "
        "the first change of the schedule, and before that as it was when the interval began. Larger weights "
        "alone don't raise it. Empty if no agent was alive, or none had an objective.",
        _frozen_utility,
        may_be_empty=True,
        title="What agents get, by one objective for all",
        scale="utility per agent and tick",
    ),
    _rate(
        "thinking",
        "thoughts",
        "Thinking: for each planner, horizon × cells that it sees",
        lambda snapshot: float(snapshot.interval.tally.thinking[0]),
    ),
)

_LIVING = (
    Column(
        "energy_mean",
        "real",
        "energy",
        "Mean energy of living agents; empty if there are none.",
        lambda snapshot: mean(snapshot.memory["energy"]),
        may_be_empty=True,
        title="Energy",
        scale=f"energy, {OVER_LIVING}",
    ),
    Column(
        "age_mean",
        "real",
        "ticks",
        "Mean age of living agents; empty if there are none.",
        lambda snapshot: mean(snapshot.age),
        may_be_empty=True,
        title="Age",
        scale=f"ticks, {OVER_LIVING}",
    ),
    Column(
        "age_q10",
        "real",
        "ticks",
        "10% quantile of the age of living agents; empty if there are none.",
        lambda snapshot: _quantile(snapshot.age, 0.1),
        may_be_empty=True,
        title="Age of the youngest tenth",
        scale="ticks, 10% quantile",
    ),
    Column(
        "age_q90",
        "real",
        "ticks",
        "90% quantile of the age of living agents; empty if there are none.",
        lambda snapshot: _quantile(snapshot.age, 0.9),
        may_be_empty=True,
        title="Age of the oldest tenth",
        scale="ticks, 90% quantile",
    ),
    Column(
        "adult_fraction",
        "real",
        "share",
        "Share of living agents that are adult, by the `adult_at` of the current environment; empty if there are none.",
        lambda snapshot: mean(snapshot.age >= snapshot.interval.rules.adult_at),
        may_be_empty=True,
        title="Adults",
        scale=OF_LIVING,
    ),
)

_REPRODUCTION = (
    Column(
        "children_mean",
        "real",
        "children",
        "Realised reproduction: mean number of children of agents that died, in their whole lives; each child "
        "counts for both parents. Empty if none died.",
        lambda snapshot: _ratio(snapshot.counts["CHILDREN"], snapshot.died),
        may_be_empty=True,
        title="Children in a life",
        scale="children, mean over agents that died",
    ),
    Column(
        "grandchildren_mean",
        "real",
        "grandchildren",
        "Mean number of grandchildren of agents that died, born until then; empty if none died.",
        lambda snapshot: _ratio(snapshot.counts["GRANDCHILDREN"], snapshot.died),
        may_be_empty=True,
        title="Grandchildren in a life",
        scale="grandchildren, mean over agents that died",
    ),
    Column(
        "depth_mean",
        "real",
        "generations",
        "Mean genealogical depth of living agents: one more than the mean of both parents', 0 for "
        "founders; empty if there are none.",
        lambda snapshot: mean(snapshot.memory["depth"]),
        may_be_empty=True,
        title="Genealogical depth",
        scale=f"generations, {OVER_LIVING}",
    ),
)

_MINDS = (
    Column(
        "optimizer_fraction",
        "real",
        "share",
        "Share of living agents that are planners; empty if there are none.",
        lambda snapshot: mean(snapshot.planners),
        may_be_empty=True,
        title="Planners",
        scale=OF_LIVING,
    ),
    Column(
        "planning_mean",
        "real",
        "steps",
        "Mean planning horizon of the planners; empty if there is none.",
        lambda snapshot: mean(snapshot.horizon[~np.isnan(snapshot.horizon)]),
        may_be_empty=True,
        title="Planning horizon",
        scale="steps, mean over planners",
    ),
    Column(
        "genetic_diversity",
        "real",
        "range widths",
        "Mean over loci of the standard deviation among living agents, in widths of the locus's range; empty if "
        "there are none.",
        _genetic_diversity,
        may_be_empty=True,
        title="Genetic diversity",
        scale="standard deviation, in widths of ranges",
    ),
)
