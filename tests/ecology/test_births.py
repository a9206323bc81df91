"""Records of births and deaths: by which parent each allele came, and how each life ended."""

import numpy as np
import pytest
import reference
from meadows import meadow

from evosim.ecology.births import FIRST, MIXED, NO_PARENT, SECOND, living, vital_records
from evosim.ecology.simulation import EcologySimulation
from evosim.numerics.random import Stream
from evosim.simulation.ecology.intervals import intervals

TICKS = 60
OPERATORS = {
    "uniform": {"operator": "uniform", "rate": 0.7},
    "one_point": {"operator": "one_point", "rate": 0.7},
    "two_point": {"operator": "two_point", "rate": 0.7},
    "blend": {"operator": "blend", "rate": 0.7},
}


def recorded(operator, ticks=TICKS):
    """Return the simulation of a meadow, and its records of an interval in which children have children."""
    crossover = ", ".join(f"{key} = {value!r}" for key, value in OPERATORS[operator].items())
    simulation = EcologySimulation(meadow(f"evolution.crossover={{ {crossover} }}", "world.life.adult_at=3"), 1)
    before = living(simulation.ecology, simulation.alive)
    logs = simulation.live(0, ticks, simulation.rules_at(0))
    return simulation, vital_records(simulation.static, before, simulation.ecology, *logs)


def twins_origins(operator, key, pairs, loci):
    """Cross genomes that hold the number of their parent, by the plain twins."""
    marks, rows = [[1] * loci, [2] * loci], [0, 1] * pairs
    if operator == "uniform":
        return reference.crossover(marks, rows, key, 0.7)[0][::2]
    return reference.point_crossover(marks, rows, key, 0.7, {"one_point": 1, "two_point": 2}[operator])[0][::2]


@pytest.mark.compiled
@pytest.mark.parametrize("operator", ["uniform", "one_point", "two_point"])
def test_origins_are_those_of_the_twin_and_say_whose_allele_was_inherited(operator):
    records = recorded(operator)[1]
    key = reference.key_of(1, int(Stream.CROSSOVER))
    has_parents = records.births[:, 0] >= 0
    assert (records.births[has_parents, :2] >= 30).any()  # some parents were themselves born in the interval
    for tick in np.unique(records.births[has_parents, 2]).tolist():
        rows = np.flatnonzero(has_parents & (records.births[:, 2] == tick))
        expected = twins_origins(operator, reference.fold(key, tick), len(rows), records.genomes.shape[1])
        assert records.origins[rows].tolist() == expected
    first, second = (records.genomes[records.births[has_parents, side]] for side in range(2))
    origins = records.origins[has_parents]
    assert set(np.unique(origins)) == {FIRST, SECOND}
    assert np.array_equal(records.inherited[has_parents], np.where(origins == FIRST, first, second))
    mutated = (records.genomes != records.inherited)[has_parents].mean()
    assert 0.1 < mutated < 0.3  # a rate of 0.2
    assert (records.origins[~has_parents] == NO_PARENT).all()
    assert np.array_equal(records.genomes[~has_parents], records.inherited[~has_parents])


@pytest.mark.compiled
def test_an_allele_that_crossover_mixed_has_no_single_origin():
    records = recorded("blend")[1]
    origins = records.origins[records.births[:, 0] >= 0]
    assert {tuple(np.unique(row)) for row in origins} == {(FIRST,), (MIXED,)}  # of pairs that didn't mate, and did


@pytest.mark.compiled
def test_ends_of_lives_are_those_that_the_state_counts():
    simulation, records = recorded("uniform")
    parents = records.births[:, :2]
    assert records.children.tolist() == [int((parents == id).sum()) for id in records.deaths[:, 0].tolist()]
    assert records.children.max() > 1
    assert records.age.tolist() == [tick - records.births[id, 2] for id, tick, *_ in records.deaths.tolist()]
    kinds = dict(enumerate(records.controller.tolist()))
    agents = simulation.ecology.agents
    assert [kinds[id] for id in agents.id[: simulation.alive].tolist()] == agents.controller[
        : simulation.alive
    ].tolist()


@pytest.mark.compiled
def test_recording_births_changes_no_state():
    plain, asked = (
        [(interval.genomes, interval.births) for interval in intervals(meadow("evolution.ticks=60", *more), 3)]
        for more in ([], ["measure.births=true"])
    )
    for one, other in zip(plain, asked, strict=True):
        assert all(np.array_equal(a, b) for a, b in zip(one, other, strict=True))
