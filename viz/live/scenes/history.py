"""History: what plots need of a run file, back to its beginning, read on as the run goes on."""

from collections.abc import Sequence

import numpy as np

from evosim.numerics.arrays import Reals
from evosim.simulation.runs import RunFile

Line = tuple[Reals, Reals]  # generations and values, [n] each


class Table:
    """Columns of numbers, and one of words, that grow."""

    def __init__(self) -> None:
        self.count = 0
        self.numbers: dict[str, Reals] = {}
        self.words: dict[str, list[str]] = {}

    def append(self, frame: dict[str, np.ndarray]) -> None:
        """Add rows, of the same columns as all before."""
        more = len(next(iter(frame.values())))
        for name, column in frame.items():
            if column.dtype.kind == "U":
                self.words.setdefault(name, []).extend(column.tolist())
                continue
            held = self.numbers.get(name, np.empty(0))
            if self.count + more > len(held):
                larger = np.empty(max(2 * len(held), self.count + more, 64))
                larger[: self.count] = held[: self.count]
                self.numbers[name] = held = larger
            held[self.count : self.count + more] = column
        self.count += more

    def column(self, name: str) -> Reals:
        """Give a column `[n]`, a copy; NaN where there is none."""
        held = self.numbers.get(name)
        return np.full(self.count, np.nan) if held is None else held[: self.count].copy()


class History:
    """The table `generations`; each kind of view adds what its own charts need."""

    def __init__(self) -> None:
        self.generations = Table()

    @property
    def last(self) -> int:
        """Give the last generation that was read; -1 if none was."""
        return self.generations.count - 1

    def update(self, run: RunFile) -> bool:
        """Read what has been stored since; tell whether anything has.

        Raises:
            RunFileError: it can't be read.
        """
        frame = run.frame("generations", "generation > ?", (self.last,))
        if not len(frame["generation"]):
            return False
        self.read_more(run, self.last, int(frame["generation"][-1]))
        self.generations.append(frame)
        return True

    def read_more(self, run: RunFile, before: int, last: int) -> None:
        """Read other tables, of the generations after one and up to another."""

    def generation(self, name: str) -> Line:
        """Give a column of `generations`."""
        return self.generations.column("generation"), self.generations.column(name)

    def text(self, name: str) -> Sequence[str]:
        """Give a column of words of `generations`."""
        return self.generations.words.get(name, [])
