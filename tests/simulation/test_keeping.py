"""Keeping: a run of an ecology goes on from its file as if it had never stopped, and a stranger's file is no danger."""

import csv
import json
import math
import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from itertools import islice
from pathlib import Path

import ALifeStdDev.phylogeny as standard
import numpy as np
import pyarrow.parquet
import pytest
from effort import cases
from meadows import MEADOW, meadow

from evosim.ecology.simulation import Habitat
from evosim.mind.nearby import BODY, EMPTY, WALL
from evosim.numerics.compiler import threads
from evosim.scenario import load_scenario
from evosim.scenario.loading.load import scenario_digest, scenario_from_json
from evosim.simulation.ecology.checkpoint import births, deaths, kept, lives
from evosim.simulation.ecology.intervals import chained, intervals
from evosim.simulation.runner import carry_on, verify
from evosim.simulation.runner import run as run_of
from evosim.simulation.runs import RunFile
from evosim.storage.codec import encoded
from evosim.storage.export import defined, export, lineage
from evosim.storage.reader import STOPPED
from evosim.storage.schema import COMPLETE, EXTINCT, RunFileError
from evosim.studies.interventions import select_agent, stored_agents

SMALL = ["evolution.ticks=160", "measure.every=3"]
SEED = 3
DYING = ["evolution.floor=0", "world.objects.fruit.grows=0", "environments.after.objects.fruit.grows=0", "world.objects.mud.grows=0"]  # fmt: skip


def made(path: Path, *changes: str, seed: int = SEED) -> Path:
    with RunFile.create(path, meadow(*SMALL, *changes), seed) as run:
        list(carry_on(run))
    return path


@pytest.fixture(scope="module")
def straight(tmp_path_factory):
    return made(tmp_path_factory.mktemp("runs") / "straight.evosim")


@pytest.fixture(scope="module")
def died_out(tmp_path_factory):
    return made(tmp_path_factory.mktemp("runs") / "extinct.evosim", *DYING)


@pytest.fixture
def stored(straight, tmp_path):
    """Give a run that may be damaged."""
    path = tmp_path / "stored.evosim"
    path.write_bytes(straight.read_bytes())
    return path


TABLES = ("generations", "loci", "selection", "individuals", "digests", "lineage", "deaths", "genomes", "memory")


def contents(path):
    """Read all that a run found out: every table but what tells of the running itself."""
    with closing(sqlite3.connect(path)) as connection:
        return {name: connection.execute(f"select * from {name} order by 1, 2").fetchall() for name in TABLES}


# ---------------------------------------------------------------- going on


@pytest.mark.parametrize("boundary", range(1, 8))
def test_a_run_resumed_at_any_interval_ends_like_one_never_stopped(boundary, straight, tmp_path):
    path = tmp_path / "resumed.evosim"
    with RunFile.create(path, meadow(*SMALL), SEED) as run:
        list(islice(carry_on(run), boundary))
    with RunFile.open(path, write=True) as run:
        assert run.summary().done == boundary
        assert [interval.number for interval in carry_on(run)] == list(range(boundary, 8))
        assert run.summary().state == COMPLETE
    assert contents(path) == contents(straight)


def test_a_run_resumed_after_every_interval_on_other_numbers_of_threads_ends_like_one_never_stopped(
    straight, tmp_path, monkeypatch
):
    monkeypatch.setattr("evosim.ecology.simulation.PARALLEL_FROM", 1)
    path, before = tmp_path / "resumed.evosim", threads.count
    try:
        with RunFile.create(path, meadow(*SMALL), SEED) as run:
            list(islice(carry_on(run), 1))
        for boundary in range(1, 8):
            threads.choose(1 + boundary % 3)
            with RunFile.open(path, write=True) as run:
                list(islice(carry_on(run), 1))
    finally:
        threads.choose(before)
    assert contents(path) == contents(straight)


def test_only_states_of_measured_intervals_and_the_last_are_kept(straight):
    with RunFile.open(straight) as run:
        assert run.stored_generations() == [0, 3, 6, 7]
        assert run.checkpoint().number == 7


