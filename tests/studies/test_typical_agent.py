"""The typical agent: the medoid of the class that most planners are of, and shown first everywhere."""

import json

import numpy as np
import pytest
from click.testing import CliRunner
from effort import cases
from hypothesis import given
from hypothesis import strategies as st
from samples import HEURISTIC, OPEN_LOOP, PLANNER

from evosim.alignment.class_names import CLASSES, OF_PLANNERS
from evosim.cli import main
from evosim.mind.expression import describe_mind, express
from evosim.numerics.formatting import in_words, percent
from evosim.scenario import load_scenario
from evosim.simulation.laboratory import Laboratory
from evosim.simulation.runner import carry_on
from evosim.simulation.runs import RunFile
from evosim.studies.interventions import FITTEST, home_of, select_agent, stored_agents
from evosim.studies.report_cards import select_agents
from evosim.studies.typical_agent import (
    class_medoids,
    individuals_of,
    last_measured,
    medoid,
    typical_of,
    typical_row,
)

SMALL = ["evolution.population=24", "evolution.generations=4", "measure.every=2", f"measure.episodes={cases(8, 2)}"]


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    path = tmp_path_factory.mktemp("typical") / "small.evosim"
    with RunFile.create(path, load_scenario("red_doors", SMALL), 1) as run:
        list(carry_on(run))
    with RunFile.open(path) as run:
        yield run


@pytest.fixture(scope="module")
def laboratory():
    return Laboratory(load_scenario("red_doors"), 1)


def evosim(*arguments: object):
    return CliRunner().invoke(main, list(map(str, arguments)))


@given(st.lists(st.tuples(st.integers(-3, 3), st.integers(-3, 3)), min_size=1, max_size=12), st.data())
def test_the_medoid_has_the_least_sum_of_distances(points, data):
    places = np.array(points, float)
    among = np.array(sorted(data.draw(st.sets(st.integers(0, len(points) - 1), min_size=1))))
    sums = {row: sum(np.hypot(*(places[row] - places[other])) for other in among) for row in among.tolist()}
    found = medoid(places, among)
    assert found in among
    assert sums[found] == pytest.approx(min(sums.values()))
    assert not any(
        sums[row] < sums[found] - 1e-9 or np.array_equal(places[row], places[found]) for row in among if row < found
    )


def population(laboratory: Laboratory, kinds: list[str], controllers: list[int] | None = None):
    """Give as many founders, all planners unless it is said otherwise, of classes in deployment."""
    genomes = laboratory.optimizer().ask()[: len(kinds)]
    controller = np.full(len(kinds), PLANNER, np.uint8) if controllers is None else np.array(controllers, np.uint8)
    minds = express(laboratory.scenario, laboratory.layout, genomes)._replace(controller=controller)
    return genomes, minds, {"class.deployment": np.array(kinds)}


@given(st.lists(st.sampled_from(["", *OF_PLANNERS]), min_size=1, max_size=20))
def test_the_typical_agent_is_of_the_class_that_most_are_of(laboratory, kinds):
    genomes, minds, individuals = population(laboratory, kinds)
    found = typical_row(laboratory, 0, genomes, minds, individuals)
    known = [kind for kind in kinds if kind]
    if not known:
        assert found.words == "typical of 100% of the population (planners, by genome)"
        return
    kind = kinds[found.row]
    assert known.count(kind) == max(known.count(other) for other in OF_PLANNERS)
    whom = "planners" if len(known) == len(kinds) else f"the {len(known)} of {len(kinds)} planners that have a class"
    share = percent(known.count(kind) / len(known))
    stands = f"typical of {share} of" if 2 * known.count(kind) >= len(known) else f"one of the {share} of"
    assert found.words == f"{stands} {whom} ({in_words(kind)} in deployment)"
    layout, weights = laboratory.layout, laboratory.layout.slice_of("objective")
    width = (layout.high - layout.low)[weights]
    places = genomes[:, weights] / width
    own = [row for row, other in enumerate(kinds) if other == kind]
    sums = [np.linalg.norm(places[own] - places[row], axis=1).sum() for row in own]
    assert sums[own.index(found.row)] == pytest.approx(min(sums))


