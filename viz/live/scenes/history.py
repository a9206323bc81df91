"""History: the data of plots from the beginning of a run, extended while the run goes on."""

from collections.abc import Sequence

import numpy as np

from evosim.numerics.arrays import Reals
from evosim.simulation.runs import RunFile

Series = tuple[Reals, Reals]  # generations and values, [n] each


class GrowingTable:
    """Numeric columns and one text column, to which rows are appended."""

    def __init__(self) -> None:
        self.count = 0
        self.numbers: dict[str, Reals] = {}
        self.words: dict[str, list[str]] = {}

    def append(self, frame: dict[str, np.ndarray]) -> None:
        """Append rows `[n]` of the same columns as before."""
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
        """Return a copy of a column `[n]`; NaN if it is missing."""
        held = self.numbers.get(name)
        return np.full(self.count, np.nan) if held is None else held[: self.count].copy()


class History:
    """The table `generations`; each kind of view adds the data of its own charts."""

    def __init__(self) -> None:
        self.generations = GrowingTable()

    @property
    def last(self) -> int:
        """Return the last generation that was read; −1 if none was."""
        return self.generations.count - 1

    def update(self, run: RunFile) -> bool:
        """Read the generations stored since, and return whether there are any.

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
        """Read other tables, of the generations after `before` up to `last`."""

    def generation(self, name: str) -> Series:
        """Return a column of `generations` with its generations."""
        return self.generations.column("generation"), self.generations.column(name)

    def text(self, name: str) -> Sequence[str]:
        """Return a text column of `generations`."""
        return self.generations.words.get(name, [])
