"""Lifetimes: minds × worlds → outcomes. The hot loop, and the only place that knows both.

Every individual lives once in every world of the batch. A life's randomness is a function of
its key, the individual's id and the number of the episode, so it is the same on any thread and
can be replayed.
"""

from typing import Any, NamedTuple

import numpy as np

from evosim.episode.outcomes import OutcomeOffsets, numbered_layout
from evosim.gridworld.actions import STAY, step_of, stray
from evosim.gridworld.rules import can_have, take, within
from evosim.gridworld.sampling import NOWHERE, Worlds
from evosim.gridworld.shortest_paths import BARRIER, NOTHING, Atlas
from evosim.gridworld.spec import Blueprint
from evosim.mind.contract import (
    LAST,
    LEVELS,
    THOUGHT,
    Percept,
    Situation,
    decide,
    new_room,
    notice_change,
    notice_hunger,
    utility_of,
    wake,
)
from evosim.mind.expression import group_by_kind
from evosim.mind.phenotype import Phenotypes
from evosim.numerics.arrays import Acts, Cells, Flags, Ids, Reals, Shorts
from evosim.numerics.compiler import allocating_kernel, in_parallel, inlined_kernel, kernel, rare_kernel
from evosim.numerics.functions import unsigned
from evosim.numerics.random import fold, uniform

DRAWS = 4  # per tick: the mind's, whether the move slips, where to
OVER = -3  # in a trace: the life had ended


class Lives(NamedTuple):
    """The results of P lives in each of E worlds."""

    outcomes: Reals  # [P, E, K] in the order of `OutcomeLayout`
    mesa_return: Reals  # [P, E] utility, by its own objective, of all it entered, and of the place where it ended


class Traces(NamedTuple):
    """The trajectories of P agents in each of E worlds, tick by tick: all that can be observed from outside."""

    action: Acts  # [P, E, T] that it chose, whether or not the move slipped; OVER after the end
    cell: Cells  # [P, E, T + 1] where it stood before each tick, and after the last; OVER after the end
    entered: Shorts  # [P, E, T] the object whose entry did something, or NOTHING; OVER after the end


class Others(NamedTuple):
    """Minds of the same kinds, whose decisions in each state of P lives in E worlds are compared."""

    minds: Phenotypes  # [P]
    counts: Ids  # [P, E, 2] decisions that differ from what was done, and all; [0, 0, 2]: nobody is asked


class State(NamedTuple):
    """The state of one life, besides the agent's cell and the state of its mind."""

    present: Flags  # [N] objects that are there
    there: Flags  # [N] objects that the agent believes to be there
    inventory: Cells  # [T] how many of each type it carries
    back: Cells  # [N] tick at which an object that was taken is there again; 0: never


def live(
    plan: Blueprint,
    worlds: Worlds,
    atlas: Atlas,
    minds: Phenotypes,
    ids: Ids,
    key: np.uint64,
    *,
    believed: Atlas | None = None,
    traces: Traces | None = None,
    others: Others | None = None,
    least: int = 1,
) -> Lives:
    """Simulate one episode of individuals `ids [P]` in every world.

    Planners plan on the map that is `believed`, by default the true one. Trajectories are recorded in `traces`. In
    every state, `others` decide too, with the same map, memory and draws; their decisions are counted, not carried out.
    The lives of `least` individuals or more are worth a thread.
    """
    population, episodes = len(ids), len(worlds.start)
    at = numbered_layout(plan).offsets
    lives = Lives(np.zeros((population, episodes, at.size)), np.zeros((population, episodes)))
    noted = new_traces(0, 0, 0) if traces is None else traces
    counts = np.zeros((0, 0, 2), np.int64) if others is None else others.counts
    by_kind = group_by_kind(minds, None if others is None else others.minds)
    groups = [group.prepared(plan, worlds, believed or atlas) for group in by_kind]
    borders = np.cumsum([0, *(len(group.rows) for group in groups)]).tolist()

    def live_some(first: int, last: int) -> None:
        for group, begin, end in zip(groups, borders, borders[1:], strict=False):
            rows = group.rows[max(first - begin, 0) : max(min(last, end) - begin, 0)]
            if len(rows):
                live_block(
                    group.minds, group.others, rows, plan, worlds, atlas, believed or atlas, ids, np.uint64(key), at,
                    lives, noted, counts,
                )  # fmt: skip

    in_parallel(live_some, population, least)
    return lives


