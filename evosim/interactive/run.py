"""Runs at a prompt: a run file that also returns its agents, and says in a notebook what it is.

from evosim import load_scenario, run

result = run(load_scenario("red_doors"), seed=7)
result.typical().lives("deployment").base_return.mean()
"""

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evosim.interactive.frames import NUMPY, as_frame, default_library, long_rows
from evosim.interactive.plugins import with_measures
from evosim.interactive.progress import show_progress
from evosim.scenario import Scenario, load_scenario
from evosim.scenario.notebook_page import page
from evosim.simulation import runner
from evosim.simulation.runs import RunFile
from evosim.storage.columns import Column, Value
from evosim.storage.export import export
from evosim.storage.log_sync import GENERATION

if TYPE_CHECKING:  # a stored run can be read without a compiler
    from evosim.interactive.agents import Agent


class Run(RunFile):
    """A stored run, with its agents."""

    def agent(self, id: int) -> "Agent":
        """Return an agent whose genome is stored: of measured generations, of the last, and of the hall of fame.

        Raises:
            ValueError: its genome is not stored, or agents of this run can't be measured one by one.
        """
        return self._selected(id, None)

    def typical(self, generation: int | None = None) -> "Agent":
        """Return the typical agent of a generation, by default of the last that was measured.

        Raises:
            ValueError: no generation is stored, or agents of this run can't be measured one by one.
            RunFileError: the genomes of that generation are not stored.
        """
        return self._selected("typical", generation)

    def fittest(self, generation: int | None = None) -> "Agent":
        """Return the fittest agent of a generation, by default of the last that is stored.

        Raises:
            ValueError: no generation is stored, or agents of this run can't be measured one by one.
            RunFileError: the genomes of that generation are not stored.
        """
        return self._selected("fittest", generation)

    def save_genomes(self, out: str | Path, generation: int | None = None, *, best: bool = False) -> None:
        """Write the genomes of a generation, by default the last, or the hall of fame, to a .csv file.

        It can be the founders of another run: `load_scenario("red_doors", ['evolution.founders="founders.csv"'])`.

        Raises:
            RunFileError: no genomes are stored, or none of that generation.
            OSError: the file can't be written; what stood there before is kept.
        """
        from evosim.simulation.genome_tables import GENOMES, GenomeTable

        export(GenomeTable(self, generation, best=best), GENOMES, "csv", out)

    def frame(self, name: str = "", where: str = "", values: tuple[Value, ...] = (), *, to: str | None = None) -> Any:
        """Read a table, or all numbers of the run one below the other if none is named.

        A table is a dictionary of arrays `[rows]`, in which empty entries are NaN or empty strings; with
        `to="pandas"`, `"polars"`, `"arrow"` or `"xarray"` a table of that library. All numbers, without a name, are a
        long table: `table`, `generation`, `environment`, `locus`, `quantity`, `value` and `unit`, by pandas where that
        is installed; those of individuals are left out. Units and definitions are in `attrs` of pandas and xarray and
        in the metadata of Arrow. `where` is SQL of the caller's own; what a user typed belongs in `values`.

        Raises:
            RunFileError: there is no such table, or it can't be read.
            ValueError: there is no such library; or rows are chosen of a table that is worked out.
            ImportError: it is not installed.
        """
        if (source := self.process.derived(self).get(name)) is not None:
            if where:
                raise ValueError(f"table {name!r} is worked out, not stored, so `where` can't choose from it")
            return as_frame(source.tables()[name], list(source.table(name)[1]), to or NUMPY, self._about())
        if name and to is None:
            return super().frame(name, where, values)
        present = self.tables()
        columns: Sequence[Column] = present.get(name, ())
        if name:
            rows = self.table(name, where, values)[1]
        else:
            with self.snapshot():
                found = {each: (present[each], self.table(each, where, values)[1]) for each in present}
            columns, rows = long_rows(found)
        return as_frame(columns, rows, to or default_library(), self._about())

    def inferred_objectives(
        self, generation: int | None = None, environment: str | None = None, *, to: str | None = None
    ) -> Any:
        """Return what the behaviour of each agent of a generation appears to maximise, inferred without its genome.

        There is a row for each agent and measured environment, or for that `environment` alone: `wants.<feature>`, the
        weight of each feature, with its standard deviation `spread.<feature>`; the gap and the distances that report
        cards have. By default it is the last generation that is stored. `to` is as for `frame`. All agents are worked
        out at once, on all threads; on one thread of a laptop 512 agents in an environment take about a minute.

        Raises:
            ValueError: the genomes of that generation are not stored, that environment is not measured, its worlds
                can't be listed as states, or agents of this run can't be measured one by one; or there is no such
                library.
            ImportError: it is not installed.
        """
        from evosim.studies.inferred_objectives import INFERRED, InferredObjectives

        source = InferredObjectives(self, generation, environment)
        return as_frame(source.tables()[INFERRED], source.table()[1], to or NUMPY, self._about())

    def tree_sequence(self) -> Any:
        """Return the genealogy of all loci of an ecology that recorded births: a `tskit.TreeSequence`.

        Raises:
            RunFileError: the run is of another kind, or recorded no births.
            MissingExtraError: tskit is not installed.
            ExportError: crossover mixed alleles, so that loci have no single origin.
        """
        return self.process.tree_sequence(self)

    def _about(self) -> dict[str, str]:
        return {"scenario": self.scenario.name, "seed": str(self.seed), "digest": self.summary().digest}

    def _selected(self, who: int | str, generation: int | None) -> "Agent":
        from evosim.interactive.agents import Agent
        from evosim.studies.interventions import select_agent

        if reason := self.process.offers.no_agents:
            raise ValueError(f"{self.path}: {reason}")
        (id, of, genome), words = select_agent(self, who, generation)
        return Agent(self.laboratory, id, of, genome, words)

    def __repr__(self) -> str:
        """Return what it is a run of, and how far it is."""
        about = self.summary()
        unit = self.process.unit.many
        return f"<Run of {about.name}, seed {about.seed}: {about.state}, {about.done} of {about.generations} {unit}>"

    def _repr_html_(self) -> str:
        """Return what it is a run of, and how far it is, for a notebook."""
        about = self.summary()
        said = {
            "question": self.scenario.question,
            "seed": str(about.seed),
            "state": f"{about.state}, {about.done:,} of {about.generations:,} {self.process.unit.many}",
            "tables": ", ".join(self.tables()),
            "digest": about.digest[:16],
            "file": str(self.path),
        }
        return page(f"{about.title} ({about.name})", said)


