"""Kill evosim at moments drawn uniformly from the progress of what it does, and look whether anything is lost.

    python benchmarks/kills.py                      # 200 kills
    python benchmarks/kills.py --each 1 --log kills.txt

Each kill is a SIGKILL. A run is killed at a real number of generations drawn uniformly from all of them: after so many
have been acknowledged (their lines of progress have been read), at that share of the next one. It is then gone on
with, and killed again. After each kill nothing acknowledged may be missing, every digest must be that of a run left
alone, the state that it goes on from must be sound, and beside the run there may be only its own log and lock. In the
end the run is gone on with to its end, which must be that of the run left alone, with no other file beside it.

Five kinds of runs are killed like this, and each once more while it writes: at a share, drawn uniformly, of the time
in which its log is written. Compiling is killed at a number of files drawn uniformly from all. Exports, figures,
reports and films are killed at a share, drawn uniformly, of the processor time that they take when left alone; what
was to appear must not be there, or be whole, and made anew be byte for byte what a program left alone makes.

The first program of each kind is started; those that follow are forks of this one that carry out the same command,
which spares them importing all libraries.
"""

import argparse
import contextlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple, NoReturn

from evosim import load_scenario, open_run
from evosim.cli import main as commands
from evosim.numerics.compiler import threads
from evosim.simulation.runner import carry_on
from evosim.simulation.runs import RunFile

FEW = ["evolution.population=48", "evolution.episodes=4", "measure.episodes=4"]
MEADOW = [
    "world.size=[40, 40]", "world.objects.fruit.count=140", "world.objects.fruit.grows=4", "evolution.population=60",
]  # fmt: skip
RUNS = {
    "grid": ("red_doors", [*FEW, "evolution.generations=120"]),
    "ecology": ("contraception", [*MEADOW, "evolution.ticks=12_000"]),
    "pareto": ("pareto", [*FEW, "evolution.generations=120"]),
    "cma_es": ("red_doors", [*FEW, "evolution.algorithm=cma_es", "evolution.generations=120"]),
    "tree_search": (
        "keys_and_chests",
        [*FEW, 'mind.planner.algorithm="tree_search"', "mind.planner.horizon=4", "evolution.generations=120"],
    ),
}
WRITERS = {name: (scenario, [*options, "measure.every=1"]) for name, (scenario, options) in RUNS.items()}
WORKS = {
    "csv": ["export", "RUN", "--table", "individuals", "-o", "out.csv"],
    "json": ["export", "RUN", "--table", "individuals", "--format", "json", "-o", "out.json"],
    "alife": ["export", "RUN", "--format", "alife", "-o", "out.alife.csv"],
    "figure": ["plot", "RUN", "-o", "out.png"],
    "report": ["report", "RUN", "-o", "out.html"],
}
FILMS = {
    kind: ["record", "RUN", "-o", name, "--seconds", "1", "--rate", "12", "--size", "320x200"]
    for kind, name in (("gif", "out.gif"), ("webp", "out.webp"), ("pictures", "out"))
}
KINDS = [*RUNS, "making", "filming", "compiling"]
SEED = 3
TICK = 0.002  # seconds between two looks


class Kill(NamedTuple):
    """One kill, and what was found after it."""

    what: str
    drawn: str  # the moment that was drawn
    ended: bool  # it had ended by itself before
    acknowledged: int
    stored: int
    faults: list[str]

    def told(self) -> str:
        """Write it as a line of the log."""
        found = "; ".join(self.faults) or "sound"
        counts = f"acknowledged {self.acknowledged:>4} stored {self.stored:>4}" if self.stored >= 0 else ""
        return f"{self.what:<22}{self.drawn:<28}{'ended before' if self.ended else 'killed':<14}{counts:<32}{found}"


