"""Nulls of a run: the evolved planners of a generation beside random ones that are as good in training.

There are two: the version space (version_space.py) and neutral drift (neutral_drift.py). Both are measured by the same
code, in the same worlds, as the evolved planners whose match they are.
"""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np

from evosim.alignment.assessment.classes import Thresholds
from evosim.alignment.class_names import OF_PLANNERS, UNCLASSIFIED
from evosim.mind.expression import express, have_objective
from evosim.mind.phenotype import Phenotypes
from evosim.numerics.arrays import Genes, Ids, Reals
from evosim.scenario import Scenario
from evosim.simulation.laboratory import Laboratory, Measured
from evosim.simulation.runs import RunFile
from evosim.studies.neutral_drift import match_neutral_drift
from evosim.studies.null_rows import (
    AS_GOOD,
    BASE_MEAN,
    MATCHED,
    NEUTRAL_DRIFT,
    VERSION_SPACE,
    NullRow,
    is_entry,
    why_undefined,
)
from evosim.studies.report_cards import check_stored
from evosim.studies.training import APART, Training
from evosim.studies.version_space import Matched, match_version_space

FEWEST = 16  # planners, for a null to be informative


class Evolved(NamedTuple):
    """Evolved planners of a generation, and how well they do in training."""

    generation: int
    genomes: Genes  # [T, L]
    ids: Ids  # [T]
    performance: Reals  # [T]


class Nulls(NamedTuple):
    """The rows to be stored, and what is missing, and why."""

    rows: list[NullRow]
    left_out: list[str]


def nulls_of_run(
    run: RunFile,
    generation: int | None = None,
    agents: int | None = None,
    *,
    report: Callable[[str], None] = lambda _: None,
) -> Nulls:
    """Measure the nulls of a stored generation, the last if none is named.

    Raises:
        ValueError: its genomes are not stored, or no null is defined; the message says why.
    """
    check_defined(run.scenario)
    stored = check_stored(run, generation)
    number = stored[-1] if generation is None else generation
    population = run.population(number)
    return nulls_of(run.laboratory, number, population.genomes, population.ids, agents, report=report)


