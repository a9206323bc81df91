"""`evosim tune`: a search of a scenario's keys, over the engine of sweeps."""

import json
import re

import numpy as np
import pytest
from drawn_commands import evosim
from small_sweeps import TINY, Here, run_here

from evosim.scenario import ScenarioError, load_scenario
from evosim.simulation.resources import STARTUP, format_duration
from evosim.storage.schema import RunFileError
from evosim.sweeps.engine import Engine
from evosim.sweeps.folder import SweepFolder, SweepFolderError
from evosim.sweeps.results import SweepResult
from evosim.sweeps.tuning.load import TuneOptions, load_search
from evosim.sweeps.tuning.samplers import METHODS, Parzen
from evosim.sweeps.tuning.schema import TuneFile
from evosim.sweeps.tuning.search import (
    InterruptedSearchError,
    Trial,
    best_of,
    search,
    winners_of,
)
from evosim.sweeps.tuning.space import Space
from evosim.sweeps.workers import LocalWorkers

RATE = "evolution.mutation.rate=0.01..0.5:log"
SMALL = {"trials": 2, "batch": 1, "seeds": [1], "fresh_seeds": [5, 6, 7]}


def small(*ranges, objectives=("training.base_mean",), **given):
    return load_search("red_doors", TuneOptions(ranges or (RATE,), objectives, TINY, SMALL | given))


def run_all(folder):
    return run_here(folder).done == len(folder.cells)


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    path = tmp_path_factory.mktemp("tuned") / "rates"
    return path, search(path, *small(), run_all)


@pytest.mark.compiled
def test_each_method_tries_as_many_points_and_winners_are_measured_again(found):
    _, result = found
    assert [each.method for each in result.trials] == [method for method in METHODS for _ in range(2)]
    assert all(0.01 <= each.point["evolution.mutation.rate"] <= 0.5 for each in result.trials)
    assert len({each.point["evolution.mutation.rate"] for each in result.trials}) == 6
    assert [each.label.partition(" ")[0] for each in result.winners] == ["as", *METHODS]
    for each in result.winners:
        assert len(each.seeds[0]) == 3
        assert each.fresh[0].known
    best = best_of(result)
    assert best.fresh[0].middle == max(each.fresh[0].middle for each in result.winners)


@pytest.mark.compiled
def test_a_search_that_was_interrupted_goes_on_to_the_same_trials(found, tmp_path):
    _, straight = found
    done = []

    def run_two(folder):
        done.append(folder)
        return len(done) < 3 and run_all(folder)

    with pytest.raises(InterruptedSearchError):
        search(tmp_path / "again", *small(), run_two)
    again = search(tmp_path / "again", *small(), run_all)
    assert again.trials == straight.trials
    assert [each.seeds for each in again.winners] == [each.seeds for each in straight.winners]
    with pytest.raises(SweepFolderError, match="holds another search"):
        search(tmp_path / "again", *small(seed=1), run_all)
    with pytest.raises(RunFileError, match="is not a column"):
        search(tmp_path / "other", *small(objectives=("fitnes",)), run_all)


@pytest.mark.compiled
def test_tune_prints_winners_and_writes_the_figure_and_the_best_scenario(found, monkeypatch):
    from evosim.sweeps import run as running

    monkeypatch.setattr(running, "LocalWorkers", Here)
    path, result = found
    words = [word for each in TINY for word in ("--set", each)]
    words += ["--trials", 2, "--batch", 1, "--seeds", "1", "--fresh-seeds", "5-7", "--range", RATE, "--workers", 1]
    words += ["--objective", "training.base_mean"]
    done = evosim("tune", "red_doors", *words, "--out", path)
    assert done.exit_code == 0, done.output
    assert "as it is" in done.stdout
    assert (path / "tune.png").stat().st_size > 10_000
    assert load_scenario(path / "best.toml").evolution == best_of(result).scenario.evolution
    told = json.loads(evosim("tune", "red_doors", *words, "--out", path, "--json").stdout)
    assert [each["number"] for each in told["trials"]] == [1, 2] * 3
    done = evosim("tune", "red_doors", *words, "--dry-run")
    assert "3 methods, 2 trials each, seeds: 1; 18 runs in all" in done.stdout
    started = format_duration((2 + 1 + 1 + 1) * STARTUP)  # batches of each method, and the winners
    assert re.search(rf"about \d+ s, {started} of it to start workers, with \d workers", done.stdout)


