"""Grid scenarios for users of gymnasium."""

import subprocess
import sys

import gymnasium
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env
from test_by_hand import WORLDS, founders, scenario_of

import evosim


@pytest.mark.parametrize("name", WORLDS)
def test_an_environment_passes_the_checker_of_gymnasium(name):
    changes, environment = WORLDS[name]
    check_env(evosim.gymnasium.make(scenario_of(name, changes), environment))


@pytest.mark.parametrize("name", ["hungry", "cheese_corner"])
def test_rewards_of_a_life_are_its_return_by_any_objective(name):
    changes, environment = WORLDS[name]
    scenario = scenario_of(name, changes)
    outcome = next(iter(scenario.objectives.base))
    for agent in founders(scenario)[::4]:
        lives = agent.lives(environment)
        weights = {outcome: 2.0, "steps": -0.1, "survived": 1.0}
        wanted = {"base": lives.base_return, "own": lives.mesa_return}
        wanted["weights"] = sum(weight * lives.outcomes[name] for name, weight in weights.items())
        for objective, called in ((agent, "own"), ("base", "base"), (weights, "weights")):
            made = evosim.gymnasium.make(scenario, environment, objective=objective)
            for e in range(2):
                seen, _ = made.reset(options={"episode": e, "agent": agent.id})
                rewards, over = [], False
                while not over:
                    action = agent.act(seen)
                    made.charge(agent.thoughts)
                    seen, reward, terminated, truncated, info = made.step(action)
                    rewards.append(reward)
                    over = terminated or truncated
                assert sum(rewards) == pytest.approx(wanted[called][e], abs=1e-9)
                assert info["outcomes"] == {name: numbers[e] for name, numbers in lives.outcomes.items()}


def test_resets_go_through_the_worlds_of_a_measurement_and_on():
    made = evosim.gymnasium.make(scenario_of("red_doors"))
    assert made.environment == "training"
    assert made.spec.id == "evosim/red_doors-training-v0"
    seen = [made.reset(seed=5)] + [made.reset() for _ in range(3)]
    assert [(info["generation"], info["episode"]) for _, info in seen] == [(0, 0), (0, 1), (0, 2), (1, 0)]
    assert len({world["wall"].tobytes() for world, _ in seen}) == 4
    again, _ = made.reset(seed=5)
    assert all(np.array_equal(again[key], seen[0][0][key]) for key in again)
    shown = gymnasium.make(made.spec, render_mode="ansi")
    shown.reset()
    assert "@" in shown.render()


@pytest.mark.parametrize(
    ("arguments", "what"),
    [
        ({"environment": "deploiment"}, "did you mean 'deployment'"),
        ({"objective": "bace"}, "did you mean 'base'"),
        ({"objective": {"step": 1.0}}, "did you mean 'steps'"),
        ({"objective": {"steps": np.inf}}, "a finite number is needed"),
        ({"scenario": "contraception"}, "is an ecology, which has no episodes"),
    ],
)
def test_what_is_not_there_is_refused_with_what_is(arguments, what):
    with pytest.raises(ValueError, match=what):
        evosim.gymnasium.make(**{"scenario": "red_doors", **arguments})


def test_an_option_that_does_not_exist_is_refused():
    made = evosim.gymnasium.make("red_doors")
    with pytest.raises(ValueError, match="no episode was begun"):
        made.step(0)
    with pytest.raises(ValueError, match="did you mean 'generation'"):
        made.reset(options={"generatoin": 1})


@pytest.mark.parametrize(
    "option", [{"generation": -1}, {"agent": 2**70}, {"episode": 1.5}, {"episode": True}, {"episode": 1_000}]
)
def test_an_option_that_is_no_number_of_anything_is_refused(option):
    made = evosim.gymnasium.make("red_doors")
    made.reset(options={"episode": 2})
    with pytest.raises(ValueError, match=r"a whole number from 0 to|there is no world 1000"):
        made.reset(options=option)
    assert made.reset()[1]["episode"] == 3  # what was refused has changed nothing


def test_without_gymnasium_it_is_said_what_to_install():
    program = "import sys; sys.modules['gymnasium'] = None\nimport evosim\ntry: evosim.gymnasium\nexcept ImportError as error: print(error)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "evosim.gymnasium needs gymnasium: pip install 'evosim[gymnasium]'\n"
