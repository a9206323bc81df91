"""How much of the outcome is decided after each step: futures of several states, each with seeds of its own."""

import json

import numpy as np
import pytest
from drawn_commands import evosim
from small_sweeps import Here, alone_plan, run_here, tiny_plan

from evosim.numerics.statistics.variance import variance_share
from evosim.simulation.runs import RunFile
from evosim.storage.branching import branch_of
from evosim.storage.schema import RunFileError
from evosim.sweeps.branch import make_futures, plan_states, runs_of
from evosim.sweeps.comparing.decided import decided_shares, futures_of_states
from evosim.sweeps.folder import SweepFolder
from evosim.sweeps.results import open_sweep

LONGER = "evolution.generations=4"
COLUMN = "deployment.base_mean"


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    folder = SweepFolder.create(tmp_path_factory.mktemp("runs") / "sweep", alone_plan(LONGER))
    assert run_here(folder).done == 3
    return folder.path


@pytest.fixture(scope="module")
def futures(runs, tmp_path_factory):
    out = tmp_path_factory.mktemp("futures") / "states"
    opened = [RunFile.open(path) for path in runs_of(runs)]
    folder = make_futures(out, plan_states(opened, [2, 0], 2), opened, [0, 2])
    assert run_here(folder).done == 12
    for each in opened:
        each.close()
    return out


@pytest.mark.compiled
def test_each_state_has_futures_with_seeds_of_their_own_that_share_its_past(runs, futures):
    folder = SweepFolder.open(futures)
    seeds = [cell.seed for cell in folder.cells]
    assert len(set(seeds)) == 12
    assert all(folder.cell(cell.name) == cell for cell in folder.cells)
    for cell in folder.cells:
        values = folder.condition(cell.condition).values
        step, seed = values["branch.generation"], values["branch.seed"]
        with RunFile.open(folder.run_path(cell)) as future, RunFile.open(runs / f"runs/0001-{seed}.evosim") as past:
            assert branch_of(future)[:2] == (step, seed)
            assert future.digests()[: step + 1] == past.digests()[: step + 1]
            assert (future.digests() == past.digests()) == (cell.seed == seed)
            assert future.summary().done == 4
            assert future.table("loci", f"generation <= {step}") == past.table("loci", f"generation <= {step}")


@pytest.mark.compiled
def test_what_is_decided_follows_from_the_futures_of_each_state(futures):
    result = open_sweep(futures)
    frame = result.frame()
    found = decided_shares(result, [COLUMN], frame)
    assert [(each.step, each.found.groups, each.found.values) for each in found] == [(0, 3, 6), (2, 3, 6)]
    for each in found:
        groups = []
        for seed in (1, 2, 3):
            (number,) = (
                n for n, v in result.values.items() if (v["branch.seed"], v["branch.generation"]) == (seed, each.step)
            )
            last = [open_last(futures, cell) for cell in result.source.cells if cell.condition == number]
            groups.append(np.array(last))
        assert each.found == variance_share(groups)
    states = futures_of_states(result, COLUMN, frame)
    assert [(state.step, state.seed, len(state.values)) for state in states] == [
        (g, s, 2) for g in (0, 2) for s in (1, 2, 3)
    ]


def open_last(folder, cell):
    with RunFile.open(SweepFolder.open(folder).run_path(cell)) as run:
        frame = run.frame("measurements", "environment = 'deployment'")
        return frame["base_mean"][-1]


@pytest.mark.compiled
def test_a_sweep_is_branched_shown_drawn_and_reported_from_the_command_line(runs, tmp_path, monkeypatch):
    from evosim.sweeps import run as running

    monkeypatch.setattr(running, "LocalWorkers", Here)
    out = tmp_path / "states"
    done = evosim("branch", runs, "--generation", "0,2", "--futures", 2, "--out", out, "--json")
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["done"] == 12
    shown = evosim("show", out, "--column", COLUMN).output
    assert "Futures of red_doors, 3 runs, generations 0, 2" in shown
    assert f"{COLUMN} at the end: how much of it is decided" in shown
    assert "Mann" not in shown
    record = json.loads(evosim("show", out, "--column", COLUMN, "--json").stdout)
    assert [each["step"] for each in record["decided"]] == [0, 2]
    for words in (["plot", out, "-o", tmp_path / "a.png"], ["plot", out, "-o", tmp_path / "b.png", "--kind", "heat"],
                  ["report", out, "-o", tmp_path / "a.html"], ["export", out, "-o", tmp_path / "a.csv"]):  # fmt: skip
        done = evosim(*words)
        assert done.exit_code == 0, done.output
    assert "how much of it is decided" in (tmp_path / "a.html").read_text()
    assert "branch.generation" in (tmp_path / "a.csv").read_text().split("\n")[0]
    assert "of futures of several states" in evosim("plot", runs, "--kind", "decided").output


@pytest.mark.compiled
def test_one_run_says_that_it_is_one(runs, tmp_path, monkeypatch):
    from evosim.sweeps import run as running

    monkeypatch.setattr(running, "LocalWorkers", Here)
    out = tmp_path / "states"
    done = evosim("branch", runs_of(runs)[0], "--generation", "0,2", "--futures", 2, "--out", out)
    assert done.exit_code == 0, done.output
    shown = evosim("show", out, "--column", COLUMN).output
    assert "is decided (one run: an anecdote)" in " ".join(shown.split())
    record = json.loads(evosim("show", out, "--column", COLUMN, "--json").stdout)
    assert {each["found"]["share"]["middle"] for each in record["decided"]} == {None}
    assert evosim("plot", out, "-o", tmp_path / "one.svg").exit_code == 0
    assert evosim("report", out, "-o", tmp_path / "one.html").exit_code == 0
    drawn, page = (tmp_path / "one.svg").read_text(), (tmp_path / "one.html").read_text()
    for text in (drawn, page):
        assert "Decided:" not in text  # an empty panel
        assert "At the end:" in text
    assert "several runs show how much is decided" in " ".join(page.split())


def test_runs_of_other_scenarios_and_sweeps_of_several_conditions_are_refused(runs, tmp_path):
    several = SweepFolder.create(tmp_path / "several", tiny_plan())
    with pytest.raises(RunFileError, match=r"has 2 conditions, and futures are of runs of one: name its run files"):
        runs_of(several.path)
    waiting = SweepFolder.create(tmp_path / "waiting", alone_plan())
    with pytest.raises(RunFileError, match=r"cell 0001-1 is waiting; its runs have to be done"):
        runs_of(waiting.path)
    one = runs_of(runs)[0]
    for words, code, said in (
        ([one, "--generation", "0,2"], 2, "say how many futures each state has"),
        ([one, one, "--generation", "2", "--futures", "2"], 5, "is the run of seed 1 again"),
        ([one, "--generation", "0,9", "--futures", "2"], 5, "has generations 0 to 3"),
        ([one, "--generation", "2;3", "--futures", "2"], 2, "write a generation such as 40"),
        ([one, "--generation", "3", "--futures", "2"], 5, "nothing follows generation 3"),
    ):
        done = evosim("branch", *words)
        assert done.exit_code == code, (words, done.output, done.exception)
        assert said in done.output
