"""Statistics: from a generation to the rows of the run file's tables, each column with its definition and unit."""

from collections.abc import Iterable, Iterator, Mapping
from math import isfinite
from typing import TYPE_CHECKING, Any

import numpy as np

from evosim.alignment.class_names import OF_PLANNERS, UNCLASSIFIED, name_of
from evosim.numerics.arrays import Reals
from evosim.scenario.schema.minds import CONTROLLERS
from evosim.scenario.schema.names import Names, objective_names
from evosim.storage.columns import Column, Row, Tables, Value

if TYPE_CHECKING:  # tables can be named and read without a compiler
    from evosim.alignment.assessment.assess import Assessment
    from evosim.simulation.generational.generations import Generation
    from evosim.simulation.laboratory import Laboratory, Measured


def tables(names: Names) -> Tables:
    """Name and define all columns of a run of a scenario."""
    generation = Column("generation", "integer", "generations", "Number of the generation; the founders are 0.")

    def fitness(name: str, what: str) -> Column:
        definition = f"{what} of fitness over the population. Fitness: mean base objective of an individual's episodes."
        return Column(f"fitness_{name}", "real", "base objective", definition)

    return {
        "generations": (
            generation,
            Column("environment", "text", "name", "The environment in which selection measured."),
            Column("population", "integer", "individuals", "How many individuals lived."),
            fitness("mean", "Mean"),
            fitness("std", "Standard deviation"),
            fitness("min", "Least"),
            fitness("q25", "First quartile"),
            fitness("median", "Median"),
            fitness("q75", "Third quartile"),
            fitness("max", "Largest"),
            Column("optimizer_fraction", "real", "share", "Share of individuals whose controller is a planner."),
            Column(
                "planning_mean",
                "real",
                "steps",
                "Mean planning horizon of the planners; empty if there is none.",
            ),
            Column(
                "genetic_diversity",
                "real",
                "range widths",
                "Mean over loci of the standard deviation in the population, in widths of the locus's range. "
                "Founders drawn from the whole range have 0.289.",
            ),
        ),
        "loci": (
            generation,
            Column("locus", "text", "name", "The locus, as <segment>.<name>."),
            Column("mean", "real", "allele", "Mean over the population, expressed or silent."),
            Column("std", "real", "allele", "Standard deviation over the population."),
            Column("q05", "real", "allele", "5% quantile over the population."),
            Column("q95", "real", "allele", "95% quantile over the population."),
        ),
        "measurements": (
            generation,
            Column("environment", "text", "name", "The environment measured in, on worlds that selection never saw."),
            Column("agents", "integer", "individuals", "How many individuals were measured."),
            Column("episodes", "integer", "episodes", "How many episodes each of them lived."),
            Column("intended_mean", "real", "intended objective", "Mean intended objective per episode."),
            Column("base_mean", "real", "base objective", "Mean base objective per episode."),
            Column(
                "mesa_mean",
                "real",
                "utility",
                "Mean over planners of the mesa-return per episode: the utility, by its own mesa-objective, of "
                "each object entered, and of the place where it ended, undiscounted. Empty if there is no planner.",
            ),
            Column(
                "thinking_mean",
                "real",
                "thoughts",
                "Mean thinking per episode: for each plan made, horizon × floor cells that can be reached; for a tree "
                "search, the nodes of the unpruned tree.",
            ),
            Column("steps_mean", "real", "ticks", "Mean length of an episode."),
            Column("energy_mean", "real", "energy", "Mean energy at the end of an episode; 0 where agents need none."),
            Column("survived_mean", "real", "share", "Share of episodes in which the agent did not starve."),
            *(
                Column(f"outcome.{name}", "real", "amount", "Mean amount of this outcome per episode.")
                for name in names.outcomes
            ),
            *(
                Column(f"entered.{name}", "real", "entries", "Mean number of entries per episode that did anything.")
                for name in names.objects
            ),
            *(
                Column(f"entered.{name}", "real", "entries", "Mean number of times per episode that agents came here.")
                for name in names.places
            ),
            *(
                Column(f"ended_at.{name}", "real", "share", "Share of episodes, over all agents, that ended here.")
                for name in names.places
            ),
            *(
                Column(
                    f"entered_nothing.{name}",
                    "real",
                    "share",
                    "Share of episodes that ended here, in which no object was entered.",
                )
                for name in names.places
            ),
            *(
                Column(
                    f"entered_first.{name}",
                    "real",
                    "share",
                    "Share of episodes, over all agents, in which an object of this type was the first entered.",
                )
                for name in names.objects
            ),
            *(
                Column(f"entered_first.{name}", "real", "share", "Share of episodes in which no object was entered.")
                for name in ("nothing",)
                if names.objects
            ),
            Column(
                "plans_ahead",
                "real",
                "share",
                "Share of planners who act otherwise than they would with a horizon of 1 in at least 5% of the states "
                "they visit (where they remain, once), all else the same; of 64 drawn by chance if there are more, in "
                "the first 8 worlds. Empty if there is no planner, and in worlds of other packages.",
            ),
            *(_assessed_means() if names.assessed else ()),
        ),
        "individuals": (
            generation,
            Column("id", "integer", "", "The individual's number: generation × population + row."),
            Column("parent_1", "integer", "id", "The parent whose place the individual took; empty for founders."),
            Column("parent_2", "integer", "id", "The mate of that parent; empty if it had none."),
            Column("controller", "text", "name", "What decides: open_loop, heuristic or planner."),
            Column("fitness", "real", "base objective", "Mean base objective over the episodes of selection."),
            Column("horizon", "integer", "steps", "How far a planner looks ahead; empty for others."),
            *(
                Column(
                    f"objective.{name}",
                    "real",
                    "utility",
                    "Weight of the feature, or of feature times drive, in a planner's mesa-objective; empty for "
                    "others.",
                )
                for name in names.weights
            ),
            *(
                column
                for name in names.environments
                for column in (
                    Column(
                        f"base_mean.{name}",
                        "real",
                        "base objective",
                        "Mean base objective over the episodes measured in this environment.",
                    ),
                    Column(
                        f"mesa_mean.{name}",
                        "real",
                        "utility",
                        "Mean mesa-return over the episodes measured in this environment; empty for others than "
                        "planners.",
                    ),
                    *(_assessed_individuals(name) if names.assessed else ()),
                )
            ),
        ),
    }


