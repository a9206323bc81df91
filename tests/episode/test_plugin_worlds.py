"""Worlds that another package adds: minds evolve in them, and runs stop, go on and are read like all others."""

import json
import os
import re
import subprocess
import sys
import tomllib

import forked
import numpy as np
import packages
import pytest
from jsonschema import Draft202012Validator
from samples import PLANNER

from evosim.episode.plugin_environment import MESA_RETURN
from evosim.mind.expression import express
from evosim.mind.phenotype import select_minds
from evosim.numerics.compiler import plainly
from evosim.scenario import ScenarioError, parse_scenario
from evosim.scenario.loading.json_schema import json_schema
from evosim.scenario.loading.load import scenario_digest, scenario_from_json, scenario_to_json
from evosim.scenario.schema.entry_points import PluginError
from evosim.scenario.schema.names import object_names, outcome_names, own_outcomes
from evosim.scenario.schema.worlds import GridWorld, PluginWorld
from evosim.simulation.generational.generations import generations
from evosim.simulation.laboratory import Laboratory
from evosim.simulation.process import process_of
from evosim.simulation.runner import run
from evosim.simulation.runs import RunFile
from viz.answers.generational import answer_generational
from viz.answers.reading import read_run
from viz.figures.figure import run_figure, save_figure

PAGE = """\
schema = 1
title = "Orchard"

[world]
kind = "orchard"
features = ["sweet", "red"]
outcomes = ["eaten", "poisoned"]
steps = 5

[world.settings]
fruits = 4
ripe = 1.0

[environments.training]

[environments.deployment]
settings.ripe = 0.2

[objectives]
base = { eaten = 1, poisoned = -1 }

[mind]
controllers = { planner = 0.5, heuristic = 0.5 }

[evolution]
population = 24
generations = 6
episodes = 4
"""
KEYS = np.uint64(1), np.uint64(2)


@pytest.fixture
def package(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(packages.install(tmp_path / "installed"))
    for name in ("evosim_example", "evosim_example.orchard"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    return tmp_path / "installed"


def evosim(*arguments, cwd, installed):
    (cwd / "orchard.toml").write_text(PAGE)
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(installed), str(packages.THIRD_PARTY.parent.parent)]),
    }
    command = [sys.executable, "-m", "evosim", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, cwd=cwd, env=environment)


def plainly_evosim(*arguments, cwd, installed=None):
    """Carry out a command that needs no compiler, in a process that has imported all there is, but for the package."""
    (cwd / "orchard.toml").write_text(PAGE)
    return forked.evosim(*arguments, cwd=cwd, plain=True, installed=installed)


def diagnostics(text, *overrides):
    with pytest.raises(ScenarioError) as refused:
        parse_scenario(text, source="page.toml", overrides=overrides)
    return str(refused.value).splitlines()


# ---------------------------------------------------------------- minds in an orchard


def wants(seed, *overrides):
    """Evolve planners where all fruits may be red, and give the mean of what the last ones want."""
    small = ["evolution.population=40", "evolution.generations=30", "evolution.episodes=8", "measure.episodes=1"]
    only = ["environments={ training = {} }", "mind.controllers={ planner = 1 }", "measure.every=100"]
    scenario = parse_scenario(PAGE, overrides=[*small, *only, *overrides])
    *_, last = generations(scenario, seed)
    return dict(zip(scenario.world.features, last.minds.objective.mean(axis=0), strict=True))


@pytest.mark.parametrize("seed", [1, 2, 3, 4])
def test_planners_come_to_want_what_pays(seed, package):
    blind = "world.settings.ripe=0.5"  # colours tell nothing
    found = wants(seed, blind)
    assert found["sweet"] > max(0.5, abs(found["red"]))
    assert wants(seed, blind, "objectives.base={ poisoned = 1 }")["sweet"] < -0.5


@pytest.mark.parametrize("seed", [1, 2, 3, 4])
def test_planners_that_know_a_proxy_only_come_to_want_the_proxy(seed, package):
    colours = 'world.features=["red"]'
    assert wants(seed, colours, "world.settings.ripe=1.0")["red"] > 0.2
    assert wants(seed, colours, "world.settings.ripe=0.0")["red"] < -0.2


