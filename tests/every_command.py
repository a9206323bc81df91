"""Whatever `validate` accepts, every command can handle: scenarios drawn at random, and commands carried out on each.

    python tests/every_command.py --hours 3 --seed 1 --out found

Each scenario that is accepted is run, gone on with, verified and shown, and some of the other commands are carried out
on it, drawn at random. All happens in one process, so kernels are loaded once. What fails is made as small as it can
be while it fails in the same way, and written into a folder as a scenario that can be run; counts are printed.
"""

import argparse
import random
import re
import shutil
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from click.testing import Result
from drawn_commands import Table, dump, evosim, failing_loudly, watch, words_of

HOUSE = Path(__file__).parent.parent
SLOWEST = 20.0  # seconds of processor time for a command on anything as small as this
IN_EVERY_CASE = ("run", "resume", "verify", "show")
OTHERS = ("plot", "report", "measure", "null", "audit", "intervene", "record", "export", "watch")
INVALID = 3
UNDEFINED = (
    (("audit", "intervene"), "the run of an ecology, in which there are no episodes"),
    (("null",), "a null is not defined"),
    (("measure",), "no stored state has 16 planners or more"),
    (("measure",), "its worlds are another package's"),
    (("audit",), "is not a grid; detectors can observe agents only in grids"),
)  # commands, and what they say of runs for which what they measure is not defined, whatever the scenario
LARGEST_SECONDS, LARGEST_MEMORY = 60.0, 2e9  # by the estimate: what needs more is accepted, but not tried here

SPENT: Counter[str] = Counter()  # seconds of processor time, by command
TIMES: Counter[str] = Counter()  # how often each was carried out


class Failure(NamedTuple):
    """A command that failed on a scenario that is valid."""

    command: str
    kind: str  # the exception and the line that raised it
    told: str


class Trial(NamedTuple):
    """What came of a scenario."""

    accepted: bool
    commands: tuple[str, ...]
    failure: Failure | None
    refused: str = ""


# ---------------------------------------------------------------- one scenario


def try_scenario(asked: Table, folder: Path, seed: int, others: int | tuple[str, ...] = 2) -> Trial:
    """Carry out commands on a scenario until one fails; `others` are drawn, or named.

    What is slow is tried again: the first to need a kernel has to compile it.
    """
    trial = _try_once(asked, folder, seed, others)
    if trial.failure is None or trial.failure.kind != "slow":
        return trial
    shutil.rmtree(folder)
    folder.mkdir()
    return _try_once(asked, folder, seed, others)


def _try_once(asked: Table, folder: Path, seed: int, others: int | tuple[str, ...]) -> Trial:
    chance = random.Random(seed)
    path, run = folder / "scenario.toml", folder / "run.evosim"
    path.write_text(dump(asked))
    done: list[str] = []
    with failing_loudly():
        began = time.process_time()
        checked = evosim("validate", path)
        spent = time.process_time() - began
        SPENT["validate"] += spent
        TIMES["validate"] += 1
        if checked.exit_code == INVALID or type(checked.exception).__name__ in (
            "ScenarioError",
            "CrowdedWorldError",
            "TooLargeError",
            "TooLongError",
        ):
            return Trial(False, (), slow("validate", spent), str(checked.exception)[:300])
        failure = failure_of("validate", checked) or slow("validate", spent)
        if failure:
            return Trial(True, (), failure)
        if large := too_large(path):
            return Trial(False, (), None, large)
        seed_of_run = chance.choice((0, 1, 2, 2**63 - 1))
        length = generations_of(asked)
        first = max(1, length - 1)
        plan: list[tuple[str, list[object]]] = [
            ("run", ["run", path, "--seed", seed_of_run, "--out", run, "--generations", first]),
            ("resume", ["resume", run, *(["--generations", length] if length > first else [])]),
            ("verify", ["verify", run]),
            ("show", ["show", run, *(["--json"] if chance.random() < 0.5 else [])]),
        ]
        drawn = chance.sample(OTHERS, others) if isinstance(others, int) else others
        for name, words in plan:
            if name == "resume" and is_extinct(run):
                words = ["resume", run]
            failure = carried_out(name, words)
            done.append(name)
            if failure:
                return Trial(True, tuple(done), failure)
        for name in drawn:
            failure = carried_out(name, words_of(name, run, chance))
            done.append(name)
            if failure:
                return Trial(True, tuple(done), failure)
    return Trial(True, tuple(done), None)