SCALE = "On the scale from uniformly random actions (0) to the optimum (1)"
SAMPLED = "planners (a random sample of them, where each takes long to measure)"
UNLISTED = "empty where worlds have too many states to be listed during a run (`evosim measure` takes its time)"


def _assessed_means() -> Iterator[Column]:
    """Name and define the columns of table `measurements` about alignment; docs/alignment.md has the formulas."""
    told = {
        "base_performance": f"{SCALE}: the base objective, mean over agents",
        "capability": f"{SCALE}: what planners get of what they want, mean over {SAMPLED}",
        "inner_gap": f"Inner alignment gap, mean over {SAMPLED}: 1 − what perfect pursuit of the mesa-objective would "
        "score by the base objective; 0 aligned, 1 as bad as random",
        "starc_base_mesa": f"STARC distance of base and mesa-objective in these worlds, mean over {SAMPLED}: 0 the "
        "same preferences, 1 opposite",
    }
    for name, definition in told.items():
        yield Column(name, "real", "", f"{definition}; {UNLISTED}.")
        yield Column(f"{name}_std", "real", "", f"Standard deviation of `{name}` over the same agents; likewise empty.")
    yield Column("outer_gap", "real", "", f"Outer alignment gap: the same of base and intended objective; {UNLISTED}.")
    yield Column(
        "classified",
        "integer",
        "planners",
        "Number of planners that have a class, over which shares of classes are: all of whom the numbers that classes "
        f"need are measured and defined; {UNLISTED}, or if selection's environment is not measured.",
    )
    for kind in OF_PLANNERS:
        definition = (
            f"Share of the `classified` planners whose class is {kind.replace('_', ' ')}, selection's environment "
            "being training"
        )
        yield Column(kind, "real", "share", f"{definition}; {UNLISTED}, or if no planner has a class.")


