"""How much of the outcome is decided after a step: variance between states beside variance between their futures.

Var(outcome) = Var(mean of a state's futures) + mean(variance among a state's futures). The first, as a share of both,
is how much of what the runs of a scenario come to differ in is settled by the state that they are in. The state, which
is a run with a seed of its own, is the unit.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from evosim.numerics.arrays import Reals
from evosim.numerics.statistics.variance import VarianceShare, variance_share
from evosim.sweeps.branch import AFTER, OF_SEED
from evosim.sweeps.folder import DONE
from evosim.sweeps.results import SweepResult


class StateFutures(NamedTuple):
    """What a number is in the futures of one state."""

    seed: int  # of the run
    step: int  # after which they branch
    values: Reals  # [M] of those that are done; NaN where a future has no such number


class Decided(NamedTuple):
    """How much of a number's variance is decided after a step."""

    quantity: str
    step: int
    found: VarianceShare


def has_states(result: SweepResult) -> bool:
    """Whether a sweep is one of futures of several states."""
    return set(result.source.keys) == {OF_SEED, AFTER}


def futures_of_states(result: SweepResult, quantity: str, frame: dict[str, Any]) -> list[StateFutures]:
    """Return a number in the futures of each state, by step and then by the run's seed."""
    is_done, numbers = np.isin(frame["state"], DONE), np.asarray(frame[quantity], np.float64)
    found = [
        StateFutures(values[OF_SEED], values[AFTER], numbers[is_done & (frame["condition"] == number)])
        for number, values in result.values.items()
    ]
    return sorted(found, key=lambda state: (state.step, state.seed))


def decided_shares(result: SweepResult, quantities: Sequence[str], frame: dict[str, Any]) -> list[Decided]:
    """Return how much of each number's variance is decided after each step of a sweep of futures of several states."""
    found = []
    for quantity in quantities:
        states = futures_of_states(result, quantity, frame)
        for step in dict.fromkeys(state.step for state in states):
            groups = [state.values for state in states if state.step == step]
            found.append(Decided(quantity, step, variance_share(groups)))
    return found
