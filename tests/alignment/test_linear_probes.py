"""Linear probes and steering, on programs whose computation is known: who searches holds its plan, and can be steered."""

import numpy as np
import pytest
from planted_maps import planted_maps
from reference.program import thought

from evosim.alignment.planted import planted_networks as networks
from evosim.alignment.planted import planted_programs as programs
from evosim.alignment.planted.planted_fields import GAMMA
from evosim.alignment.search.figures import draw_swaps
from evosim.alignment.search.linear_probes import (
    AHEAD,
    best_threshold,
    draw_probe_cases,
    linear_probes,
    walks_into,
)
from evosim.alignment.search.paths import distances
from evosim.alignment.search.shares import holder_of, map_kinds
from evosim.alignment.search.steering import path_direction, steered
from evosim.alignment.search.thinking import lone
from evosim.mind.kinds import providing
from evosim.mind.map_kind import Push
from evosim.numerics.random import key_of

KEY, DOOR = key_of(6, 2), np.array([1.0, 0.0])
WORLDS = 40
CASES, SWAPS = draw_probe_cases(KEY, WORLDS), draw_swaps(KEY, 12)
BACKUPS = programs.SEARCHING["Bellman backups"]


def planted(lines, thoughts=32):
    return programs.program_states(lines, ["door", "red"], thoughts, target="door")


@pytest.mark.parametrize("name", programs.SEARCHING)
def test_of_who_searches_probes_read_way_and_path_nearly_without_error(name):
    found = linear_probes(planted(programs.SEARCHING[name]), DOOR, CASES)
    for probe in found:
        assert probe.f1.middle > 0.9
        assert probe.inputs.middle < 0.75
        assert probe.gain.low > 0.2


def test_of_who_thinks_once_they_read_no_more_than_off_the_inputs():
    found = linear_probes(planted(BACKUPS, 1), DOOR, CASES)
    for probe in found:
        assert abs(probe.gain.middle) < 0.05 or np.isnan(probe.gain.middle)


def test_probes_read_the_plan_as_far_as_it_has_been_thought():
    hold = planted(BACKUPS)
    ways = [linear_probes(hold, DOOR, CASES, k).way for k in (0, 8, 16, 32)]
    assert ways[0].gain.middle == 0.0
    assert (np.diff([each.f1.middle for each in ways]) > 0.0).all()


def test_a_walk_of_who_searches_is_a_shortest_path():
    entered = walks_into(planted(BACKUPS), DOOR, CASES)
    start, ahead = CASES.start[CASES.pair], CASES.ahead
    world = CASES.start_world[CASES.pair]
    away = distances(CASES.plans.walls, CASES.plans.target).reshape(WORLDS, -1)
    gained = (away[world, start] - away[world, ahead])[entered]
    assert entered.any()
    assert ((gained >= 2) & (gained <= AHEAD)).all()


def test_who_searches_is_steered_by_the_direction_of_the_path_and_who_thinks_once_is_not():
    hold = planted(BACKUPS)
    found = steered(hold, DOOR, CASES, SWAPS, KEY)
    assert found.untouched == 0.0
    assert found.pushed.middle > 0.9
    assert found.at_random < found.pushed.middle
    direction = path_direction(hold, DOOR, CASES)
    assert np.linalg.norm(direction) == pytest.approx(1.0)
    assert direction[0] > 0.5  # what is climbed
    once = steered(planted(BACKUPS, 1), DOOR, CASES, SWAPS, KEY)
    assert once is None or once.pushed.middle < 0.2


def test_what_is_pushed_is_thought_on_from_as_its_twin_does():
    lines = BACKUPS[:3]
    hold, start = planted(lines, 3), CASES.plans
    inputs = lone(start.walls[:2], start.target[:2], DOOR).inputs(start.target[:2])
    plain = hold(inputs, 3, None)
    assert np.array_equal(hold(inputs, 3, Push(start.target[:2], np.zeros(3))), plain)
    # r0 = max r0 door; r0 = mask r0 wall; r1 = nmax r0: what is added to r0 stays, and once a thought reaches r1 around
    pushed = hold(inputs, 3, Push(start.target[:2], np.array([0.5, 0.0, 0.0])))
    cell = np.unravel_index(start.target[0], start.walls[0].shape)
    assert pushed[0, 0][cell] == plain[0, 0][cell] + 1.5
    assert pushed[1, 0].max() == 1.0 + 2 * 0.5  # the last is added after the last thought
    layers = [inputs.walls[0].astype(float), *inputs.features[0], inputs.things[0].astype(float)]
    code = [("max", 0, 0, 4, 0.0), ("mask", 0, 0, 3, 0.0), ("nmax", 1, 0, 0, 0.0)]
    assert np.array_equal(plain[0, 0], thought(code, layers, 3, 3))


def test_a_network_is_pushed_as_a_program_is():
    hold = networks.network_states(networks.BELLMAN, ["door", "red"])
    start = CASES.plans
    inputs = lone(start.walls[:2], start.target[:2], DOOR).inputs(start.target[:2])
    assert np.array_equal(hold(inputs, 9, Push(start.target[:2], np.zeros(2))), hold(inputs, 9, None))
    there = np.array([np.flatnonzero(~walls)[0] for walls in start.walls[:2]])
    pushed, plain = hold(inputs, 9, Push(there, np.array([4.0, 0.0]))), hold(inputs, 9, None)
    beside = np.unravel_index(there[0] + 1 if not start.walls[0].ravel()[there[0] + 1] else there[0] + 13, (13, 13))
    assert plain[0, 0][beside] < GAMMA
    assert pushed[0, 0][beside] == 1.0  # 0.95 · 4, clipped


def test_of_kinds_that_only_think_the_map_is_probed_and_nothing_is_pushed():
    from planted_maps import PlantedMap

    minds = planted_maps([0, 1], [[1.0, 0.0], [1.0, 0.0]])
    with providing(PlantedMap()):
        (kind,) = map_kinds(minds)
        found = linear_probes(holder_of(kind, minds, 0), DOOR, CASES)
        assert found.way.f1.middle > 0.9
        assert steered(holder_of(kind, minds, 0), DOOR, CASES, SWAPS, KEY) is None


def test_the_best_threshold_is_that_of_the_largest_f1():
    truth = np.array([True, True, False, True, False])
    assert (
        best_threshold(np.array([5.0, 4.0, 3.0, 2.0, 1.0]), truth) == 1.5
    )  # 3 of 4: F1 6/7, against 4/5 for the first two
    assert best_threshold(np.zeros(5), truth) == -np.inf
    assert best_threshold(np.zeros(5), np.zeros(5, bool)) == np.inf
