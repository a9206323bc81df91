"""Recording: steps are measured and stored beside those that follow, and nobody can tell but by the clock."""

import sqlite3
import subprocess
import sys
import threading
import time
from contextlib import closing
from itertools import islice

import numpy as np
import pytest

from evosim.numerics.compiler import threads
from evosim.scenario import load_scenario
from evosim.simulation import recording
from evosim.simulation.laboratory import Laboratory
from evosim.simulation.process import process_of
from evosim.simulation.runner import Stop, carry_on
from evosim.simulation.runs import RunFile
from evosim.storage.schema import COMPLETE, INTERRUPTED

GRID = [
    "evolution.population=24", "evolution.generations=9", "evolution.episodes=3", "measure.episodes=3", "measure.every=2",
]  # fmt: skip
MEADOW = [
    "world.size=[40, 40]", "world.objects.fruit.count=140", "world.objects.fruit.grows=4", "evolution.population=60",
    "evolution.ticks=900", "measure.every=2",
]  # fmt: skip
RUNS = {
    "grid": ("red_doors", GRID),
    "lexicase": ("red_doors", [*GRID, 'evolution.selection={operator="lexicase"}']),
    "cma_es": ("red_doors", [*GRID, "evolution.algorithm=cma_es", "evolution.elites=0", "evolution.mutation.rate=0.1"]),
    "ecology": ("contraception", MEADOW),
}
OF_RUNNING = {"events", "timings"}


def tables(path):
    """Read all that a run found out, each value with its type and all its bits."""
    with closing(sqlite3.connect(path)) as connection:
        names = {name for (name,) in connection.execute("select name from sqlite_master where type = 'table'")}
        return {
            name: [repr(row) for row in connection.execute(f"select * from {name} order by rowid")]
            for name in names - OF_RUNNING
        }


def recorded_on(count, path, name="grid"):
    scenario, changes = RUNS[name]
    with threads.using(count), RunFile.create(path, load_scenario(scenario, changes), 3) as run:
        list(carry_on(run))
    return path


@pytest.fixture(autouse=True, scope="module")
def small_steps_are_worth_threads():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(recording, "WORTH_THREADS", 0.0)
        yield


@pytest.fixture(scope="module")
def straight(tmp_path_factory):
    return recorded_on(1, tmp_path_factory.mktemp("straight") / "run.evosim")


@pytest.fixture
def run(tmp_path):
    with threads.using(2), RunFile.create(tmp_path / "run.evosim", load_scenario("red_doors", GRID), 3) as run:
        yield run


def stored_in(path):
    with RunFile.open(path) as run:
        return run.summary().done


def ends_like(straight, path):
    with threads.using(2), RunFile.open(path, write=True) as run:
        list(carry_on(run))
        assert run.summary().state == COMPLETE
    return tables(path) == tables(straight)


@pytest.fixture
def slow_to_measure(monkeypatch):
    """Let measuring take so long that several generations are computed meanwhile."""
    measure = Laboratory.measure

    def slowly(self, *arguments):
        time.sleep(0.1)
        return measure(self, *arguments)

    monkeypatch.setattr(Laboratory, "measure", slowly)


def names_of_threads():
    return {thread.name.rpartition("_")[0] for thread in threading.enumerate()}


@pytest.mark.parametrize("name", RUNS)
def test_all_that_is_stored_is_the_same_on_any_number_of_threads(name, tmp_path):
    found = [tables(recorded_on(count, tmp_path / f"{count}.evosim", name)) for count in (1, 2, 3)]
    assert len(found[0]["digests"]) == 9
    assert found[0] == found[1] == found[2]


def test_runs_of_evosim_are_recorded_beside_and_those_of_other_packages_in_turn(run):
    assert run.process.records_beside
    assert process_of(load_scenario("contraception"), 1).records_beside
    plugin = load_scenario("red_doors").evolution.model_copy(update={"algorithm": "of_another_package"})
    scenario = load_scenario("red_doors").model_copy(update={"evolution": plugin})
    assert not process_of(scenario, 1).records_beside


@pytest.mark.parametrize(("population", "worth"), [(64, False), (512, True)])
def test_steps_are_handed_to_other_threads_where_they_take_long(population, worth, tmp_path, monkeypatch):
    monkeypatch.setattr(recording, "WORTH_THREADS", 0.02)
    scenario = load_scenario("red_doors", [f"evolution.population={population}"])
    with threads.using(2), RunFile.create(tmp_path / "run.evosim", scenario, 3) as run:
        steps = carry_on(run)
        next(steps)
        assert ("evosim-measure" in names_of_threads()) == worth
        steps.close()


