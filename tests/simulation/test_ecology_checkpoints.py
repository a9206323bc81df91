"""Checkpoints: a run of an ecology goes on from its file as if it had never stopped."""

import csv
import json
import math
import signal
import subprocess
import sys
from itertools import islice

import ALifeStdDev.phylogeny as standard
import numpy as np
import pyarrow.parquet
import pytest
from forked import evosim
from meadows import MEADOW, meadow
from stored_meadows import DYING, SEED, SMALL, change, contents, made

from evosim.ecology.simulation import EcologySimulation
from evosim.numerics.compiler import threads
from evosim.scenario import load_scenario
from evosim.simulation.ecology.checkpoint import births, checkpoint_at, deaths, lives
from evosim.simulation.ecology.intervals import intervals
from evosim.simulation.runner import carry_on, verify
from evosim.simulation.runner import run as run_of
from evosim.simulation.runs import RunFile
from evosim.storage.export import column_definitions, export, lineage_rows
from evosim.storage.reader import STOPPED
from evosim.storage.schema import COMPLETE, EXTINCT, RunFileError
from evosim.studies.interventions import select_agent, stored_agents


@pytest.fixture(scope="module")
def died_out(tmp_path_factory):
    return made(tmp_path_factory.mktemp("runs") / "extinct.evosim", *DYING)


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
    monkeypatch.setattr("evosim.ecology.simulation.HELPER_FROM", 1)
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
        states = {number: checkpoint_at(run, number) for number in (1, 3)}
        straight = run.digests()
        for number, state in states.items():
            on = next(intervals(run.scenario, run.seed, after=state))
            assert (on.number, on.digest) == (number + 1, straight[number + 1])


def test_a_sound_run_of_either_kind_is_never_called_corrupt(straight, tmp_path):
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
                lambda run: list(lives(run)), lambda run: checkpoint_at(run, 0), lambda run: run.process.is_over(run), RunFile.summary,
                lambda run: select_agent(run), lambda run: stored_agents(run),
            ):  # fmt: skip
                try:
                    read(run)
                except RunFileError as error:
                    assert "corrupt" not in str(error)
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
        columns = [column.name for column in column_definitions(run, table)]
    with (tmp_path / "out.csv").open() as file:
        from_csv = list(csv.DictReader(file))
    from_json = json.loads((tmp_path / "out.json").read_text())
    assert list(from_csv[0]) == columns
    assert from_json == pyarrow.parquet.read_table(tmp_path / "out.parquet").to_pylist()
    assert [{key: "" if value is None else str(value) for key, value in row.items()} for row in from_json] == from_csv


def test_the_lineage_of_an_ecology_has_everybody_who_was_born(straight):
    with RunFile.open(straight) as run:
        rows = list(lineage_rows(run))
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
        rows, alive = list(lineage_rows(run)), set(run.checkpoint().memory["id"].tolist())
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


def test_what_is_read_as_a_population_of_a_generation_is_refused(straight):
    with RunFile.open(straight) as run, pytest.raises(RunFileError, match="`checkpoint` reads its state"):
        run.population(0)


def test_a_state_is_kept_whole(straight):
    """Who lives, where, and with which genomes: the file says what the simulation says after as many ticks."""
    simulation = EcologySimulation(meadow(*SMALL), SEED)
    for number in range(8):
        simulation.live(20 * number, 20, simulation.rules_at(20 * number))
        simulation.take_closed(number)
    with RunFile.open(straight) as run:
        state = run.checkpoint()
    assert np.array_equal(state.genomes, simulation.genomes)
    for name, array in simulation.memory().items():
        assert np.array_equal(state.memory[name], array), name
    assert np.array_equal(state.parents, simulation.ecology.registry.parents[: len(state.parents)])
    assert len(state.parents) > 60
