"""Kill evosim at moments drawn uniformly from the progress of what it does, and see whether anything acknowledged is lost.

    python benchmarks/kills.py                      # 200 kills
    python benchmarks/kills.py --each 1 --log kills.txt

Each kill is a SIGKILL. A run is killed at a real number of generations drawn uniformly from all of them: after so many
have been acknowledged (their lines of progress have been read), at that share of the next one. It is then gone on with,
and killed again. After each kill nothing acknowledged may be missing, every digest must be that of a run left alone, the
state that it goes on from must be sound, and beside the run there may be only its own log and lock. In the end the run
is gone on with to its end, which must be that of the run left alone, with no other file beside it.

Five kinds of runs are killed like this, and each once more while it writes: at a share, drawn uniformly, of the time that
its log takes to be written. Compiling is killed at a number of kernels drawn uniformly from all. Exports, figures,
reports and films are killed at a share, drawn uniformly, of the processor time that they take when left alone; what was
to appear must not be there, or be whole, and made anew be byte for byte that of a program left alone.
"""

import argparse
import contextlib
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from evosim import load_scenario, open_run
from evosim.records import RunFile
from evosim.running import carry_on

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


def started(arguments: list[str], folder: Path, **variables: str) -> "subprocess.Popen[str]":
    """Start evosim in a folder."""
    command = [sys.executable, "-m", "evosim", *arguments]
    environment = {**os.environ, **variables}
    return subprocess.Popen(
        command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, env=environment
    )


def processor_time(process: "subprocess.Popen[str]") -> float:
    """Give the seconds of processor time that a process has had."""
    try:
        fields = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def wait_until(process: "subprocess.Popen[str]", reached: float) -> float:
    """Wait until a process has had so much processor time, or has ended; give how much it has had."""
    had = processor_time(process)
    while had < reached and process.poll() is None:
        time.sleep(TICK)
        had = max(had, processor_time(process))
    return had


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
            (run.kept if run.shared else run.state)()
    if len(digests) - 1 < acknowledged:
        faults.append(f"lost {acknowledged - len(digests) + 1}")
    if digests != straight.digests[: len(digests)]:
        faults.append("other digests")
    return len(digests) - 1, faults


def kill_run(command: list[str], path: Path, moment: float, start: float, *, writing: bool) -> tuple[int, bool]:
    """Start a run and kill it at a moment; give the last generation acknowledged, and whether it had ended before."""
    process = started([*command, "--progress", "json"], path.parent)
    assert process.stderr is not None
    target, share = int(moment) - 1, moment % 1.0
    acknowledged, last, lasted = -1, 0.0, 0.02
    for line in process.stderr:
        number = acknowledged_in(line)
        if number is None:
            continue
        now = time.monotonic()
        lasted, last = (now - last if last else lasted), now
        acknowledged = number
        if number >= target:
            break
    if writing:
        log = Path(f"{path}-wal")
        before, until = log.stat().st_mtime_ns if log.exists() else 0, time.monotonic() + 2.0
        while log.exists() and log.stat().st_mtime_ns == before and time.monotonic() < until:
            pass
        time.sleep(share * 0.3 * lasted)
    elif acknowledged < 0:
        wait_until(process, share * start)
    else:
        time.sleep(share * lasted)
    ended = process.poll() is not None
    process.kill()
    for line in process.stderr:
        number = acknowledged_in(line)
        acknowledged = acknowledged if number is None else number
    process.wait()
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
    start = 1.5
    for moment in sorted(draw.uniform(0, len(straight.digests)) for _ in range(count)):
        command = ["resume", path.name] if path.exists() else begin
        acknowledged, ended = kill_run(command, path, moment, start, writing=writing)
        stored, faults = faults_of(path, straight, acknowledged)
        yield Kill(what, f"generation {moment:.2f}", ended, acknowledged, stored, faults)
    faults = []
    process = started(["resume", path.name] if path.exists() else begin, place)
    said = process.communicate()[1]
    if process.returncode:
        faults.append(f"exit code {process.returncode}: {said}")
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
        process = started(begin, place, EVOSIM_CACHE_DIR=str(cache))
        while process.poll() is None and sum(1 for _ in cache.rglob("*.nb[ic]")) < moment:
            time.sleep(TICK)
        wait_until(process, processor_time(process) + draw.uniform(0, 0.3))
        ended = process.poll() is not None
        process.kill()
        process.communicate()
        stored, faults = faults_of(path, straight, -1)
        yield Kill("compiling", f"file {moment:.1f} of kernels", ended, -1, stored, faults)
        if ended:
            path.unlink(missing_ok=True)
    process = started(["resume", path.name] if path.exists() else begin, place, EVOSIM_CACHE_DIR=str(cache))
    said = process.communicate()[1]
    faults = [f"exit code {process.returncode}: {said}"] if process.returncode else []
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
            process = started(command, place)
            took = wait_until(process, float("inf"))
            process.communicate()
            right[kind] = contents(out), took
            shutil.rmtree(out) if out.is_dir() else out.unlink()
        whole, takes = right[kind]
        share = draw.random()
        process = started(command, place)
        wait_until(process, share * takes)
        ended = process.poll() is not None
        process.kill()
        process.communicate()
        faults = [] if contents(out) in ({}, whole) else ["half of it is there"]
        if out.is_dir():
            shutil.rmtree(out)
        process = started(command, place)
        said = process.communicate()[1]
        if process.returncode:
            faults.append(f"exit code {process.returncode}: {said}")
        if contents(out) != whole:
            faults.append("made anew it is another")
        yield Kill(f"making {kind}", f"{share:.2f} of its {takes:.2f} s", ended, -1, -1, faults)


def kills(each: int, draw: random.Random) -> Iterator[Kill]:
    """Kill everything: of 200 kills (`each` 40) 125 while runs evolve, 25 while they write, 12, 20 and 18 elsewhere."""
    shares = {"evolving": 25, "writing": 5, "compiling": 12, "making": 20, "filming": 18}
    counts = {name: max(1, round(share * each / 40)) for name, share in shares.items()}
    with contextlib.ExitStack() as stack:

        def room() -> Path:
            return Path(stack.enter_context(tempfile.TemporaryDirectory()))

        for kind in RUNS:
            yield from kill_runs(kind, counts["evolving"], draw, room(), writing=False)
            yield from kill_runs(kind, counts["writing"], draw, room(), writing=True)
        yield from kill_works(WORKS, counts["making"], draw, room())
        yield from kill_works(FILMS, counts["filming"], draw, room())
        yield from kill_compiling(counts["compiling"], draw, room())


def main() -> int:
    """Kill, look, and tell."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--each", type=int, default=40, help="kills of each of five kinds (default: 40, 200 in all)")
    parser.add_argument("--seed", type=int, default=0, help="seed of the moments (default: 0)")
    parser.add_argument("--log", type=Path, help="a file for the log, beside standard output")
    arguments = parser.parse_args()
    began, found, ends = time.monotonic(), [], []
    with contextlib.ExitStack() as stack:
        log = stack.enter_context(arguments.log.open("w")) if arguments.log else None
        for kill in kills(arguments.each, random.Random(arguments.seed)):
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