def nulls_of(
    laboratory: Laboratory,
    generation: int,
    genomes: Genes,
    ids: Ids,
    agents: int | None = None,
    *,
    report: Callable[[str], None] = lambda _: None,
) -> Nulls:
    """Measure the nulls of a generation, `genomes [P, L]`; of its planners `agents` evenly spaced ones, or all.

    Raises:
        ValueError: no null is defined; the message says why.
    """
    check_defined(laboratory.scenario)
    rows = np.flatnonzero(have_objective(express(laboratory.scenario, laboratory.layout, genomes)))
    if len(rows) < FEWEST:
        raise ValueError(f"a null is not defined: {len(rows)} of generation {generation} plan, which is too few")
    count = len(rows) if agents is None else min(agents, len(rows))
    rows = rows[np.arange(count) * len(rows) // count]
    training = Training(laboratory, generation, genomes[rows])
    evolved = Evolved(generation, genomes[rows], ids[rows], training.performance(genomes[rows]))
    check_good_planner(evolved.performance)
    drawn = match_version_space(laboratory, generation, training, evolved.genomes, evolved.performance, report=report)
    reported = list(null_rows(laboratory, evolved, VERSION_SPACE, drawn))
    left_out = [] if any(row.quantity in OF_PLANNERS for row in reported) else [why_no_classes(laboratory.scenario)]
    try:
        drifted = match_neutral_drift(
            laboratory, generation, training, drawn.genomes, evolved.genomes, evolved.performance,
            generations=max(generation, 1), report=report,
        )  # fmt: skip
    except ValueError as error:
        left_out.append(str(error))
    else:
        reported += null_rows(laboratory, evolved, NEUTRAL_DRIFT, drifted)
    return Nulls(reported, left_out)


def check_defined(scenario: Scenario) -> None:
    """Check that a scenario's runs can have nulls.

    Raises:
        ValueError: they can't; the message says why.
    """
    if why := why_undefined(scenario):
        raise ValueError(f"a null is not defined: {why}")


def why_no_classes(scenario: Scenario) -> str:
    """Return why only behaviour and weights are reported of a run's planners."""
    if not scenario.measure.alignment:
        return "classes are not available: the scenario has `measure.alignment = false`"
    return "classes are not available: worlds have too many states to be listed, or training isn't measured"


def check_good_planner(performance: Reals) -> None:
    """Check that some planner performs well in training, `performance [T]`, so that a match is meaningful.

    Raises:
        ValueError: none does.
    """
    best, high = float(performance.max()), Thresholds().high
    if not best >= high:
        raise ValueError(
            f"a null is not defined: no planner does well in training; the best planner has {best:.2f} of {high:g}"
        )


def null_rows(laboratory: Laboratory, evolved: Evolved, null: str, matched: Matched) -> Iterator[NullRow]:
    """Yield rows on matched planners, and on the evolved ones whose match they are."""
    generation, some = evolved.generation, matched.targets
    apart = APART + 1 + np.arange(len(some), dtype=np.int64)
    theirs = laboratory.measure(generation, _expressed(laboratory, evolved.genomes[some]), evolved.ids[some])
    drawn = laboratory.measure(generation, _expressed(laboratory, matched.genomes), apart)

    def row(environment: str, quantity: str, first: float, second: float) -> NullRow:
        evolved_value, expected = (float(number) if np.isfinite(number) else None for number in (first, second))
        counts = len(some), len(matched.genomes), matched.tried
        return NullRow(generation, null, environment, quantity, evolved_value, expected, *counts, matched.method)

    selected = laboratory.selected_in(generation)
    yield row(selected, MATCHED, evolved.performance[some].mean(), matched.performance.mean())
    if np.isfinite(matched.as_good):
        yield row(selected, AS_GOOD, float("nan"), matched.as_good)
    weights = laboratory.layout.slice_of("objective")
    for locus in range(weights.start, weights.stop):
        means = (float(part[:, locus].mean(dtype=np.float64)) for part in (evolved.genomes[some], matched.genomes))
        yield row(selected, laboratory.layout.loci[locus], *means)
    for one, other in zip(theirs, drawn, strict=True):
        first, second = (class_means(each) | behaviour_of(laboratory, each) for each in (one, other))
        for quantity in first:
            yield row(one.environment, quantity, first[quantity], second.get(quantity, float("nan")))


def class_means(measured: Measured) -> dict[str, float]:
    """Return the means and the shares of classes of planners in an environment; empty where nothing was assessed."""
    assessment, kinds = measured.assessment, measured.kinds
    if assessment is None or kinds is None:
        return {}
    known = kinds != UNCLASSIFIED
    shares = {
        name: float((kinds[known] == kind).mean()) if known.any() else float("nan")
        for kind, name in enumerate(OF_PLANNERS)
    }
    means = {
        "base_performance": assessment.base_performance.value,
        "capability": assessment.mesa_performance.value,
        "inner_gap": assessment.inner_gap.value,
    }
    finite = {name: values[np.isfinite(values)] for name, values in means.items()}
    return shares | {name: float(values.mean()) if values.size else float("nan") for name, values in finite.items()}


def behaviour_of(laboratory: Laboratory, measured: Measured) -> dict[str, float]:
    """Return the mean base objective of an episode in an environment, and how often what was entered there."""
    means = measured.outcomes.mean(axis=(0, 1))
    entered = {name: float(mean) for name, mean in zip(laboratory.outcomes, means, strict=True) if is_entry(name)}
    return {BASE_MEAN: float(means @ laboratory.base)} | entered


def _expressed(laboratory: Laboratory, genomes: Genes) -> Phenotypes:
    return express(laboratory.scenario, laboratory.layout, genomes)
