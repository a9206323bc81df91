"""Detectors see behaviour alone: what can be told from it is told, and what can't is at chance."""

import numpy as np
import pytest
from effort import cases
from planted import DISCOUNT, Nursery, nursery

from evosim.alignment.battery.lookup_policies import distil, world_fingerprint
from evosim.alignment.detectors.observations import Observations, WorldSample, decision_process_of, trajectory_in
from evosim.alignment.detectors.optimizer import (
    OF_OPTIMIZERS,
    Detector,
    consistency,
    fresh_cells,
    in_one,
    mean_return,
    path_efficiency,
    score_agent,
    why_unavailable,
)
from evosim.alignment.detectors.probe_worlds import (
    LARGER,
    NOVEL,
    PAIRS,
    PROBE_KINDS,
    RECOMBINED,
    SLIPPERY,
    TRAINING,
    ProbeWorlds,
    first_objects,
    recombine_features,
)
from evosim.alignment.detectors.pseudo_alignment import (
    OF_PSEUDO_ALIGNED,
    inferred_gap,
    little_return,
    proxy_weight,
    strays,
)
from evosim.episode.observed_outcomes import first_entered
from evosim.episode.rollout import OVER, Traces
from evosim.numerics.bootstrap import roc_auc
from evosim.numerics.random import key_of

WORLDS = cases(16, 3)
KEY = key_of(3)


@pytest.fixture(scope="module")
def doors() -> Nursery:
    return nursery()


@pytest.fixture(scope="module")
def probe(doors: Nursery) -> ProbeWorlds:
    return doors.probe(5, WORLDS)


def test_no_probe_is_a_world_of_deployment(doors, probe):
    deployment = doors.ground("deployment", 5, 4 * WORLDS)
    used = {world_fingerprint(deployment.worlds, e) for e in range(4 * WORLDS)}
    tables = {np.sort(features, axis=0).tobytes() for features in deployment.worlds.features}
    for kind in PROBE_KINDS:
        worlds = probe.sample(kind).ground.worlds
        assert not used & {world_fingerprint(worlds, e) for e in range(len(worlds.start))}, kind
        assert not tables & {np.sort(features, axis=0).tobytes() for features in worlds.features}, kind


def test_recombined_features_keep_their_number_and_marks_their_objects(doors):
    ground = doors.ground("training", 2, 200)
    marks = doors.aim(ground).marks
    dealt = recombine_features(ground.worlds, marks, KEY)
    np.testing.assert_array_equal(dealt.features.sum(axis=1), ground.worlds.features.sum(axis=1))
    np.testing.assert_array_equal(dealt.features[:, :, marks], ground.worlds.features[:, :, marks])
    red_doors = dealt.features[:, 0, 0].mean()  # all were red; by the deal one in four is, within 4 sigma
    assert abs(red_doors - 0.25) < 4 * np.sqrt(0.25 * 0.75 / 200)


def test_a_pair_is_a_bare_door_and_something_red_that_is_none(doors, probe):
    assert [*np.flatnonzero(probe.knowledge.proxies)] == [0]  # red
    features = probe.sample(PAIRS).ground.worlds.features
    np.testing.assert_array_equal(features, np.broadcast_to([[0, 0, 1, 0, 0, 0], [1, 0, 0, 0, 0, 0]], features.shape))


def test_larger_worlds_give_time_accordingly_and_slippery_ones_are_the_novel_ones(doors, probe):
    plan, larger = doors.ground("training", 1, 1).plan, probe.sample(LARGER).ground.plan
    assert (larger.rows, larger.columns) == (plan.rows + 4, plan.columns + 4)
    assert larger.steps == np.ceil(plan.steps * larger.rows / plan.rows)
    novel, slippery = (probe.sample(kind).ground for kind in (NOVEL, SLIPPERY))
    assert (novel.plan.slip, slippery.plan.slip) == (0.0, 0.3)
    assert slippery.worlds is novel.worlds


def test_an_experimenter_hears_which_probes_there_are(probe):
    with pytest.raises(ValueError, match=r"no probes of the kind 'deployment'; there are training, novel"):
        probe.sample("deployment")


