"""Run files that are named one by one, read as a sweep: runs of one scenario are a condition, each seed is a run of it.

result = open_runs(["runs/red_doors-1.evosim", "runs/red_doors-2.evosim"])
result = open_runs(["sweeps/question", "sweeps/control"])  # folders of sweeps stand for their runs
"""

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from evosim.numerics.formatting import enumerated, pluralize
from evosim.scenario import Scenario
from evosim.simulation.process import Process, process_class
from evosim.simulation.runs import RunFile
from evosim.storage.branching import Branch, branch_of
from evosim.storage.schema import RunFileError
from evosim.sweeps.branch import title_of_futures
from evosim.sweeps.comparing.differences import SCENARIO, experiment_of, find_differences
from evosim.sweeps.folder import CellState, StoredSweep, SweepFolder
from evosim.sweeps.plan import Axis, Cell, Condition, Plan
from evosim.sweeps.results import SweepResult

MOST_NAMED, LONGEST_TITLE = 3, 300  # scenarios in a title, and its letters


class LooseRun(NamedTuple):
    """A run file as it was when it was opened."""

    path: Path
    scenario: Scenario
    seed: int
    state: str
    done: int  # steps that are stored
    digest: str
    start: str  # the digest of its scenario and seed
    branch: Branch | None  # where it branched from another; None if it did not


def run_paths_in(paths: Iterable[str | Path]) -> Iterator[Path]:
    """Yield the paths of runs as they are named; the folder of a sweep stands for those of its cells that have one.

    Raises:
        SweepFolderError: a folder is no sweep, or is corrupt.
        RunFileError: no cell of a sweep has a run.
    """
    for path in map(Path, paths):
        if not os.path.isdir(path):
            yield path
            continue
        folder = SweepFolder.open(path)
        if not (there := _cells_with_runs(folder)):
            raise RunFileError(f"{path}: a sweep of which no cell has a run yet")
        yield from map(folder.run_path, there)


def _cells_with_runs(folder: SweepFolder) -> list[Cell]:
    """Return the cells of a sweep that have a run, without those that failed."""
    return [cell for cell in folder.cells if folder.failure(cell) is None and folder.run_path(cell).exists()]


def count_missing(paths: Iterable[str | Path]) -> int:
    """Return how many cells of the sweeps among some paths have no run.

    Raises:
        SweepFolderError: a folder is no sweep, or is corrupt.
    """
    folders = [SweepFolder.open(path) for path in paths if os.path.isdir(path)]
    return sum(len(folder.cells) - len(_cells_with_runs(folder)) for folder in folders)


class LooseRuns:
    """Run files, read as the cells of a sweep; folders of sweeps stand for their runs. Nothing is written.

    Raises:
        RunFileError: one can't be opened, is there twice, or is not of the kind of the first.
    """

    noun = "run"

    def __init__(self, paths: Iterable[str | Path], open_one: Callable[[Path], RunFile] = RunFile.open) -> None:
        runs: list[LooseRun] = []
        paths = list(paths)
        self.missing = count_missing(paths)
        for path in run_paths_in(paths):
            with open_one(path) as opened:
                summary = opened.summary()
                runs.append(
                    LooseRun(
                        path, opened.scenario, opened.seed, summary.state, summary.done, summary.digest,
                        opened.first_digest, branch_of(opened),
                    )
                )  # fmt: skip
        if not runs:
            raise RunFileError("no run is named")
        _check_kinds(runs)
        past = common_past(runs)
        experiments = [experiment_of(run.scenario) for run in runs]
        found = list(dict.fromkeys(experiments))
        self.runs: dict[Cell, LooseRun] = {}
        for run, experiment in zip(runs, experiments, strict=True):
            cell = Cell(found.index(experiment) + 1, run.seed)
            if cell in self.runs:
                _refuse_again(run, self.runs[cell])
            self.runs[cell] = run
        self.runs = dict(sorted(self.runs.items(), key=lambda each: (each[0].seed, each[0].condition)))
        scenarios = [runs[experiments.index(experiment)].scenario for experiment in found]
        differences = find_differences(scenarios)
        self.axes: tuple[Axis, ...] = differences.axes
        self.others = differences.others
        self._conditions = [
            Condition(number, values, scenario)
            for number, (values, scenario) in enumerate(zip(differences.values, scenarios, strict=True), 1)
        ]
        more = f" and {len(runs) - 1} more" if len(runs) > 1 else ""
        self.path = Path(f"{runs[0].path}{more}")  # what messages call them
        self.stored = StoredSweep.of(self._plan(past), sorted({run.seed for run in runs}))

    def _plan(self, past: Branch | None) -> Plan:
        scenarios = [each.scenario for each in self._conditions]
        titles, names, questions = (
            list(dict.fromkeys(words))
            for words in zip(*((each.title, each.name, each.question) for each in scenarios), strict=True)
        )
        question = questions[0] if len(questions) == 1 else ""
        title = _shortened(titles)[:LONGEST_TITLE]
        if past is not None:
            unit = process_class(scenarios[0]).unit.one
            title = title_of_futures(names[0], past.seed, unit, past.step, past.varies)
        kind, varies = ("sweep", "seed") if past is None else ("futures", past.varies)
        return Plan(title, question, _shortened(names), self.axes, (), tuple(self._conditions), kind, varies)

    @property
    def keys(self) -> list[str]:
        """The keys of all axes."""
        return [key for axis in self.axes for key in axis.keys]

    @property
    def cells(self) -> list[Cell]:
        """All runs as cells, seed by seed."""
        return list(self.runs)

    def condition(self, number: int) -> Condition:
        """Return a condition by its number, from 1."""
        return self._conditions[number - 1]

    def conditions(self) -> list[Condition]:
        """Return all conditions, in the order in which their first runs were named."""
        return list(self._conditions)

    def states(self) -> list[CellState]:
        """Return what had become of each run when it was opened."""
        return [CellState(cell, run.state, run.done, run.digest) for cell, run in self.runs.items()]

    def run_path(self, cell: Cell) -> Path:
        """Return the path of a run."""
        return self.runs[cell].path

    def run_name(self, cell: Cell) -> str:
        """Return how a table names the file of a run."""
        return str(self.runs[cell].path)

    def condition_of(self, path: Path) -> int:
        """Return the number of the condition of a run that was opened.

        Raises:
            KeyError: it wasn't.
        """
        found = {run.path: cell.condition for cell, run in self.runs.items()}
        return found[path]

    def conditions_of(self, path: str | Path) -> int:
        """Return of how many conditions the runs are that a path names, all of which were opened."""
        return len({self.condition_of(each) for each in run_paths_in([path])})

    def describe(self) -> str:
        """Return what the runs are of, in a line."""
        keys = self._keys_beside_names
        over = f" over {', '.join(keys)}" if keys else ""
        return f"{self.stored.scenario}{over}, {pluralize(len(self.runs), 'run')}"

    def describe_briefly(self) -> str:
        """Return the same with keys counted."""
        keys = self._keys_beside_names
        over = f" over {pluralize(len(keys), 'key')}" if keys else ""
        return f"{self.stored.scenario}{over}, {pluralize(len(self.runs), 'run')}"

    @property
    def _keys_beside_names(self) -> list[str]:
        """The keys of axes that the names of scenarios don't tell."""
        return [key for axis in self.axes if SCENARIO not in axis.keys for key in axis.keys]


