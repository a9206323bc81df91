"""Life histories of an ecology: every agent that ever lived, and the life table that follows (Caswell 2001, ch. 2).

All of it is worked out from the births and deaths that every run stores.
"""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np

from evosim.numerics.arrays import Flags, Ids
from evosim.scenario.schema.ecologies import CAUSES
from evosim.simulation.ecology.checkpoint import deaths, refuse_generations
from evosim.storage.columns import Column, Row, Tables
from evosim.storage.export import LifeRecord, TablesOnly
from evosim.storage.reader import StoredRun

AGE_CLASSES = 20
LIVES = (
    Column("id", "integer", "", "Id of the agent, in order of birth."),
    Column("parent_1", "integer", "id", "One parent; empty for founders and migrants.", may_be_empty=True),
    Column("parent_2", "integer", "id", "The other parent; empty for founders and migrants.", may_be_empty=True),
    Column("born", "integer", "ticks", "Tick of its birth; under 0 for founders, who have an age at the beginning."),
    Column("died", "integer", "ticks", "Tick of its death; empty if it is alive.", may_be_empty=True),
    Column("cause", "text", "name", "hunger, age, accident or culled; empty if it is alive.", may_be_empty=True),
    Column("children", "integer", "children", "Number of its children: all, if it is dead."),
)
LIFE_TABLE = (
    Column("age", "integer", "ticks", "Age at which the class begins; all classes but the last have the same width."),
    Column("at_risk", "real", "agent-ticks", "Time that agents spent in the class while the run could see them."),
    Column("deaths", "integer", "agents", "Number of deaths in the class."),
    Column("births", "real", "children", "Children of parents of that age, half for each parent."),
    Column("mortality", "real", "deaths/agent/tick", "Deaths by time at risk; empty without any.", may_be_empty=True),
    Column("fertility", "real", "children/agent/tick", "Births by time at risk; empty without any.", may_be_empty=True),
    Column(
        "survivorship",
        "real",
        "share",
        "Share of newborns who would reach this age, if mortality at each age stayed what it was; empty beyond an age "
        "at which nobody was seen.",
        may_be_empty=True,
    ),
)  # fmt: skip


class LifeHistories(NamedTuple):
    """All agents that ever lived `[N]`, by id; `end` is the number of ticks of the run so far."""

    parents: Ids  # [N, 2] ids, or -1
    born: Ids  # [N] tick
    died: Ids  # [N] tick, or -1
    cause: Ids  # [N] number in CAUSES, or -1
    end: int

    @property
    def children(self) -> Ids:
        """The number of children of each `[N]`."""
        known = self.parents[self.parents >= 0]
        return np.bincount(known, minlength=len(self.born)).astype(np.int64)


def life_histories(run: StoredRun, every: Callable[[StoredRun], Iterator[LifeRecord]]) -> LifeHistories:
    """Read the lives of all agents, which `every` yields in order of id.

    Raises:
        RunFileError: births or deaths are missing, or contradict each other.
    """
    refuse_generations(run)
    with run.snapshot():
        records = list(every(run))
        done = run.summary().done
        log = np.concatenate([np.zeros((0, 3), np.int64), *(deaths(run, interval) for interval in range(done))])
    cause = np.full(len(records), -1, np.int64)
    cause[log[:, 0]] = log[:, 2]
    died = [-1 if record.died is None else record.died for record in records]
    return LifeHistories(
        np.array([record.parents for record in records], np.int64).reshape(-1, 2),
        np.array([record.born for record in records], np.int64),
        np.array(died, np.int64),
        cause,
        done * run.scenario.evolution.interval,
    )


def lives_rows(histories: LifeHistories) -> Iterator[Row]:
    """Yield a row for every agent, as `LIVES` names its columns."""
    children = histories.children.tolist()
    every = zip(histories.parents.tolist(), histories.born.tolist(), histories.died.tolist(), strict=True)
    for id, ((first, second), born, died) in enumerate(every):
        cause = CAUSES[histories.cause[id]] if died >= 0 else None
        parents = (first if first >= 0 else None, second if second >= 0 else None)
        yield (id, *parents, born, died if died >= 0 else None, cause, children[id])


def life_table_rows(histories: LifeHistories, of: Flags | None = None) -> Iterator[Row]:
    """Yield a row for each class of age, as `LIFE_TABLE` names its columns, of all agents or of those in `of` `[N]`.

    Who was alive at the beginning or is at the end counts while it was seen: founders from the age that they had.
    """
    of = np.ones(len(histories.born), np.bool_) if of is None else of
    gone = np.where(histories.died >= 0, histories.died + 1, histories.end)  # it lives through the tick of its death
    first, last = np.maximum(-histories.born, 0), gone - histories.born  # ages at which it is seen
    oldest = int(last.max(initial=1))
    width = max(1, -(-oldest // AGE_CLASSES))
    starts = np.arange(0, oldest, width)
    child, side = np.nonzero((histories.parents >= 0) & of[histories.parents])
    age_then = histories.born[child] - histories.born[histories.parents[child, side]]
    age_at_death = (histories.died - histories.born)[of & (histories.died >= 0)]
    deaths_by = np.bincount(age_at_death // width, minlength=len(starts))[: len(starts)]
    births_by = np.bincount(age_then // width, minlength=len(starts))[: len(starts)] / 2
    survivorship: float | None = 1.0
    for n, start in enumerate(starts.tolist()):
        at_risk = float(np.clip(np.minimum(last, start + width) - np.maximum(first, start), 0, None)[of].sum())
        mortality = deaths_by[n] / at_risk if at_risk else None
        fertility = births_by[n] / at_risk if at_risk else None
        yield start, at_risk, int(deaths_by[n]), float(births_by[n]), mortality, fertility, survivorship
        if survivorship is not None:
            survivorship = None if mortality is None else survivorship * float(np.exp(-mortality * width))


class TableOfLives(TablesOnly):
    """A table that follows from the lives of a run, which `every` yields in order of id."""

    def __init__(self, run: StoredRun, name: str, every: Callable[[StoredRun], Iterator[LifeRecord]]) -> None:
        self.run, self.name, self.every, self.path = run, name, every, Path(run.path)


class HistoryTable(TableOfLives):
    """One of the tables of life histories of a run, to be exported."""

    def tables(self) -> Tables:
        """Return the columns of the table."""
        return {self.name: TABLES[self.name][0]}

    def table(self, name: str) -> tuple[list[str], list[Row]]:
        """Return the names of the columns, and the rows.

        Raises:
            RunFileError: births or deaths are missing, or contradict each other.
        """
        columns, rows = TABLES[name]
        return [column.name for column in columns], list(rows(life_histories(self.run, self.every)))


TABLES: Mapping[str, tuple[tuple[Column, ...], Callable[[LifeHistories], Iterator[Row]]]] = {
    "lives": (LIVES, lives_rows),
    "life_table": (LIFE_TABLE, life_table_rows),
}
