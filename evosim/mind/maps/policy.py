"""Minds that climb a map, in grids: their kernels, whatever computes the map.

A map is thought once, and again only when what is perceived has changed: an object that was taken, has come back or
has come in sight, or, where minds see it, the agent's own cell. Of a map only the ways are kept: for each cell a set
of actions, all equally good. What minds would think of a whole batch of worlds, as these are at the start of a life, is
thought before, worlds side by side, and only once by all that think alike (foresight.py).
"""

from typing import Any, NamedTuple

import numpy as np

from evosim.gridworld.actions import ACTIONS, MOVES, STAY
from evosim.gridworld.sampling import NOWHERE
from evosim.gridworld.shortest_paths import BARRIER
from evosim.gridworld.spec import Blueprint
from evosim.mind.contract import THOUGHT, Percept, Situation, decide, new_room, notice_change, perceive, wake
from evosim.mind.maps.boards import new_board, think
from evosim.numerics.arrays import Acts, Bytes, Cells, Flags, Ids, Reals, Shorts
from evosim.numerics.compiler import allocating_kernel, implements, inlined_kernel, kernel
from evosim.numerics.random import below

ABSENT = -1
UNTHOUGHT, FORESEEN, OWN = range(3)  # the map that ways are taken from
WAYS, PAID, STOOD = range(3)  # in `Thinking.state`: which, whether it was counted, and the cell that was seen with it


class Shown(NamedTuple):
    """Where each input stands among those of a kind of mind, or ABSENT."""

    wall: int
    features: int  # the first of F
    thing: int
    here: int
    row: int
    column: int
    inputs: int  # I


class Climbers(NamedTuple):
    """P minds that climb a map which they think."""

    thinks: Any  # what the map is computed with, and how: a NamedTuple of the kind's own class (boards.py)
    thoughts: Cells  # [P]
    parts: Cells  # [P] what a thought costs, in units of `thinking`
    shown: Shown
    detectors: Reals  # [P, F, F + 1] weights of what is perceived on what can be observed, and bias; [P, 0, 0]: true
    sharpness: float  # of the detectors
    number: Ids  # [P] of those that think alike
    foreseen: Bytes  # [U, E, C] the ways of each of these in a batch of worlds; [0, 0, 0]: they were not thought


class Thinking(NamedTuple):
    """The room in which one mind thinks."""

    board: Any  # of one world
    perceived: Reals  # [N + Q, F] where detectors stand between features and the mind, or [0, 0]
    seen: Flags  # [N] the objects that it saw on the map that ways are taken from
    ways: Bytes  # [C] a bit for each action
    state: Ids  # [3]


@implements(new_room, Climbers)
@allocating_kernel
def new_thinking(minds: Climbers, rows: Ids, cells: int, plan: Blueprint) -> Thinking:
    """Return the working memory of minds of some `rows` `[M]`."""
    looks = plan.fixed.shape if minds.detectors.shape[1] > 0 else (0, 0)
    return Thinking(
        board=new_board(minds.thinks, minds.shown.inputs, plan.rows, plan.columns, 1),
        perceived=np.zeros(looks),
        seen=np.zeros(plan.type_of.shape[0], np.bool_),
        ways=np.zeros(cells, np.uint8),
        state=np.zeros(3, np.int64),
    )


@implements(wake, Climbers)
@inlined_kernel
def wake_climber(minds: Climbers, p: int, plan: Blueprint, percept: Percept, now: Situation, room: Thinking) -> None:
    """Begin a life: nothing is thought, unless it was before."""
    if room.perceived.shape[0] > 0:
        perceive(p, percept.features, minds.detectors, minds.sharpness, room.perceived)
    forget(minds, now, room)


@implements(notice_change, Climbers)
@inlined_kernel
def notice_change_of_map(
    minds: Climbers, p: int, plan: Blueprint, percept: Percept, now: Situation, room: Thinking
) -> None:
    """Notice that objects are there, or are not, which were not or were on the map that was thought."""
    changed = False
    for n in range(now.there.shape[0]):
        changed |= now.there[n] != room.seen[n]
    if changed:
        forget(minds, now, room)


@inlined_kernel
def forget(minds: Climbers, now: Situation, room: Thinking) -> None:
    """Forget the map; take that which was thought before, if it is the same."""
    everything = minds.foreseen.shape[0] > 0
    for n in range(now.there.shape[0]):
        room.seen[n] = now.there[n]
        everything &= now.there[n]
    room.state[WAYS] = FORESEEN if everything else UNTHOUGHT
    room.state[PAID] = 0


@implements(decide, Climbers)
@inlined_kernel
def climb(
    minds: Climbers,
    p: int,
    plan: Blueprint,
    percept: Percept,
    now: Situation,
    key: np.uint64,
    draw: int,
    memory: Ids,
    room: Thinking,
) -> int:
    """Return the action to the neighbour with the largest number, or one of several; `memory` is `[2]`."""
    state = room.state
    if state[WAYS] == UNTHOUGHT or (minds.shown.here != ABSENT and state[STOOD] != now.cell):
        think_alone(minds, p, plan, percept, now, room)
        state[WAYS], state[STOOD], state[PAID] = OWN, now.cell, 0
    if state[PAID] == 0:
        memory[THOUGHT] += np.int64(minds.thoughts[p]) * minds.parts[p]
        state[PAID] = 1
    ways = minds.foreseen[minds.number[p], percept.world, now.cell] if state[WAYS] == FORESEEN else room.ways[now.cell]
    return one_of(ways, key, draw)


