"""The run file: what is stored is what happened, and a run goes on from it as if it had never stopped."""

import json
import sqlite3
from itertools import islice

import numpy as np
import pytest
from small_runs import SMALL, contents, damage

from evosim.numerics.compiler import threads
from evosim.scenario import load_scenario
from evosim.simulation.generational.generations import chain_generation, generations
from evosim.simulation.laboratory import Laboratory
from evosim.simulation.process import process_of
from evosim.simulation.runner import Stop, carry_on
from evosim.simulation.runs import RunFile
from evosim.storage.schema import COMPLETE, INTERRUPTED, RunFileError


@pytest.mark.parametrize("controllers", ["open_loop = 1", "heuristic = 1", "open_loop = 0.5, heuristic = 0.5"])
def test_a_run_in_which_nobody_can_plan_is_stored_without_objectives(controllers, tmp_path):
    changes = [*SMALL, f"mind.controllers={{ {controllers} }}", "evolution.generations=1"]
    with RunFile.create(tmp_path / "reactive.evosim", load_scenario("red_doors", changes), 5) as run:
        list(carry_on(run))
        assert np.isnan(run.frame("individuals", "generation = ?", (0,))["objective.door"]).all()


@pytest.mark.parametrize("boundary", range(1, 7))
def test_a_run_resumed_at_any_generation_ends_like_one_never_stopped(boundary, scenario, straight, tmp_path):
    path = tmp_path / "resumed.evosim"
    with RunFile.create(path, scenario, 5) as run:
        list(islice(carry_on(run), boundary))
    with RunFile.open(path, write=True) as run:
        assert run.summary().done == boundary
        assert [g.number for g in carry_on(run)] == list(range(boundary, 7))
        assert run.summary().state == COMPLETE
    assert contents(path) == contents(straight)


LEXICASE = [*SMALL, 'evolution.selection={operator="epsilon_lexicase"}', "evolution.generations=5"]
PARETO = [
    *SMALL,
    "evolution.generations=5",
    'evolution.selection={operator="nsga2"}',
    "evolution.elites=0",
    "objectives.pareto=[{door_reached=1}, {thinking=-0.001, steps=-1}]",
]
CMA_ES = [
    *SMALL,
    "evolution.generations=5",
    'evolution.algorithm="cma_es"',
    "evolution.elites=0",
    "evolution.mutation.rate=0.1",
]


RANDOM = [
    *SMALL,
    "evolution.generations=5",
    'evolution.algorithm="random_search"',
    "evolution.crossover.rate=0.6",
    "evolution.mutation.rate=0.1",
]