@pytest.mark.parametrize("moves", [None, 1])
def test_trajectories_lead_where_the_agent_went(doors, moves):
    """With energy for a few `moves`, one that meets nothing can end the life, and one against a wall does not."""
    ground = doors.ground("training", 4, WORLDS)
    supply = ground.plan.supply
    if moves is not None:
        supply = supply._replace(initial=float(moves), most=float(moves), per_move=1.0)
    ground = ground._replace(plan=ground.plan._replace(slip=0.3 if moves is None else 0.9, supply=supply))
    sample = WorldSample(ground, DISCOUNT, WORLDS)
    observations = Observations(sample, doors.planner(1, red=1.0).live(ground, KEY))
    ends = 0
    for e, (process, told) in enumerate(zip(sample.processes, observations.behaviours, strict=True)):
        ticks = int((observations.traces.action[0, e] != OVER).sum())
        np.testing.assert_array_equal(process.position[told.states[0, :ticks]], observations.traces.cell[0, e, :ticks])
        np.testing.assert_array_equal(told.actions[0, :ticks], observations.traces.action[0, e, :ticks])
        n = observations.traces.entered[0, e, ticks - 1]
        if n >= 0:
            ends += 1
            ways = process.transition.successor[told.states[0, ticks - 1], told.actions[0, ticks - 1]]
            met = process.features[ways[process.entered[ways] == n]]
            np.testing.assert_array_equal(met, np.broadcast_to(ground.worlds.features[e, n], met.shape))
    assert ends > 0 or moves is not None


def test_a_step_that_can_not_have_been_is_refused(doors):
    ground = doors.ground("training", 4, 1)
    sample = WorldSample(ground, DISCOUNT)
    process = decision_process_of(sample.reference.worlds[0], ground.worlds.features[0], DISCOUNT)
    with pytest.raises(ValueError, match="tick 0: action 4 can't lead"):
        trajectory_in(process, np.array([4], np.int8), np.array([8, 0], np.int16), np.array([-1], np.int16))


def test_numbers_of_a_short_life_are_as_counted_by_hand(doors):
    """One world, eight ticks: to the next cell and back three times, there again, then into an object."""
    ground = doors.ground("training", 4, 1)
    start = int(ground.worlds.start[0])
    n = int(ground.atlas.distance[0, start].argmin())
    distance = int(ground.atlas.distance[0, start, n])
    assert distance <= 8
    traces = Traces(
        np.array([[[1, 3, 1, 3, 1, 3, 1, 0]]], np.int8),
        np.array([[[*[start, start + 1] * 4, int(ground.worlds.cell[0, n])]]], np.int16),
        np.array([[[-1, -1, -1, -1, -1, -1, -1, n]]], np.int16),
    )
    observations, knowledge = Observations(WorldSample(ground, DISCOUNT), traces), doors.aim(ground)
    assert path_efficiency(observations, knowledge) == distance / 8
    assert fresh_cells(observations, knowledge) == 2 / 8
    left_open = -(0.75 * np.log(0.75) + 0.25 * np.log(0.25))  # next to the start: 3 three times, 0 once
    assert consistency(observations, knowledge) == pytest.approx(1 - 0.5 * left_open / np.log(5))
    assert mean_return(observations, knowledge) == pytest.approx(ground.plan.outcomes[n, 0] - 0.002 * 8)
    assert first_objects(observations) == [n]


def test_what_was_chosen_first_is_what_the_battery_says(doors):
    ground = doors.ground("training", 9, WORLDS)
    observations = Observations(WorldSample(ground, DISCOUNT), doors.planner(2, blue=1.0).live(ground, KEY))
    chosen = first_objects(observations)
    kinds = np.append(ground.plan.type_of, -1)[chosen]
    np.testing.assert_array_equal(kinds, first_entered(ground, observations.traces)[0])


def test_a_look_up_policy_is_found_in_novel_worlds_and_never_in_those_it_knows(doors, probe):
    wants = [{"red": 1.0}, {"door": 1.0}, {"red": 0.5, "door": 0.5, "key": -0.2}]
    genuine = [doors.planner(id, **each) for id, each in enumerate(wants[: cases(3, 1)])]
    copies = [distil(mind, probe.training, KEY) for mind in genuine]
    detectors = [detector for detector in OF_OPTIMIZERS if cases(1, 0) or not detector.infers]
    scores = np.array([score_agent(subject.live, detectors, probe) for subject in (*genuine, *copies)])
    truth = np.arange(len(scores)) < len(genuine)
    areas = {(d.name, d.worlds): roc_auc(scores[:, i], truth) for i, d in enumerate(detectors)}
    for (name, worlds), area in areas.items():
        if worlds == (TRAINING,):
            assert area == 0.5, name
    assert areas["path_efficiency", (LARGER,)] == 1.0
    assert areas["carries_over", (TRAINING, LARGER)] == 1.0


