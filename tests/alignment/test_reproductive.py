"""Reproductive alignment: who wants children alone is aligned in any world, who wants company only where it brings them."""

import json
import sqlite3

import numpy as np
import pytest
from click.testing import CliRunner
from samples import PLANNER

import evosim.studies.reproductive_alignment as measuring
from evosim.alignment.reproductive.counterfactual_lives import Design, draw_planners, simulate_alternatives, split_range
from evosim.alignment.reproductive.quantities import (
    OWN,
    AlternativeLives,
    comoment,
    cross_validated_best,
    reproductive_quantities,
)
from evosim.cli import main
from evosim.ecology.checkpoint import EcologyCheckpoint
from evosim.ecology.counterfactuals import longest_adult_life, rejuvenated, replay
from evosim.ecology.simulation import EcologySimulation
from evosim.ecology.state import felt_by
from evosim.numerics.compiler import threads
from evosim.numerics.random import key_of
from evosim.scenario import load_scenario
from evosim.simulation.ecology.intervals import intervals

SMALL = [
    "world.size=[64, 64]", "evolution.population=250", "world.objects.fruit.count=350", "world.objects.fruit.grows=9",
    "environments.modern={ objects = { fruit = { grows = 2.75 }, candy = { grows = 6.25 } }, "
    "mating = { contraception = { fertility = 0.02 } } }",
    "evolution.ticks=800", "measure.every=1", "evolution.schedule=[{ from = 0, environment = 'ancestral' }, "
    "{ from = 400, environment = 'modern' }]",
]  # fmt: skip
KEY, FEW = key_of(3), Design(agents=24, objectives=6, times=3)
SWEET, COMPANY, CHILD = np.eye(6)[:3]


@pytest.fixture(scope="module")
def scenario():
    return load_scenario("contraception", SMALL)


@pytest.fixture(scope="module")
def state(scenario):
    lineage = []
    for each in intervals(scenario, seed=1):
        lineage.append(each.births[:, :2])
        if each.number == 3:
            return EcologyCheckpoint(each.number, each.genomes, each.memory, np.concatenate(lineage), each.digest)
    raise AssertionError("extinct")


@pytest.fixture(scope="module")
def simulation(scenario):
    return EcologySimulation(scenario, 1)


def wanting(
    scenario, state: EcologyCheckpoint, simulation: EcologySimulation, objective: np.ndarray
) -> EcologyCheckpoint:
    """Plant an objective in all who will be sampled; the others are as they were."""
    genomes, rows = state.genomes.copy(), draw_planners(scenario, state, FEW, KEY).rows
    genomes[rows, simulation.static.loci.objective : simulation.static.loci.objective + 6] = objective
    return state._replace(genomes=genomes)


def found(scenario, state: EcologyCheckpoint, rules, design: Design = FEW) -> dict[str, float]:
    lives = simulate_alternatives(scenario, state, rules, draw_planners(scenario, state, design, KEY), design, KEY)
    return {each.name: each.value for each in reproductive_quantities(lives, KEY)}


def of(utility: np.ndarray, children: np.ndarray) -> AlternativeLives:
    """Make lives of utilities `[M, K, S]` and children."""
    return AlternativeLives(utility[..., None], children, np.ones((len(utility), 1)))


# ---------------------------------------------------------------- planted agents


@pytest.mark.compiled
def test_who_wants_children_alone_is_aligned_in_every_world(scenario, state, simulation):
    planted = wanting(scenario, state, simulation, CHILD)
    for rules in simulation.rules.values():
        numbers = found(scenario, planted, rules)
        assert numbers["reproductive_alignment"] == pytest.approx(1.0)
        assert numbers["reproductive_gap"] == pytest.approx(0.0)
        assert numbers["capability"] < 0.5  # aligned, but it does not know that eating leads there