def test_of_a_minority_nobody_is_typical_and_each_class_has_its_own_medoid(laboratory):
    kinds = ["robustly_aligned"] * 3 + ["pseudo_aligned"] * 4 + ["mixed"] * 2
    given = population(laboratory, kinds)
    found = class_medoids(laboratory, 0, *given)
    assert [(each.kind, kinds[each.row]) for each in found] == [(each.kind, each.kind) for each in found]
    assert [(each.kind, each.share) for each in found] == [
        ("pseudo_aligned", 4 / 9), ("robustly_aligned", 3 / 9), ("mixed", 2 / 9),
    ]  # fmt: skip
    assert typical_row(laboratory, 0, *given) == (found[0].row, found[0].words)
    assert found[0].words == "one of the 44% of planners (pseudo-aligned in deployment)"
    assert class_medoids(laboratory, 0, *given[:2], {}) == []


def test_where_few_plan_it_is_said_how_few(laboratory):
    kinds = ["pseudo_aligned", "generalises", "generalises", "generalises"]
    found = typical_row(laboratory, 0, *population(laboratory, kinds, [PLANNER, HEURISTIC, HEURISTIC, HEURISTIC]))
    assert found.row == 0
    whom = "planners, who are 25% of the population"
    assert found.words == f"typical of 100% of {whom} (pseudo-aligned in deployment)"


def test_without_classes_it_is_typical_of_the_most_frequent_controller_by_genome(laboratory):
    genomes, minds, _ = population(laboratory, [""] * 5, [OPEN_LOOP, HEURISTIC, PLANNER, HEURISTIC, HEURISTIC])
    empty = {"class.deployment": np.full(5, np.nan)}  # as a column is read that is empty throughout
    for individuals in ({}, empty):
        found = typical_row(laboratory, 0, genomes, minds, individuals)
        assert found.words == "typical of 60% of the population (heuristics, by genome)"
        layout = laboratory.layout
        places = (genomes - layout.low) / (layout.high - layout.low)
        sums = {row: np.linalg.norm(places[[1, 3, 4]] - places[row], axis=1).sum() for row in (1, 3, 4)}
        assert sums[found.row] == pytest.approx(min(sums.values()))


def test_of_programs_it_runs_what_most_run_and_its_words_say_how_many_do():
    """Their genomes are full of what has no effect, so by genome all would be of one group."""
    said = ["evolution.population=6", "evolution.elites=1"]
    laboratory = Laboratory(load_scenario("search_from_parts", said), 1)
    genomes = laboratory.optimizer().ask()
    alone = express(laboratory.scenario, laboratory.layout, genomes)
    different = len({"; ".join(describe_mind(alone, row)) for row in range(6)})
    assert different == 6
    words = typical_row(laboratory, 0, genomes, alone, {}).words
    assert words == "one of 6 programs, no two of which do the same"
    genomes[[1, 4]] = genomes[3]
    minds = express(laboratory.scenario, laboratory.layout, genomes)
    found = typical_row(laboratory, 0, genomes, minds, {})
    assert found.row in (1, 3, 4)
    assert found.words == "typical of 50% of the population (programs that do the same as it)"


def test_the_home_of_a_mixture_is_measured_and_has_the_layout_of_deployment():
    laboratory = Laboratory(load_scenario("search_from_parts"), 1)
    assert {home_of(laboratory, generation) for generation in range(12)} == {"maze"}
    other = "evolution.schedule.0.environment={ maze = 0.2, rocks = 0.5, room = 0.3 }"
    assert home_of(Laboratory(load_scenario("search_from_parts", [other]), 1), 0) == "maze"
    unmeasured = [other, 'measure.environments=["rocks", "room", "deployment"]']
    assert home_of(Laboratory(load_scenario("search_from_parts", unmeasured), 1), 0) == "rocks"


def test_deployment_is_the_first_environment_measured_in_which_selection_is_not():
    def deployment(*overrides: str) -> str:
        return Laboratory(load_scenario("red_doors", overrides), 1).deployment_in(0)

    assert deployment() == "deployment"
    assert deployment('measure.environments=["training"]') == "training"
    more = "environments.later.slip=0.1"
    assert deployment(more, 'measure.environments=["training", "deployment", "later"]') == "deployment"
    both = "evolution.schedule=[{ from = 0, environment = { training = 0.99, deployment = 0.01 } }]"
    three = 'measure.environments=["training", "deployment", "later"]'
    assert deployment(more, three, both, "evolution.episodes=2") == "later"  # even if no episode happens to be there


