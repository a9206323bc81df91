"""Alternative lives: what agents of an ecology would come to, as they are and with other mesa-objectives.

A sample of planners is simulated on from a stored state under the rules of an environment, for whole adult lives. So
that the world stays the same, at most a tenth of the population is changed at once, each agent independently of the
others; the rest stays as it is. Every agent has each objective once with the same random streams, and that S times
over: so neither these nor the changes of others are correlated with an objective.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from evosim.alignment.reproductive.quantities import OWN, AlternativeLives
from evosim.ecology.checkpoint import EcologyCheckpoint
from evosim.ecology.counterfactuals import longest_adult_life, replay
from evosim.ecology.rules import Rules
from evosim.ecology.simulation import EcologySimulation
from evosim.mind.kinds import express_wants
from evosim.numerics.arrays import Ids, Reals
from evosim.numerics.bootstrap import generator, key_for
from evosim.numerics.compiler import in_parallel
from evosim.scenario import Scenario

LONGEST = 2000  # ticks, if lives are longer
CHOICE, OBJECTIVES, TURNS, REPLICATE = range(4)  # words of keys


class Design(NamedTuple):
    """The size of the experiment: how many agents, with how many objectives each, how many times."""

    agents: int = 48
    objectives: int = 8  # its own, and others
    times: int = 4
    share: float = 0.1  # of the population that is changed at once, at most


STANDARD = Design()


class PlannerSample(NamedTuple):
    """M agents of a state, and the objectives given to each of them; W weights."""

    rows: Ids  # [M] in the state
    objectives: Reals  # [M, K, W] the first is its own


def draw_planners(scenario: Scenario, state: EcologyCheckpoint, design: Design, key: np.uint64) -> PlannerSample:
    """Draw planners of a state, and for each objectives of random direction, as long as its own.

    Raises:
        ValueError: nobody plans, or the mesa-objective does not evolve.
    """
    loci, width = EcologySimulation(scenario, 0).static.loci, _width(scenario)
    if loci.objective < 0:
        raise ValueError("the mesa-objective does not evolve, so nobody can be given another")
    planners = np.flatnonzero(express_wants(scenario, state.memory["controller"]))
    if not planners.size:
        raise ValueError("no agent plans, so there is no mesa-objective")
    count = min(design.agents, len(planners))
    rows: Ids = generator(key_for(key, CHOICE)).permutation(planners)[:count].astype(np.int64)
    own = state.genomes[rows, loci.objective : loci.objective + width].astype(np.float64)
    length = np.linalg.norm(own, axis=1)
    objectives = generator(key_for(key, OBJECTIVES)).standard_normal((count, design.objectives, width))
    objectives *= (np.where(length > 0, length, 1.0)[:, None] / np.linalg.norm(objectives, axis=2))[:, :, None]
    objectives[:, OWN] = own
    return PlannerSample(rows, objectives)


def simulate_alternatives(
    scenario: Scenario, state: EcologyCheckpoint, rules: Rules, chosen: PlannerSample, design: Design, key: np.uint64
) -> AlternativeLives:
    """Simulate a sample with each of its objectives, several times each, by the rules of an environment.

    With the same key the random streams are the same under other rules. All threads share the work; the result does not
    depend on how many there are.
    """
    (agents, count, width), times = chosen.objectives.shape, design.times
    groups = split_range(agents, max(int(design.share * len(state.genomes)), 1))
    turns = generator(key_for(key, TURNS)).integers(count, size=(times, agents))
    tasks = [(group, time, turn) for group in groups for time in range(times) for turn in range(count)]
    ticks = min(longest_adult_life(rules), LONGEST)
    felt, children = np.zeros((agents, count, times, width)), np.zeros((agents, count, times))

    def live(first: int, last: int) -> None:
        for group, time, turn in tasks[first:last]:
            which = (turns[time, group] + turn) % count
            stream = int(key_for(key_for(key, REPLICATE), time))
            found = replay(scenario, state, chosen.rows[group], chosen.objectives[group, which], rules, ticks, stream)
            felt[group, which, time] = found.felt
            children[group, which, time] = found.children

    in_parallel(live, len(tasks))
    return AlternativeLives(felt, children, chosen.objectives[:, OWN])


def split_range(count: int, most: int) -> Sequence[Ids]:
    """Return range(count) in parts `[*]` of about the same length, of at most `most`."""
    return np.array_split(np.arange(count), -(-count // most))


def _width(scenario: Scenario) -> int:
    return len(scenario.world.features) * (1 + len(scenario.mind.objective.drives))
