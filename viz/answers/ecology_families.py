"""Families of an ecology: the lines of its founders, along the first parent of each child.

Children have two parents, so nobody descends from one founder alone. A line follows the first parent, as mitochondria
follow mothers: each agent is of one line, and lines can only be lost.
"""

from typing import NamedTuple

import numpy as np

from evosim.numerics.arrays import Ids, Reals
from evosim.simulation.ecology.checkpoint import lives
from evosim.simulation.runs import RunFile
from viz.answers.ecology_reading import Course

MOST_NAMED = 5  # lines; the others are taken together


class Families(NamedTuple):
    """The lines of an ecology over K intervals; M agents ever lived."""

    line: Ids  # [M] the founder of each agent's line, by id
    named: list[int]  # founders of the largest lines, by their share at the end, then by id
    shares: Reals  # [K, len(named)] of the living, at the end of each interval; NaN where nobody lives
    left: Ids  # [K] lines of which somebody lives

    @property
    def founders(self) -> int:
        """The number of lines that there ever were."""
        return len(np.unique(self.line))


def read_families(run: RunFile, course: Course) -> Families:
    """Follow the lines of founders through a run.

    Raises:
        RunFileError: births or deaths are missing, or contradict each other.
    """
    records = list(lives(run))
    first = np.array([record.parents[0] for record in records], np.int64)
    born = np.array([record.born for record in records], np.int64)
    died = np.array([np.iinfo(np.int64).max if record.died is None else record.died for record in records], np.int64)
    line = founder_lines(first)
    founders, counts = count_lines(line, born, died, course.frame["tick"])
    populated = np.flatnonzero(counts.sum(axis=1))
    last = counts[populated[-1]] if len(populated) else np.zeros(len(founders), np.int64)
    largest = np.argsort(-last, kind="stable")[:MOST_NAMED]
    largest = largest[last[largest] > 0]
    total = counts.sum(axis=1, keepdims=True).astype(np.float64)
    shares = np.where(total > 0, counts[:, largest] / np.maximum(total, 1), np.nan)
    return Families(line, founders[largest].tolist(), shares, (counts > 0).sum(axis=1))


def count_lines(line: Ids, born: Ids, died: Ids, ticks: Ids) -> tuple[Ids, Ids]:
    """Return the founders `[F]` of lines `[M]`, by id, and how many of each line live at the ends of ticks, `[K, F]`.

    `born` and `died` `[M]` are ticks. Agents that ever lived can be millions, and lines are few of them.
    """
    founders, number = np.unique(line, return_inverse=True)
    alive = (number[(born < tick) & (died >= tick)] for tick in ticks.tolist())
    counts = [np.bincount(each, minlength=len(founders)) for each in alive]
    return founders, np.array(counts, np.int64).reshape(len(ticks), len(founders))


def founder_lines(parent: Ids) -> Ids:
    """Return the founder `[M]` at the end of each line of parents `[M]`, which are ids before one's own, or below 0."""
    line = np.where(parent >= 0, parent, np.arange(len(parent)))
    while not np.array_equal(line, line[line]):
        line = line[line]
    return line
