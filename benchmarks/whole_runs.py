"""Time whole runs against those of another checkout, and compare all that they store, bit for bit.

    git worktree add ../before 9723053
    python benchmarks/whole_runs.py ../before
    python benchmarks/whole_runs.py ../before --cases red_doors floor --rounds 40 --json whole_runs.json

In each round every program takes its turn, so that a noisy machine disturbs all alike: what counts are the ratios
within rounds, of which the median and the quartiles are printed. A program of each checkout stays in memory, warm, and
is told over a pipe what to run; from the command line each run is a process of its own. The table has:

- whole runs: this checkout ÷ the other, in process, and from the command line;
- 1 → 2 threads: how many times as fast a whole run is on two threads, and for comparison how many times as fast lives
  alone are, which is what the machine gives at that moment;
- evolving alone: a whole run ÷ the same generations neither measured nor stored;
- the floor: milliseconds for each generation of 64 individuals, and what syncing costs the file system at that moment.

Every table but those that tell of the running itself (`events`, `timings`) must be the same in both.
"""

import argparse
import json
import os
import platform
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from pathlib import Path
from statistics import median, quantiles
from typing import Any, NamedTuple

HERE = Path(__file__).parents[1]
OF_RUNNING = {"events", "timings"}  # tables that differ from run to run
CASES = {
    "red_doors": ["red_doors"],
    "large": ["red_doors", "evolution.population=10000", "evolution.generations=20"],
    "ecology": ["contraception", "evolution.ticks=2000"],
    "floor": ["red_doors", "evolution.population=64", "measure.every=1000"],
}
ON_COMMAND_LINE = {"red_doors"}


class Checkout:
    """A folder of evosim's sources, and a program that has them imported."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.resolve()
        self.environment = {**os.environ, "PYTHONPATH": str(self.folder)}
        self.program = subprocess.Popen(
            [sys.executable, __file__, "--serve"], cwd=self.folder, env=self.environment, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )  # fmt: skip
        where = Path(self.ask(what="where")["where"])
        if self.folder not in where.parents:
            raise SystemExit(f"{self.folder}: its program imports {where}")

    def ask(self, **task: Any) -> dict[str, Any]:
        """Let the program carry out a task; return what it answers."""
        assert self.program.stdin is not None
        assert self.program.stdout is not None
        self.program.stdin.write(json.dumps(task) + "\n")
        self.program.stdin.flush()
        answer: dict[str, Any] = json.loads(self.program.stdout.readline())
        return answer

    def run(self, case: list[str], out: Path, threads: int) -> float:
        """Return the seconds of a whole run in the program."""
        seconds: float = self.ask(what="run", case=case, out=str(out), threads=threads)["seconds"]
        return seconds

    def run_command(self, case: list[str], out: Path, threads: int) -> float:
        """Return the seconds of a whole run from the command line."""
        scenario, *changes = case
        options = [word for change in changes for word in ("--set", change)]
        command = ["run", scenario, *options, "--out", str(out), "--threads", str(threads), "--progress", "none"]
        began = time.perf_counter()
        subprocess.run([sys.executable, "-m", "evosim", *command], cwd=self.folder, env=self.environment, check=True)
        return time.perf_counter() - began

    def close(self) -> None:
        """End the program."""
        self.program.communicate()


def serve() -> None:
    """Carry out tasks from standard input, one a line."""
    import evosim

    sys.path.remove(str(Path(__file__).parent))
    for line in sys.stdin:
        task = json.loads(line)
        kind = task.pop("what")
        answer = {"where": evosim.__file__} if kind == "where" else {"seconds": TASKS[kind](**task)}
        print(json.dumps(answer), flush=True)


def whole_run(case: list[str], out: str, threads: int) -> float:
    """Run a scenario and store it; return the seconds."""
    from evosim.scenario import load_scenario
    from evosim.simulation.runner import run

    scenario = load_scenario(case[0], case[1:])
    began = time.perf_counter()
    run(scenario, seed=1, out=out, threads=threads).close()
    return time.perf_counter() - began


def evolving(case: list[str], threads: int) -> float:
    """Go through the steps of a scenario, neither measured nor stored; return the seconds."""
    from evosim.scenario import load_scenario
    from evosim.simulation.laboratory import Laboratory

    scenario = load_scenario(case[0], case[1:])
    is_measured = Laboratory.is_measured
    Laboratory.is_measured = lambda self, generation: False  # type: ignore[method-assign]
    began = time.perf_counter()
    try:
        for _ in steps_of(scenario, threads):
            pass
    finally:
        Laboratory.is_measured = is_measured  # type: ignore[method-assign]
    return time.perf_counter() - began


def steps_of(scenario: Any, threads: int) -> Iterable[Any]:
    """Return the steps of a scenario, of grids or of an ecology."""
    import evosim

    grids = scenario.evolution.algorithm != "natural_selection"
    steps: Iterable[Any] = (evosim.generations if grids else evosim.intervals)(scenario, seed=1, threads=threads)
    return steps


def living(threads: int) -> float:
    """Let a population live; return the seconds: what the machine's threads give at this moment."""
    from evosim.mind.expression import express
    from evosim.mind.founders import draw_founders
    from evosim.numerics.compiler import threads as pool
    from evosim.numerics.random import key_of
    from evosim.scenario import load_scenario
    from evosim.simulation.laboratory import Laboratory

    scenario = load_scenario("red_doors", ["evolution.population=2000"])
    laboratory = Laboratory(scenario, 1)
    founders = draw_founders(scenario, laboratory.layout, 1)
    minds = express(scenario, laboratory.layout, founders)
    ids = founders[:, 0].astype("int64")
    with pool.using(threads):
        laboratory.live("training", minds, ids, key_of(1), key_of(2), 16)  # draws the worlds
        began = time.perf_counter()
        laboratory.live("training", minds, ids, key_of(1), key_of(2), 16)
    return time.perf_counter() - began