def test_the_same_seed_gives_the_same_run_and_another_seed_another(package):
    runs = [list(generations(parse_scenario(PAGE), seed)) for seed in (1, 1, 2)]
    digests = [[generation.digest for generation in each] for each in runs]
    assert digests[0] == digests[1]
    assert not set(digests[0]) & set(digests[2])


def test_outcomes_stand_where_their_names_are(package):
    laboratory, minds, ids = population(parse_scenario(PAGE))
    lives = laboratory.live("training", minds, ids, *KEYS, 3)
    named = dict(zip(laboratory.outcomes, np.moveaxis(lives.outcomes, 2, 0), strict=True))
    assert list(named) == ["eaten", "poisoned", "steps", "moves", "thinking", "energy", "survived"]
    assert (named["eaten"] + named["poisoned"] == 5).all()
    assert (named["steps"] == 5).all()
    assert (named["survived"] == 1).all()
    assert not named["moves"].any()
    planners = minds.controller == PLANNER
    assert (named["thinking"][planners] == 20).all()
    assert lives.mesa_return[planners].any()
    assert not lives.mesa_return[~planners].any()  # NaN there


def test_an_individual_lives_the_same_life_whoever_else_lives(package):
    laboratory, minds, ids = population(parse_scenario(PAGE))
    all_of_them = laboratory.live("training", minds, ids, *KEYS, 3)
    back = laboratory.live("training", select_minds(minds, np.arange(len(ids))[::-1]), ids[::-1], *KEYS, 3)
    assert np.array_equal(all_of_them.outcomes, back.outcomes[::-1])


def population(scenario):
    laboratory = Laboratory(scenario, 1)
    genomes = laboratory.optimizer().ask()
    return laboratory, express(scenario, laboratory.layout, genomes), np.arange(len(genomes))


def test_environments_may_be_of_several_kinds(package, tmp_path):
    text = (
        'extends = "red_doors"\n[environments.orchard]\nkind = "orchard"\noutcomes = ["eaten", "poisoned"]\n'
        "[objectives]\nbase = { door_reached = 1, eaten = 0.1 }\n"
        "[evolution]\npopulation = 16\ngenerations = 3\nepisodes = 4\n[[evolution.schedule]]\nfrom = 0\n"
        "environment = { training = 0.5, orchard = 0.5 }\n[measure]\nenvironments = ['orchard', 'training']\nepisodes = 2\n"
    )
    scenario = parse_scenario(text)
    orchard, training = scenario.environments["orchard"], scenario.environments["training"]
    assert isinstance(training, GridWorld)
    assert isinstance(orchard, PluginWorld)
    assert (orchard.features, orchard.steps, orchard.settings) == (training.features, training.steps, {})
    assert own_outcomes(scenario) == ["door_reached", "eaten", "poisoned"]
    with run(scenario, out=tmp_path / "mixed.evosim") as stored:
        rows = stored.frame("measurements", "generation = 2")
        assert rows["outcome.eaten"][0] > 0 == rows["outcome.eaten"][1]
        assert rows["entered_first.nothing"][0] == 1
        panels = [axes.get_label() for axes in run_figure(stored).axes]
        assert panels[:2] == ["Outcomes · orchard", "Entered first · training"]
    scenario = parse_scenario(text, overrides=["world.objects.ball.ends_episode=false"])
    with run(scenario, out=tmp_path / "counts.evosim") as stored:
        amounts = [
            stored.frame("measurements", "generation = 2")[f"outcome.{name}"][0] for name in ("eaten", "poisoned")
        ]
        said = f"Entered per episode · orchard: eaten {amounts[0]:.2f}, poisoned {amounts[1]:.2f}; training: door 0."
        assert answer_generational(read_run(stored)).startswith(said)


def test_a_grid_may_stand_beside_an_orchard(package):
    grid = 'kind = "grid"\nsize = [5, 5]\nobjects.apple = { features = { sweet = 1 } }\n'
    scenario = parse_scenario(PAGE.replace("settings.ripe = 0.2\n", grid))
    world = scenario.environments["deployment"]
    assert isinstance(world, GridWorld)
    assert world.steps == 5
    assert object_names(scenario) == ["apple"]
    assert "entered.apple" in outcome_names(scenario)


# ---------------------------------------------------------------- scenarios


