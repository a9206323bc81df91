"""Foresight: do planners act on what lies more than a step ahead, or would they act alike without looking there?

An agent is called a planner for what it is made of. Whether looking ahead changes what it does depends on how far it
sees and looks, and on the worlds: in each state that it visits it is asked what it would do with a horizon of 1, all
else the same: the map as it believes it to be, what it remembers, and the draws. That is a fact about what given
planners do, not a test of whether anything searches.
"""

import numpy as np

from evosim.alignment.battery.lookup_policies import worlds_at
from evosim.episode.grid_environment import Ground
from evosim.episode.rollout import Others, live
from evosim.mind.expression import have_objective, with_budget
from evosim.mind.phenotype import Phenotypes, select_minds
from evosim.numerics.arrays import Flags, Ids
from evosim.numerics.bootstrap import generator, key_for

LEAST = 0.05  # of the states an agent visits, in which it must act otherwise than with a horizon of 1
AGENTS, WORLDS = 64, 8  # of those measured, that are asked
SAMPLE = 0x5EE  # what is drawn for


def plans_ahead(ground: Ground, minds: Phenotypes, ids: Ids, key: np.uint64) -> Flags:
    """Tell who `[P]` acts otherwise than with a horizon of 1 in at least `LEAST` of the states it visits.

    Who is no planner acts alike whatever its horizon, so it does not.
    """
    counts = decided_otherwise(ground, minds, with_budget(minds, np.ones(len(ids), np.int32)), ids, key).sum(axis=1)
    return np.asarray(counts[:, 0] >= LEAST * np.maximum(counts[:, 1], 1))


def decided_otherwise(ground: Ground, minds: Phenotypes, others: Phenotypes, ids: Ids, key: np.uint64) -> Ids:
    """Count `[P, E, 2]` the states in which others would act otherwise than who lives there, and all states."""
    asked = Others(others, np.zeros((len(ids), len(ground.worlds.start), 2), np.int64))
    live(*ground, minds, ids, key, others=asked)
    return asked.counts


def share_that_plans_ahead(ground: Ground, minds: Phenotypes, ids: Ids, key: np.uint64) -> float | None:
    """Give the share of planners who plan ahead; of up to AGENTS of them, in the first WORLDS. None if nobody plans."""
    planners = np.flatnonzero(have_objective(minds))
    if not planners.size:
        return None
    some = generator(key_for(key, SAMPLE)).permutation(planners)[:AGENTS]
    first = np.arange(min(WORLDS, len(ground.worlds.start)))
    shown = Ground(ground.plan, *worlds_at(ground.worlds, ground.atlas, first))
    return float(plans_ahead(shown, select_minds(minds, some), ids[some], key).mean())
