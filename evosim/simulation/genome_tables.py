"""Genomes of a run as a table, a column for each locus: what `[evolution]` `founders` can begin another run with."""

from collections.abc import Iterator
from pathlib import Path

from evosim.simulation.runs import RunFile
from evosim.storage.columns import Column, Row, Tables
from evosim.storage.export import TablesOnly
from evosim.storage.schema import RunFileError

GENOMES = "genomes"


class GenomeTable(TablesOnly):
    """The genomes of a step that is stored, the last one unless another is named; or the hall of fame, best first."""

    def __init__(self, run: RunFile, step: int | None = None, *, best: bool = False) -> None:
        """Choose what is read.

        Raises:
            RunFileError: no genomes are stored, or none of that step.
        """
        self.run, self.path, self.step, self.best = run, Path(run.path), step, best
        self._stored_step()

    def tables(self) -> Tables:
        """Return the columns of the table."""
        units = self.run.process.unit.many
        loci = self.run.laboratory.layout.loci
        return {
            GENOMES: (
                Column("generation", "integer", units, "Number of the step."),
                Column("id", "integer", "", "Id of the individual."),
                *(Column(name, "real", "allele", "The allele at this locus.") for name in loci),
            )
        }

    def table(self, name: str = GENOMES) -> tuple[list[str], list[Row]]:
        """Return the names of the columns, and a row for each individual.

        Raises:
            RunFileError: they are missing, or corrupt.
        """
        names = [column.name for column in self.tables()[name]]
        with self.run.snapshot():  # the last step is not kept when another is stored
            return names, [(step, id, *alleles) for step, id, alleles in self._individuals(len(names) - 2)]

    def _stored_step(self) -> int:
        """Return the step whose genomes are read.

        Raises:
            RunFileError: no genomes are stored, or none of that step.
        """
        stored = self.run.stored_generations()
        if not stored:
            raise RunFileError(f"{self.path}: no genomes are stored")
        if self.step is not None and self.step not in stored:
            raise RunFileError(f"{self.path}: the genomes of {self.step} are not stored; there are {_listed(stored)}")
        return stored[-1] if self.step is None else self.step

    def _individuals(self, loci: int) -> Iterator[tuple[int, int, tuple[float, ...]]]:
        size = self.run.scenario.evolution.population
        if self.best:
            found = [(id // size, id, genome) for id, _, genome in self.run.best()]
        else:
            step = self._stored_step()
            genomes, ids = self.run.array("genomes", step), self.run.memory(step).get("id")
            count = 0 if genomes is None else len(genomes)
            listed = range(step * size, step * size + count) if ids is None else ids.astype(int).tolist()
            found = [(step, id, genomes[row]) for row, id in enumerate(listed)]
        if not found:
            raise RunFileError(f"{self.path}: {'has no hall of fame' if self.best else 'nobody is alive'}")
        for step, id, genome in found:
            if genome.shape != (loci,):
                raise RunFileError(f"{self.path}: genomes of {genome.shape} loci where {loci} were expected")
            yield step, id, tuple(float(str(allele)) for allele in genome)  # the shortest that is the same float32


def _listed(steps: list[int]) -> str:
    return ", ".join(map(str, steps if len(steps) < 8 else [*steps[:3], "…", *steps[-3:]]))