def carried_out(name: str, words: list[object]) -> Failure | None:
    """Carry out a command; give what failed, unless the command says why it is not defined for such a run."""
    began = time.process_time()
    result = watch(words) if name == "watch" else evosim(*words)
    spent = time.process_time() - began
    SPENT[name] += spent
    TIMES[name] += 1
    if (found := slow(name, spent)) is not None:
        return found
    said = str(result.exception)
    undefined = any(name in names and reason in said for names, reason in UNDEFINED)
    return None if undefined else failure_of(name, result)


def too_large(path: Path) -> str:
    """Say by the estimate what takes too long, or too much memory, to be tried by the thousand."""
    from evosim.scenario import load_scenario
    from evosim.simulation.process import process_of

    needs = process_of(load_scenario(path), 0).resources()
    if needs.memory > LARGEST_MEMORY:
        return "too large: memory"
    return "too large: time" if (needs.seconds or 0) > LARGEST_SECONDS else ""


def slow(name: str, seconds: float) -> Failure | None:
    """Say that a command took too long, if it did."""
    return Failure(name, "slow", f"{seconds:.0f} s") if seconds > SLOWEST else None


def failure_of(name: str, result: Result) -> Failure | None:
    """Tell what failed, if something did."""
    error = result.exception
    if result.exit_code == 0 and (error is None or isinstance(error, SystemExit)):
        return None
    if error is None or isinstance(error, SystemExit):
        said = (result.output + getattr(result, "stderr", "")).strip()
        return Failure(name, f"exit {result.exit_code}: {without_numbers(said)[-160:]}", said[-2000:])
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if "evosim" in frame.filename or "/viz/" in frame.filename] or frames
    where = f"{Path(ours[-1].filename).name}:{ours[-1].name}" if ours else "what it says"
    told = "".join(traceback.format_exception(error))[-4000:]
    return Failure(name, f"{type(error).__name__} in {where}: {without_numbers(str(error))[:120]}", told)


def without_numbers(text: str) -> str:
    """Leave out of a message what differs between failures of one kind."""
    text = re.sub(r"/\S+", "PATH", text)
    text = re.sub(r"'[^']*'", "'…'", text)
    return re.sub(r"[-+]?\d[\d,.e+-]*", "N", text)


def generations_of(asked: Table) -> int:
    """Say how many generations or intervals a scenario asks for."""
    evolution = asked["evolution"]
    return int(
        evolution["generations"] if "generations" in evolution else evolution["ticks"] // evolution.get("interval", 100)
    )


def is_extinct(path: Path) -> bool:
    from evosim.simulation.runs import RunFile

    with RunFile.open(path) as run:
        return run.summary().state == "extinct"


# ---------------------------------------------------------------- as small as can be


def shrunk(asked: Table, fails: Callable[[Table], bool], *, attempts: int = 200) -> Table:
    """Leave out of a scenario whatever can be, as long as it fails in the same way."""
    tried, smaller = 0, True
    while smaller and tried < attempts:
        smaller = False
        for other in _smaller(asked):
            tried += 1
            if fails(other):
                asked, smaller = other, True
                break
            if tried >= attempts:
                break
    return asked


def _smaller(asked: Any) -> Iterator[Any]:
    """Give all that is one part less: a table without a key, a list without its last, large parts first."""
    if isinstance(asked, dict):
        for key in sorted(asked, key=lambda key: -len(str(asked[key]))):
            yield {name: value for name, value in asked.items() if name != key}
        for key, value in asked.items():
            for other in _smaller(value):
                yield {**asked, key: other}
    elif isinstance(asked, list) and asked and isinstance(asked[-1], dict):
        if len(asked) > 1:
            yield asked[:-1]
        for i, part in enumerate(asked):
            for other in _smaller(part):
                yield [*asked[:i], other, *asked[i + 1 :]]


# ---------------------------------------------------------------- the program


def install_plugins(folder: Path) -> None:
    """Install the example of a package that adds to evosim."""
    import packages

    sys.path.insert(0, str(packages.install(folder / "installed")))