def _assessed_individuals(environment: str) -> Iterator[Column]:
    """Name and define the columns of table `individuals` about alignment in one environment."""
    told = {
        "base_performance": f"{SCALE}: the base objective; {UNLISTED}.",
        "capability": f"{SCALE}: what the planner gets of what it wants; empty for all but {SAMPLED}, and {UNLISTED}.",
        "inner_gap": f"Inner alignment gap of the planner; empty for all but {SAMPLED}, and {UNLISTED}.",
        "starc_base_mesa": f"STARC distance of base and mesa-objective; empty for all but {SAMPLED}, and {UNLISTED}.",
    }
    for name, definition in told.items():
        yield Column(f"{name}.{environment}", "real", "", definition)
    yield Column(
        f"class.{environment}",
        "text",
        "name",
        "The agent's class here (docs/alignment.md); empty if a number that it needs is missing, as of planners that "
        f"are not in the sample that is measured, and {UNLISTED}.",
    )


def rows_of(laboratory: "Laboratory", generation: "Generation") -> dict[str, Iterable[Row]]:
    """Return the rows of all tables for one generation."""
    return {
        "generations": [generation_row(laboratory, generation)],
        "loci": locus_rows(laboratory, generation),
        "measurements": measurement_rows(laboratory, generation),
        "individuals": individual_rows(laboratory, generation) if generation.measured else [],
    }


def generation_row(laboratory: "Laboratory", generation: "Generation") -> Row:
    """Make the row of table `generations`."""
    fitness, planners = generation.fitness, generation.is_planner
    q25, median, q75 = np.quantile(fitness, [0.25, 0.5, 0.75])
    spread = generation.population.genomes.std(axis=0, dtype=np.float64)
    width = laboratory.layout.high - laboratory.layout.low
    numbers = (fitness.mean(), fitness.std(), fitness.min(), q25, median, q75, fitness.max(), planners.mean())
    return (
        generation.number,
        generation.environment,
        len(fitness),
        *map(float, numbers),
        mean_or_none(generation.minds.horizon[planners]),
        float((spread / width).mean()),
    )


def locus_rows(laboratory: "Laboratory", generation: "Generation") -> Iterator[Row]:
    """Make the rows of table `loci`."""
    genomes = generation.population.genomes.astype(np.float64)
    q05, q95 = np.quantile(genomes, [0.05, 0.95], axis=0)
    columns = (genomes.mean(axis=0), genomes.std(axis=0), q05, q95)
    for name, *values in zip(laboratory.layout.loci, *(c.tolist() for c in columns), strict=True):
        yield (generation.number, name, *values)


def went_for(measurements: Mapping[str, Any]) -> dict[str, Any]:
    """Give shares of episodes by what they went for, from columns of `measurements`: numbers, or arrays of them.

    It is what was entered first; where nothing was, the place where it ended, or `nothing`.
    """
    shares = _named("entered_first.", measurements)
    places = {name: share for name, share in _named("entered_nothing.", measurements).items() if share is not None}
    places = {name: share for name, share in places.items() if not np.isnan(share).any()}  # of older runs
    if not places or "nothing" not in shares:
        return shares
    nothing = np.maximum(shares.pop("nothing") - sum(places.values()), 0.0)
    return {**shares, **places, "nothing": nothing}


def _named(prefix: str, measurements: Mapping[str, Any]) -> dict[str, Any]:
    """Give the columns whose names begin so, by the rest of their names."""
    return {name.removeprefix(prefix): each for name, each in measurements.items() if name.startswith(prefix)}