@pytest.mark.compiled
def test_company_comes_apart_from_children_where_there_is_contraception(scenario, state, simulation):
    planted = wanting(scenario, state, simulation, COMPANY)
    before, after = (found(scenario, planted, simulation.rules[name]) for name in ("ancestral", "modern"))
    assert before["reproductive_alignment"] > 0.9
    assert before["reproductive_gap"] < 0.25
    assert after["reproductive_alignment"] < 0.8
    assert after["reproductive_gap"] > before["reproductive_gap"] + 0.2


@pytest.mark.compiled
def test_who_wants_sweets_alone_is_not_aligned(scenario, state, simulation):
    planted = wanting(scenario, state, simulation, SWEET)
    for rules in simulation.rules.values():
        numbers = found(scenario, planted, rules)
        assert numbers["reproductive_alignment"] < 0.5
        assert numbers["reproductive_gap"] > 0.6


# ---------------------------------------------------------------- chance


def test_what_has_nothing_to_do_with_children_is_at_chance():
    random = np.random.default_rng(6)
    children = random.poisson(random.uniform(0, 4, (3000, 8, 1)), (3000, 8, 4)).astype(float)
    utility = random.normal(size=(3000, 8, 1)) + random.normal(size=(3000, 8, 4))
    numbers = {each.name: each for each in reproductive_quantities(of(utility, children), KEY)}
    alignment, gap = numbers["reproductive_alignment"], numbers["reproductive_gap"]
    assert alignment.low < 0 < alignment.high
    assert gap.low < 1 < gap.high
    assert alignment.high - alignment.low < 0.1
    assert gap.high - gap.low < 0.1


def test_utilities_dealt_out_anew_are_at_chance_even_where_they_were_children():
    random = np.random.default_rng(2)
    children = random.poisson(random.uniform(0, 4, (3000, 8, 1)), (3000, 8, 4)).astype(float)
    order = random.random((3000, 8, 1)).argsort(axis=1)
    numbers = {e.name: e for e in reproductive_quantities(of(np.take_along_axis(children, order, 1), children), KEY)}
    assert numbers["reproductive_alignment"].low < 0 < numbers["reproductive_alignment"].high
    assert numbers["reproductive_gap"].low < 1 < numbers["reproductive_gap"].high


def test_luck_that_lives_share_is_no_alignment():
    """Who lives longer by luck has more of both."""
    random = np.random.default_rng(3)
    luck = random.normal(size=(3000, 8, 3))
    expected = random.normal(size=(2, 3000, 8, 1))
    numbers = {e.name: e.value for e in reproductive_quantities(of(expected[0] + luck, expected[1] + luck), KEY)}
    assert numbers["reproductive_alignment"] == pytest.approx(0.0, abs=0.05)
    assert numbers["reproductive_gap"] == pytest.approx(1.0, abs=0.05)


def test_luck_hides_no_alignment():
    random = np.random.default_rng(4)
    expected = random.normal(size=(3000, 8, 1))
    utility = expected + 3 * random.normal(size=(3000, 8, 3))
    children = 0.8 * expected + 0.6 * random.normal(size=(3000, 8, 1)) + random.normal(size=(3000, 8, 3))
    numbers = {e.name: e for e in reproductive_quantities(of(utility, children), KEY)}
    assert numbers["reproductive_alignment"].value == pytest.approx(0.8, abs=0.06)


def test_the_opposite_of_children_is_worse_than_chance():
    children = np.tile(np.arange(4.0)[None, :, None], (5, 1, 2))
    numbers = {e.name: e.value for e in reproductive_quantities(of(-children, children), KEY)}
    assert numbers["reproductive_alignment"] == pytest.approx(-1.0)
    assert numbers["reproductive_gap"] == pytest.approx(2.0)


# ---------------------------------------------------------------- bookkeeping


def test_moments_are_sums_over_pairs_of_different_lives():
    random = np.random.default_rng(5)
    one, other = random.normal(size=(2, 2, 3, 4))
    expected = np.zeros(2)
    for agent in range(2):
        for first in range(4):
            for second in range(4):
                if first != second:
                    a, b = one[agent, :, first], other[agent, :, second]
                    expected[agent] += sum((a - a.mean()) * (b - b.mean())) / 12
    assert comoment(one, other) == pytest.approx(expected)


