"""Interventions: the same worlds and the same luck, so that every difference is caused."""

import json
import re

import numpy as np
import pytest
from click.testing import CliRunner
from effort import cases
from samples import PLANNER

from evosim.alignment.battery.interventions import (
    Draws,
    acted_otherwise,
    check_allele,
    edit_genome,
    paired_effect,
    run_episodes,
    transplant_segment,
)
from evosim.alignment.battery.subject import PhenotypeSubject, lesion_map, subject_of
from evosim.cli import main
from evosim.cli.commands.intervene import announce_duration
from evosim.episode.environment import environments
from evosim.episode.observed_outcomes import UNSEEN, observed_outcomes, observed_returns
from evosim.episode.outcomes import numbered_layout
from evosim.gridworld.sampling import WALL
from evosim.mind.expression import express
from evosim.mind.founders import draw_founders
from evosim.mind.genome import genome_layout
from evosim.mind.kinds import kind_named
from evosim.numerics.bootstrap import bootstrap_interval, permuted_within_rows, ratio_of_means, roc_auc, share_as_large
from evosim.numerics.random import key_of, uniform
from evosim.scenario import load_scenario
from evosim.simulation.generational.resources import seconds_to_replay
from evosim.simulation.laboratory import Laboratory
from evosim.simulation.runner import carry_on
from evosim.simulation.runs import RunFile
from evosim.studies.absent_features import describe_absent
from evosim.studies.interventions import intervene

SMALL = ["evolution.population=16", "evolution.generations=3", "measure.episodes=4", "evolution.episodes=2",
         "measure.every=2"]  # fmt: skip
BOTH = "mind.controllers={ planner = 0.5, heuristic = 0.5 }"
EPISODES = cases(16, 2)
SCENARIOS = ("red_doors", "hungry", "keys_and_chests", "cheese_corner", "misperceived")


@pytest.fixture(scope="module")
def run_path(tmp_path_factory):
    path = tmp_path_factory.mktemp("interventions") / "doors.evosim"
    with RunFile.create(path, load_scenario("red_doors", SMALL), 1) as run:
        list(carry_on(run))
    return path


def founders(name, *overrides):
    scenario = load_scenario(name, [*SMALL, *overrides])
    layout = genome_layout(scenario)
    return scenario, layout, draw_founders(scenario, layout, 1)


def test_what_an_edit_costs_is_estimated_before_it_is_lived(run_path, capsys):
    scenario, layout, genomes = founders("red_doors", "mind.planner.algorithm=mcts")
    planner, genome = kind_named("planner"), genomes[0]
    edited = edit_genome(genome, layout, {"planner.simulations": 100_000, "planner.horizon": 4096})
    usual, long = (seconds_to_replay(scenario, layout, each, planner, "training", 64) for each in (genome, edited))
    assert usual < 60 < 3600 < long
    told = []
    with RunFile.open(run_path) as run:
        intervene(run, alleles={"objective.red": 0.0}, environment="deployment", announce=told.append)
    assert len(told) == 1
    assert 0.0 < told[0] < 1.0
    announce_duration(told[0])
    announce_duration(long)
    assert re.fullmatch(
        r"the agent lives for up to about [\d,]+ h, if every episode .* take less\n", capsys.readouterr().err
    )


def draws(id):
    return Draws(key_of(1, 1), key_of(1, 2), id, EPISODES)


def lived(scenario, layout, genome, environment="training", id=3):
    minds = express(scenario, layout, genome[None])
    return run_episodes(environments(scenario, 1)[environment], minds, draws(id))


@pytest.mark.parametrize("name", SCENARIOS)
def test_what_is_seen_from_outside_is_what_lives_come_to(name):
    scenario, layout, genomes = founders(name)
    for row in range(0, 16, 3):
        there = environments(scenario, 1)["training"].draw(key_of(5), cases(16, 2))
        mind = subject_of(express(scenario, layout, genomes), row, row)
        lives, traces = mind.observe(there, key_of(6))
        seen = observed_outcomes(there, traces)
        outcomes = numbered_layout(there.plan)
        visible = [k for k, name in enumerate(outcomes.names) if name not in UNSEEN]
        np.testing.assert_allclose(seen[..., visible], lives.outcomes[..., visible], atol=1e-12)
    weights = np.zeros(seen.shape[2])
    weights[outcomes.slice_of("thinking")] = 1.0
    with pytest.raises(ValueError, match="thinking, which can't be observed"):
        observed_returns(there, traces, weights)