def test_of_a_run_it_is_of_the_last_measured_generation(run):
    generation = last_measured(run)
    assert generation == 3
    population, typical = typical_of(run)
    assert population.generation == generation
    minds = express(run.scenario, run.laboratory.layout, population.genomes)
    individuals = individuals_of(run, generation, population.ids)
    assert typical == typical_row(run.laboratory, generation, population.genomes, minds, individuals)
    selected = select_agent(run)
    assert selected.agent.id == population.ids[typical.row]
    assert selected.why == typical.words
    assert (selected.agent.genome == population.genomes[typical.row]).all()
    early = select_agent(run, generation=0)
    assert early.agent.generation == 0


def test_the_fittest_and_any_other_can_be_asked_for(run):
    population = run.population(3)
    fittest = select_agent(run, FITTEST)
    assert fittest.agent.id == population.ids[population.fitness.argmax()]
    assert fittest.why == "the fittest of its generation"
    id = int(population.ids[5])
    assert select_agent(run, id).agent.id == id
    assert select_agent(run, population.ids[5]).agent.id == id
    with pytest.raises(ValueError, match="is not stored"):
        select_agent(run, 10**9)
    with pytest.raises(ValueError, match="'typical', 'fittest', or the id of one"):
        select_agent(run, "best")


def test_many_agents_begin_with_the_typical_one_and_go_from_the_fittest_to_the_least_fit(run):
    population = run.population(3)
    order = population.ids[np.argsort(-population.fitness, kind="stable")].tolist()
    typical = select_agent(run).agent.id
    chosen = select_agents(run, None, 4)
    assert chosen[0].agent.id == typical
    others = [order.index(each.agent.id) for each in chosen[1:]]
    assert others == sorted(others)
    assert len({each.agent.id for each in chosen}) == 4
    rest = [id for id in order if id != typical]
    assert (chosen[1].agent.id, chosen[-1].agent.id) == (rest[0], rest[-1])
    assert [each.why for each in chosen[1:]] == [f"{rank + 1} of 24 by fitness" for rank in others]
    assert sorted(each.agent.id for each in select_agents(run, None, 100)) == sorted(order)
    best_first = [each.agent.id for each in select_agents(run, None, 3, FITTEST)]
    assert best_first[0] == order[0]
    assert best_first[-1] == order[-1]
    assert [each.agent.id for each in select_agents(run, 0, 1)] == [select_agent(run, generation=0).agent.id]


@pytest.mark.compiled
def test_every_command_shows_the_typical_agent_unless_another_is_asked_for(run, tmp_path):
    typical, fittest = select_agent(run), select_agent(run, FITTEST)
    other = next(id for id in stored_agents(run) if id not in (typical.agent.id, fittest.agent.id))
    for asked, id, why in (
        ([], typical.agent.id, typical.why),
        (["--agent", "typical"], typical.agent.id, typical.why),
        (["--agent", "fittest"], fittest.agent.id, fittest.why),
        (["--agent", other], other, "selected by its id"),
    ):
        changed = evosim("intervene", run.path, "--environment", "deployment", *asked)
        assert f"agent {id} of generation" in changed.output
        assert f", {why}: " in changed.output
        record = json.loads(evosim("intervene", run.path, "--environment", "deployment", *asked, "--json").stdout)
        assert (record["agent"], record["chosen"]) == (id, why)
        page = tmp_path / "report.html"
        assert evosim("report", run.path, "-o", page, *asked).exit_code == 0
        assert f"Agent {id}, {why}</h2>" in page.read_text()


@pytest.mark.compiled
def test_a_card_says_whom_it_stands_for(run):
    typical = select_agent(run)
    cards = json.loads(evosim("measure", run.path, "--json").stdout)
    assert {(card["agent"], card["chosen"]) for card in cards} == {(typical.agent.id, typical.why)}
    printed = " ".join(evosim("measure", run.path).output.split())
    assert f"Agent {typical.agent.id} of generation 3, {typical.why}: " in printed


@pytest.mark.parametrize("command", ["measure", "intervene", "report", "watch", "record"])
def test_who_is_no_agent_is_reported_in_a_sentence(run, command, tmp_path):
    more = ["-o", tmp_path / "film.gif"] if command == "record" else []
    refused = evosim(command, run.path, "--agent", "best", *more)
    assert refused.exit_code == 2
    assert "write typical, fittest, or the id of an agent" in refused.output
    assert "[default: typical]" in evosim(command, "--help").output


def test_classes_of_others_than_planners_make_nobody_typical(laboratory):
    kinds = [CLASSES[6], CLASSES[6], "mixed"]
    found = typical_row(laboratory, 0, *population(laboratory, kinds, [HEURISTIC, HEURISTIC, PLANNER]))
    assert found.row == 2
