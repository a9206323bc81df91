"""Table `loci`: the distribution of alleles over a population, for all processes."""

from collections.abc import Iterable
from functools import cached_property
from typing import NamedTuple

import numpy as np

from evosim.mind.genome import genome_layout
from evosim.numerics.arrays import Genes, Reals
from evosim.numerics.formatting import capitalized, in_words, short_number, weight_in_words
from evosim.numerics.quantiles import quantiles
from evosim.scenario import Scenario
from evosim.scenario.schema.entry_points import PluginError
from evosim.storage.columns import Column

UNITS = {"objective": "utility"}  # of segments whose alleles have one


class Alleles:
    """What the columns of table `loci` are computed from: one row for each locus."""

    def __init__(self, number: int, loci: tuple[str, ...], genomes: Genes) -> None:
        self.number = number  # of the step
        self.loci = loci
        self.alleles = genomes  # [N, L]
        self.genomes: Reals = genomes.astype(np.float64)

    @cached_property
    def quantiles(self) -> Reals:
        """The 5% and 95% quantiles `[2, L]`."""
        return quantiles(np.ascontiguousarray(self.alleles.T), (0.05, 0.95))


def allele_columns(number: Column, population: str) -> tuple[Column, ...]:
    """Define the columns of table `loci` after that of the step's number; `population` names it in definitions."""
    return (
        number,
        Column("locus", "text", "name", "The locus, as <segment>.<name>.", lambda alleles: [*alleles.loci]),
        Column(
            "mean",
            "real",
            "allele",
            f"Mean over {population}, expressed or silent.",
            lambda alleles: alleles.genomes.mean(axis=0),
        ),
        Column(
            "std",
            "real",
            "allele",
            f"Standard deviation over {population}.",
            lambda alleles: alleles.genomes.std(axis=0),
        ),
        Column("q05", "real", "allele", f"5% quantile over {population}.", lambda alleles: alleles.quantiles[0]),
        Column("q95", "real", "allele", f"95% quantile over {population}.", lambda alleles: alleles.quantiles[1]),
    )


class LocusRange(NamedTuple):
    """A locus whose mean over a population can be read as a number."""

    locus: str
    segment: str
    low: float  # bounds of its alleles, and so of their mean
    high: float

    def column(self, name: str, mean: Column) -> Column:
        """Return the column of its mean in the last step under a name; `mean` is the column of table `loci`."""
        what = f"{mean.definition[0].lower()}{mean.definition[1:]}"
        definition = f"Of the last step, of locus `{self.locus}` in table `loci`: {what}"
        unit, own = UNITS.get(self.segment, mean.unit), self.locus.removeprefix(f"{self.segment}.")
        title = f"{capitalized(in_words(self.segment))}: {in_words(own).replace('.', ', ')}"
        if self.segment in UNITS:
            title = f"Weight of {weight_in_words(own)}"
        scale = f"{unit}, {short_number(self.low)} to {short_number(self.high)}"
        return Column(name, "real", unit, definition, may_be_empty=True, title=title, scale=scale)


def locus_ranges(scenarios: Iterable[Scenario]) -> dict[str, LocusRange]:
    """Return the loci of some scenarios by name, with bounds that hold in all of them.

    Left out are segments with a structure, whose numbers are codes, and scenarios of a kind of mind that is not
    installed.
    """
    found: dict[str, LocusRange] = {}
    for scenario in scenarios:
        try:
            segments = genome_layout(scenario).segments
        except PluginError:
            continue
        for segment in segments:
            for locus in segment.loci if segment.structure is None else ():
                new = LocusRange(locus, segment.name, segment.low, segment.high)
                old = found.get(locus, new)
                found[locus] = new._replace(low=min(old.low, new.low), high=max(old.high, new.high))
    return found
