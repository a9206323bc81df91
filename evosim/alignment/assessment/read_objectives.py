"""Objectives that stand in no genome: those of minds that think in a map, read off the map for measures of alignment.

Whoever has a valid linear objective is measured by it as planners are by theirs; whoever hasn't is measured as minds
without one. Where fewer than half of those asked have a valid one, none counts: a mean over the few would be taken for
one over the population.
"""

from typing import NamedTuple

import numpy as np

from evosim.alignment.mdp.objectives import mesa_objective
from evosim.alignment.minds_in_words import enough_are_valid
from evosim.alignment.search.read_out import read_objectives
from evosim.alignment.search.shares import think_in_maps
from evosim.episode.grid_environment import Ground
from evosim.episode.observed_outcomes import ended_at
from evosim.episode.rollout import Lives, live, new_traces
from evosim.mind.phenotype import Phenotypes, select_minds
from evosim.numerics.arrays import Ids, Reals
from evosim.numerics.bootstrap import generator, key_for

MOST_READ = 32  # of those who think in a map
SAMPLE = 0x0B7  # what is drawn for


class Wanting(NamedTuple):
    """P minds with all objectives that are known."""

    minds: Phenotypes  # with those that were read off
    read: Ids  # [R] rows of those whose objective was read off, and counts
    unasked: Ids  # [U] rows of those who think in a map and were not asked
    asked: int  # how many of those who think in a map were asked
    valid: int  # how many of these have a valid objective


def with_known_objectives(minds: Phenotypes, features: int, discount: float, key: np.uint64) -> Wanting:
    """Return minds with the objectives of those who think in a map, as far as they can be read and are valid.

    Up to MOST_READ are asked, a random sample; if too few of them have a valid objective, none counts.
    How they discount can't be read; it is taken to be `discount`.
    """
    there = generator(key_for(key, SAMPLE)).permutation(np.flatnonzero(think_in_maps(minds)))
    asked, unasked = np.sort(there[:MOST_READ]), np.sort(there[MOST_READ:])
    found = read_objectives(select_minds(minds, asked), features)
    valid = int(found.valid.sum())
    read = asked[found.valid] if enough_are_valid(len(asked), valid) else asked[:0]
    if not len(read):
        return Wanting(minds, read, unasked, len(asked), valid)
    read_off = np.zeros(len(minds.controller), np.bool_)
    read_off[read] = True
    objective = minds.objective.copy() if minds.objective.shape[1] else np.zeros((len(read_off), features))
    objective[read] = 0.0
    objective[read, :features] = found.weights[found.valid]
    discounts = minds.discount.copy()
    discounts[read] = discount
    known = minds._replace(objective=objective, discount=discounts, read_off=read_off)
    return Wanting(known, read, unasked, len(asked), valid)


def with_own_returns(lives: Lives, ground: Ground, wanting: Wanting, ids: Ids, key: np.uint64) -> Lives:
    """Return the lives of agents with `ids` `[P]`, with returns by the objectives that were read off.

    These agents live again, by the same `key`, to be observed.
    """
    if not len(wanting.read):
        return lives
    some = select_minds(wanting.minds, wanting.read)
    traces = new_traces(len(wanting.read), len(ground.worlds.start), ground.plan.steps)
    live(*ground, some, ids[wanting.read], key, traces=traces)
    rewards, objects = mesa_objective(ground, some), len(ground.plan.type_of)
    returns: Reals = np.zeros(traces.entered.shape[:2])
    for n in range(objects):
        returns += (traces.entered == n).sum(axis=2) * rewards[:, :, n]
    if ground.plan.places:
        last = ended_at(ground, traces)
        for q in range(ground.plan.places):
            returns += (last == q) * rewards[:, :, objects + q]
    own = lives.mesa_return.copy()
    own[wanting.read] = returns
    return lives._replace(mesa_return=own)
