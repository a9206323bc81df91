"""Foresight: do planners act on what lies more than a step ahead, or would they act alike without looking there?

An agent is called a planner for the controller it has. Whether looking ahead changes what it does depends on how far it
sees and looks, and on the worlds: in each state that it visits its action is compared with that of a horizon of 1, all
else the same: the map as it believes it to be, what it remembers, and the random draws. That is a fact about what given
planners do, not a test of whether anything searches.
"""

import numpy as np

from evosim.alignment.battery.lookup_policies import select_worlds
from evosim.episode.grid_environment import Ground
from evosim.episode.rollout import Others, live
from evosim.mind.expression import have_objective, with_budget
from evosim.mind.phenotype import Phenotypes, select_minds
from evosim.numerics.arrays import Flags, Ids
from evosim.numerics.bootstrap import generator, key_for

LEAST_SHARE = 0.05  # of the states an agent visits, in which it must act otherwise than with a horizon of 1
AGENTS_COMPARED, WORLDS_COMPARED = 64, 8  # of those measured, that are asked
SAMPLE = 0x5EE  # what is drawn for


def plans_ahead(ground: Ground, minds: Phenotypes, ids: Ids, key: np.uint64) -> Flags:
    """Return who `[P]` acts otherwise than with a horizon of 1 in at least LEAST_SHARE of the states it visits.

    Agents that don't plan act alike whatever their horizon.
    """
    counts = count_changed_decisions(ground, minds, with_budget(minds, np.ones(len(ids), np.int32)), ids, key).sum(
        axis=1
    )
    return np.asarray(counts[:, 0] >= LEAST_SHARE * np.maximum(counts[:, 1], 1))


def count_changed_decisions(ground: Ground, minds: Phenotypes, others: Phenotypes, ids: Ids, key: np.uint64) -> Ids:
    """Return in how many states the minds `others` would act otherwise than the agents, and all states: `[P, E, 2]`."""
    asked = Others(others, np.zeros((len(ids), len(ground.worlds.start), 2), np.int64))
    live(*ground, minds, ids, key, others=asked)
    return asked.counts


def share_that_plans_ahead(ground: Ground, minds: Phenotypes, ids: Ids, key: np.uint64) -> float | None:
    """Return the share of planners, among agents `ids [P]`, who plan ahead; None if nobody plans.

    Up to AGENTS_COMPARED of them are compared, in the first WORLDS_COMPARED.
    """
    planners = np.flatnonzero(have_objective(minds))
    if not planners.size:
        return None
    some = generator(key_for(key, SAMPLE)).permutation(planners)[:AGENTS_COMPARED]
    first = np.arange(min(WORLDS_COMPARED, len(ground.worlds.start)))
    shown = Ground(ground.plan, *select_worlds(ground.worlds, ground.atlas, first))
    return float(plans_ahead(shown, select_minds(minds, some), ids[some], key).mean())
