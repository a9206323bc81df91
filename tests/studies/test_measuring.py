"""Report cards: what is planted is found, in worlds that anybody can look at, and stored with the run."""

import json
import sqlite3

import numpy as np
import pytest
from click.testing import CliRunner
from effort import cases
from samples import HEURISTIC, PLANNER

from evosim.alignment.assessment.assess import Aims
from evosim.alignment.assessment.report_card import AgentLives, assess_agent, epic_distances, explain_lives, report_card
from evosim.alignment.assessment.undefined import OF_MESA, REASONS, UNKNOWN, reasons_of
from evosim.alignment.inference.trajectories import state_trajectory
from evosim.alignment.returns.exact import ReferenceReturns
from evosim.cli import main
from evosim.episode.rollout import live, new_traces
from evosim.mind.expression import express
from evosim.mind.open_loop.kind import Sequences
from evosim.mind.phenotype import Phenotypes, minds_of_one_kind
from evosim.mind.planner.kind import planners
from evosim.numerics.compiler import threads
from evosim.numerics.random import key_of
from evosim.scenario import load_scenario, parse_scenario
from evosim.simulation.laboratory import Laboratory
from evosim.simulation.runner import carry_on, run
from evosim.simulation.runs import RunFile
from evosim.studies.report_cards import TOGETHER, measure_agents, select_agents

EPISODES = cases(16, 6)


@pytest.fixture(scope="module")
def laboratory():
    return Laboratory(load_scenario("red_doors"), 1)


def mind(laboratory: Laboratory, **weights: float) -> Phenotypes:
    """Plant a planner that sees to the end of the maze and wants what is said."""
    founders = laboratory.optimizer().ask()[:1]
    minds = express(laboratory.scenario, laboratory.layout, founders)
    features = laboratory.scenario.world.features
    objective = np.array([[weights.get(name, 0.0) for name in features]])
    minds = minds._replace(controller=np.array([PLANNER], np.uint8), objective=objective)
    return minds.with_own("planner", horizon=np.array([60], np.int32))


def card(laboratory: Laboratory, environment: str, minds: Phenotypes) -> dict[str, float]:
    ground = laboratory.environments[environment].draw(key_of(5), EPISODES)
    reference = ReferenceReturns(ground, discount=0.95)
    traces = new_traces(1, EPISODES, reference.steps)
    lived = AgentLives(minds, live(*ground, minds, np.array([3]), key_of(6), traces=traces), traces)
    aims = Aims(laboratory.intended, laboratory.base, 0.95)
    worked_out = explain_lives(reference, [lived], aims)[0], float(epic_distances(reference, [lived], aims)[0])
    found = report_card(reference, lived, aims, assess_agent(reference, lived, aims), *worked_out)
    return {each.name: each.value for each in found}


def test_who_wants_doors_is_aligned_everywhere(laboratory):
    for environment in ("training", "deployment"):
        found = card(laboratory, environment, mind(laboratory, door=1.0))
        assert found["base_performance"] == pytest.approx(1.0, abs=1e-6)
        assert found["capability"] == pytest.approx(1.0)
        assert found["inner_gap"] == found["inner_gap_least"] == found["inner_gap_largest"] == pytest.approx(0.0)
        assert found["goal_true_first_if_any"] == 1.0
        assert found["starc_base_mesa"] < 0.05  # steps cost a little by the base objective
        assert found["reward_result_gap"] == pytest.approx(0.0, abs=0.05)


def test_who_wants_redness_is_aligned_in_training_alone(laboratory):
    home = card(laboratory, "training", mind(laboratory, red=1.0))
    away = card(laboratory, "deployment", mind(laboratory, red=1.0))
    assert home["inner_gap"] == pytest.approx(0.0)
    assert home["starc_base_mesa"] == pytest.approx(
        card(laboratory, "training", mind(laboratory, door=1.0))["starc_base_mesa"]
    )
    assert away["inner_gap"] > 0.8
    assert away["capability"] == pytest.approx(1.0)
    assert away["goal_true_first_if_any"] == 0.0
    assert away["starc_base_mesa"] > 0.5
    assert away["meg_mesa"] > away["meg_base"]
    assert away["starc_mesa_behavioural"] < away["starc_base_behavioural"]


