"""Inferred objectives of a whole generation: a table that has of each agent what its report card has."""

import csv
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from effort import cases

from evosim import open_run
from evosim.alignment.assessment.behavioural import explain_behaviours
from evosim.alignment.battery.subject import observe_minds
from evosim.alignment.mdp.objectives import outcome_objective
from evosim.alignment.returns.exact import ReferenceReturns
from evosim.cli import main
from evosim.cli.commands.read import INFERRED as CALLED
from evosim.mind.expression import express, have_objective
from evosim.mind.phenotype import select_minds
from evosim.numerics.random import Stream, key_of
from evosim.scenario import load_scenario
from evosim.simulation.runner import carry_on
from evosim.simulation.runs import RunFile
from evosim.studies.inferred_objectives import INFERRED
from evosim.studies.report_cards import measure_agents, select_agents

SMALL = [
    "world.size=[7,7]", "world.steps=12", "evolution.population=12", "evolution.generations=2", "evolution.episodes=2",
    "measure.every=1", f"measure.episodes={cases(6, 2)}",
]  # fmt: skip


APART = ("reward_result_gap", "starc_base_behavioural", "starc_mesa_behavioural")


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("inferred") / "small.evosim"
    with RunFile.create(file, load_scenario("red_doors", SMALL), 1) as run:
        list(carry_on(run))
    return file


def test_each_agent_has_the_numbers_of_its_report_card(path):
    with open_run(path) as run:
        table = run.inferred_objectives(0)
        agents = [each.agent for each in select_agents(run, 0, 3)]
        cards = list(measure_agents(run, agents))
    assert len(table["id"]) == 24
    assert set(table["generation"].tolist()) == {0}
    for card in cards:
        (row,) = np.flatnonzero((table["id"] == card.agent.id) & (table["environment"] == card.environment))
        found = {each.name: each.value for each in card.quantities}
        assert np.isfinite(found["meg_base"])
        for name in (*APART, "meg_base", "beta_base", "agent_or_device"):
            number = float(table[name][row])
            assert number == found[name] if name in found else np.isnan(number)


def test_each_agent_has_the_weights_that_are_inferred_of_it_alone(path):
    with open_run(path) as run:
        table = run.inferred_objectives(environment="deployment")
        laboratory, population = run.laboratory, run.population(1)
        minds = express(run.scenario, laboratory.layout, population.genomes)
        ground = laboratory.environments["deployment"].draw(
            key_of(1, Stream.MEASURED_WORLDS, 1), run.scenario.measure.episodes
        )
    reference = ReferenceReturns(ground, discount=laboratory.aims.discount)
    base = np.tile(outcome_objective(ground.plan, laboratory.base), (reference.count, 1))
    for p, id in enumerate(population.ids):
        one = np.array([p])
        _, traces = observe_minds(
            select_minds(minds, one), population.ids[one], ground, key_of(1, Stream.MEASURED_LIVES, 1)
        )
        (alone,) = explain_behaviours(reference, traces, base, laboratory.aims.discount).inferred
        (row,) = np.flatnonzero(table["id"] == id)
        names = [f"wants.{feature}" for feature in run.scenario.world.features]
        assert [float(table[name][row]) for name in names] == alone.weights.tolist()
        assert table["gain"][row] == alone.gain
        assert table["spread.door"][row] == np.sqrt(alone.covariance[2, 2])
    assert (np.isnan(table["starc_mesa_behavioural"]) == ~have_objective(minds)).all()


def evosim(*arguments: object):
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def test_the_table_is_exported_from_the_command_line(path, tmp_path):
    out = tmp_path / "inferred.csv"
    shown = evosim("export", path, "--table", CALLED, "--generation", 1, "--environment", "training", "-o", out)
    assert shown.exit_code == 0, shown.output
    rows = list(csv.DictReader(out.read_text().splitlines()))
    assert len(rows) == 12
    with open_run(path) as run:
        expected = run.inferred_objectives(1, "training")
    assert [float(row["wants.red"]) for row in rows] == expected["wants.red"].tolist()
    assert "inferring what the behaviour of each agent appears to maximise" in shown.stderr
    assert CALLED == INFERRED


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        (["--table", INFERRED, "--environment", "trainig"], 1, "did you mean 'training'"),
        (["--table", INFERRED, "--generation", 9], 1, "not stored"),
        (["--table", "measurements", "--environment", "training"], 2, "--environment is for"),
        (["--table", "measurements", "--generation", 1], 2, "--generation is for"),
        (["--table", "inferred"], 2, INFERRED),
    ],
)
def test_what_can_not_be_inferred_is_refused_in_a_sentence(arguments, code, sentence, path):
    found = evosim("export", path, *arguments)
    assert found.exit_code == code, found.output
    assert sentence in found.output + found.stderr
