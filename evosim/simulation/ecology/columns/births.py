"""Tables `births` and `ends`: everybody's genome at birth, and how each life ended; on request."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from evosim.numerics.arrays import Ids
from evosim.scenario.schema.ecologies import CAUSES, EcologyWorld
from evosim.scenario.schema.names import controller_names
from evosim.simulation.ecology.columns.views import NUMBER, EcologySnapshot
from evosim.storage.columns import Column, Table, masked

if TYPE_CHECKING:  # tables can be named and read without a compiler
    from evosim.ecology.births import VitalRecords

ORIGINS = np.frombuffer(b"-12*", np.uint8)  # characters of the numbers of an origin


def births_table(loci: Sequence[str]) -> Table:
    """Define the table of births, with a column for each of some loci."""
    alleles = (_allele(locus, n) for n, locus in enumerate(loci))
    return Table("births", (*_BIRTHS, *alleles), lambda snapshot: [snapshot] if len(_born(snapshot)) else [])


def _records(snapshot: EcologySnapshot) -> "VitalRecords":
    records = snapshot.interval.records
    assert records is not None
    return records


def _born(snapshot: EcologySnapshot) -> Ids:
    return _records(snapshot).births


def _died(snapshot: EcologySnapshot) -> Ids:
    return _records(snapshot).deaths


def _parent(which: int, definition: str) -> Column:
    def compute(snapshot: EcologySnapshot) -> np.ndarray:
        parents = _born(snapshot)[:, which - 1]
        return masked(parents >= 0, parents)

    return Column(f"parent_{which}", "integer", "id", definition, compute, may_be_empty=True)


def _columns_of_world(snapshot: EcologySnapshot) -> int:
    world = snapshot.laboratory.scenario.world
    assert isinstance(world, EcologyWorld)
    return world.size[1]


def _cell(events: Callable[[EcologySnapshot], Ids], row: str) -> tuple[Column, Column]:
    """Define the columns of where some events happened, that of the `row` by its definition."""
    column = "Column of that cell."
    return (
        Column("cell_row", "integer", "cells", row, lambda s: events(s)[:, 3] // _columns_of_world(s)),
        Column("cell_column", "integer", "cells", column, lambda s: events(s)[:, 3] % _columns_of_world(s)),
    )


def _origins(snapshot: EcologySnapshot) -> list[str]:
    return [row.tobytes().decode() for row in ORIGINS[_records(snapshot).origins]]


def _mutations(snapshot: EcologySnapshot) -> np.ndarray:
    records = _records(snapshot)
    return np.asarray((records.genomes != records.inherited).sum(axis=1))


def _allele(locus: str, number: int) -> Column:
    definition = "The allele at this locus, at birth and for life."
    return Column(locus, "real", "allele", definition, lambda s: _records(s).genomes[:, number].astype(np.float64))


_BIRTHS = (
    NUMBER._replace(definition="Number of the interval in which it was born; founders are of 0."),
    Column(
        "id",
        "integer",
        "",
        "Id of the agent, in order of birth.",
        lambda snapshot: _records(snapshot).first + np.arange(len(_born(snapshot))),
    ),
    Column(
        "tick",
        "integer",
        "ticks",
        "Tick of its birth; under 0 for founders, who have an age at the beginning.",
        lambda snapshot: _born(snapshot)[:, 2],
    ),
    _parent(1, "The parent that courted; empty for founders and migrants."),
    _parent(2, "The parent that was courted; likewise empty."),
    *_cell(_born, "Row of the cell where it was born; the first is 0."),
    Column(
        "controller",
        "text",
        "name",
        "Kind of mind that its genome expresses.",
        lambda snapshot: np.array(controller_names(snapshot.laboratory.scenario))[_records(snapshot).controller],
    ),
    Column("mutations", "integer", "loci", "Number of loci whose allele is not the one inherited.", _mutations),
    Column(
        "origins",
        "text",
        "characters",
        "A character for each locus, in the order of the columns that follow: 1 if its allele came from `parent_1`, 2 "
        "if from `parent_2`, * if crossover mixed both; - for founders and migrants. A mutation came upon what was "
        "inherited from there.",
        _origins,
    ),
)

ENDS = Table(
    "ends",
    (
        NUMBER._replace(definition="Number of the interval in which it died."),
        Column("id", "integer", "", "Id of the agent.", lambda snapshot: _died(snapshot)[:, 0]),
        Column("tick", "integer", "ticks", "Tick of its death.", lambda snapshot: _died(snapshot)[:, 1]),
        Column(
            "cause",
            "text",
            "name",
            "hunger, age, accident or culled.",
            lambda snapshot: np.array(CAUSES)[_died(snapshot)[:, 2]],
        ),
        Column("age", "integer", "ticks", "Its age.", lambda snapshot: _records(snapshot).age),
        Column(
            "children",
            "integer",
            "children",
            "Number of children in its whole life.",
            lambda snapshot: _records(snapshot).children,
        ),
        *_cell(_died, "Row of the cell where it died."),
    ),
    lambda snapshot: [snapshot] if len(_died(snapshot)) else [],
)
