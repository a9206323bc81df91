"""Lifetimes: minds × worlds → outcomes. The hot loop, and the only place that knows both.

Every individual lives once in every world of the batch. A life's randomness is a function of
its key, the individual's id and the number of the episode, so it is the same on any thread and
can be lived again.
"""

from typing import NamedTuple

import numpy as np

from evosim.episode.outcomes import OutcomeOffsets, numbered_layout
from evosim.gridworld.actions import STAY, step_of, stray
from evosim.gridworld.sampling import NOWHERE, Worlds
from evosim.gridworld.shortest_paths import BARRIER, NOTHING, Atlas
from evosim.gridworld.spec import Blueprint
from evosim.mind.act import (
    LAST,
    LAYER,
    THOUGHT,
    UNPLANNED,
    Head,
    Percept,
    Situation,
    act,
    act_otherwise,
    new_head,
    notice_change,
    wake,
)
from evosim.mind.heuristic import within
from evosim.mind.phenotype import Phenotypes
from evosim.mind.planner import Belief
from evosim.mind.tree_search import can_have, take
from evosim.numerics.arrays import Acts, Cells, Flags, Ids, Reals, Shorts
from evosim.numerics.compiler import allocating_kernel, in_parallel, inlined_kernel, kernel
from evosim.numerics.random import fold, uniform

DRAWS = 4  # per tick: the mind's, whether the move slips, where to
LEVELS = 10  # of hunger, felt in tenths
OVER = -3  # in a trace: the life had ended


class Lives(NamedTuple):
    """What P lives in each of E worlds came to."""

    outcomes: Reals  # [P, E, K] in the order of `OutcomeLayout`
    mesa_return: Reals  # [P, E] utility, by its own objective, of all it entered, and of the place where it ended


class Traces(NamedTuple):
    """What P did in each of E worlds, tick by tick: all that can be seen of a mind from outside."""

    action: Acts  # [P, E, T] that it chose, whether or not the move slipped; OVER after the end
    cell: Shorts  # [P, E, T + 1] where it stood before each tick, and after the last; OVER after the end
    entered: Shorts  # [P, E, T] the object whose entry did something, or NOTHING; OVER after the end


class Others(NamedTuple):
    """Minds that are asked in each state of P lives in E worlds what they would do there."""

    minds: Phenotypes  # [P]
    counts: Ids  # [P, E, 2] decisions that differ from what was done, and all; [0, 0, 2]: nobody is asked


class State(NamedTuple):
    """What changes in one life, beside where the agent is, and what its mind keeps."""

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
) -> Lives:
    """Let individuals `ids [P]` live one episode in every world.

    Planners plan on the map that is `believed`, the true one unless another is given. What all do is noted in `traces`.
    In every state `others` are asked what they would do there, with the same map, memory and draws; it is not done.
    """
    population, episodes = len(ids), len(worlds.start)
    at = numbered_layout(plan).offsets
    lives = Lives(np.zeros((population, episodes, at.size)), np.zeros((population, episodes)))
    noted = new_traces(0, 0, 0) if traces is None else traces

    asked = Others(minds, np.zeros((0, 0, 2), np.int64)) if others is None else others

    def live_some(first: int, last: int) -> None:
        live_block(
            first, last, plan, worlds, atlas, believed or atlas, minds, ids, np.uint64(key), at, lives, noted, asked
        )  # fmt: skip

    in_parallel(live_some, population)
    return lives


def new_traces(population: int, episodes: int, steps: int) -> Traces:
    """Make room for the traces of `population` minds in as many worlds."""
    shape = (population, episodes)
    return Traces(
        np.full((*shape, steps), OVER, np.int8),
        np.full((*shape, steps + 1), OVER, np.int16),
        np.full((*shape, steps), OVER, np.int16),
    )


