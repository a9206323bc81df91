"""Heuristics in grids: their kernels."""

from typing import NamedTuple

import numpy as np

from evosim.gridworld.actions import ACTIONS, MOVES, STAY
from evosim.gridworld.spec import Blueprint
from evosim.mind.contract import (
    LAST,
    Percept,
    Situation,
    choose,
    decide,
    new_room,
    notice_change,
    notice_hunger,
    perceive,
    wake,
)
from evosim.mind.heuristic.reflexes import (
    FIRST,
    NOBODY,
    SIDE,
    WIDTH,
    add_sense,
    begin_sums,
    notice,
    score_moves,
    sense,
)
from evosim.mind.heuristic.ways import UNCHANGED, Ways, find_ways, new_ways, sense_ways
from evosim.numerics.arrays import Cells, Ids, Indices, Reals
from evosim.numerics.compiler import allocating_kernel, implements, inlined_kernel, rare_kernel
from evosim.numerics.functions import unsigned

EPOCH, WORLD, USED, HOLDS = range(4)  # what stands in `Sights.state`
FOUND_IN, LATEST, BEGIN, END = range(4)  # in a row of `Sights.found`: an epoch, the object to remember, senses
SENSES_A_CELL = 16  # that are kept, on average


class Heuristics(NamedTuple):
    """P heuristics with I senses and H hidden units; F features."""

    weights: Reals  # [P, I, max(H, 1)] of senses
    rows: Reals  # [P, I · max(H, 1)] the same
    out: Reals  # [P, H] of hidden units; H = 0: linear
    stay: Reals  # [P] inclination to stay
    noise: Reals  # [P] temperature of the choice
    detectors: Reals  # [P, F, F + 1] weights of what is perceived on what can be observed, and bias; [P, 0, 0]: true
    sharpness: float  # of the detectors
    drives: int
    knows_ways: bool


class Sights(NamedTuple):
    """What is sensed in each cell by who remembers each object, found when it is first needed; N objects, K senses.

    It depends on the world alone while all objects are there, seen from any distance and as they are. So lives in one
    world find it but once. When there is no more room, all is forgotten.
    """

    state: Ids  # [4] its EPOCH, its WORLD, how many senses are USED, and whether it HOLDS in this life
    found: Cells  # [C, N + 1, 4] by the remembered object + 1: when it was FOUND_IN, LATEST, and which senses
    weight: Indices  # [K, MOVES] the weight of each sense, whichever way the agent turns
    amounts: Reals  # [K]


class Reactions(NamedTuple):
    """The room in which one heuristic reacts."""

    remembered: Cells  # [1] the object that it saw last, or NOBODY
    perceived: Reals  # [N + Q, F] where detectors stand between features and the mind, or [0, 0]
    nearest: Cells  # [MOVES]
    senses: Cells  # [I, 3]
    ways: Ways
    sights: Sights
    levels: Reals  # [1] of hunger
    sums: Reals  # [MOVES, max(H, 1)]
    scores: Reals  # [ACTIONS]


@implements(new_room, Heuristics)
@allocating_kernel
def new_reactions(minds: Heuristics, rows: Ids, cells: int, plan: Blueprint) -> Reactions:
    """Return the working memory of heuristics of some `rows` `[M]`."""
    inputs, units = minds.weights.shape[1], minds.weights.shape[2]
    looks = plan.fixed.shape if minds.detectors.shape[1] > 0 else (0, 0)
    a_cell = SENSES_A_CELL + (MOVES * plan.fixed.shape[1] if minds.knows_ways else 0)
    return Reactions(
        remembered=np.zeros(1, np.int32),
        perceived=np.zeros(looks),
        nearest=np.zeros(MOVES, np.int32),
        senses=np.zeros((inputs, 3), np.int32),
        ways=new_ways(minds.knows_ways, cells, plan),
        sights=new_sights(cells, plan.type_of.shape[0], a_cell * cells + inputs),
        levels=np.zeros(1),
        sums=np.zeros((MOVES, units)),
        scores=np.zeros(ACTIONS),
    )


