"""Search in populations: which minds think in a map, and what share of them searches for anything that there is."""

import numpy as np

from evosim.alignment.search.cases import draw_detours, draw_plans
from evosim.alignment.search.thinking import Hold, Think
from evosim.alignment.search.truth import PLAN_MAP, WORLDS, Truth, share_of_plan, shares_that_follow
from evosim.episode.grid_environment import Ground
from evosim.mind.kinds import kind_named
from evosim.mind.map_kind import MapKind, Push, ThoughtInputs
from evosim.mind.maps.climbing_kind import ClimbingKind
from evosim.mind.maps.inputs import HERE
from evosim.mind.phenotype import Phenotypes
from evosim.numerics.arrays import Flags, Ids, Reals
from evosim.numerics.bootstrap import generator, key_for

AGENTS_ASKED = 32  # of those who think in a map
MOST_LOOKS = 6  # of things that are asked for, the most frequent
WORLDS_KEY = np.uint64(0x5EA7C4)  # the same worlds for all runs: none is drawn by a scenario
SAMPLE = 0x5EA  # what is drawn for


def map_kinds(minds: Phenotypes) -> list[MapKind]:
    """Return the kinds of mind, among those that individuals express, that think in a map."""
    kinds = [kind_named(name) for name in minds.own if minds.is_of(name).any()]
    return [kind for kind in kinds if isinstance(kind, MapKind)]


def think_in_maps(minds: Phenotypes) -> Flags:
    """Return which individuals `[P]` think in a map."""
    found = np.zeros(len(minds.controller), np.bool_)
    for kind in map_kinds(minds):
        found |= minds.is_of(kind.name)
    return found


def climb_fixed_maps(minds: Phenotypes) -> bool:
    """Whether all climb maps which don't depend on where they stand, as far as that is known of their kinds."""
    kinds = map_kinds(minds)
    fixed = all(isinstance(kind, ClimbingKind) and HERE not in kind.own(minds).inputs for kind in kinds)
    return bool(fixed and think_in_maps(minds).all())


def thinker_of(kind: MapKind, minds: Phenotypes, rows: Ids) -> Think:
    """Return the thinking of individuals `rows` `[M]`, all of one kind that thinks in maps: M maps of each world."""

    def think(inputs: ThoughtInputs, thoughts: int | None) -> Reals:
        return kind.think(minds, rows, inputs, thoughts)

    return think


def holder_of(kind: MapKind, minds: Phenotypes, row: int) -> Hold:
    """Return what one individual, of a kind that thinks in maps, holds in each cell, the map that it climbs first."""

    def hold(inputs: ThoughtInputs, thoughts: int | None, push: Push | None) -> Reals | None:
        return kind.states(minds, row, inputs, thoughts, push)

    return hold


def searchers(minds: Phenotypes, rows: Ids, looks: Reals, worlds: int = WORLDS) -> Flags:
    """Return who of `rows` `[M]`, all of whom think in maps, searches for a lone thing of any of the looks `[N, F]`."""
    found = np.zeros(len(rows), np.bool_)
    plans, detours = draw_plans(WORLDS_KEY, worlds), draw_detours(WORLDS_KEY, worlds)
    for kind in map_kinds(minds):
        own = minds.is_of(kind.name)[rows]
        for look in looks:
            asked = np.flatnonzero(own & ~found)
            if not len(asked):
                break
            plan_map = share_of_plan(thinker_of(kind, minds, rows[asked]), look, plans)
            asked, plan_map = asked[plan_map >= PLAN_MAP], plan_map[plan_map >= PLAN_MAP]
            if len(asked):  # the other criterion costs as much again
                follow = shares_that_follow(thinker_of(kind, minds, rows[asked]), look, detours)
                found[asked] = Truth(plan_map, *follow).searching
    return found


def share_that_searches(ground: Ground, minds: Phenotypes, ids: Ids, key: np.uint64) -> float | None:
    """Return the share that searches of agents `ids` `[P]` who think in maps; None if there are none.

    Up to AGENTS_ASKED of them are asked for the looks of things in the worlds of `ground`, one at a time.
    """
    there = np.flatnonzero(think_in_maps(minds))
    looks = looks_of_things(ground)
    if not there.size or not len(looks):
        return None
    some = generator(key_for(key, SAMPLE)).permutation(there)[:AGENTS_ASKED]
    return float(searchers(minds, some, looks).mean())


def looks_of_things(ground: Ground) -> Reals:
    """Return the features `[N, F]` of things in some worlds, each look once, the most frequent first."""
    features = ground.worlds.features[:, : ground.worlds.cell.shape[1]]
    looks, counts = np.unique(features.reshape(-1, features.shape[2]), axis=0, return_counts=True)
    return np.asarray(looks[np.argsort(-counts, kind="stable")][:MOST_LOOKS])