def test_who_cannot_choose_takes_any_and_no_life_is_chosen_by_itself():
    by = np.array([[[5.0, 0.0], [1.0, 4.0], [0.0, 0.0]]])
    what = np.array([[[10.0, 20.0], [30.0, 40.0], [50.0, 60.0]]])
    assert cross_validated_best(by, what) == pytest.approx([(30.0 + 20.0) / 2])
    assert cross_validated_best(np.zeros((1, 3, 2)), what) == pytest.approx([35.0])


@pytest.mark.compiled
def test_what_everybody_felt_adds_up_to_what_is_counted(scenario, state, simulation):
    told = EcologySimulation(scenario, 9)
    told.restore(state.genomes, state.memory, state.parents)
    ids = 4 * len(state.parents)
    utility = np.zeros(felt_by(ids, 6))
    told.ecology = told.ecology._replace(tally=told.ecology.tally._replace(utility=utility))
    objectives, born = np.zeros((ids, 6)), 0
    for tick in range(400, 500):
        objectives[told.ecology.agents.id[: told.alive]] = told.genomes[:, told.static.loci.objective :][:, :6]
        born += len(told.live(tick, 1, simulation.rules["modern"])[0])
    assert born > 5
    felt = utility[felt_by(0, 6) :].reshape(ids, 6)
    assert felt.sum(axis=0) == pytest.approx(told.ecology.tally.felt)
    assert float((felt * objectives).sum()) == pytest.approx(float(utility[0]))


@pytest.mark.compiled
def test_telling_what_they_feel_changes_nothing(scenario, state, simulation):
    rules, rows = simulation.rules["ancestral"], np.arange(5)
    own = state.genomes[rows, simulation.static.loci.objective : simulation.static.loci.objective + 6].astype(float)
    found = replay(scenario, state, rows, own, rules, 200, seed=7)
    plain = EcologySimulation(scenario, 7)
    plain.restore(state.genomes, rejuvenated(state.memory, rows, 400, rules, plain.static.keys.lives), state.parents)
    births, _ = plain.live(400, 200, rules)
    children = [int((births[:, :2] == id).sum()) for id in state.memory["id"][rows]]
    assert found.children.tolist() == children
    assert found.felt[:, 2] == pytest.approx(children)  # a child is felt by whoever has it


@pytest.mark.compiled
def test_all_of_a_sample_have_whole_adult_lives(scenario, state, simulation):
    rules, rows = simulation.rules["ancestral"], np.arange(len(state.genomes))
    memory = rejuvenated(state.memory, rows, 400, rules, key_of(1))
    assert (400 - memory["born"] == rules.adult_at).all()
    left = memory["due"] - 400
    assert left.max() <= longest_adult_life(rules)
    assert 0.6 * rules.lifespan - rules.adult_at <= left.mean() <= 1.4 * rules.lifespan


@pytest.mark.compiled
def test_lives_are_the_same_on_any_number_of_threads_and_at_any_time(scenario, state, simulation):
    design = Design(agents=6, objectives=3, times=2)
    drawn = draw_planners(scenario, state, design, KEY)
    count, told = threads.count, []
    try:
        for many in (1, 3):
            threads.choose(many)
            told.append(simulate_alternatives(scenario, state, simulation.rules["modern"], drawn, design, KEY))
    finally:
        threads.choose(count)
    assert np.array_equal(told[0].felt, told[1].felt)
    assert np.array_equal(told[0].children, told[1].children)
    assert told[0].children.any()


def test_at_most_a_share_is_changed_at_once():
    assert [len(part) for part in split_range(48, 12)] == [12] * 4
    assert [len(part) for part in split_range(7, 3)] == [3, 2, 2]
    assert [len(part) for part in split_range(3, 100)] == [3]


