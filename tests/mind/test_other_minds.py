"""Kinds of mind that another package adds: they evolve beside ours, and everything can be done with them."""

import os
import subprocess
import sys
from contextlib import closing

import forked
import numpy as np
import packages
import pytest
from click.testing import CliRunner
from jsonschema import Draft202012Validator

from evosim.cli import main
from evosim.episode.grid_environment import Grid
from evosim.episode.rollout import OVER, live, new_traces
from evosim.gridworld.actions import MOVES, step_of
from evosim.gridworld.shortest_paths import BARRIER
from evosim.mind.expression import express, have_objective, traits_of
from evosim.mind.founders import draw_founders
from evosim.mind.kinds import STRANGE, kind_named, look_of
from evosim.numerics.random import key_of
from evosim.scenario import ScenarioError, load_scenario, parse_scenario
from evosim.scenario.loading.json_schema import json_schema
from evosim.scenario.loading.load import scenario_to_json
from evosim.scenario.schema.entry_points import PluginError
from evosim.scenario.schema.loci import count_loci
from evosim.scenario.schema.minds import Mind
from evosim.scenario.schema.names import controller_names
from evosim.scenario.schema.own_kinds import OWN_KINDS
from evosim.scenario.validation.minds import MINDS
from evosim.simulation.generational.generations import generations
from evosim.simulation.laboratory import Laboratory
from evosim.simulation.runner import run
from evosim.simulation.runs import open_run

PAGE = """\
extends = "red_doors"
title = "Wall followers among planners"

[mind]
controllers = { planner = 0.5, wall_follower = 0.5 }

[mind.wall_follower]
hand = "left"

[evolution]
population = 32
generations = 4
episodes = 8

[measure]
every = 2
episodes = 8
"""


def mistakes(text):
    with pytest.raises(ScenarioError) as error:
        parse_scenario(text, source="walls.toml")
    return str(error.value).splitlines()


def command(*arguments):
    done = CliRunner().invoke(main, list(map(str, arguments)))
    assert done.exit_code == 0, done.output
    return done.output


# ---------------------------------------------------------------- our own, declared as those of others


def test_our_own_kinds_are_what_their_registry_says():
    for listed in OWN_KINDS:
        kind, settings = kind_named(listed.name), listed.settings()
        assert (kind.name, settings.KIND) == (listed.name, listed.name)
        assert Mind.model_fields[listed.name].annotation is settings
        assert Mind.model_fields[listed.name].default == settings()
        assert {rule.check for rule in listed.rules().rules} <= {rule.check for rule in MINDS.rules}


