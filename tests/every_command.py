"""Whatever `validate` accepts, every command can handle: scenarios drawn at random, and commands carried out on each.

    python tests/every_command.py --hours 3 --seed 1 --out found

Each scenario that is accepted is run, gone on with, verified and shown, and some of the other commands are carried out
on it, drawn at random. All happens in one process, so kernels are loaded once. What fails is made as small as it can
be while it fails in the same way, and written into a folder as a scenario that can be run; counts are printed.
"""

import argparse
import json
import os
import random
import re
import shutil
import sys
import tempfile
import time
import traceback
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple
from unittest import mock

from click.testing import CliRunner, Result

HOUSE = Path(__file__).parent.parent
SLOWEST = 20.0  # seconds of processor time for a command on anything as small as this
ALWAYS = ("run", "resume", "verify", "show")
OTHERS = ("plot", "report", "measure", "null", "audit", "intervene", "record", "export", "watch")
INVALID = 3
UNDEFINED = (
    (("report", "audit", "intervene"), "the run of an ecology, in which there are no episodes"),
    (("null",), "a null is not defined"),
    (("measure",), "in no state that is stored live 16 planners or more"),
    (("measure",), "its worlds are another package's"),
)  # commands, and what they say of runs for which what they measure is not defined, whatever the scenario
LARGEST_SECONDS, LARGEST_MEMORY = 60.0, 2e9  # by the estimate: what needs more is accepted, but not tried here

Table = dict[str, Any]
SPENT: Counter[str] = Counter()  # seconds of processor time


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


# ---------------------------------------------------------------- a scenario as a file


def dump(asked: Table) -> str:
    """Write the tables of a scenario as TOML: what is no table first, one line each."""
    lines = [f"{_key(key)} = {_value(value)}" for key, value in asked.items() if not isinstance(value, dict)]
    for key, value in asked.items():
        if isinstance(value, dict):
            lines += ["", f"[{_key(key)}]", *(f"{_key(inner)} = {_value(each)}" for inner, each in value.items())]
    return "\n".join(lines) + "\n"


def _key(key: str) -> str:
    return key if re.fullmatch(r"[A-Za-z0-9_-]+", key) else json.dumps(key, ensure_ascii=False)


def _value(value: Any) -> str:
    if isinstance(value, dict):
        inner = ", ".join(f"{_key(key)} = {_value(each)}" for key, each in value.items())
        return f"{{ {inner} }}" if inner else "{}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_value, value))}]"
    return repr(value) if isinstance(value, float) else json.dumps(value, ensure_ascii=False)


# ---------------------------------------------------------------- commands


def evosim(*words: object) -> Result:
    """Carry out a command in this process; a warning of Python is an error."""
    from evosim.cli import main

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return CliRunner().invoke(main, [str(word) for word in words], prog_name="evosim")


def try_scenario(asked: Table, folder: Path, seed: int, others: int | tuple[str, ...] = 2) -> Trial:
    """Carry out commands on a scenario until one fails; `others` are drawn, or named."""
    chance = random.Random(seed)
    path, run = folder / "scenario.toml", folder / "run.evosim"
    path.write_text(dump(asked))
    done: list[str] = []
    with failing_loudly():
        began = time.process_time()
        checked = evosim("validate", path)
        spent = time.process_time() - began
        SPENT["validate"] += spent
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
    result = watched(words) if name == "watch" else evosim(*words)
    spent = time.process_time() - began
    SPENT[name] += spent
    if (found := slow(name, spent)) is not None:
        return found
    said = str(result.exception)
    undefined = any(name in names and reason in said for names, reason in UNDEFINED)
    return None if undefined else failure_of(name, result)


def too_large(path: Path) -> str:
    """Say by the estimate what takes too long, or too much memory, to be tried by the thousand."""
    from evosim.estimate import estimate
    from evosim.scenario import load_scenario

    needs = estimate(load_scenario(path))
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
    from evosim.records import RunFile

    with RunFile.open(path) as run:
        return run.summary().state == "extinct"