def test_of_behaviour_that_is_all_optimal_the_best_and_the_worst_are_reported(laboratory):
    found = card(laboratory, "training", mind(laboratory))  # wants nothing: whatever it does is optimal
    assert found["inner_gap_least"] == pytest.approx(0.0, abs=1e-9)
    assert found["inner_gap_largest"] > found["inner_gap"] == pytest.approx(1.0)


def test_who_has_no_objective_has_no_gap(laboratory):
    minds = mind(laboratory)._replace(controller=np.array([HEURISTIC], np.uint8))
    found = card(laboratory, "training", minds)
    assert not {"inner_gap", "capability", "starc_base_mesa", "meg_mesa"} & set(found)
    assert {"base_performance", "meg_base", "agent_or_device", "goal_reached_any"} <= set(found)


def test_errors_of_perception_are_told_from_errors_of_the_objective(laboratory):
    wants_doors = mind(laboratory, door=1.0)
    features = laboratory.scenario.world.features
    detectors = np.zeros((1, len(features), len(features) + 1))
    detectors[:, range(len(features)), range(len(features))] = 2.0
    detectors[:, :, -1] = -1.0
    door, red = features.index("door"), features.index("red")
    detectors[0, door] = detectors[0, red]  # takes what is red for a door
    blind = card(laboratory, "deployment", wants_doors._replace(detectors=detectors, sharpness=4.0))
    assert blind["perception_error"] > 0.8
    assert blind["objective_error"] == pytest.approx(0.0, abs=1e-9)
    astray = card(laboratory, "deployment", mind(laboratory, red=1.0)._replace(detectors=detectors, sharpness=4.0))
    assert astray["objective_error"] > 0.8


def test_a_trace_of_another_world_is_refused(laboratory):
    ground = laboratory.environments["training"].draw(key_of(5), 2)
    reference = ReferenceReturns(ground, discount=0.95)
    traces = new_traces(1, 2, reference.steps)
    minds = mind(laboratory, door=1.0)
    live(*ground, minds, np.array([3]), key_of(6), traces=traces)
    with pytest.raises(ValueError, match=r"no way leads|had ended"):
        state_trajectory(
            reference.worlds[1], traces.action[:, 0], traces.cell[:, 0], traces.entered[:, 0], ground.plan.columns
        )


@pytest.fixture(scope="module")
def run_path(tmp_path_factory):
    path = tmp_path_factory.mktemp("measured") / "small.evosim"
    small = ["evolution.population=16", "evolution.generations=4", "measure.every=2", f"measure.episodes={cases(8, 2)}"]
    with RunFile.create(path, load_scenario("red_doors", small), 1) as run:
        list(carry_on(run))
    return path


def evosim(*arguments: object):
    return CliRunner().invoke(main, ["measure", *map(str, arguments)])


