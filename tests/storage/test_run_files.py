"""The file of a run: written by one, read by many, replaced only by what is whole, and believed only uncorrupt."""

import pickle
import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import numpy as np
import pytest
from small_runs import contents, damage

from evosim.scenario import load_scenario
from evosim.simulation.generational.generations import generations
from evosim.simulation.runner import carry_on, run, verify
from evosim.simulation.runs import RunFile, default_path
from evosim.storage.reader import STOPPED
from evosim.storage.schema import RUNNING, RunFileError


def test_a_run_is_read_while_it_is_being_written(scenario, tmp_path):
    path = tmp_path / "live.evosim"
    with RunFile.create(path, scenario, 5) as run:
        for generation in carry_on(run):
            with RunFile.open(path) as reader:
                assert reader.summary().done == generation.number + 1
                assert len(reader.frame("generations")["generation"]) == generation.number + 1
                assert reader.kept_generations() == [each for each in (0, 3, 6) if each <= generation.number]
                assert reader.stored_generations()[-1] == generation.number


def test_a_run_whose_writer_ends_while_it_is_read_is_one_file_once_its_last_reader_closes_it(scenario, tmp_path):
    path = tmp_path / "outlived.evosim"
    with RunFile.create(path, scenario, 5) as run:
        next(carry_on(run))
        readers = [RunFile.open(path) for _ in range(2)]
        for reader in readers:
            assert reader.summary().done == 1
    readers[0].close()
    assert len(list(tmp_path.iterdir())) == 3  # the other still reads it
    assert readers[1].summary().done == 1
    readers[1].close()
    assert [each.name for each in tmp_path.iterdir()] == [path.name]
    with RunFile.open(path) as reader:
        assert (reader.summary().done, reader.summary().state) == (1, STOPPED)


def test_a_run_is_closed_for_a_thread_that_is_at_rest_and_not_while_it_reads(scenario, tmp_path):
    """As a program does that ends, while a replay takes long that has read all it needs."""
    path, reads, go, found = tmp_path / "run.evosim", threading.Event(), threading.Event(), []
    writer = RunFile.create(path, scenario, 7)
    next(carry_on(writer))
    reader = RunFile.open(path)

    def read():
        with reader.snapshot():
            reader.summary()
            reads.set()
            go.wait(10)
            found.append(reader.summary().done)
        found.append("at rest")
        go.clear()
        reads.set()
        go.wait(10)
        try:
            reader.summary()
        except RunFileError as error:
            found.append(str(error))

    thread = threading.Thread(target=read)
    thread.start()
    assert reads.wait(10)
    reads.clear()
    assert not reader.disconnect(0.0)
    go.set()
    assert reads.wait(10)
    assert found == [1, "at rest"]
    writer.close()
    assert sorted(each.name for each in tmp_path.glob("*.evosim*")) != ["run.evosim"]  # it is being read
    reader.close_at_rest(0.0)
    assert [each.name for each in tmp_path.glob("*.evosim*")] == ["run.evosim"]
    go.set()
    thread.join()
    assert found[2:] == [f"{path}: the run is closed; open it anew"]


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


def look_at(path):
    with RunFile.open(path) as run:
        return run.summary(), run.checkpoint()


@pytest.mark.parametrize(
    ("statement", "value", "said"),
    [
        ("pragma user_version = 99", None, "run file format 99.0, of a later evosim .* upgrade evosim"),
        ("update run set scenario = ?", "{}", "corrupt"),
        ("update run set scenario = ?", "null", "corrupt"),
        ("update run set first_digest = ?", "0" * 64, "corrupt"),
        ("update run set seed = ?", 6, "corrupt"),
        ("update run set versions = ?", "[1]", "corrupt"),
        ("update run set state = ?", "[/red]", "corrupt"),
        ("update run set title = ?", "\x1b]0;pwn\x07", "corrupt"),
        ("insert into run select * from run", None, "corrupt"),
        ("drop table run", None, "corrupt"),
        ("drop table loci", None, "it has no table 'loci'"),
        ("alter table loci drop column mean", None, "its table 'loci' has no column 'mean'"),
        ("alter table loci rename column mean to middle", None, "its table 'loci' has no column 'mean'"),
        ("alter table loci add column odd real check (odd > random())", None, "table 'loci' is not declared as"),
        ("create virtual table words using fts5(word)", None, "holds the table 'words', which acts by itself"),
        ("create view v as select * from run", None, "holds the view 'v', which acts by itself .* `drop view`"),
        ("create trigger t after insert on events begin delete from genomes; end", None, "the trigger 't'"),
        ("update genomes set data = zeroblob(length(data)) where generation = ?", 6, "doesn't match its digest"),
        ("update hall_of_fame set fitness = ? where rank = 0", 99.0, "doesn't match its digest"),
        ("update genomes set data = ?", b"\0" * 10, "corrupt"),
        ("update genomes set dtype = ?", "O", "corrupt"),
        ("update genomes set shape = ?", "[1000000000, 1000000000]", "corrupt"),
        ("update genomes set fitness = ?", b"", "corrupt"),
        ("update hall_of_fame set data = ?", b"", "corrupt"),
        ("delete from digests where generation = ?", 6, "corrupt"),
        ("delete from genomes where generation = ?", 6, "not stored"),
    ],
)
def test_damage_is_reported_and_nothing_is_believed(statement, value, said, straight, tmp_path):
    path = tmp_path / "corrupt.evosim"
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
    with pytest.raises(RunFileError, match=r"exists already; .* \(replace=True\)$"):
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


def test_an_empty_file_is_called_that(tmp_path):
    (tmp_path / "empty.evosim").touch()
    with pytest.raises(RunFileError, match="an empty file"):
        RunFile.open(tmp_path / "empty.evosim")
