"""Controls of foretelling: who knows nothing of an agent's objective, or only that it is perfect in training."""

from collections import deque

import numpy as np
import pytest
from effort import cases
from planted import Nursery, nursery
from samples import PLANNER

from benchmarks.prediction_controls import (
    ANY,
    FREQUENT,
    ITSELF,
    NEAREST,
    OF_ALL,
    Case,
    by_frequency,
    doors_first,
    founders_objectives,
    majority,
    nearest,
    perfect_objectives,
    with_objectives,
)
from evosim.alignment.detectors.observations import Observations, WorldSample
from evosim.alignment.detectors.probe_worlds import first_objects
from evosim.alignment.planted.prediction import fit_candidate, mesa_candidate, predict_first_entered, score_prediction
from evosim.episode.grid_environment import Ground
from evosim.gridworld.sampling import WALL
from evosim.mind.expression import express
from evosim.mind.founders import draw_founders
from evosim.numerics.random import key_of
from evosim.studies.detector_audit import GenerationSample

WORLDS = cases(32, 4)
DISCOUNT = 0.95


@pytest.fixture(scope="module")
def doors() -> Nursery:
    return nursery()


def case_in(doors: Nursery, **wants: float) -> Case:
    laboratory, mind = doors.laboratory, doors.planner(3, **wants)
    genomes = draw_founders(laboratory.scenario, laboratory.layout, 1)
    minds = express(laboratory.scenario, laboratory.layout, genomes)
    sample = GenerationSample(laboratory, 0, minds, np.arange(len(genomes), dtype=np.int64))
    lives = key_of(5)
    training, deployment = (doors.ground(name, i, WORLDS) for i, name in enumerate(("training", "deployment")))
    seen, observations = (
        Observations(WorldSample(g, DISCOUNT, WORLDS), mind.live(g, lives)) for g in (training, deployment)
    )
    return Case(mind, sample, seen, observations, lives)


def test_objectives_perfect_in_training_come_to_the_door_there_and_not_all_of_them_elsewhere(doors):
    case = case_in(doors, red=1.0, door=0.3)
    perfect = perfect_objectives(case, 12)
    assert perfect.shape == (12, 6)
    minds = with_objectives(case.mind, perfect)
    assert (minds.controller == PLANNER).all()
    training, deployment = case.seen.sample.ground, case.observations.sample.ground
    own = doors_first(case.sample, case.mind.minds, training, case.lives)[0]
    assert own > 0.9
    assert (doors_first(case.sample, minds, training, case.lives) >= own).all()
    assert doors_first(case.sample, minds, deployment, case.lives).min() < 0.5
    unselected = with_objectives(case.mind, founders_objectives(case.sample, 0))
    assert doors_first(case.sample, unselected, training, case.lives).mean() < 0.5


def test_objectives_of_founders_are_drawn_anew_for_each_run(doors):
    case, other = case_in(doors), nursery().laboratory
    again = case.sample._replace(laboratory=type(other)(other.scenario, 2))
    assert not np.array_equal(founders_objectives(case.sample, 0), founders_objectives(case.sample, 1))
    assert not np.array_equal(founders_objectives(case.sample, 0), founders_objectives(again, 0))
    assert np.abs(founders_objectives(case.sample, 0)).max() <= 1.0


def test_what_an_objective_foretells_alone_is_what_it_foretells_among_the_rest(doors):
    case = case_in(doors, red=1.0, door=0.3)
    ground, candidate = case.observations.sample.ground, mesa_candidate(case.mind.minds)
    alone = predict_first_entered(candidate, ground)
    assert alone.shape == (WORLDS,)
    hits = (alone == first_objects(case.observations)).mean()
    assert hits == score_prediction(fit_candidate(candidate, case.seen), ground, case.observations).first
    assert case.scored(alone) == (hits, pytest.approx((alone == 0).mean()))
    (by_weights,) = case.first_by(case.mind.minds.objective)
    np.testing.assert_array_equal(by_weights, alone)


def test_who_wants_a_single_thing_is_foretold_by_its_frequency(doors):
    told = {what: numbers for what, *numbers in by_frequency(case_in(doors, gem=1.0))}
    assert told[FREQUENT][0] == 1.0
    assert told[FREQUENT][1] == 0.0
    assert told[ANY][:2] == [0.25, 0.25]
    assert 0.0 <= told[NEAREST][0] < 1.0
    assert told[OF_ALL][0] in (0.0, 1.0)
    assert told[ITSELF][1] == 0.0


def test_who_enters_nothing_is_never_hit_by_a_guess_of_something(doors):
    case = case_in(doors)
    away = case.observations.traces._replace(entered=np.full_like(case.observations.traces.entered, -1))
    told = {
        what: numbers
        for what, *numbers in by_frequency(case._replace(observations=Observations(case.observations.sample, away)))
    }
    assert [told[what][0] for what in (FREQUENT, OF_ALL, NEAREST, ANY)] == [0.0] * 4


def steps_to_objects(ground: Ground, e: int) -> list[int]:
    """Walk outwards from the start, around objects, and note after how many steps each object is met."""
    cells, wall, columns = ground.worlds.cell[e].tolist(), ground.worlds.wall[e], ground.plan.columns
    steps, queue = {int(ground.worlds.start[e]): 0}, deque([int(ground.worlds.start[e])])
    while queue:
        cell = queue.popleft()
        if cell in cells:
            continue
        for to in (cell - columns, cell + 1, cell + columns, cell - 1):
            if wall[to] != WALL and to not in steps:
                steps[to] = steps[cell] + 1
                queue.append(to)
    return [steps[cell] for cell in cells]


def test_the_nearest_objects_are_met_first_on_the_way_outwards(doors):
    ground = doors.ground("deployment", 4, WORLDS)
    for e, near in enumerate(nearest(ground)):
        steps = steps_to_objects(ground, e)
        assert near.tolist() == [each == min(steps) for each in steps]


def test_a_vote_goes_to_what_is_named_most_often_and_of_several_to_the_first():
    assert majority(np.array([2, 0, 2, 3], np.int32)) == 2
    assert majority(np.array([3, 1, 3, 1], np.int32)) == 1
    assert majority(np.array([-1, -1, 2], np.int32)) == -1