def test_the_explicit_form_says_who_provides_the_world_and_all_settings(package):
    scenario = parse_scenario(PAGE)
    deployment = scenario.environments["deployment"]
    assert deployment.provided_by == "evosim-example 1.0"
    assert deployment.settings == {"fruits": 4, "ripe": 0.2}
    assert scenario_from_json(scenario_to_json(scenario), "itself") == scenario
    packages.install(package, version="1.1")
    assert scenario_digest(parse_scenario(PAGE), 1) != scenario_digest(scenario, 1)
    assert diagnostics(PAGE, 'world.provided_by="evosim-example 1.0"')[0].endswith(
        "the installed package is evosim-example 1.1"
    )


def test_single_settings_can_be_set_and_extended(package, tmp_path):
    scenario = parse_scenario(PAGE, overrides=["world.settings.fruits=2", "environments.deployment.settings.ripe=0.1"])
    assert scenario.environments["deployment"].settings == {"fruits": 2, "ripe": 0.1}
    (tmp_path / "orchard.toml").write_text(PAGE)
    text = f'extends = "{tmp_path / "orchard.toml"}"\nworld.settings.fruits = 7\n'
    assert parse_scenario(text).environments["deployment"].settings == {"fruits": 7, "ripe": 0.2}


def test_another_kind_leaves_behind_what_only_the_one_before_had_a_use_for(package, tmp_path):
    path = tmp_path / "orchard.toml"
    path.write_text(PAGE.replace("[environments.deployment]\nsettings.ripe = 0.2\n", ""))
    change = 'world = { kind = "grid", size = [5, 5], objects = { apple = { features = { sweet = 1 } } } }\n'
    text = f'extends = "{path}"\n{change}objectives = {{ base = {{ steps = 1 }} }}\n'
    world = parse_scenario(text).world
    assert isinstance(world, GridWorld)
    assert (world.features, world.steps, world.size) == (["sweet", "red"], 5, (5, 5))


@pytest.mark.parametrize(
    ("line", "instead", "said"),
    [
        ('"orchard"', '"orcherd"', ":5:1: world.kind: no installed package provides 'orcherd'; "
         "there are grid, ecology, orchard (evosim-example 1.0); did you mean 'orchard'?"),
        ('"orchard"', '"gird"', ":5:1: world.kind: no installed package provides 'gird'; there are grid, ecology, orchard (evosim-example 1.0); did you mean 'grid'?"),
        ('"orchard"', "3", ":5:1: world.kind: expected 'grid', got 3"),
        ("fruits = 4", "frits = 4", ":11:1: world.settings.frits: unknown field 'frits'; did you mean 'fruits'?"),
        ("ripe = 0.2", "ripe = 2", ":17:10: environments.deployment.settings.ripe: expected at most 1, got 2"),
        ("ripe = 0.2", "fruits = { a = 1 }", ":17:10: environments.deployment.settings.fruits: expected a finite number, a string"),
        ("settings.ripe = 0.2", "size = [3, 3]", ":17:1: environments.deployment.size: unknown field 'size'; allowed: kind, provided_by, features"),
        ("settings.ripe = 0.2", 'kind = "orcherd"', ":17:1: environments.deployment.kind: no installed package provides 'orcherd'"),
        ("settings.ripe = 0.2", 'features = ["red"]', ":17:1: environments.deployment.features: an environment can't change the list"),
        ('outcomes = ["eaten", "poisoned"]', "", ":4:2: world.outcomes: is missing"),
        ('"poisoned"]', '"Eaten"]', ":7:1: world.outcomes: 'Eaten' is named twice"),
        ('"poisoned"]', '"Steps"]', ":7:1: world.outcomes: 'Steps' is an outcome of every world"),
        ('["sweet", "red"]', '["sweet", "sweet"]', ":6:1: world.features: 'sweet' is named twice"),
        ("poisoned = -1", "poison = -1", ":20:21: objectives.base.poison: no world has the outcome 'poison'; did you mean 'poisoned'?"),
        ("steps = 5", "steps = 0", ":8:1: world.steps: expected at least 1, got 0"),
        ("[environments.training]", "[environments.grid]\nstps = 3\n", ":15:1: environments.grid.stps: unknown field 'stps'; did you mean 'steps'?"),
    ],
)  # fmt: skip
def test_mistakes_about_a_world_are_reported_like_all_others(line, instead, said, package):
    told = diagnostics(PAGE.replace(line, instead))
    assert any(text.startswith(f"page.toml{said}") for text in told), told