def test_what_contradicts_other_values_is_a_failed_trial(tmp_path):
    from evosim.sweeps.tuning.search import _valid

    _, space = small("evolution.population=4..9:whole", "evolution.elites=0..6:whole")
    points = [{"evolution.population": 4, "evolution.elites": 6}, {"evolution.population": 9, "evolution.elites": 6}]
    assert [at for at, _ in _valid(space, points)] == [1]


@pytest.mark.parametrize(
    ("ranges", "error", "said"),
    [
        ((), ValueError, "nothing is searched"),
        (("evolution.mutation.rate=0.5..0.1",), ValueError, "expected more than 0.5"),
        (("evolution.mutation.rate=0..1:log",), ValueError, "begins above 0"),
        (("evolution.mutation.rate=0.1..9",), ScenarioError, "evolution.mutation.rate"),
        (("evolution.mutation.rat=0..1",), ScenarioError, "did you mean 'rate'"),
        (("evolution.selection={operator='roulette'},{operator='rolette'}",), ScenarioError, "operator"),
        (("evolution.mutation.rate=x..y",), ValueError, "are to be numbers"),
    ],
)
def test_what_can_be_asked_for_is_checked_before_the_first_trial(ranges, error, said):
    with pytest.raises(error) as raised:
        load_search("red_doors", TuneOptions(ranges, ["training.base_mean"], TINY, {}))
    shown = [each.shown() for each in getattr(raised.value, "diagnostics", [])]
    assert said in " ".join([str(raised.value), *shown])


def test_a_tune_file_says_what_options_say(tmp_path):
    path = tmp_path / "rates.toml"
    path.write_text(
        'schema = 1\nscenario = "red_doors"\ntrials = 9\nseeds = "1-4"\n[ranges]\n'
        'evolution.mutation.rate = { from = 0.01, to = 0.5, scale = "log" }\n[choices]\nevolution.elites = [0, 1, 2]\n'
        '[objectives]\n"deployment.base_performance" = "maximize"\n"deployment.inner_gap" = "minimize"\n'
    )
    file, space = load_search(str(path), TuneOptions(given={"trials": 5}))
    assert (file.trials, file.seeds) == (5, [1, 2, 3, 4])
    assert space.keys == ("evolution.mutation.rate", "evolution.elites")
    assert space.at(np.array([0.5, 0.99])) == {"evolution.mutation.rate": 0.0707107, "evolution.elites": 2}
    path.write_text(path.read_text().replace('"minimize"', '"least"'))
    with pytest.raises(ScenarioError):
        load_search(str(path), TuneOptions())
    assert evosim("tune", path).exit_code == 3
    done = evosim("tune", "red_doors", "--range", RATE)
    assert (done.exit_code, "no objective; name one by --objective" in done.output) == (2, True)


WRITTEN = """schema = 1
scenario = "red_doors"
set = ["evolution.population=24"]

[ranges]
"evolution.mutation.rate" = { from = 0.01, to = 0.5, scale = "log" }

[ranges.evolution.crossover]
rate = { from = 0.1, to = 0.9 }

[choices]
"evolution.elites" = [0, 1, 2]

[objectives]
training.base_mean = "maximize"
"""