def test_an_edit_of_a_silent_locus_changes_nothing_at_all():
    scenario, layout, genomes = founders("red_doors")
    planners = np.flatnonzero(express(scenario, layout, genomes).controller == PLANNER)
    planner, heuristic = genomes[planners[0]], genomes[np.setdiff1d(np.arange(16), planners)[0]]
    for genome, silent in ((planner, "heuristic.bias"), (heuristic, "objective.red")):
        before = lived(scenario, layout, genome)
        after = lived(scenario, layout, edit_genome(genome, layout, {silent: -0.9}))
        assert not acted_otherwise(before, after).any()
        np.testing.assert_array_equal(before.outcomes, after.outcomes)


def test_an_edit_that_is_expressed_changes_behaviour_and_an_edit_back_restores_every_step():
    scenario, layout, genomes = founders("red_doors")
    row = int(np.flatnonzero(express(scenario, layout, genomes).controller == PLANNER)[0])
    genome = edit_genome(genomes[row], layout, {"planner.horizon": 30, "objective.door": 1.0, "objective.red": 1.0})
    changed = edit_genome(genome, layout, {"objective.door": -1.0, "objective.key": 3.0})
    back = edit_genome(
        changed, layout, {name: float(genome[layout.loci.index(name)]) for name in ("objective.door", "objective.key")}
    )
    before, after, again = (lived(scenario, layout, each) for each in (genome, changed, back))
    assert acted_otherwise(before, after).mean() > 0.5
    assert not acted_otherwise(before, again).any()
    np.testing.assert_array_equal(before.mesa_return, again.mesa_return)


def test_a_transplanted_objective_makes_the_mind_want_what_the_donor_wanted():
    scenario, layout, genomes = founders("red_doors")
    into = transplant_segment(genomes[0], genomes[1], layout)
    minds = express(scenario, layout, np.stack([genomes[0], genomes[1], into]))
    np.testing.assert_array_equal(minds.objective[2], minds.objective[1])
    assert minds.own["planner"].horizon[2] == minds.own["planner"].horizon[0]
    with pytest.raises(ValueError, match="no segment 'objectives' to transplant; did you mean 'objective'"):
        transplant_segment(genomes[0], genomes[1], layout, "objectives")


def test_worlds_are_the_same_across_environments_but_for_what_the_environments_change():
    scenario, _, _ = founders("red_doors")
    here, there = (environments(scenario, 1)[name].draw(key_of(5), 8).worlds for name in ("training", "deployment"))
    for part in ("wall", "start", "cell"):
        np.testing.assert_array_equal(getattr(here, part), getattr(there, part))
    assert (here.features != there.features).any()


@pytest.mark.parametrize(
    ("alleles", "said"),
    [
        ({"objective.rde": 0.0}, "no locus 'objective.rde'; did you mean 'objective.red'"),
        ({"red": 0.0}, r"no locus 'red'; did you mean 'objective.red'\?$"),
        (
            {"x": 0.0},
            r"'x'; allowed: controller.*, objective.red, .*, heuristic.wall.ahead, [^,]*, … \(67 of these\), [^,]*$",
        ),
        ({"objective.red": np.nan}, "objective.red = nan; a finite number"),
        ({"objective.red": 1e39}, "a finite number"),
        ({"planner.horizon": 0.0}, "planner.horizon = 0; a number from 1 to 10000"),
    ],
)
def test_an_edit_that_means_nothing_is_refused(alleles, said):
    _, layout, genomes = founders("red_doors")
    with pytest.raises(ValueError, match=said):
        edit_genome(genomes[0], layout, alleles)
    outside = edit_genome(genomes[0], layout, {"objective.red": 5.0})  # an experimenter may leave the range
    assert outside[layout.loci.index("objective.red")] == 5.0