@allocating_kernel
def new_sights(cells: int, objects: int, room: int) -> Sights:
    """Make room for the senses of cells, as many in all as there is `room` for."""
    return Sights(
        state=np.full(4, NOBODY, np.int64),
        found=np.full((cells, objects + 1, 4), NOBODY, np.int32),
        weight=np.zeros((room, MOVES), np.uint32),
        amounts=np.zeros(room),
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
    if room.sights.state[WORLD] != percept.world:
        room.sights.state[WORLD] = percept.world
        forget_sights(room.sights)
    find_ways(plan, now, room.ways)
    room.sights.state[HOLDS] = 1 if all_are_seen_as_they_are(plan, now, room) else 0


@implements(notice_change, Heuristics)
@inlined_kernel
def notice_change_of_heuristic(
    minds: Heuristics, p: int, plan: Blueprint, percept: Percept, now: Situation, room: Reactions
) -> None:
    """Notice that not all objects are there, or can be had, or that they are there again."""
    find_ways(plan, now, room.ways)
    room.sights.state[HOLDS] = 1 if all_are_seen_as_they_are(plan, now, room) else 0


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
    """Return the reaction to what is sensed now, and to the object seen last; `memory` is `[2]`."""
    last, sights, moved_at = memory[LAST], room.sights, MOVES * (1 + 2 * (1 + percept.features.shape[1]))
    found = sights.found[unsigned(now.cell), unsigned(room.remembered[0] + 1)]
    if sights.state[HOLDS] == 0 or found[FOUND_IN] != sights.state[EPOCH]:
        sense_cell(minds.weights.shape[1], minds.knows_ways, plan, percept, now, room)
    room.remembered[0] = found[LATEST]
    room.levels[0] = now.hunger
    if minds.weights.shape[2] == 1 and minds.out.shape[1] == 0:
        score_linearly(last, moved_at, found, sights, room.levels, minds.drives, minds.rows[p], room.scores)
    else:
        score_by_hidden_units(p, last, moved_at, found, minds, room)
    room.scores[STAY] = minds.stay[unsigned(p)]
    return choose(room.scores, minds.noise[unsigned(p)], key, draw)


@rare_kernel
def score_by_hidden_units(p: int, last: int, moved_at: int, found: Cells, minds: Heuristics, room: Reactions) -> None:
    """Score the four moves by what hidden units make of the senses that were `found [4]`."""
    begin_sums(p, last, room.levels, minds.drives, minds.weights, room.sums)
    for s in range(found[BEGIN], found[END]):
        for turn in range(MOVES):
            for h in range(minds.weights.shape[2]):
                room.sums[turn, h] += minds.weights[p, room.sights.weight[s, turn], h] * room.sights.amounts[s]
    if last < MOVES:
        add_sense(p, last, moved_at, 1, 1.0, minds.weights, room.sums)
    score_moves(p, minds.out, room.sums, room.scores)


@inlined_kernel
def score_linearly(
    last: int,
    moved_at: int,
    found: Cells,
    sights: Sights,
    levels: Reals,
    drives: int,
    weights: Reals,
    out_scores: Reals,
) -> None:
    """Score the four moves by the `weights [I]` of what was found to be sensed: as `react` does, but in registers."""
    bias = unsigned(weights.shape[0] - 1)
    alike = weights[bias] + (0.0 if last < MOVES else 1.0) * weights[unsigned(weights.shape[0] - 2)]
    for d in range(drives):
        alike += levels[d] * weights[weights.shape[0] - 2 - drives + d]
    ahead, right, behind, left = alike, alike, alike, alike
    for s in range(found[BEGIN], found[END]):
        amount, weight = sights.amounts[unsigned(s)], sights.weight[unsigned(s)]
        ahead += weights[weight[0]] * amount
        right += weights[weight[1]] * amount
        behind += weights[weight[2]] * amount
        left += weights[weight[3]] * amount
    if last < MOVES:
        ahead += weights[unsigned(moved_at + (last & 3))]
        right += weights[unsigned(moved_at + ((last - 1) & 3))]
        behind += weights[unsigned(moved_at + ((last - 2) & 3))]
        left += weights[unsigned(moved_at + ((last - 3) & 3))]
    out_scores[0], out_scores[1], out_scores[2], out_scores[3] = ahead, right, behind, left


@inlined_kernel
def all_are_seen_as_they_are(plan: Blueprint, now: Situation, room: Reactions) -> bool:
    """Whether all objects are there to be had, and sight and perception make no difference between agents."""
    everything = plan.vision == 0 and room.perceived.shape[0] == 0 and room.ways.state[UNCHANGED] != 0
    for n in range(now.there.shape[0]):
        everything &= now.there[n]
    return everything


@inlined_kernel
def forget_sights(sights: Sights) -> None:
    """Forget all that was sensed."""
    sights.state[EPOCH] += 1
    sights.state[USED] = 0


@rare_kernel
def sense_cell(
    inputs: int, knows_ways: bool, plan: Blueprint, percept: Percept, now: Situation, room: Reactions
) -> None:
    """Find what is sensed in the cell, of `inputs`, by who remembers so; keep it if it holds in other lives."""
    sights, remembered = room.sights, int(room.remembered[0])
    features = room.perceived if room.perceived.shape[0] > 0 else percept.features
    if sights.state[USED] + inputs > sights.amounts.shape[0]:
        forget_sights(sights)
    latest = notice(
        now.cell, plan.columns, plan.vision, percept.cells, now.there, percept.visible, remembered, room.nearest
    )
    first = sights.state[USED]
    count = sense(
        now.cell, plan.columns, percept.content, percept.cells, features, room.nearest, latest, room.senses,
        sights.amounts[first:],
    )  # fmt: skip
    if knows_ways:
        count = sense_ways(
            count, now.cell, plan.columns, percept, features, room.ways, room.senses, sights.amounts[first:]
        )
    for s in range(count):
        side, begin, width = room.senses[s, SIDE], room.senses[s, FIRST], room.senses[s, WIDTH]
        for turn in range(MOVES):
            sights.weight[first + s, turn] = begin + width * ((side - turn) & 3)
    found = sights.found[now.cell, remembered + 1]
    found[LATEST], found[BEGIN], found[END], found[FOUND_IN] = latest, first, first + count, NOBODY
    if sights.state[HOLDS] != 0:
        found[FOUND_IN] = sights.state[EPOCH]
        sights.state[USED] += count