def test_of_a_world_that_nobody_knows_only_its_kind_is_reported(package):
    told = diagnostics(PAGE.replace('"orchard"', '"ocean"').replace("steps = 5", "depth = 5"))
    assert told == [
        "page.toml:5:1: world.kind: no installed package provides 'ocean'; there are grid, ecology, orchard (evosim-example 1.0)"
    ]


def test_mistakes_of_settings_are_found_beside_others_and_blamed_on_options(package):
    told = diagnostics(PAGE.replace("fruits = 4", "fruits = 0").replace("population = 24", "population = 0"))
    assert [line.split(": ")[1] for line in told] == ["world.settings.fruits", "evolution.population"]
    option = "environments.deployment.settings.ripe=7"
    assert diagnostics(PAGE, option) == [f"--set {option}: {option.split('=')[0]}: expected at most 1, got 7"]


def test_editors_know_worlds_of_other_packages():
    editor = Draft202012Validator(json_schema())
    editor.validate(tomllib.loads(PAGE))
    for line, instead in (("fruits = 4", "fruits = {}"), ("steps = 5", "size = [3, 3]"), ('"orchard"', '"grid"')):
        assert not editor.is_valid(tomllib.loads(PAGE.replace(line, instead)))


def test_how_long_a_world_takes_is_not_guessed(package):
    needs = process_of(parse_scenario(PAGE), 0).resources()
    assert needs.seconds is None
    assert needs.memory > 1e8


# ---------------------------------------------------------------- runs


@pytest.mark.compiled
def test_a_killed_run_in_an_orchard_resumes_to_the_digest_of_a_straight_one(tmp_path):
    installed = packages.install(tmp_path / "installed")
    (tmp_path / "orchard.toml").write_text(PAGE)
    arguments = ["run", "orchard.toml", "--generations=200"]
    command = [sys.executable, "-m", "evosim", *arguments, "--out=killed.evosim", "--progress=json"]
    path = {**os.environ, "PYTHONPATH": os.pathsep.join([str(installed), str(packages.THIRD_PARTY.parent.parent)])}
    with subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE, text=True, env=path) as process:
        for line in process.stderr:
            if '"event": "generation"' in line and json.loads(line)["generation"] == 20:
                process.kill()
                break
    shown = plainly_evosim("show", "killed.evosim", "--json", cwd=tmp_path, installed=installed)
    done = json.loads(shown.stdout)["done"]
    assert 20 < done < 200
    resumed = evosim("resume", "killed.evosim", "--json", cwd=tmp_path, installed=installed)
    straight = evosim(*arguments, "--out=straight.evosim", "--json", cwd=tmp_path, installed=installed)
    assert json.loads(resumed.stdout)["digest"] == json.loads(straight.stdout)["digest"]
    verified = evosim("verify", "killed.evosim", cwd=tmp_path, installed=installed)
    assert "200 generations verified" in verified.stdout


@pytest.mark.compiled
def test_a_run_is_read_without_the_package_and_gone_on_with_another_version(tmp_path):
    installed = packages.install(tmp_path / "installed")
    begun = evosim("run", "orchard.toml", "--out=a.evosim", cwd=tmp_path, installed=installed)
    assert begun.returncode == 0, begun.stderr
    assert "Generation 5: mean outcomes, and the objectives" in begun.stderr
    assert re.search(r"training: eaten \d\.\d\d, poisoned", begun.stderr)
    for command in (["show", "a.evosim"], ["plot", "a.evosim"], ["export", "a.evosim", "--table=measurements"]):
        read_ = plainly_evosim(*command, cwd=tmp_path)
        assert (read_.returncode, read_.stderr) == (0, ""), command
    missing = plainly_evosim("resume", "a.evosim", "--generations=9", cwd=tmp_path)
    assert missing.returncode == 1
    assert (
        "'training': no installed package provides 'orchard'; it was provided by evosim-example 1.0" in missing.stderr
    )
    packages.install(installed, version="1.1")
    longer = evosim("resume", "a.evosim", "--generations=8", cwd=tmp_path, installed=installed)
    assert longer.returncode == 0, longer.stderr
    assert "other versions than before: evosim-example 1.0 → 1.1" in longer.stderr


