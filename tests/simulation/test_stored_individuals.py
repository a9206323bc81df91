"""Of very many individuals a sample has rows of its own; all else is told of everybody."""

import numpy as np
import pytest

from evosim.numerics.compiler import plainly
from evosim.scenario import load_scenario
from evosim.simulation.laboratory import Laboratory
from evosim.simulation.runner import run
from evosim.simulation.stored_individuals import stored_rows
from evosim.studies.typical_agent import individuals_of, typical_of
from viz.answers.reading import read_run

SMALL = ["evolution.population=12", "evolution.generations=2", "evolution.episodes=1", "measure.episodes=2"]


@pytest.fixture(scope="module")
def both(tmp_path_factory):
    """Runs with rows of everybody, and of five."""
    folder = tmp_path_factory.mktemp("runs")
    with plainly():
        made = [
            run(load_scenario("red_doors", [*SMALL, *more]), seed=1, out=folder / f"{len(more)}.evosim", threads=1)
            for more in ([], ["measure.individuals=5"])
        ]
    yield made
    for each in made:
        each.close()


def test_rows_of_a_sample_are_those_that_they_would_be_among_all(both):
    everybody, some = (each.table("individuals")[1] for each in both)
    assert len(everybody) == 2 * 12
    assert len(some) == 2 * 5
    assert set(some) < set(everybody)
    assert [row[:2] for row in some] == sorted(row[:2] for row in some)


def test_all_else_is_reported_everybody(both):
    for table in ("generations", "loci", "measurements"):
        assert both[0].table(table)[1] == both[1].table(table)[1]
    assert np.array_equal(both[0].population(1).genomes, both[1].population(1).genomes)


def test_who_is_not_stored_is_empty_and_who_is_stands_for_the_others(both):
    _, some = both
    ids = some.population(1).ids
    full, seen = (individuals_of(each, 1, ids) for each in both)
    there = np.isin(ids, some.frame("individuals", "generation = 1")["id"])
    assert there.sum() == 5
    assert np.array_equal(seen["fitness"][there], full["fitness"][there])
    assert np.isnan(seen["fitness"][~there]).all()
    assert set(seen["controller"][~there]) == {""}
    assert typical_of(some)[1].words


def test_a_figure_is_drawn_of_a_sample(both):
    reading = read_run(both[1])
    assert len(reading.final["id"]) == 5


def test_each_is_as_likely_as_any_other_to_be_stored():
    with plainly():
        laboratory = Laboratory(load_scenario("red_doors", ["measure.individuals=4"]), 1)
        assert stored_rows(laboratory, 0, 4) is None
        drawn = [stored_rows(laboratory, step, 10) for step in range(1500)]
    assert all(len(set(rows.tolist())) == 4 and (np.diff(rows) > 0).all() for rows in drawn)
    counts = np.bincount(np.concatenate(drawn), minlength=10)
    assert np.abs(counts - 600).max() < 4 * np.sqrt(1500 * 0.4 * 0.6)
