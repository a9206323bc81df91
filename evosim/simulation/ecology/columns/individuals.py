"""Table `individuals`: one row for each agent alive when a measured interval ends, or for a sample of very many."""

import numpy as np

from evosim.numerics.arrays import Ids
from evosim.scenario.schema.names import Names, controller_names
from evosim.simulation.ecology.columns.views import NUMBER, EcologySnapshot
from evosim.storage.columns import Column, Table, finite_or_nan, masked


def table(names: Names) -> Table:
    """Define the table of a scenario."""
    columns = (*_COLUMNS, *(_objective(name) for name in names.weights))
    return Table("individuals", columns, lambda snapshot: [snapshot] if snapshot.interval.is_measured else [], _stored)


def _stored(snapshot: EcologySnapshot) -> Ids | None:
    from evosim.simulation.stored_individuals import stored_rows  # tables can be named without a compiler

    return stored_rows(snapshot.laboratory, snapshot.number, len(snapshot.memory["id"]))


def _parent(which: int, definition: str) -> Column:
    def compute(snapshot: EcologySnapshot) -> np.ndarray:
        parents = snapshot.interval.parents[:, which - 1]
        return masked(parents >= 0, parents)

    return Column(f"parent_{which}", "integer", "id", definition, compute, may_be_empty=True)


def _objective(name: str) -> Column:
    return Column(
        f"objective.{name}",
        "real",
        "utility",
        "Weight of the feature, or of feature times drive, in a planner's objective; empty for others.",
        lambda snapshot: masked(snapshot.planners, snapshot.objectives[name]),
        may_be_empty=True,
    )


_COLUMNS = (
    NUMBER,
    Column("id", "integer", "", "Id of the agent, in order of birth.", lambda snapshot: snapshot.memory["id"]),
    _parent(1, "The parent that courted; empty for founders and migrants."),
    _parent(2, "The parent that was courted; likewise empty."),
    Column(
        "controller",
        "text",
        "name",
        "Expressed kind of mind: heuristic, planner, or one of another package.",
        lambda snapshot: np.array(controller_names(snapshot.laboratory.scenario))[snapshot.memory["controller"]],
    ),
    Column(
        "age",
        "integer",
        "ticks",
        "Its age when the interval ends.",
        lambda snapshot: snapshot.interval.tick - snapshot.memory["born"],
    ),
    Column("energy", "real", "energy", "Its energy.", lambda snapshot: finite_or_nan(snapshot.memory["energy"])),
    Column(
        "children",
        "integer",
        "children",
        "Number of its children so far.",
        lambda snapshot: snapshot.memory["children"],
    ),
    Column(
        "depth",
        "real",
        "generations",
        "Its genealogical depth: one more than the mean of both parents', 0 for founders.",
        lambda snapshot: finite_or_nan(snapshot.memory["depth"]),
    ),
    Column(
        "horizon",
        "integer",
        "steps",
        "Planning horizon of a planner; empty for others.",
        lambda snapshot: masked(~np.isnan(snapshot.horizon), np.nan_to_num(snapshot.horizon).astype(np.int64)),
        may_be_empty=True,
    ),
)
