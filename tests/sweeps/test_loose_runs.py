"""Run files that are named one by one, read as a sweep."""

import json
import re
import shutil
from pathlib import Path

import matplotlib.colors
import numpy as np
import pytest
from drawn_commands import evosim
from small_sweeps import TINY

from evosim import load_scenario, open_runs
from evosim.cli.sweep_printing import describe_beside
from evosim.simulation.runner import carry_on
from evosim.simulation.runs import RunFile
from evosim.storage.branching import Branch
from evosim.storage.schema import RunFileError
from evosim.sweeps.comparing.differences import find_differences
from evosim.sweeps.comparing.loose_runs import LooseRun, common_past
from evosim.sweeps.comparing.tables import TextTable
from evosim.sweeps.plan import Axis
from evosim.system.stopping import Stop
from viz.figures.sweep import sweep_figure
from viz.figures.sweep_view import choose_view, describe_view, label_of
from viz.palette import BASELINE
from viz.report.sweep.page import render_sweep_report
from viz.report.sweep.tables import arrange_table, breakable, with_whole_interval

EARLIER = Path(__file__).parents[1] / "earlier_runs"
RATE = "evolution.mutation.rate"
ELSEWHERE = ("environments.elsewhere={}", "measure.environments=['training', 'elsewhere', 'deployment']")


@pytest.fixture(scope="module")
def paths(rates):
    return [rates.source.run_path(state.cell) for state in rates.states]


def doors(*overrides):
    return load_scenario("red_doors", [*TINY, *overrides])


def axes_of(*scenarios):
    found = find_differences(scenarios)
    return [(axis.kind, axis.keys, axis.rows) for axis in found.axes], found.others


def test_axes_are_the_keys_in_which_scenarios_differ():
    plain, often = doors(), doors(f"{RATE}=0.5")
    rate = ("grid", (RATE,), ((plain.evolution.mutation.rate,), (0.5,)))
    assert axes_of(plain, often) == ([rate], ())
    assert axes_of(plain) == ([], ())
    larger = doors("world.size=[9, 9]")  # which all environments are, too
    assert axes_of(plain, larger) == ([("grid", ("world.size",), (([7, 7],), ([9, 9],)))], ())
    both = doors(f"{RATE}=0.5", "world.size=[9, 9]")
    ((*_, first), (*_, second)), others = axes_of(plain, often, larger, both)
    assert (first, second, others) == ((([7, 7],), ([9, 9],)), rate[2], ())


def test_keys_that_change_together_are_one_axis_and_what_follows_from_it_is_none():
    plain, other = doors(), doors(f"{RATE}=0.5", "evolution.elites=3")
    ((kind, keys, rows),), others = axes_of(plain, other)
    assert (kind, keys, rows[1], others) == ("zip", (RATE, "evolution.elites"), (0.5, 3), ())
    ((_, keys, _),), others = axes_of(plain, other, doors(f"{RATE}=0.7", "evolution.elites=3"))
    assert (keys, others) == ((RATE,), ("evolution.elites",))


def test_what_only_one_scenario_has_is_set_there_and_others_are_told_by_their_names():
    plain, elsewhere = doors(), doors(*ELSEWHERE)
    ((kind, keys, rows),), _ = axes_of(plain, elsewhere)
    assert (kind, keys) == ("zip", ("environments.elsewhere", "measure.environments"))
    assert [row[0] for row in rows] == ["not set", "set"]
    control = load_scenario("red_doors_decorrelated", TINY)
    assert axes_of(doors(), control)[0][0][1:] == (("scenario",), (("red_doors",), ("red_doors_decorrelated",)))
    scenarios = doors(), load_scenario("keys_and_chests"), load_scenario("misperceived")
    ((_, keys, rows),), others = axes_of(*scenarios)
    assert (keys, rows) == (("scenario",), (("red_doors",), ("keys_and_chests",), ("misperceived",)))
    assert len(others) > 20


