"""Sweeps of ecologies whose world changes: numbers are means over all intervals in each environment."""

import numpy as np
import pytest
from drawn_commands import evosim
from small_sweeps import run_here

from evosim.scenario import load_scenario
from evosim.simulation.runs import RunFile
from evosim.storage.schema import RunFileError
from evosim.sweeps.comparing.comparisons import compare_conditions
from evosim.sweeps.comparing.schedules import tick_of_difference, ticks_in
from evosim.sweeps.folder import SweepFolder
from evosim.sweeps.load import SweepOptions, load_sweep
from evosim.sweeps.results import open_sweep
from evosim.sweeps.summary import choose_quantities, curves_of
from viz.figures.sweep import sweep_figure
from viz.figures.sweep_view import changes_drawn, choose_view, step_axis

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


@pytest.fixture(scope="module")
def with_control(tmp_path_factory):
    """One condition in which nothing changes at tick 20, and one in which everything does."""
    path = tmp_path_factory.mktemp("sweeps") / "controlled"
    over = ("evolution.schedule.1.environment=ancestral,modern",)
    plan = load_sweep("contraception", SweepOptions(over, [*SMALL, "measure.births=true"], "1-3"))
    folder = SweepFolder.create(path, plan)
    assert run_here(folder).done == 6
    return open_sweep(path)


@pytest.mark.compiled
def test_a_change_is_compared_with_its_control_over_the_same_ticks(with_control):
    frame = with_control.frame()
    for row, state in enumerate(with_control.states):
        with RunFile.open(with_control.source.run_path(state.cell)) as run:
            population = run.frame("generations")["population"]
        assert frame["from.20.population"][row] == population[2:].mean()
    chosen = [each.name for each in choose_quantities(with_control)]
    assert chosen[:2] == ["from.20.population", "from.20.births_per_capita"]
    (control, changed) = curves_of(with_control, "from.20.population")
    assert control.steps.tolist() == changed.steps.tolist() == [2, 3]
    shown = evosim("show", with_control.path).stdout
    assert "Over all intervals from tick 20 on, when environments begin to differ: means over seeds" in shown
    assert "from.20.population, beside condition 1: Mann–Whitney" in shown


@pytest.mark.compiled
def test_means_over_other_ticks_are_not_compared(with_control):
    """Until the change the runs are the same, yet means over 40 ticks and over 20 differ."""
    compared = compare_conditions(with_control, ["ancestral.population", "from.20.population"])
    assert [each.quantity for each in compared] == ["from.20.population"]
    shown = evosim("show", with_control.path, "--column", "ancestral.population").stdout
    assert "not compared: ancestral.population; of the same ticks: from.20.population." in shown
    assert "Mann–Whitney" not in shown


@pytest.mark.compiled
def test_tables_that_follow_from_what_runs_store_are_read_of_all(with_control, changed):
    agents, lives = with_control.frame("agents"), changed.frame("lives")
    assert agents["objective.sweet"].dtype == np.float64
    for result, name, frame in ((with_control, "agents", agents), (changed, "lives", lives)):
        for state in result.states:
            with RunFile.open(result.source.run_path(state.cell)) as run:
                (columns, rows) = run.process.derived(run)[name].table(name)
            here = frame["cell"] == state.cell.name
            assert frame["id"][here].tolist() == [row[columns.index("id")] for row in rows]
    assert {"life_table", "life_table_by_kind", "agents"} <= set(with_control.tables())
    with pytest.raises(RunFileError, match=r"births are not recorded: run its scenario again with"):
        changed.frame("life_table_by_kind")
    refused = evosim("export", changed.path, "--table", "life_tabel")
    assert refused.exit_code == 2
    assert "no table 'life_tabel'; did you mean 'life_table'?" in " ".join(refused.stderr.split())


def test_schedules_say_from_which_tick_worlds_differ():
    ancestral, scarcity, slow, culling = map(load_scenario, ("ancestral", "scarcity", "slow_change", "culling"))
    assert tick_of_difference([ancestral, ancestral]) is None
    assert tick_of_difference([ancestral, scarcity]) == tick_of_difference([slow, scarcity, ancestral]) == 6000
    assert ticks_in(ancestral, "ancestral") == ((0, None),)
    assert ticks_in(culling, "ancestral") == ((0, 6000), (6600, None))
    assert ticks_in(slow, "modern") == ((8000, None),)


@pytest.mark.compiled
def test_curves_are_drawn_by_ticks_with_a_line_where_the_world_changes(changed):
    panels = sweep_figure(changed, kind="curves").axes
    assert "the world changes" in [text.get_text() for text in panels[0].texts]
    for panel in panels:
        assert panel.get_xlabel() == "tick"
        ends = [line.get_xdata() for line in panel.lines]
        assert [20, 20] in [list(each) for each in ends]  # of the change, at tick 20
        assert max(max(each) for each in ends) == 40


@pytest.mark.compiled
def test_no_line_is_drawn_where_no_run_came_to_the_change(tmp_path):
    plan = load_sweep(
        "contraception", SweepOptions((), [*SMALL, "evolution.schedule.1.from=30", "evolution.generations=2"], "1-2")
    )
    folder = SweepFolder.create(tmp_path / "short", plan)
    assert run_here(folder).done == 2
    for panel in sweep_figure(open_sweep(tmp_path / "short"), kind="curves").axes:
        assert panel.get_xlim()[1] < 30
        assert "the world changes" not in [text.get_text() for text in panel.texts]


def test_changes_have_no_place_among_intervals_of_several_lengths(changed):
    kept, view = changed.source.condition, choose_view(changed, "curves")
    longer = load_scenario("contraception", [*SMALL, "evolution.interval=20"])

    class Source:
        def condition(self, number):
            found = kept(number)
            return found._replace(scenario=longer) if number == 2 else found

    class Result:
        source, unit = Source(), changed.unit

    assert changes_drawn(changed, view) == (20,)
    assert changes_drawn(Result(), view) == ()
    assert step_axis(Result(), view) == ("interval", 0)


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
