"""The panel: what futures are to have otherwise than the run, by keys or the mouse, and the same as a command."""

import shlex
from pathlib import Path
from typing import NamedTuple

import pygame

from evosim.numerics.formatting import in_words
from evosim.scenario import Scenario
from viz.live.futures.parameters import Parameter, Value, assignment, read_value, schedule_from, stepped
from viz.live.scenes.sources import plugin_words

MOST_FUTURES = 3  # of each side: more find no room beside each other
BEGINS, GOES_ON = "0123456789-", "0123456789.eE+-"  # what a number does with
ENVIRONMENT, FUTURES, OTHER = "environment", "futures", "other"
PAGE = 8  # rows, by PgUp and PgDn


class Row(NamedTuple):
    """A line of the panel."""

    name: str  # path of a parameter, or ENVIRONMENT, FUTURES or OTHER
    words: str
    value: str
    changed: bool
    was: str = ""  # in the run, if it is changed


class BranchPanel:
    """The choice of what is otherwise from a step on."""

    def __init__(self, path: Path, scenario: Scenario, seed: int, step: int, start: int, when: str) -> None:
        """Open on the state of a run after a step: what follows begins at the moment `start`, in words `when`."""
        self.path, self.scenario, self.seed, self.step, self.start, self.when = path, scenario, seed, step, start, when
        self.parameters: list[Parameter] | None = None  # None: they are being found
        self.values: dict[str, Value] = {}
        self.environment: str | None = None  # None: as the run has it
        self.futures = 1
        self.other = ""  # an override as it was typed
        self.filter, self.typed = "", ""
        self.at, self.first = 0, 0  # the row that is chosen, and the first that is visible
        self.trouble = ""
        self.is_waiting = False  # whether what was asked for is being begun

    # ------------------------------------------------------------ what is chosen

    def overrides(self) -> list[str]:
        """Return what is changed, as `--set` has it."""
        found = []
        if self.environment is not None:
            found.append(schedule_from(self.scenario, self.start, self.environment))
        found += [assignment(path, value) for path, value in self.values.items()]
        return [*found, self.other.strip()] if self.other.strip() else found

    def seeds(self) -> list[int]:
        """Return the seeds of the futures: the run's own, and those that follow."""
        return [self.seed + number for number in range(self.futures)]

    def command(self) -> str:
        """Return the command that makes the same futures."""
        seeds = ",".join(map(str, self.seeds()))
        words = ["evosim", *plugin_words(), "branch", str(self.path), "--generation", str(self.step), "--seeds", seeds]
        for override in self.overrides():
            words += ["--set", override]
        return shlex.join(words)

    def rows(self) -> list[Row]:
        """Return the lines that pass the filter."""
        names = list(self.scenario.environments)
        found = []
        if len(names) > 1:
            value = "as the run has it" if self.environment is None else in_words(self.environment)
            found.append(Row(ENVIRONMENT, "environment from here on", value, self.environment is not None))
        others = f"{self.futures}, {'with the seed of the run' if self.futures == 1 else 'with seeds of their own'}"
        found.append(Row(FUTURES, "futures", others, False))
        for path, was in self.parameters or ():
            row = Row(
                path,
                Parameter(path, was).words,
                _written(self.values.get(path, was)),
                path in self.values,
                _written(was),
            )
            if row.changed or self._matches(row):
                found.append(row)
        found.append(Row(OTHER, "anything else, as KEY=VALUE", self.other or "…", bool(self.other.strip())))
        return found

    @property
    def row(self) -> Row:
        """The line that is chosen."""
        rows = self.rows()
        self.at = min(max(self.at, 0), len(rows) - 1)
        return rows[self.at]

    def _was(self, path: str) -> Value | None:
        return next((each.value for each in self.parameters or () if each.path == path), None)

    def _set(self, path: str, value: Value) -> None:
        """Set a parameter; what is as in the run is not changed."""
        if value == self._was(path):
            self.values.pop(path, None)
        else:
            self.values[path] = value

    # ------------------------------------------------------------ what a person does

    def handle(self, event: pygame.event.Event) -> str:
        """Handle a key; return `start`, `close`, or nothing."""
        if self.is_waiting:
            return "close" if event.key == pygame.K_ESCAPE else ""
        match event.key:
            case pygame.K_ESCAPE:
                return self._escape()
            case pygame.K_RETURN | pygame.K_KP_ENTER:
                return self._enter()
            case pygame.K_UP | pygame.K_DOWN:
                self._go(-1 if event.key == pygame.K_UP else 1)
            case pygame.K_PAGEUP | pygame.K_PAGEDOWN:
                self._go(-PAGE if event.key == pygame.K_PAGEUP else PAGE)
            case pygame.K_LEFT | pygame.K_RIGHT:
                self.change(1 if event.key == pygame.K_RIGHT else -1)
            case pygame.K_BACKSPACE:
                self._type_back()
            case pygame.K_DELETE:
                self._reset()
            case _:
                self._type(getattr(event, "unicode", ""))
        return ""

    def _escape(self) -> str:
        if self.typed or self.filter:
            self.typed = self.filter = ""
            return ""
        return "close"

    def _enter(self) -> str:
        if self.typed and not self._take():
            return ""
        if not self.overrides() and self.futures == 1:
            self.trouble = "Nothing is changed: with the seed of the run it would be the run again"
            return ""
        return "start"

    def _go(self, by: int) -> None:
        if not self.typed or self._take():
            self.choose(self.at + by)

    def choose(self, number: int) -> None:
        """Choose a line by its number."""
        self.at = min(max(number, 0), len(self.rows()) - 1)
        self.typed = ""

    def change(self, by: int) -> None:
        """Take the next value of the line that is chosen, or the one before."""
        name, self.trouble, self.typed = self.row.name, "", ""
        if name == ENVIRONMENT:
            choices = [None, *self.scenario.environments]
            self.environment = choices[(choices.index(self.environment) + by) % len(choices)]
        elif name == FUTURES:
            self.futures = min(max(self.futures + by, 1), MOST_FUTURES)
        elif name != OTHER:
            was = self._was(name)
            assert was is not None
            self._set(name, stepped(self.values.get(name, was), by))
            self._stay(name)

    def _stay(self, name: str) -> None:
        """Keep a line chosen."""
        self.at = next((at for at, row in enumerate(self.rows()) if row.name == name), self.at)

    def _take(self) -> bool:
        """Take what was typed as the value of the line, and return whether it is one."""
        name = self.row.name
        was = self._was(name)
        value = None if was is None else read_value(self.typed, was)
        if value is None:
            number = "a whole number" if isinstance(was, int) else "a number"
            self.trouble = "← or → changes it" if isinstance(was, bool) else f"{self.typed!r} is not {number}"
            return False
        self._set(name, value)
        self.typed, self.trouble = "", ""
        self._stay(name)
        return True

    def _type(self, letters: str) -> None:
        """Take a letter: of the value of the line that is chosen, or of what is looked for."""
        if not letters or not letters.isprintable():
            return
        self.trouble, name = "", self.row.name
        if name == OTHER:
            self.other += letters
        elif name not in (ENVIRONMENT, FUTURES) and letters in (GOES_ON if self.typed else BEGINS):
            self.typed += letters
        elif name == FUTURES and letters in "123":
            self.futures = int(letters)
        else:
            self._look_for(letters)

    def _look_for(self, letters: str) -> None:
        """Look for parameters by more letters, unless there is none left."""
        self.typed, before = "", self.filter
        self.filter += letters
        fixed = (ENVIRONMENT, FUTURES, OTHER)
        found = [at for at, row in enumerate(self.rows()) if row.name not in fixed and self._matches(row)]
        if self.parameters is not None and not found:
            self.filter, self.trouble = before, f"no parameter has {self.filter!r} in its name"
        else:
            self.choose(found[0] if found else self.at)

    def _matches(self, row: Row) -> bool:
        return all(part in row.name.lower() or part in row.words.lower() for part in self.filter.lower().split())

    def _type_back(self) -> None:
        self.trouble = ""
        if self.typed:
            self.typed = self.typed[:-1]
        elif self.row.name == OTHER:
            self.other = self.other[:-1]
        else:
            self.filter = self.filter[:-1]

    def _reset(self) -> None:
        """Let the line be as it is in the run."""
        name = self.row.name
        self.typed = self.trouble = ""
        self.values.pop(name, None)
        if name == ENVIRONMENT:
            self.environment = None
        elif name == OTHER:
            self.other = ""
        self._stay(name)


def _written(value: Value) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:g}".replace("-", "−") if isinstance(value, float) else f"{value:,}".replace("-", "−")
