"""The process of an ecology: natural selection in a shared world, interval by interval."""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from functools import cached_property
from typing import TYPE_CHECKING, Any

from evosim.mind.genome import genome_layout
from evosim.numerics.compiler import plainly
from evosim.scenario import Scenario
from evosim.scenario.schema.entry_points import PluginError
from evosim.scenario.schema.names import names_of
from evosim.simulation.ecology import checkpoint
from evosim.simulation.ecology.columns import tables
from evosim.simulation.ecology.columns.views import EcologySnapshot
from evosim.simulation.process import Offers, Process, RunStatus, Unit
from evosim.simulation.resources import ResourceEstimate
from evosim.simulation.seeds import VARIES
from evosim.storage.branching import start_of_digests
from evosim.storage.columns import Checkpoint, Column, Contents, Record, Table, columns_of
from evosim.storage.export import Exportable, LifeRecord
from evosim.storage.reader import StoredRun

if TYPE_CHECKING:  # a stored run can be read without a compiler
    from evosim.ecology.checkpoint import EcologyCheckpoint
    from evosim.simulation.ecology.intervals import Interval

DRAWN_PLAINLY = 500_000  # cells, in two or three seconds without a compiler


def recorded_tables(scenario: Scenario) -> tuple[Table, ...]:
    """Return the tables of a scenario; those of births are left out where the package of a kind of mind is missing."""
    recorded = None
    if scenario.measure.births:
        with suppress(PluginError):
            recorded = genome_layout(scenario).loci
    return tables(names_of(scenario), recorded)


def names_twice(tables: tuple[Table, ...]) -> list[str]:
    """List names that two columns of one table have; capitals make no difference."""
    named = [[column.name.casefold() for column in table.columns] for table in tables]
    return [name for names in named for name in dict.fromkeys(names) if names.count(name) > 1]


