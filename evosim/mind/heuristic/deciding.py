"""Heuristics in grids: their kernels."""

from typing import NamedTuple

import numpy as np

from evosim.gridworld.actions import ACTIONS, MOVES, STAY
from evosim.gridworld.spec import Blueprint
from evosim.mind.contract import LAST, Percept, Situation, choose, decide, new_room, notice_hunger, perceive, wake
from evosim.mind.heuristic.reflexes import NOBODY, notice, react, sense
from evosim.numerics.arrays import Cells, Ids, Reals
from evosim.numerics.compiler import allocating_kernel, implements, inlined_kernel


class Heuristics(NamedTuple):
    """P heuristics with I senses and H hidden units; F features."""

    weights: Reals  # [P, I, max(H, 1)] of senses
    out: Reals  # [P, H] of hidden units; H = 0: linear
    stay: Reals  # [P] inclination to stay
    noise: Reals  # [P] temperature of the choice
    detectors: Reals  # [P, F, F + 1] weights of what is perceived on what can be observed, and bias; [P, 0, 0]: true
    sharpness: float  # of the detectors
    drives: int


class Reactions(NamedTuple):
    """The room in which one heuristic reacts; S senses at most."""

    remembered: Cells  # [1] the object that it saw last, or NOBODY
    perceived: Reals  # [N + Q, F] where detectors stand between features and the mind, or [0, 0]
    nearest: Cells  # [MOVES]
    senses: Cells  # [S, 3]
    amounts: Reals  # [S]
    levels: Reals  # [1] of hunger
    sums: Reals  # [MOVES, max(H, 1)]
    scores: Reals  # [ACTIONS]


@implements(new_room, Heuristics)
@allocating_kernel
def new_reactions(minds: Heuristics, rows: Ids, cells: int, plan: Blueprint) -> Reactions:
    """Make a room for heuristics."""
    inputs, units = minds.weights.shape[1], minds.weights.shape[2]
    looks = plan.fixed.shape if minds.detectors.shape[1] > 0 else (0, 0)
    return Reactions(
        remembered=np.zeros(1, np.int32),
        perceived=np.zeros(looks),
        nearest=np.zeros(MOVES, np.int32),
        senses=np.zeros((inputs, 3), np.int32),
        amounts=np.zeros(inputs),
        levels=np.zeros(1),
        sums=np.zeros((MOVES, units)),
        scores=np.zeros(ACTIONS),
    )


@implements(wake, Heuristics)
@inlined_kernel
def wake_heuristic(
    minds: Heuristics, p: int, plan: Blueprint, percept: Percept, now: Situation, room: Reactions
) -> None:
    """Begin a life: nothing is remembered."""
    room.remembered[0] = NOBODY
    if room.perceived.shape[0] > 0:
        perceive(p, percept.features, minds.detectors, minds.sharpness, room.perceived)


@implements(notice_hunger, Heuristics)
@inlined_kernel
def notice_hunger_of_heuristic(
    minds: Heuristics, p: int, plan: Blueprint, percept: Percept, now: Situation, room: Reactions
) -> bool:
    """Notice that hunger has changed: it is felt if there is that drive."""
    return bool(minds.drives > 0)


@implements(decide, Heuristics)
@inlined_kernel
def decide_by_reflex(
    minds: Heuristics,
    p: int,
    plan: Blueprint,
    percept: Percept,
    now: Situation,
    key: np.uint64,
    draw: int,
    memory: Ids,
    room: Reactions,
) -> int:
    """React to what is sensed now, and to the object that was seen last."""
    features = room.perceived if room.perceived.shape[0] > 0 else percept.features
    last = memory[LAST]
    room.remembered[0] = notice(
        now.cell, plan.columns, plan.vision, percept.cells, now.there, percept.visible, room.remembered[0], room.nearest
    )
    count = sense(
        now.cell, last, plan.columns, percept.content, percept.cells, features, room.nearest, room.remembered[0],
        room.senses, room.amounts,
    )  # fmt: skip
    room.levels[0] = now.hunger
    react(
        p, last, room.levels, minds.drives, count, room.senses, room.amounts, minds.weights, minds.out, room.sums,
        room.scores,
    )  # fmt: skip
    room.scores[STAY] = minds.stay[p]
    return choose(room.scores, minds.noise[p], key, draw)
