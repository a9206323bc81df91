"""Counterfactuals: an ecology is simulated on from a checkpoint, with another seed and other objectives of some agents.

For each of these agents it is recorded what it feels, and its number of children.
"""

from typing import NamedTuple

import numpy as np

from evosim.ecology.checkpoint import EcologyCheckpoint, Memory
from evosim.ecology.rules import Rules
from evosim.ecology.simulation import EcologySimulation
from evosim.ecology.state import felt_by
from evosim.numerics.arrays import Ids, Reals
from evosim.numerics.random import subkey, uniform
from evosim.scenario import Scenario


class Replayed(NamedTuple):
    """The results of the lives of R agents."""

    felt: Reals  # [R, W] features as they perceived them, then those times each drive; times an objective it is utility
    children: Ids  # [R] each counts whole, for both of its parents


def replay(
    scenario: Scenario, state: EcologyCheckpoint, rows: Ids, objectives: Reals, rules: Rules, ticks: int, seed: int
) -> Replayed:
    """Replay a state with other mesa-objectives `[R, W]` of agents `rows` `[R]`, at the beginning of their adult life.

    They are as old as somebody just adult, and ready to mate; place, energy, drives and all else of them and of the
    others stay. `seed` is the seed of all chance from then on. It asks for no threads, so many can go on at once.

    Raises:
        ValueError: the mesa-objective is not inherited, so nobody's can be another.
    """
    simulation = EcologySimulation(scenario, seed)
    first, width, ever = simulation.static.loci.objective, objectives.shape[1], len(state.parents)
    if first < 0:
        raise ValueError("the mesa-objective does not evolve, so nobody can be given another")
    tick = (state.number + 1) * simulation.static.interval
    genomes = state.genomes.copy()
    genomes[rows, first : first + width] = objectives
    memory = rejuvenated(state.memory, rows, tick, rules, simulation.static.keys.lives)
    simulation.restore(genomes, memory, state.parents)
    felt = np.zeros(felt_by(ever, width))
    simulation.ecology = simulation.ecology._replace(tally=simulation.ecology.tally._replace(utility=felt))
    births, _ = simulation.live(tick, ticks, rules, on_threads=False)
    ids, parents = state.memory["id"][rows], births[:, :2].ravel()
    children = np.bincount(parents[(parents >= 0) & (parents < ever)], minlength=ever)
    return Replayed(felt[felt_by(0, width) :].reshape(ever, width)[ids], children[ids])


def rejuvenated(memory: Memory, rows: Ids, tick: int, rules: Rules, lives: np.uint64) -> Memory:
    """Return a memory in which agents `rows` `[R]` have just become adult, with a lifespan drawn anew for each id."""
    changed = memory | {name: memory[name].copy() for name in ("born", "due", "ready")}
    for row in rows:
        drawn = uniform(subkey(lives, int(memory["id"][row])), 0)
        span = int(rules.lifespan * (1.0 + rules.spread * (2.0 * drawn - 1.0)))
        changed["due"][row] = tick + max(span - int(rules.adult_at), 1)
    changed["born"][rows] = tick - int(rules.adult_at)
    changed["ready"][rows] = tick
    return changed


def longest_adult_life(rules: Rules) -> int:
    """Return the number of ticks after which every agent that is adult now has died."""
    return max(int(rules.lifespan * (1.0 + rules.spread)) - int(rules.adult_at), 1)