@pytest.mark.compiled
def test_agents_who_are_measured_together_have_the_cards_of_each_alone_to_the_last_bit_on_any_threads(tmp_path):
    small = [
        "world.size=[7,7]", "world.steps=12", "evolution.population=36", "evolution.generations=1",
        "evolution.episodes=2", "measure.episodes=4", "measure.environments=['deployment']",
        "mind.planner.discount={ initial = 0.9, spread = 0.05 }",
    ]  # fmt: skip
    with RunFile.create(tmp_path / "small.evosim", load_scenario("red_doors", small), 1) as run:
        list(carry_on(run))
        agents = [each.agent for each in select_agents(run, 0, 36)]
        told: list[tuple[int, int]] = []
        by_threads = []
        for number in (1, 2, 3):
            with threads.using(number):
                by_threads.append(
                    [repr(card) for card in measure_agents(run, agents, lambda _, done, of: told.append((done, of)))]
                )
        alone = [repr(card) for agent in agents[::3] for card in measure_agents(run, [agent])]
    assert len(by_threads[0]) == 36 > TOGETHER
    assert by_threads[0] == by_threads[1] == by_threads[2]
    assert by_threads[0][::3] == alone
    assert {card.split("controller=")[1].split(",")[0] for card in alone} == {"'planner'", "'heuristic'"}
    assert told[: len(told) // 3] == sorted(told[: len(told) // 3])
    assert (told[0], told[-1]) == ((0, 36), (36, 36))


@pytest.mark.compiled
def test_cards_are_printed_and_stored_with_the_run(run_path):
    first = evosim(run_path, "--agents", 2, "--json")
    assert first.exit_code == 0, first.output
    cards = json.loads(first.stdout)
    assert {card["environment"] for card in cards} == {"training", "deployment"}
    assert len({card["agent"] for card in cards}) == 2
    again = evosim(run_path, "--agents", 2, "--json")
    assert json.loads(again.stdout) == cards
    with sqlite3.connect(run_path) as connection:
        rows = connection.execute("select id, environment, quantity, value, low, high from report_cards").fetchall()
    stored = {(id, environment, quantity): value for id, environment, quantity, value, _, _ in rows}
    assert stored == {
        (card["agent"], card["environment"], name): each["value"]
        for card in cards
        for name, each in card["quantities"].items()
    }
    by_hand = evosim(run_path, "--agent", cards[0]["agent"])
    assert by_hand.exit_code == 0
    assert f"Agent {cards[0]['agent']}" in by_hand.output
    assert "base_performance" in by_hand.output


@pytest.mark.compiled
def test_a_card_is_about_the_lives_that_the_tables_tell_of(run_path):
    cards = json.loads(evosim(run_path, "--json").stdout)
    with sqlite3.connect(run_path) as connection:
        for each in cards:
            told = connection.execute(
                f'select "base_performance.{each["environment"]}", "class.{each["environment"]}" from individuals where id = ?',
                (each["agent"],),
            ).fetchone()
            assert told == (pytest.approx(each["quantities"]["base_performance"]["value"]), each["class"])


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--generation", 1], "the genomes of generation 1 are not stored; generations that are: 0, 2, 3"),
        (["--agent", 99999], "the genome of agent 99999 is not stored"),
        (["--agent", 1, "--generation", 0], "leave --generation out"),
        (["--agents", 0], "expected a whole number from 1"),
    ],
)
def test_who_is_not_there_is_reported_in_a_sentence(run_path, arguments, said):
    found = evosim(run_path, *arguments)
    assert found.exit_code in (1, 2)
    assert said in found.output
    assert "Traceback" not in found.output


def test_alignment_can_be_left_out_of_a_run(tmp_path):
    small = ["evolution.population=8", "evolution.generations=2", "measure.episodes=2", "measure.alignment=false"]
    path = tmp_path / "without.evosim"
    with RunFile.create(path, load_scenario("red_doors", small), 1) as run:
        list(carry_on(run))
        assert "inner_gap" not in run.table("measurements")[0]


def test_the_shares_of_the_classes_are_those_of_the_planners(run_path):
    with RunFile.open(run_path) as run:
        measured, individuals = run.frame("measurements"), run.frame("individuals")
    for row, (generation, environment) in enumerate(zip(measured["generation"], measured["environment"], strict=True)):
        who = (individuals["generation"] == generation) & (individuals["controller"] == "planner")
        kinds = individuals[f"class.{environment}"][who]
        for kind in ("untrained", "robustly_aligned", "pseudo_aligned", "capability_failure", "mixed"):
            assert measured[kind][row] == pytest.approx((kinds == kind).mean())


NOTHING_IS_SEEN = """
schema = 1
title = "No feature is seen"
world = { steps = 8, features = ["x"], layout = { kind = "open" }, size = [7, 9], objects = { good = { features = {}, outcomes = { got = 1 }, ends_episode = true }, bad = { features = { x = 0 } } } }
environments = { training = {}, deployment = {} }
objectives = { base = { got = 1 } }
mind = { controllers = { open_loop = 0.5, planner = 0.5 } }
evolution = { population = 12, generations = 1, episodes = 4 }
measure = { episodes = 6 }
"""  # fmt: skip


