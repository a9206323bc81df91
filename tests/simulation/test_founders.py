"""Founders from another run, or from a table by locus: they are part of the scenario, wherever the file goes."""

import json

import numpy as np
import pytest
from click.testing import CliRunner

from evosim.cli import main
from evosim.mind.founders import draw_founders
from evosim.mind.genome import genome_layout
from evosim.scenario import ScenarioError, load_scenario
from evosim.scenario.loading.load import scenario_digest, scenario_from_json, scenario_to_json
from evosim.simulation.genome_tables import GenomeTable
from evosim.simulation.laboratory import Laboratory
from evosim.simulation.runner import carry_on, verify
from evosim.simulation.runs import RunFile
from evosim.storage.schema import RunFileError

SMALL = ["evolution.population=6", "evolution.generations=2", "evolution.episodes=1", "measure.episodes=1"]
NO_MEASURES = "measure.alignment=false"
GIVEN = 'evolution.founders={loci=["objective.red"],genomes=[[0.25],[-0.5]]}'


def evosim(*arguments: object):
    return CliRunner().invoke(main, list(map(str, arguments)))


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    path = tmp_path_factory.mktemp("founders") / "first.evosim"
    with RunFile.create(path, load_scenario("red_doors", [*SMALL, NO_MEASURES]), 1) as made:
        list(carry_on(made))
    with RunFile.open(path) as made:
        yield made


def test_given_alleles_take_the_place_of_drawn_ones_and_repeat():
    scenario = load_scenario("red_doors", [*SMALL, GIVEN])
    layout = genome_layout(scenario)
    drawn, given = (draw_founders(each, layout, 1) for each in (load_scenario("red_doors", SMALL), scenario))
    red = layout.loci.index("objective.red")
    assert given[:, red].tolist() == [0.25, -0.5] * 3
    others = np.arange(len(layout.loci)) != red
    assert (given[:, others] == drawn[:, others]).all()


def test_a_scenario_without_founders_has_the_digest_that_it_had():
    assert '"founders"' not in scenario_to_json(load_scenario("red_doors"))


