"""Ecologies: what kernels do is what a plain twin does, tick by tick; and the laws that hold whatever happens."""

from collections import Counter

import numpy as np
import pytest
import reference
from compared_ecologies import twin_after
from effort import cases
from evidence import TOO_SURPRISING, surprise
from meadows import NOISY, SLOWLY, WALLED, meadow

from evosim.ecology import state
from evosim.ecology.cohorts import grandchildren_of
from evosim.ecology.interactions import draw_order
from evosim.ecology.minds import utility_by_kind
from evosim.ecology.policies import decide, look_everywhere
from evosim.ecology.simulation import EcologySimulation
from evosim.evolution.breeding import breed, variation
from evosim.evolution.crossover import crossover_operator
from evosim.evolution.variation import mutation_operator
from evosim.numerics.random import key_of
from evosim.scenario.schema.evolution import Evolution
from evosim.simulation.ecology.intervals import intervals


@pytest.mark.parametrize(
    "changes",
    [[], NOISY, WALLED, SLOWLY],
    ids=["mixed", "noisy planners", "heuristics in rooms", "between environments"],
)
@pytest.mark.parametrize("seed", range(3, cases(6, 4)))
def test_a_whole_ecology_is_agent_by_agent_that_of_its_twin(changes, seed):
    scenario = meadow(*changes)
    other = twin_after(scenario, seed, cases(200, 100))
    assert other.told["births"] > cases(20, 3)
    assert min(other.told["matings"], other.told["eaten 0"], len(other.died)) > cases(20, 3)


def test_what_the_twin_is_compared_in_has_all_that_can_happen():
    happened: Counter[str] = Counter()
    for changes in ([], NOISY, WALLED):
        for interval in intervals(meadow(*changes), 3):
            happened += Counter(
                {c.name: int(interval.tally.counts[c]) for c in state.Count if c >= state.BIRTHS_LOGGED}
            )
    expected = (
        "MATINGS",
        "PROTECTED",
        "CONCEPTIONS",
        "BIRTHS",
        "MIGRANTS",
        "OF_HUNGER",
        "OF_AGE",
        "OF_ACCIDENT",
        "CULLED",
    )
    assert all(happened[name] > 3 for name in expected), happened
    assert happened["CONCEPTIONS"] > happened["BIRTHS"]  # some for want of a free cell


def test_perceived_features_make_what_a_planner_wants():
    """What something is worth is the sum of weights, with drives, times what detectors make of it."""
    changes = ["mind.perception={ evolves = true, spread = 0.2 }", "mind.controllers={ planner = 1 }"]
    scenario = meadow(*changes)
    simulation = EcologySimulation(scenario, 1)
    rng = np.random.default_rng(0)
    loci, sharpness = simulation.layout.loci, scenario.mind.perception.sharpness
    for i in range(simulation.alive):
        genome, levels, observed = simulation.ecology.agents.genome[i], rng.random(2), rng.random(4)
        allele = dict(zip(loci, genome.astype(float).tolist(), strict=True))
        total = 0.0
        for feature in scenario.world.features:
            signal = allele[f"perception.{feature}.bias"] + sum(
                allele[f"perception.{feature}.{name}"] * amount
                for name, amount in zip(scenario.world.features, observed, strict=True)
            )
            weight = allele[f"objective.{feature}"] + sum(
                level * allele[f"objective.{feature}.{drive}"]
                for drive, level in zip(("hunger", "thirst"), levels, strict=True)
            )
            total += weight / (1 + np.exp(-sharpness * signal))
        kind = int(simulation.ecology.agents.controller[i])
        assert utility_by_kind(simulation.minds(), kind, genome, levels, observed) == pytest.approx(total)


def test_heuristics_court_and_want_a_child_by_what_their_loci_say_of_each_drive():
    scenario = meadow("mind.controllers={ heuristic = 1 }", "mind.heuristic={ range = [-1, 1] }")
    simulation, wanted = EcologySimulation(scenario, 1), Counter()
    agents = simulation.ecology.agents
    agents.levels[:30, 1] = np.random.default_rng(0).random(30)
    agents.able[:30] = True
    static = simulation.static
    look_everywhere(simulation.ecology, simulation.rules_at(0))
    decide(
        0, 30, 0, simulation.ecology, simulation.rules_at(0), static.loci.hunger, static.keys.acts, simulation.minds()
    )
    for i in range(30):
        allele = dict(zip(simulation.layout.loci, agents.genome[i].astype(float).tolist(), strict=True))
        hunger, thirst = agents.levels[i].tolist()
        assert hunger == round(10 * (1 - agents.energy[i] / 12)) / 10
        for choice, does in (("court", agents.courts[i]), ("child", agents.wants_child[i])):
            own, *by_drive = (allele[f"heuristic.{choice}{drive}"] for drive in ("", ".hunger", ".thirst"))
            assert does == (own + hunger * by_drive[0] + thirst * by_drive[1] > 0)
            wanted[choice, bool(does)] += 1
    assert min(wanted[choice, does] for choice in ("court", "child") for does in (True, False)) > 3