def new_traces(population: int, episodes: int, steps: int) -> Traces:
    """Return empty traces of `population` minds in `episodes` worlds."""
    shape = (population, episodes)
    return Traces(
        np.full((*shape, steps), OVER, np.int8),
        np.full((*shape, steps + 1), OVER, np.int32),
        np.full((*shape, steps), OVER, np.int16),
    )


@allocating_kernel
def live_block(
    minds: Any,
    asked: Any,
    rows: Ids,
    plan: Blueprint,
    worlds: Worlds,
    atlas: Atlas,
    believed: Atlas,
    ids: Ids,
    key: np.uint64,
    at: OutcomeOffsets,
    out_lives: Lives,
    out_traces: Traces,
    out_counts: Ids,
) -> None:
    """Simulate all lives of some rows `[R]`, minds of one kind; outcomes are zeros before."""
    cells, objects = worlds.wall.shape[1], worlds.cell.shape[1]
    asks = out_counts.shape[0] > 0
    room, other = new_room(minds, rows, cells, plan), new_room(asked, rows if asks else rows[:0], cells, plan)
    memory, done = np.zeros((2, 2), np.int64), np.zeros((plan.steps if asks else 0, 4), np.int64)
    state = State(
        np.ones(objects, np.bool_), np.full(objects, plan.vision == 0), np.zeros(plan.types, np.int32),
        np.zeros(objects, np.int32),
    )  # fmt: skip
    live_all(
        rows, plan, worlds, atlas, believed, ids, key, minds, asked, state, memory[0], memory[1], done, room, other, at,
        out_lives, out_traces, out_counts,
    )  # fmt: skip


@kernel
def live_all(
    rows: Ids,
    plan: Blueprint,
    worlds: Worlds,
    atlas: Atlas,
    believed: Atlas,
    ids: Ids,
    key: np.uint64,
    minds: Any,
    asked: Any,
    state: State,
    memory: Ids,
    other_memory: Ids,
    done: Ids,
    room: Any,
    other: Any,
    at: OutcomeOffsets,
    out_lives: Lives,
    out_traces: Traces,
    out_counts: Ids,
) -> None:
    """Simulate the lives of rows `[R]` in allocated rooms; a function that allocates would count references here."""
    for e in range(worlds.start.shape[0]):
        percept = Percept(
            atlas.content[e], believed.content[e], atlas.place[e], worlds.cell[e], worlds.features[e],
            believed.distance[e], believed.first_action[e], atlas.visible[e], believed.floor[e], e,
        )  # fmt: skip
        for row in rows:
            p = max(row, 0)  # as it is: the compiler need not count from the end of every array
            out_lives.mesa_return[p, e] = live_one(
                p, e, plan, worlds.start[e], minds, asked, percept, state, fold(fold(key, ids[p]), e), memory,
                other_memory, done, room, other, at, out_lives.outcomes, out_traces, out_counts,
            )  # fmt: skip


@rare_kernel
def renew(vision: int, out_state: State) -> None:
    """Make the state of a life as it is at the beginning."""
    out_state.present[:] = True
    out_state.there[:] = vision == 0
    out_state.inventory[:] = 0
    out_state.back[:] = 0


@rare_kernel
def look(cell: int, vision: int, columns: int, cells: Cells, state: State) -> bool:
    """Observe which objects at `cells [N]` are within sight; return whether the agent's belief has changed."""
    news = False
    for n in range(cells.shape[0]):
        if state.there[n] != state.present[n] and (vision == 0 or within(vision, cell, int(cells[n]), columns)):
            state.there[n] = state.present[n]
            news = True
    return news


