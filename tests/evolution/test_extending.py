"""What another package adds: a base optimizer that evosim doesn't know runs, stops and goes on like its own."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import forked
import numpy as np
import packages
import pytest

from evosim.evolution.plugin import PluginError, PluginOptimizer
from evosim.scenario import ScenarioError, load_scenario, parse_scenario
from evosim.scenario.loading.load import scenario_digest
from evosim.simulation.generational.generations import generations

HOUSE = Path(__file__).parents[2]
SMALL = ["evolution.population=24", "evolution.episodes=3", "measure.episodes=3", "evolution.generations=6"]
ANNEALING = [*SMALL, "evolution.algorithm=annealing"]
RUN = [f"--set={each}" for each in ANNEALING]
LINES = """\
extends = "red_doors"

[evolution]
algorithm = "annealing"
population = 24
generations = 5

[evolution.settings]
cooling = 0.9
"""


@pytest.fixture
def package(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(packages.install(tmp_path / "installed"))
    monkeypatch.delitem(sys.modules, "evosim_example", raising=False)
    monkeypatch.delitem(sys.modules, "evosim_example.annealing", raising=False)
    return tmp_path / "installed"


def evosim(*arguments, cwd, installed, **environment):
    path = os.pathsep.join([str(installed), str(HOUSE)])
    command = [sys.executable, "-m", "evosim", *map(str, arguments)]
    environment = {**os.environ, "PYTHONPATH": path, **environment}
    return subprocess.run(command, capture_output=True, text=True, cwd=cwd, env=environment)


def plainly_evosim(*arguments, cwd, installed=None):
    """Carry out a command that needs no compiler, in a process that has imported all there is, but for the package."""
    return forked.evosim(*arguments, cwd=cwd, plain=True, installed=installed)


def test_the_examples_of_the_guide_are_the_package_that_is_tested():
    printed = re.findall(r"```python\n(.*?)```", (HOUSE / "docs/extending.md").read_text(), re.DOTALL)
    tested = [
        packages.THIRD_PARTY / "evosim_example" / name
        for name in ("annealing.py", "orchard.py", "wall_follower.py", "mind_entropy.py")
    ]
    assert printed == [path.read_text() for path in tested]


def test_an_optimizer_of_another_package_improves_and_repeats_itself(package):
    scenario = load_scenario("red_doors", [*ANNEALING, "evolution.generations=25", "evolution.settings.step=0.05"])
    assert scenario.evolution.provided_by == "evosim-example 1.0"
    runs = [list(generations(scenario, seed)) for seed in (1, 1, 2)]
    digests = [[generation.digest for generation in run] for run in runs]
    assert digests[0] == digests[1]
    assert digests[0] != digests[2]
    first, *_, last = runs[0]
    assert last.memory["fitness"].mean() > first.fitness.mean() + 0.1
    parents = last.population.parents
    assert (parents[:, 0] % 24 == np.arange(24)).all()  # each walk is of its own
    assert (parents[:, 1] == -1).all()


@pytest.mark.compiled
def test_a_killed_run_of_another_package_resumes_to_the_digest_of_a_straight_one(tmp_path):
    installed = packages.install(tmp_path / "installed")
    arguments = ["run", "red_doors", *RUN, "--generations=60"]
    command = [sys.executable, "-m", "evosim", *arguments, "--out=killed.evosim", "--progress=json"]
    path = {**os.environ, "PYTHONPATH": os.pathsep.join([str(installed), str(HOUSE)])}
    with subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE, text=True, env=path) as process:
        for line in process.stderr:
            if '"event": "generation"' in line and json.loads(line)["generation"] == 20:
                process.kill()
                break
    shown = plainly_evosim("show", "killed.evosim", "--json", cwd=tmp_path, installed=installed)
    assert json.loads(shown.stdout)["done"] > 20
    resumed = evosim("resume", "killed.evosim", "--json", cwd=tmp_path, installed=installed)
    straight = evosim(*arguments, "--out=straight.evosim", "--json", cwd=tmp_path, installed=installed)
    assert json.loads(resumed.stdout)["digest"] == json.loads(straight.stdout)["digest"]
    verified = evosim("verify", "killed.evosim", cwd=tmp_path, installed=installed)
    assert verified.returncode == 0
    assert "60 generations verified" in verified.stdout


@pytest.mark.compiled
def test_another_version_is_reported_and_none_can_read_but_not_go_on(tmp_path):
    installed = packages.install(tmp_path / "installed")
    begun = evosim("run", "red_doors", *RUN, "--out=a.evosim", cwd=tmp_path, installed=installed)
    assert begun.returncode == 0, begun.stderr
    packages.install(installed, version="1.1")
    longer = evosim("resume", "a.evosim", "--generations=8", cwd=tmp_path, installed=installed)
    assert longer.returncode == 0, longer.stderr
    assert "other versions than before: evosim-example 1.0 → 1.1" in longer.stderr
    again = evosim("verify", "a.evosim", "--json", cwd=tmp_path, installed=installed)
    assert json.loads(again.stdout)["versions_changed"] == {"evosim-example": ["1.0", "1.1"]}
    shown = plainly_evosim("show", "a.evosim", cwd=tmp_path)
    assert (shown.returncode, shown.stderr) == (0, "")
    for command in (["resume", "a.evosim", "--generations=9"], ["verify", "a.evosim"]):
        missing = plainly_evosim(*command, cwd=tmp_path)
        assert missing.returncode == 1
        assert "no installed package provides 'annealing'" in missing.stderr
        assert "evosim-example 1.0" in missing.stderr


def test_the_version_of_a_package_is_part_of_the_digest(package):
    old = load_scenario("red_doors", ANNEALING)
    packages.install(package, version="1.1")
    new = load_scenario("red_doors", ANNEALING)
    assert new.evolution.provided_by == "evosim-example 1.1"
    assert scenario_digest(old, 1) != scenario_digest(new, 1)
    with pytest.raises(ScenarioError, match=r"evolution\.provided_by: the installed package is evosim-example 1\.1"):
        load_scenario("red_doors", [*ANNEALING, 'evolution.provided_by="evosim-example 1.0"'])


@pytest.mark.parametrize(
    ("line", "instead", "said"),
    [
        ("cooling = 0.9", "coling = 0.9", ":9:1: evolution.settings.coling: unknown field 'coling'; did you mean 'cooling'?"),
        ("cooling = 0.9", "cooling = 2", ":9:1: evolution.settings.cooling: expected at most 1, got 2"),
        ("cooling = 0.9", "cooling = 'fast'", ":9:1: evolution.settings.cooling: expected a number, got 'fast'"),
        ("cooling = 0.9", "step = [1]", ":9:1: evolution.settings.step: expected a number"),
        ("cooling = 0.9", "step = 1979-05-27", ":9:1: evolution.settings.step: expected a finite number, a string, true or false"),
        ('"annealing"', '"aneling"', ":4:1: evolution.algorithm: no installed package provides 'aneling'; "
         "there are genetic, cma_es, natural_selection, random_search, annealing (evosim-example 1.0), islands (evosim-example 1.0); did you mean 'annealing'?"),
        ('"annealing"', '"genetic"', ":8:12: evolution.settings: genetic is evosim's own and has no settings"),
        ("population", "poplation", ":5:1: evolution.poplation: unknown field"),
    ],
)  # fmt: skip
def test_mistakes_about_a_package_are_reported_like_all_others(line, instead, said, package):
    with pytest.raises(ScenarioError) as refused:
        parse_scenario(LINES.replace(line, instead), source="page.toml")
    assert any(f"page.toml{said}" in text for text in str(refused.value).splitlines()), str(refused.value)


def test_another_algorithm_leaves_the_settings_of_the_one_before_behind(package):
    assert parse_scenario(LINES, overrides=["evolution.algorithm=genetic"]).evolution.settings == {}
    assert parse_scenario(LINES, overrides=["evolution.algorithm=annealing"]).evolution.settings == {"cooling": 0.9}


def test_mistakes_of_settings_are_found_beside_others(package):
    text = LINES.replace("cooling", "coling").replace("generations = 5", "generations = 0")
    with pytest.raises(ScenarioError) as refused:
        parse_scenario(text, source="page.toml")
    assert [diagnostic.line for diagnostic in refused.value.diagnostics] == [6, 9]


def test_a_wrong_setting_is_an_invalid_scenario_on_the_command_line(tmp_path):
    (tmp_path / "page.toml").write_text(LINES.replace("cooling = 0.9", "cooling = 9"))
    installed = packages.install(tmp_path / "installed")
    done = plainly_evosim("validate", "page.toml", cwd=tmp_path, installed=installed)
    assert done.returncode == 3
    assert "page.toml:9:1: evolution.settings.cooling" in done.stderr
    assert "Traceback" not in done.stderr


def written(package: Path, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    """Write the package's module anew."""
    (package / "evosim_example/annealing.py").write_text(text)
    monkeypatch.delitem(sys.modules, "evosim_example.annealing", raising=False)