# ---------------------------------------------------------------- kernels by themselves


@pytest.mark.parametrize("count", [2, 17, 300])
def test_everybody_has_exactly_one_turn_in_an_order_that_depends_on_nobody_else(count):
    scenario = meadow(f"evolution.population={count}", "world.size=[40,40]", "evolution.floor=0")
    simulation = EcologySimulation(scenario, 1)
    for tick in range(cases(50, 5)):
        key = key_of(5, tick)
        draw_order(key, simulation.ecology, simulation.scratch)
        ids = simulation.ecology.agents.id[:count].tolist()
        drawn = sorted(range(count), key=lambda i: reference.bits(reference.fold(reference.key_of(5, tick), ids[i]), 5))
        assert simulation.scratch.order[:count].tolist() == drawn


def test_turns_are_fair():
    """Nobody comes first more often than by chance."""
    scenario = meadow()
    simulation = EcologySimulation(scenario, 1)
    ticks = cases(3000, 300)
    first = Counter()
    for tick in range(ticks):
        draw_order(key_of(6, tick), simulation.ecology, simulation.scratch)
        first[int(simulation.scratch.order[0])] += 1
    assert surprise([first[i] for i in range(30)], [1] * 30) < TOO_SURPRISING


@pytest.mark.parametrize(
    "crossover",
    [
        {"operator": "uniform", "rate": 0.7},
        {"operator": "one_point", "rate": 0.7},
        {"operator": "two_point", "rate": 0.7},
        {"operator": "blend", "rate": 0.7, "alpha": 0.3},
        {"operator": "sbx", "rate": 0.7, "eta": 5.0},
    ],
    ids=lambda settings: settings["operator"],
)
@pytest.mark.parametrize(
    "mutation",
    [
        {"operator": "gaussian", "rate": 0.3, "scale": 0.2},
        {"operator": "polynomial", "rate": 0.3, "eta": 5.0},
        {"operator": "reset", "rate": 0.3},
    ],
    ids=lambda settings: settings["operator"],
)
def test_parents_breed_as_in_the_genetic_algorithm(crossover, mutation):
    said = {"crossover": crossover, "mutation": mutation, "population": 4, "generations": 1}
    settings = Evolution.model_validate({**said, "schedule": [{"from": 0, "environment": "a"}]})
    rng = np.random.default_rng(2)
    low, high = -1 - rng.random(9), 1 + rng.random(9)
    own_rate = np.where(rng.random(9) < 0.5, np.nan, rng.random(9))
    own_scale = np.where(rng.random(9) < 0.5, np.nan, 0.4) if mutation["operator"] == "gaussian" else np.full(9, np.nan)
    by = variation(settings, low, high, own_rate, own_scale)
    mate = crossover_operator(settings.crossover, low, high)
    mutate = mutation_operator(settings.mutation, low, high, own_rate, own_scale)
    for i in range(cases(100, 10)):
        genomes = (low + rng.random((20, 9)) * (high - low)).astype(np.float32)
        rows = rng.integers(0, 20, 2 * rng.integers(1, 8))
        expected, mated = mate(genomes, rows, key_of(i, 1))
        expected = mutate(expected, key_of(i, 2))
        offspring, did_mate = np.empty((len(rows), 9), np.float32), np.empty(len(rows) // 2, np.bool_)
        breed(by, genomes, rows, key_of(i, 1), key_of(i, 2), offspring, did_mate)
        assert np.array_equal(offspring, expected)
        assert np.array_equal(did_mate, mated)


def test_grandchildren_are_the_children_of_children():
    rng = np.random.default_rng(4)
    for _ in range(50):
        count = int(rng.integers(1, 40))
        parents = np.full((count, 2), -1, np.int64)
        for id in range(3, count):
            if rng.random() < 0.8:
                parents[id] = rng.choice(id, 2, replace=False)
        children = {id: {child for child in range(count) if id in parents[child]} for id in range(count)}
        expected = [len({g for child in children[id] for g in children[child]}) for id in range(count)]
        assert grandchildren_of(parents).tolist() == expected
    assert grandchildren_of(np.zeros((0, 2), np.int64)).tolist() == []