class Program:
    """Evosim at work in a folder, started, or as a fork of this program; `lines` are its messages."""

    def __init__(self, arguments: list[str], folder: Path, *, fork: bool, **variables: str) -> None:
        ear, mouth = os.pipe()
        self.code: int | None = None
        if fork:
            threads.close()
            self.pid = os.fork()
            if self.pid == 0:
                carry_out(arguments, folder, mouth)
        else:
            command = [sys.executable, "-m", "evosim", *arguments]
            environment = {**os.environ, **variables}
            self.process = subprocess.Popen(
                command, cwd=folder, stdout=subprocess.DEVNULL, stderr=mouth, env=environment
            )
            self.pid = self.process.pid
        os.close(mouth)
        self.lines = open(ear, encoding="utf-8")  # noqa: SIM115 - it is read until the program ends

    def poll(self, *, wait: bool = False) -> int | None:
        """Give the exit code if it has ended."""
        if self.code is None:
            pid, status = os.waitpid(self.pid, 0 if wait else os.WNOHANG)
            if pid:
                self.code = os.waitstatus_to_exitcode(status)
        return self.code

    def kill(self) -> bool:
        """Kill it; tell whether it had ended before."""
        ended = self.poll() is not None
        if not ended:
            os.kill(self.pid, signal.SIGKILL)
        return ended

    def wait(self) -> tuple[int, str]:
        """Wait until it has ended; give its exit code, and what it said."""
        with self.lines:
            said = self.lines.read()
        code = self.poll(wait=True)
        assert code is not None
        if hasattr(self, "process"):
            self.process.returncode = code
        return code, said

    def processor_time(self) -> float:
        """Give the seconds of processor time that it has had."""
        try:
            fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            return 0.0
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def work_until(self, reached: float) -> float:
        """Wait until it has had so much processor time, or has ended; give how much it has had."""
        had = self.processor_time()
        while had < reached and self.poll() is None:
            time.sleep(TICK)
            had = max(had, self.processor_time())
        return had


def carry_out(arguments: list[str], folder: Path, mouth: int) -> NoReturn:
    """Be evosim, and end."""
    code = 70
    try:
        os.chdir(folder)
        os.dup2(mouth, 2)
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        sys.stdout, sys.stderr = open(1, "w"), open(2, "w", buffering=1)  # noqa: SIM115 - to the end
        commands(arguments, prog_name="evosim")
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 70
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(code)


def acknowledged_in(line: str) -> int | None:
    """Read which generation a whole line acknowledges."""
    return json.loads(line)["generation"] if '"event": "generation"' in line and line.endswith("}\n") else None


class Straight(NamedTuple):
    """A run left alone."""

    path: Path
    digests: list[str]


def left_alone(scenario: str, options: list[str], path: Path) -> Straight:
    """Run to the end without being killed."""
    with RunFile.create(path, load_scenario(scenario, options), SEED) as run:
        for _ in carry_on(run):
            pass
        return Straight(path, run.digests())


def faults_of(path: Path, straight: Straight, acknowledged: int) -> tuple[int, list[str]]:
    """Look at what a kill has left: the last generation stored, and all that is wrong."""
    beside = {each.name for each in path.parent.iterdir()}
    allowed = {path.name, f"{path.name}-wal", f"{path.name}-shm", f".{path.name}.lock", f".{path.name}.new"}
    faults = [f"left behind: {name}" for name in sorted(beside - allowed - {f".{path.name}.new-journal"})]
    if not path.exists():
        return -1, faults + (["the run is gone"] if acknowledged >= 0 else [])
    with open_run(path) as run:
        digests = run.digests()
        if digests:
            run.checkpoint()
    if len(digests) - 1 < acknowledged:
        faults.append(f"lost {acknowledged - len(digests) + 1}")
    if digests != straight.digests[: len(digests)]:
        faults.append("other digests")
    return len(digests) - 1, faults


