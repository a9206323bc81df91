"""The generational process: a base optimizer proposes a population, lives measure it, and it proposes the next."""

from collections.abc import Iterator
from contextlib import suppress
from functools import cached_property
from typing import TYPE_CHECKING, Any

from evosim.scenario import Scenario
from evosim.scenario.schema.entry_points import PluginError
from evosim.scenario.schema.names import names_of
from evosim.simulation.generational import checkpoint
from evosim.simulation.generational.columns import tables
from evosim.simulation.generational.columns.views import GenerationSnapshot
from evosim.simulation.process import Offers, Process, Unit
from evosim.simulation.resources import ResourceEstimate
from evosim.simulation.seeds import VARIES
from evosim.storage.columns import Column, Contents, Record, Table, columns_of
from evosim.storage.export import LifeRecord
from evosim.storage.reader import StoredRun

if TYPE_CHECKING:  # a stored run can be read without a compiler
    from evosim.simulation.generational.generations import Generation, GenerationalCheckpoint


LARGE = 20_000  # individuals, above which few generations are to be in memory at once


class GenerationalProcess(Process):
    """Evolution generation by generation."""

    unit = Unit("generation", "generations")
    varies = VARIES
    offers = Offers(
        figure="generations", view="wall", report_card="agents", no_agents="", no_nulls="", summary="measurements"
    )
    lineage_columns = (
        Column("generation", "integer", "generations", "Number of the generation; the founders are 0."),
        Column("id", "integer", "", "Id of the individual: generation × population + row."),
        Column(
            "parent_1",
            "integer",
            "id",
            "The parent whose place the individual took; empty for founders.",
            may_be_empty=True,
        ),
        Column("parent_2", "integer", "id", "The mate of that parent; empty if it had none.", may_be_empty=True),
    )

    @staticmethod
    def contents(scenario: Scenario) -> Contents:
        """Return the contents of its run file."""
        return Contents(columns_of(tables(names_of(scenario))), checkpoints_with="measurements")

    @cached_property
    def tables(self) -> tuple[Table, ...]:
        """The tables of statistics."""
        return tables(names_of(self.scenario))

    def resources(self) -> ResourceEstimate:
        """Estimate what a run needs on this machine."""
        from evosim.simulation.generational.resources import resources

        return resources(self.scenario)

    def refuse_if_too_large(self) -> None:
        """Check that a run fits into memory, and that its worlds can be drawn in reasonable time.

        Raises:
            TooLargeError: it doesn't, or they can't be.
        """
        from evosim.simulation.generational.resources import refuse_slow_drawing

        refuse_slow_drawing(self.scenario)
        super().refuse_if_too_large()

    def describe(self) -> tuple[str, str]:
        """Return a description of the run's size, and the assumption under which its time was estimated."""
        evolution = self.scenario.evolution
        where = "" if evolution.islands is None else f" on {evolution.islands.count} islands"
        people = f"{evolution.population} individuals{where}"
        size = f"{people}, {evolution.generations} generations, {evolution.episodes} episodes"
        return f"{size} each", "if every episode lasts all its steps"

    def check(self) -> None:
        """Check that founders can live.

        Raises:
            CrowdedWorldError: an environment has no world in which every object can be reached.
            ValueError: another package's world or optimizer fails, or a measure of one's own.
        """
        self.laboratory.try_environments()
        self.laboratory.try_optimizer()
        self.check_measures()

    def check_plainly(self) -> bool:
        """Find out as `check` does, without a compiler; False: that would take too long.

        Raises:
            CrowdedWorldError: as `check` does.
            ValueError: as `check` does.
        """
        return not self.scenario.measure.own and self.laboratory.check_plainly()

    @property
    def warms_all(self) -> bool:
        """Whether its worlds are grids; other worlds don't need all kernels."""
        from evosim.simulation.generational.resources import grids_of

        return bool(grids_of(self.scenario))

    def warm(self) -> None:
        """Compile all kernels that a run may need, by a minimal run; what only fails in that is no failure of a run."""
        small = self.small()
        with suppress(PluginError):
            for generation in small.steps(None):
                small.measure(generation)

    def small(self) -> "GenerationalProcess":
        """Return the process of a minimal run: a few individuals, with all kinds of mind, for two generations."""
        from evosim.scenario.schema.evolution import ALGORITHMS, DeapSelection, Tournament

        evolution, kinds = self.scenario.evolution, self.scenario.mind.controllers
        selection = evolution.selection
        small = {
            "algorithm": evolution.algorithm if evolution.algorithm in ALGORITHMS else "genetic",
            "population": evolution.elites + 2 * (1 + len(kinds)),
            "islands": None,
            "generations": 2,
            "episodes": 1,
            "selection": Tournament(operator="tournament") if isinstance(selection, DeapSelection) else selection,
        }
        evolution = evolution.model_copy(update=small)
        measure = self.scenario.measure.model_copy(update={"episodes": 1})
        shares = dict.fromkeys(kinds, 1.0 / len(kinds))  # so that founders are of all
        mind = self.scenario.mind.model_copy(update={"controllers": shares})
        changed = {"evolution": evolution, "measure": measure, "mind": mind}
        return GenerationalProcess(self.scenario.model_copy(update=changed), 0)

    def views_of(self, step: "Generation", table: str) -> Iterator[tuple[str, Any]]:
        """Yield what measures of one's own see of a generation that was measured, each with what that is of."""
        snapshot, name = GenerationSnapshot(self.laboratory, step), f"generation {step.number}"
        if table == "measurements":
            yield from ((f"{name} in {environment}", lives) for environment, lives in snapshot.seen.lives.items())
        elif table != "individuals" or step.measured:
            yield name, snapshot.seen

    def steps(self, after: "GenerationalCheckpoint | None") -> "Iterator[Generation]":
        """Yield the generations after a checkpoint, or from the founders; none is measured yet."""
        from evosim.simulation.generational.generations import evolve
        from evosim.simulation.laboratory import Laboratory

        return evolve(
            Laboratory(self.scenario, self.seed, self.seeds), after=after
        )  # in one of its own, beside what measures

    @property
    def records_beside(self) -> bool:
        """Whether only code of evosim takes part: that of other packages may not be run by several threads."""
        from evosim.scenario.schema.evolution import ALGORITHMS
        from evosim.simulation.generational.resources import grids_of

        own = self.scenario.evolution.algorithm in ALGORITHMS
        return own and len(grids_of(self.scenario)) == len(self.scenario.environments)

    @property
    def ahead(self) -> int:
        """The number of generations that may be computed before an earlier one is stored: one, if they are large."""
        return super().ahead if self.scenario.evolution.population <= LARGE else 1

    def measure(self, step: "Generation") -> "Generation":
        """Return a generation with its measurements, if it is one that is measured."""
        from evosim.simulation.generational.generations import measure_generation

        return measure_generation(self.laboratory, step)

    def record(self, step: "Generation") -> Record:
        """Return what is stored of a generation.

        Raises:
            ValueError: the optimizer remembers what is not a finite number.
        """
        snapshot = GenerationSnapshot(self.laboratory, step)
        rows = {table.name: table.rows(snapshot) for table in self.tables}
        return Record(step.number, rows, checkpoint.checkpoint_of(step))

    def restore(self, run: StoredRun) -> Any | None:
        """Read what the next generation needs; None if nothing is stored yet.

        Raises:
            RunFileError: it is corrupt, or doesn't match its digest.
        """
        return checkpoint.restore(run, self.laboratory)

    def lineage(self, run: StoredRun) -> Iterator[tuple[int, list[int], list[list[int]]]]:
        """Yield each generation with the ids `[P]` of its individuals and of their parents `[P, 2]`, -1: none."""
        return checkpoint.lineage_by_generation(run)

    def parents_in(self, run: StoredRun, step: int) -> Any:
        """Read the parents `[P, 2]` of a generation's individuals, -1 where there is none."""
        return checkpoint.parents_in(run, step)

    def lives(self, run: StoredRun) -> Iterator[LifeRecord]:
        """Yield every individual that ever lived, each for one generation."""
        return checkpoint.lives(run)
