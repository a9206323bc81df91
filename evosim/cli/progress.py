"""Progress of a run while it runs: as a bar, as lines, as JSON, or not at all. All on standard error."""

import json
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from rich.console import Console, RenderableType
from rich.progress import (
    BarColumn,
    Progress,
    ProgressColumn,
    SpinnerColumn,
    Task,
    TextColumn,
    TimeRemainingColumn,
)
from rich.table import Column
from rich.text import Text

from evosim.numerics.formatting import number, percent, signed_number

if TYPE_CHECKING:
    from evosim.simulation.runs import RunFile

PLAIN_SECONDS = 5.0
WAITING_SECONDS = 15.0  # between lines while it isn't known how much is done
NARROW = 70  # columns of a terminal, under which there is no room for a bar


def console() -> Console:
    """Return a console on standard error that animates on terminals only, whatever FORCE_COLOR says."""
    return Console(stderr=True, force_interactive=sys.stderr.isatty() and not Console(stderr=True).is_dumb_terminal)


def default_mode() -> str:
    """Return the mode: a bar for a terminal, lines for everything else."""
    return "bar" if sys.stderr.isatty() and not Console(stderr=True).is_dumb_terminal else "plain"


class RateColumn(ProgressColumn):
    """Generations a second."""

    def render(self, task: Task) -> Text:
        """Render the rate once it is known."""
        return Text(f"{task.speed:.1f}/s" if task.speed else "–/s", style="progress.data.speed")


@contextmanager
def waiting(mode: str, what: str, lasts: str = "") -> Iterator[None]:
    """Show the elapsed time of a task whose progress is unknown, and what is known of how long it lasts."""
    began = time.monotonic()
    begun = f"{what}; {lasts}" if lasts else what
    if mode == "bar":
        words = TextColumn("{task.description}", table_column=Column(overflow="fold"))  # in a second line if need be
        columns = (SpinnerColumn(), words, TextColumn("{task.fields[seconds]:.0f} s"))
        with Progress(*columns, console=console(), transient=True) as progress:
            task = progress.add_task(begun, total=None, seconds=0.0)
            with _repeating(0.2, lambda: progress.update(task, seconds=time.monotonic() - began)):
                yield
        return

    def say_elapsed() -> None:
        seconds = time.monotonic() - began
        _say(mode, {"event": "waiting", "what": what, "seconds": round(seconds, 1)}, f"{what}: {seconds:.0f} s so far")

    _say(mode, {"event": "waiting", "what": what} | ({"lasts": lasts} if lasts else {}), f"{begun} …")
    with _repeating(WAITING_SECONDS, say_elapsed):
        yield
    seconds = time.monotonic() - began
    _say(mode, {"event": "done", "what": what, "seconds": round(seconds, 1)}, f"{what}: {seconds:.0f} s")