def kill_run(program: Program, path: Path, moment: float, start: float, *, writing: bool) -> tuple[int, bool]:
    """Kill a run at a moment; give the last generation acknowledged, and whether it had ended before."""
    target, share = int(moment) - 1, moment % 1.0
    acknowledged, last, lasted = -1, 0.0, 0.02
    for line in program.lines if target >= 0 else ():
        number = acknowledged_in(line)
        if number is None:
            continue
        now = time.monotonic()
        lasted, last = (now - last if last else lasted), now
        acknowledged = number
        if number >= target:
            break
    if acknowledged < 0:
        program.work_until(share * start)
    elif writing:
        log = Path(f"{path}-wal")
        before, until = log.stat().st_mtime_ns if log.exists() else 0, time.monotonic() + 2.0
        while log.exists() and log.stat().st_mtime_ns == before and time.monotonic() < until:
            pass
        time.sleep(share * 0.3 * lasted)
    else:
        time.sleep(share * lasted)
    ended = program.kill()
    for line in program.wait()[1].splitlines(keepends=True):
        number = acknowledged_in(line)
        acknowledged = acknowledged if number is None else number
    return acknowledged, ended


def kill_runs(kind: str, count: int, draw: random.Random, folder: Path, *, writing: bool) -> Iterator[Kill]:
    """Kill a run again and again, go on with it each time, in the end to its end."""
    scenario, options = (WRITERS if writing else RUNS)[kind]
    straight = left_alone(scenario, options, folder / "straight.evosim")
    place = folder / "killed"
    place.mkdir()
    path = place / "run.evosim"
    changes = [word for option in options for word in ("--set", option)]
    begin = ["run", scenario, *changes, "--seed", str(SEED), "--out", path.name]
    what = f"{kind}, writing" if writing else kind
    start = 2.0
    for moment in sorted(draw.uniform(0, len(straight.digests)) for _ in range(count)):
        command = ["resume", path.name] if path.exists() else begin
        first = command is begin
        program = Program([*command, "--progress", "json"], place, fork=not first)
        acknowledged, ended = kill_run(program, path, moment, start if first else 0.2, writing=writing)
        stored, faults = faults_of(path, straight, acknowledged)
        yield Kill(what, f"generation {moment:.2f}", ended, acknowledged, stored, faults)
    faults = []
    code, said = Program(["resume", path.name] if path.exists() else begin, place, fork=True).wait()
    if code:
        faults.append(f"exit code {code}: {said}")
    faults += faults_of(path, straight, len(straight.digests) - 1)[1]
    faults += [f"left in the end: {name}" for name in sorted({e.name for e in place.iterdir()} - {path.name})]
    yield Kill(what, "gone on with to its end", True, len(straight.digests) - 1, len(straight.digests) - 1, faults)


def kill_compiling(count: int, draw: random.Random, folder: Path) -> Iterator[Kill]:
    """Kill a run while it compiles into an empty cache, which each start finds as the last kill has left it."""
    scenario, options = RUNS["grid"][0], [*FEW, "evolution.generations=6"]
    straight = left_alone(scenario, options, folder / "straight.evosim")
    cache, place = folder / "cache", folder / "killed"
    place.mkdir()
    path = place / "run.evosim"
    changes = [word for option in options for word in ("--set", option)]
    begin = ["run", scenario, *changes, "--seed", str(SEED), "--out", path.name]
    for moment in sorted(draw.uniform(0, 250) for _ in range(count)):
        program = Program(begin, place, fork=False, EVOSIM_CACHE_DIR=str(cache))
        while program.poll() is None and sum(1 for _ in cache.rglob("*.nb[ic]")) < moment:
            time.sleep(10 * TICK)
        program.work_until(program.processor_time() + draw.uniform(0, 0.3))
        ended = program.kill()
        program.wait()
        stored, faults = faults_of(path, straight, -1)
        yield Kill("compiling", f"file {moment:.1f} of kernels", ended, -1, stored, faults)
        if ended:
            path.unlink(missing_ok=True)
    last = ["resume", path.name] if path.exists() else begin
    code, said = Program(last, place, fork=False, EVOSIM_CACHE_DIR=str(cache)).wait()
    faults = [f"exit code {code}: {said}"] if code else []
    faults += faults_of(path, straight, len(straight.digests) - 1)[1]
    faults += [f"left in the end: {name}" for name in sorted({e.name for e in place.iterdir()} - {path.name})]
    yield Kill("compiling", "gone on with to its end", True, 5, 5, faults)