def open_run(path: str | Path) -> Run:
    """Open a stored run for reading, also while it is being written.

    Raises:
        RunFileError: it is missing, not a run file, corrupt, or of another version.
    """
    return Run.open(path)


def run(
    scenario: Scenario | str | Path,
    seed: int = 1,
    out: str | Path | None = None,
    *,
    replace: bool = False,
    threads: int | None = None,
    durability: str = GENERATION,
    progress: bool | None = None,
    measures: Iterable[Callable[[Any], Any]] = (),
) -> Run:
    """Run a scenario to its end and store it; return the run, open for reading.

    `scenario` was loaded, or is what `load_scenario` takes: a path, or the name of one that is shipped.
    `out` is where it is stored. If it is None that is `runs/<scenario>-<seed>-<digest>.evosim`, and a run that stands
    there complete is not run again. `threads` is how many share the work, as many as `evosim doctor` says if it
    is None; results don't depend on it. `durability` is `generation`, or `second`: then a power cut can take what was
    stored in the last second. A bar of `progress` is shown in notebooks, elsewhere if it is True. `measures` are
    functions of one's own, whose numbers are stored too, in columns `own.<name>`: see `evosim.measures`.

    Raises:
        RunFileError: the file exists already (unless it may be replaced), or can't be written.
        TooLargeError: it can't fit into memory.
        CrowdedWorldError: an environment has no world in which every object can be reached.
        ScenarioError: there is no such scenario, something is wrong with it, or a measure is a function without a
            definition, or of a table that there is not.
        ValueError: the seed, the number of threads or the durability is invalid; or a measure fails.
    """
    scenario = with_measures(scenario if isinstance(scenario, Scenario) else load_scenario(scenario), measures)
    bar = partial(
        show_progress, total=scenario.evolution.generations, words=f"{scenario.name}, seed {seed}", progress=progress
    )
    stored = runner.run(scenario, seed, out, replace=replace, threads=threads, durability=durability, shown=bar)
    stored.close()
    return Run.open(stored.path)