def test_an_effect_is_the_difference_in_the_same_worlds():
    before, after = np.arange(10.0), np.arange(10.0) + 0.25
    effect = paired_effect(before, after, key_of(1))
    assert effect.difference.middle == 0.25  # each world is its own control
    assert not effect.difference.known  # it is the same in each: nothing says how it might differ
    assert effect.before.low < effect.before.middle == 4.5 < effect.before.high
    with pytest.raises(ValueError, match="one for each world"):
        paired_effect(before, after[:3], key_of(1))


def test_an_interval_over_worlds_holds_the_mean_as_often_as_it_says():
    rng = np.random.default_rng(0)
    hits = 0
    for trial in range(400):
        low, high = bootstrap_interval(rng.normal(size=40), key_of(trial), rounds=400)[1:]
        hits += low <= 0.0 <= high
    assert 0.93 <= hits / 400 <= 0.98
    assert np.isnan(bootstrap_interval(np.zeros((0,)), key_of(1))).all()
    assert np.isnan(bootstrap_interval(np.zeros((3, 2)), key_of(1), ratio_of_means)).all()


def test_chance_is_counted_by_hand():
    assert share_as_large(2.0, np.array([0.0, 1.0, 2.0, 3.0])) == 3 / 5
    assert share_as_large(np.nan, np.zeros(9)) == 1.0
    shuffled = permuted_within_rows(np.arange(6.0).reshape(2, 3), key_of(1), rounds=50)
    np.testing.assert_array_equal(np.sort(shuffled, axis=2), np.broadcast_to(np.arange(6.0).reshape(2, 3), (50, 2, 3)))
    assert len({tuple(each.ravel()) for each in shuffled}) > 10
    assert roc_auc(np.array([3.0, 1.0, 2.0, 2.0]), np.array([True, True, False, False])) == 0.5
    assert roc_auc(np.array([3.0, 2.0, 2.0]), np.array([True, True, False])) == 0.75
    with pytest.raises(ValueError, match="NaN"):
        roc_auc(np.array([np.nan, 1.0]), np.array([True, False]))


def test_a_lesion_spares_border_objects_and_start_and_grows_with_its_share():
    scenario, layout, genomes = founders("red_doors")
    there = environments(scenario, 1)["training"].draw(key_of(5), cases(32, 3))
    mind = subject_of(express(scenario, layout, genomes), 0, 0)
    wall = there.worlds.wall == WALL
    wrong = {}
    for share in (0.0, 0.1, 0.4, 1.0):
        lesion = mind.with_model_noise(share, key_of(8)).lesion
        wrong[share] = np.zeros_like(wall) if lesion is None else (lesion_map(there, lesion).content == -2) != wall
    rows, columns = np.divmod(np.arange(wall.shape[1]), there.plan.columns)
    border = (rows % (there.plan.rows - 1) == 0) | (columns % (there.plan.columns - 1) == 0)
    spared = np.broadcast_to(border, wall.shape).copy()
    for e in range(len(wall)):
        spared[e, [there.worlds.start[e], *there.worlds.cell[e]]] = True
    np.testing.assert_array_equal(wrong[1.0], ~spared)
    assert not wrong[0.0].any()
    assert not (wrong[0.1] & ~wrong[0.4]).any()
    drawn = [[uniform(key_of(8, e), cell) < 0.4 for cell in range(wall.shape[1])] for e in range(len(wall))]
    np.testing.assert_array_equal(wrong[0.4], np.array(drawn) & ~spared)
    free, expected = (~spared).sum(), 0.4 * (~spared).sum()
    assert abs(wrong[0.4].sum() - expected) < 5 * np.sqrt(free * 0.24)
    with pytest.raises(ValueError, match="between 0 and 1"):
        mind.with_model_noise(np.nan, key_of(8))