def test_generations_are_computed_while_one_is_measured(run, slow_to_measure, monkeypatch):
    numbers, evaluate = [], Laboratory.evaluate

    def noted(self, number, *arguments):
        numbers.append(number)
        return evaluate(self, number, *arguments)

    monkeypatch.setattr(Laboratory, "evaluate", noted)
    steps = carry_on(run)
    assert next(steps).number == 0
    assert numbers == list(range(1 + run.process.ahead))
    steps.close()


def test_what_is_yielded_is_stored_and_nothing_more(run, slow_to_measure):
    for step in carry_on(run):
        assert stored_in(run.path) == run.summary().done == step.number + 1
        time.sleep(0.02)
        assert stored_in(run.path) == step.number + 1


@pytest.mark.parametrize("boundary", range(1, 9))
def test_a_run_left_at_any_generation_goes_on_as_if_it_had_not_been(boundary, straight, run, slow_to_measure):
    list(islice(carry_on(run), boundary))
    assert run.summary().done == boundary
    run.close()
    assert ends_like(straight, run.path)


def test_no_thread_is_left_behind(run, slow_to_measure):
    steps = carry_on(run)
    next(steps)
    assert {"evosim-measure", "evosim-write"} <= names_of_threads()
    steps.close()
    assert not {"evosim-measure", "evosim-write"} & names_of_threads()


@pytest.mark.parametrize("count", [1, 2])
@pytest.mark.parametrize("failing", ["measure", "evaluate"])
def test_what_fails_ends_the_run_where_it_would_without_threads(failing, count, straight, run, monkeypatch):
    works = getattr(Laboratory, failing)

    def fails(self, number, *arguments):
        if number == 4:
            raise ValueError("as it happens")
        return works(self, number, *arguments)

    monkeypatch.setattr(Laboratory, failing, fails)
    yielded = []
    with threads.using(count), pytest.raises(ValueError, match="as it happens"):
        yielded.extend(step.number for step in carry_on(run))
    assert yielded == [0, 1, 2, 3]
    run.close()
    assert stored_in(run.path) == 4
    monkeypatch.undo()
    assert ends_like(straight, run.path)


def test_what_cannot_be_stored_ends_the_run(run, monkeypatch):
    append = RunFile.append

    def full(self, record, seconds):
        if record.number == 3:
            raise OSError("no room")
        append(self, record, seconds)

    monkeypatch.setattr(RunFile, "append", full)
    with pytest.raises(OSError, match="no room"):
        list(carry_on(run))
    assert run.summary().done == 3


@pytest.mark.parametrize("after", [0.0, 0.05, 0.15, 0.3])
def test_a_stop_while_measuring_is_behind_stores_the_generation_under_way(after, straight, run, slow_to_measure):
    stop, yielded = Stop(), []
    timer = threading.Timer(after, lambda: setattr(stop, "wanted", True))
    timer.start()
    for step in carry_on(run, stop):
        yielded.append(step.number)
    timer.join()
    assert yielded == list(range(run.summary().done))
    assert run.summary().state == INTERRUPTED
    run.close()
    assert ends_like(straight, run.path)


def test_steps_do_not_change_after_they_were_yielded():
    for scenario, changes in RUNS.values():
        process = process_of(load_scenario(scenario, changes), 3)
        steps = list(process.steps(None))
        late = [process.record(process.measure(step)) for step in steps]
        early = [process.record(process.measure(step)) for step in process.steps(None)]
        for one, other in zip(early, late, strict=True):
            assert repr(one.rows) == repr(other.rows)
            assert one.checkpoint.digest == other.checkpoint.digest
            np.testing.assert_equal(dict(one.checkpoint.memory), dict(other.checkpoint.memory))
            np.testing.assert_equal(dict(one.checkpoint.logs), dict(other.checkpoint.logs))


SLOW = """
import sys, time
from evosim.scenario import load_scenario
from evosim.numerics.compiler import threads
from evosim.simulation import recording
from evosim.simulation.laboratory import Laboratory
from evosim.simulation.runner import carry_on
from evosim.simulation.runs import RunFile

measure = Laboratory.measure
def slowly(self, *arguments):
    time.sleep(0.1)
    return measure(self, *arguments)
Laboratory.measure = slowly
threads.choose(2)
with RunFile.create(sys.argv[1], load_scenario("red_doors", sys.argv[2:]), 3) as run:
    for step in carry_on(run):
        print(step.number, flush=True)
"""


@pytest.mark.parametrize("announced", [0, 3, 6])
def test_killed_while_measuring_is_behind_it_loses_nothing_that_was_announced(announced, straight, tmp_path):
    path = tmp_path / "killed.evosim"
    program = subprocess.Popen([sys.executable, "-c", SLOW, path, *GRID], stdout=subprocess.PIPE, text=True)
    for line in program.stdout:
        if int(line) == announced:
            break
    program.kill()
    program.wait()
    program.stdout.close()
    assert announced < stored_in(path) < 9
    assert ends_like(straight, path)
