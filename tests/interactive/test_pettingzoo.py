"""Ecologies by hand, and for users of PettingZoo; as plain Python, so that nothing is compiled."""

import subprocess
import sys
import warnings

import numpy as np
import pytest
from meadows import meadow

import evosim
from evosim.ecology.simulation import EcologySimulation
from evosim.interactive.shared_world import AGENT, FIRST_FOOD, FREE, WALLED, Order, SharedWorld
from evosim.numerics.compiler import plainly

SMALL = [
    "evolution.ticks=12",
    "evolution.interval=4",
    "evolution.schedule=[{from=0,environment='before'},{from=4,environment='after'}]",
]


@pytest.fixture(autouse=True)
def _plain():
    with plainly():
        yield


def test_a_world_in_which_nobody_is_told_what_to_do_is_that_of_a_run():
    scenario = meadow(*SMALL)
    world, simulation = SharedWorld(scenario, 3), EcologySimulation(scenario, 3)
    born = died = 0
    for interval in range(3):
        simulation.begin_interval()
        births, deaths = simulation.live(4 * interval, 4, simulation.rules_at(4 * interval))
        simulation.take_closed(interval)
        events = [world.step({}) for _ in range(4)]
        founders = 30 if interval == 0 else 0
        born, died = born + len(births) - founders, died + len(deaths)
        assert np.concatenate([each.parents for each in events]).tolist() == births[founders:, :2].tolist()
        assert np.concatenate([each.died for each in events]).tolist() == deaths[:, 0].tolist()
    assert born
    assert world.genomes.tolist() == simulation.genomes.tolist()
    for name, array in simulation.memory().items():
        np.testing.assert_array_equal(world.memory()[name], array, err_msg=name)


def test_an_agent_does_as_it_is_told():
    world = SharedWorld(meadow(*SMALL), 1)
    row = next(row for row in range(world.alive) if world.see(row)[2, 3] == FREE)
    id, cell = int(world.ids[row]), int(world.ecology.agents.cell[row])
    everybody_stays = {int(each): Order(4) for each in world.ids}
    world.step(everybody_stays | {id: Order(1)})
    (now,) = np.flatnonzero(world.ids == id)
    assert int(world.ecology.agents.cell[now]) == cell // 12 * 12 + (cell % 12 + 1) % 12
    with pytest.raises(ValueError, match="agent 999 does not live"):
        world.step({999: Order(1)})
    with pytest.raises(ValueError, match="it is 0 to 4"):
        world.step({id: Order(5)})


def test_what_is_seen_is_what_stands_there():
    world = SharedWorld(meadow(*SMALL), 1)
    what, side = world.ecology.map.what.reshape(12, 12), 5
    row, column = divmod(int(world.ecology.agents.cell[0]), 12)
    seen = world.see(0)
    assert seen.shape == (side, side)
    for down in range(side):
        for across in range(side):
            there = what[(row + down - 2) % 12, (column + across - 2) % 12]
            expected = {-1: (FREE,), -2: (WALLED,)}.get(
                int(there), (AGENT, AGENT + 1) if there >= 1024 else (FIRST_FOOD + there,)
            )
            assert (down, across) == (2, 2) or seen[down, across] in expected


@pytest.mark.filterwarnings("ignore:.*possible_agents.*:UserWarning")
@pytest.mark.filterwarnings("ignore:No agents present:UserWarning")
def test_an_ecology_passes_the_parallel_test_of_pettingzoo(capsys):
    with warnings.catch_warnings():  # it imports environments of its own in a way that it deprecates
        warnings.simplefilter("ignore")
        from pettingzoo.test import parallel_api_test
    parallel_api_test(evosim.pettingzoo.make(meadow(*SMALL)), num_cycles=20)
    assert "Passed Parallel API test" in capsys.readouterr().out


def test_rewards_are_children_and_the_dead_are_gone():
    env = evosim.pettingzoo.make(meadow(*SMALL), seed=3)
    seen, _ = env.reset(seed=3)
    world, paid, born = SharedWorld(meadow(*SMALL), 3), 0.0, 0
    gone: set[str] = set()
    assert all(env.observation_space(agent).contains(each) for agent, each in seen.items())
    while env.agents:
        events = world.step({})
        seen, rewards, ended, cut, infos = env.step({})
        assert all(env.observation_space(agent).contains(each) for agent, each in seen.items())
        paid, born = paid + sum(rewards.values()), born + 2 * int((events.parents[:, 0] >= 0).sum())
        gone |= {agent for agent, over in ended.items() if over}
        stillborn = set(events.born.tolist()) & set(events.died.tolist())
        assert {f"agent_{id}" for id in set(events.died.tolist()) - stillborn} <= gone
        if env.agents:
            children = {f"agent_{id}" for id in set(events.born.tolist()) - stillborn}
            assert {agent for agent, info in infos.items() if info["born"]} == children
    assert paid == born > 0
    assert all(cut[agent] for agent in cut if not ended[agent])
    with pytest.raises(ValueError, match="is not the name of an agent"):
        env.step({"wolf": [0, 0, 0]})


def test_grids_are_refused_and_a_missing_library_is_named():
    with pytest.raises(ValueError, match="its world is not an ecology"):
        evosim.pettingzoo.make("red_doors")
    program = "import sys; sys.modules['pettingzoo'] = None\nimport evosim\ntry: evosim.pettingzoo\nexcept ImportError as error: print(error)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "evosim.pettingzoo needs PettingZoo: pip install 'evosim[pettingzoo]'\n"
