"""Expression: from the numbers as inherited to the minds they make, and individuals grouped by kind of mind."""

from functools import partial
from typing import Any, NamedTuple

import numpy as np

from evosim.gridworld.sampling import Worlds
from evosim.gridworld.shortest_paths import Atlas
from evosim.gridworld.spec import Blueprint
from evosim.mind.genome import GenomeLayout
from evosim.mind.kind import Genotypes, Kind
from evosim.mind.kinds import discount_in, kind_named, kinds_in
from evosim.mind.phenotype import Phenotypes
from evosim.mind.segments import objective_of
from evosim.numerics.arrays import Bytes, Cells, Flags, Genes, Ids, Reals
from evosim.scenario.schema.names import controller_names
from evosim.scenario.schema.scenario import Scenario


class Group(NamedTuple):
    """Individuals of one kind of mind."""

    rows: Ids  # [M] which of all individuals
    minds: Any  # as the kernels of that kind know them: a NamedTuple of arrays of all P rows
    others: Any  # the same, of whoever else is asked
    kind: Kind

    def prepared(self, plan: Blueprint, worlds: Worlds, believed: Atlas) -> "Group":
        """Return the group, about to live in a batch of worlds."""
        prepare = partial(self.kind.prepare, rows=self.rows, plan=plan, worlds=worlds, believed=believed)
        minds = prepare(self.minds)
        return self._replace(minds=minds, others=minds if self.others is self.minds else prepare(self.others))


def express(scenario: Scenario, layout: GenomeLayout, genomes: Genes) -> Phenotypes:
    """Express genomes `[P, L]`."""
    population, mind = len(genomes), scenario.mind

    def loci(segment: str) -> Reals:
        return np.ascontiguousarray(genomes[:, layout.slice_of(segment)], np.float64)

    genotypes, controller = Genotypes(population, loci), controllers(scenario, layout, genomes)
    kinds = kinds_in(scenario)
    wants = any(kind.wants for kind in kinds)
    objective, sees, features = loci("objective"), loci("perception"), len(scenario.world.features)
    if wants and not mind.objective.evolves:
        objective = np.tile(np.array(objective_of(scenario)), (population, 1))
    return Phenotypes(
        kinds=tuple(controller_names(scenario)),
        controller=controller,
        objective=objective,
        discount=genotypes.value(*discount_in(scenario)),
        slip=genotypes.value("beliefs.slip", mind.beliefs.slip),
        persistence=genotypes.value("beliefs.persistence", mind.beliefs.persistence),
        detectors=sees.reshape(population, features, features + 1) if sees.size else np.zeros((population, 0, 0)),
        sharpness=mind.perception.sharpness,
        drives=len(mind.objective.drives),
        own={kind.name: kind.express(scenario, genotypes) for kind in kinds},
        bits=description_lengths(scenario, genotypes, controller) if scenario.evolution.parsimony else None,
    )


def description_lengths(scenario: Scenario, genotypes: Genotypes, controller: Bytes) -> Reals:
    """Return how many bits `[P]` it takes to tell the mind that each genome expresses, of the kinds `[P]`."""
    lengths, names = np.zeros(genotypes.population), controller_names(scenario)
    for kind in kinds_in(scenario):
        lengths = np.where(controller == names.index(kind.name), kind.description(scenario, genotypes), lengths)
    return lengths


def controllers(scenario: Scenario, layout: GenomeLayout, genomes: Genes) -> Bytes:
    """Return the number `[P]` of the kind of mind that each genome expresses.

    It is the one with the largest propensity, the first in a tie.
    """
    names = controller_names(scenario)
    present = [i for i, name in enumerate(names) if name in scenario.mind.controllers]
    if len(present) == 1:
        return np.full(len(genomes), present[0], np.uint8)
    expressed: Bytes = np.array(present, np.uint8)[genomes[:, layout.slice_of("controller")].argmax(axis=1)]
    return expressed


def have_objective(minds: Phenotypes) -> Flags:
    """Return which individuals `[P]` have a mesa-objective: in their genome, or one that was read off."""
    found = np.zeros(len(minds.controller), np.bool_) if minds.read_off is None else minds.read_off.copy()
    for name in minds.own:
        found |= minds.is_of(name) & kind_named(name).has_objective(minds)
    return found


def with_budget(minds: Phenotypes, steps: Cells) -> Phenotypes:
    """Return minds that look as many steps `[P]` ahead; who doesn't look ahead is the same."""
    for name in minds.own:
        minds = kind_named(name).with_budget(minds, steps)
    return minds


def largest_budget(minds: Phenotypes) -> int | None:
    """Return how many steps all can be asked to look ahead, if more would take longer than anybody can wait."""
    budgets = [kind_named(name).largest_budget(minds) for name in minds.own if minds.is_of(name).any()]
    return min((budget for budget in budgets if budget is not None), default=None)


def traits_of(minds: Phenotypes) -> dict[str, Reals]:
    """Return numbers `[P]` that kinds show of individuals, by name; NaN for those of other kinds."""
    traits: dict[str, Reals] = {}
    for name in minds.own:
        there = minds.is_of(name)
        for trait, numbers in kind_named(name).traits(minds).items():
            others = traits.get(trait, np.full(len(there), np.nan))
            traits[trait] = np.where(there, numbers, others)
    return traits


def describe_mind(minds: Phenotypes, row: int) -> list[str]:
    """Return lines that say how one individual decides; none where its kind has none."""
    return kind_named(minds.kinds[minds.controller[row]]).describe(minds, row)


def group_by_kind(minds: Phenotypes, others: Phenotypes | None = None) -> list[Group]:
    """Group individuals by the kind of mind that they express, each with one of `others` of the same kind.

    Raises:
        ValueError: one of the others is of another kind.
    """
    if others is not None and not np.array_equal(minds.controller, others.controller):
        raise ValueError("whoever else is asked must be of the same kinds of mind")
    groups = []
    for number, name in enumerate(minds.kinds):
        rows = np.flatnonzero(minds.controller == number)
        if len(rows):
            kind = kind_named(name)
            own = kind.minds(minds)
            groups.append(Group(rows, own, own if others is None else kind.minds(others), kind))
    return groups