def test_scenarios_of_different_names_are_told_by_them_with_the_keys_in_which_they_differ_beside():
    plain, control, elites = doors(), doors("name='control'", f"{RATE}=0.5"), "evolution.elites=3"
    rows = (("red_doors", plain.evolution.mutation.rate), ("control", 0.5))
    by_name = ("zip", ("scenario", RATE), rows)
    assert axes_of(plain, control) == ([by_name], ())
    four = plain, control, doors(elites), doors("name='control'", f"{RATE}=0.5", elites)
    assert axes_of(*four) == ([by_name, ("grid", ("evolution.elites",), ((1,), (3,)))], ())
    ((_, keys, _),), others = axes_of(plain, doors("name='elsewhere'", *ELSEWHERE))
    assert (keys, others) == (("scenario", "environments.elsewhere"), ("measure.environments",))  # a long list


def test_the_runs_of_a_sweep_named_one_by_one_are_the_sweep(rates, paths):
    loose = open_runs(paths[::-1])
    assert loose.source.keys == [RATE]
    found = loose.frame()
    again = open_runs(paths).frame()
    for name, values in rates.frame().items():
        if name != "run":
            assert np.array_equal(again[name], values, equal_nan=values.dtype.kind == "f"), name
    assert found[RATE].tolist() == [0.2, 0.1] * 3  # the first that was named is condition 1
    assert found["run"].tolist() == [str(paths[i]) for i in (1, 0, 3, 2, 5, 4)]
    assert found["digest"].tolist() == [rates.frame()["digest"][i] for i in (1, 0, 3, 2, 5, 4)]
    assert len(loose.frame("measurements")["seed"]) == len(rates.frame("measurements")["seed"])


def test_seeds_are_the_unit_and_one_of_each_is_an_anecdote(rates, paths):
    of_seeds = evosim("show", *paths[::2], "--column", "fitness_mean")  # of one condition
    assert of_seeds.exit_code == 0, of_seeds.output
    assert "seeds     1–3" in of_seeds.stdout
    assert "runs      3: 3 complete" in of_seeds.stdout
    assert "means over seeds [95%]" in of_seeds.stdout
    alone = evosim("show", *paths[1:3], "--column", "fitness_mean").stdout  # another seed of another condition
    assert "seeds     1 in condition 1; 2 in condition 2: one run of each: anecdotes" in alone
    assert "At the end: one run of each: anecdotes" in alone
    one = evosim("show", *paths[:1], "--against", paths[1], "--column", "fitness_mean").stdout
    assert "one run of each: anecdotes" in one
    told = json.loads(evosim("show", *paths, "--against", paths[1], "--column", "fitness_mean", "--json").stdout)
    of_sweep = json.loads(evosim("show", rates.path, "--against", 2, "--column", "fitness_mean", "--json").stdout)
    for parts in ("found", "paired"):
        assert told["comparisons"][0][parts] == of_sweep["comparisons"][0][parts]
    assert told["runs"]["0001-1"] == str(paths[1])


def test_where_objectives_differ_means_of_them_are_said_not_to_be_of_one_thing(paths):
    loose = open_runs([paths[0], EARLIER / "grid_complete.evosim"])
    assert loose.source.keys[0] != "scenario"  # which both have the same
    assert not loose.objectives_differ
    loose.source.others = ("objectives.base.door_reached",)
    said = "bjectives differ between conditions, so means of them are not of one thing"
    assert said in describe_view(loose, choose_view(loose))


