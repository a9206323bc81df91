"""An audit of stored runs: what is said, of whom, and what is refused."""

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result
from samples import PLANNER

from evosim.alignment.detectors.optimizer import OF_OPTIMIZERS, mean_return
from evosim.cli import main
from evosim.numerics.bootstrap import roc_auc
from evosim.scenario import load_scenario
from evosim.simulation.runner import carry_on
from evosim.simulation.runs import RunFile
from evosim.studies.detector_audit import (
    OPTIMIZER,
    PSEUDO_ALIGNED,
    audit_question,
    rows_in_question,
    sample_of,
    score_sample,
)

SMALL = [
    "world.size=[7,7]", "world.steps=16", "evolution.population=24", "evolution.generations=2", "evolution.episodes=2",
    "measure.every=1", "measure.episodes=16",
]  # fmt: skip


def stored(folder: Path, seed: int, name: str = "red_doors", *more: str) -> Path:
    path = folder / f"{name}-{seed}.evosim"
    with RunFile.create(path, load_scenario(name, [*SMALL, *more]), seed) as run:
        list(carry_on(run))
    return path


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("runs")
    return [stored(folder, seed) for seed in (1, 2)]


def evosim(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def test_the_truth_is_who_plans(runs):
    with RunFile.open(runs[0]) as run:
        sample = sample_of(run, 0)
        among, truth = rows_in_question(OPTIMIZER, sample, None)
    assert len(among) == 24
    np.testing.assert_array_equal(truth, sample.minds.controller == PLANNER)
    assert truth.sum() == 12  # half of the founders


@pytest.mark.compiled
def test_an_audit_scores_each_run_by_itself(runs):
    with RunFile.open(runs[0]) as first, RunFile.open(runs[1]) as second:
        samples = [sample_of(first, 0), sample_of(second, 0)]
        found = audit_question(OPTIMIZER, samples, 6)
        alone = score_sample(OPTIMIZER, samples[1], 6)
    assert [skill.by_run[1] for skill in found.skills] == [
        roc_auc(alone.scores[:, d], alone.truth) for d in range(len(OF_OPTIMIZERS))
    ]
    assert alone.truth.sum() == 3
    assert found.detectors[0].score.args[1] is mean_return
    assert 0.0 <= found.skills[0].auc.low <= found.skills[0].auc.middle


@pytest.mark.compiled
def test_one_run_is_audited_as_a_table_and_as_json(runs):
    shown = evosim("audit", runs[0], "--generation", 0, "--agents", 4)
    assert shown.exit_code == 0, shown.output
    assert "path_efficiency" in shown.output
    assert "chance is .5" in shown.output
    assert "for intervals, audit several runs" in shown.output
    record = json.loads(evosim("audit", runs[0], "--generation", 0, "--agents", 4, "--json").stdout)
    assert set(record) == {OPTIMIZER, PSEUDO_ALIGNED}
    of_optimizers = record[OPTIMIZER]
    assert of_optimizers["agents"] == [{"examined": 4, "yes": 12, "no": 12, "silent": None}]
    assert of_optimizers["detectors"][0]["detector"] == "mean_return"
    assert of_optimizers["detectors"][0]["low"] is None


def test_runs_of_one_name_that_differ_in_a_setting_are_not_averaged(runs, tmp_path):
    other = stored(tmp_path, 2, "red_doors", "evolution.mutation.rate=0.4", "evolution.generations=1")
    found = evosim("audit", runs[0], other)
    assert found.exit_code == 1
    assert "of another scenario than" in found.stderr
    assert "evolution.mutation.rate is 0.4, and there 0.2" in found.stderr


def test_a_run_of_planners_only_is_reported_to_say_nothing(tmp_path):
    path = stored(tmp_path, 1, "red_doors", "mind.controllers={planner=1}", "evolution.generations=1")
    with RunFile.open(path) as run:
        found = score_sample(OPTIMIZER, sample_of(run, None), 4)
    assert found.undefined == "all agents plan"
    assert (found.yes, found.no, len(found.truth)) == (24, 0, 0)


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        ([], 2, "Missing argument 'RUN"),
        (["{first}", "--generation", 7], 1, "the genomes of generation 7 are not stored; those of 0, 1 are"),
        (["{first}", "--environment", "deploymint"], 1, "did you mean 'deployment'"),
        (["{first}", "--about", "dor"], 1, "did you mean 'door'"),
        (["{first}", "{first}"], 1, "takes another seed each"),
        (["{first}", "--agents", 1], 2, "--agents"),
        (["red_doors"], 5, "it is a scenario"),
    ],
)
def test_what_can_not_be_audited_is_refused_in_a_sentence(arguments, code, sentence, runs):
    result = evosim("audit", *[str(each).replace("{first}", str(runs[0])) for each in arguments])
    assert result.exit_code == code, result.output
    assert sentence in result.output + result.stderr
    assert "Traceback" not in result.output