def test_the_state_before_each_change_of_the_schedule_is_stored_too(tmp_path):
    """Which rows there are is another matter: `individuals` has those of measured intervals."""
    phases = ["before", "{ before = 0.5, after = 0.5 }", "after"]
    named = (f"{{ from = {40 * n}, environment = {each if n == 1 else repr(each)} }}" for n, each in enumerate(phases))
    path = made(tmp_path / "changing.evosim", "measure.every=5", f"evolution.schedule=[{', '.join(named)}]")
    with RunFile.open(path) as run:
        assert run.stored_generations() == [0, 1, 3, 5, 7]
        assert sorted(set(run.frame("individuals")["generation"])) == [0, 5, 7]
        states = {number: kept(run, number) for number in (1, 3)}
        straight = run.digests()
        for number, state in states.items():
            on = next(intervals(run.scenario, run.seed, after=state))
            assert (on.number, on.digest) == (number + 1, straight[number + 1])


def test_a_sound_run_of_either_kind_is_never_called_damaged(straight, tmp_path):
    """What only the other kind has is refused in other words."""
    grid = tmp_path / "grid.evosim"
    small = ["evolution.population=8", "evolution.generations=2", "measure.episodes=2", "evolution.episodes=2"]
    run_of(load_scenario("red_doors", small), seed=1, out=grid).close()
    refused = 0
    for path in (straight, grid):
        with RunFile.open(path) as run:
            for read in (
                lambda run: run.parents_in(0), lambda run: run.population(0), RunFile.checkpoint, RunFile.digests,
                lambda run: list(run.lineage()), lambda run: births(run, 0), lambda run: deaths(run, 0),
                lambda run: list(lives(run)), lambda run: kept(run, 0), lambda run: run.process.is_over(run), RunFile.summary,
                lambda run: select_agent(run), lambda run: stored_agents(run),
            ):  # fmt: skip
                try:
                    read(run)
                except RunFileError as error:
                    assert "damaged" not in str(error)
                    assert "ecology" in str(error)
                    refused += 1
    assert refused


def test_the_parents_of_an_interval_are_those_of_who_was_born_in_it(straight):
    with RunFile.open(straight) as run:
        told = [parents for _, _, each in run.lineage() for parents in each]
        read = [run.parents_in(interval) for interval in range(8)]
        assert np.concatenate(read).tolist() == told
        assert (read[0][:30] == -1).all()
        assert (read[1] >= 0).any()


def test_a_run_made_longer_begins_like_a_longer_one(straight, tmp_path):
    path = made(tmp_path / "short.evosim", "evolution.generations=5")
    with RunFile.open(path, write=True) as run:
        run.extend(8)
        list(carry_on(run))
    with RunFile.open(path) as run, RunFile.open(straight) as whole:
        assert run.checkpoint().genomes.tolist() == whole.checkpoint().genomes.tolist()
        assert [run.checkpoint().memory[name].tolist() for name in ("id", "cell")] == [
            whole.checkpoint().memory[name].tolist() for name in ("id", "cell")
        ]


@pytest.mark.compiled
def test_a_run_that_is_killed_goes_on_as_if_it_had_not_been(straight, tmp_path):
    (tmp_path / "meadow.toml").write_text(MEADOW)
    path = tmp_path / "killed.evosim"
    options = [word for each in ("evolution.ticks=16_000", "measure.every=50") for word in ("--set", each)]
    start = [
        sys.executable,
        "-m",
        "evosim",
        "run",
        str(tmp_path / "meadow.toml"),
        "--seed",
        str(SEED),
        "--out",
        str(path),
    ]
    process = subprocess.Popen([*start, *options, "--progress", "json"], stderr=subprocess.PIPE, text=True)
    acknowledged = -1
    for line in process.stderr:
        if '"event": "generation"' in line or '"event": "interval"' in line:
            acknowledged = json.loads(line)["generation"]
        if acknowledged >= 12:
            process.send_signal(signal.SIGKILL)
            break
    process.communicate()
    assert process.returncode == -signal.SIGKILL
    with RunFile.open(path) as run:
        done = run.summary().done
        assert run.summary().state == STOPPED
        assert acknowledged < done < 800
    with RunFile.open(path, write=True) as run:
        list(islice(carry_on(run), 5))
        digest, scenario = run.summary().digest, run.scenario
    assert path.stat().st_size > 0
    with RunFile.create(tmp_path / "never.evosim", scenario, SEED) as run:
        list(islice(carry_on(run), done + 5))
        assert run.summary().digest == digest


