"""Tabular worlds: a grid world as a finite decision process.

A state is all that the future depends on: the cell, which objects have been taken, what is carried, and
the energy where agents live on it. State 0 is the end of the episode, state 1 its beginning. Only reachable states are
listed, breadth first. The clock is not part of a state: solvers count steps.
"""

from typing import Any, NamedTuple

import numpy as np

from evosim.alignment.mdp.bellman import Transition
from evosim.episode.grid_environment import Ground
from evosim.episode.rollout import hunger_at
from evosim.gridworld.actions import ACTIONS, MOVES, STAY, step_of, strays_to
from evosim.gridworld.rules import can_have, take
from evosim.gridworld.sampling import NOWHERE, WALL
from evosim.gridworld.shortest_paths import BARRIER, NOTHING
from evosim.gridworld.spec import Blueprint
from evosim.numerics.arrays import Acts, Cells, Flags, Ids, Reals, Shorts
from evosim.numerics.compiler import allocating_kernel, in_parallel, kernel

ENDED, BEGIN = 0, 1  # states
MOST_STATES = 100_000  # of a world, above which it is not listed
FIRST_ROOM = 1024  # states
AT_ONCE = 2_000_000  # states of all worlds for which room is made together
MOST_OBJECTS = 62  # that can be taken: one bit each
ROUNDING = 1e9  # energies nearer than a billionth are the same


class TabularWorld(NamedTuple):
    """One world with S states, A actions, and B random branches: one if moves are certain, else one for each move."""

    transition: Transition  # [S, A, B]
    entered: Shorts  # [S, A, B] the object whose entry does something, or NOTHING
    came: Acts  # [S, A, B] the place come to, or NOWHERE
    at: Acts  # [S, A, B] the place where the agent is then, or NOWHERE
    moved: Flags  # [S, A, B] whether the agent is elsewhere then
    cell: Cells  # [S] where the agent is; -1 at the end
    taken: Ids  # [S] objects that are not there any more, a bit for each
    inventory: Cells  # [S, T] what is carried, of each type
    hunger: Reals  # [S] 0 to 1, in tenths; 0 where agents need no energy
    objects: int  # N
    goals: int  # N + Q: objects and places

    @property
    def states(self) -> int:
        """The number of states."""
        return len(self.cell)


class StateTable(NamedTuple):
    """A hash table of states: room for M states, 2 M slots."""

    cell: Cells  # [M]
    taken: Ids  # [M]
    inventory: Cells  # [M, T]
    energy: Reals  # [M]
    slot: Cells  # [2 M] number of the state whose hash leads here, or -1


def why_not_tabular(plan: Blueprint) -> str:
    """Return why worlds of a blueprint can't be listed as states; empty if they can, as far as is known beforehand."""
    if plan.respawns.any():
        return "objects come back, so that states would have to hold the time"
    if plan.supply.per_thought != 0.0:
        return "thinking costs energy, so that what happens depends on how a mind thinks"
    if plan.taken.sum() > MOST_OBJECTS:
        return f"more than {MOST_OBJECTS} objects can be taken"
    return ""


