"""Phylogenies by the ALife data standard (Lalejini et al. 2019): who descends from whom, of any program.

tree = read_phylogeny("lineage.csv")
tree.statistics()["families"]

`evosim export RUN --format alife` writes them.
"""

import csv
import re
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

import numpy as np

from evosim.numerics.arrays import Flags, Ids, Reals
from evosim.storage.export import ALIFE

ID, ANCESTORS, ORIGIN, DESTRUCTION = ALIFE
NOBODY = ("", "none")
LIST = re.compile(r"\[(.*)\]")
ALONE = -1


class PhylogenyError(ValueError):
    """A table that is not a phylogeny; the message says what is wrong in which line, and what would be right."""


class Taxon(NamedTuple):
    """A row of the table: an individual, or a taxon."""

    id: int
    ancestors: tuple[int, ...]
    born: float  # NaN where it isn't said
    died: float  # infinite while it is alive; NaN where it isn't said


class Phylogeny:
    """M individuals in the order of the table, with their ancestors, births and deaths."""

    def __init__(self, individuals: list[Taxon]) -> None:
        self.individuals = individuals
        self.ids: Ids = np.array([each.id for each in individuals], np.int64)  # [M]
        self.born: Reals = np.array([each.born for each in individuals])  # [M]
        self.died: Reals = np.array([each.died for each in individuals])  # [M]
        self.rows = {each.id: row for row, each in enumerate(individuals)}

    @cached_property
    def first_parents(self) -> Ids:
        """The row `[M]` of each one's first ancestor; -1 for roots."""
        firsts = [self.rows[each.ancestors[0]] if each.ancestors else ALONE for each in self.individuals]
        return np.array(firsts, np.int64)

    @property
    def alive(self) -> Flags:
        """Whether each `[M]` is alive at the end of the table; of nobody where deaths are not said."""
        return np.asarray(np.isinf(self.died))

    @property
    def says_deaths(self) -> bool:
        """Whether the table says when anybody died, or that they live."""
        return not bool(np.isnan(self.died).all())

    @property
    def roots(self) -> Flags:
        """Whether each `[M]` has no ancestor."""
        return np.asarray(self.first_parents == ALONE)

    @cached_property
    def order(self) -> Ids:
        """The rows `[M]` such that ancestors come before descendants."""
        return np.array(_sorted(self.individuals, self.rows)[0], np.int64)

    @cached_property
    def families(self) -> Ids:
        """The id `[M]` of the root that each descends from, from first ancestor to first ancestor."""
        found = self.ids.copy()
        for row in self.order.tolist():
            if (parent := self.first_parents[row]) != ALONE:
                found[row] = found[parent]
        return found

    @cached_property
    def depths(self) -> Ids:
        """The number of generations `[M]` from each one's root to it, along first ancestors."""
        found = np.zeros(len(self.ids), np.int64)
        for row in self.order.tolist():
            if (parent := self.first_parents[row]) != ALONE:
                found[row] = found[parent] + 1
        return found

    def lineage(self, id: int) -> list[int]:
        """Return the ids from a root to an individual, along first ancestors.

        Raises:
            KeyError: there is no such individual.
        """
        row, found = self.rows[id], [id]
        while (row := int(self.first_parents[row])) != ALONE:
            found.append(int(self.ids[row]))
        return found[::-1]

    def common_ancestor(self) -> int | None:
        """Return the id of the last common ancestor of the living along first ancestors; None if there is none."""
        below = self.alive.astype(np.int64)  # [M] living descendants, themselves included
        for row in self.order[::-1].tolist():
            if (parent := self.first_parents[row]) != ALONE:
                below[parent] += below[row]
        shared = np.flatnonzero((below == self.alive.sum()) & (below > 0))
        return int(self.ids[shared[np.argmax(self.depths[shared])]]) if shared.size else None

    def living(self, times: Reals) -> dict[int, Ids]:
        """Return how many of each family are alive at some times `[T]`, by the id of its root.

        Where the table doesn't say deaths, they are all who were born until then.
        """
        ends = np.where(np.isnan(self.died), np.inf, self.died)
        grouped = np.argsort(self.families, kind="stable")
        roots, begins = np.unique(self.families[grouped], return_index=True)
        counts = {}
        for root, rows in zip(roots.tolist(), np.split(grouped, begins[1:]), strict=True):
            rows = rows[~np.isnan(self.born[rows])]
            born, died = np.sort(self.born[rows]), np.sort(ends[rows])
            counts[root] = np.searchsorted(born, times, side="right") - np.searchsorted(died, times, side="right")
        return counts

    def statistics(self) -> dict[str, float | int | None]:
        """Return numbers of the whole: individuals, roots, the living, their families, their common ancestor, depth.

        Those of the living are None where the table doesn't say deaths.
        """
        alive, common, is_known = self.alive, self.common_ancestor(), self.says_deaths
        return {
            "individuals": len(self.ids),
            "roots": int(self.roots.sum()),
            "alive": int(alive.sum()) if is_known else None,
            "families": len(set(self.families[alive].tolist())) if is_known else None,
            "common_ancestor": common,
            "common_ancestor_born": None if common is None else _known(self.born[self.rows[common]]),
            "mean_depth_of_living": float(self.depths[alive].mean()) if alive.any() else None,
            "most_depth": int(self.depths.max(initial=0)),
        }