def test_figures_and_pages_of_runs_mark_what_is_compared_with(paths, tmp_path):
    result = open_runs([paths[1], paths[0]])
    assert choose_view(result).kind == "curves"
    assert "Grey is the baseline, rate 0.2." in describe_view(result, choose_view(result, baseline=1))
    grey = matplotlib.colors.to_rgb(BASELINE.colour)
    for kind in ("curves", "dose"):
        for baseline in (1, None):
            figure = sweep_figure(result, ["fitness_mean"], kind=kind, baseline=baseline)
            (panel,) = figure.axes
            named = [text.get_text() for legend in figure.legends for text in legend.get_texts()]
            assert named == (["rate 0.2", "rate 0.1"] if kind == "curves" else [])
            assert panel.get_legend() is None
            assert all(legend.get_window_extent().y0 > panel.get_window_extent().y1 for legend in figure.legends)
            assert (grey in [matplotlib.colors.to_rgb(line.get_color()) for line in panel.lines]) == bool(baseline)
    with pytest.raises(RunFileError, match="--where leaves out the baseline, condition 1"):
        choose_view(result, where={RATE: "0.1"}, baseline=1)
    run = shutil.copy(paths[0], tmp_path / "mine.evosim")
    done = evosim("plot", run, "--against", paths[1], "--column", "fitness_mean")
    assert (done.exit_code, done.stdout.strip()) == (0, str(tmp_path / "mine-compared.png"))
    done = evosim("report", run, paths[1], "--column", "fitness_mean")
    assert (done.exit_code, done.stdout.strip()) == (0, str(tmp_path / "mine-and-1-more.html"))
    page = (tmp_path / "mine-and-1-more.html").read_text()
    assert (
        f'<td role="cell" data-head="run" class="words">{run}</td><td role="cell" data-head="condition">1</td>' in page
    )
    assert "2 conditions</span> <span>2 runs" in page
    done = evosim("export", run, paths[1], "-o", tmp_path / "cells.csv")
    assert "2 rows of cells" in done.stderr


@pytest.fixture
def halves(rates, tmp_path):
    """Give the folders of two sweeps, each with the runs of one condition only."""
    for name, other in (("slow", "0002"), ("fast", "0001")):
        shutil.copytree(rates.path, tmp_path / name)
        for run in (tmp_path / name / "runs").glob(f"{other}-*"):
            run.unlink()
    return tmp_path / "slow", tmp_path / "fast"


def test_folders_of_sweeps_stand_for_their_runs(rates, paths, halves, tmp_path):
    slow, fast = halves
    done = evosim("show", slow, fast, "--column", "fitness_mean")
    assert "runs      6: 6 complete" in done.stdout
    assert "left out  6 cells, failed or without a run" in done.stdout
    of_sweep = json.loads(evosim("show", rates.path, "--against", 2, "--column", "fitness_mean", "--json").stdout)
    for words in (
        (slow, "--against", fast),
        (slow, fast, "--against", fast / "runs/0002-3.evosim"),
        (fast, *paths[::2]),
    ):
        told = json.loads(evosim("show", *words, "--column", "fitness_mean", "--json").stdout)
        assert told["comparisons"][0]["paired"] == of_sweep["comparisons"][0]["paired"]
    assert evosim("show", rates.path, "--against", paths[1]).exit_code == 0
    several = evosim("show", EARLIER / "grid_complete.evosim", "--against", rates.path).output
    assert "rates holds 2 conditions; name a run" in " ".join(several.split())
    done = evosim("plot", slow, fast, "--column", "fitness_mean")
    assert (done.exit_code, done.stdout.strip()) == (0, str(tmp_path / "slow-and-1-more.png"))
    named, alone = open_runs(halves), open_runs([slow])
    assert "6 cells, failed or without a run, left out." in describe_view(named, choose_view(named))
    assert describe_view(alone, choose_view(alone)).startswith("3 seeds; each thin line is one; means with")
    named.source.axes = (Axis("zip", ("scenario", RATE), (("a", 0.1), ("b", 0.2))),)
    assert (named.telling_keys, describe_beside(named)) == (["scenario"], [f"{RATE}: 0.1 in a, 0.2 in b"])
    named.values = {1: {"scenario": "a", RATE: 0.1}, 2: {"scenario": "b", RATE: 0.2}}
    view = choose_view(named)
    assert [label_of(named, view, each) for each in (1, 2)] == ["a", "b"]
    assert f"The scenarios differ in {RATE}." in describe_view(named, view)
    assert named.source.describe_briefly() == "red_doors, 6 runs"
    done = evosim("show", slow / "runs")
    assert "not a sweep: it has no sweep.json; name the runs in it: " in done.output


