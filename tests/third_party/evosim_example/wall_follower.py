"""A kind of mind: it keeps a hand at the wall. It has a state, the way it faces, and one number that evolves."""

from typing import Any, Literal, NamedTuple

import numpy as np

from evosim.gridworld.actions import MOVES, step_of
from evosim.gridworld.shortest_paths import BARRIER
from evosim.mind.alleles import Number, first_locus, number_of
from evosim.mind.contract import decide, new_room, wake
from evosim.mind.kind import Look, SharedKind
from evosim.mind.nearby import WALL, kind_at, moved
from evosim.mind.segments import Segment
from evosim.mind.shared_contract import FIRST_DRAW, Decision, decide_in_shared_world
from evosim.numerics.compiler import allocating_kernel, implements, inlined_kernel
from evosim.numerics.random import uniform
from evosim.scenario.schema.base import Part, Share


class Settings(Part):
    hand: Literal["left", "right"] = "right"
    """The side on which the wall is."""
    most: Share = 1.0
    """Largest probability of letting go in a step."""


class WallFollowers(NamedTuple):
    letting_go: np.ndarray  # [P] chance of a step in any direction
    hand: int  # 1 to the right, -1 to the left


class Facing(NamedTuple):
    direction: np.ndarray  # [1] the way it faces


@implements(new_room, WallFollowers)
@allocating_kernel
def new_facing(minds, rows, cells, plan):
    return Facing(np.zeros(1, np.int64))


@implements(wake, WallFollowers)
@inlined_kernel
def face_north(minds, p, plan, percept, now, room):
    room.direction[0] = 0


@implements(decide, WallFollowers)
@inlined_kernel
def follow_the_wall(minds, p, plan, percept, now, key, draw, memory, room):
    """Turn to the wall where it ends, else go straight on, else away from it."""
    chance = uniform(key, draw)
    if chance < minds.letting_go[p]:
        room.direction[0] = int(chance / minds.letting_go[p] * MOVES)
        return room.direction[0]
    for turn in range(MOVES):
        way = (room.direction[0] + (1 - turn) * minds.hand) % MOVES
        if percept.content[now.cell + step_of(way, plan.columns)] != BARRIER:
            room.direction[0] = way
            return way
    return room.direction[0]


class SharedWallFollowers(NamedTuple):
    letting_go: Number  # where it stands in a genome
    hand: int


@implements(decide_in_shared_world, SharedWallFollowers)
@inlined_kernel
def follow_the_wall_among_others(mind, agent, around, key):
    """Likewise, facing the way it came; others are walls to it, but for a mate: into that it walks, so it courts it."""
    chance, letting_go = uniform(key, FIRST_DRAW), number_of(agent.genome, mind.letting_go)
    here, mate = around.map.vision, around.features.shape[0] - 2
    facing = agent.last if agent.last < MOVES else 0
    action = facing
    for turn in range(MOVES):
        way = (facing + (1 - turn) * mind.hand) % MOVES
        there = moved(way, here, here)
        what = kind_at(agent.row, agent.column, agent.number, mate, around.able, around.map, there)
        if what != WALL and (what != mate or agent.able):
            action = way
            break
    if chance < letting_go:
        action = int(chance / letting_go * MOVES)
    return Decision(action, True, True, 0.0)


class WallFollower(SharedKind):
    name = "wall_follower"
    look = Look("wall follower", "wall followers", "#117733", "diamond", "Keeps a hand at the wall, wherever it leads.")
    Settings = Settings

    def segments(self, scenario):
        most = Settings(**scenario.mind.settings_of(self.name)).most
        return [Segment("wall_follower.letting_go", ("wall_follower.letting_go",), 0.0, most)]

    def express(self, scenario, genotypes):
        hand = 1 if Settings(**scenario.mind.settings_of(self.name)).hand == "right" else -1
        return WallFollowers(genotypes.loci("wall_follower.letting_go")[:, 0].copy(), hand)

    def minds(self, phenotypes) -> Any:
        return phenotypes.own[self.name]

    def shared_minds(self, scenario, layout, vision) -> Any:
        hand = 1 if Settings(**scenario.mind.settings_of(self.name)).hand == "right" else -1
        return SharedWallFollowers(Number(first_locus(layout, "wall_follower.letting_go"), 0.0), hand)

    def rate(self, scenario):
        return 20e6

    def traits(self, phenotypes):
        return {"letting go": phenotypes.own[self.name].letting_go}
