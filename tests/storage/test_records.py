"""The run file: what is stored is what happened, and a run goes on from it as if it had never stopped."""

import json
import pickle
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from itertools import islice

import numpy as np
import pytest

from evosim.numerics.compiler import threads
from evosim.scenario import load_scenario
from evosim.simulation.generational.generations import chained, generations
from evosim.simulation.laboratory import Laboratory
from evosim.simulation.process import process_of
from evosim.simulation.runner import Stop, carry_on, run, verify
from evosim.simulation.runs import RunFile, default_path
from evosim.storage.reader import STOPPED
from evosim.storage.schema import COMPLETE, INTERRUPTED, RUNNING, RunFileError

SMALL = [
    "evolution.population=24",
    "evolution.generations=7",
    "evolution.episodes=3",
    "measure.episodes=3",
    "measure.every=3",
    "mind.open_loop.length=5",
    "mind.controllers={open_loop=0.25, heuristic=0.25, planner=0.5}",
    "world.objects.ball={features={ball=1, blue=1}, count=2, consumed=true}",
]


@pytest.fixture(scope="module")
def scenario():
    return load_scenario("red_doors", SMALL)


@pytest.fixture(scope="module")
def straight(scenario, tmp_path_factory):
    path = tmp_path_factory.mktemp("runs") / "straight.evosim"
    with RunFile.create(path, scenario, 5) as run:
        list(carry_on(run))
    return path


@pytest.mark.parametrize("controllers", ["open_loop = 1", "heuristic = 1", "open_loop = 0.5, heuristic = 0.5"])
def test_a_run_in_which_nobody_can_plan_is_stored_without_objectives(controllers, tmp_path):
    changes = [*SMALL, f"mind.controllers={{ {controllers} }}", "evolution.generations=1"]
    with RunFile.create(tmp_path / "reactive.evosim", load_scenario("red_doors", changes), 5) as run:
        list(carry_on(run))
        assert np.isnan(run.frame("individuals", "generation = ?", (0,))["objective.door"]).all()


def contents(path):
    """Read all that a run found out: every table but what tells of the running itself."""
    connection = sqlite3.connect(path)
    names = (
        "generations",
        "loci",
        "measurements",
        "individuals",
        "digests",
        "lineage",
        "hall_of_fame",
        "genomes",
        "memory",
    )
    found = {name: connection.execute(f"select * from {name} order by 1, 2").fetchall() for name in names}
    connection.close()
    return found


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