@rare_kernel
def bring_back(tick: int, state: State) -> None:
    """Respawn the objects that are due."""
    for n in range(state.back.shape[0]):
        if state.back[n] > 0 and tick >= state.back[n]:
            state.present[n] = True
            state.back[n] = 0


@inlined_kernel
def hunger_at(energy: float, plan: Blueprint) -> float:
    """Return the hunger of an agent, 0 to 1 in tenths: the missing share of the maximal energy."""
    return float(np.rint(LEVELS * (1.0 - energy / plan.supply.most)) / LEVELS)


@rare_kernel
def compare_decisions(
    minds: Any,
    p: int,
    plan: Blueprint,
    percept: Percept,
    state: State,
    energy: float,
    hunger: float,
    key: np.uint64,
    memory: Ids,
    room: Any,
    done: Ids,
    ticks: tuple[int, int],
    out_counts: Ids,
) -> None:
    """Decide as `decide` does at all ticks from the first to before the last, in which nothing else changed.

    In `done [T, 4]` stand the cell, the action before, the action, and whether it is a state of its own; counted are
    decisions that differ, and all, `[2]`. All that a call hands over is some 400 words, so ticks share one.
    """
    for tick in range(ticks[0], ticks[1]):
        memory[LAST] = done[tick, 1]
        now = Situation(tick, done[tick, 0], state.there, state.inventory, energy, hunger)
        differs = done[tick, 2] != decide(minds, p, plan, percept, now, key, tick * DRAWS, memory, room)
        out_counts[0] += 1 if done[tick, 3] == 1 and differs else 0
        out_counts[1] += done[tick, 3]


@rare_kernel
def notice_otherwise(
    minds: Any, p: int, begins: bool, changed: bool, hungrier: bool, plan: Blueprint, percept: Percept, now: Situation,
    room: Any,
) -> None:  # fmt: skip
    """Call `wake`, `notice_change` and `notice_hunger` of a mind that is asked."""
    if begins:
        wake(minds, p, plan, percept, now, room)
    if changed:
        notice_change(minds, p, plan, percept, now, room)
    if hungrier:
        notice_hunger(minds, p, plan, percept, now, room)