@contextmanager
def _repeating(every: float, act: Callable[[], None]) -> Iterator[None]:
    """Call a function every so many seconds in this block."""
    done = threading.Event()

    def tick() -> None:
        while not done.wait(every):
            act()

    thread = threading.Thread(target=tick, daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


@contextmanager
def counting(mode: str, what: str) -> Iterator[Callable[[str, int, int], None]]:
    """Show how much of a task is done: yield a function of what is being computed, how many are done, and of how many.

    The bar stands under a line on all that is computed; elsewhere a line is printed every few seconds.
    """
    _say("plain" if mode == "bar" else mode, {"event": "begin", "what": what}, what)
    if mode == "bar":
        count = TextColumn("{task.completed:.0f}/{task.total:.0f}")
        columns = (TextColumn("{task.description}"), BarColumn(bar_width=20), count)
        with Progress(*columns, console=console(), transient=True) as progress:
            task = progress.add_task("", total=1)
            yield lambda now, done, total: progress.update(task, description=now, completed=done, total=total)
        return
    last = time.monotonic()

    def report(now: str, done: int, total: int) -> None:
        nonlocal last
        if mode == "json" or time.monotonic() - last > PLAIN_SECONDS:
            last = time.monotonic()
            _say(mode, {"event": "computing", "what": now, "done": done, "of": total}, f"{done}/{total}  {now}")

    yield report


def _say(mode: str, record: dict[str, Any], text: str) -> None:
    """Print one message; a reader that has gone away must not end a run."""
    message = {"json": json.dumps(record), "plain": text}.get(mode)
    if message is not None:
        with suppress(BrokenPipeError):
            print(message, file=sys.stderr, flush=True)


class Dashboard(Progress):
    """A bar, and under it a summary of the last generation, a line each."""

    lines: tuple[str, ...] = ()

    def get_renderables(self) -> Iterator[RenderableType]:
        """Yield the bar and the lines."""
        yield self.make_tasks_table(self.tasks)
        yield Text("\n".join(self.lines), overflow="fold")


class Reporter:
    """A reporter of each generation that is stored in a run file."""

    def __init__(self, run: "RunFile", mode: str) -> None:
        self.run = run
        self.mode = mode
        self.total = run.scenario.evolution.generations
        self.last_said = float("-inf")
        self.happened: list[str] = []
        self.ahead: float | None = None  # the share of planners who plan ahead, where they were measured last
        self.searching: float | None = None  # likewise the share that searches, of minds that think in a map
        self.what = "entered first in "
        self.bar: Dashboard | None = None

    @contextmanager
    def shown(self, done: int) -> Iterator["Reporter"]:
        """Show the bar, if that is the mode, from `done` generations on."""
        if self.mode != "bar":
            yield self
            return
        what = self.run.process.unit.one
        shown_on = console()
        columns = [
            TextColumn(what + " {task.completed:.0f}/{task.total:.0f}"),
            BarColumn(bar_width=20),
            RateColumn(),
            TimeRemainingColumn(compact=True),
        ]
        if shown_on.width < NARROW:  # numbers are worth more than a bar
            del columns[1]
        with Dashboard(*columns, console=shown_on) as self.bar:
            self.bar.add_task("", total=self.total, completed=done)
            yield self

    def report(self, step: int) -> None:
        """Report generation `step`, which has just been stored."""
        row = self._row("generations", step)
        printers = {"measurements": self._report_generation, "rates": self._report_interval}
        printers.get(self.run.process.offers.summary, self._report_step)(step, row)

    def _report_step(self, step: int, row: dict[str, Any]) -> None:
        """Report a step of which nothing is known but its columns."""
        last = step + 1 == self.total
        if self.bar is not None:
            self.bar.update(self.bar.task_ids[0], completed=step + 1)
        elif self.mode == "json":
            _say("json", {"event": "generation", "of": self.total, **row}, "")
        elif time.monotonic() - self.last_said > PLAIN_SECONDS or last:
            self.last_said = time.monotonic()
            _say(self.mode, {}, f"{self.run.process.unit.one} {step + 1}/{self.total}")

    def _report_generation(self, step: int, row: dict[str, Any]) -> None:
        """Report a generation."""
        measured = self.run.table("measurements", "generation = ?", (step,))
        if measured[1]:
            rows = [dict(zip(measured[0], values, strict=True)) for values in measured[1]]
            self.happened = [describe_outcomes(each, beside=rows[0]) for each in rows]
            self.ahead, self.searching = (first_known(rows, name) for name in ("plans_ahead", "searching"))
            self.what = "entered first in " if shares_of(rows[0]) else ""
        text = f"fitness {signed_number(row['fitness_mean'], 3)}"
        if self.searching is not None:
            text += f"  searching {percent(self.searching)}"
        if self.searching is None or row["optimizer_fraction"] > 0.0:
            text += f"  planners {percent(row['optimizer_fraction'])}"
        if self.ahead is not None and row["optimizer_fraction"] > 0.0:
            text += f", {percent(self.ahead)} of them plan ahead"
        if self.bar is not None:
            self.bar.lines = (text, *(f"{self.what}{line}" for line in self.happened))
            self.bar.update(self.bar.task_ids[0], completed=step + 1)
            return
        if self.mode == "json":
            shares = {each["environment"]: shares_of(each) for each in rows} if measured[1] else {}
            record = {"event": "generation", "of": self.total, **row, "entered_first": shares}
            _say("json", record, "")
        elif time.monotonic() - self.last_said > PLAIN_SECONDS or step + 1 == self.total:
            self.last_said = time.monotonic()
            _say(self.mode, {}, f"generation {step + 1}/{self.total}  {text}  {' · '.join(self.happened)}")

    def _report_interval(self, step: int, row: dict[str, Any]) -> None:
        """Report an interval of an ecology."""
        last = row["generation"] + 1 == self.total or row["population"] == 0
        if self.bar is not None:
            self.bar.lines = vital_lines(row)
            self.bar.update(self.bar.task_ids[0], completed=row["generation"] + 1)
        elif self.mode == "json":
            _say("json", {"event": "generation", "of": self.total, **row}, "")
        elif time.monotonic() - self.last_said > PLAIN_SECONDS or last:
            self.last_said = time.monotonic()
            _say(self.mode, {}, f"interval {row['generation'] + 1}/{self.total}  {'  '.join(vital_lines(row))}")

    def _row(self, table: str, step: int) -> dict[str, Any]:
        columns, rows = self.run.table(table, "generation = ?", (step,))
        return dict(zip(columns, rows[0], strict=True))


def first_known(rows: list[dict[str, Any]], name: str) -> float | None:
    """Return a number of the first of some rows that has it; None if none has."""
    return next((float(row[name]) for row in rows if row[name] is not None), None)


def vital_lines(row: dict[str, Any]) -> tuple[str, str]:
    """Return two lines on the state of an ecology, from a row of `generations`."""
    if row["births_per_capita"] is None:
        return f"tick {row['tick']:,}  no agent is alive", row["environment"]
    utility = row["mesa_utility_per_capita"]
    rates = f"births {number(1000 * row['births_per_capita'])}  deaths {number(1000 * row['deaths_per_capita'])}"
    wanted = "" if utility is None else f"  utility {number(1000 * utility, 1)}"
    return (
        f"tick {row['tick']:,}  population {row['population']:,}  {row['environment']}",
        f"per thousand agent-ticks: {rates}{wanted}",
    )


def shares_of(measurement: dict[str, Any]) -> dict[str, float]:
    """Return the share of episodes by the goal that was reached, from a row of `measurements`: see `went_for`."""
    from evosim.simulation.generational.columns.measurements import went_for

    return {name: float(share) for name, share in went_for(measurement).items()}


def outcomes_of(measurement: dict[str, Any]) -> dict[str, float]:
    """Return the mean amount of each of the scenario's own outcomes, from a row of `measurements`."""
    prefix = "outcome."
    return {name.removeprefix(prefix): value for name, value in measurement.items() if name.startswith(prefix)}


def describe_outcomes(measurement: dict[str, Any], most: int = 3, *, beside: dict[str, Any] | None = None) -> str:
    """Return one line on what is entered first in an environment, or without objects what happens, the most first.

    What is entered most `beside` it, in another environment, is always named.
    """
    shares = sorted(shares_of(measurement).items(), key=lambda share: -share[1])
    elsewhere = shares_of(beside or {})
    compared = max(elsewhere, key=lambda name: elsewhere[name], default="")
    said = [
        f"{name} {percent(share)}"
        for rank, (name, share) in enumerate(shares)
        if name == compared or (rank < most and share >= 0.005)
    ]
    if not shares:
        amounts = sorted(outcomes_of(measurement).items(), key=lambda amount: -abs(amount[1]))
        said = [f"{name} {number(amount)}" for name, amount in amounts[:most]]
    return f"{measurement['environment']}: {', '.join(said)}"