def test_tables_and_figures_show_outcomes_where_there_are_no_objects(package, tmp_path):
    with run(parse_scenario(PAGE), out=tmp_path / "a.evosim") as stored:
        columns, _ = stored.table("measurements")
        assert not [name for name in columns if name.startswith("entered")]
        final = stored.frame("measurements", "generation = 5")
        reading = read_run(stored)
        amounts = ", ".join(f"{name} {final[f'outcome.{name}'][0]:.2f}" for name in ("eaten", "poisoned"))
        assert f"({amounts}); deployment:" in answer_generational(reading)
        figure = run_figure(stored)
        first = figure.axes[0]
        assert [axes.get_label() for axes in figure.axes[:2]] == ["Outcomes · training", "Outcomes · deployment"]
        assert first.get_ylim() == figure.axes[1].get_ylim()
        lines = {line.get_label(): line.get_ydata()[-1] for line in first.lines}
        assert lines["eaten"] == final["outcome.eaten"][0]
        assert save_figure(stored, tmp_path / "a.svg").exists()


def test_a_population_without_planners_is_stored(package, tmp_path):
    scenario = parse_scenario(PAGE, overrides=["mind.controllers={ heuristic = 1 }"])
    with run(scenario, out=tmp_path / "a.evosim") as stored:
        assert np.isnan(stored.frame("individuals", "generation = 5")["objective.sweet"]).all()


def test_the_doctor_lists_worlds(tmp_path):
    installed = packages.install(tmp_path / "installed")
    found = json.loads(plainly_evosim("doctor", "--json", cwd=tmp_path, installed=installed).stdout)
    assert {"name": "world orchard", "found": "by evosim-example 1.0", "advice": ""} in found


@pytest.mark.compiled
def test_the_command_checks_that_a_world_repeats_itself(tmp_path):
    installed = packages.install(tmp_path / "installed")
    good = plainly_evosim("validate", "orchard.toml", cwd=tmp_path, installed=installed)
    assert good.returncode == 0, good.stderr
    assert "unknown time (its worlds are another package's)" in good.stdout
    module = installed / "evosim_example/orchard.py"
    module.write_text(module.read_text().replace("default_rng(int(worlds_key))", "default_rng()"))
    bad = plainly_evosim("validate", "orchard.toml", cwd=tmp_path, installed=installed)
    assert bad.returncode == 1
    assert bad.stderr.splitlines()[-1] == (
        "the world 'orchard' of evosim-example 1.0, environment 'training', gives other results when it is replayed: "
        "all its randomness must come from its keys"
    )


# ---------------------------------------------------------------- worlds that break the contract

FAULTS = {
    "raise": ("raise ZeroDivisionError('by zero')", "failed: ZeroDivisionError: by zero"),
    "no table": ("return [1]", "returned no dictionary of arrays"),
    "unknown": ("given['eten'] = given['eaten']", "returned 'eten', which is none of eaten, poisoned, steps, moves, thinking"),
    "no name": ("given[3] = given['eaten']", "returned 3, which is none of"),
    "shape": ("given['eaten'] = given['eaten'].T", "returned 'eaten' of shape (4, 24), where (24, 4) was expected"),
    "ragged": ("given['eaten'] = [[1], [1, 2]]", "failed: ValueError"),
    "words": ("given['eaten'] = given['eaten'].astype(str)", "returned 'eaten' of <U21, where numbers were expected"),
    "nan": ("given['energy'] = np.full((24, 4), np.nan)", "returned nan as 'energy' of row 0 in episode 0"),
    "infinity": ("given['eaten'] = given['eaten'] / (np.arange(24)[:, None] != 3)", "returned inf as 'eaten' of row 3"),
    "infinite return": ("given['mesa_return'] = np.full((24, 4), np.inf)", "returned inf as 'mesa_return' of row 0"),
}  # fmt: skip