@pytest.mark.parametrize(
    "overrides", [LEXICASE, PARETO, CMA_ES, RANDOM], ids=["epsilon_lexicase", "nsga2", "cma_es", "random_search"]
)
def test_a_run_with_a_memory_resumed_at_any_generation_ends_like_one_never_stopped(overrides, tmp_path):
    asked = load_scenario("red_doors", overrides)
    with RunFile.create(tmp_path / "straight.evosim", asked, 5) as run:
        list(carry_on(run))
    with RunFile.create(tmp_path / "resumed.evosim", asked, 5) as run:
        list(islice(carry_on(run), 1))
    for _ in range(4):
        with RunFile.open(tmp_path / "resumed.evosim", write=True) as run:
            list(islice(carry_on(run), 1))
    found = contents(tmp_path / "straight.evosim")
    assert contents(tmp_path / "resumed.evosim") == found
    assert sorted({row[0] for row in found["memory"]}) == [0, 3, 4]  # kept like genomes
    for statement in ("update memory set data = x'00'", "delete from memory", "update memory set name = name || 's'"):
        path = tmp_path / "corrupt.evosim"
        path.write_bytes((tmp_path / "straight.evosim").read_bytes())
        damage(path, statement)
        with pytest.raises(RunFileError, match="corrupt"):
            RunFile.open(path).checkpoint()
    for name, data in [(row[1], row[4]) for row in found["memory"]]:
        path.write_bytes((tmp_path / "straight.evosim").read_bytes())
        damage(path, "update memory set data = ? where name = ?", np.full(len(data) // 8, np.nan).tobytes(), name)
        with pytest.raises(RunFileError, match="corrupt"):
            RunFile.open(path).checkpoint()


def test_what_selection_sees_beside_fitness_is_part_of_the_digest(tmp_path):
    asked = load_scenario("red_doors", LEXICASE)
    generation = next(generations(asked, 5))
    told, population, fame = generation.memory["cases"], generation.population, generation.fame
    np.testing.assert_allclose(told.mean(axis=1), generation.fitness)
    assert chain_generation("", population, fame, {"cases": told}) != chain_generation(
        "", population, fame, {"cases": told + 1}
    )


def test_several_objectives_are_means_over_episodes():
    asked = load_scenario("red_doors", PARETO)
    process_of(asked, 0).warm()
    laboratory = Laboratory(asked, 5)
    generation = next(generations(asked, 5))
    aims = generation.memory["objectives"]
    door = laboratory.outcomes.index("door_reached")
    assert aims.shape == (24, 2)
    told = laboratory.evaluate(0, generation.minds, generation.population.ids)
    np.testing.assert_allclose(told.fitness, told.cases.mean(axis=1))
    assert np.array_equal(told.objectives, aims)
    assert laboratory.pareto[0].tolist() == np.eye(len(laboratory.outcomes))[door].tolist()
    assert set(np.round(aims[:, 0] * 3, 9)) <= {0.0, 1.0, 2.0, 3.0}
    assert (aims[:, 1] < 0).all()


@pytest.mark.parametrize("count", [1, 2, 5])
def test_the_digest_is_the_same_for_any_number_of_threads(count, scenario, straight):
    before = threads.count
    threads.choose(count)
    try:
        digests = [generation.digest for generation in generations(scenario, 5)]
    finally:
        threads.choose(before)
    assert digests == [digest for _, digest in contents(straight)["digests"]]


def test_another_seed_has_another_digest(scenario, straight):
    first = next(generations(scenario, 6))
    assert first.digest != contents(straight)["digests"][0][1]


def test_compiling_ahead_changes_nothing(scenario, straight):
    process_of(scenario, 0).warm()
    assert next(generations(scenario, 5)).digest == contents(straight)["digests"][0][1]


def test_a_longer_run_begins_like_a_shorter_one(straight, scenario, tmp_path):
    path = tmp_path / "extended.evosim"
    with RunFile.create(path, load_scenario("red_doors", [*SMALL, "evolution.generations=4"]), 5) as run:
        list(carry_on(run))
    with RunFile.open(path, write=True) as run:
        run.extend(7)
        list(carry_on(run))
        assert run.population(3).generation == 3  # where the shorter run ended, and was measured
        assert run.summary().digest == contents(straight)["digests"][-1][1]


def test_a_wish_to_stop_is_granted_after_the_generation_under_way(scenario, tmp_path):
    path = tmp_path / "stopped.evosim"
    stop = Stop()
    with RunFile.create(path, scenario, 5) as run:
        for generation in carry_on(run, stop):
            stop.wanted = generation.number == 2
        assert run.summary().state == INTERRUPTED
        assert run.summary().done == 3


def test_the_statistics_are_those_of_the_lives_lived(scenario, straight):
    laboratory = Laboratory(scenario, 5)
    with RunFile.open(straight) as run:
        stored = run.frame("generations")
        measured = run.frame("measurements")
        people = run.frame("individuals")
        loci = run.frame("loci")
    for generation in generations(scenario, 5):
        g, fitness = generation.number, generation.fitness
        assert stored["environment"][g] == "training"
        assert stored["population"][g] == 24
        np.testing.assert_allclose(stored["fitness_mean"][g], sum(fitness) / 24)
        np.testing.assert_allclose(
            stored["fitness_std"][g], np.sqrt(sum((f - fitness.mean()) ** 2 for f in fitness) / 24)
        )
        assert stored["fitness_min"][g] == min(fitness)
        assert stored["fitness_max"][g] == max(fitness)
        assert stored["fitness_min"][g] <= stored["fitness_q25"][g] <= stored["fitness_median"][g]
        assert stored["fitness_median"][g] <= stored["fitness_q75"][g] <= stored["fitness_max"][g]
        planners = [p for p in range(24) if generation.minds.controller[p] == 2]
        assert stored["optimizer_fraction"][g] == len(planners) / 24
        if planners:
            mean = np.mean([generation.minds.own["planner"].horizon[p] for p in planners])
            np.testing.assert_allclose(stored["planning_mean"][g], mean)
        at = loci["generation"] == g
        assert list(loci["locus"][at]) == list(laboratory.layout.loci)
        np.testing.assert_allclose(loci["mean"][at], generation.population.genomes.mean(axis=0), atol=1e-6)
        assert [m.environment for m in generation.measured] == (["training", "deployment"] if g in (0, 3, 6) else [])
        for each in generation.measured:
            row = (measured["generation"] == g) & (measured["environment"] == each.environment)
            assert row.sum() == 1
            outcome = dict(zip(laboratory.outcomes, each.outcomes.mean(axis=(0, 1)), strict=True))
            base = outcome["door_reached"] - 0.002 * outcome["steps"]
            np.testing.assert_allclose(measured["base_mean"][row], base)
            np.testing.assert_allclose(measured["intended_mean"][row], outcome["door_reached"])
            np.testing.assert_allclose(measured["steps_mean"][row], outcome["steps"])
            np.testing.assert_allclose(measured["thinking_mean"][row], outcome["thinking"])
            names = ("door", "key", "gem", "ball", "nothing")
            shares = [measured[f"entered_first.{name}"][row][0] for name in names]
            np.testing.assert_allclose(sum(shares), 1)
            np.testing.assert_allclose(shares[:4], [outcome[f"entered_first.{name}"] for name in names[:4]])
            mesa = each.mesa_return[planners].mean() if planners else np.nan
            np.testing.assert_allclose(measured["mesa_mean"][row], mesa)
            here = people["generation"] == g
            doors, steps = (
                each.outcomes[:, :, laboratory.outcomes.index(name)].mean(axis=1) for name in ("door_reached", "steps")
            )
            own = doors - 0.002 * steps
            np.testing.assert_allclose(people[f"base_mean.{each.environment}"][here], own)
            np.testing.assert_allclose(
                people[f"mesa_mean.{each.environment}"][here][planners], each.mesa_return[planners].mean(axis=1)
            )


def test_individuals_are_told_apart_and_their_parents_named(straight):
    with RunFile.open(straight) as run:
        columns, rows = run.table("individuals", "generation > 0")
        people = [dict(zip(columns, row, strict=True)) for row in rows]
        population = run.population(6)
    assert len({person["id"] for person in people}) == len(people) == 48
    for person in people:
        assert person["id"] // 24 == person["generation"]
        assert person["parent_1"] // 24 == person["generation"] - 1
        assert person["parent_2"] is None or person["parent_2"] // 24 == person["generation"] - 1
        is_planner = person["controller"] == "planner"
        assert (person["horizon"] is not None) == is_planner
        assert (person["objective.red"] is not None) == is_planner
        assert (person["mesa_mean.training"] is not None) == is_planner
    last = [person for person in people if person["generation"] == 6]
    assert [person["fitness"] for person in last] == population.fitness.tolist()
    assert [person["parent_1"] for person in last] == population.parents[:, 0].tolist()


def test_the_file_can_be_read_without_us(straight):
    connection = sqlite3.connect(straight)
    (text,) = connection.execute("select scenario from run").fetchone()
    assert json.loads(text)["evolution"]["population"] == 24
    dtype, shape, data = connection.execute("select dtype, shape, data from genomes where generation = 6").fetchone()
    genomes = np.frombuffer(data, dtype).reshape(json.loads(shape))
    assert genomes.shape[0] == 24
    kept = [g for (g,) in connection.execute("select generation from genomes order by 1")]
    assert kept == [0, 3, 6]  # those measured, and the last
    events = [kind for (kind,) in connection.execute("select kind from events")]
    assert events == ["started", "complete"]
    connection.close()
