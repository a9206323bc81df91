"""Table `generations`: one row for each generation."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from evosim.numerics.arrays import Genes
from evosim.simulation.generational.columns.views import NUMBER, GenerationSnapshot
from evosim.storage.columns import Column, Table, mean

if TYPE_CHECKING:  # tables can be named and read without a compiler
    from evosim.mind.genome import GenomeLayout


def _fitness(name: str, what: str, compute: Callable[[GenerationSnapshot], Any]) -> Column:
    fitness = "mean base objective of an individual's episodes, less the price of its description if that has one"
    definition = f"{what} of fitness over the population. Fitness: {fitness}."
    return Column(
        f"fitness_{name}", "real", "base objective", definition, compute, title=f"{what} of fitness",
        scale="base objective per episode",
    )  # fmt: skip


def genetic_diversity(genomes: Genes, layout: "GenomeLayout") -> float:
    """Return the mean over loci of the standard deviation of genomes `[N, L]`, in widths of the locus's range."""
    if not layout.loci:
        return 0.0
    return float((genomes.std(axis=0, dtype=float) / (layout.high - layout.low)).mean())


COLUMNS = (
    NUMBER,
    Column(
        "environment",
        "text",
        "name",
        "The environment in which the generation was selected.",
        lambda snapshot: snapshot.generation.environment,
    ),
    Column(
        "population",
        "integer",
        "individuals",
        "Number of individuals.",
        lambda snapshot: len(snapshot.fitness),
        title="Population",
    ),
    _fitness("mean", "Mean", lambda snapshot: snapshot.fitness.mean()),
    _fitness("std", "Standard deviation", lambda snapshot: snapshot.fitness.std()),
    _fitness("min", "Minimum", lambda snapshot: snapshot.fitness.min()),
    _fitness("q25", "First quartile", lambda snapshot: snapshot.fitness_quartiles[0]),
    _fitness("median", "Median", lambda snapshot: snapshot.fitness_quartiles[1]),
    _fitness("q75", "Third quartile", lambda snapshot: snapshot.fitness_quartiles[2]),
    _fitness("max", "Maximum", lambda snapshot: snapshot.fitness.max()),
    Column(
        "optimizer_fraction",
        "real",
        "share",
        "Share of individuals whose controller is a planner.",
        lambda snapshot: snapshot.planners.mean(),
        title="Planners",
        scale="share of the population",
    ),
    Column(
        "planning_mean",
        "real",
        "steps",
        "Mean planning horizon of the planners; empty if there is none.",
        lambda snapshot: mean(snapshot.horizon[snapshot.planners]),
        may_be_empty=True,
        title="Planning horizon",
        scale="steps, mean over planners",
    ),
    Column(
        "genetic_diversity",
        "real",
        "range widths",
        "Mean over loci of the standard deviation in the population, in widths of the locus's range. "
        "Founders drawn from the whole range have 0.289; where there are no loci it is 0.",
        lambda snapshot: genetic_diversity(snapshot.population.genomes, snapshot.laboratory.layout),
        title="Genetic diversity",
        scale="standard deviation, in widths of ranges",
    ),
    Column(
        "description_mean",
        "real",
        "bits",
        "Mean length of the descriptions of minds; empty unless it has a price (`evolution.parsimony`).",
        lambda snapshot: mean(snapshot.minds.bits) if snapshot.minds.bits is not None else None,
        may_be_empty=True,
        title="Length of descriptions of minds",
        scale="bits, mean over individuals",
    ),
)

TABLE = Table("generations", COLUMNS, lambda snapshot: [snapshot])