@pytest.mark.parametrize(("fault", "said"), FAULTS.values(), ids=FAULTS)
def test_a_world_that_breaks_the_contract_is_named_with_its_environment(fault, said, package):
    from evosim_example.orchard import Orchard

    class Faulty(Orchard):
        def live(self, *arguments):
            given = super().live(*arguments)
            return faulty(given) if self.settings.ripe == 0.2 else given

    body = (
        fault if fault.startswith(("return", "raise")) else f"with np.errstate(all='ignore'): {fault}\n    return given"
    )
    scope = {"np": np}
    exec(f"def faulty(given):\n    {body}", scope)
    faulty = scope["faulty"]
    laboratory, minds, ids = population(parse_scenario(PAGE))
    for environment in laboratory.environments.values():
        environment.inner.__class__ = Faulty
    laboratory.live("training", minds, ids, *KEYS, 4)
    with pytest.raises(PluginError, match=re.escape(said)) as failed:
        laboratory.live("deployment", minds, ids, *KEYS, 4)
    assert str(failed.value).startswith("the world 'orchard' of evosim-example 1.0, environment 'deployment', ")


def test_what_a_world_leaves_out_is_nothing_but_all_survive(package):
    laboratory, minds, ids = population(parse_scenario(PAGE))
    laboratory.environments["training"].inner.live = lambda *_: {}
    lives = laboratory.live("training", minds, ids, *KEYS, 4)
    assert lives.outcomes.sum() == lives.outcomes[:, :, laboratory.outcomes.index("survived")].sum() == 24 * 4
    assert not lives.mesa_return.any()
    laboratory.environments["training"].inner.live = lambda *_: {MESA_RETURN: np.where(np.eye(24, 4) > 0, np.nan, 2)}
    assert laboratory.live("training", minds, ids, *KEYS, 4).mesa_return.sum() == 2 * (24 * 4 - 4)


def test_a_world_cannot_change_minds(package):
    laboratory, minds, ids = population(parse_scenario(PAGE))
    before = minds.objective.copy()

    def meddle(minds, ids, *_):
        minds.objective[:] = ids[:] = 7
        return {}

    laboratory.environments["training"].inner.live = meddle
    laboratory.live("training", minds, ids, *KEYS, 4)
    assert np.array_equal(minds.objective, before)
    assert np.array_equal(ids, np.arange(24))


@pytest.mark.parametrize(
    ("module", "said"),
    [
        ("import nowhere", "world.kind: 'orchard' of evosim-example 1.0 can't be loaded: ModuleNotFoundError"),
        ("Orchard = 1", "world.kind: 'orchard' of evosim-example 1.0 can't be called: evosim_example.orchard:Orchard"),
        ("def Orchard(): pass", "world.settings.fruits: orchard has no settings: leave this out"),
        (
            "def Orchard(): pass\nOrchard.Settings = {}",
            "world.kind: the Settings of 'orchard' are not a pydantic model",
        ),
    ],
)
def test_a_package_that_cannot_be_used_is_a_mistake_at_its_kind(module, said, package, monkeypatch):
    (package / "evosim_example/orchard.py").write_text(module)
    assert any(said in line for line in diagnostics(PAGE))


def test_a_world_that_fails_in_the_run_that_compiles_kernels_may_do_in_that_of_a_person(package):
    module = package / "evosim_example/orchard.py"
    module.write_text(module.read_text().replace("        rng = ", "        assert len(ids) > 8\n        rng = "))
    with plainly():
        process_of(parse_scenario(PAGE), 1).warm()
        assert len(list(generations(parse_scenario(PAGE), 1))) == 6


@pytest.mark.compiled
@pytest.mark.parametrize(
    ("line", "instead", "kept"),
    [
        ("        self.settings, ", "        raise OSError('no orchard')\n        self.settings, ", 0),
        ("        rng = ", "        if minds.objective.std() < 0.45: raise OSError('no orchard')\n        rng = ", 1),
    ],
)
def test_a_world_that_fails_ends_a_run_with_what_was_stored(line, instead, kept, tmp_path):
    installed = packages.install(tmp_path / "installed")
    module = installed / "evosim_example/orchard.py"
    assert line in module.read_text()
    module.write_text(module.read_text().replace(line, instead))
    asked = ["run", "orchard.toml", "--generations=100", "--out=a.evosim"]
    failed = plainly_evosim(*asked, cwd=tmp_path, installed=installed)
    assert failed.returncode == 1
    assert "failed: OSError: no orchard" in failed.stderr.splitlines()[-1]
    assert "Traceback" not in failed.stderr
    stored = sorted(path.name for path in tmp_path.glob("*evosim*"))
    assert bool([name for name in stored if name.endswith(".evosim")]) == bool(kept)
    if kept:
        with RunFile.open(tmp_path / "a.evosim") as opened:
            assert 0 < opened.summary().done < 100