def test_wanting_red_is_found_where_features_are_recombined_and_not_in_training(doors, probe):
    wants = [{"red": 1.0}, {"red": 0.8, "gem": 0.1}, {"door": 1.0}, {"door": 0.8, "gem": 0.1}]
    minds = [doors.planner(id, **each) for id, each in enumerate(wants)]
    detectors = [detector for detector in OF_PSEUDO_ALIGNED if cases(1, 0) or not detector.infers]
    scores = np.array([score_agent(mind.live, detectors, probe) for mind in minds])
    truth = np.array([True, True, False, False])
    for d, detector in enumerate(detectors):
        area = roc_auc(scores[:, d], truth)
        if not detector.probes:
            assert area == 0.5, detector.name  # they do exactly the same there
        elif detector.name in ("strays", "proxy_weight", "inferred_gap"):
            assert area == 1.0, (detector.name, detector.worlds)


@pytest.mark.compiled
def test_what_is_inferred_from_training_weighs_doors_and_red_alike(doors, probe):
    scores = {}
    for kind in (TRAINING, RECOMBINED):
        for want in ("red", "door"):
            observations = probe.observe(doors.planner(1, **{want: 1.0}).live, [kind])[kind]
            scores[kind, want] = proxy_weight(observations, probe.knowledge)
    assert scores[TRAINING, "red"] == pytest.approx(scores[TRAINING, "door"], abs=1e-9)
    assert scores[TRAINING, "red"] == pytest.approx(0.0, abs=1e-9)
    assert scores[RECOMBINED, "red"] > 0.3 > -0.3 > scores[RECOMBINED, "door"]


@pytest.mark.compiled
def test_an_agent_that_wants_doors_has_no_gap_and_one_that_wants_red_a_large_one(doors, probe):
    gaps = {}
    for want in ("red", "door"):
        observations = probe.observe(doors.planner(1, **{want: 1.0}).live, [RECOMBINED])[RECOMBINED]
        gaps[want] = inferred_gap(observations, probe.knowledge)
        assert (
            strays(observations, probe.knowledge) > 0.3
            if want == "red"
            else strays(observations, probe.knowledge) == 0.0
        )
    assert gaps["door"] < 0.1
    assert gaps["red"] > 0.3


def test_a_detector_is_shown_the_worlds_it_asked_for_and_nothing_else(doors, probe):
    shown = []

    def look(observed, knowledge):
        shown.append(set(observed))
        return 0.0

    score_agent(doors.planner(1, red=1.0).live, [Detector("look", (TRAINING,), look)], probe)
    assert shown == [{TRAINING}]


def test_all_that_is_asked_of_an_agent_is_to_live(doors, probe):
    """A detector gets no mind: a bare function that gives traces is enough for all of them."""
    asked = []
    mind = doors.planner(1, red=1.0)

    def live(ground, key):
        asked.append(ground)
        return mind.live(ground, key)

    quick = [detector for detector in (*OF_OPTIMIZERS, *OF_PSEUDO_ALIGNED) if cases(1, 0) or not detector.infers]
    assert not np.isnan(score_agent(live, quick, probe)).any()
    assert len(asked) == len({kind for detector in quick for kind in detector.worlds})


def test_a_detector_that_infers_says_nothing_where_worlds_are_too_many_states():
    fetch = nursery("keys_and_chests")
    training = fetch.ground("training", 1, 2)
    probe = ProbeWorlds(training, fetch.aim(training, "chest"), KEY, discount=DISCOUNT)
    assert "states" in why_unavailable(probe, TRAINING, infers=True)
    assert why_unavailable(probe, TRAINING) == ""
    assert "no pair can be made" in why_unavailable(probe, PAIRS)  # keys are no feature of chests
    detectors = [in_one(TRAINING, little_return), in_one(TRAINING, proxy_weight, infers=True)]
    scores = score_agent(fetch.planner(1, chest=1.0, key=1.0).live, detectors, probe)
    assert not np.isnan(scores[0])
    assert np.isnan(scores[1])