# ---------------------------------------------------------------- extinction


def test_an_ecology_in_which_all_die_is_extinct_and_that_is_no_error(died_out, tmp_path):
    with RunFile.open(died_out) as run:
        assert run.summary().state == EXTINCT
        assert run.process.is_over(run)
        assert 1 < run.summary().done < run.summary().generations
        assert len(run.checkpoint().genomes) == 0
        assert all(same for _, same in verify(run))
        assert list(run.frame("generations")["population"])[-1] == 0
        assert all(life.died is not None for life in lives(run))
    before = contents(died_out)
    with RunFile.open(died_out, write=True) as run:
        assert list(carry_on(run)) == []
        assert run.summary().state == EXTINCT
    assert contents(died_out) == before


def evosim(*arguments: object, cwd: Path) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "evosim", *map(str, arguments)]
    return subprocess.run(
        command, capture_output=True, text=True, cwd=cwd, env={**os.environ, "NO_COLOR": "1"}, timeout=300
    )


@pytest.mark.compiled
def test_the_command_line_tells_of_extinction_with_exit_code_0(died_out, tmp_path):
    (tmp_path / "meadow.toml").write_text(MEADOW)
    options = [word for each in (*SMALL, *DYING) for word in ("--set", each)]
    ran = evosim("run", "meadow.toml", "--seed", SEED, "--out", "mine.evosim", *options, cwd=tmp_path)
    assert ran.returncode == 0, ran.stderr
    resumed = evosim("resume", "mine.evosim", cwd=tmp_path)
    assert resumed.returncode == 0
    assert "extinct after" in resumed.stderr
    verified = evosim("verify", "mine.evosim", cwd=tmp_path)
    assert verified.returncode == 0, verified.stderr
    shown = evosim("show", "mine.evosim", cwd=tmp_path)
    assert shown.returncode == 0
    assert "extinct" in shown.stdout
    assert contents(tmp_path / "mine.evosim")["digests"] == contents(died_out)["digests"]