@allocating_kernel
def live_block(
    first: int,
    last: int,
    plan: Blueprint,
    worlds: Worlds,
    atlas: Atlas,
    believed: Atlas,
    minds: Phenotypes,
    ids: Ids,
    key: np.uint64,
    at: OutcomeOffsets,
    out_lives: Lives,
    out_traces: Traces,
    out_others: Others,
) -> None:
    """Live all lives of individuals `first` to `last - 1`; outcomes come as zeros."""
    cells, objects, goals = worlds.wall.shape[1], worlds.cell.shape[1], worlds.features.shape[1]
    head = new_head(minds.horizon[first:last].max(), cells, minds, plan)
    asked = out_others.counts.shape[0] > 0
    other = new_head(out_others.minds.horizon[first:last].max() if asked else 1, cells if asked else 0, minds, plan)
    state = State(
        np.zeros(objects, np.bool_), np.zeros(objects, np.bool_), np.zeros(plan.types, np.int32),
        np.zeros(objects, np.int32),
    )  # fmt: skip
    usable, utility, ending = np.zeros(objects, np.bool_), np.zeros(goals), np.zeros(goals)
    perceived = np.zeros(worlds.features[0].shape)
    detects = minds.detectors.shape[1] > 0
    for e in range(worlds.start.shape[0]):
        for p in range(first, last):
            if detects:
                perceive(p, worlds.features[e], minds.detectors, minds.sharpness, perceived)
            percept = Percept(
                atlas.content[e], worlds.cell[e], perceived if detects else worlds.features[e], believed.distance[e],
                believed.first_action[e], atlas.visible[e], believed.floor[e],
            )  # fmt: skip
            slip = plan.slip if np.isnan(minds.slip[p]) else minds.slip[p]
            belief = Belief(
                believed.content[e], atlas.place[e], usable, utility, ending, plan.columns, slip,
                plan.slip_kind, minds.discount[p] * minds.persistence[p],
            )  # fmt: skip
            out_lives.mesa_return[p, e] = live_one(
                p, e, plan, worlds.start[e], minds, percept, belief, state, fold(fold(key, ids[p]), e), head,
                other, at, out_lives.outcomes, out_traces, out_others,
            )  # fmt: skip


@kernel
def perceive(p: int, features: Reals, detectors: Reals, sharpness: float, out_perceived: Reals) -> None:
    """Let the detectors of individual p look at all there is `[N + Q, F]`."""
    things, count = features.shape
    for n in range(things):
        for f in range(count):
            total = detectors[p, f, count]
            for observable in range(count):
                total += detectors[p, f, observable] * features[n, observable]
            out_perceived[n, f] = 1.0 / (1.0 + np.exp(-sharpness * total))


@inlined_kernel
def value_goals(p: int, minds: Phenotypes, percept: Percept, place: Acts, hunger: float, belief: Belief) -> None:
    """Sum the weights of each object's and place's features; all zero for a mind that has no objective.

    A place can be wanted, not shunned: none is worth less than 0. Where an object stands at a place, a path that ends
    there is worth both.
    """
    utility, ending, features, objective = belief.utility, belief.ending, percept.features, minds.objective
    objects, count = percept.cells.shape[0], features.shape[1]
    weighs = objective.shape[1] > 0
    for n in range(features.shape[0]):
        utility[n] = 0.0
        if weighs:
            for f in range(count):
                weight = objective[p, f]
                if minds.drives > 0:
                    weight += hunger * objective[p, count + f]
                utility[n] += weight * features[n, f]
        if n >= objects:
            utility[n] = max(utility[n], 0.0)
        ending[n] = utility[n]
    if place.shape[0] > 0:
        for n in range(objects):
            if place[percept.cells[n]] != NOWHERE:
                ending[n] += utility[objects + place[percept.cells[n]]]


@inlined_kernel
def open_up(plan: Blueprint, state: State, out_usable: Flags) -> bool:
    """Note which objects can be had, as far as the agent knows; tell whether all can."""
    everything = True
    for n in range(out_usable.shape[0]):
        out_usable[n] = can_have(n, plan, state.there, state.inventory)
        everything &= out_usable[n]
    return everything


@kernel
def look(cell: int, vision: int, columns: int, cells: Cells, state: State) -> bool:
    """See what is there within sight; tell whether that is news."""
    news = False
    for n in range(cells.shape[0]):
        if state.there[n] != state.present[n] and (vision == 0 or within(vision, cell, int(cells[n]), columns)):
            state.there[n] = state.present[n]
            news = True
    return news


@kernel
def bring_back(tick: int, state: State) -> None:
    """Put back what was taken long enough ago."""
    for n in range(state.back.shape[0]):
        if state.back[n] > 0 and tick >= state.back[n]:
            state.present[n] = True
            state.back[n] = 0


@inlined_kernel
def hunger_at(energy: float, plan: Blueprint) -> float:
    """Tell how hungry an agent is, 0 to 1 in tenths: how much of the energy that there can be is missing."""
    return float(np.rint(LEVELS * (1.0 - energy / plan.supply.most)) / LEVELS)


