"""Founders: the genomes that evolution begins with."""

import numpy as np

from evosim.mind.genome import GenomeLayout
from evosim.mind.kinds import kinds_in
from evosim.mind.segments import suggest_locus
from evosim.numerics.arrays import Genes, Reals
from evosim.numerics.compiler import kernel
from evosim.numerics.random import Stream, fold, key_of, normal, reflect, subkey, uniform
from evosim.scenario.errors.messages import LocatedDiagnostic, ScenarioError
from evosim.scenario.schema.scenario import Scenario

SCATTER = 2**40  # beyond any row: founders' steps are drawn apart from their uniform numbers


def draw_founders(scenario: Scenario, layout: GenomeLayout, seed: int) -> Genes:
    """Draw the founders `[P, L]`: controllers in the scenario's shares, every other locus as its segment says.

    Alleles that the scenario gives take the place of those that are drawn.

    Raises:
        ScenarioError: genomes have no locus that is given, or an allele is out of its range.
    """
    key = key_of(seed, Stream.FOUNDERS)
    genomes = np.empty((scenario.evolution.population, len(layout.loci)))
    draw_uniform(key, layout.low, layout.high, genomes)
    for segment in layout.segments:
        columns = layout.slice_of(segment.name)
        if segment.structure is not None:
            categorical = columns.start + np.flatnonzero(segment.structure.is_category)
            genomes[:, categorical] = np.floor(genomes[:, categorical])
        if segment.initial is not None:
            genomes[:, columns] = segment.initial
            if segment.spread > 0.0:
                scale = segment.spread / 2 * (segment.high - segment.low)
                apart = subkey(key, SCATTER)
                scatter(apart, scale, segment.low, segment.high, columns.start, genomes[:, columns])
    columns = layout.slice_of("controller")
    if columns.stop > columns.start:
        said: dict[str, float] = dict(scenario.mind.controllers.items())
        shares = [said[kind.name] for kind in kinds_in(scenario)]
        genomes[:, columns] = _propensities(genomes[:, columns], shares)
    drawn: Genes = genomes.astype(np.float32)
    give_founders(scenario, layout, drawn)
    return drawn


def give_founders(scenario: Scenario, layout: GenomeLayout, out_genomes: Genes) -> None:
    """Write the alleles that a scenario gives into founders `[P, L]`.

    Raises:
        ScenarioError: genomes have no such locus, or an allele is out of its range.
    """
    founders = scenario.evolution.founders
    if founders is None:
        return
    check_founders(scenario, layout)
    rows = np.array(founders.genomes, np.float32)
    numbers = {name: locus for locus, name in enumerate(layout.loci)}
    columns = [numbers[name] for name in founders.loci]
    out_genomes[:, columns] = rows[np.arange(len(out_genomes)) % len(rows)]


def check_founders(scenario: Scenario, layout: GenomeLayout) -> None:
    """Check that genomes can have the alleles that a scenario gives.

    Raises:
        ScenarioError: they have no such locus, or an allele is out of its range.
    """
    founders = scenario.evolution.founders
    if founders is None:
        return
    what, numbers = "", {name: locus for locus, name in enumerate(layout.loci)}
    for given, name in zip(np.array(founders.genomes, np.float32).T, founders.loci, strict=True):
        if name not in numbers:
            what = f"genomes have no locus {name!r}; {suggest_locus(name, layout)}"
            break
        locus = numbers[name]
        low, high = np.float32(layout.low[locus]), np.float32(layout.high[locus])
        outside = given[(given < low) | (given > high)]
        if len(outside):
            what = f"{name} = {outside[0]:g} is outside of its range, {low:g} to {high:g}"
            break
    if what:
        raise ScenarioError([LocatedDiagnostic(scenario.name, None, None, "evolution.founders", what)])


def _propensities(drawn: Reals, shares: list[float]) -> Reals:
    """Give exact shares of the population the largest propensity for each controller: above 1/2, all others below."""
    population = len(drawn)
    borders = np.round(np.cumsum(shares) * population).astype(int)
    chosen = np.searchsorted(borders, np.arange(population), side="right")
    is_chosen = chosen[:, None] == np.arange(len(shares))
    return np.where(is_chosen, 0.5 + drawn / 2, drawn / 2)


@kernel
def scatter(key: np.uint64, scale: float, low: float, high: float, first: int, out_values: Reals) -> None:
    """Move loci `[P, n]`, numbered from `first`, by normal steps, reflected at the ends of the range."""
    rows, columns = out_values.shape
    for row in range(rows):
        row_key = fold(key, row)
        for column in range(columns):
            moved = out_values[row, column] + scale * normal(fold(row_key, first + column), 0)
            out_values[row, column] = reflect(moved, low, high)


@kernel
def draw_uniform(key: np.uint64, low: Reals, high: Reals, out_values: Reals) -> None:
    """Draw loci `[P, L]` uniformly between their bounds `[L]`."""
    rows, columns = out_values.shape
    for row in range(rows):
        row_key = fold(key, row)
        for column in range(columns):
            out_values[row, column] = low[column] + uniform(row_key, column) * (high[column] - low[column])
