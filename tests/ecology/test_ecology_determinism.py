"""The same ecology again: by any number of threads, put away or not, however long."""

from itertools import islice

import numpy as np
import pytest
from meadows import NOISY, WALLED, meadow

from evosim.ecology.checkpoint import EcologyCheckpoint
from evosim.ecology.cohorts import grandchildren_of
from evosim.ecology.simulation import EcologySimulation
from evosim.mind.nearby import BODY, EMPTY, WALL
from evosim.numerics.compiler import threads
from evosim.scenario import Scenario
from evosim.scenario.schema.own_kinds import OWN_NAMES
from evosim.simulation.ecology.intervals import intervals


def digests(scenario: Scenario, seed: int = 3) -> list[str]:
    return [interval.digest for interval in intervals(scenario, seed)]


@pytest.mark.parametrize("count", [2, 3])
@pytest.mark.parametrize("changes", [[], NOISY, WALLED], ids=["mixed", "noisy planners", "heuristics in rooms"])
def test_the_digest_is_the_same_for_any_number_of_threads(count, changes, monkeypatch):
    alone = digests(meadow(*changes))
    monkeypatch.setattr("evosim.ecology.simulation.HELPER_FROM", 1)
    before = threads.count
    threads.choose(count)
    try:
        together = digests(meadow(*changes))
    finally:
        threads.choose(before)
    assert together == alone
    assert len(set(together)) == 10


def test_many_intervals_lived_at_once_are_those_lived_one_tick_at_a_time():
    scenario = meadow()
    whole, piece = EcologySimulation(scenario, 3), EcologySimulation(scenario, 3)
    logs = [np.concatenate(log) for log in zip(*(piece.live(t, 1, piece.rules_at(0)) for t in range(60)), strict=True)]
    for one, other in zip(whole.live(0, 60, whole.rules_at(0)), logs, strict=True):
        assert np.array_equal(one, other)
    mine, its = whole.memory(), piece.memory()
    assert all(np.array_equal(mine[name], its[name]) for name in mine)
    assert np.array_equal(whole.ecology.registry.grandchildren[: len(logs[0])], grandchildren_of(logs[0][:, :2]))


def test_an_ecology_that_is_put_away_at_every_interval_goes_on_as_if_it_had_not():
    scenario = meadow()
    straight = list(intervals(scenario, 3))
    parents = np.zeros((0, 2), np.int64)
    after = None
    for expected in straight:
        interval = next(intervals(scenario, 3, after=after))
        assert interval.digest == expected.digest
        assert all(np.array_equal(mine, its) for mine, its in zip(interval.tally, expected.tally, strict=True))
        parents = np.concatenate([parents, interval.births[:, :2]])
        after = EcologyCheckpoint(interval.number, interval.genomes, interval.memory, parents, interval.digest)


def test_another_seed_has_another_history():
    assert digests(meadow(), 4)[0] != digests(meadow(), 5)[0]


def test_arrays_grow_as_a_population_does():
    """Few founders in a rich world: everything that could be full is made larger in time."""
    rich = [
        "world.size=[40,40]", "world.objects.fruit={ features = { sweet = 0.5, wet = 0.25 }, energy = 4, count = 700, grows = 60 }",
        "evolution.schedule=[{ from = 0, environment = 'before' }]", "world.ceiling=100000", "world.life.accident=0",
    ]  # fmt: skip
    scenario = meadow(*rich, "evolution.population=60", "evolution.ticks=160", "mind.controllers={ planner = 1 }")
    most, room = 0, len(EcologySimulation(scenario, 2).ecology.agents.id)
    for interval in intervals(scenario, 2):
        most = max(most, interval.alive)
        assert len(np.unique(interval.memory["id"])) == interval.alive
        assert (interval.memory["what"] >= BODY).sum() == interval.alive
    assert most > 2 * room


def test_a_world_in_which_all_die_ends():
    scenario = meadow("evolution.floor=0", "world.objects.fruit.grows=0", "world.objects.mud.grows=0")
    lived = list(intervals(scenario, 1))
    assert lived[-1].alive == 0
    assert all(interval.alive > 0 for interval in lived[:-1])
    assert len(lived) < scenario.evolution.generations
    assert lived[-1].is_measured
    assert (lived[-1].memory["what"] < BODY).all()


def test_founders_and_first_food_stand_on_cells_of_their_own():
    for seed in range(5):
        simulation = EcologySimulation(meadow(), seed)
        what = simulation.ecology.map.what
        assert simulation.alive == 30
        assert len(set(simulation.ecology.agents.cell[:30].tolist())) == 30
        assert [(what == kind).sum() for kind in range(3)] == [40, 6, 0]
        assert (what >= EMPTY).sum() + (what == WALL).sum() == 144
        ages = -simulation.ecology.agents.born[:30]
        assert ages.min() >= 1
        assert ages.max() <= 42
        planners = simulation.ecology.agents.controller[:30] == OWN_NAMES.index("planner")
        assert planners.sum() == 18


def test_the_first_intervals_are_the_same_however_many_follow():
    short = [i.digest for i in islice(intervals(meadow("evolution.generations=3"), 3), 3)]
    straight = [i.memory["id"].tolist() for i in islice(intervals(meadow(), 3), 3)]
    assert [i.memory["id"].tolist() for i in intervals(meadow("evolution.generations=3"), 3)] == straight
    assert len(set(short)) == 3