@pytest.mark.parametrize(
    ("old", "new", "line", "said"),
    [
        ("from = 0.01", "from = 0.7", 6, "expected more than 0.7, got 0.5"),
        ("from = 0.01", "from = 0", 6, "a logarithmic scale begins above 0"),
        ("from = 0.01", "frm = 0.01", 6, "from: is missing"),
        ("mutation.rate", "mutation.rat", 6, "did you mean 'rate'?"),
        ("to = 0.5", "to = 1.5", 6, "evolution.mutation.rate: expected at most 1, got 1.5"),
        ("to = 0.9", "to = 9", 9, "evolution.crossover.rate: expected at most 1, got 9"),
        ("to = 0.9 }", "to = 0.9, whole = true }", 9, "whole numbers are between whole numbers"),
        ("[0, 1, 2]", "[0, -1]", 12, "evolution.elites: expected at least 0, got -1"),
        ('"evolution.elites"', '"evolution.mutation.rate"', 12, "has a range as well"),
        ('"maximize"', '"largest"', 15, "maximize"),
        ("population=24", "population=1", 3, "evolution.population: expected at least"),
        ('set = ["evolution.population=24"]', "set = 3", 3, "expected an array"),
    ],
)
def test_what_is_wrong_with_a_tune_file_is_told_at_its_line(old, new, line, said, tmp_path):
    assert WRITTEN.count(old) == 1
    path = tmp_path / "rates.toml"
    path.write_text(WRITTEN.replace(old, new))
    with pytest.raises(ScenarioError) as raised:
        load_search(str(path), TuneOptions())
    told = raised.value.diagnostics[0]
    assert said in str(told)
    assert (told.source, told.line) == (str(path), line)


def test_what_is_wrong_with_an_option_is_told_of_the_option(tmp_path):
    path = tmp_path / "rates.toml"
    path.write_text(WRITTEN)
    with pytest.raises(ScenarioError) as raised:
        load_search(str(path), TuneOptions(["evolution.mutation.rate=0.1..9"]))
    option = "--range evolution.mutation.rate=0.1..9"
    assert [str(each) for each in raised.value.diagnostics] == [
        f"{option}: evolution.mutation.rate: expected at most 1, got 9.0"
    ]
    file, _ = load_search(str(path), TuneOptions(["evolution.elites=1..3:whole"]))
    assert (list(file.choices), file.ranges["evolution.elites"].whole) == ([], True)  # the option is instead of it


@pytest.mark.compiled
def test_one_worker_and_two_try_the_same_and_find_the_same(found, tmp_path):
    """Trials have two seeds, and a batch two trials: two processes finish four cells in any order."""
    asked = {"trials": 2, "batch": 2, "seeds": [1, 2], "fresh_seeds": [5, 6]}
    alone = search(tmp_path / "one", *small(**asked), run_all)
    with LocalWorkers(2) as executor:
        both = search(tmp_path / "two", *small(**asked), lambda folder: not Engine(folder, executor, 2).run().failed)
    assert both.trials == alone.trials
    assert [(each.label, each.seeds) for each in both.winners] == [(each.label, each.seeds) for each in alone.winners]
    for batch in ("tpe/0001", "random/0001", "halton/0001", "winners"):
        cells = [SweepResult(SweepFolder.open(tmp_path / name / batch)).frame() for name in ("one", "two")]
        assert list(cells[0]["digest"]) == list(cells[1]["digest"])


def test_of_several_objectives_the_winners_are_those_that_no_other_dominates():
    file = TuneFile.model_validate(
        {"schema": 1, "scenario": "x", "objectives": {"a": "maximize", "b": "minimize"}, "trials": 4}
    )
    values = [(1.0, 0.5), (2.0, 1.0), (1.5, 2.0), None]
    trials = [Trial("tpe", n, {}, each) for n, each in enumerate(values, 1)]
    assert [each.number for each in winners_of(file, trials)] == [2, 1]


def test_the_sampler_asks_the_same_again_and_learns(tmp_path):
    space = Space("x", (), {}, {"a": list(range(5))})
    asked = []
    for name in ("first", "second"):
        sampler = Parzen(space, {"v": "maximize"}, 3, tmp_path / name)
        asked.append([])
        for _ in range(12):
            points = sampler.ask(2)
            asked[-1] += [each["a"] for each in points]
            sampler.tell([None if each["a"] == 0 else (float(each["a"]),) for each in points])
        assert (tmp_path / name).stat().st_size > 100
    assert asked[0] == asked[1]
    assert asked[0][12:].count(4) > asked[0][:12].count(4)