class EcologyProcess(Process):
    """Natural selection, interval by interval."""

    unit = Unit("interval", "intervals")
    varies = VARIES
    offers = Offers(
        figure="ecology",
        view="field",
        report_card="population",
        no_agents="the run of an ecology, in which there are no episodes to be measured one by one",
        no_nulls="a null is not defined for an ecology: agents have no fitness to match",
        summary="rates",
    )
    lineage_columns = (
        Column("generation", "integer", "intervals", "Number of the interval in which it was born; founders are of 0."),
        Column("id", "integer", "", "Id of the agent, in order of birth."),
        Column(
            "parent_1", "integer", "id", "The parent that courted; empty for founders and migrants.", may_be_empty=True
        ),
        Column("parent_2", "integer", "id", "The parent that was courted; likewise empty.", may_be_empty=True),
    )

    kernels = "ecologies"
    records_beside = True

    @property
    def ticks_per_step(self) -> int:
        """How many ticks an interval has."""
        return self.scenario.evolution.interval

    @staticmethod
    def contents(scenario: Scenario) -> Contents:
        """Return the contents of its run file."""
        return Contents(
            columns_of(recorded_tables(scenario)),
            logs=("deaths",),
            checkpoints_with="individuals",
            checkpoints_at=scenario.evolution.before_changes(),
            counts="intervals",
        )

    @cached_property
    def tables(self) -> tuple[Table, ...]:
        """The tables of statistics."""
        return recorded_tables(self.scenario)

    def resources(self) -> ResourceEstimate:
        """Estimate what a run needs on this machine."""
        from evosim.simulation.ecology.resources import resources

        return resources(self.scenario)

    def describe(self) -> tuple[str, str]:
        """Return a description of the run's size, and the assumption under which its time was estimated."""
        evolution = self.scenario.evolution
        size = f"{evolution.population} founders, {evolution.generations * evolution.interval:,} ticks"
        return size, "if there are always as many as founders"

    def check(self) -> None:
        """Check that founders can live.

        Raises:
            CrowdedWorldError: founders and their first food don't fit.
            ScenarioError: founders are given whose genomes don't fit.
            ValueError: a measure of one's own fails.
        """
        from evosim.ecology.simulation import try_terrains

        self._check_founders()
        try_terrains(self.scenario)
        self.check_measures()

    def check_plainly(self) -> bool:
        """Find out as `check` does, without a compiler; False: that would take too long.

        Raises:
            CrowdedWorldError: as `check` does.
            ScenarioError: as `check` does.
        """
        from evosim.ecology.simulation import cells_to_try, try_terrains

        self._check_founders()
        if self.scenario.measure.own or cells_to_try(self.scenario) > DRAWN_PLAINLY:
            return False
        with plainly():
            try_terrains(self.scenario)
        return True

    def _check_founders(self) -> None:
        from evosim.mind.founders import check_founders

        layout = genome_layout(self.scenario)
        check_founders(self.scenario, layout)
        if self.scenario.measure.births and (twins := names_twice(recorded_tables(self.scenario))):
            raise ValueError(
                f"{self.scenario.name}: table `births` can't have two columns {twins[0]!r}, one of them a locus; "
                "leave out measure.births, or name the locus otherwise"
            )

    def warm(self) -> None:
        """Compile all kernels that a run may need, by a minimal run; what only fails in that is no failure of a run."""
        with suppress(PluginError):
            for _ in self.small().steps(None):
                pass

    def small(self) -> "EcologyProcess":
        """Return the process of a minimal run: two agents for one interval of two ticks."""
        small = {"population": 2, "generations": 1, "interval": 2, "floor": 0}
        short = self.scenario.evolution.model_copy(update=small)
        return EcologyProcess(self.scenario.model_copy(update={"evolution": short}), 0)

    def views_of(self, step: "Interval", table: str) -> Iterator[tuple[str, Any]]:
        """Yield what measures of one's own see of an interval, with its name; there are no `measurements`."""
        if table == "generations" or (table == "individuals" and step.is_measured):
            yield f"interval {step.number}", EcologySnapshot(self.laboratory, step).seen

    def steps(self, after: "EcologyCheckpoint | None") -> "Iterator[Interval]":
        """Yield the intervals after a checkpoint, or from the founders."""
        from evosim.simulation.ecology.intervals import intervals

        return intervals(self.scenario, self.seed, after=after, seeds=self.seeds)

    def record(self, step: "Interval") -> Record:
        """Return what is stored of an interval."""
        state = Checkpoint(
            digest=step.digest,
            genomes=step.genomes,
            fitness=step.memory["children"],
            memory=step.memory,
            logs={"lineage": step.births, "deaths": step.deaths},
        )
        snapshot = EcologySnapshot(self.laboratory, step)
        return Record(step.number, {table.name: table.rows(snapshot) for table in self.tables}, state)

    def restore(self, run: StoredRun) -> Any | None:
        """Read what the next interval needs; None if nothing is stored yet.

        Raises:
            RunFileError: it is corrupt, or doesn't match its digest.
        """
        with run.snapshot():
            done = run.summary().done
            if done == 0:
                return None
            state = checkpoint.checkpoint_at(run, done - 1)
        checkpoint.refuse_other_digest(run, state, start_of_digests(run))
        return state

    def restore_before(self, run: StoredRun, step: int) -> Any | None:
        """Read the last state that is stored of an interval before one; None if there is none."""
        with run.snapshot():
            before = [number for number in run.stored_generations() if number < step]
            return checkpoint.checkpoint_at(run, before[-1]) if before else None

    def status(self, step: "Interval") -> RunStatus:
        """Return whether anybody is alive."""
        return RunStatus.RUNNING if step.alive else RunStatus.EXTINCT

    def is_over(self, run: StoredRun) -> bool:
        """Whether nobody is alive in a stored run."""
        last = run.rows("select population from generations order by generation desc limit 1", (int,))
        return bool(last) and last[0][0] == 0

    def lineage(self, run: StoredRun) -> Iterator[tuple[int, list[int], list[list[int]]]]:
        """Yield each interval with the ids `[B]` of those born in it and of their parents `[B, 2]`, -1: none."""
        before = 0
        for interval in range(run.summary().done):
            born = self.parents_in(run, interval)
            yield interval, list(range(before, before + len(born))), born.tolist()
            before += len(born)

    def parents_in(self, run: StoredRun, step: int) -> Any:
        """Read the parents `[B, 2]` of all born in an interval and of migrants; interval 0 begins with founders."""
        return checkpoint.births(run, step)[:, :2]

    def derived(self, run: StoredRun) -> Mapping[str, Exportable]:
        """Return the tables of life histories: all agents that ever lived, and life tables."""
        from evosim.simulation.ecology.agents import RECORDED, RecordedTable
        from evosim.simulation.ecology.life_histories import TABLES, HistoryTable

        always = {name: HistoryTable(run, name, checkpoint.lives) for name in TABLES}
        return always | {name: RecordedTable(run, name, checkpoint.lives) for name in RECORDED}

    def tree_sequence(self, run: StoredRun) -> Any:
        """Return the genealogy of all loci, a `tskit.TreeSequence`, of a run that recorded births.

        Raises:
            RunFileError: it didn't, or they are corrupt.
            MissingExtraError: tskit is not installed.
            ExportError: crossover mixed alleles, or there are no loci.
        """
        from evosim.simulation.ecology.tree_sequence import tree_sequence

        return tree_sequence(run)

    def lives(self, run: StoredRun) -> Iterator[LifeRecord]:
        """Yield every individual that ever lived, in order of id, with ticks of birth and death."""
        return checkpoint.lives(run)