def tabulate(ground: Ground, *, most: int = MOST_STATES) -> list[TabularWorld] | None:
    """Return the states of each world as a table; None if one has more than `most`, or can't be listed at all."""
    plan, worlds, atlas = ground
    if why_not_tabular(plan):
        return None
    found: dict[int, TabularWorld] = {}
    room = cell_state_bound(ground) or min(most, FIRST_ROOM)
    waiting = list(range(len(worlds.start)))
    while waiting:
        if room > most:
            return None
        at_once = max(1, AT_ONCE // room)
        left = []
        for some in range(0, len(waiting), at_once):
            batch = np.array(waiting[some : some + at_once])
            counts, worlds_of = _listed(plan, worlds.start[batch], atlas.content[batch], atlas.place[batch], room)
            for e, count, world in zip(batch.tolist(), counts.tolist(), worlds_of, strict=True):
                if count <= room:
                    found[e] = world
                elif room == most:
                    return None
                else:
                    left.append(e)
        waiting, room = left, min(most, 8 * room)
    return [found[e] for e in sorted(found)]


def cell_state_bound(ground: Ground) -> int | None:
    """Return an upper bound on the number of states where a state is a cell; None where it is more."""
    plan = ground.plan
    simple = not plan.taken.any() and not plan.locked.any() and plan.supply.initial <= 0.0
    return int((ground.worlds.wall != WALL).sum(axis=1).max()) + 2 if simple else None


def _listed(
    plan: Blueprint, starts: Cells, contents: Shorts, places: Acts, room: int
) -> tuple[Cells, list[TabularWorld]]:
    """Return the states of worlds in tables of `room` states, and how many there are; more than `room` if too many."""
    count, branches = len(starts), MOVES if plan.slip > 0.0 else 1
    shape = (count, room, ACTIONS, branches)
    worlds = TabularWorld(
        Transition(np.zeros(shape, np.int32), np.zeros(shape)),
        np.full(shape, NOTHING, np.int16),
        np.full(shape, NOWHERE, np.int8),
        np.full(shape, NOWHERE, np.int8),
        np.zeros(shape, np.bool_),
        np.full((count, room), -1, np.int32),
        np.zeros((count, room), np.int64),
        np.zeros((count, room, plan.types), np.int32),
        np.zeros((count, room)),
        len(plan.type_of),
        len(plan.fixed),
    )
    counts = np.zeros(count, np.int32)

    def list_some(first: int, last: int) -> None:
        list_states(first, last, plan, starts, contents, places, worlds, counts)

    in_parallel(list_some, count)

    def of(e: int) -> TabularWorld:
        listed = min(int(counts[e]), room)
        parts: list[Any] = [part[e, :listed] for part in (*worlds.transition, *worlds[1:-2])]
        if room > FIRST_ROOM:  # most of it may be empty
            parts = [part.copy() for part in parts]
        return TabularWorld._make([Transition(*parts[:2]), *parts[2:], worlds.objects, worlds.goals])

    return counts, [of(e) for e in range(count)]


@allocating_kernel
def list_states(
    first: int,
    last: int,
    plan: Blueprint,
    starts: Cells,
    contents: Shorts,
    places: Acts,
    out_worlds: TabularWorld,
    out_counts: Cells,
) -> None:
    """List the states of worlds `first` to `last - 1`, breadth first.

    `starts` are `[E]`; the maps `contents` and `places` are `[E, C]`.
    """
    room, branches = out_worlds.entered.shape[1], out_worlds.entered.shape[3]
    there, inventory = np.ones(plan.type_of.shape[0], np.bool_), np.zeros(plan.types, np.int32)
    energy, slot = np.zeros(room), np.zeros(2 * room, np.int32)
    for e in range(first, last):
        slot[:] = -1
        states = StateTable(out_worlds.cell[e], out_worlds.taken[e], out_worlds.inventory[e], energy, slot)
        content, place = contents[e], places[e]
        probability = out_worlds.transition.probability[e]
        probability[ENDED, :, 0] = 1.0
        states.cell[BEGIN], energy[BEGIN] = starts[e], plan.supply.initial
        count = 2
        slot[hash_slot(starts[e], np.int64(0), energy[BEGIN], inventory, 2 * room)] = BEGIN
        state = BEGIN
        while state < count and count <= room:
            for action in range(ACTIONS):
                for branch in range(branches):
                    way = action if branches == 1 or action == STAY else branch
                    probability[state, action, branch] = branch_probability(action, branch, branches, plan)
                    if probability[state, action, branch] == 0.0:
                        continue
                    for n in range(there.shape[0]):
                        there[n] = states.taken[state] >> n & 1 == 0
                    for kind in range(plan.types):
                        inventory[kind] = states.inventory[state, kind]
                    n, q, cell, left, ended = step_outcome(
                        way, int(states.cell[state]), energy[state], plan, content, place, there, inventory
                    )
                    out_worlds.entered[e, state, action, branch] = n
                    out_worlds.came[e, state, action, branch] = q
                    if place.shape[0] > 0:
                        out_worlds.at[e, state, action, branch] = place[cell]
                    out_worlds.moved[e, state, action, branch] = cell != states.cell[state]
                    if not ended:
                        following = find_or_add(count, cell, left, there, inventory, states)
                        out_worlds.transition.successor[e, state, action, branch] = min(following, room - 1)
                        count += 1 if following == count else 0
            state += 1
        inventory[:] = 0
        out_counts[e] = count
        if plan.supply.initial > 0.0:
            for state in range(BEGIN, min(count, room)):
                out_worlds.hunger[e, state] = hunger_at(energy[state], plan)


@kernel
def branch_probability(action: int, branch: int, branches: int, plan: Blueprint) -> float:
    """Return the probability of a branch of an action: its own direction, or where it slips another."""
    if branches == 1:
        return 1.0
    if action == STAY:
        return 1.0 if branch == 0 else 0.0
    slipped, ways = 0.0, 0
    for way in range(MOVES):
        ways += 1 if strays_to(action, way, plan.slip_kind) else 0
    if strays_to(action, branch, plan.slip_kind):
        slipped = plan.slip / ways
    return slipped + (1.0 - plan.slip if branch == action else 0.0)


@kernel
def step_outcome(
    action: int,
    cell: int,
    energy: float,
    plan: Blueprint,
    content: Shorts,
    place: Acts,
    out_there: Flags,
    out_inventory: Cells,
) -> tuple[int, int, int, float, bool]:
    """Return the result of a step: object entered, place come to, cell, energy, and whether the episode ends.

    What is there `[N]` and what is carried `[T]` change accordingly, by the map `content [C]` and `place [C]`. The
    physics are those of one step of a life (episode/rollout.py).
    """
    target = cell + step_of(action, plan.columns)
    n = int(content[target])
    lives_on_energy = plan.supply.initial > 0.0
    moves_on = target != cell and n != BARRIER
    if lives_on_energy:
        energy -= plan.supply.per_tick
        if moves_on:
            energy -= plan.supply.per_move
    entered, came, ended = NOTHING, NOWHERE, False
    if moves_on:
        if place.shape[0] > 0 and place[target] != NOWHERE and place[target] != place[cell]:
            came = int(place[target])
        if n != NOTHING and can_have(n, plan, out_there, out_inventory):
            entered = n
            ended = bool(plan.ends[n])
            if lives_on_energy:
                energy = min(energy + plan.energy[n], plan.supply.most)
            take(n, plan, out_there, out_inventory, 1)
    if lives_on_energy and energy <= 0.0:
        ended = True
    return entered, came, target if moves_on else cell, energy, ended


@kernel
def find_or_add(count: int, cell: int, energy: float, there: Flags, inventory: Cells, states: StateTable) -> int:
    """Return the number of a state; if it is new, `count`, and add it if there is room.

    What is still `there` is `[N]`, the inventory `[T]`.
    """
    taken = np.int64(0)
    for n in range(there.shape[0]):
        if not there[n]:
            taken |= np.int64(1) << np.int64(n)
    slot = hash_slot(cell, taken, energy, inventory, states.slot.shape[0])
    while states.slot[slot] >= 0:
        other = states.slot[slot]
        same = states.cell[other] == cell and states.taken[other] == taken
        same &= np.rint(states.energy[other] * ROUNDING) == np.rint(energy * ROUNDING)
        for kind in range(inventory.shape[0]):
            same &= states.inventory[other, kind] == inventory[kind]
        if same:
            return int(other)
        slot = (slot + 1) % states.slot.shape[0]
    if count < states.cell.shape[0]:
        states.cell[count], states.taken[count], states.energy[count] = cell, taken, energy
        for kind in range(inventory.shape[0]):
            states.inventory[count, kind] = inventory[kind]
        states.slot[slot] = count
    return count


@kernel
def hash_slot(cell: int, taken: np.int64, energy: float, inventory: Cells, slots: int) -> int:
    """Return the slot of a state with `inventory [T]` in a hash table."""
    mixed = np.uint64(cell)
    mixed = (mixed ^ np.uint64(taken)) * np.uint64(0xFF51AFD7ED558CCD)
    mixed ^= mixed >> np.uint64(33)
    mixed = (mixed ^ np.uint64(np.int64(np.rint(energy * ROUNDING)))) * np.uint64(0xC4CEB9FE1A85EC53)
    mixed ^= mixed >> np.uint64(33)
    for kind in range(inventory.shape[0]):
        mixed = (mixed ^ np.uint64(inventory[kind])) * np.uint64(0x9E3779B97F4A7C15)
        mixed ^= mixed >> np.uint64(29)
    return int(np.int64(mixed % np.uint64(slots)))
