// Value iteration: the best plan of so many steps from every cell, where moves are believed to slip.
// As in evosim/mind/planner/plans.py; sums are in the same order, so that values are equal to the last bit.

import { ANY_WAY, BARRIER, EAST, MOVES, NORTH, NOTHING, NOWHERE, SIDEWAYS, SOUTH, STAY, WEST, stepOf } from "./grid.mjs";

export const NO_PLAN = -1;
const NONE = { value: 0, steps: 0, aim: NO_PLAN };

// Return the best plan of up to `horizon` steps from each cell: value, steps if no move slips, and goal.
export function iterateValues(belief, plan, world, horizon) {
  const cells = [...world.content.keys()];
  let last = cells.map((cell) => (world.content[cell] === BARRIER ? NONE : remain(cell, belief, world)));
  for (let sweep = 0; sweep < horizon; sweep += 1) {
    const known = last;
    const next = cells.map((cell) => (
      world.content[cell] === BARRIER ? NONE : bestChoice(cell, belief, plan, world, known).option));
    last = next;
    if (next.every((option, cell) => option.value === known[cell].value && option.aim === known[cell].aim)) break;
  }
  return last;
}

// Weigh remaining where one is: worth something at a place that is wanted.
export function remain(cell, belief, world) {
  const place = world.place.length === 0 ? NOWHERE : world.place[cell];
  const goal = world.cells.length + place;
  if (place === NOWHERE || belief.ending[goal] <= 0) return NONE;
  return { value: belief.ending[goal], steps: 0, aim: goal };
}

// Choose the first action of the best plan from a cell, given the plans of one step fewer; or NO_PLAN.
export function bestChoice(cell, belief, plan, world, last) {
  const stay = remain(cell, belief, world);
  let best = { action: stay.value > 0 ? STAY : NO_PLAN, option: stay };
  const around = lookAbout(cell, belief, plan, world, last);
  if (around.every((option) => option.value <= 0)) return best;
  around.forEach((straight, action) => {
    const option = bellman(action, straight, around, belief, plan);
    if (isPreferred(option, best.option)) best = { action, option };
  });
  return best;
}

// Return the value of each action, given the plans of one step fewer.
export function weigh(action, cell, belief, plan, world, last) {
  const around = lookAbout(cell, belief, plan, world, last);
  return bellman(action, around[action], around, belief, plan).value;
}

// Whether an option is better than the best so far: by value, steps and goal.
function isPreferred(option, best) {
  if (option.value <= 0 || option.value < best.value) return false;
  if (option.value > best.value || option.steps < best.steps) return true;
  return option.steps === best.steps && option.aim < best.aim;
}

// Apply the Bellman operator to one action, which leads `straight` somewhere unless it slips.
function bellman(action, straight, around, belief, plan) {
  let { value } = straight;
  if (belief.slip > 0 && action !== STAY) value = (1 - belief.slip) * value + astray(action, around, belief, plan);
  return { value: value * belief.discount, steps: straight.steps + 1, aim: straight.aim };
}

// Return what the slips of a move are worth: their chance times the mean of where they lead.
function astray(move, around, belief, plan) {
  const [north, east, south, west] = around.map((option) => option.value);
  if (plan.slipKind === ANY_WAY) return (belief.slip * (north + east + south + west)) / 4;
  if (plan.slipKind === SIDEWAYS) {
    return (belief.slip * (move === EAST || move === WEST ? north + south : east + west)) / 2;
  }
  const first = move === NORTH ? east : north;
  const second = move === NORTH || move === EAST ? south : east;
  return (belief.slip * (first + second + (move === WEST ? south : west))) / 3;
}

// Return what lies to the four sides of a cell, and the best plan from the cell itself.
function lookAbout(cell, belief, plan, world, last) {
  const around = [];
  for (let action = 0; action < MOVES; action += 1) {
    const other = cell + stepOf(action, plan.columns);
    const n = world.content[other];
    if (n === BARRIER) around.push(last[cell]);
    else if (n !== NOTHING && belief.usable[n]) around.push({ value: belief.ending[n], steps: 0, aim: n });
    else around.push(last[other]);
  }
  around.push(last[cell]);
  return around;
}