@pytest.mark.parametrize(
    ("module", "settings", "said"),
    [
        ("import nowhere", "", "'annealing' of evosim-example 1.0 can't be loaded: ModuleNotFoundError"),
        ("Annealer = 1", "", "'annealing' of evosim-example 1.0 can't be loaded: AttributeError"),
        ("Annealing = 1", "", "can't be called: evosim_example.annealing:Annealing"),
        ("def Annealing(): pass", "cooling = 0.9", "evolution.settings.cooling: annealing has no settings"),
        ("def Annealing(): pass\nAnnealing.Settings = {}", "", "the Settings of 'annealing' are not a pydantic model"),
    ],
)
def test_a_package_that_cannot_be_used_is_a_mistake_at_its_name(module, settings, said, package, monkeypatch):
    written(package, monkeypatch, module)
    with pytest.raises(ScenarioError, match=re.escape(said)):
        parse_scenario(LINES.replace("cooling = 0.9", settings))


def test_two_packages_with_one_name_are_refused(package, tmp_path, monkeypatch):
    other = tmp_path / "other"
    packages.install(other)
    (other / "evosim_example-1.0.dist-info").rename(other / "evosim_twin-2.0.dist-info")
    (other / "evosim_twin-2.0.dist-info/METADATA").write_text(
        "Metadata-Version: 2.1\nName: evosim-twin\nVersion: 2.0\n"
    )
    monkeypatch.syspath_prepend(other)
    with pytest.raises(ScenarioError, match=r"evosim-example 1\.0 and evosim-twin 2\.0 both provide 'annealing'"):
        parse_scenario(LINES)


