"""What is stored of a run: the columns of its tables of statistics, and the arrays it can be gone on from."""

from collections.abc import Collection, Mapping
from typing import Any, NamedTuple, TypeAlias

import numpy as np

Value = int | float | str | None
Row = tuple[Value, ...]


class Column(NamedTuple):
    """A column of a table: its SQLite type, its unit, and what it says; empty only where that says when."""

    name: str
    kind: str
    unit: str
    definition: str

    @property
    def may_be_empty(self) -> bool:
        """Tell whether a row can be without it."""
        return "empty" in self.definition.lower()


Tables: TypeAlias = Mapping[str, tuple[Column, ...]]  # the columns of each table of statistics, by name


class Contents(NamedTuple):
    """What the run file of a process holds beside what all run files hold.

    There is always a table `generations`, with one row or more for each step; columns of its own may tell these apart.
    """

    tables: Tables
    logs: tuple[str, ...] = ()  # tables of arrays of which each step has one, beside `lineage`
    kept_with: str = "generations"  # the state of a step stays if this table has rows of it; else it goes with the next
    keeps: Collection[int] = ()  # further steps whose states stay
    counts: str = "generations"  # what steps are called


class Checkpoint(NamedTuple):
    """All that the next step needs, as it is stored."""

    digest: str  # of this state and of all before it
    genomes: np.ndarray | None  # [N, L], if there are any
    fitness: np.ndarray  # [N] or what else orders them
    memory: Mapping[str, np.ndarray]  # by name
    logs: Mapping[str, np.ndarray]  # of this step, kept for good; `lineage`, and those that the contents name
    best: tuple[tuple[int, float, np.ndarray], ...] = ()  # the hall of fame: id, fitness and genome, best first


class Record(NamedTuple):
    """One step, as it is stored."""

    number: int
    rows: Mapping[str, Any]  # by table: an iterable of rows
    checkpoint: Checkpoint