@pytest.mark.compiled
def test_every_table_of_an_ecology_is_shown_exported_and_verified(straight, tmp_path):
    assert evosim("verify", straight, cwd=tmp_path).returncode == 0
    shown = evosim("show", straight, "--json", cwd=tmp_path)
    assert json.loads(shown.stdout)["state"] == COMPLETE
    for table, least in (("selection", 1), ("individuals", 20), ("generations", 8), ("lineage", 60), ("loci", 8)):
        done = evosim("export", straight, "--table", table, "--format", "json", cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        assert len(json.loads(done.stdout)) >= least
    refused = evosim("export", straight, "--table", "measurements", cwd=tmp_path)
    assert refused.returncode not in (0, 1)
    assert "no table 'measurements'" in refused.stderr


def test_a_run_that_comes_out_otherwise_is_found_out(stored):
    change(stored, "update digests set digest = 'x' || digest where generation = 4")
    with RunFile.open(stored) as run:
        assert [same for _, same in verify(run)] == [True] * 4 + [False]


# ---------------------------------------------------------------- exports


@pytest.mark.parametrize("table", ["generations", "loci", "selection", "individuals", "lineage"])
def test_every_format_holds_the_same_columns_and_values(table, straight, tmp_path):
    with RunFile.open(straight) as run:
        for form in ("csv", "json", "parquet"):
            export(run, table, form, tmp_path / f"out.{form}")
        columns = [column.name for column in defined(run, table)]
    with (tmp_path / "out.csv").open() as file:
        from_csv = list(csv.DictReader(file))
    from_json = json.loads((tmp_path / "out.json").read_text())
    assert list(from_csv[0]) == columns
    assert from_json == pyarrow.parquet.read_table(tmp_path / "out.parquet").to_pylist()
    assert [{key: "" if value is None else str(value) for key, value in row.items()} for row in from_json] == from_csv


def test_the_lineage_of_an_ecology_has_everybody_who_was_born(straight):
    with RunFile.open(straight) as run:
        rows = list(lineage(run))
        born, population = run.frame("generations"), run.scenario.evolution.population
    assert [row[1] for row in rows] == list(range(population + int(born["births"].sum() + born["migrants"].sum())))
    assert all(row[2] is None and row[3] is None for row in rows[:population])
    assert all((row[2] is None) == (row[3] is None) for row in rows)
    assert all(row[2] is None or row[2] < row[1] > row[3] for row in rows)


@pytest.mark.parametrize("one_parent", [False, True])
@pytest.mark.parametrize("which", ["straight", "died_out"])
def test_the_standards_own_reader_accepts_the_phylogeny_of_an_ecology(which, one_parent, tmp_path, request):
    path, run_path = tmp_path / "phylogeny.csv", request.getfixturevalue(which)
    with RunFile.open(run_path) as run:
        export(run, "generations", "alife", path, one_parent=one_parent)
        rows, alive = list(lineage(run)), set(run.checkpoint().memory["id"].tolist())
        done = run.summary().done
        born = np.concatenate([births(run, interval) for interval in range(done)])
        ends = {int(id): int(tick) for interval in range(done) for id, tick, _ in deaths(run, interval)}
    graph = standard.load_phylogeny_to_networkx(str(path))
    assert set(graph.nodes) == {row[1] for row in rows}
    assert standard.all_taxa_have_attributes(graph, ["origin_time", "destruction_time"])
    assert standard.is_asexual(graph) == one_parent
    assert set(standard.get_root_ids(graph)) == {row[1] for row in rows if row[2] is None}
    for _, id, first, second in rows:
        expected = {parent for parent in ((first,) if one_parent else (first, second)) if parent is not None}
        assert set(graph.predecessors(id)) == expected
    with path.open() as file:
        for row in csv.DictReader(file):
            id = int(row["id"])
            assert int(row["origin_time"]) == born[id, 2]
            assert float(row["destruction_time"]) == ends.get(id, math.inf)
            assert (id in alive) == (row["destruction_time"] == "inf")
    assert bool(alive) == (which == "straight")


# ---------------------------------------------------------------- strangers


def change(path, statement, *values):
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(statement, values)


def array_in(connection, table, number, name=None):
    where, values = ("generation = ?", (number,)) if name is None else ("generation = ? and name = ?", (number, name))
    dtype, shape, data = connection.execute(f"select dtype, shape, data from {table} where {where}", values).fetchone()
    return np.frombuffer(data, dtype).reshape(json.loads(shape)).copy()


LAST = 7


def sign(path):
    """Write the digest that a forger would: of the last state."""
    with closing(sqlite3.connect(path)) as connection, connection:
        ((before,),) = connection.execute("select digest from digests where generation = ?", (LAST - 1,)).fetchall()
        names = [name for (name,) in connection.execute("select name from memory where generation = ?", (LAST,))]
        memory = {name: array_in(connection, "memory", LAST, name) for name in names}
        logs = [array_in(connection, table, LAST) for table in ("lineage", "deaths")]
        digest = chained(before, LAST, array_in(connection, "genomes", LAST), memory, *logs)
        connection.execute("update digests set digest = ? where generation = ?", (digest, LAST))


def forge(path, name, edit):
    """Change an array of the last state, and sign it: of the memory by its name, or of a table."""
    with closing(sqlite3.connect(path)) as connection, connection:
        is_table = name in ("genomes", "lineage", "deaths")
        array = array_in(connection, name, LAST) if is_table else array_in(connection, "memory", LAST, name)
        edited = edit(array)
        stored = encoded(array if edited is None else edited)
        table, where = (name, "generation = ?") if is_table else ("memory", "generation = ? and name = ?")
        connection.execute(
            f"update {table} set dtype = ?, shape = ?, data = ? where {where}",
            (*stored, LAST) if is_table else (*stored, LAST, name),
        )
    sign(path)


def at(index, value):
    def edit(array):
        array[index] = value

    return edit


def swap(array):
    array[:2] = array[1::-1].copy()


def with_a_body_too_many(what):
    what[np.flatnonzero(what == EMPTY)[0]] = BODY + 3


def with_nobody(what):
    what[what >= BODY] = EMPTY


def with_a_wall_less(what):
    what[np.flatnonzero(what == WALL)[0]] = EMPTY


FORGERIES = [
    ("cell", at(0, 144), "agents outside of the world"),
    ("cell", at(0, -1), "agents outside of the world"),
    ("cell", lambda cells: at(0, cells[1])(cells), "agents who are not where they are"),
    ("cell", swap, "agents who are not where they are"),
    ("cell", lambda cells: cells.astype("f8"), "cell can't be what it says"),
    ("cell", lambda cells: cells.astype("f8") + 0.5, "cell can't be what it says"),
    ("what", with_a_body_too_many, "bodies without agents"),
    ("what", with_nobody, "agents who are not where they are"),
    ("what", with_a_wall_less, "walls elsewhere"),
    ("what", lambda what: at(np.flatnonzero(what == EMPTY)[0], 3)(what), "things of no kind"),
    ("what", lambda what: at(np.flatnonzero(what == EMPTY)[0], -3)(what), "things of no kind"),
    ("what", lambda what: what[:-1], "what can't be what it says"),
    ("what", lambda what: what.reshape(12, 12), "what can't be what it says"),
    ("energy", at(0, np.nan), "energy can't be what it says"),
    ("energy", at(0, np.inf), "energy can't be what it says"),
    ("energy", at(0, 1e300), "more or less energy than can be"),
    ("energy", at(0, 0.0), "more or less energy than can be"),
    ("levels", at((0, 1), 1.5), "drives out of their range"),
    ("levels", at((0, 0), -0.5), "drives out of their range"),
    ("levels", lambda levels: levels[:, :1], "levels can't be what it says"),
    ("id", at(0, -1), "others alive than were born and have not died"),
    ("id", at(0, 2**62), "others alive than were born and have not died"),
    ("id", lambda ids: at(0, ids[1])(ids), "others alive than were born and have not died"),
    ("id", at(0, 0), "others alive than were born and have not died"),
    ("born", at(0, 10**6), "births at other times"),
    ("born", at(0, -(2**31)), "births at other times"),
    ("due", at(0, 0), "agents out of their time"),
    ("due", at(0, 2**31 - 1), "agents who live too long"),
    ("controller", at(0, 0), "minds of no kind"),
    ("controller", at(0, 255), "minds of no kind"),
    ("last", at(0, 5), "actions of no kind"),
    ("last", at(0, -128), "actions of no kind"),
    ("able", at(0, 2), "agents neither able to mate nor not"),
    ("children", at(0, 77), "children who were not born"),
    ("cohort.members", at(0, -1), "cohorts of who was not born"),
    ("cohort.loci", lambda sums: sums[:-1], "cohort.loci can't be what it says"),
    ("cohort.loci", at((0, 0), np.nan), "cohort.loci can't be what it says"),
    ("bank", at((0, 0), 1e9), "seeds outside of their ranges"),
    ("bank", lambda bank: bank[:0], "bank can't be what it says"),
    ("frozen", lambda frozen: frozen[:-1], "frozen can't be what it says"),
    ("depth", at(0, np.nan), "depth can't be what it says"),
    ("genomes", at((0, 0), 1e9), "alleles outside of their ranges"),
    ("genomes", at((0, 0), np.nan), "alleles outside of their ranges"),
    ("genomes", lambda genomes: genomes[:, :-1], "genomes of another length"),
    ("genomes", lambda genomes: genomes[:-1], "can't be what it says"),
    ("genomes", lambda genomes: genomes.astype("f8"), "genomes of interval 7 are no such array"),
    ("genomes", lambda genomes: genomes.ravel(), "genomes of interval 7 are no such array"),
    ("lineage", at((0, 0), 10**6), "parents who were not born yet"),
    ("lineage", at((0, 0), -2), "parents who were not born yet"),
    ("lineage", at((0, 1), -1), "somebody with one parent"),
    ("lineage", at((0, 2), 10**6), "births at other times|deaths of who was not alive"),
    ("lineage", lambda log: log[:-1], "others alive than were born"),
    ("lineage", lambda log: log[:, :2], "the lineage of interval 7 are missing"),
    ("lineage", lambda log: log.astype("i4"), "lineage of interval 7 are no such array"),
    ("deaths", at((0, 0), 10**6), "deaths of who was not alive"),
    ("deaths", at((0, 0), -1), "deaths of who was not alive"),
    ("deaths", at((0, 1), -5), "deaths of who was not alive"),
    ("deaths", lambda log: np.concatenate([log, log]), "deaths of who was not alive"),
    ("deaths", lambda log: log[1:], "others alive than were born"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "edit", "said"), FORGERIES, ids=[f"{name}-{n}" for n, (name, *_) in enumerate(FORGERIES)]
)
def test_a_forged_state_is_not_gone_on_with_though_its_digest_is_right(name, edit, said, stored):
    forge(stored, name, edit)
    with pytest.raises(RunFileError, match=said) as caught, RunFile.open(stored) as run:
        run.checkpoint()
    assert str(caught.value).startswith(f"{stored}: damaged: ")
    with RunFile.open(stored, write=True) as run:
        run.extend(9)
        with pytest.raises(RunFileError, match="damaged"):
            list(carry_on(run))


def test_what_is_forged_and_signed_without_a_lie_is_believed(stored):
    """The forger's tools work: an array that is written as it was is taken as it was."""
    for name in ("cell", "genomes", "deaths", "cohort.loci", "able"):
        forge(stored, name, lambda array: None)
    with RunFile.open(stored) as run:
        state = run.checkpoint()
    assert state.number == LAST
    forge(stored, "energy", at(0, 3.25))  # a state that could have been, and was not
    with RunFile.open(stored) as run:
        assert run.checkpoint().memory["energy"][0] == 3.25


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("update memory set data = x'' where name = 'cell'", "an array of"),
        ("update memory set data = substr(data, 2) where name = 'energy'", "an array of"),
        ("update genomes set data = substr(data, 5)", "an array of"),
        ("update memory set shape = '[99999999999, 99999999999]'", "an array of"),
        ("update memory set shape = '[2147483647, 2147483647]'", "an array of"),
        ("update memory set shape = '[-1]'", "an array of"),
        ("update memory set shape = '[true]'", "an array of"),
        ("update memory set shape = '[1, 1, 1]'", "an array of"),
        ("update memory set shape = '{}'", "an array of"),
        ("update memory set shape = printf('%.*c', 100000, '[')", "an array of"),
        ("update memory set dtype = '|O'", "an array of"),
        ("update memory set dtype = '<f16'", "an array of"),
        ("update deaths set data = substr(data, 9)", "an array of"),
        ("delete from memory where name = 'energy'", "arrays are missing, or others there"),
        ("delete from memory", "arrays are missing, or others there"),
        ("update memory set name = 'speed' where name = 'energy'", "arrays are missing, or others there"),
        ("delete from genomes", "is not stored"),
        ("delete from lineage where generation = 2", "the lineage of interval 2 are missing"),
        ("delete from deaths where generation = 2", "the deaths of interval 2 are missing"),
        ("delete from digests where generation = 7", "the digest of generation 7 is missing"),
        ("update digests set digest = 'x' where generation = 7", "doesn't have the digest stored with it"),
        ("update memory set data = zeroblob(length(data)) where name = 'depth'", "doesn't have the digest"),
    ],
)  # fmt: skip
def test_a_damaged_state_is_told(statement, said, stored):
    change(stored, statement)
    with pytest.raises(RunFileError, match=said) as caught, RunFile.open(stored) as run:
        run.checkpoint()
    assert len(str(caught.value)) < 400
    assert str(caught.value).isprintable()