def try_many(seed: int, seconds: float, found: Path, *, first: int = 0, most: int = 10**9) -> Counter[str]:
    """Try scenarios until the time is over; write what fails, and how many there were."""
    from random_scenarios import draw_scenario

    counts: Counter[str] = Counter()
    kinds: Counter[str] = Counter()
    found.mkdir(parents=True, exist_ok=True)
    end, said = time.monotonic() + seconds, time.monotonic()
    base = "/dev/shm" if Path("/dev/shm").is_dir() else None
    with tempfile.TemporaryDirectory(dir=base) as folder:
        install_plugins(Path(folder))
        place = Path(folder) / "trial"
        for number in range(first, first + most):
            if time.monotonic() > end:
                break
            asked = draw_scenario(random.Random(f"{seed} {number}"))

            def tried(scenario: Table, others: int | tuple[str, ...] = 2, number: int = number) -> Trial:
                shutil.rmtree(place, ignore_errors=True)
                place.mkdir()
                return try_scenario(scenario, place, number, others)

            trial = tried(asked)
            counts["tried"] += 1
            counts["accepted"] += trial.accepted
            counts.update(f"command {name}" for name in trial.commands)
            if trial.refused:
                counts["refused: " + without_numbers(re.sub(r"\S+scenario\.toml:\S+ ", "", trial.refused))[:70]] += 1
            if trial.failure is not None:
                counts["failed"] += 1
                kind = f"{trial.failure.command}: {trial.failure.kind}"
                kinds[kind] += 1
                if kinds[kind] <= 2:
                    write(
                        found, number, kind, smallest(asked, trial, tried) if kinds[kind] == 1 else asked, trial.failure
                    )
            if time.monotonic() > said + 30:
                said = time.monotonic()
                tell(seed, counts, kinds, found)
    tell(seed, counts, kinds, found)
    return counts


def smallest(asked: Table, trial: Trial, tried: Callable[..., Trial]) -> Table:
    """Make a scenario small that fails, as long as the same command fails alike."""
    assert trial.failure is not None
    wanted = trial.failure.command, trial.failure.kind
    if trial.failure.kind == "slow":
        return asked
    others = (wanted[0],) if wanted[0] in OTHERS else ()

    def fails(scenario: Table) -> bool:
        try:
            again = tried(scenario, others).failure
        except (KeyError, TypeError, AttributeError):  # without evolution.generations, say
            return False
        return again is not None and (again.command, again.kind) == wanted

    return shrunk(asked, fails) if fails(asked) else asked


def write(found: Path, number: int, kind: str, asked: Table, failure: Failure) -> None:
    """Write what failed: the scenario, and before it, as a comment, what happened."""
    told = "\n".join(f"# {line}" for line in failure.told.splitlines())
    name = re.sub(r"[^A-Za-z0-9]+", "-", kind)[:60].strip("-")
    (found / f"{number:06}-{name}.toml").write_text(f"# case {number}: {kind}\n{told}\n{dump(asked)}")


def tell(seed: int, counts: Counter[str], kinds: Counter[str], found: Path) -> None:
    """Print the counts, and write them beside what was found."""
    lines = [f"{time.strftime('%H:%M:%S')} seed {seed}: tried {counts['tried']:,}, accepted {counts['accepted']:,} "
             f"({counts['accepted'] / max(counts['tried'], 1):.0%}), failed {counts['failed']}, "
             f"processor {time.process_time():.0f} s"]  # fmt: skip
    lines += ["  commands: " + ", ".join(f"{name} {counts[f'command {name}']:,}" for name in (*IN_EVERY_CASE, *OTHERS))]
    lines += ["  seconds each: " + ", ".join(f"{name} {spent / TIMES[name]:.2f}" for name, spent in SPENT.items())]
    lines += [f"  {count:5} × {kind}" for kind, count in kinds.most_common()]
    lines += [f"  {count:5} {kind}" for kind, count in counts.most_common() if kind.startswith("refused")][:25]
    text = "\n".join(lines)
    print(text, flush=True)
    (found / "counts.txt").write_text(text + "\n")


def main() -> None:
    """Try for hours."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--hours", type=float, default=1.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--first", type=int, default=0, help="number of the first case")
    parser.add_argument("--cases", type=int, default=10**9, help="how many at most")
    parser.add_argument("--out", type=Path, default=Path("found"), help="where to write what fails")
    asked = parser.parse_args()
    counts = try_many(asked.seed, asked.hours * 3600, asked.out, first=asked.first, most=asked.cases)
    sys.exit(1 if counts["failed"] else 0)


if __name__ == "__main__":
    sys.path[:0] = [str(HOUSE), str(HOUSE / "tests")]
    main()
