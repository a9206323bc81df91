"""Nulls of a run: the evolved planners of a generation beside random ones that are as good in training.

There are two: the version space (version_space.py) and neutral drift (neutral_drift.py). Both are measured by the same
code, in the same worlds, as the evolved planners whose match they are.
"""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np

from evosim.alignment.assessment import planners
from evosim.alignment.names import OF_PLANNERS
from evosim.experiment import Laboratory, Measured
from evosim.measuring import refuse_not_stored
from evosim.mind.phenotype import Phenotypes, express
from evosim.reading import StoredRun
from evosim.studies.neutral_drift import match_neutral_drift
from evosim.studies.null_rows import AS_GOOD, MATCHED, NEUTRAL_DRIFT, VERSION_SPACE, NullRow
from evosim.studies.training import APART, Training
from evosim.studies.version_space import Matched, match_version_space, refuse_undefined
from evosim.types import Genes, Ids, Reals

FEWEST = 16  # planners, of whom anything can be said


class Evolved(NamedTuple):
    """Evolved planners of a generation, and how well they do in training."""

    generation: int
    genomes: Genes  # [T, L]
    ids: Ids  # [T]
    performance: Reals  # [T]


class Nulls(NamedTuple):
    """The rows to be stored, and what could not be found, and why."""

    rows: list[NullRow]
    left_out: list[str]


def nulls_of_run(
    run: StoredRun,
    generation: int | None = None,
    agents: int | None = None,
    *,
    tell: Callable[[str], None] = lambda _: None,
) -> Nulls:
    """Measure the nulls of a stored generation, the last if none is named.

    Raises:
        ValueError: its genomes are not stored, or no null is defined; the sentence says why.
    """
    refuse_undefined(run.scenario, run.laboratory)
    stored = refuse_not_stored(run, generation)
    number = stored[-1] if generation is None else generation
    population = run.population(number)
    return nulls_of(run.laboratory, number, population.genomes, population.ids, agents, tell=tell)


def nulls_of(
    laboratory: Laboratory,
    generation: int,
    genomes: Genes,
    ids: Ids,
    agents: int | None = None,
    *,
    tell: Callable[[str], None] = lambda _: None,
) -> Nulls:
    """Measure the nulls of a generation; of its planners so many as `agents` says, at even distances, or all.

    Raises:
        ValueError: no null is defined; the sentence says why.
    """
    refuse_undefined(laboratory.scenario, laboratory)
    rows = np.flatnonzero(planners(express(laboratory.scenario, laboratory.layout, genomes)))
    if len(rows) < FEWEST:
        raise ValueError(f"a null is not defined: {len(rows)} of generation {generation} plan, which is too few")
    count = len(rows) if agents is None else min(agents, len(rows))
    rows = rows[np.arange(count) * len(rows) // count]
    training = Training(laboratory, generation)
    evolved = Evolved(generation, genomes[rows], ids[rows], training.performance(genomes[rows]))
    drawn = match_version_space(laboratory, generation, training, evolved.genomes, evolved.performance, tell=tell)
    told, left_out = list(null_rows(laboratory, evolved, VERSION_SPACE, drawn)), []
    try:
        drifted = match_neutral_drift(
            laboratory, generation, training, drawn.genomes, evolved.genomes, evolved.performance,
            generations=max(generation, 1), tell=tell,
        )  # fmt: skip
    except ValueError as error:
        left_out.append(str(error))
    else:
        told += null_rows(laboratory, evolved, NEUTRAL_DRIFT, drifted)
    return Nulls(told, left_out)


def null_rows(laboratory: Laboratory, evolved: Evolved, null: str, matched: Matched) -> Iterator[NullRow]:
    """Measure matched planners, and the evolved ones whose match they are; yield what is told of both."""
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
    for one, other in zip(theirs, drawn, strict=True):
        first, second = told_of(one), told_of(other)
        for quantity in first:
            yield row(one.environment, quantity, first[quantity], second.get(quantity, float("nan")))


def told_of(measured: Measured) -> dict[str, float]:
    """Return the means and the shares of classes of planners in an environment; empty where nothing was assessed."""
    assessment, kinds = measured.assessment, measured.kinds
    if assessment is None or kinds is None:
        return {}
    known = np.isfinite(assessment.distance)
    shares = {
        name: float((kinds[known] == kind).mean()) if known.any() else float("nan")
        for kind, name in enumerate(OF_PLANNERS)
    }
    means = {
        "base_performance": assessment.base_performance.value,
        "capability": assessment.got.value,
        "inner_gap": assessment.inner_gap.value,
    }
    finite = {name: values[np.isfinite(values)] for name, values in means.items()}
    return shares | {name: float(values.mean()) if values.size else float("nan") for name, values in finite.items()}


def _expressed(laboratory: Laboratory, genomes: Genes) -> Phenotypes:
    return express(laboratory.scenario, laboratory.layout, genomes)
