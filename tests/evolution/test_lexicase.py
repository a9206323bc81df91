"""Lexicase selection: whoever is best at some cases is selected, as by that of DEAP."""

import random

import numpy as np
import pytest
import reference
from deap import tools
from effort import cases
from evidence import TOO_SURPRISING, surprise_of_two
from small_evolutions import cases_for_deap, optimizer, quadratic

from evosim.evolution.deap_individuals import Handle
from evosim.evolution.lexicase import epsilon_lexicase, lexicase
from evosim.evolution.selection import tournament
from evosim.numerics.random import key_of
from evosim.scenario.schema.evolution import Lexicase


def some_cases(rng: np.random.Generator) -> np.ndarray:
    """Draw cases in steps, so that ties are common, or without any."""
    shape = rng.integers(1, 20), rng.integers(1, 7)
    return rng.integers(0, 4, shape) / 2 if rng.random() < 0.7 else rng.normal(size=shape)


def test_lexicase_equals_the_twin():
    rng = np.random.default_rng(49)
    for i in range(cases(300, 30)):
        told, count = some_cases(rng), int(rng.integers(0, 12))
        rows = lexicase(told, key_of(i), count)
        assert rows.tolist() == reference.lexicase(told.tolist(), [0.0] * told.shape[1], i, count)
        epsilon = [float(np.median([abs(x - np.median(case)) for x in case])) for case in told.T]
        rows = epsilon_lexicase(told, key_of(i), count)
        assert rows.tolist() == reference.lexicase(told.tolist(), epsilon, i, count)


def surprise_beside_deap(rows: np.ndarray, chosen: list[Handle], population: int) -> float:
    theirs = np.bincount([handle.row for handle in chosen], minlength=population)
    ours = np.bincount(rows, minlength=population)
    assert ((ours > 0) | (theirs < 30)).all()
    return abs(surprise_of_two(ours, theirs))


def test_lexicase_selects_like_that_of_deap():
    count, told = cases(3000, 1000), np.random.default_rng(50).integers(0, 3, (15, 4)) / 2
    random.seed(51)
    theirs = tools.selLexicase(cases_for_deap(told), count)
    assert surprise_beside_deap(lexicase(told, key_of(52), count), theirs, 15) < TOO_SURPRISING


def test_epsilon_lexicase_selects_like_those_of_deap():
    """With one case epsilon over all is epsilon over those still in; with the same epsilon in all cases it can be given."""
    count, rng = cases(3000, 1000), np.random.default_rng(53)
    random.seed(54)
    one = rng.normal(size=(15, 1))
    theirs = tools.selAutomaticEpsilonLexicase(cases_for_deap(one), count)
    assert surprise_beside_deap(epsilon_lexicase(one, key_of(55), count), theirs, 15) < TOO_SURPRISING
    several = rng.normal(size=(15, 4))
    several /= np.median(np.abs(several - np.median(several, axis=0)), axis=0)
    theirs = tools.selEpsilonLexicase(cases_for_deap(several), count, 1.0 + 1e-12)
    assert surprise_beside_deap(epsilon_lexicase(several, key_of(56), count), theirs, 15) < TOO_SURPRISING


def test_lexicase_finds_specialists_that_a_mean_hides():
    told = np.array([[3.0, 0.0], [0.0, 3.0], [2.0, 2.0]])
    assert set(lexicase(told, key_of(57), 200).tolist()) == {0, 1}
    assert set(tournament(told.mean(axis=1), key_of(57), 200, size=50).tolist()) == {2}


@pytest.mark.parametrize(
    ("told", "said"),
    [
        (None, "lexicase needs to be told cases"),
        (np.ones((19, 2)), "expected cases for 20 individuals"),
        (np.ones(20), "expected cases for 20 individuals"),
        (np.ones((20, 0)), "expected cases for 20 individuals"),
        (np.where(np.arange(40).reshape(20, 2) == 15, np.nan, 1.0), r"cases of individual 7 \(row 7\) are not"),
        (np.where(np.arange(40).reshape(20, 2) == 15, np.inf, 1.0), r"cases of individual 7 \(row 7\) are not"),
    ],
)
def test_cases_that_lexicase_cannot_use_are_refused(told, said):
    genetic = optimizer(selection=Lexicase(operator="lexicase"))
    with pytest.raises(ValueError, match=said):
        genetic.tell(quadratic(genetic.ask()), cases=told)
    assert genetic.population.fitness is None