@pytest.mark.parametrize(
    "statement",
    [
        "delete from deaths where generation = 2",
        "update deaths set data = substr(data, 9) where generation = 2",
        "update deaths set shape = '[1, 3]', data = x'ffffffffffffff7f00000000000000000000000000000000' where generation = 2",
        "update deaths set shape = '[1, 3]', data = x'ffffffffffffffff00000000000000000000000000000000' where generation = 2",
        "update lineage set shape = '[1, 3]', data = x'ffffffffffffff7fffffffffffffff7f0000000000000000' where generation = 2",
        "update generations set generation = 10000000 where generation = 7",
    ],
)
def test_a_phylogeny_of_damaged_lives_is_refused(statement, stored, tmp_path):
    change(stored, statement)
    with pytest.raises(RunFileError, match="damaged"), RunFile.open(stored) as run:
        export(run, "lineage", "alife", tmp_path / "out.csv")
    assert not (tmp_path / "out.csv").exists()


def test_a_state_of_a_world_in_which_nobody_fits_is_refused(stored):
    with closing(sqlite3.connect(stored)) as connection, connection:
        ((text,),) = connection.execute("select scenario from run").fetchall()
        scenario = json.loads(text)
        for world in (scenario["world"], *scenario["environments"].values()):
            world["objects"]["fruit"]["count"] = 120
        forged = json.dumps(scenario)
        digest = scenario_digest(scenario_from_json(forged, ""), SEED)
        connection.execute("update run set scenario = ?, first_digest = ?", (forged, digest))
    with pytest.raises(RunFileError, match="nobody can have lived in its world"), RunFile.open(stored) as run:
        run.checkpoint()