def test_a_knob_that_makes_no_sense_is_refused():
    scenario, layout, genomes = founders("red_doors")
    mind = subject_of(express(scenario, layout, genomes), 0, 0)
    with pytest.raises(ValueError, match="at least 1 ahead"):
        mind.with_budget(0)
    with pytest.raises(ValueError, match="6 finite weights"):
        mind.with_objective(np.ones(5))
    with pytest.raises(ValueError, match="no row 16"):
        subject_of(mind.minds._replace(controller=np.zeros(16, np.uint8)), 16, 0)
    bare = PhenotypeSubject(mind.minds._replace(objective=np.zeros((1, 0))), 0)
    assert bare.with_objective(np.ones(6)) is bare
    assert bare.described() is None


def command(*arguments):
    return CliRunner(catch_exceptions=True).invoke(main, ["intervene", *map(str, arguments)])


def test_the_command_tells_what_an_edit_and_another_environment_cause(run_path):
    done = command(run_path, "--set", "objective.red=0", "--environment", "deployment", "--json")
    assert done.exit_code == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["agent"] // 16 == told["generation"] == 2
    assert [step["changed"] for step in told["steps"]] == ["environment", "genome"]
    assert told["steps"][1]["environment"] == {"before": "deployment", "after": "deployment"}
    first, second = (step["effects"]["base"] for step in told["steps"])
    assert first["after"]["middle"] == second["before"]["middle"]  # the second begins where the first ended
    assert set(told["alleles"]) == {"objective.red"}
    printed = command(run_path, "--set", "objective.red=0")
    assert "worlds it acted otherwise" in printed.stdout
    assert "base" in printed.stdout


def test_the_effect_of_an_edit_is_printed_before_that_of_the_environment(run_path):
    printed = command(run_path, "--set", "objective.red=0", "--environment", "deployment").stdout
    edit, environment = (
        printed.index("→ 0, in deployment"),
        printed.index("training → deployment, the agent as it evolved"),
    )
    assert edit < environment
    assert "as it evolved" not in command(run_path, "--environment", "deployment").stdout


def test_where_nothing_has_a_feature_it_is_said_and_where_something_has():
    scenario = load_scenario("red_doors", ["world.features=['red', 'blue', 'door', 'key', 'gem', 'ball', 'green']",
                             "environments.deployment.objects.key.features={ key = 1, green = { probability = 0.5 } }",
                             "environments.deployment.objects.gem.count=0"])  # fmt: skip
    (note,) = describe_absent(scenario, ["objective.green", "objective.red", "discount"], "training")
    assert note == (
        "objective.green: nothing in training has the feature green, so this changes nothing there; "
        "in deployment something has it: --environment deployment"
    )
    assert describe_absent(scenario, ["objective.green"], "deployment") == []
    assert describe_absent(scenario, ["objective.gem"], "deployment")[0].endswith("--environment training")
    perceived = load_scenario("misperceived")
    assert describe_absent(perceived, [f"objective.{name}" for name in perceived.world.features], "training") == []


def test_the_command_starts_from_the_numbers_that_were_measured(run_path):
    with RunFile.open(run_path) as run:
        measured = run.frame("individuals", "generation = 2")
        laboratory = Laboratory(run.scenario, run.seed)
        assert laboratory.selected_in(2) == "training"
    for at in (0, 7, 15):
        told = json.loads(command(run_path, "--agent", 32 + at, "--environment", "deployment", "--json").stdout)
        effect = told["steps"][0]["effects"]["base"]
        assert effect["before"]["middle"] == pytest.approx(measured["base_mean.training"][at], abs=1e-12)
        assert effect["after"]["middle"] == pytest.approx(measured["base_mean.deployment"][at], abs=1e-12)


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        ([], 1, "nothing to change"),
        (["--set", "objective.blu=0"], 1, "did you mean 'objective.blue'"),
        (["--set", "objective.blue"], 2, "write LOCUS=VALUE"),
        (["--set", "objective.blue=much"], 2, "'much' is not a number"),
        (["--set", "objective.blue=nan"], 1, "a finite number is needed"),
        (["--set", "objective.blue=1", "--set", "objective.blue=2"], 2, "set twice"),
        (["--agent", "20", "--environment", "deployment"], 1, "ids that are: 0 to 15 (generation 0), 32 to 47 (generation 2)"),
        (["--agent", "-1", "--environment", "deployment"], 2, "-1"),
        (["--transplant", "999"], 1, "agent 999 is not stored"),
        (["--environment", "deploymnt"], 1, "did you mean 'deployment'"),
        (["--environment", "deployment", "--episodes", "0"], 2, "0"),
    ],
)  # fmt: skip
def test_a_wrong_argument_is_reported_in_a_sentence(arguments, code, said, run_path):
    if "20" in arguments:  # unless it is famous, its genome is gone
        with RunFile.open(run_path) as run:
            state = run.checkpoint()
            assert state is not None
            arguments[1] = str(next(id for id in range(16, 32) if id not in {famous.id for famous in state.fame}))
    done = command(run_path, *arguments)
    assert done.exit_code == code
    assert said in " ".join(done.stderr.split())
    assert "Traceback" not in done.stderr