def test_a_run_that_is_not_done_is_counted_and_left_out(paths, tmp_path):
    with RunFile.create(tmp_path / "begun.evosim", doors(f"{RATE}=0.1"), 9) as begun:
        next(carry_on(begun, Stop()))
    result = open_runs([*paths[::2], tmp_path / "begun.evosim"])
    assert len(result.source.conditions()) == 1
    assert "1 of 4 runs are not done." in describe_view(result, choose_view(result))
    (state,) = {each.state for each in result.states} - {"complete"}
    assert f'<td role="cell" data-head="state">{state}</td>' in render_sweep_report(result, ("fitness_mean",))
    done = evosim("report", tmp_path / "begun.evosim", "--against", paths[1], "--column", "fitness_mean")
    assert done.exit_code == 0, done.output


@pytest.mark.parametrize(
    ("names", "code", "said"),
    [
        (("rate", "rate"), 5, "named twice; the seed is the unit"),
        (("rate", "copy"), 5, "the run of seed 1 again, as .*0001-1.evosim is"),
        (("rate", "grid_complete.evosim", "ecology_complete.evosim"), 5, "a run by natural_selection, in intervals"),
        (("rate", "sweep"), 5, "named twice; the seed is the unit"),
        (("rate", "missing"), 5, "missing.evosim: no such file"),
        (("rate", "--against", "rate"), 2, "is of the scenario of all the others"),
        (("rate", "--against", "1"), 2, "1 is the number of a sweep's condition; of runs it is a run file"),
        (("sweep", "--against", "3"), 2, "no condition 3; there are 1 to 2"),
        (("sweep", "--against", "nobody"), 2, "no condition, run or sweep nobody; there are 1 to 2"),
    ],
)
def test_what_can_not_be_read_together_is_refused(names, code, said, rates, paths, tmp_path):
    places = {"rate": paths[0], "sweep": rates.path} | {
        name: tmp_path / f"{name}.evosim" for name in ("copy", "missing")
    }
    shutil.copy(paths[0], places["copy"])
    words = [EARLIER / name if name.endswith(".evosim") else places.get(name, name) for name in names]
    for command in ("show", "plot"):
        done = evosim(command, *words)
        assert done.exit_code == code, done.output
        assert re.search(said, " ".join(done.output.split())), done.output


def test_futures_are_read_with_those_of_the_same_state_and_with_the_run_that_they_branched_from():
    def run(name, branch=None, start="a"):
        return LooseRun(Path(name), doors(), 1, "complete", 3, "", start, branch)

    past = Branch(40, 7, "seed", "a")
    assert common_past([run("one"), run("two", start="b")]) is None
    assert common_past([run("future", past), run("another", past), run("origin")]) == past
    with pytest.raises(RunFileError, match="other: a future of another state than future"):
        common_past([run("future", past), run("other", past._replace(step=41))])
    with pytest.raises(RunFileError, match="other: not a run that future is a future of"):
        common_past([run("future", past), run("other", start="b")])


def test_a_page_has_results_before_long_keys_and_all_of_few_conditions_abreast():
    heads, long = ["condition", "a.long", "seeds", "one.number", "other"], "word " * 40
    rows = [[str(n), long, "3", f"0.{n} [0.1, 0.9]", "–"] for n in range(1, 7)]
    many = arrange_table(TextTable("At the end", heads, rows), ["a.long"])
    assert many.heads == ["condition", "one.number", "other", "seeds", "a.long"]
    assert (many.worded, len(many.rows[0][-1])) == ({4}, 120)
    few = arrange_table(TextTable("At the end", heads, rows[:2]), ["a.long"])
    assert few.heads[0] == "number"
    assert few.heads[1].startswith("condition 1: word word")
    assert [row[0] for row in few.rows] == ["one.number", "other", "seeds", "a.long"]
    short = [[*row[:1], "0.5", *row[2:]] for row in rows]
    assert arrange_table(TextTable("At the end", heads, short), ["a.long"]).heads == heads
    assert arrange_table(TextTable("Mann–Whitney", ["condition", "p"], [["2", "0.1"]]), []).heads == ["condition", "p"]
    assert breakable("a_b.<c>") == "a_<wbr>b.<wbr>&lt;c&gt;"
    assert with_whole_interval("0.12 [0.1, 0.2]") == '<span>0.12 <span class="together">[0.1, 0.2]</span></span>'