@inlined_kernel
def live_one(
    p: int,
    e: int,
    plan: Blueprint,
    start: int,
    minds: Any,
    asked: Any,
    percept: Percept,
    state: State,
    key: np.uint64,
    memory: Ids,
    other_memory: Ids,
    done: Ids,
    room: Any,
    other: Any,
    at: OutcomeOffsets,
    out_outcomes: Reals,
    out_traces: Traces,
    out_counts: Ids,
) -> float:
    """Simulate one life, until the steps, the energy or an object end it; fill `out_outcomes [P, E, K]`.

    Returns the mesa-return.
    """
    own, objects = plan.outcomes.shape[1], percept.cells.shape[0]
    content, place, outcomes = percept.content, percept.place, out_outcomes[p, e]
    noted, asks = out_traces.action.shape[0] > 0, out_counts.shape[0] > 0
    lives_on_energy = plan.supply.initial > 0.0
    watchful = plan.vision > 0
    changes = watchful
    for n in range(objects):
        watchful |= plan.respawns[n] > 0
        changes |= plan.taken[n] or plan.locked[n]
    attentive = watchful or lives_on_energy
    energy = plan.supply.initial
    hunger = hunger_at(energy, plan) if lives_on_energy else 0.0
    if changes:
        renew(plan.vision, state)
    cell, stood = int(np.int64(start)), int(np.int64(NOWHERE))
    memory[LAST] = other_memory[LAST] = STAY
    memory[THOUGHT] = other_memory[THOUGHT] = 0
    begins, changed, ended = True, False, False
    mesa_return, entered_any = 0.0, False
    tick = 0
    moves = 0
    unasked = 0  # tick from which on others have not been asked yet
    while tick < plan.steps and not ended:
        now = Situation(tick, cell, state.there, state.inventory, energy, hunger)
        visits = cell != stood  # while it remains where it is, that is one state
        if attentive or begins or changed:
            hungrier = False
            if watchful:
                bring_back(tick, state)
                changed |= look(cell, plan.vision, plan.columns, percept.cells, state)
            if lives_on_energy and hunger != hunger_at(energy, plan):
                hunger, hungrier = hunger_at(energy, plan), True
                now = Situation(tick, cell, state.there, state.inventory, energy, hunger)
            if asks and (begins or changed or hungrier):
                notice_otherwise(asked, p, begins, changed, hungrier, plan, percept, now, other)
            visits |= begins or changed
            if begins:
                wake(minds, p, plan, percept, now, room)
            if changed:
                notice_change(minds, p, plan, percept, now, room)
            if hungrier:
                visits |= notice_hunger(minds, p, plan, percept, now, room)
        begins = changed = False
        stood = cell
        thought = memory[THOUGHT]
        draw = tick * DRAWS
        last = memory[LAST]
        action = decide(minds, p, plan, percept, now, key, draw, memory, room)
        memory[LAST] = action
        if asks:
            done[tick, 0], done[tick, 1], done[tick, 2], done[tick, 3] = cell, last, action, int(visits)
        if noted:
            out_traces.action[p, e, tick] = action
            out_traces.cell[p, e, tick] = cell
            out_traces.entered[p, e, tick] = NOTHING
        tick += 1
        if plan.slip > 0.0 and action != STAY and uniform(key, draw + 1) < plan.slip:
            action = stray(action, plan.slip_kind, key, draw + 2)
        target = cell + step_of(action, plan.columns)
        n = content[unsigned(target)]
        moves_on = target != cell and n != BARRIER
        if asks and (attentive or tick == plan.steps or (moves_on and n != NOTHING)):
            compare_decisions(
                asked, p, plan, percept, state, energy, hunger, key, other_memory, other, done, (unasked, tick),
                out_counts[p, e],
            )  # fmt: skip
            unasked = tick
        if lives_on_energy:
            energy -= plan.supply.per_tick + plan.supply.per_thought * (memory[THOUGHT] - thought)
            if moves_on:
                energy -= plan.supply.per_move
        if moves_on:
            moves += 1
            if place.shape[0] > 0 and place[target] != NOWHERE and place[target] != place[cell]:
                outcomes[at.entered_place + plan.place_type[place[target]]] += 1.0
            cell = target
            if n != NOTHING and can_have(n, plan, state.present, state.inventory):
                mesa_return += utility_of(minds, p, n, room)
                for outcome in range(own):
                    outcomes[at.own + outcome] += plan.outcomes[n, outcome]
                outcomes[at.entered + plan.type_of[n]] += 1.0
                if not entered_any:
                    outcomes[at.entered_first + plan.type_of[n]] = 1.0
                    entered_any = True
                if noted:
                    out_traces.entered[p, e, tick - 1] = n
                ended = plan.ends[n]
                energy = min(energy + plan.energy[n], plan.supply.most)
                take(n, plan, state.present, state.inventory, 1)
                if not state.present[n] and plan.respawns[n] > 0:
                    state.back[n] = tick + plan.respawns[n]
                state.there[n] = state.present[n]
                changed = plan.taken[n] or plan.locked[n]
        if lives_on_energy and energy <= 0.0:
            break
    if noted:
        out_traces.cell[p, e, tick] = cell
    if place.shape[0] > 0 and place[cell] != NOWHERE:
        mesa_return += utility_of(minds, p, objects + place[cell], room)
        outcomes[at.ended_at + plan.place_type[place[cell]]] = 1.0
    starved = lives_on_energy and energy <= 0.0
    outcomes[at.steps] = tick
    outcomes[at.moves] = moves
    outcomes[at.thinking] = memory[THOUGHT]
    outcomes[at.energy] = max(energy, 0.0)
    outcomes[at.survived] = 0.0 if starved else 1.0
    return mesa_return