def contents(path: Path) -> dict[str, bytes]:
    """Read a file, or all files of a folder."""
    files = sorted(path.rglob("*")) if path.is_dir() else [path] if path.exists() else []
    return {str(file.relative_to(path.parent)): file.read_bytes() for file in files}


def kill_works(works: dict[str, list[str]], count: int, draw: random.Random, folder: Path) -> Iterator[Kill]:
    """Kill what makes files of a run, each kind in turn, and make the file anew after it."""
    scenario, options = RUNS["grid"]
    straight = left_alone(scenario, [*options, "evolution.generations=30"], folder / "straight.evosim")
    right: dict[str, tuple[dict[str, bytes], float]] = {}
    for i in range(count):
        kind = list(works)[i % len(works)]
        place = folder / f"{kind}{i}"
        place.mkdir()
        shutil.copy(straight.path, place / "run.evosim")
        command = [{"RUN": "run.evosim"}.get(word, word) for word in works[kind]]
        out = place / command[command.index("-o") + 1]
        if kind not in right:
            program = Program(command, place, fork=True)
            took = program.work_until(float("inf"))
            program.wait()
            right[kind] = contents(out), took
            shutil.rmtree(out) if out.is_dir() else out.unlink()
        whole, takes = right[kind]
        share = draw.random()
        program = Program(command, place, fork=True)
        program.work_until(share * takes)
        ended = program.kill()
        program.wait()
        faults = [] if contents(out) in ({}, whole) else ["half of it is there"]
        if out.is_dir():
            shutil.rmtree(out)
        code, said = Program(command, place, fork=True).wait()
        if code:
            faults.append(f"exit code {code}: {said}")
        if contents(out) != whole:
            faults.append("made anew it is another")
        yield Kill(f"making {kind}", f"{share:.2f} of its {takes:.2f} s", ended, -1, -1, faults)


def kills(each: int, only: list[str], draw: random.Random) -> Iterator[Kill]:
    """Kill everything: of 200 kills (`each` 40) 125 while runs evolve, 25 while they write, 12, 20 and 18 elsewhere."""
    shares = {"evolving": 25, "writing": 5, "compiling": 12, "making": 20, "filming": 18}
    counts = {name: max(1, round(share * each / 40)) for name, share in shares.items()}
    with contextlib.ExitStack() as stack:

        def room() -> Path:
            return Path(stack.enter_context(tempfile.TemporaryDirectory()))

        for kind in only:
            if kind in RUNS:
                yield from kill_runs(kind, counts["evolving"], draw, room(), writing=False)
                yield from kill_runs(kind, counts["writing"], draw, room(), writing=True)
            elif kind == "compiling":
                yield from kill_compiling(counts["compiling"], draw, room())
            else:
                works = WORKS if kind == "making" else FILMS
                yield from kill_works(works, counts[kind], draw, room())


def main() -> int:
    """Kill, look, and tell."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--each", type=int, default=40, help="kills of each of five kinds (default: 40, 200 in all)")
    parser.add_argument("--seed", type=int, default=0, help="seed of the moments (default: 0)")
    parser.add_argument("--only", nargs="+", choices=KINDS, default=KINDS, help="what to kill (default: everything)")
    parser.add_argument("--log", type=Path, help="a file for the log, beside standard output")
    arguments = parser.parse_args()
    began = time.monotonic()
    found: list[Kill] = []
    ends: list[Kill] = []
    with contextlib.ExitStack() as stack:
        log = stack.enter_context(arguments.log.open("w")) if arguments.log else None
        for kill in kills(arguments.each, arguments.only, random.Random(arguments.seed)):
            (ends if kill.drawn.startswith("gone on") else found).append(kill)
            for file in (sys.stdout, log):
                if file is not None:
                    print(kill.told(), file=file, flush=True)
        faults = [kill for kill in (*found, *ends) if kill.faults]
        early = sum(kill.ended for kill in found)
        told = (
            f"{len(found)} kills ({early} came when the program had ended), {len(ends)} runs gone on with to the end: "
        )
        told += f"{len(faults)} with a fault ({time.monotonic() - began:.0f} s)"
        for file in (sys.stdout, log):
            if file is not None:
                print(told, file=file)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