TASKS: dict[str, Callable[..., float]] = {"run": whole_run, "evolve": evolving, "live": living}


def columns_of(path: Path) -> dict[str, list[str]]:
    """Return the names of the columns of all tables of a run but those of its running."""
    with closing(sqlite3.connect(path)) as connection:
        names = [name for (name,) in connection.execute("select name from sqlite_master where type = 'table'")]
        return {
            name: [column[1] for column in connection.execute(f"pragma table_info({name})")]
            for name in names
            if name not in OF_RUNNING
        }


def tables_of(path: Path, columns: dict[str, list[str]]) -> dict[str, list[str]]:
    """Read some columns of a run's tables, each row as text that tells all its bits."""
    with closing(sqlite3.connect(path)) as connection:
        found = {}
        for name, some in columns.items():
            quoted = ", ".join(f'"{column}"' for column in some)
            found[name] = [repr(row) for row in connection.execute(f"select {quoted} from {name} order by rowid")]
        return found


def first_difference(one: Path, other: Path) -> str:
    """Return the first table in which two runs differ, and where; empty if they are the same.

    A column that only one of the programs knows, as another release has more of them, is left out.
    """
    here, there = columns_of(one), columns_of(other)
    if set(here) != set(there):
        return f"different tables: {', '.join(sorted(set(here) ^ set(there)))}"
    both = {name: [column for column in here[name] if column in there[name]] for name in here}
    first, second = tables_of(one, both), tables_of(other, both)
    for name, rows in first.items():
        if len(rows) != len(second[name]):
            return f"{name}: {len(rows)} rows, and {len(second[name])}"
        for number, (row, as_before) in enumerate(zip(rows, second[name], strict=True)):
            if row != as_before:
                return f"{name}, row {number}: {row} and {as_before}"
    return ""


def sync_seconds(folder: Path) -> float:
    """Return the seconds in which a page that was appended to a file reaches the disk."""
    with open(folder / "page", "ab") as page:
        page.write(bytes(4096))
        page.flush()
        began = time.perf_counter()
        os.fsync(page.fileno())
        return time.perf_counter() - began


class Ratio(NamedTuple):
    """Ratios within rounds: their median and quartiles."""

    median: float
    low: float
    high: float

    @classmethod
    def of(cls, above: list[float], below: list[float]) -> "Ratio":
        """Return the ratios of two lists of seconds, round by round."""
        ratios = [one / other for one, other in zip(above, below, strict=True)]
        low, _, high = quantiles(ratios, n=4) if len(ratios) > 1 else ratios * 3
        return cls(median(ratios), low, high)

    def __str__(self) -> str:
        return f"{self.median:.2f} [{self.low:.2f}, {self.high:.2f}]"


