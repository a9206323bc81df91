"""Commands, carried out in this process on scenarios and runs, with options that are drawn, and windows that nobody sees."""

import json
import os
import random
import re
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any
from unittest import mock

from click.testing import CliRunner, Result

Table = dict[str, Any]


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


def words_of(name: str, run: Path, chance: random.Random) -> list[object]:
    """Draw how a command is called."""
    from evosim.simulation.runs import RunFile

    with RunFile.open(run) as opened:
        scenario, loci, shared = (
            opened.scenario,
            list(opened.laboratory.layout.loci),
            bool(opened.process.offers.no_agents),
        )
        low, high = opened.laboratory.layout.low, opened.laboratory.layout.high
        tables = [*opened.tables(), *(["lineage"] if opened.lineage_columns else [])]
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
            where = (
                [] if chance.random() < 0.7 else ["--environment", chance.choice(list(scenario.measure.environments))]
            )
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


def watch(words: list[object]) -> Result:
    """Open a window that nobody sees, press keys, and close it; what it says is in trouble is an error."""
    import pygame

    import viz.live.window.window as window
    from viz.live.worker.worker import Worker

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