@inlined_kernel
def live_one(
    p: int,
    e: int,
    plan: Blueprint,
    start: int,
    minds: Phenotypes,
    percept: Percept,
    belief: Belief,
    state: State,
    key: np.uint64,
    head: Head,
    other: Head,
    at: OutcomeOffsets,
    out_outcomes: Reals,
    out_traces: Traces,
    out_others: Others,
) -> float:
    """Live one episode, to the end of its steps, the object that ends it, or of the energy; return the mesa-return."""
    own, objects = plan.outcomes.shape[1], percept.cells.shape[0]
    content, place, outcomes = percept.content, belief.place, out_outcomes[p, e]
    noted, asked = out_traces.action.shape[0] > 0, out_others.counts.shape[0] > 0
    lives_on_energy = plan.supply.initial > 0.0
    feels = minds.drives > 0 and lives_on_energy
    watchful = plan.vision > 0
    for n in range(objects):
        watchful |= plan.respawns[n] > 0
    energy = plan.supply.initial
    hunger = hunger_at(energy, plan) if feels else 0.0
    state.present[:] = True
    state.there[:] = plan.vision == 0
    state.inventory[:] = 0
    state.back[:] = 0
    value_goals(p, minds, percept, place, hunger, belief)
    unchanged = open_up(plan, state, belief.present)
    entered_any, ended = False, False
    mesa_return = 0.0
    cell, stood = int(start), int(NOWHERE)
    wake(head.memory)
    wake(other.memory)
    tick = 0
    moves = 0
    while tick < plan.steps and not ended:
        if watchful:
            bring_back(tick, state)
            if look(cell, plan.vision, plan.columns, percept.cells, state):
                unchanged = open_up(plan, state, belief.present)
                notice_change(head.memory)
                notice_change(other.memory)
        if feels and hunger != hunger_at(energy, plan):
            hunger = hunger_at(energy, plan)
            value_goals(p, minds, percept, place, hunger, belief)
            notice_change(head.memory)
            notice_change(other.memory)
        thought = head.memory[THOUGHT]
        draw = tick * DRAWS
        situation = Situation(state.there, state.inventory, energy, hunger, unchanged)
        other.memory[LAST] = head.memory[LAST]
        visits = cell != stood or head.memory[LAYER] == UNPLANNED  # while it remains where it is, that is one state
        stood = cell
        action = act(p, minds, tick, cell, plan, percept, belief, situation, key, draw, head)
        if asked:
            differs = action != act_otherwise(
                p, out_others.minds, tick, cell, plan, percept, belief, situation, key, draw, other
            )
            out_others.counts[p, e, 0] += 1 if visits and differs else 0
            out_others.counts[p, e, 1] += 1 if visits else 0
        if noted:
            out_traces.action[p, e, tick] = action
            out_traces.cell[p, e, tick] = cell
            out_traces.entered[p, e, tick] = NOTHING
        tick += 1
        if plan.slip > 0.0 and action != STAY and uniform(key, draw + 1) < plan.slip:
            action = stray(action, plan.slip_kind, key, draw + 2)
        target = cell + step_of(action, plan.columns)
        n = content[target]
        moves_on = target != cell and n != BARRIER
        if lives_on_energy:
            energy -= plan.supply.per_tick + plan.supply.per_thought * (head.memory[THOUGHT] - thought)
            if moves_on:
                energy -= plan.supply.per_move
        if moves_on:
            moves += 1
            if place.shape[0] > 0 and place[target] != NOWHERE and place[target] != place[cell]:
                outcomes[at.entered_place + plan.place_type[place[target]]] += 1.0
            cell = target
            if n != NOTHING and can_have(n, plan, state.present, state.inventory):
                mesa_return += belief.utility[n]
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
                if plan.taken[n] or plan.locked[n]:
                    unchanged = open_up(plan, state, belief.present)
                    notice_change(head.memory)
                    notice_change(other.memory)
        if lives_on_energy and energy <= 0.0:
            break
    if noted:
        out_traces.cell[p, e, tick] = cell
    if place.shape[0] > 0 and place[cell] != NOWHERE:
        mesa_return += belief.utility[objects + place[cell]]
        outcomes[at.ended_at + plan.place_type[place[cell]]] = 1.0
    starved = lives_on_energy and energy <= 0.0
    outcomes[at.steps] = tick
    outcomes[at.moves] = moves
    outcomes[at.thinking] = head.memory[THOUGHT]
    outcomes[at.energy] = max(energy, 0.0)
    outcomes[at.survived] = 0.0 if starved else 1.0
    return mesa_return