def read_phylogeny(path: str | Path) -> Phylogeny:
    """Read a phylogeny from a table of comma-separated values in the ALife data standard.

    It has a column `id`, a column `ancestor_list` (`[none]`, `[3]` or `[3,7]`) and, if times are known, `origin_time`
    and `destruction_time`, empty or `inf` while somebody lives. Other columns are left aside.

    Raises:
        PhylogenyError: it is not such a table, or its rows contradict each other.
        OSError: it can't be read.
    """
    path = Path(path)
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            individuals: list[Taxon] = []
            lines: dict[int, int] = {}
            for line, each in _individuals(csv.DictReader(file, strict=True), path):
                if each.id in lines:
                    raise PhylogenyError(f"{path}:{line}: id {each.id} stands in line {lines[each.id]} too")
                lines[each.id] = line
                individuals.append(each)
    except (UnicodeDecodeError, csv.Error) as error:
        raise PhylogenyError(f"{path}: not a table of comma-separated values: {error}") from None
    if not individuals:
        raise PhylogenyError(f"{path}: a table without rows; {ID} and {ANCESTORS} are needed of each individual")
    _refuse_contradictions(individuals, lines, path)
    return Phylogeny(individuals)


def _individuals(rows: "csv.DictReader[str]", path: Path) -> Iterator[tuple[int, Taxon]]:
    """Yield the rows of a table, each with its line."""
    missing = [name for name in (ID, ANCESTORS) if name not in (rows.fieldnames or ())]
    if missing:
        there = ", ".join(rows.fieldnames or ()) or "nothing"
        raise PhylogenyError(f"{path}:1: no column {missing[0]!r}; there are {there[:200]}")
    for row in rows:
        at = f"{path}:{rows.line_num}"
        parents = LIST.fullmatch((row[ANCESTORS] or "").strip())
        if parents is None:
            what = f"expected [none], [3] or [3,7], got {row[ANCESTORS]!r}"
            raise PhylogenyError(f"{at}: {ANCESTORS}: {what}")
        named = [] if parents[1].strip().lower() in NOBODY else parents[1].split(",")
        ancestors = tuple(_whole(each.strip().strip("\"'"), f"{at}: {ANCESTORS}") for each in named)
        born = _time(row.get(ORIGIN), f"{at}: {ORIGIN}", "a number")
        died = _time(row.get(DESTRUCTION), f"{at}: {DESTRUCTION}", "a number, or inf for who is alive")
        if np.isinf(born) or died == -np.inf:
            raise PhylogenyError(f"{at}: an individual can't be born at {born:g} and die at {died:g}")
        died = float("inf") if np.isnan(died) and DESTRUCTION in (rows.fieldnames or ()) else died
        yield rows.line_num, Taxon(_whole(row[ID], f"{at}: {ID}"), ancestors, born, died)


def _whole(text: str | None, at: str) -> int:
    if text is None or not re.fullmatch(r"\s*-?\d{1,18}\s*", text):
        raise PhylogenyError(f"{at}: expected a whole number, got {text!r}")
    return int(text)


def _time(text: str | None, at: str, expected: str) -> float:
    """Return a time; NaN where none is said."""
    try:
        return float(text) if text and text.strip() and text.strip().lower() != "none" else float("nan")
    except ValueError:
        raise PhylogenyError(f"{at}: expected {expected}, got {text!r}") from None


def _refuse_contradictions(individuals: list[Taxon], lines: dict[int, int], path: Path) -> None:
    """Check that ancestors are there, were born earlier, and descend from nobody who descends from them."""
    rows = {each.id: row for row, each in enumerate(individuals)}
    for each in individuals:
        at = f"{path}:{lines[each.id]}: individual {each.id}"
        for parent in each.ancestors:
            if parent not in rows:
                raise PhylogenyError(f"{at}: its ancestor {parent} is not in the table")
            if individuals[rows[parent]].born > each.born:
                raise PhylogenyError(f"{at}: born at {each.born:g}, before its ancestor {parent}")
        if each.died < each.born:
            raise PhylogenyError(f"{at}: died at {each.died:g}, before it was born at {each.born:g}")
    _, circle = _sorted(individuals, rows)
    if circle is not None:
        raise PhylogenyError(f"{path}:{lines[circle]}: individual {circle}: it is its own ancestor")


def _sorted(individuals: list[Taxon], rows: dict[int, int]) -> tuple[list[int], int | None]:
    """Return rows with ancestors before descendants, and the id of somebody in a circle, if there is one."""
    children: dict[int, list[int]] = {}
    waiting_for = [len(each.ancestors) for each in individuals]
    for row, each in enumerate(individuals):
        for parent in each.ancestors:
            children.setdefault(rows[parent], []).append(row)
    ready = [row for row, count in enumerate(waiting_for) if count == 0]
    for row in ready:  # it grows
        for child in children.get(row, ()):
            waiting_for[child] -= 1
            if waiting_for[child] == 0:
                ready.append(child)
    left = next((row for row, count in enumerate(waiting_for) if count), None)
    met: set[int] = set()
    while left is not None and left not in met:  # from descendants of a circle into it
        met.add(left)
        left = next(rows[parent] for parent in individuals[left].ancestors if waiting_for[rows[parent]])
    return ready, None if left is None else individuals[left].id


def _known(value: float) -> float | None:
    return None if np.isnan(value) else float(value)