def test_a_package_is_imported_only_when_a_scenario_names_it(tmp_path):
    installed = packages.install(tmp_path / "installed")
    (installed / "evosim_example/__init__.py").write_text("import sys\nprint('imported', file=sys.stderr)\n")
    (tmp_path / "page.toml").write_text(LINES)
    imported = {
        command: "imported" in plainly_evosim(*command.split(), cwd=tmp_path, installed=installed).stderr
        for command in ("--help", "list", "doctor", "validate red_doors", "validate page.toml")
    }
    assert [command for command, is_imported in imported.items() if is_imported] == ["validate page.toml"]


def test_the_doctor_lists_who_provides_what(tmp_path):
    installed = packages.install(tmp_path / "installed")
    found = json.loads(plainly_evosim("doctor", "--json", cwd=tmp_path, installed=installed).stdout)
    assert {"name": "optimizer annealing", "found": "by evosim-example 1.0", "advice": ""} in found


# ---------------------------------------------------------------- plugins that break the contract


FAULTS = {
    "make": ("raise OSError('no')", "failed in generation 0: OSError: no"),
    "shape": ("return self.population.genomes[1:]", "asks for genomes of shape (23, "),
    "dtype": ("return self.population.genomes.astype(float)", "asks for genomes of float64"),
    "nan": ("self.population.genomes[3, 4] = np.nan; return self.population.genomes", "asks for nan at locus 4 of row 3, outside -1 to 1"),
    "bounds": ("self.population.genomes[3, 4] = 9; return self.population.genomes", "asks for 9.0 at locus 4 of row 3, outside"),
    "other": ("return np.roll(self.population.genomes, 1, axis=0)", "asks for what is not its population"),
    "raise": ("raise ZeroDivisionError('by zero')", "failed in generation 2: ZeroDivisionError: by zero"),
}  # fmt: skip
TOLD = {
    "forgets": ("self.population = self.population._replace(fitness=None)", "didn't keep the population"),
    "changes": ("self.population = self.population._replace(fitness=-fitness)", "didn't keep the population"),
    "grows": ("self.memory['id'] = np.zeros(3)", "remembers {"),
    "nan": ("self.memory['id'] = np.full(24, np.nan)", "has numbers in its memory that are not finite: 'id'"),
    "no table": ("self.memory = [1]", "has a memory that is not a dictionary of arrays"),
    "words": ("self.memory = {'id': 'x'}", "failed in generation 2: ValueError"),
    "fame": ("self.fame = None", "failed in generation 2: AttributeError"),
    "no fame": ("self.hall_of_fame = lambda: [1]", "has a hall of fame that is not a list of HallOfFameEntry"),
    "parents": ("", "names parents that are not 24 pairs of ids of earlier generations"),
}
CASES = [("ask", *fault) for fault in FAULTS.values()] + [("tell", *fault) for fault in TOLD.values()]


