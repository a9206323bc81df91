"""Selection in ecologies: the terms of the Price equation are those of the lineage."""

import numpy as np
import pytest
from meadows import meadow
from observed_ecology import ObservedEcology
from samples import PLANNER

from evosim.ecology.simulation import EcologySimulation
from evosim.simulation.ecology.columns import selection
from evosim.simulation.ecology.intervals import intervals
from evosim.storage.columns import rows_of

PRICE = ["evolution.floor=0", "world.ceiling=60", "environments.after.ceiling=60", "world.life.lifespan=40"]


def test_the_terms_of_the_price_equation_are_those_of_the_lineage_and_add_up():
    """Selection + transmission = mean allele of the children, each counted by half for each parent, minus the parents'."""
    scenario = meadow(*PRICE, "evolution.ticks=400")
    observed = ObservedEcology(scenario, 12)
    interval, cohorts = scenario.evolution.interval, 0
    for tick in observed.ticks(400):
        if (tick + 1) % interval:
            continue
        for cohort in observed.simulation.take_closed(tick // interval):
            cohorts += 1
            members = [id for id, born in enumerate(observed.born) if born // interval == cohort.interval]
            assert cohort.members == len(members)
            assert all(id in observed.died for id in members)
            offspring = [(p, id) for id, pair in enumerate(observed.parents) for p in pair if p in set(members)]
            alleles = np.array([observed.genome[id] for id in members])
            fitness = np.array([sum(p == id for p, _ in offspring) / 2 for id in members])
            assert cohort.children == fitness.sum()
            np.testing.assert_allclose(cohort.loci / cohort.members, alleles.mean(axis=0), atol=1e-12)
            np.testing.assert_allclose(cohort.squares, (alleles**2).sum(axis=0))
            rows = rows_of(
                selection.COLUMNS, selection.Cohort(observed.simulation.layout.loci, tick // interval, cohort)
            )
            covariance = (alleles * fitness[:, None]).mean(axis=0) - alleles.mean(axis=0) * fitness.mean()
            np.testing.assert_allclose([row[7] for row in rows], covariance, atol=1e-9)
            np.testing.assert_allclose([row[6] for row in rows], alleles.std(axis=0), atol=1e-6)
            if fitness.sum():
                children = np.array([observed.genome[id] for _, id in offspring])
                change = children.mean(axis=0) - alleles.mean(axis=0)
                np.testing.assert_allclose([row[8] + row[9] for row in rows], change, atol=1e-9)
            else:
                assert all(row[8] is None and row[9] is None for row in rows)
    assert cohorts > 10


@pytest.mark.compiled
def test_a_locus_that_does_nothing_is_not_selected():
    """Heuristics' weights are silent in a world of planners: their covariance with children is 0 but for chance."""
    scenario = meadow(
        *PRICE, "mind.controllers={ planner = 0.999, heuristic = 0.001 }", "mind.controller.mutation.rate=0",
        "evolution.ticks=600", "world.size=[16,16]", "world.objects.fruit.grows=4",
    )  # fmt: skip
    covariances: dict[int, np.ndarray] = {}
    for seed in range(12):
        layout, found = EcologySimulation(scenario, seed).layout, []
        columns = layout.slice_of("heuristic.weights")
        for interval in intervals(scenario, seed):
            assert (interval.memory["controller"] == PLANNER).all()
            for cohort in interval.closed:
                mean = cohort.loci / cohort.members
                covariance = cohort.products / cohort.members - cohort.children / cohort.members * mean
                found.append(covariance[columns])
        covariances[seed] = np.mean(found, axis=0)
    means = np.array([each.mean() for each in covariances.values()])  # a seed is one observation
    assert abs(means.mean()) < 4.5 * means.std(ddof=1) / np.sqrt(len(means))
    assert means.std() > 0