class Programs(NamedTuple):
    """What takes turns: this checkout and another, each with the file that it writes."""

    here: Checkout
    there: Checkout
    folder: Path
    threads: int

    def turns(self, case: list[str], *, command_line: bool) -> dict[str, Callable[[], float]]:
        """Return by name what takes a turn in a round, and gives its seconds."""
        here, there = self.folder / "this.evosim", self.folder / "other.evosim"
        turns: dict[str, Callable[[], float]] = {
            "there": lambda: self.there.run(case, fresh(there), self.threads),
            "here": lambda: self.here.run(case, fresh(here), self.threads),
            "here, 1 thread": lambda: self.here.run(case, fresh(here), 1),
            "evolving alone": lambda: self._ask("evolve", case=case, threads=self.threads),
            "lives": lambda: self._ask("live", threads=self.threads),
            "lives, 1 thread": lambda: self._ask("live", threads=1),
            "sync": lambda: sync_seconds(self.folder),
        }
        if command_line:
            turns["there, command line"] = lambda: self.there.run_command(case, fresh(there), self.threads)
            turns["here, command line"] = lambda: self.here.run_command(case, fresh(here), self.threads)
        return turns

    def _ask(self, what: str, **task: Any) -> float:
        seconds: float = self.here.ask(what=what, **task)["seconds"]
        return seconds


def fresh(path: Path) -> Path:
    """Return a path at which there is no run."""
    for each in path.parent.glob(f"*{path.name}*"):
        each.unlink()
    return path


def take_rounds(
    programs: Programs, name: str, rounds: int, only: Sequence[str] = ()
) -> tuple[dict[str, list[float]], str]:
    """Return the seconds of every turn in some rounds, after one that warms up, and where the stored tables differ."""
    turns = programs.turns(CASES[name], command_line=name in ON_COMMAND_LINE)
    turns = {what: turn for what, turn in turns.items() if not only or what in only}
    seconds: dict[str, list[float]] = {what: [] for what in turns}
    differs = ""
    for number in range(rounds + 1):
        for what, turn in turns.items():
            took = turn()
            if number:
                seconds[what].append(took)
            if what.startswith("here"):
                written = [programs.folder / f"{which}.evosim" for which in ("this", "other")]
                differs = differs or first_difference(*written)
        print(f"{name}: {number} of {rounds} rounds", file=sys.stderr, flush=True)
    return seconds, differs


def ratios_of(seconds: dict[str, list[float]]) -> dict[str, Ratio]:
    """Return the ratios of a case, by what they tell."""
    pairs = {
        "whole run, this ÷ the other": ("here", "there"),
        "from the command line, this ÷ the other": ("here, command line", "there, command line"),
        "whole run, 1 ÷ as many threads": ("here, 1 thread", "here"),
        "lives alone, 1 ÷ as many threads": ("lives, 1 thread", "lives"),
        "whole run ÷ evolving alone": ("here", "evolving alone"),
    }
    taken = {what: pair for what, pair in pairs.items() if all(each in seconds for each in pair)}
    return {what: Ratio.of(*(seconds[each] for each in pair)) for what, pair in taken.items()}


def main() -> None:
    """Print the table, and write it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("other", type=Path, nargs="?", help="the folder of another checkout")
    parser.add_argument("--cases", nargs="+", choices=CASES, default=[*CASES], help="which runs (default: all)")
    parser.add_argument("--rounds", type=int, default=20, help="rounds in which all take turns (default: 20)")
    parser.add_argument("--threads", type=int, default=2, help="threads of each run (default: 2)")
    parser.add_argument("--turns", nargs="+", metavar="TURN", default=[], help="which turns (default: all)")
    parser.add_argument("--json", type=Path, help="where the numbers are written")
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.serve:
        serve()
        return
    if arguments.other is None:
        parser.error("give the folder of another checkout")
    found: dict[str, Any] = {"machine": platform.processor() or platform.machine(), "cores": os.cpu_count()}
    print(f"{found['machine']}, {found['cores']} cores, {arguments.threads} threads, {arguments.rounds} rounds")
    here, there = Checkout(HERE), Checkout(arguments.other)
    failed = False
    with tempfile.TemporaryDirectory() as folder:
        programs = Programs(here, there, Path(folder), arguments.threads)
        for name in arguments.cases:
            seconds, differs = take_rounds(programs, name, arguments.rounds, arguments.turns)
            ratios = ratios_of(seconds)
            failed |= bool(differs)
            print(f"\n{name}: {' '.join(CASES[name])}\n  tables: {differs or 'the same, bit for bit'}")
            for what, ratio in ratios.items():
                print(f"  {what:<42}{ratio}")
            for what, each in seconds.items():
                print(f"  {what:<42}{1000 * median(each):.1f} ms")
            told = {what: ratio._asdict() for what, ratio in ratios.items()}
            found[name] = {"seconds": seconds, "differs": differs, "ratios": told}
    here.close()
    there.close()
    if arguments.json:
        arguments.json.write_text(json.dumps(found, indent=1) + "\n")
    if failed:
        raise SystemExit("stored tables differ")


if __name__ == "__main__":
    main()