def test_what_is_read_as_a_population_of_a_generation_is_refused(straight):
    with RunFile.open(straight) as run, pytest.raises(RunFileError, match="`kept` reads its state"):
        run.population(0)


def test_a_state_is_kept_whole(straight):
    """Who lives, where, and with which genomes: the file says what the habitat says after as many ticks."""
    habitat = Habitat(meadow(*SMALL), SEED)
    for number in range(8):
        habitat.live(20 * number, 20, habitat.rules_at(20 * number))
        habitat.closed(number)
    with RunFile.open(straight) as run:
        state = run.checkpoint()
    assert np.array_equal(state.genomes, habitat.genomes)
    for name, array in habitat.memory().items():
        assert np.array_equal(state.memory[name], array), name
    assert np.array_equal(state.parents, habitat.ecology.registry.parents[: len(state.parents)])
    assert len(state.parents) > 60


NASTY = (
    0,
    1,
    -1,
    -2,
    2,
    5,
    127,
    -128,
    255,
    1024,
    1027,
    2**31 - 1,
    -(2**31),
    2**62,
    0.5,
    -0.5,
    1e-300,
    1e300,
    np.nan,
    np.inf,
)


def test_whatever_is_forged_is_refused_or_lived_on_from(straight, tmp_path):
    """One number anywhere in the last state is another: it is told, or life goes on to a state that is believed."""
    rng = np.random.default_rng(0)
    with closing(sqlite3.connect(straight)) as connection:
        names = [name for (name,) in connection.execute("select name from memory where generation = ?", (LAST,))]
    path, ends = tmp_path / "forged.evosim", {"refused": 0, "lived": 0}
    for _ in range(cases(150, 10)):
        path.write_bytes(straight.read_bytes())

        def edit(array):
            array.ravel()[rng.integers(array.size)] = rng.choice(
                [n for n in NASTY if array.dtype.kind == "f" or (n == n and abs(n) < 2 ** (8 * array.itemsize - 1))]
            )

        forge(path, str(rng.choice([*names, "genomes", "lineage", "deaths"])), edit)
        with RunFile.open(path, write=True) as run:
            run.extend(LAST + 2)
            try:
                list(carry_on(run))
            except RunFileError as error:
                assert "damaged" in str(error)
                ends["refused"] += 1
                continue
            assert run.checkpoint().number == LAST + 1
            ends["lived"] += 1
    assert min(ends.values()) > cases(10, 0)
