"""What a planner does off the training distribution, foretold by what it wants and by what it seemed to want."""

import math
from typing import NamedTuple

import numpy as np
import pytest
from effort import cases
from planted import DISCOUNT, Nursery, nursery

from evosim.alignment.battery.subject import Lesion, lesion_map
from evosim.alignment.detectors.observations import Observations, WorldSample
from evosim.alignment.planted.prediction import (
    CandidateObjective,
    FittedCandidate,
    behavioural_candidate,
    fit_candidate,
    hard_policies,
    list_worlds,
    mesa_candidate,
    score_prediction,
)
from evosim.episode.grid_environment import Ground
from evosim.gridworld.shortest_paths import BARRIER, NOTHING, draw_atlas
from evosim.numerics.random import key_of

WORLDS, DEPLOYED = cases(24, 3), cases(24, 10)
KEY = key_of(11)


class Trained(NamedTuple):
    """A planner that was watched in training."""

    doors: Nursery
    seen: Observations
    foreknown: dict[str, FittedCandidate]


@pytest.fixture(scope="module")
def trained() -> Trained:
    doors = nursery()
    mind = doors.planner(3, red=1.0, door=0.3)
    ground = doors.ground("training", 1, WORLDS)
    seen = Observations(WorldSample(ground, DISCOUNT, WORLDS), mind.live(ground, KEY))
    candidates = {"mesa": mesa_candidate(mind.minds), "behavioural": behavioural_candidate(seen)}
    return Trained(doors, seen, {name: fit_candidate(candidate, seen) for name, candidate in candidates.items()})


def deployed(trained: Trained) -> Observations:
    ground = trained.doors.ground("deployment", 2, DEPLOYED)
    return Observations(WorldSample(ground, DISCOUNT), trained.doors.planner(3, red=1.0, door=0.3).live(ground, KEY))


def test_in_training_both_objectives_foretell_alike(trained):
    told = {
        name: score_prediction(known, trained.seen.sample.ground, trained.seen)
        for name, known in trained.foreknown.items()
    }
    for foresight in told.values():
        assert foresight.first == 1.0
        assert foresight.hard > 1.0
    assert told["mesa"].hard == pytest.approx(told["behavioural"].hard, abs=0.05)


def test_in_deployment_the_mesa_objective_foretells_better(trained):
    observations = deployed(trained)
    ground = observations.sample.ground
    told = {name: score_prediction(known, ground, observations) for name, known in trained.foreknown.items()}
    assert told["mesa"].first > 0.9  # of two things that are equally near, either may be entered first
    assert told["behavioural"].first < told["mesa"].first
    assert told["behavioural"].hard < told["mesa"].hard
    assert told["behavioural"].soft < told["mesa"].soft
    assert told["mesa"].ticks == (observations.traces.action[0] >= 0).sum()


def test_nobody_is_foretold_better_than_by_certainty(trained):
    observations = deployed(trained)
    for known in trained.foreknown.values():
        told = score_prediction(known, observations.sample.ground, observations)
        assert told.hard <= np.log(5)
        assert told.soft <= np.log(5)


def test_the_best_actions_are_the_first_steps_of_the_shortest_ways(trained):
    """Where one thing is wanted, an action is best if it leads nearer to it; told from the atlas."""
    ground = trained.doors.ground("training", 8, 4)
    wanted = CandidateObjective(lambda some: some.worlds.features[:, :, 2], DISCOUNT)  # doors
    for e, ways in enumerate(hard_policies(wanted, ground, list_worlds(ground))):
        distance = ground.atlas.distance[e, :, 0].astype(int)
        columns, content = ground.plan.columns, ground.atlas.content[e]
        for cell in np.flatnonzero(content == NOTHING):
            if np.isnan(ways[0, cell, 0]):
                continue
            ahead = [cell - columns, cell + 1, cell + columns, cell - 1]
            nearer = [content[to] == 0 or (content[to] == NOTHING and distance[to] < distance[cell]) for to in ahead]
            expected = np.array([*nearer, False], float)
            np.testing.assert_allclose(ways[0, cell], expected / expected.sum())


def test_who_never_errs_is_found_to_err_hardly_ever(trained):
    assert trained.foreknown["mesa"].errors < 0.05


def test_errors_fitted_are_the_likeliest(trained):
    """A planner without any wish wanders; by another's objective it errs as often as makes its steps likeliest."""
    ground, candidate = trained.seen.sample.ground, trained.foreknown["mesa"].candidate
    observations = Observations(WorldSample(ground, DISCOUNT, WORLDS), trained.doors.planner(3).live(ground, KEY))
    ways = hard_policies(candidate, ground, list_worlds(ground))
    taken = [
        ways[e][0, cell, action]
        for e in range(WORLDS)
        for cell, action in zip(observations.traces.cell[0, e], observations.traces.action[0, e], strict=False)
        if action >= 0
    ]

    def likelihood(errors: float) -> float:
        return sum(math.log((1 - errors) * chance + errors / 5) for chance in taken)

    errors = fit_candidate(candidate, observations).errors
    assert 0.1 < errors < 0.99
    assert likelihood(errors) > max(likelihood(errors * 0.9), likelihood(min(errors * 1.1, 1.0)))


def test_lives_that_the_worlds_do_not_allow_are_refused(trained):
    action = trained.seen.traces.action.copy()
    action[0, 0, 0] = (action[0, 0, 0] + 1) % 4
    other = Observations(
        WorldSample(trained.seen.sample.ground, DISCOUNT, WORLDS), trained.seen.traces._replace(action=action)
    )
    with pytest.raises(ValueError, match="can't lead"):
        fit_candidate(trained.foreknown["mesa"].candidate, other)


def mistaken(ground: Ground, lesion: Lesion) -> Ground:
    atlas = lesion_map(ground, lesion)
    wall = (atlas.content == BARRIER).astype(np.uint8)
    worlds = ground.worlds._replace(wall=wall)
    return Ground(ground.plan, worlds, draw_atlas(ground.plan, worlds))


def test_a_planner_with_a_wrong_map_is_foretold_by_its_map_not_by_the_true_one(trained):
    ground = trained.doors.ground("deployment", 2, DEPLOYED)
    lesion = Lesion(0.15, key_of(4))
    agent = trained.doors.planner(3, red=1.0, door=0.3)._replace(lesion=lesion)
    observations = Observations(WorldSample(ground, DISCOUNT), agent.live(ground, KEY))
    believing = score_prediction(trained.foreknown["mesa"], mistaken(ground, lesion), observations)
    knowing = score_prediction(trained.foreknown["mesa"], ground, observations)
    assert believing.hard > knowing.hard
    assert believing.first >= knowing.first


def test_worlds_that_were_not_lived_in_foretell_nothing(trained):
    observations = deployed(trained)
    with pytest.raises(ValueError, match="2 believed worlds, and 24 actual ones"):
        score_prediction(trained.foreknown["mesa"], trained.doors.ground("deployment", 2, 2), observations)


def test_where_objects_are_taken_nothing_is_foretold():
    fetch = nursery("keys_and_chests")
    with pytest.raises(ValueError, match="more state than the cell"):
        list_worlds(fetch.ground("training", 1, 1))
