"""Lives are shared among threads where that pays: not a few short ones, and a few that think long."""

import numpy as np
import pytest

from evosim.mind.expression import express
from evosim.mind.founders import draw_founders
from evosim.numerics.compiler import DISABLED, Threads, threads
from evosim.numerics.random import key_of
from evosim.scenario import load_scenario
from evosim.simulation.laboratory import Laboratory

DEEP = ["mind.planner.algorithm=tree_search", "mind.planner.horizon={initial=8}"]


@pytest.mark.skipif(DISABLED, reason="kernels as plain Python have one thread")
@pytest.mark.parametrize(("population", "overrides", "shared"), [(16, [], 0), (2000, [], 1), (16, DEEP, 1)])
def test_few_short_lives_are_lived_on_one_thread(population, overrides, shared, monkeypatch):
    scenario = load_scenario("red_doors", [f"evolution.population={population}", *overrides])
    laboratory = Laboratory(scenario, 1)
    minds = express(scenario, laboratory.layout, draw_founders(scenario, laboratory.layout, 1))
    ids, world = np.arange(population), laboratory.environments["training"]
    lives, run = [], Threads.run
    calls: list[int] = []

    def counted(self, tasks):
        calls.append(len(tasks))
        run(self, tasks)

    monkeypatch.setattr(Threads, "run", counted)
    for count in (1, 2):
        with threads.using(count):
            lives.append(world.live(minds, ids, key_of(1), key_of(2), 2))
    assert len(calls) == shared  # worlds of few cells are drawn on one thread, too
    assert np.array_equal(lives[0].outcomes, lives[1].outcomes)
