"""Futures of one stored state: they share its past, and the one with the run's own seed repeats the run."""

import json

import numpy as np
import pytest
from drawn_commands import evosim
from small_sweeps import TINY, Here, run_here

from evosim.scenario import ScenarioError, load_scenario
from evosim.simulation.runner import run
from evosim.simulation.runs import RunFile
from evosim.storage.branching import branch_of
from evosim.storage.schema import RunFileError
from evosim.sweeps.branch import changed, make_futures, plan_futures, without_effect
from evosim.sweeps.results import open_sweep
from viz.figures.sweep import sweep_figure
from viz.figures.sweep_view import choose_view, describe_view, step_axis

MEADOW = ["evolution.generations=4", "evolution.population=60", "evolution.interval=10", "world.size=[64, 64]"]
KINDS = {"red_doors": [*TINY, "evolution.generations=7"], "contraception": MEADOW}
STEP = 2


@pytest.fixture(scope="module", params=KINDS)
def past(request, tmp_path_factory):
    path = tmp_path_factory.mktemp("past") / "run.evosim"
    run(load_scenario(request.param, KINDS[request.param]), 2, path, threads=1).close()
    return path


@pytest.mark.compiled
def test_futures_share_the_past_and_the_one_with_the_seed_of_the_run_repeats_it(past, tmp_path):
    with RunFile.open(past) as parent:
        folder = make_futures(tmp_path / "futures", plan_futures(parent, STEP, [1, 2, 3]), [parent], [STEP])
        assert run_here(folder).done == 3
        digests, ends = parent.digests(), set()
        for cell in folder.cells:
            with RunFile.open(folder.run_path(cell)) as future:
                found = future.digests()
                assert found[: STEP + 1] == digests[: STEP + 1]
                assert (found == digests) == (cell.seed == 2)
                assert branch_of(future)[:3] == (STEP, 2, "seed")
                assert future.seed == cell.seed
                ends.add(found[-1])
                for table in parent.tables():
                    of_past = f"generation <= {STEP}"
                    assert future.table(table, of_past) == parent.table(table, of_past)
                    if cell.seed == 2:
                        assert future.table(table) == parent.table(table)
        assert len(ends) == 3
        assert branch_of(parent) is None


@pytest.mark.compiled
def test_futures_vary_only_what_they_are_asked_to(past, tmp_path):
    """With the environment's streams alone, the next population is the run's own, and lives in other worlds."""
    with RunFile.open(past) as parent:
        digests, ends = parent.digests(), set()
        grid = "fitness_mean" in parent.frame("generations")
        for varies in ("mutation", "environment"):
            plan = plan_futures(parent, STEP, [2, 3], [], varies)
            folder = make_futures(tmp_path / varies, plan, [parent], [STEP])
            assert run_here(folder).done == 2
            for cell in folder.cells:
                with RunFile.open(folder.run_path(cell)) as future:
                    found = future.digests()
                    assert branch_of(future)[:3] == (STEP, 2, varies)
                    assert (found == digests) == (cell.seed == 2)  # the run's own seed varies nothing
                    ends.add(found[-1])
                    if grid:
                        same = np.array_equal(*(each.parents_in(STEP + 1) for each in (parent, future)))
                        assert same == (varies == "environment" or cell.seed == 2)
        assert len(ends) == 3
        with pytest.raises(RunFileError, match="holds another sweep"):
            make_futures(tmp_path / "mutation", plan, [parent], [STEP])


@pytest.mark.compiled
@pytest.mark.parametrize("varies", ["mutation", "environment"])
def test_a_future_that_varies_in_part_goes_on_like_one_never_stopped(past, tmp_path, monkeypatch, varies):
    from evosim.sweeps import cell as cells
    from evosim.system.stopping import Stop

    with RunFile.open(past) as parent:
        plan = plan_futures(parent, 1, [5], [], varies)
        folders = [make_futures(tmp_path / name, plan, [parent], [1]) for name in ("stopped", "straight")]
    monkeypatch.setattr(cells, "STOP", stop := Stop())
    stop.wanted = True
    assert cells.run_cell(str(folders[0].path), "0001-5").state == "interrupted"
    stop.wanted = False
    assert [run_here(folder).done for folder in folders] == [1, 1]
    assert len({folder.states()[0].digest for folder in folders}) == 1


@pytest.mark.compiled
def test_a_future_that_was_stopped_goes_on_and_can_be_made_longer(past, tmp_path, monkeypatch):
    from evosim.sweeps import cell as cells
    from evosim.system.stopping import Stop

    with RunFile.open(past) as parent:
        asked = plan_futures(parent, 1, [5], ["evolution.generations=5"])
        folder = make_futures(tmp_path / "futures", asked, [parent], [1])
        monkeypatch.setattr(cells, "STOP", stop := Stop())
        stop.wanted = True
        assert cells.run_cell(str(folder.path), "0001-5").state == "interrupted"
        stop.wanted = False
        assert run_here(folder).done == 1
        straight = make_futures(tmp_path / "straight", asked, [parent], [1])
        assert run_here(straight).done == 1
    assert [state.digest for state in folder.states()] == [state.digest for state in straight.states()]
    assert folder.states()[0].done == 5


