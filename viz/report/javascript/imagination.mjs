// Imagination: a life step by step in the world as a planner believes it to be, for searches that sample.
// As in evosim/mind/planner/imagination.py: moves may slip, what is taken is gone, energy runs out and is filled up.

import { BARRIER, MOVES, NOTHING, NOWHERE, STAY, canHave, stepOf, stray, take } from "./grid.mjs";
import { uniform } from "./random.mjs";

const ALL_WAYS = (1 << MOVES) - 1;

// Return what is left in imagination at its beginning: all that the agent believes to be there, and what it carries.
export const imagineAnew = (now) => ({ there: [...now.there], inventory: [...now.inventory] });

// Return how much energy a move costs.
export const costOf = (plan) => plan.supply.perTick + plan.supply.perMove;

// Return what it is worth to be in a cell: something if it belongs to a place that is wanted.
export function beingAt(cell, world, belief) {
  const place = world.place.length === 0 ? NOWHERE : world.place[cell];
  return place === NOWHERE ? 0 : Math.max(0, belief.utility[world.cells.length + place]);
}

// Return a bit for each move that may be worth a thought after the `last` one, which is STAY after an entry:
// where moves are believed certain, none against a wall, nor straight back to empty floor unless there is no other.
export function waysOn(cell, last, plan, world, belief) {
  if (belief.slip > 0) return ALL_WAYS;
  let [ways, onward] = [0, 0];
  for (let action = 0; action < MOVES; action += 1) {
    const n = world.content[cell + stepOf(action, plan.columns)];
    if (n === BARRIER) continue;
    ways |= 1 << action;
    if (n !== NOTHING || last === STAY || action !== (last + 2) % MOVES) onward |= 1 << action;
  }
  return onward || ways;
}

// Return a bit for each move into floor, or into an object that has no effect or isn't unwanted.
export function welcomeWays(cell, plan, world, belief, imagined) {
  let ways = 0;
  for (let action = 0; action < MOVES; action += 1) {
    const n = world.content[cell + stepOf(action, plan.columns)];
    const isObject = n !== BARRIER && n !== NOTHING;
    const isWelcome = isObject && (belief.utility[n] >= 0 || !canHave(n, plan, imagined.there, imagined.inventory));
    if (n === NOTHING || isWelcome) ways |= 1 << action;
  }
  return ways;
}

// Imagine a move, which slips by chance: the way it went, where to, what it paid, and whether life ends there.
export function imagineMove(move, cell, energy, plan, world, belief, key, draw, imagined) {
  const slips = belief.slip > 0 && uniform(key, draw) < belief.slip;
  const way = slips ? stray(move, plan.slipKind, key, draw + 1) : move;
  const step = { way, cell: cell + stepOf(way, plan.columns), energy, pays: 0, enters: false, over: false };
  const n = world.content[step.cell];
  if (n === BARRIER) {
    step.cell = cell;
    step.energy -= plan.supply.perTick;
  } else {
    step.energy -= costOf(plan);
    if (n !== NOTHING && canHave(n, plan, imagined.there, imagined.inventory)) {
      Object.assign(step, { pays: belief.utility[n], enters: true, over: plan.ends[n] });
      step.energy = Math.min(step.energy + plan.energy[n], plan.supply.most);
      take(n, plan, imagined.there, imagined.inventory, 1);
    }
  }
  step.over ||= plan.supply.initial > 0 && step.energy <= 0;
  return step;
}

// Return the move that an imagined step counts as having been the last: none after an entry.
export const lastOf = (step) => (step.enters ? STAY : step.way);