@pytest.mark.parametrize(("method", "fault", "said"), CASES, ids=[*FAULTS, *(f"told: {name}" for name in TOLD)])
def test_an_optimizer_that_breaks_the_contract_is_named(method, fault, said, package, monkeypatch):
    text = (package / "evosim_example/annealing.py").read_text()
    if fault.startswith("raise OSError"):
        text = text.replace("        self.settings =", f"        {fault}\n        self.settings =")
    elif "parents" in said:
        text = text.replace("np.stack([here", "9999 + np.stack([here")
    elif method == "ask":
        text = text.replace(
            "        return self.population.genomes\n",
            f"        if last.generation == 1:\n            {fault}\n        return self.population.genomes\n",
        )
    else:
        text += f"\n    def tell(self, fitness, told=tell, **more):\n        told(self, fitness, **more)\n        if self.population.generation == 2:\n            {fault}\n"
    written(package, monkeypatch, text)
    scenario = load_scenario("red_doors", ANNEALING)
    with pytest.raises(PluginError, match=re.escape(said)) as failed:
        list(generations(scenario, 1))
    assert "the base optimizer 'annealing' of evosim-example 1.0" in str(failed.value)


def test_a_plugin_that_does_not_remember_what_it_was_restored_from_is_named(package):
    from evosim_example.annealing import Annealing

    class Forgetful(Annealing):
        def restore(self, population, famous, memory=None):
            super().restore(population, famous, {name: array * 0 for name, array in memory.items()})

    class Astray(Annealing):
        def restore(self, population, famous, memory=None):
            self.memory = memory

    settings = load_scenario("red_doors", ANNEALING).evolution
    low, high = np.full(4, -1.0), np.full(4, 1.0)
    founders = np.random.default_rng(1).uniform(low, high, (24, 4)).astype(np.float32)
    one = PluginOptimizer(Annealing, settings, founders, low, high, seed=1)
    one.ask()
    one.tell(founders[:, 0].astype(float))
    for kind, said in ((Forgetful, "doesn't remember"), (Astray, "doesn't go on from where it was restored")):
        other = PluginOptimizer(kind, settings, founders, low, high, seed=1)
        with pytest.raises(PluginError, match=said):
            other.restore(one.population, one.hall_of_fame(), one.memory)
    again = PluginOptimizer(Annealing, settings, founders, low, high, seed=1)
    again.restore(one.population, one.hall_of_fame(), one.memory)
    assert np.array_equal(again.ask(), one.ask())
    assert np.array_equal(again.ask(), again.ask())
