"""The experiment: where a generation lives, and that all of it is a function of scenario and seed."""

from collections import Counter

import numpy as np
import pytest
from effort import cases
from evidence import TOO_SURPRISING, surprise

from evosim.mind.expression import express
from evosim.mind.founders import draw_founders
from evosim.numerics.random import Stream, key_of
from evosim.scenario import Scenario, load_scenario
from evosim.simulation.generational.generations import generations
from evosim.simulation.laboratory import Laboratory

SMALL = ["evolution.population=30", "evolution.generations=4", "measure.every=100", "measure.episodes=2"]
MIXED = 'evolution.schedule=[{ from = 0, environment = { training = 0.75, deployment = 0.25 } }, { from = 900, environment = "deployment" }]'


def small(*overrides: str) -> Scenario:
    return load_scenario("red_doors", [*SMALL, *overrides])


def test_a_mixture_lives_by_chance_in_shares_of_its_episodes():
    laboratory = Laboratory(small(MIXED, "evolution.generations=1000"), 3)
    counts: Counter[str] = Counter()
    drawn = [laboratory.episodes_in(generation) for generation in range(900)]
    for each in drawn:
        assert sum(each.values()) == 16
        counts.update(each)
    assert abs(surprise([counts["training"], counts["deployment"]], [0.75, 0.25])) < TOO_SURPRISING
    assert len({tuple(each.items()) for each in drawn}) > 5  # now more, now fewer
    assert laboratory.selected_in(10) == "0.75 training + 0.25 deployment"
    assert laboratory.episodes_in(950) == {"deployment": 16}
    again = Laboratory(small(MIXED, "evolution.generations=1000"), 3)
    assert [again.episodes_in(generation) for generation in range(900)] == drawn
    assert [Laboratory(again.scenario, 4).episodes_in(generation) for generation in range(900)] != drawn


def test_who_wants_redness_earns_in_a_mixture_what_it_earns_in_each_environment():
    """A planner that wants red alone gets the door in training and not in deployment, in shares of the mixture."""
    scenario = small(
        MIXED, "evolution.episodes=64", "mind.controllers={ planner = 1 }", "objectives.base={ door_reached = 1 }",
        "mind.objective.evolves=false", "mind.objective.initial={ red = 1, blue = -1, door = 0.1 }",
        "mind.planner.horizon=40",
    )  # fmt: skip
    laboratory = Laboratory(scenario, 1)
    minds = express(scenario, laboratory.layout, draw_founders(scenario, laboratory.layout, 1))
    for generation in range(cases(12, 3)):
        told = laboratory.evaluate(generation, minds, np.arange(30))
        assert told.cases.shape == (30, 64)
        share = laboratory.episodes_in(generation)["training"] / 64
        assert told.fitness.mean() == pytest.approx(share, abs=0.06)


def test_generations_of_a_mixture_go_on_from_a_stored_state_as_if_they_had_never_stopped():
    from evosim.simulation.generational.generations import GenerationalCheckpoint

    scenario = small(MIXED, "evolution.episodes=6")
    straight = list(generations(scenario, 5))
    second = straight[1]
    state = GenerationalCheckpoint(second.population, second.fame, second.digest, second.memory)
    resumed = list(generations(scenario, 5, after=state))
    assert [each.digest for each in resumed] == [each.digest for each in straight[2:]]


def test_one_world_is_the_same_in_all_generations_and_another_for_another_seed():
    scenario = small("world.worlds=1", "environments.deployment.worlds=0")
    minds = {seed: Laboratory(scenario, seed) for seed in (1, 2)}
    lived: dict[tuple[int, int], np.ndarray] = {}
    for seed, laboratory in minds.items():
        genomes = draw_founders(scenario, laboratory.layout, 1)  # the same minds
        planners = express(scenario, laboratory.layout, genomes)
        for generation in (0, 7):
            lived[seed, generation] = laboratory.evaluate(generation, planners, np.arange(30)).cases
    worst = lived[1, 0].min()  # who goes nowhere wanders, by chance
    still = [p for p in range(30) if len(set(lived[1, 0][p].tolist())) == 1 and lived[1, 0][p, 0] > worst]
    assert len(still) >= 4  # planners that go somewhere do the same every time
    assert np.array_equal(lived[1, 0][still], lived[1, 7][still])
    assert not np.array_equal(lived[1, 0][still], lived[2, 0][still])


def worlds_lived_in(laboratory: Laboratory, generation: int) -> list[bytes]:
    """Tell the worlds of a generation's episodes apart."""
    key = key_of(laboratory.seed, Stream.WORLDS, generation)
    worlds = laboratory.environments["training"].draw(key, laboratory.scenario.evolution.episodes).worlds
    return [wall.tobytes() + cell.tobytes() for wall, cell in zip(worlds.wall, worlds.cell, strict=True)]


def test_of_more_worlds_than_episodes_all_are_lived_in_sooner_or_later_each_as_often():
    laboratory = Laboratory(small("world.worlds=10", "evolution.episodes=4"), 1)
    lived = [worlds_lived_in(laboratory, generation) for generation in range(cases(400, 60))]
    assert {len(set(worlds)) for worlds in lived} == {4}
    first = Counter(worlds[0] for worlds in lived)
    assert len(first) == 10
    assert surprise(list(first.values()), [0.1] * 10) < TOO_SURPRISING
    assert {world for worlds in lived for world in worlds} == set(first)
    assert worlds_lived_in(laboratory, 5) == lived[5]


def test_of_no_more_worlds_than_episodes_all_are_lived_in_by_every_generation():
    for worlds in (1, 3, 4):
        laboratory = Laboratory(small(f"world.worlds={worlds}", "evolution.episodes=4"), 1)
        first, later = (worlds_lived_in(laboratory, generation) for generation in (0, 9))
        assert first == later
        assert len(set(first)) == worlds
