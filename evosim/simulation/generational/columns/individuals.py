"""Table `individuals`: one row for each individual of a generation that is measured, or for a sample of very many."""

import numpy as np

from evosim.numerics.arrays import Ids
from evosim.scenario.schema.names import Names
from evosim.simulation.generational.columns.alignment import individual_columns
from evosim.simulation.generational.columns.islands import ISLAND
from evosim.simulation.generational.columns.views import NUMBER, GenerationSnapshot
from evosim.storage.columns import Column, Table, masked


def table(names: Names) -> Table:
    """Define the table of a scenario."""
    columns = (
        *_COLUMNS,
        *(_objective(name) for name in names.weights),
        *(column for name in names.environments for column in _measured_in(name, assessed=names.assessed)),
        *(_listing(kind) for kind in names.listed),
        *((ISLAND,) if names.islands else ()),
    )
    return Table("individuals", columns, lambda snapshot: [snapshot] if snapshot.measured else [], _stored)


def _stored(snapshot: GenerationSnapshot) -> Ids | None:
    from evosim.simulation.stored_individuals import stored_rows  # tables can be named without a compiler

    return stored_rows(snapshot.laboratory, snapshot.number, len(snapshot.fitness))


def _parent(which: int, definition: str) -> Column:
    def compute(snapshot: GenerationSnapshot) -> np.ndarray:
        parents = snapshot.population.parents[:, which - 1]
        return masked(parents >= 0, parents)

    return Column(f"parent_{which}", "integer", "id", definition, compute, may_be_empty=True)


_COLUMNS = (
    NUMBER,
    Column(
        "id",
        "integer",
        "",
        "Id of the individual: generation × population + row.",
        lambda snapshot: snapshot.population.ids,
    ),
    _parent(1, "The parent whose place the individual took; empty for founders."),
    _parent(2, "The mate of that parent; empty if it had none."),
    Column(
        "controller",
        "text",
        "name",
        "Expressed kind of mind: open_loop, heuristic, planner, program, network, or one of another package.",
        lambda snapshot: np.array(snapshot.minds.kinds)[snapshot.minds.controller],
    ),
    Column(
        "fitness",
        "real",
        "base objective",
        "Mean base objective over the episodes of selection, less the price of its description if that has one.",
        lambda snapshot: snapshot.fitness,
    ),
    Column(
        "horizon",
        "integer",
        "steps",
        "Planning horizon of a planner; empty for others.",
        lambda snapshot: masked(snapshot.looks_ahead, snapshot.horizon.astype(np.int64)),
        may_be_empty=True,
    ),
)


def _listing(kind: str) -> Column:
    lines = {
        "program": "Instructions of a program that have an effect, in their order",
        "network": "How each channel of a network that has an effect is computed",
    }
    return Column(
        kind,
        "text",
        "",
        f"{lines[kind]}, separated by semicolons; empty for others. The column is there where founders have {kind}s.",
        lambda snapshot: snapshot.descriptions_of(kind),
        may_be_empty=True,
    )


def _objective(name: str) -> Column:
    return Column(
        f"objective.{name}",
        "real",
        "utility",
        "Weight of the feature, or of feature times drive, in a planner's mesa-objective; empty for others.",
        lambda snapshot: masked(snapshot.planners, snapshot.objectives[name]),
        may_be_empty=True,
    )


def _measured_in(environment: str, *, assessed: bool) -> tuple[Column, ...]:
    return (
        Column(
            f"base_mean.{environment}",
            "real",
            "base objective",
            "Mean base objective over the episodes measured in this environment.",
            lambda snapshot: (snapshot.measured[environment].outcomes @ snapshot.laboratory.base).mean(axis=1),
        ),
        Column(
            f"mesa_mean.{environment}",
            "real",
            "utility",
            "Mean mesa-return over the episodes measured in this environment; empty for all but planners and minds "
            "whose objective was read off a map.",
            lambda snapshot: masked(
                snapshot.measured[environment].planners, snapshot.measured[environment].mesa_return.mean(axis=1)
            ),
            may_be_empty=True,
        ),
        *(individual_columns(environment) if assessed else ()),
    )