@inlined_kernel
def one_of(ways: int, key: np.uint64, draw: int) -> int:
    """Return one of a set of actions, a bit for each."""
    count = 0
    for action in range(ACTIONS):
        count += (ways >> action) & 1
    left = below(key, draw, count) if count > 1 else 0
    for action in range(ACTIONS):
        if (ways >> action) & 1 == 1:
            if left == 0:
                return action
            left -= 1
    return STAY


@kernel
def think_alone(minds: Climbers, p: int, plan: Blueprint, percept: Percept, now: Situation, room: Thinking) -> None:
    """Think of the map as it is believed to be now, and write the ways."""
    features = room.perceived if room.perceived.shape[0] > 0 else percept.features
    show(minds.shown, plan.columns, 1, 0, percept.believed, percept.place, percept.cells, features, now.there,
         now.cell, room.board.inputs)  # fmt: skip
    found = think(minds.thinks, p, minds.thoughts[p], room.board)
    write_ways(percept.believed, plan.columns, 1, 0, room.board.values[found], room.ways)


@kernel
def show(
    shown: Shown,
    columns: int,
    worlds: int,
    w: int,
    content: Shorts,
    place: Acts,
    cells: Cells,
    features: Reals,
    there: Flags,
    here: int,
    out_inputs: Reals,
) -> None:
    """Write the inputs `[I, rows + 2, (columns + 2) · W]` of world `w`: of a map `[C]` and of objects and places there.

    An object hides the place in its cell.
    """
    objects, count = cells.shape[0], features.shape[1]
    last_row, last_column = max(content.shape[0] // columns - 1, 1), max(columns - 1, 1)
    for cell in range(content.shape[0]):
        row, at = 1 + cell // columns, (1 + cell % columns) * worlds + w
        if shown.wall != ABSENT:
            out_inputs[shown.wall, row, at] = 1.0 if content[cell] == BARRIER else 0.0
        if shown.thing != ABSENT:
            out_inputs[shown.thing, row, at] = 0.0
        if shown.here != ABSENT:
            out_inputs[shown.here, row, at] = 1.0 if cell == here else 0.0
        if shown.row != ABSENT:
            out_inputs[shown.row, row, at] = (cell // columns) / last_row
        if shown.column != ABSENT:
            out_inputs[shown.column, row, at] = (cell % columns) / last_column
        if shown.features != ABSENT:
            q = place[cell] if place.shape[0] > 0 else NOWHERE
            on_floor = q != NOWHERE and content[cell] != BARRIER
            for f in range(count):
                out_inputs[shown.features + f, row, at] = features[objects + q, f] if on_floor else 0.0
    for n in range(objects):
        if not there[n]:
            continue
        row, at = 1 + cells[n] // columns, (1 + cells[n] % columns) * worlds + w
        if shown.thing != ABSENT:
            out_inputs[shown.thing, row, at] = 1.0
        if shown.features != ABSENT:
            for f in range(count):
                out_inputs[shown.features + f, row, at] = features[n, f]


@kernel
def write_ways(content: Shorts, columns: int, worlds: int, w: int, climbed: Reals, out_ways: Bytes) -> None:
    """Write the best actions from each cell of a map `[C]`, of what world `w` climbs, `[rows + 2, (columns + 2) · W]`.

    They lead to the neighbours with the largest number, be they walls; to stay is best where all four are lower.
    """
    for cell in range(content.shape[0]):
        if content[cell] == BARRIER:
            out_ways[cell] = 1 << STAY
            continue
        row, at = 1 + cell // columns, (1 + cell % columns) * worlds + w
        best, ways = 0.0, 0
        for action in range(MOVES):
            down, right = (action == 2) - (action == 0), (action == 1) - (action == 3)
            value = climbed[row + down, at + right * worlds]
            if ways == 0 or value > best:
                best, ways = value, 1 << action
            elif value == best:
                ways |= 1 << action
        if climbed[row, at] > best:
            ways = 1 << STAY
        out_ways[cell] = ways


@kernel
def foresee(
    p: int, minds: Climbers, plan: Blueprint, content: Shorts, first: int, board: Any, out_foreseen: Bytes
) -> None:
    """Write the ways `[U, E, C]` of individual `p` in worlds `[W, C]` that are on the board, from the first on."""
    found = think(minds.thinks, p, minds.thoughts[p], board)
    for w in range(content.shape[0]):
        out = out_foreseen[minds.number[p], first + w]
        write_ways(content[w], plan.columns, board.worlds, w, board.values[found], out)


@kernel
def show_all(
    minds: Climbers,
    p: int,
    plan: Blueprint,
    content: Shorts,
    place: Acts,
    cells: Cells,
    features: Reals,
    there: Flags,
    perceived: Reals,
    board: Any,
) -> None:
    """Put worlds `[W, C]` on the board, with all objects that are `there` `[N]`, as individual `p` perceives them."""
    for w in range(content.shape[0]):
        seen = features[w]
        if perceived.shape[0] > 0:
            perceive(p, features[w], minds.detectors, minds.sharpness, perceived)
            seen = perceived
        show(minds.shown, plan.columns, board.worlds, w, content[w], place[w], cells[w], seen, there, 0,
             board.inputs)  # fmt: skip