def words_of(name: str, run: Path, chance: random.Random) -> list[object]:
    """Draw how a command is called."""
    from evosim.records import RunFile

    with RunFile.open(run) as opened:
        scenario, loci, shared = opened.scenario, list(opened.laboratory.layout.loci), opened.shared
        low, high = opened.laboratory.layout.low, opened.laboratory.layout.high
        stored = opened.stored_generations() if not shared else [0]
    agent = [] if shared or chance.random() < 0.6 else ["--agent", chance.choice(("typical", "fittest"))]
    match name:
        case "plot":
            return [name, run, "-o", run.with_suffix(chance.choice((".png", ".svg", ".pdf")))]
        case "report":
            return [name, run, "-o", run.with_suffix(".html"), *agent]
        case "measure":
            many = [] if shared or chance.random() < 0.7 else ["--agents", 2]
            return [name, run, *agent, *many, *json_or_not(chance)]
        case "null":
            return [name, run, *json_or_not(chance)]
        case "audit":
            where = [] if chance.random() < 0.7 else ["--environment", chance.choice(list(scenario.environments))]
            return [name, run, "--agents", chance.choice((2, 4)), *where, *json_or_not(chance)]
        case "intervene":
            where = (
                ["--environment", chance.choice(list(scenario.environments))]
                if not loci or chance.random() < 0.5
                else []
            )
            alleles = []
            if loci and (not where or chance.random() < 0.5):
                at = chance.randrange(len(loci))
                alleles = [
                    "--set",
                    f"{loci[at]}={chance.choice((low[at], high[at]))!r}".replace("np.float64(", "").rstrip(")"),
                ]
            return [name, run, *agent, *where, *alleles, *json_or_not(chance)]
        case "record":
            shot: list[object] = ["--seconds", 0.1, "--rate", 30, "--size", "320x200"]
            if chance.random() < 0.6:
                shot += ["--lens", chance.choice(("none", "wanted", "counted", "disagreement", "perception"))]
            if chance.random() < 0.3:
                shot += ["--generation", chance.choice(stored)]
            elif not shared:
                shot += agent
            return [name, run, "-o", run.with_name("frames"), *shot]
        case "export":
            form = chance.choice(("csv", "json", "parquet", "alife"))
            tables = (
                "generations",
                "loci",
                "measurements",
                "individuals",
                "lineage",
                *(("selection",) if shared else ()),
            )
            one = ["--one-parent"] if form == "alife" and chance.random() < 0.5 else []
            return [
                name,
                run,
                "--table",
                chance.choice(tables),
                "--format",
                form,
                *one,
                "-o",
                run.with_suffix(".table"),
            ]
        case _:
            return [name, run, "--size", chance.choice(("640x400", "1280x800")), *agent]


def json_or_not(chance: random.Random) -> list[object]:
    """Draw whether JSON is asked for."""
    return ["--json"] if chance.random() < 0.5 else []


# ---------------------------------------------------------------- the window


KEYS = ("SPACE", "RIGHT", "l", "l", "l", "l", "d", "TAB", "c", "a", "n", "RETURN", "z", "p", "o", "END", "HOME", "PAGEDOWN", "LEFTBRACKET",
        "RIGHTBRACKET", "t", "QUESTION", "ESCAPE")  # fmt: skip


def watched(words: list[object]) -> Result:
    """Open a window that nobody sees, press keys, and close it; what it says is in trouble is an error."""
    import pygame

    import viz.live.window as window
    from viz.live.worker import Worker

    sessions: list[Any] = []
    frames = iter(range(10**6))

    class Clock:
        def tick(self, rate: int) -> int:
            return 50

    def session(*given: Any, **named: Any) -> Any:
        sessions.append(window_session(*given, **named))
        return sessions[-1]

    def pressed() -> list[Any]:
        frame = next(frames)
        if frame > 1 + len(KEYS):
            return [pygame.event.Event(pygame.QUIT)]
        if frame < 2:
            return []
        key = KEYS[frame - 2]
        return [pygame.event.Event(pygame.KEYDOWN, key=getattr(pygame, f"K_{key}"), mod=0, unicode="")]

    window_session = window.Session
    pygame.display.init()
    with (
        mock.patch.object(window, "Session", session), mock.patch.object(window, "Worker", partial(Worker, at_once=True)),
        mock.patch.object(window.pygame.time, "Clock", Clock), mock.patch.object(window.pygame.event, "get", pressed),
    ):  # fmt: skip
        switch = sys.getswitchinterval()
        try:
            result = evosim(*words)
        finally:
            sys.setswitchinterval(switch)
    if result.exception is None and sessions and sessions[-1].trouble:
        result.exception, result.exit_code = RuntimeError(f"the window is in trouble: {sessions[-1].trouble}"), 1
    return result


@contextmanager
def failing_loudly() -> Iterator[None]:
    """Have errors come out of commands as they are, and windows open nowhere."""
    quiet = {"EVOSIM_DEBUG": "1", "SDL_VIDEODRIVER": "dummy", "PYGAME_HIDE_SUPPORT_PROMPT": "1", "MPLBACKEND": "agg"}
    with mock.patch.dict(os.environ, quiet):
        yield


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
    elif isinstance(asked, list) and len(asked) > 1 and isinstance(asked[-1], dict):
        yield asked[:-1]


# ---------------------------------------------------------------- the program


def install_guests(folder: Path) -> None:
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
        install_guests(Path(folder))
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
    lines += ["  commands: " + ", ".join(f"{name} {counts[f'command {name}']:,}" for name in (*ALWAYS, *OTHERS))]
    lines += [
        "  seconds each: "
        + ", ".join(f"{name} {SPENT[name] / max(counts[f'command {name}'], 1):.2f}" for name in SPENT)
    ]
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
