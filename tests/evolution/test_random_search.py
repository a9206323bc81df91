"""Random search: what it keeps, what it draws, and how it goes on."""

import numpy as np
import pytest
from small_evolutions import HIGH, LOCI, LOW, noisy, quadratic, settings

from evosim import load_scenario
from evosim.evolution import RandomSearch
from evosim.evolution.population import ALONE
from evosim.simulation.laboratory import Laboratory


def draw(generation: int, count: int) -> np.ndarray:
    return np.random.default_rng([generation, count]).uniform(LOW, HIGH, (count, LOCI)).astype(np.float32)


def search(**changes: object) -> RandomSearch:
    return RandomSearch(settings(**{"elites": 3, **changes}), draw)


def test_champions_stay_and_all_others_are_drawn_anew():
    ours = search()
    first = ours.ask().copy()
    assert np.array_equal(first, draw(0, 20))
    ours.tell(quadratic(first))
    best = np.argsort(-quadratic(first))[:3]
    second = ours.ask()
    assert np.array_equal(second[:3], first[best])
    assert np.array_equal(second[3:], draw(1, 17))
    assert ours.population.parents[:4].tolist() == [[id, ALONE] for id in [*best, ALONE]]
    assert ours.ask() is second  # until it is told


def test_what_is_best_so_far_never_gets_worse_where_fitness_is_exact():
    ours, best = search(elites=1), []
    for _ in range(12):
        genomes = ours.ask()
        ours.tell(quadratic(genomes))
        best.append(quadratic(genomes).max())
    assert best == sorted(best)
    assert ours.hall_of_fame()[0].fitness == best[-1]


def test_nobody_stays_by_one_lucky_evaluation():
    """The first of generation 0 is good each time; another is far better once, and bad whenever it is evaluated again."""
    ours = search(elites=2, population=4)
    good, lucky = ours.ask()[0].copy(), ours.ask()[1].copy()
    ours.tell(np.array([1.0, 9.0, 0.0, 0.0]))
    for _ in range(4):
        kept = ours.ask()[:2]
        assert good in kept
        ours.tell([*np.where((kept == good).all(axis=1), 1.0, -20.0).tolist(), 0.0, 0.0])
    assert not (ours.ask() == lucky).all(axis=1).any()


def test_a_search_restored_goes_on_as_if_it_had_never_stopped():
    straight, stopping = search(), search()
    for generation in range(8):
        straight.tell(noisy(straight.ask(), generation))
        stopping.tell(noisy(stopping.ask(), generation))
        again = search()
        again.restore(stopping.population, stopping.hall_of_fame(), stopping.memory)
        stopping = again
    assert np.array_equal(straight.ask(), stopping.ask())
    assert [f.id for f in straight.hall_of_fame()] == [f.id for f in stopping.hall_of_fame()]
    with pytest.raises(ValueError, match="not a finite number"):
        stopping.tell(np.full(20, np.nan))


def test_a_scenario_searched_at_random_draws_founders_as_it_says_and_never_the_same():
    """Its own mutation of a segment is ignored, so the control of a scenario is one change of it."""
    changes = ["evolution.algorithm=random_search", "evolution.population=40", "evolution.elites=4"]
    lab = Laboratory(load_scenario("red_doors", [*changes, "mind.controller.mutation.rate=0.02"]), 1)
    ours = lab.optimizer()
    first = ours.ask().copy()
    assert np.array_equal(first, lab.draw_anew(0, 40))
    ours.tell(np.arange(40.0))
    second = ours.ask()
    assert np.array_equal(second[:4], first[:35:-1])
    assert not (second[4:, None] == first).all(axis=2).any()
    shares = np.bincount(second[4:, lab.layout.slice_of("controller")].argmax(axis=1), minlength=2) / 36
    assert np.allclose(shares, list(lab.scenario.mind.controllers.values()), atol=1 / 36)