def test_an_agent_of_the_hall_of_fame_can_be_changed_though_its_generation_is_not_stored(run_path):
    with RunFile.open(run_path) as run:
        state = run.checkpoint()
        assert state is not None
        famous = [each.id for each in state.fame]
    for id in famous[:3]:
        assert command(run_path, "--agent", id, "--transplant", famous[0], "--episodes", 2).exit_code == 0


def agents_of(run_path, controller):
    with RunFile.open(run_path) as run:
        people = run.frame("individuals", "generation = 0")  # of founders there are all kinds
    return people["id"][people["controller"] == controller].tolist()


def test_what_an_agent_does_not_act_on_is_said_and_changes_nothing(tmp_path):
    path = tmp_path / "both.evosim"
    with RunFile.create(path, load_scenario("red_doors", [*SMALL, BOTH]), 1) as run:
        list(carry_on(run))
    for controller, locus, said in (
        ("heuristic", "objective.red=0", "a heuristic mind has no objective that it acts on, so this changes nothing"),
        ("heuristic", "planner.horizon=3", "a heuristic mind does not act on its loci of planner, so this changes nothing"),
        ("planner", "heuristic.bias=0.5", "a planner mind does not act on its loci of heuristic, so this changes nothing"),
    ):  # fmt: skip
        id = agents_of(path, controller)[0]
        printed = command(path, "--agent", id, "--set", locus)
        assert printed.exit_code == 0, printed.output
        assert f"{locus.partition('=')[0]}: {said}" in printed.stdout
        assert "nothing changed, exactly" in printed.stdout
        told = json.loads(command(path, "--agent", id, "--set", locus, "--json").stdout)
        assert [said in note for note in told["notes"]] == [True]
    heuristic, planner = (agents_of(path, controller)[0] for controller in ("heuristic", "planner"))
    told = json.loads(command(path, "--agent", heuristic, "--transplant", planner, "--json").stdout)
    assert "loci of objective: a heuristic mind has no objective" in told["notes"][0]
    for arguments in (
        ["--agent", planner, "--set", "objective.red=0"],
        [
            "--agent",
            heuristic,
            "--set",
            "objective.red=0",
            "--set",
            "controller.planner=1",
            "--set",
            "controller.heuristic=0",
        ],
    ):  # it acts on it, at the latest afterwards
        assert json.loads(command(path, *arguments, "--json").stdout)["notes"] == []


def test_an_allele_that_evolution_can_not_reach_is_said_with_the_range(run_path):
    with RunFile.open(run_path) as run:
        low, high = run.scenario.mind.objective.range
    for allele, outside in ((low, False), (high, False), (high + 0.5, True), (low - 3, True)):
        printed = command(run_path, "--set", f"objective.red={allele}")
        assert printed.exit_code == 0
        said = f"objective.red = {allele:g} is outside {low:g} to {high:g}, the range in which it evolves"
        assert (said in printed.stdout) == outside


def test_a_mind_can_be_made_to_think_not_at_all_but_not_more_often_than_can_be_counted():
    for locus in ("program.thoughts", "network.thoughts"):
        check_allele(locus, 0.0)
        for allele in (1e30, -1.0):
            with pytest.raises(ValueError, match=rf"{locus} = {re.escape(f'{allele:g}')}; a number from 0 to 4096 is"):
                check_allele(locus, allele)
