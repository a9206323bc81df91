"""Run files together with their processes."""

import hashlib
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evosim.scenario import Scenario
from evosim.scenario.loading.load import scenario_digest
from evosim.simulation.process import Process, process_class, process_of
from evosim.simulation.seeds import SEED, seeds_of_future
from evosim.storage.branching import branch_of
from evosim.storage.columns import Column, Contents
from evosim.storage.export import LifeRecord
from evosim.storage.schema import CorruptRunError
from evosim.storage.writer import WritableRun

if TYPE_CHECKING:  # a stored run can be read without a compiler
    from evosim.evolution import Population
    from evosim.simulation.laboratory import Laboratory


class RunFile(WritableRun):
    """A run file opened for reading, or for writing by one process.

    with RunFile.open("runs/red_doors-1.evosim") as run:
        columns, rows = run.table("generations")
    """

    @classmethod
    def contents_of(cls, scenario: Scenario) -> Contents:
        """Return what the run file of a scenario holds."""
        return process_class(scenario).contents(scenario)

    @cached_property
    def process(self) -> Process:
        """The process that this is a run of.

        Raises:
            CorruptRunError: it is a future, and what it says of its past is invalid.
        """
        process = process_of(self.scenario, self.seed)
        if (branch := branch_of(self)) is not None and branch.varies != SEED:
            if branch.varies not in process.varies:
                raise CorruptRunError(self.path, f"its futures can't vary by {branch.varies!r}")
            process.seeds = seeds_of_future(self.seed, branch.seed, branch.varies)
        return process

    @property
    def laboratory(self) -> "Laboratory":
        """The scenario made ready to run."""
        return self.process.laboratory

    def checkpoint(self) -> Any | None:
        """Read what the next step needs; None if nothing is stored yet.

        Raises:
            RunFileError: it is corrupt, or doesn't match its digest.
        """
        return self.process.restore(self)

    def population(self, generation: int) -> "Population":
        """Read a population whose genomes are stored: of measured generations, and of the last.

        Raises:
            RunFileError: they are not stored, or corrupt; or the process has no generations.
        """
        from evosim.simulation.generational.checkpoint import population_of

        return population_of(self, self.laboratory, generation)

    def parents_in(self, step: int) -> Any:
        """Read the parents `[N, 2]` of those born in a step, in order of their ids, -1 where there is none.

        Raises:
            RunFileError: they are missing or corrupt.
        """
        return self.process.parents_in(self, step)

    @property
    def lineage_columns(self) -> tuple[Column, ...]:
        """The columns of table `lineage`; none if there is no lineage."""
        return self.process.lineage_columns

    def lineage(self) -> Iterator[tuple[int, list[int], list[list[int]]]]:
        """Yield each step with the ids `[N]` of those born in it and of their parents `[N, 2]`, -1 where none is.

        Raises:
            RunFileError: a step is missing or corrupt.
        """
        return self.process.lineage(self)

    def lives(self) -> Iterator[LifeRecord]:
        """Yield every individual that ever lived, in order of id.

        Raises:
            RunFileError: births or deaths are missing, or contradict each other.
        """
        return self.process.lives(self)


def open_run(path: str | Path) -> RunFile:
    """Open a stored run for reading, also while it is being written.

    Raises:
        RunFileError: it is missing, not a run file, corrupt, or of another version.
    """
    return RunFile.open(path)


def default_path(scenario: Scenario, seed: int) -> Path:
    """Return the default path of a run: `runs/<scenario>-<seed>-<short digest>.evosim`.

    The digest is of the scenario, the seed, the number of generations, and measures of one's own.
    """
    start = f"{scenario_digest(scenario, seed)} {scenario.evolution.generations}"
    for name, own in scenario.measure.own.items():
        start += f" {name} {own.model_dump_json()}"
    return Path("runs") / f"{scenario.name}-{seed}-{hashlib.sha256(start.encode()).hexdigest()[:8]}.evosim"
