"""Table `islands`: one row for each island of each generation, where a population lives on islands."""

from collections.abc import Callable
from functools import cached_property, partial
from typing import Any

import numpy as np

from evosim.numerics.arrays import Flags, Ids, Reals
from evosim.scenario.schema.names import Names
from evosim.simulation.generational.columns.alignment import AGENT_MEASURES, AgentMeasure
from evosim.simulation.generational.columns.generations import genetic_diversity
from evosim.simulation.generational.columns.views import NUMBER, GenerationSnapshot
from evosim.storage.columns import Column, Table


class OnIslands:
    """A generation of P individuals on I islands: a view with a row for each island."""

    def __init__(self, snapshot: GenerationSnapshot) -> None:
        islands = snapshot.laboratory.scenario.evolution.islands
        assert islands is not None
        self.snapshot = snapshot
        self.number = snapshot.number
        self.count: int = islands.count

    def parted(self, values: np.ndarray) -> np.ndarray:
        """Return values of individuals `[P, …]` as those of each island `[I, N, …]`."""
        return values.reshape(self.count, len(values) // self.count, *values.shape[1:])

    def means(self, values: Reals, among: Flags | None = None) -> list[float | None]:
        """Return the mean of values `[P]` on each island `[I]`, among some `[P]`, of those that are finite numbers."""
        known = np.isfinite(values) & (True if among is None else among)
        parts = zip(self.parted(values), self.parted(known), strict=True)
        return [float(part[here].mean()) if here.any() else None for part, here in parts]

    @cached_property
    def from_elsewhere(self) -> Ids:
        """How many individuals on each island `[I]` have a parent that was born on another."""
        return np.asarray(self.parted(immigrated(self.snapshot)).sum(axis=1))


def islands_in(snapshot: GenerationSnapshot, ids: Ids) -> Ids:
    """Return the numbers of the islands on which individuals with ids `[…]` were born, from 1."""
    from evosim.evolution.islands import islands_of

    islands, population = snapshot.laboratory.scenario.evolution.islands, len(snapshot.fitness)
    assert islands is not None
    return islands_of(ids, population, islands.count) + 1


def immigrated(snapshot: GenerationSnapshot) -> Flags:
    """Return whether individuals `[P]` have a parent that was born on another island."""
    parents, here = snapshot.population.parents, islands_in(snapshot, snapshot.population.ids)
    return np.asarray(((parents >= 0) & (islands_in(snapshot, parents) != here[:, None])).any(axis=1))


def table(names: Names) -> Table:
    """Define the table of a scenario."""
    measured = (column for name in names.environments for column in _measured_in(name, assessed=names.assessed))
    return Table("islands", (*_COLUMNS, *measured), lambda snapshot: [OnIslands(snapshot)])


ISLAND = Column(
    "island",
    "integer",
    "",
    "Number of the island on which it lives, from 1. The column is there where the population lives on islands.",
    lambda snapshot: islands_in(snapshot, snapshot.population.ids),
)  # of an individual


def _fitness(name: str, what: str, compute: Callable[[np.ndarray], Any]) -> Column:
    definition = f"{what} of fitness on the island."
    return Column(
        f"fitness_{name}",
        "real",
        "base objective",
        definition,
        lambda view: compute(view.parted(view.snapshot.fitness)),
    )


_COLUMNS = (
    NUMBER,
    Column("island", "integer", "", "Number of the island, from 1.", lambda view: np.arange(1, view.count + 1)),
    Column(
        "population",
        "integer",
        "individuals",
        "Number of individuals on the island.",
        lambda view: len(view.snapshot.fitness) // view.count,
    ),
    _fitness("mean", "Mean", partial(np.mean, axis=1)),
    _fitness("std", "Standard deviation", partial(np.std, axis=1)),
    _fitness("min", "Minimum", partial(np.min, axis=1)),
    _fitness("max", "Maximum", partial(np.max, axis=1)),
    Column(
        "optimizer_fraction",
        "real",
        "share",
        "Share of the island's individuals whose controller is a planner.",
        lambda view: view.parted(view.snapshot.planners).mean(axis=1),
    ),
    Column(
        "planning_mean",
        "real",
        "steps",
        "Mean planning horizon of the planners; empty if there is none.",
        lambda view: view.means(view.snapshot.horizon, view.snapshot.planners),
        may_be_empty=True,
    ),
    Column(
        "genetic_diversity",
        "real",
        "range widths",
        "As `genetic_diversity` of table `generations`, on the island.",
        lambda view: [
            genetic_diversity(genomes, view.snapshot.laboratory.layout)
            for genomes in view.parted(view.snapshot.population.genomes)
        ],
    ),
    Column(
        "from_elsewhere",
        "integer",
        "individuals",
        "Number of individuals with a parent that was born on another island: children of migrants, and migrants that "
        "survived as elites.",
        lambda view: view.from_elsewhere,
    ),
)


def _measured_in(environment: str, *, assessed: bool) -> tuple[Column, ...]:
    return (
        Column(
            f"base_mean.{environment}",
            "real",
            "base objective",
            "Mean base objective over the island's individuals and the episodes measured in this environment; empty "
            "for generations that are not measured.",
            lambda view: _base_means(view, environment),
            may_be_empty=True,
        ),
        *((_of_agents(measure, environment) for measure in AGENT_MEASURES) if assessed else ()),
    )


def _base_means(view: OnIslands, environment: str) -> list[float | None] | None:
    measured = view.snapshot.measured.get(environment)
    if measured is None:
        return None
    return view.means((measured.outcomes @ view.snapshot.laboratory.base).mean(axis=1))


def _of_agents(measure: AgentMeasure, environment: str) -> Column:
    def compute(view: OnIslands) -> list[float | None] | None:
        measured = view.snapshot.measured.get(environment)
        if measured is None or measured.assessment is None:
            return None
        return view.means(measure.compute(measured.assessment))

    definition = (
        f"As `{measure.name}` of table `measurements`, over the island's agents; empty for generations that are not "
        "measured, and likewise."
    )
    return Column(f"{measure.name}.{environment}", "real", "", definition, compute, may_be_empty=True)