def open_runs(paths: Sequence[str | Path]) -> SweepResult:
    """Open several run files for reading, as if they were the cells of a sweep; a sweep's folder stands for its runs.

    Runs of one scenario, whatever its words, are a condition; the axes are the keys in which conditions differ.

    Raises:
        RunFileError: one can't be opened, is there twice, or is not of the kind of the first.
    """
    return SweepResult(LooseRuns(paths))


def _shortened(words: list[str]) -> str:
    """Return names as a list in a sentence, of which many are counted."""
    more = len(words) - MOST_NAMED
    return enumerated(words if more <= 0 else [*words[:MOST_NAMED], f"{more} more"])


def _refuse_again(run: LooseRun, other: LooseRun) -> None:
    if run.path.resolve() == other.path.resolve():
        raise RunFileError(f"{run.path}: named twice; the seed is the unit, so that would count it twice")
    raise RunFileError(
        f"{run.path}: the run of seed {run.seed} again, as {other.path} is; the seed is the unit, so that would count "
        "it twice"
    )


def _check_kinds(runs: Sequence[LooseRun]) -> None:
    """Check that runs have steps and measures of one kind, so that their numbers can stand in one table.

    Raises:
        RunFileError: they don't.
    """
    first = runs[0]
    defined = {name: (run.path, own) for run in reversed(runs) for name, own in run.scenario.measure.own.items()}
    for run in runs:
        here, there = process_class(run.scenario), process_class(first.scenario)
        if here is not there:
            raise RunFileError(
                f"{run.path}: a run by {_described(run, here)}, and {first.path} by {_described(first, there)}; only "
                "runs of one kind can be read together"
            )
        for name, own in run.scenario.measure.own.items():
            other, definition = defined[name]
            if own != definition:
                raise RunFileError(f"{run.path}: its measure own.{name} is defined otherwise than in {other}")


def _described(run: LooseRun, process: type[Process]) -> str:
    return f"{run.scenario.evolution.algorithm}, in {process.unit.many}"


def common_past(runs: Sequence[LooseRun]) -> Branch | None:
    """Return where runs branched, if they are futures of one state; None if all have pasts of their own.

    The run that they branched from is the future with its own seed.

    Raises:
        RunFileError: futures of several states, or beside other runs: they share a past, so they are not independent.
    """
    branched = [(run.path, run.branch) for run in runs if run.branch is not None]
    if not branched:
        return None
    first, past = branched[0]
    for run in runs:
        if run.branch is None and run.start != past.start:
            raise RunFileError(
                f"{run.path}: not a run that {first} is a future of; futures share their past, and are read with each "
                "other, or with the run that they branched from"
            )
        if run.branch is not None and run.branch != past:
            raise RunFileError(
                f"{run.path}: a future of another state than {first}; futures are read with those of the same state"
            )
    return past
