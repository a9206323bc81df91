"""Search in populations: who is asked, for what, and the column of it."""

import numpy as np
import pytest
from planted_maps import PlantedMap, planted_maps

from evosim import generations, load_scenario
from evosim.alignment.search import shares
from evosim.alignment.search.shares import looks_of_things, searchers, share_that_searches, think_in_maps
from evosim.alignment.search.truth import truth_of
from evosim.episode.grid_environment import Grid
from evosim.mind.expression import express
from evosim.mind.founders import draw_founders
from evosim.mind.kinds import providing
from evosim.numerics.random import key_of
from evosim.simulation.laboratory import Laboratory

NOTHING_ELSE = ["evolution.population=8", "evolution.generations=1", "evolution.episodes=1", "measure.episodes=2"]


@pytest.fixture(autouse=True)
def known():
    with providing(PlantedMap()):
        yield


def test_who_searches_is_asked_for_every_look_and_needs_one():
    minds = planted_maps([0, 1, 2, 3, 0], [[1, 0], [1, 0], [0, 1], [1, 0], [0, 0]])
    found = searchers(minds, np.arange(5), np.array([[1.0, 0.0], [0.0, 1.0]]), worlds=20)
    assert found.tolist() == [True, False, True, False, False]
    only_first = searchers(minds, np.array([2, 0]), np.array([[1.0, 0.0]]), worlds=20)
    assert only_first.tolist() == [False, True]


def test_the_share_is_of_those_who_think_in_maps():
    lab = Laboratory(load_scenario("red_doors", NOTHING_ELSE), 1)
    training = lab.environments["training"]
    assert isinstance(training, Grid)
    ground, features = training.draw(key_of(1), 4), list(lab.scenario.world.features)
    door = [float(name == "door") for name in features]
    minds = planted_maps([0, 1, 1, 1], [door] * 4)
    assert think_in_maps(minds).all()
    assert share_that_searches(ground, minds, np.arange(4), key_of(1)) == 0.25
    looks = looks_of_things(ground)
    assert len(np.unique(looks, axis=0)) == len(looks) <= shares.MOST_LOOKS
    assert looks[:, features.index("door")].sum() == 1
    others = express(lab.scenario, lab.layout, draw_founders(lab.scenario, lab.layout, 1))
    assert not think_in_maps(others).any()
    assert share_that_searches(ground, others, np.arange(8), key_of(1)) is None


def test_a_kind_of_mind_is_measured_as_its_thinking_is():
    minds, look = planted_maps([0], [[1.0]]), np.array([1.0])
    think = shares.thinker_of(PlantedMap(), minds, np.array([0]))
    assert truth_of(think, look, key_of(9), worlds=15).searching.tolist() == [True]


def test_the_column_is_empty_where_nobody_thinks_in_a_map():
    (generation,) = generations(load_scenario("red_doors", NOTHING_ELSE), 1)
    assert [each.searching for each in generation.measured] == [None, None]