def test_what_follows_can_be_changed_but_not_the_state(past):
    with RunFile.open(past) as parent:
        plan = plan_futures(parent, STEP, [1], ["mind.planner.discount=0.5"])
        assert plan.conditions[0].scenario.mind.planner.discount != parent.scenario.mind.planner.discount
        assert plan.digest != plan_futures(parent, STEP, [1]).digest
        for override, error, said in (
            ("evolution.population=9", RunFileError, "its state doesn't fit what is changed"),
            ("evolution.mutation.rate=9", ScenarioError, "--set evolution.mutation.rate=9: evolution.mutation.rate"),
            ("evolution.generations=3", RunFileError, "so nothing follows"),
        ):
            with pytest.raises(error, match=said):
                plan_futures(parent, STEP, [1], [override])
        for step in (-1, 99):
            with pytest.raises(RunFileError, match="futures can be of"):
                plan_futures(parent, step, [1])


@pytest.mark.parametrize(
    ("name", "override", "instead"),
    [
        ("contraception", "world.objects.fruit.grows=18", "objects.fruit.grows"),
        ("red_doors", "world.steps=9", "steps"),
        ("red_doors", "world.layout.kind=open", "layout.kind"),
    ],
)
def test_a_stored_run_is_changed_by_its_environments_not_by_the_world_that_they_came_from(name, override, instead):
    scenario = load_scenario(name)
    first, *_ = scenario.environments
    with pytest.raises(ScenarioError, match=rf"changes nothing, .* set environments\.{first}\.{instead} and environm"):
        changed(scenario, [override])
    value = override.partition("=")[2]
    future = changed(scenario, [f"environments.{first}.{instead}={value}"])
    assert future.environments[first] != scenario.environments[first]


def test_what_ecologies_compare_with_their_environments_is_changed_together_with_these():
    scenario = load_scenario("contraception")
    everywhere = ["world", *(f"environments.{name}" for name in scenario.environments)]
    future = changed(scenario, [f"{each}.vision=3" for each in everywhere])
    assert future.world.vision == 3


def test_overrides_without_effect_are_found():
    scenario = load_scenario("red_doors")
    assert without_effect(scenario, ["evolution.elites=1", "evolution.elites=2", "title=Doors"]) == [
        "evolution.elites=1"
    ]


@pytest.mark.compiled
def test_a_run_that_comes_out_differently_has_no_futures(past, tmp_path):
    import sqlite3

    path = tmp_path / "forged.evosim"
    path.write_bytes(past.read_bytes())
    with sqlite3.connect(path) as connection:
        connection.execute("update digests set digest = 'x' where generation = 1")
    with RunFile.open(path) as parent:
        plan = plan_futures(parent, STEP, [1])
        with pytest.raises(RunFileError, match="1 comes out differently than it is stored"):
            make_futures(tmp_path / "futures", plan, [parent], [STEP])
    assert not [found for found in (tmp_path / "futures").iterdir() if "past" in found.name]


@pytest.mark.compiled
def test_branch_is_a_command(past, tmp_path, monkeypatch):
    from evosim.sweeps import run as running

    monkeypatch.setattr(running, "LocalWorkers", Here)
    out = tmp_path / "futures"
    planned = evosim("branch", past, "--generation", STEP, "--futures", 2, "--out", out, "--dry-run", "--json")
    assert planned.exit_code == 0, planned.output
    assert (json.loads(planned.stdout)["cells"], json.loads(planned.stdout)["folder"]) == (2, str(out))
    assert not out.exists()
    assert "nothing was run" in evosim("branch", past, "--generation", STEP, "--futures", 2, "--dry-run").stdout
    done = evosim("branch", past, "--generation", STEP, "--futures", 2, "--out", out, "--json")
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["done"] == 2
    same = evosim("branch", past, "--generation", STEP, "--futures", 2, "--out", out, "--set", "evolution.floor=0")
    assert f"--set evolution.floor=0: changes nothing, it is so in {past}" in same.stderr
    assert evosim("sweep", "--join", out).exit_code == 0
    assert "2: 2 complete" in evosim("show", out).output
    result = open_sweep(out)
    axis = step_axis(result, choose_view(result))
    place = axis.place(STEP)
    assert (axis.unit, place) in (("generation", STEP), ("tick", (STEP + 1) * 10))
    panels = sweep_figure(result).axes
    assert "branching" in [text.get_text() for text in panels[0].texts]
    for panel in panels:
        assert place in [line.get_xdata()[0] for line in panel.lines if line.get_xdata()[0] == line.get_xdata()[-1]]
    result.source.stored = result.source.stored.model_copy(update={"changes": ["a=1", "b=2"]})
    said = f"Futures share all up to {axis.unit} {place}, where the vertical line is, and go on with a=1 and b=2."
    assert said in describe_view(result, choose_view(result))
    verified = evosim("verify", out / "runs/0001-1.evosim")
    assert "a future, which shares its past up to" in verified.output
    for words, code in (
        (["--futures", 2, "--seeds", "1"], 2),
        ([], 2),
        (["--seeds", "x"], 2),
        (["--futures", 2, "--vary", "x"], 2),
    ):
        assert evosim("branch", past, "--generation", STEP, *words).exit_code == code