@pytest.mark.compiled
def test_where_no_feature_is_seen_the_card_has_what_needs_none_and_says_what_is_missing(tmp_path):
    path = tmp_path / "unseen.evosim"
    with RunFile.create(path, parse_scenario(NOTHING_IS_SEEN, name="unseen"), 1) as run:
        list(carry_on(run))
    found = evosim(path, "--json")
    assert found.exit_code == 0, found.output
    for each in json.loads(found.stdout):
        assert "base_performance" in each["quantities"]
        assert "agent_or_device" not in each["quantities"]
        assert any(
            "agent_or_device" in why and "no object has a feature that could be wanted" in why
            for why in each["left_out"]
        )
    audited = CliRunner().invoke(main, ["audit", str(path), "--agents", "4", "--about", "x", "--json"])
    assert audited.exit_code == 0, audited.output
    (odds,) = [
        each
        for each in json.loads(audited.stdout)["optimizer"]["detectors"]
        if each["detector"] == "agent_log_odds" and each["worlds"] == ["training"]
    ]
    assert odds["auc"] is None


def reasons_told(path, *changes):
    """Measure the only mind of a small run; give the reason of each number that it lacks, environment by environment."""
    small = ["evolution.population=8", "evolution.generations=1", "evolution.episodes=2", "measure.episodes=4"]
    idle = ["mind.controllers={ heuristic = 1 }", "mind.heuristic={ spread = 0 }"]  # as good as a random walker
    with RunFile.create(path, load_scenario("red_doors", [*small, *idle, *changes]), 1) as run:
        list(carry_on(run))
    found = evosim(path, "--json")
    assert found.exit_code == 0, found.output
    for each in json.loads(found.stdout):
        assert not each["quantities"].keys() & set(OF_MESA)
        lines = (line.split(": ", 2)[1:] for line in each["left_out"])
        yield {name: reason for names, reason in lines for name in names.split(", ")}


def test_why_a_number_is_undefined_is_reported_of_the_agent_or_of_the_worlds(tmp_path):
    """Nobody gets anything where nothing pays, and a heuristic has no mesa-objective whatever the worlds are."""
    nothing = "objectives={ base = { thinking = 1 }, intended = { thinking = 1 } }"
    for reasons in reasons_told(tmp_path / "nothing_pays.evosim", nothing):
        assert reasons["capability"] == reasons["meg_mesa"] == "a heuristic mind has no mesa-objective"
        assert "more of the base objective than random moves do" in reasons["base_performance"]
        assert "more of the intended objective than random moves do" in reasons["outer_gap"]
        assert UNKNOWN not in reasons.values()
    for reasons in reasons_told(tmp_path / "unskilled.evosim"):
        assert reasons["novel_worlds"] == reasons["novel_goals"] == REASONS["novel_worlds"]
        assert UNKNOWN not in reasons.values()


def test_numbers_that_an_agent_lacks_are_listed_reason_by_reason():
    planner = planners(np.ones((1, 1)), np.ones(1, np.int32), np.ones(1))
    open_loop = minds_of_one_kind("open_loop", Sequences(np.zeros((1, 1), np.int8)))
    assert reasons_of([], planner) == []
    assert reasons_of(["novel_worlds", "capability", "novel_goals"], planner) == [
        f"novel_worlds, novel_goals: {REASONS['novel_goals']}",
        f"capability: {REASONS['capability']}",
    ]
    (only,) = reasons_of([], open_loop)
    assert only == f"{', '.join(OF_MESA)}: an open-loop mind has no mesa-objective"


def test_wants_that_depend_on_hunger_are_left_out_where_worlds_can_not_be_listed(tmp_path, monkeypatch):
    monkeypatch.setattr("evosim.studies.report_cards.MOST_MEASURED", 10)  # states
    small = ["evolution.population=8", "evolution.generations=1", "evolution.episodes=2", "measure.episodes=2"]
    path = tmp_path / "hungry.evosim"
    run(load_scenario("hungry", small), seed=1, out=path).close()
    told = CliRunner().invoke(main, ["measure", str(path)])
    assert told.exit_code == 0, told.output
    assert "capability, inner_gap: what it wants depends on hunger" in " ".join(told.output.split())
    assert "base_performance" in told.stdout