def test_a_run_goes_on_from_the_genomes_of_another_one_without_its_file(run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert evosim("export", run.path, "--table", "genomes", "-o", "founders.csv").exit_code == 0
    scenario = load_scenario("red_doors", [*SMALL, NO_MEASURES, "evolution.founders=founders.csv"])
    (tmp_path / "founders.csv").unlink()
    assert draw_founders(scenario, genome_layout(scenario), 9).tolist() == run.population(1).genomes.tolist()
    again = scenario_from_json(scenario_to_json(scenario), "stored")
    assert scenario_digest(again, 1) == scenario_digest(scenario, 1) != scenario_digest(run.scenario, 1)
    with RunFile.create(tmp_path / "second.evosim", scenario, 1) as second:
        list(carry_on(second))
        assert second.population(0).genomes.tolist() == run.population(1).genomes.tolist()
    with RunFile.open(tmp_path / "second.evosim") as second:
        assert all(same for _, same in verify(second))


def test_the_best_are_those_of_the_hall_of_fame(run, tmp_path):
    out = tmp_path / "best.json"
    assert evosim("export", run.path, "--table", "genomes", "--best", "--format", "json", "-o", out).exit_code == 0
    rows = json.loads(out.read_text())
    assert [row["id"] for row in rows] == [id for id, _, _ in run.best()]
    assert [np.float32(rows[0][locus]) for locus in run.laboratory.layout.loci] == run.best()[0][2].tolist()
    assert [id for _, id, *_ in GenomeTable(run, 0).table()[1]] == list(range(6))
    with pytest.raises(RunFileError, match="the genomes of 7 are not stored; there are 0, 1"):
        GenomeTable(run, 7)
    assert evosim("export", run.path, "--best").exit_code == 2
    assert evosim("export", run.path, "--table", "genomes", "--best", "--generation", 1).exit_code == 2


def test_a_table_is_found_beside_the_scenario_and_beside_the_one_that_it_extends(tmp_path):
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep/some.csv").write_text("id,objective.red\n7,0.5\n\n8,-0.5\n")
    (tmp_path / "deep/one.toml").write_text('extends = "red_doors"\n[evolution]\nfounders = "some.csv"\n')
    (tmp_path / "two.toml").write_text('extends = "deep/one.toml"\n')
    for name in ("deep/one.toml", "two.toml"):
        founders = load_scenario(tmp_path / name).evolution.founders
        assert (founders.loci, founders.genomes) == (["objective.red"], [[0.5], [-0.5]])


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (None, "no such file"),
        ("objective.red\n", "a line for each founder"),
        ("objective.red\n0.5,1\n", "line 2 has 2 entries, and the first line 1"),
        ("objective.red\n0.5\nred\n", "line 3 has no finite number for 'objective.red'"),
        ("objective.red\nnan\n", "line 2 has no finite number"),
        ("objective.red\n\n\n0.5\nred\n", "line 5 has no finite number for 'objective.red'"),
        (f"{'x' * 200_000}\n0.5\n", "line 1: field larger than field limit"),
        ("objective.red\n" + "0\n" * 7, "7 genomes, and a population of 6"),
        ("objective.red,objective.red\n0,0\n", "'objective.red' is named twice"),
        (f"{','.join(f'l{i % 1001}' for i in range(1002))}\n0{',0' * 1001}\n", "'l0' is named twice"),
        ("SQLite format 3\0", "a run or another database"),
        (b"objective.red\n\xff\n", "not UTF-8 text"),
    ],
)
def test_a_table_that_will_not_do_is_refused_where_it_is_named(content, what, tmp_path):
    table, scenario = tmp_path / "some.csv", tmp_path / "one.toml"
    if content is not None:
        table.write_bytes(content if isinstance(content, bytes) else content.encode())
    scenario.write_text('extends = "red_doors"\n[evolution]\npopulation = 6\nfounders = "some.csv"\n')
    with pytest.raises(ScenarioError, match=what) as raised:
        load_scenario(scenario)
    assert f"{scenario}:4:" in str(raised.value)


@pytest.mark.parametrize(
    ("named", "what"),
    [
        ("runs/a.evosim", "`evosim export a.evosim --table genomes -o founders.csv`"),
        ("/etc/passwd", "ends in .csv"),
        ("a\\u0000.csv", "not the path of a file"),
    ],
)
def test_what_is_no_table_is_not_read(named, what):
    with pytest.raises(ScenarioError, match=what):
        load_scenario("red_doors", [f'evolution.founders="{named}"'])


@pytest.mark.parametrize(
    ("founders", "what"),
    [
        ('{loci=["objective.rde"],genomes=[[0]]}', "no locus 'objective.rde'; did you mean 'objective.red'"),
        ('{loci=["objective.red"],genomes=[[0],[9]]}', "objective.red = 9 is outside of its range, -1 to 1"),
        ('{loci=["objective.red"],genomes=[[0,1]]}', "2 numbers; one for each of 1 loci is needed"),
    ],
)
def test_genomes_that_do_not_fit_are_refused_before_a_run(founders, what):
    done = evosim("validate", "red_doors", "--set", f"evolution.founders={founders}")
    assert done.exit_code == 3
    assert what in done.output


def test_an_ecology_refuses_genomes_that_do_not_fit():
    done = evosim("validate", "contraception", "--set", 'evolution.founders={loci=["nothing"],genomes=[[0]]}')
    assert done.exit_code == 3
    assert "genomes have no locus 'nothing'" in done.output


def test_random_search_has_no_founders():
    with pytest.raises(ScenarioError, match="random_search has no founders"):
        load_scenario("red_doors", [GIVEN, "evolution.algorithm=random_search"])


def test_founders_that_evolve_by_a_distribution_are_where_it_starts():
    lab = Laboratory(load_scenario("red_doors", [*SMALL, GIVEN, "evolution.algorithm=cma_es"]), 1)
    assert lab.optimizer() is not None
