"""Whether worlds can be drawn is found out without a compiler, and comes out as if all of a check had been drawn."""

import math

import numpy as np
import pytest

import scenarios
from evosim.gridworld import feasibility
from evosim.gridworld.feasibility import SURE, chance_needed, check_plainly, is_sure, successes_needed
from evosim.gridworld.sampling import CrowdedWorldError, draw_worlds
from evosim.gridworld.spec import blueprint
from evosim.numerics.compiler import plainly
from evosim.numerics.random import key_of
from evosim.scenario import load_scenario
from evosim.scenario.schema.worlds import GridWorld

KEY = key_of(0)
RED_DOORS = blueprint(load_scenario("red_doors"), "training")
CROWDED = blueprint(load_scenario("red_doors", ["world.size=[5, 5]"]), "training")
LARGE = blueprint(load_scenario("red_doors", ["world.size=[301, 301]"]), "training")


@pytest.mark.compiled
@pytest.mark.parametrize("name", [name for name in scenarios.paths() if "_" not in name])
def test_plain_python_draws_the_worlds_that_kernels_draw(name):
    scenario = load_scenario(name)
    for environment, world in scenario.environments.items():
        if isinstance(world, GridWorld):
            plan = blueprint(scenario, environment)
            with plainly():
                plain = draw_worlds(plan, KEY, 3, begin=5)
            for one, other in zip(plain, draw_worlds(plan, KEY, 3, begin=5), strict=True):
                np.testing.assert_array_equal(one, other)


def test_worlds_that_are_easily_drawn_are_accepted_after_a_few(monkeypatch):
    drawn = []
    monkeypatch.setattr(feasibility, "draw_worlds", lambda *given, **named: drawn.append(draw_worlds(*given, **named)))
    assert check_plainly(RED_DOORS, KEY, 256, 256)
    assert successes_needed(chance_needed(256, 256)) <= len(drawn) < 30


def test_worlds_that_cannot_be_drawn_are_refused():
    with pytest.raises(CrowdedWorldError, match="use a larger size"):
        check_plainly(CROWDED, KEY, 256, 64)


def test_large_worlds_are_left_to_the_compiler(monkeypatch):
    monkeypatch.setattr(feasibility, "draw_worlds", None)
    assert not check_plainly(LARGE, KEY, 256, 185)


def test_after_some_time_worlds_are_left_to_the_compiler(monkeypatch):
    clock = iter(range(0, 1000, 2))
    monkeypatch.setattr(feasibility.time, "monotonic", lambda: next(clock))
    assert not check_plainly(RED_DOORS, KEY, 256, 256)


@pytest.mark.parametrize("chance", [0.0, 0.01, 0.05, 0.2, 0.9, 1.0])
@pytest.mark.parametrize(("count", "tries"), [(256, 256), (20, 16), (1, 4)])
def test_what_is_found_out_is_what_the_whole_check_would_say(chance, count, tries, monkeypatch):
    """Each try is a draw of its own: whoever accepts after some of them must have been right to."""
    rng = np.random.default_rng(int(100 * chance) + count)

    def drawn(first, many):
        if not (succeeds[first, :many]).any():
            raise CrowdedWorldError("none")

    monkeypatch.setattr(feasibility, "LONGEST", math.inf)
    monkeypatch.setattr(feasibility, "draw_worlds", lambda plan, key, one, number, tries: drawn(number, tries))
    for _ in range(20):
        succeeds = rng.random((count, tries)) < chance
        if succeeds.any(axis=1).all():
            assert check_plainly(RED_DOORS, KEY, count, tries)
        else:
            with pytest.raises(CrowdedWorldError):
                check_plainly(RED_DOORS, KEY, count, tries)


@pytest.mark.parametrize(("count", "tries"), [(256, 256), (13, 16), (1, 4)])
def test_the_chance_needed_leaves_no_doubt_about_the_check(count, tries):
    assert count * (1 - chance_needed(count, tries)) ** tries == pytest.approx(SURE, rel=1e-3)


@pytest.mark.parametrize("least", [0.05, 0.1, 0.5])
def test_a_sample_is_sure_only_if_it_is_out_of_the_question_otherwise(least):
    sure = [(n, k) for n in range(1, 120) for k in range(n + 1) if is_sure(k, n, least)]
    assert sure
    for n, k in sure:
        tail = math.fsum(math.comb(n, i) * least**i * (1 - least) ** (n - i) for i in range(k, n + 1))
        assert tail <= SURE * (1 + 1e-9)
    needed = successes_needed(least)
    assert is_sure(needed, needed, least)
    assert not is_sure(needed - 1, needed - 1, least)