@pytest.mark.compiled
def test_objectives_have_any_direction_and_the_length_of_ones_own(scenario, state, simulation):
    drawn = draw_planners(scenario, state, Design(agents=30, objectives=9, times=2), KEY)
    own = state.genomes[drawn.rows, simulation.static.loci.objective : simulation.static.loci.objective + 6]
    assert len(set(drawn.rows.tolist())) == 30
    assert drawn.objectives[:, OWN] == pytest.approx(own)
    lengths = np.linalg.norm(drawn.objectives, axis=2)
    assert lengths == pytest.approx(np.tile(lengths[:, :1], (1, 9)))
    assert abs((drawn.objectives[:, 1:] > 0).mean() - 0.5) < 0.05
    assert (state.memory["controller"][drawn.rows] == PLANNER).all()


# ---------------------------------------------------------------- what is refused


def test_too_few_lives_are_refused():
    for shape in ((3, 1, 4), (3, 4, 1)):
        with pytest.raises(ValueError, match="at least two behaviours, and two lives"):
            reproductive_quantities(of(np.zeros(shape), np.zeros(shape)), KEY)


@pytest.mark.compiled
def test_who_has_no_objective_to_change_is_refused(scenario, state):
    pinned = load_scenario("contraception", [*SMALL, "mind.objective.evolves=false"])
    nobody = state._replace(memory=state.memory | {"controller": np.zeros_like(state.memory["controller"])})
    with pytest.raises(ValueError, match="no agent plans"):
        draw_planners(scenario, nobody, FEW, KEY)
    with pytest.raises(ValueError, match="does not evolve"):
        draw_planners(pinned, state, FEW, KEY)
    with pytest.raises(ValueError, match="does not evolve"):
        replay(pinned, state, np.arange(1), np.ones((1, 6)), EcologySimulation(pinned, 1).rules["modern"], 1, seed=1)


# ---------------------------------------------------------------- the command


@pytest.fixture(scope="module")
def run_path(tmp_path_factory):
    path = tmp_path_factory.mktemp("runs") / "small.evosim"
    arguments = [part for each in SMALL for part in ("--set", each)]
    done = CliRunner().invoke(main, ["run", "contraception", *arguments, "--out", str(path)])
    assert done.exit_code == 0, done.output
    return path


@pytest.mark.compiled
def test_a_run_is_measured_before_and_after_in_both_worlds(run_path, monkeypatch):
    monkeypatch.setattr(measuring.measure_moment, "__defaults__", (Design(agents=8, objectives=3, times=2),))
    told = CliRunner().invoke(main, ["measure", str(run_path), "--json"])
    assert told.exit_code == 0, told.output
    cards = json.loads(told.stdout)
    assert [(card["name"], card["interval"], card["environment"]) for card in cards] == [
        ("before", 3, "ancestral"), ("before", 3, "modern"), ("after", 7, "ancestral"), ("after", 7, "modern"),
    ]  # fmt: skip
    with sqlite3.connect(run_path) as connection:
        rows = connection.execute("select generation, id, environment, value from report_cards where quantity = "
                                  "'children_as_it_is' order by generation, environment").fetchall()  # fmt: skip
    assert [row[:3] for row in rows] == [(card["interval"], -1, card["environment"]) for card in cards]
    assert [row[3] for row in rows] == [card["quantities"]["children_as_it_is"]["value"] for card in cards]
    table = CliRunner().invoke(main, ["measure", str(run_path), "--generation", "5"])
    assert "after" in table.stdout
    assert "… by utility" in table.stdout
    assert "before" not in table.stdout


@pytest.mark.compiled
def test_what_makes_no_sense_of_an_ecology_is_refused(run_path):
    for option in ("--agents", "--agent"):
        refused = CliRunner().invoke(main, ["measure", str(run_path), option, "2"])
        assert refused.exit_code == 2
        assert f"{option}: of an ecology the population is measured" in refused.stderr
    refused = CliRunner().invoke(main, ["measure", str(run_path), "--generation", "999"])
    assert refused.exit_code != 0
    assert "generations that are: 0, 1, 2" in refused.stderr
