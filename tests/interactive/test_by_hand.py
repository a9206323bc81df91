"""Episodes by hand: driven by a mind's own actions they are its life, to the last bit."""

import numpy as np
import pytest

from evosim import load_scenario, open_run
from evosim.episode.rollout import OVER
from evosim.interactive.agents import Agent
from evosim.interactive.run import run
from evosim.mind.founders import draw_founders
from evosim.scenario import Scenario
from evosim.simulation.laboratory import Laboratory

SMALL = ["evolution.population=12", "evolution.generations=2", "evolution.episodes=2", "measure.episodes=3"]
ALL_KINDS = "mind.controllers={planner=0.4,heuristic=0.3,open_loop=0.3}"
WORLDS = {  # a scenario, what is changed, and an environment: together, all that a life can depend on
    "red_doors": ([ALL_KINDS, "world.slip=0.3"], "deployment"),
    "hungry": (
        [ALL_KINDS, "world.vision=3", "world.objects.candy.respawns=4", "world.energy.per_thought=0.00001"],
        "deployment",
    ),
    "keys_and_chests": ([ALL_KINDS, "world.vision=2"], "training"),
    "cheese_corner": ([ALL_KINDS, 'world.slip={chance=0.2,kind="sideways"}'], "deployment"),
}


def scenario_of(name: str, changes: list[str] = []) -> Scenario:  # noqa: B006 - nobody changes it
    return load_scenario(name, [*SMALL, "measure.alignment=false", *changes])


def founders(scenario: Scenario) -> list[Agent]:
    laboratory = Laboratory(scenario, 1)
    return [Agent(laboratory, id, 0, genome) for id, genome in enumerate(draw_founders(scenario, laboratory.layout, 1))]


@pytest.fixture(scope="module")
def stored(tmp_path_factory):
    with run(scenario_of("red_doors"), 1, tmp_path_factory.mktemp("by_hand") / "small.evosim") as made:
        yield made


@pytest.mark.parametrize("name", WORLDS)
def test_an_episode_driven_by_a_mind_is_its_life_to_the_last_bit(name):
    changes, environment = WORLDS[name]
    kinds = set()
    for agent in founders(scenario_of(name, changes)):
        kinds.add(agent.kind)
        lives = agent.lives(environment)
        for e in range(2):
            episode, actions, paid = agent.episode(environment, e), [], 0.0
            while not episode.over:
                actions.append(agent.act(episode.observe()))
                happened = episode.step(actions[-1], agent.thoughts)
                paid += agent.mind.utility(happened.entered) if happened.entered >= 0 else 0.0
                assert happened.entered == lives.traces.entered[0, e, episode.tick - 1]
                assert tuple(happened.observation["position"]) == tuple(lives.path(e)[episode.tick])
            if episode.place >= 0:
                paid += agent.mind.utility(len(episode.ground.plan.type_of) + episode.place)
            assert actions == lives.actions(e).tolist()
            assert episode.outcomes.tolist() == [numbers[e] for numbers in lives.outcomes.values()]
            assert paid == lives.mesa_return[e]
    assert kinds == {"planner", "heuristic", "open_loop"}


def test_what_is_observed_is_what_an_agent_knows():
    agent = founders(scenario_of("keys_and_chests", ["world.vision=2"]))[0]
    episode = agent.episode("training")
    seen = episode.observe()
    row, column = seen["position"]
    there = seen["object_there"].astype(bool)
    assert (np.abs(seen["object_position"][there] - (row, column)) <= 2).all()
    assert (seen["object_position"][~there] == -1).all()
    assert (seen["object_features"][~there] == 0).all()
    assert seen["wall"].shape == (episode.ground.plan.rows, episode.ground.plan.columns)
    assert str(episode).splitlines()[row][column] == "@"
    seen["object_there"][:] = 7
    assert set(np.unique(episode.observe()["object_there"])) <= {0, 1}


def test_an_episode_refuses_what_is_no_action_and_goes_no_further_than_its_end(stored):
    episode = stored.typical().episode("training")
    for action in (5, -1, True, 0.5):
        with pytest.raises(ValueError, match=r"it is 0 \(north\)"):
            episode.step(action)
    while not episode.over:
        episode.step(4)
    assert episode.truncated
    with pytest.raises(ValueError, match="over after 60 steps"):
        episode.step(4)


def test_a_run_has_its_agents_and_says_what_it_is(stored):
    typical, fittest = stored.typical(), stored.fittest()
    assert typical.generation == 1
    assert fittest.genome.tolist() == stored.agent(fittest.id).genome.tolist()
    assert repr(stored) == "<Run of red_doors, seed 1: complete, 2 of 2 generations>"
    assert "12 of 2" not in stored._repr_html_()
    assert stored.scenario.title in stored._repr_html_()
    assert f"Agent {typical.id}" in typical._repr_html_()
    assert repr(typical).startswith(f"<Agent {typical.id} of generation 1: planner; wants red ")
    with pytest.raises(ValueError, match="genome of agent 99 is not stored"):
        stored.agent(99)
    with open_run(stored.path) as again:
        assert type(again) is type(stored)


def test_a_changed_agent_is_another_one_with_the_same_random_numbers(stored):
    agent = stored.typical()
    changed = agent.change({"objective.red": -1.0})
    assert changed.objective["red"] == -1.0
    assert agent.objective["red"] != -1.0
    same = agent.change({})
    assert same.lives("deployment").mesa_return.tolist() == agent.lives("deployment").mesa_return.tolist()
    with pytest.raises(ValueError, match=r"did you mean 'objective\.red'"):
        agent.change({"objective.rde": 1.0})
    with pytest.raises(ValueError, match="did you mean 'training'"):
        agent.lives("trainig")
    with pytest.raises(ValueError, match="there is no world 3; there are 3, from 0"):
        agent.episode("training", 3)
    with pytest.raises(TypeError, match="not on a dict"):
        agent.act({})


def test_lives_are_those_that_were_measured(stored):
    """The base objective over all agents is the number that stands in the table."""
    row = stored.frame("measurements", "generation = 1 and environment = 'deployment'")
    means = [stored.agent(int(id)).lives("deployment").base_return.mean() for id in stored.population(1).ids]
    assert np.mean(means) == pytest.approx(float(row["base_mean"][0]), abs=1e-12)
    lives = stored.typical().lives("deployment", 2)
    assert len(lives.path(1)) == len(lives.actions(1)) + 1 == int(lives.outcomes["steps"][1]) + 1
    assert (lives.traces.cell[0] != OVER).any()