@pytest.mark.parametrize("overrides", [LEXICASE, PARETO, CMA_ES], ids=["epsilon_lexicase", "nsga2", "cma_es"])
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
        path = tmp_path / "damaged.evosim"
        path.write_bytes((tmp_path / "straight.evosim").read_bytes())
        damage(path, statement)
        with pytest.raises(RunFileError, match="damaged"):
            RunFile.open(path).checkpoint()
    for name, data in [(row[1], row[4]) for row in found["memory"]]:
        path.write_bytes((tmp_path / "straight.evosim").read_bytes())
        damage(path, "update memory set data = ? where name = ?", np.full(len(data) // 8, np.nan).tobytes(), name)
        with pytest.raises(RunFileError, match="damaged"):
            RunFile.open(path).checkpoint()


def test_what_selection_sees_beside_fitness_is_part_of_the_digest(tmp_path):
    asked = load_scenario("red_doors", LEXICASE)
    generation = next(generations(asked, 5))
    told, population, fame = generation.memory["cases"], generation.population, generation.fame
    np.testing.assert_allclose(told.mean(axis=1), generation.fitness)
    assert chained("", population, fame, {"cases": told}) != chained("", population, fame, {"cases": told + 1})


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
            mean = np.mean([generation.minds.horizon[p] for p in planners])
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


def test_a_run_is_read_while_it_is_being_written(scenario, tmp_path):
    path = tmp_path / "live.evosim"
    with RunFile.create(path, scenario, 5) as run:
        for generation in carry_on(run):
            with RunFile.open(path) as reader:
                assert reader.summary().done == generation.number + 1
                assert len(reader.frame("generations")["generation"]) == generation.number + 1


def test_a_second_writer_is_refused_and_the_first_goes_on(scenario, tmp_path):
    path = tmp_path / "both.evosim"
    with RunFile.create(path, scenario, 5) as first:
        steps = carry_on(first)
        next(steps)
        for write in (lambda: RunFile.open(path, write=True), lambda: RunFile.create(path, scenario, 5, replace=True)):
            with pytest.raises(RunFileError, match="in use: another process is writing it"):
                write()
        assert next(steps).number == 1
        with RunFile.open(path) as reader:
            assert reader.summary().state == RUNNING
    with RunFile.open(path) as reader:
        assert reader.summary().state == STOPPED
    assert [each.name for each in tmp_path.iterdir()] == [path.name]


def test_a_run_is_replaced_only_when_there_is_something_in_its_place(straight, scenario, tmp_path):
    path = tmp_path / "old.evosim"
    path.write_bytes(straight.read_bytes())
    with RunFile.create(path, scenario, 6, replace=True) as run:
        assert run.summary().done == 0
    assert path.read_bytes() == straight.read_bytes()
    with RunFile.create(path, scenario, 6, replace=True) as run:
        next(carry_on(run))
    with RunFile.open(path) as run:
        assert run.seed == 6
    assert [each.name for each in tmp_path.iterdir()] == [path.name]


def test_a_run_of_another_version_can_be_replaced_though_not_read(straight, scenario, tmp_path):
    path = tmp_path / "old.evosim"
    path.write_bytes(straight.read_bytes())
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("pragma user_version = 1")
    with pytest.raises(RunFileError, match="run file format 1"):
        RunFile.open(path)
    with RunFile.create(path, scenario, 6, replace=True) as run:
        next(carry_on(run))
    with RunFile.open(path) as run:
        assert run.seed == 6


def test_a_run_that_never_began_leaves_nothing(scenario, tmp_path):
    with RunFile.create(tmp_path / "never.evosim", scenario, 5):
        pass
    assert list(tmp_path.iterdir()) == []


def test_a_generation_is_stored_whole_or_not_at_all(scenario, tmp_path, monkeypatch):
    path = tmp_path / "torn.evosim"
    with RunFile.create(path, scenario, 5) as run:
        steps = generations(scenario, 5)
        run.append(run.process.record(next(steps)))
        before = contents(path)
        monkeypatch.setattr(run, "_store", lambda *_: (_ for _ in ()).throw(sqlite3.OperationalError("disk full")))
        with pytest.raises(RunFileError, match="disk full"):
            run.append(run.process.record(next(steps)))
        assert contents(path) == before


def test_what_is_no_run_is_refused(tmp_path):
    with pytest.raises(RunFileError, match="no such file"):
        RunFile.open(tmp_path / "missing.evosim")
    text = tmp_path / "text.evosim"
    text.write_text("not a database, but long enough to have a header of its own " * 10)
    with pytest.raises(RunFileError, match="not a run file that can be read"):
        RunFile.open(text)
    foreign = tmp_path / "foreign.evosim"
    connection = sqlite3.connect(foreign)
    connection.execute("create table things (name)")
    connection.commit()
    connection.close()
    with pytest.raises(RunFileError, match="not a run of evosim"):
        RunFile.open(foreign)
    with pytest.raises(RunFileError, match="not a run of evosim"):
        RunFile.create(foreign, load_scenario("red_doors"), 1, replace=True)
    assert foreign.exists()


def damage(path, statement, *values):
    connection = sqlite3.connect(path)
    connection.execute(statement, values)
    connection.commit()
    connection.close()


def look_at(path):
    with RunFile.open(path) as run:
        return run.summary(), run.checkpoint()


@pytest.mark.parametrize(
    ("statement", "value", "said"),
    [
        ("pragma user_version = 99", None, "run file format 99.0, of a later evosim .* upgrade evosim"),
        ("update run set scenario = ?", "{}", "damaged"),
        ("update run set scenario = ?", "null", "damaged"),
        ("update run set first_digest = ?", "0" * 64, "damaged"),
        ("update run set seed = ?", 6, "damaged"),
        ("update run set versions = ?", "[1]", "damaged"),
        ("update run set state = ?", "[/red]", "damaged"),
        ("update run set title = ?", "\x1b]0;pwn\x07", "damaged"),
        ("insert into run select * from run", None, "damaged"),
        ("drop table run", None, "damaged"),
        ("drop table loci", None, "its tables are not those of a run of its scenario: no 'loci'"),
        ("alter table loci drop column mean", None, "its table 'loci' has no column 'mean'"),
        ("alter table loci rename column mean to middle", None, "its table 'loci' has no column 'mean'"),
        ("alter table loci add column odd real check (odd > random())", None, "'loci' is another"),
        ("create virtual table words using fts5(word)", None, "holds the table 'words', which acts by itself"),
        ("create view v as select * from run", None, "holds the view 'v', which acts by itself .* `drop view`"),
        ("create trigger t after insert on events begin delete from genomes; end", None, "the trigger 't'"),
        ("update genomes set data = zeroblob(length(data)) where generation = ?", 6, "doesn't have the digest"),
        ("update hall_of_fame set fitness = ? where rank = 0", 99.0, "doesn't have the digest"),
        ("update genomes set data = ?", b"\0" * 10, "damaged"),
        ("update genomes set dtype = ?", "O", "damaged"),
        ("update genomes set shape = ?", "[1000000000, 1000000000]", "damaged"),
        ("update genomes set fitness = ?", b"", "damaged"),
        ("update hall_of_fame set data = ?", b"", "damaged"),
        ("delete from digests where generation = ?", 6, "damaged"),
        ("delete from genomes where generation = ?", 6, "not stored"),
    ],
)
def test_damage_is_told_and_nothing_is_believed(statement, value, said, straight, tmp_path):
    path = tmp_path / "damaged.evosim"
    path.write_bytes(straight.read_bytes())
    damage(path, statement, *([] if value is None else [value]))
    with pytest.raises(RunFileError, match=said):
        look_at(path)


def test_a_run_of_other_versions_is_gone_on_with_and_that_is_noted(straight, tmp_path):
    path = tmp_path / "old.evosim"
    path.write_bytes(straight.read_bytes())
    damage(path, "update run set versions = ?", '{"evosim": "0.0.1", "numpy": "1.0"}')
    with RunFile.open(path, write=True) as run:
        assert run.versions_changed().startswith("evosim 0.0.1 → 0.")
        run.extend(8)
        list(carry_on(run))
        (noted,) = run.connection.execute("select text from events where kind = 'resumed'").fetchone()
    assert "numpy 1.0 →" in noted


def test_an_existing_run_is_not_written_over(straight, scenario):
    before = straight.read_bytes()
    with pytest.raises(RunFileError, match="exists already"):
        RunFile.create(straight, scenario, 5)
    assert straight.read_bytes() == before


def test_a_finished_run_is_one_file(straight):
    with RunFile.open(straight) as run:
        run.summary()
    assert [path.name for path in straight.parent.iterdir()] == [straight.name]


def test_the_name_of_a_run_tells_scenario_seed_and_digest(scenario):
    name = default_path(scenario, 5).name
    assert name.startswith("red_doors-5-")
    assert name != default_path(load_scenario("red_doors"), 5).name


def fitness_of(run):
    return run.frame("generations")["fitness_mean"].tolist()


def path_of(path):
    return RunFile.open(path)


def test_a_run_can_be_read_by_every_thread(straight):
    with RunFile.open(straight) as run:
        expected = fitness_of(run)
        with ThreadPoolExecutor(4) as pool:
            assert list(pool.map(fitness_of, [run] * 8)) == [expected] * 8
            (opened,) = pool.map(path_of, [straight])
        assert fitness_of(opened) == expected
        opened.close()
    with pytest.raises(RunFileError, match="the run is closed; open it anew"):
        fitness_of(run)


def test_a_run_goes_to_another_process_by_its_path(straight, tmp_path, monkeypatch):
    monkeypatch.chdir(straight.parent)
    with RunFile.open(straight.name) as run:
        sent = pickle.dumps(run)
        expected = fitness_of(run)
    monkeypatch.chdir(tmp_path)
    with pickle.loads(sent) as arrived:
        assert fitness_of(arrived) == expected


def test_a_run_that_is_being_written_stays_where_it_is(scenario, tmp_path):
    with RunFile.create(tmp_path / "it.evosim", scenario, 5) as run:
        next(carry_on(run))
        with pytest.raises(TypeError, match="can't go to another process; close it first"):
            pickle.dumps(run)
        with ThreadPoolExecutor(1) as pool, pytest.raises(RunFileError, match="another thread is writing it"):
            pool.submit(fitness_of, run).result()


def test_no_more_is_evolved_to_verify_than_is_stored(straight, monkeypatch):
    told = []

    def counted(steps):
        for generation in steps:
            told.append(generation.number)
            yield generation

    with RunFile.open(straight) as run:
        steps = run.process.steps
        monkeypatch.setattr(run.process, "steps", lambda after: counted(steps(after)))
        assert all(same for _, same in verify(run))
        assert told == list(range(run.summary().done))


def test_a_run_without_a_name_is_given_back_when_it_is_there_already(scenario, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with run(scenario, 5) as first:
        digests = first.digests()
    written = first.path.stat().st_mtime_ns
    with run(scenario, 5) as again:
        assert (again.path, again.digests()) == (first.path, digests)
    assert first.path.stat().st_mtime_ns == written
    shorter = scenario.model_copy(update={"evolution": scenario.evolution.model_copy(update={"generations": 2})})
    with run(shorter, 5) as other:  # the first snippet of a person who has run the scenario from the command line
        assert other.summary().done == 2
        assert other.path != first.path


def test_what_is_not_finite_is_not_stored(tmp_path):
    scenario = load_scenario(
        "red_doors", ["evolution.algorithm=cma_es", "evolution.population=8", "evolution.generations=3"]
    )
    with RunFile.create(tmp_path / "it.evosim", scenario, 1) as run:
        for generation in generations(scenario, 1):
            if generation.number == 1:
                generation.memory["sigma"][...] = np.inf
                with pytest.raises(ValueError, match="the optimizer's sigma is not finite; it is not stored"):
                    run.append(run.process.record(generation))
                break
            run.append(run.process.record(generation))
    with RunFile.open(tmp_path / "it.evosim") as run:
        assert run.summary().done == 1
