"""The same agents in either world: a stored state of an ecology, simulated on by the rules of both environments.

Two futures of one state differ in the world alone. Each is one draw of chance: they show how large an effect is, not
how certain; reproductive_alignment.py repeats such lives.
"""

from typing import NamedTuple

import numpy as np

from evosim.ecology.simulation import EcologySimulation
from evosim.ecology.state import BIRTHS, LIVED, PLANNED
from evosim.simulation.ecology.checkpoint import checkpoint_at
from evosim.simulation.runs import RunFile
from evosim.studies.reproductive_alignment import first_and_last

TICKS, MOST_WORK = 300, 600_000  # that a future lasts at most; agent-ticks, if as many go on living
PER = 1000  # agent-ticks, that rates are given for


class Future(NamedTuple):
    """What becomes of a population in one environment."""

    environment: str
    births: float  # per 1,000 agent-ticks
    utility: float  # by their own objectives, per 1,000 ticks of planners; NaN where nobody plans
    living: int  # at the end


class EitherWorld(NamedTuple):
    """A population, and what becomes of it in the first and in the last environment of the schedule."""

    tick: int
    agents: int
    ticks: int  # that each future lasts
    futures: list[Future]


def simulate_in_either_world(run: RunFile, number: int) -> EitherWorld:
    """Simulate the state at the end of an interval in the environments with which the schedule begins and ends.

    Raises:
        RunFileError: the state is not stored, or corrupt.
    """
    state, interval = checkpoint_at(run, number), run.scenario.evolution.interval
    tick, agents = (number + 1) * interval, len(state.genomes)
    ticks = int(np.clip(MOST_WORK // max(agents, 1), interval, max(TICKS, interval)))
    futures = []
    for environment in first_and_last(run.scenario):
        simulation = EcologySimulation(run.scenario, run.seed)
        simulation.restore(state.genomes, state.memory, state.parents)
        simulation.live(tick, ticks, simulation.rules_in(environment, tick))
        tally = simulation.ecology.tally
        lived, planned = int(tally.counts[LIVED]), int(tally.counts[PLANNED])
        births = PER * int(tally.counts[BIRTHS]) / max(lived, 1)
        utility = PER * float(tally.utility[0]) / planned if planned else float("nan")
        futures.append(Future(environment, births, utility, simulation.alive))
    return EitherWorld(tick, agents, ticks, futures)