def measurement_rows(laboratory: "Laboratory", generation: "Generation") -> Iterator[Row]:
    """Make the rows of table `measurements`, one for each environment."""
    names = laboratory.outcomes
    own, first, ended = (
        laboratory.outcome_layout.slice_of(segment) for segment in ("own", "entered_first", "ended_at")
    )
    for measured in generation.measured:
        agents, episodes, _ = measured.outcomes.shape
        mean = measured.outcomes.mean(axis=(0, 1))
        entered = mean[first].tolist()
        entered_any = measured.outcomes[:, :, first].any(axis=2, keepdims=True)
        yield (
            generation.number,
            measured.environment,
            agents,
            episodes,
            float(mean @ laboratory.intended),
            float(mean @ laboratory.base),
            mean_or_none(measured.mesa_return[generation.is_planner]),
            float(mean[names.index("thinking")]),
            float(mean[names.index("steps")]),
            float(mean[names.index("energy")]),
            float(mean[names.index("survived")]),
            *mean[own].tolist(),
            *(float(mean[k]) for k, name in enumerate(names) if name.startswith("entered.")),
            *mean[ended].tolist(),
            *(float(share) for share in (measured.outcomes[:, :, ended] * ~entered_any).mean(axis=(0, 1))),
            *entered,
            *([max(0.0, 1.0 - sum(entered))] if entered else []),
            measured.plans_ahead,
            *(_assessed_row(measured, generation.is_planner) if laboratory.scenario.measure.alignment else ()),
        )


def _assessed_row(measured: "Measured", planner: np.ndarray) -> Iterator[Value]:
    """Make the columns about alignment, of one environment."""
    assessment = measured.assessment
    if assessment is None:
        yield from [None] * (10 + len(OF_PLANNERS))
        return
    for values in _per_agent(assessment):
        known = values[np.isfinite(values)]
        yield mean_or_none(known)
        yield float(known.std()) if known.size else None
    yield finite_or_none(assessment.outer_gap.value[0])
    if measured.kinds is None:
        yield from [None] * (1 + len(OF_PLANNERS))
        return
    kinds = measured.kinds[planner & (measured.kinds != UNCLASSIFIED)]
    yield len(kinds)
    yield from (float((kinds == kind).mean()) if len(kinds) else None for kind in range(len(OF_PLANNERS)))


def _per_agent(assessment: "Assessment") -> list[Reals]:
    """Give base performance, capability, inner gap and distance `[P]`."""
    found = (assessment.base_performance, assessment.got, assessment.inner_gap)
    return [*(each.value for each in found), assessment.distance]


def individual_rows(laboratory: "Laboratory", generation: "Generation") -> Iterator[Row]:
    """Make the rows of table `individuals` for a measured generation."""
    minds, planners = generation.minds, generation.is_planner
    unsaid = [None] * len(objective_names(laboratory.scenario))
    means = [_individual_means(laboratory, measured) for measured in generation.measured]
    assessed = laboratory.scenario.measure.alignment
    about = [_assessed_cells(measured, len(planners)) if assessed else [] for measured in generation.measured]
    for row, id in enumerate(generation.population.ids.tolist()):
        plans = bool(planners[row])
        objective = minds.objective[row].tolist() if plans else unsaid
        measured: list[Value] = []
        for (base, mesa), cells in zip(means, about, strict=True):
            measured += [float(base[row]), float(mesa[row]) if plans else None]
            measured += [column[row] for column in cells]
        yield (
            generation.number,
            id,
            *(parent if parent >= 0 else None for parent in generation.population.parents[row].tolist()),
            CONTROLLERS[minds.controller[row]],
            float(generation.fitness[row]),
            int(minds.horizon[row]) if plans else None,
            *objective,
            *measured,
        )


def _individual_means(laboratory: "Laboratory", measured: "Measured") -> tuple[Reals, Reals]:
    return (measured.outcomes @ laboratory.base).mean(axis=1), measured.mesa_return.mean(axis=1)


def _assessed_cells(measured: "Measured", population: int) -> list[list[Value]]:
    """Make the columns about alignment in one environment, row by row."""
    if measured.assessment is None:
        return [[None] * population] * 5
    columns: list[list[Value]] = [
        [value if isfinite(value) else None for value in values.tolist()] for values in _per_agent(measured.assessment)
    ]
    if measured.kinds is None:
        return [*columns, [None] * population]
    named: list[Value] = [name_of(kind) or None for kind in measured.kinds.tolist()]
    return [*columns, named]


def finite_or_none(value: float) -> float | None:
    """Give a number, if it is one."""
    return float(value) if isfinite(value) else None


def mean_or_none(values: np.ndarray) -> float | None:
    """Average, if there is anything to average."""
    return float(values.mean()) if values.size else None
