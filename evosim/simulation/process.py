"""The process: what a run computes, step by step.

Each process of evosim is a folder beside this file and a line in it; another package may provide one, by the entry
point `evosim.processes` under the name of its base optimizer. Each step yields rows of tables and a checkpoint from
which the next step follows. Commands and figures ask a process what it offers, never which process it is.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from enum import Enum
from functools import cached_property
from importlib import import_module
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, Protocol

from evosim.scenario import Scenario
from evosim.scenario.loading.load import scenario_digest
from evosim.scenario.schema.entry_points import PROCESSES, additions, summon
from evosim.simulation.resources import ResourceEstimate, refuse_if_too_large
from evosim.simulation.seeds import SEED, StreamSeeds
from evosim.storage.columns import Column, Contents, Record
from evosim.storage.export import Exportable, LifeRecord
from evosim.storage.reader import StoredRun
from evosim.storage.schema import RunFileError

if TYPE_CHECKING:  # a stored run can be read without a compiler
    from evosim.simulation.laboratory import Laboratory

DEFAULT_PROCESS = "evosim.simulation.generational.process:GenerationalProcess"  # of other packages' optimizers too
PROCESS_OF_ALGORITHM = {
    "genetic": DEFAULT_PROCESS,
    "cma_es": DEFAULT_PROCESS,
    "natural_selection": "evosim.simulation.ecology.process:EcologyProcess",
    "random_search": DEFAULT_PROCESS,
}  # ALGORITHMS of the scenario's schema, in its order


class RunStatus(Enum):
    """The status of a process after a step."""

    RUNNING = "running"
    EXTINCT = "extinct"


class Unit(NamedTuple):
    """What a step is called."""

    one: str
    many: str


class Offers(NamedTuple):
    """What a process offers beside being run, stored and exported, by name."""

    figure: str = ""  # which page answers its question; empty: curves of its numbers
    view: str = ""  # which live view shows it, of viz/live/window/views.py; empty: none
    report_card: str = ""  # which study measures what is wanted in it; empty: none
    no_agents: str = "a run in which agents can't be measured one by one"  # why they can't; empty: they can
    no_nulls: str = "a null is not defined for a run of this kind"  # why it isn't; empty: it is
    summary: str = ""  # which summary is printed at its end; empty: the last rows of table `generations`


class Step(Protocol):
    """The interface of all steps."""

    @property
    def number(self) -> int:
        """The number of the step, from 0."""

    @property
    def digest(self) -> str:
        """The digest of the state after the step, and of all before it."""


class Process(ABC):
    """A scenario and a seed to run step by step; all results are a function of these two."""

    unit: ClassVar[Unit]
    offers: ClassVar[Offers] = Offers()
    lineage_columns: ClassVar[tuple[Column, ...]] = ()
    varies: ClassVar[tuple[str, ...]] = (SEED,)  # what may differ between futures of one state
    kernels: ClassVar[str] = "measures"  # which of the compiler's kernels it needs

    def __init__(self, scenario: Scenario, seed: int) -> None:
        self.scenario = scenario
        self.seed = seed

    @cached_property
    def seeds(self) -> StreamSeeds:
        """The seeds of its random streams; in a future of which only some vary, `RunFile` sets others than the seed."""
        return StreamSeeds(self.seed, self.seed)

    @property
    def ticks_per_step(self) -> int:
        """How many ticks of a world that all share are a step; 0: there is no such world."""
        return 0

    @property
    def start_digest(self) -> str:
        """The digest of scenario and seed."""
        return scenario_digest(self.scenario, self.seed)

    @cached_property
    def laboratory(self) -> "Laboratory":
        """The laboratory of the scenario: its genomes, objectives and environments."""
        from evosim.simulation.laboratory import Laboratory

        return Laboratory(self.scenario, self.seed, self.seeds)

    @staticmethod
    @abstractmethod
    def contents(scenario: Scenario) -> Contents:
        """Return the contents of its run file."""

    @abstractmethod
    def resources(self) -> ResourceEstimate:
        """Estimate what a run needs on this machine."""

    def refuse_if_too_large(self) -> None:
        """Check that a run fits into memory.

        Raises:
            TooLargeError: it doesn't.
        """
        refuse_if_too_large(self.scenario.name, self.resources().memory)

    @abstractmethod
    def describe(self) -> tuple[str, str]:
        """Return a description of the run's size, and the assumption under which its time was estimated."""

    @abstractmethod
    def check(self) -> None:
        """Check that founders can live.

        Raises:
            CrowdedWorldError: there is no room for them, or for what stands around them.
            ValueError: what another package provides fails.
        """

    def check_plainly(self) -> bool:
        """Find out as `check` does, without a compiler; False: that can't be, or would take too long.

        Raises:
            CrowdedWorldError: as `check` does.
            ValueError: as `check` does.
        """
        return False

    @property
    def kinds(self) -> tuple[str, ...]:
        """What kernels are compiled for: the kinds of mind that can be expressed, each with its variant."""
        from evosim.mind.kinds import kinds_in

        return tuple(kind.variant(self.scenario) for kind in kinds_in(self.scenario))

    @property
    def warms_all(self) -> bool:
        """Whether `warm` compiles all that other scenarios with the same kinds of mind can need too."""
        return True

    @abstractmethod
    def warm(self) -> None:
        """Compile all kernels that a run may need."""

    def small(self) -> "Process":
        """Return the process of a minimal run of the scenario; by default itself."""
        return self

    def views_of(self, step: Any, table: str) -> Iterator[tuple[str, Any]]:
        """Yield what measures of one's own see of a step that was measured, each with what that is of.

        Measures stand in a `table`; a process without such measures yields nothing.
        """
        yield from ()

    def check_measures(self) -> None:
        """Check that measures of one's own work, by a minimal run.

        Raises:
            PluginError: one fails, or returns what it may not.
        """
        process = self.small()
        for step in process.steps(None) if self.scenario.measure.own else ():
            process.record(process.measure(step))

    @abstractmethod
    def steps(self, after: Any | None) -> Iterator[Any]:
        """Yield the steps after a checkpoint, or from the founders if it is None; nothing changes in one afterwards."""

    @property
    def records_beside(self) -> bool:
        """Whether `measure` and `record` may be called in other threads while steps that follow are computed."""
        return False

    @property
    def ahead(self) -> int:
        """The number of steps that may be computed before an earlier one is stored, and are in memory."""
        return 4

    def measure(self, step: Any) -> Any:
        """Return a step with all that is measured of it, which the next one doesn't need: a pure function of it."""
        return step

    @abstractmethod
    def record(self, step: Any) -> Record:
        """Return what is stored of a step that was measured: a pure function of it.

        Raises:
            ValueError: its state can't be resumed from.
        """

    @abstractmethod
    def restore(self, run: StoredRun) -> Any | None:
        """Read the last checkpoint of a run; None if nothing is stored yet.

        Raises:
            RunFileError: it is corrupt, or doesn't match its digest.
        """

    def restore_before(self, run: StoredRun, step: int) -> Any | None:
        """Read the last checkpoint before a step that steps can go on from; None if that is only the founders.

        Raises:
            RunFileError: it is corrupt.
        """
        return None

    def status(self, step: Any) -> RunStatus:
        """Return the status after a step."""
        return RunStatus.RUNNING

    def is_over(self, run: StoredRun) -> bool:
        """Whether a stored run can't continue because nobody is alive."""
        return False

    def lineage(self, run: StoredRun) -> Iterator[tuple[int, list[int], list[list[int]]]]:
        """Yield each step with the ids `[N]` of those born in it and of their parents `[N, 2]`, -1 where none is."""
        yield from ()

    def parents_in(self, run: StoredRun, step: int) -> Any:
        """Read the parents `[N, 2]` of those born in a step, -1 where there is none.

        Raises:
            RunFileError: they are missing or corrupt.
        """
        raise RunFileError(f"{run.path}: nobody has parents in a run of this kind")

    def derived(self, run: StoredRun) -> Mapping[str, Exportable]:
        """Return further tables by name, which follow from what a run stores."""
        return {}

    def tree_sequence(self, run: StoredRun) -> Any:
        """Return the genealogy of all loci, a `tskit.TreeSequence`.

        Raises:
            RunFileError: a run of this kind doesn't record by which parent a locus came, or this one didn't.
            MissingExtraError: tskit is not installed.
            ExportError: no single parent is known of some loci.
        """
        what = "only an ecology with measure.births = true knows by which parent each locus came"
        raise RunFileError(f"{run.path}: {what}")

    def lives(self, run: StoredRun) -> Iterator[LifeRecord]:
        """Yield every individual that ever lived, in order of id."""
        yield from ()


def process_class(scenario: Scenario) -> type[Process]:
    """Return the process class of a scenario: one of evosim's, or that of the package that provides its base optimizer.

    Raises:
        PluginError: a package provides it, and it can't be loaded.
    """
    algorithm, provider = scenario.evolution.algorithm, scenario.evolution.provided_by
    kind: type[Process]
    if provider and any(each.name == algorithm for each in additions(PROCESSES)):
        kind = summon(PROCESSES, algorithm, provider, f"the process {algorithm!r}")
        return kind
    module, name = PROCESS_OF_ALGORITHM.get(algorithm, DEFAULT_PROCESS).split(":")
    kind = getattr(import_module(module), name)
    return kind


def process_of(scenario: Scenario, seed: int) -> Process:
    """Return the process of a scenario and a seed."""
    return process_class(scenario)(scenario, seed)
