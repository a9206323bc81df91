"""Means of loci over the population, such as a weight of objectives, are numbers like others, over seeds and of a run."""

import json
from pathlib import Path

import numpy as np
import pytest
from drawn_commands import evosim
from small_sweeps import run_here, tiny_plan

from evosim import open_sweep
from evosim.simulation.runs import RunFile
from evosim.storage.schema import RunFileError
from evosim.sweeps.comparing.loose_runs import open_runs
from evosim.sweeps.folder import SweepFolder
from evosim.sweeps.summary import choose_quantities, condition_means, curves_of
from viz.figures.sweep import scale_of, sweep_figure

EARLIER = Path(__file__).parents[1] / "earlier_runs"


def means_of(path, locus):
    with RunFile.open(path) as run:
        return run.frame("loci", "locus = ?", (locus,))["mean"]


def test_the_mean_of_a_locus_is_a_column_of_cells(rates):
    frame = rates.frame()
    for row, state in enumerate(rates.states):
        for locus in ("objective.red", "planner.horizon", "controller.planner"):
            assert frame[locus][row] == means_of(rates.source.run_path(state.cell), locus)[-1]
    column = rates.last_columns["objective.red"]
    assert column.unit == "utility"
    assert column.definition == (
        "Of the last step, of locus `objective.red` in table `loci`: mean over the population, expressed or silent."
    )
    assert rates.last_columns["planner.horizon"].unit == "allele"


def test_weights_are_compared_over_seeds_between_bounds_of_their_locus(rates):
    (red,) = choose_quantities(rates, ["objective.red"])
    assert red.bounds == (-1.0, 1.0)
    for each in condition_means(rates, "objective.red"):
        assert len(each.values) == 3
        assert -1 <= each.mean.low <= each.mean.middle <= each.mean.high <= 1
    shown = evosim("show", rates.path, "--column", "objective.red").stdout
    assert "loci      mean over the population, expressed or silent\n" in shown
    assert "objective.red, beside condition 1: Mann–Whitney" in shown


def test_curves_of_weights_are_those_of_table_loci_on_one_scale(rates):
    for each in curves_of(rates, "objective.red"):
        for seed, row in zip(each.seeds, each.values, strict=True):
            path = rates.path / f"runs/{each.condition:04}-{seed}.evosim"
            assert row.tolist() == means_of(path, "objective.red").tolist()
    quantities = choose_quantities(rates, ["objective.red", "objective.door", "planner.horizon"])
    assert [scale_of(each) for each in quantities] == ["objective", "objective", "planner.horizon"]
    figure = sweep_figure(rates, ["objective.red", "objective.door"], kind="curves")
    assert len({panel.get_ylim() for panel in figure.axes}) == 1
    notes = [text.get_text() for panel in figure.axes for text in panel.texts]
    assert "objective.red; mean over the population, expressed or silent" in notes


def test_a_misspelt_locus_is_told_which_there_are(rates):
    for name, told in (
        ("objective.rde", r"did you mean objective.red\?"),
        ("objective.banana", "there are objective.red, objective.blue, objective.door"),
        ("planner.horzion", r"did you mean planner.horizon\?"),
        ("red", "there are objective.red, heuristic"),
    ):
        with pytest.raises(RunFileError, match=told):
            choose_quantities(rates, [name])


def test_a_column_can_be_asked_of_one_run(rates, tmp_path):
    path = rates.source.run_path(rates.source.cells[0])
    mean = means_of(path, "objective.red")[-1]
    told = json.loads(evosim("show", path, "--column", "objective.red", "--json").stdout)
    assert told["conditions"][0]["means"]["objective.red"]["middle"] == mean
    assert "one run: an anecdote" in evosim("show", path, "--column", "objective.red").stdout
    done = evosim("plot", path, "--column", "objective.red", "-o", tmp_path / "red.svg")
    assert done.exit_code == 0
    assert "objective.red" in (tmp_path / "red.svg").read_text()


def test_conditions_with_other_loci_have_no_mean_of_them(tmp_path):
    plan = tiny_plan("mind.controllers={planner=1.0},{heuristic=1.0}", seeds="1")
    folder = SweepFolder.create(tmp_path / "minds", plan)
    assert run_here(folder).done == 2
    frame = open_sweep(folder.path).frame()
    assert np.isnan(frame["objective.red"]).tolist() == [False, True]
    assert np.isnan(frame["heuristic.bias"]).tolist() == [True, False]


@pytest.mark.parametrize("name", ["grid", "ecology"])
def test_of_earlier_runs_means_of_loci_are_read_too(name):
    path = EARLIER / f"{name}_complete.evosim"
    result = open_runs([path])
    frame = result.frame()
    weights = [each for each in result.loci if each.startswith("objective.")]
    assert weights
    for weight in weights:
        assert frame[weight].tolist() == [means_of(path, weight)[-1]]