def test_their_modules_can_be_imported_in_any_order():
    names = [f"{kind.folder}.{part}" for kind in OWN_KINDS for part in ("settings", "rules", "kind")]
    program = (
        "import sys\nfrom importlib import import_module\n"
        f"for name in {names!r}:\n"
        "    for known in [each for each in sys.modules if each.startswith('evosim.')]: del sys.modules[known]\n"
        "    import_module(name)\n    import_module('evosim.scenario').load_scenario('red_doors')\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


def test_a_kind_that_came_later_changes_no_scenario_that_does_without_it(monkeypatch):
    """It has a table and a number only where it is named, so that digests of earlier runs stay."""
    scenario = load_scenario("red_doors", ["mind.planner.horizon=5"])
    without = {"planner": Mind.model_fields["planner"].default, "controllers": {"heuristic": 1.0}}
    plain = scenario.model_copy(update={"mind": scenario.mind.model_copy(update=without)})
    said = scenario_to_json(scenario)
    monkeypatch.setattr(Mind, "YOUNGER", (*Mind.YOUNGER, "planner"))
    assert '"planner":{' not in scenario_to_json(plain)
    assert scenario_to_json(scenario) == said  # more than defaults
    monkeypatch.setattr("evosim.scenario.schema.names.NUMBERED", ("open_loop", "heuristic"))
    assert controller_names(scenario) == ["open_loop", "heuristic", "planner"]
    assert controller_names(plain) == ["open_loop", "heuristic"]


# ---------------------------------------------------------------- in a scenario


def test_its_settings_have_mistakes_of_their_own(package):
    wrong = PAGE.replace('hand = "left"', 'hand = "up"\nmst = 0.5')
    assert mistakes(wrong) == [
        "walls.toml:8:1: mind.wall_follower.hand: expected 'left' or 'right', got 'up'",
        "walls.toml:9:1: mind.wall_follower.mst: unknown field 'mst'; did you mean 'most'?",
    ]


def test_a_kind_that_is_misspelt_is_answered_with_all_there_are(package):
    assert mistakes(PAGE.replace("wall_follower = 0.5 }", "wall_folower = 0.5 }"))[0] == (
        "walls.toml:5:32: mind.controllers.wall_folower: expected 'open_loop', 'heuristic', 'planner', 'program', "
        "'network' or 'wall_follower', got 'wall_folower'; did you mean 'wall_follower'?"
    )


def test_a_table_of_a_kind_that_nobody_has_is_unknown(package):
    alone = PAGE.replace("controllers = { planner = 0.5, wall_follower = 0.5 }", "controllers = { planner = 1 }")
    assert mistakes(alone)[0].startswith("walls.toml:7:7: mind.wall_follower: unknown field 'wall_follower'")


def test_editors_know_its_settings(package):
    checks = Draft202012Validator(json_schema())
    right = {"extends": "red_doors", "mind": {"controllers": {"wall_follower": 1}, "wall_follower": {"hand": "left"}}}
    assert not list(checks.iter_errors(right))
    for key, value in (("hand", "up"), ("mst", 1)):
        assert list(checks.iter_errors({**right, "mind": {**right["mind"], "wall_follower": {key: value}}}))
    assert list(checks.iter_errors({"extends": "red_doors", "mind": {"controllers": {"wall_folower": 1}}}))
    settings = json_schema()["$defs"]["Mind"]["properties"]["wall_follower"]
    assert settings["description"] == "Settings of the kind of mind 'wall_follower', of evosim-example 1.0."
    assert settings["properties"]["hand"]["description"] == "The side on which the wall is."


def test_its_loci_are_counted_and_named(package):
    laboratory = Laboratory(parse_scenario(PAGE, source="walls.toml"), 1)
    assert count_loci(laboratory.scenario) == len(laboratory.layout.loci)
    assert laboratory.layout.loci[-1] == "wall_follower.letting_go"
    assert "controller.wall_follower" in laboratory.layout.loci


@pytest.mark.parametrize(
    ("edit", "said", "code"),
    [
        (('    name = "wall_follower"\n', '    name = "other"\n'), "must be a subclass of evosim.mind.kind.Kind with that name", 1),
        (("class WallFollower(SharedKind):", "class WallFollower:"), "must be a subclass of evosim.mind.kind.Kind with that name", 1),
        (('    look = Look(', '    def __init__(self): raise OSError("no wall")\n\n    look = Look('), "failed: OSError: no wall", 3),
        (('        most = Set', '        raise OSError("no loci")\n        most = Set'), "failed: OSError: no loci", 3),
    ],
)  # fmt: skip
def test_what_is_no_kind_of_mind_is_named(edit, said, code, tmp_path):
    installed = packages.install(tmp_path / "installed")
    file = installed / "evosim_example" / "wall_follower.py"
    assert edit[0] in file.read_text()
    file.write_text(file.read_text().replace(*edit))
    (tmp_path / "walls.toml").write_text(PAGE)
    done = forked.evosim("validate", "walls.toml", cwd=tmp_path, plain=True, installed=installed)
    assert done.returncode == code
    assert f"the kind of mind 'wall_follower' {said}" in done.stderr
    assert "Traceback" not in done.stderr


# ---------------------------------------------------------------- in a world


def test_it_lives_as_its_package_says(package):
    """Without chance: at each step it turns to the wall if it can, else goes on, else turns away."""
    scenario = parse_scenario(PAGE, source="walls.toml")
    laboratory = Laboratory(scenario, 1)
    minds = express(scenario, laboratory.layout, draw_founders(scenario, laboratory.layout, 1))
    minds = minds._replace(controller=np.full(32, minds.kinds.index("wall_follower"), np.uint8))
    minds = minds.with_own("wall_follower", letting_go=np.zeros(32))
    world = laboratory.environments["training"]
    assert isinstance(world, Grid)
    ground = world.draw(key_of(5), 4)
    traces = new_traces(32, 4, ground.plan.steps)
    live(*ground, minds, np.arange(32), key_of(6), traces=traces)
    for e in range(4):
        cell, direction, content = int(ground.worlds.start[e]), 0, ground.atlas.content[e]
        for tick in range(ground.plan.steps):
            action = int(traces.action[3, e, tick])
            if action == OVER:
                break
            ways = [(direction - turn) % MOVES for turn in (1, 0, -1, -2)]  # left, on, right, back
            free = [way for way in ways if content[cell + step_of(way, ground.plan.columns)] != BARRIER]
            assert action == free[0]
            direction = action
            cell = int(traces.cell[3, e, tick + 1])


def test_it_evolves_beside_planners_whatever_the_threads(package):
    scenario = parse_scenario(PAGE, source="walls.toml")
    one, two = (list(generations(scenario, 1, threads=threads)) for threads in (1, 2))
    assert [each.digest for each in one] == [each.digest for each in two]
    assert (one[0].minds.is_of("wall_follower").sum(), one[0].minds.is_of("planner").sum()) == (16, 16)
    assert np.array_equal(have_objective(one[0].minds), one[0].minds.is_of("planner"))
    traits = traits_of(one[0].minds)
    assert np.isnan(traits["horizon"][one[0].minds.is_of("wall_follower")]).all()
    assert np.isfinite(traits["letting go"][one[0].minds.is_of("wall_follower")]).all()
    genes = [generation.population.genomes[:, -1] for generation in (one[0], one[-1])]
    assert not np.isin(genes[1], genes[0]).all()  # its locus mutates


def test_all_that_can_be_done_with_a_run_can_be_done_with_its(package, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    made = run(parse_scenario(PAGE, source="walls.toml"), seed=1, out=tmp_path / "walls.evosim")
    kinds = set(made.frame("individuals")["controller"].tolist())
    assert kinds <= {"planner", "wall_follower"}
    assert "wall_follower" in made.frame("individuals", "generation = 0", ())["controller"].tolist()
    made.close()
    assert "verified" in command("verify", "walls.evosim")
    command("show", "walls.evosim", "--json")
    command("plot", "walls.evosim", "-o", "walls.png")
    command("report", "walls.evosim", "-o", "walls.html")
    command("measure", "walls.evosim")
    command("record", "walls.evosim", "-o", "walls.gif", "--seconds", "1", "--size", "640x360")


def test_its_runs_open_without_the_package(package, tmp_path, monkeypatch):
    run(parse_scenario(PAGE, source="walls.toml"), seed=1, out=tmp_path / "walls.evosim").close()
    monkeypatch.chdir(tmp_path)
    monkeypatch.undo()  # the package is gone
    kind_named.cache_clear()
    path = tmp_path / "walls.evosim"
    assert look_of("wall_follower") == STRANGE
    assert "planners" in command("show", path)
    command("export", path, "--table", "individuals", "-o", tmp_path / "people.csv")
    command("plot", path, "-o", tmp_path / "walls.png")
    for refused in ("verify", "resume", "measure"):
        done = CliRunner().invoke(main, [refused, str(path)])
        assert done.exit_code != 0
        assert "no installed package provides 'wall_follower'" in done.output


def test_a_kernel_of_an_older_version_is_never_used(package, tmp_path):
    """The package is edited between two processes, in a file that no kernel of ours names."""
    (tmp_path / "walls.toml").write_text(PAGE)
    run_it = [sys.executable, "-m", "evosim", "run", "walls.toml", "--seed", "1", "--force", "--out", "walls.evosim"]
    environment = {**os.environ, "PYTHONPATH": str(package)}

    def digest():
        subprocess.run(run_it, cwd=tmp_path, env=environment, capture_output=True, check=True)
        with closing(open_run(tmp_path / "walls.evosim")) as made:
            return made.digests()[-1]

    before = digest()
    assert before == digest()
    file = package / "evosim_example" / "wall_follower.py"
    text = file.read_text()
    file.write_text(text.replace("(1 - turn) * minds.hand", "(turn - 1) * minds.hand"))
    assert file.read_text() != text
    after = digest()
    assert after != before
    file.write_text(text)
    assert digest() == before


@pytest.mark.parametrize("algorithm", ["genetic", "cma_es"])
def test_a_kind_that_fails_is_named_where_a_scenario_names_it(algorithm, edited):
    edited(("        most = Settings(", '        raise ValueError("no loci today")\n        most = Settings('))
    page = PAGE.replace("[evolution]\n", f'[evolution]\nalgorithm = "{algorithm}"\n')
    assert mistakes(page) == [
        "walls.toml:5:32: mind.controllers.wall_follower: the kind of mind 'wall_follower' failed: ValueError: no loci today"
    ]


def test_loci_of_a_kind_that_fails_are_not_counted_as_none(package, edited):
    scenario = parse_scenario(PAGE, source="walls.toml")
    edited(("        most = Settings(", '        raise ValueError("no loci today")\n        most = Settings('))
    for name in [name for name in sys.modules if name.startswith("evosim_example")]:
        del sys.modules[name]
    with pytest.raises(PluginError, match="the kind of mind 'wall_follower' failed: ValueError: no loci today"):
        count_loci(scenario)
