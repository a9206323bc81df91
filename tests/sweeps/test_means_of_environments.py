"""Sweeps of ecologies whose world changes: numbers are means over all intervals in each environment."""

import numpy as np
import pytest
from drawn_commands import evosim
from small_sweeps import run_here

from evosim.simulation.runs import RunFile
from evosim.sweeps.folder import SweepFolder
from evosim.sweeps.load import SweepOptions, load_sweep
from evosim.sweeps.results import open_sweep
from evosim.sweeps.summary import choose_quantities, curves_of

PHASES = ", ".join(f"{{ from = {20 * n}, environment = '{name}' }}" for n, name in enumerate(("ancestral", "modern")))
SMALL = [
    "evolution.generations=4", "evolution.population=40", "evolution.interval=10", "world.size=[48, 48]",
    f"evolution.schedule=[{PHASES}]",
]  # fmt: skip


@pytest.fixture(scope="module")
def changed(tmp_path_factory):
    path = tmp_path_factory.mktemp("sweeps") / "changed"
    plan = load_sweep("contraception", SweepOptions(("mind.planner.discount=0.5,0.9",), SMALL, "1-3"))
    folder = SweepFolder.create(path, plan)
    assert run_here(folder).done == 6
    return open_sweep(path)


@pytest.mark.compiled
def test_a_number_is_the_mean_of_all_intervals_in_an_environment(changed):
    frame = changed.frame()
    for row, state in enumerate(changed.states):
        with RunFile.open(changed.source.run_path(state.cell)) as run:
            steps = run.frame("generations")
        for name in ("population", "births_per_capita", "wanted.sweet"):
            assert frame[f"ancestral.{name}"][row] == pytest.approx(steps[name][:2].mean())
            assert frame[f"modern.{name}"][row] == pytest.approx(steps[name][2:].mean())
            assert frame[name][row] == steps[name][3]  # of the last alone
        assert np.isnan(frame["ancestral.contraception_share"][row]) or frame["ancestral.contraception_share"][row] == 0


@pytest.mark.compiled
def test_they_are_what_is_shown_and_curves_are_of_what_each_step_has(changed):
    names = [each.name for each in choose_quantities(changed)]
    assert names[:3] == ["ancestral.population", "modern.population", "ancestral.births_per_capita"]
    assert choose_quantities(changed, over_steps=True)[0].name == "population"
    (curves, _) = curves_of(changed, "modern.population")
    assert curves.steps.tolist() == [2, 3]
    shown = evosim("show", changed.path).stdout
    assert "Over all intervals in each environment: means over seeds [95%]" in shown
    assert "Beside condition 1 with the same seed: Wilcoxon" in shown
    both = evosim("show", changed.path, "--column", "population", "--column", "modern.population").stdout
    assert "At the end, or over all intervals in the environment named: means" in both


CLASHING = """schema = 1
extends = "contraception"
unset = ["environments"]
environments = { share = {}, wanted = {}, own = {} }
evolution.schedule = [{ from = 0, environment = "share" }, { from = 20, environment = "wanted" }]
"""


def test_columns_are_told_apart_whatever_environments_are_called(tmp_path):
    (tmp_path / "clashing.toml").write_text(CLASHING)
    plan = load_sweep(tmp_path / "clashing.toml", SweepOptions((), SMALL[:4], "1"))
    result = open_sweep(SweepFolder.create(tmp_path / "sweep", plan).path)
    names = [column.name for column in result.tables()["cells"]]
    assert len(set(names)) == len(names)
    assert {"share.planner", "in.share.births", "wanted.sweet", "in.wanted.wanted.sweet"} <= set(names)
    assert [name for name in ("share.planner", "wanted.sweet", "population") if result.is_of_intervals(name)] == []
    assert [each.name for each in choose_quantities(result)[:2]] == ["in.share.population", "in.wanted.population"]
    (wanted, other) = choose_quantities(result, ["wanted.sweet", "felt.sweet"])
    assert wanted.measure != other.measure
    assert result.column_in("own", "population") == "own.population"  # where nobody's measure stands in that table
