// The grid: actions, and the rules of what can be had, for the world and for whoever imagines it.
// As in evosim/gridworld/actions.py and rules.py.

import { below } from "./random.mjs";

export const NORTH = 0;
export const EAST = 1;
export const SOUTH = 2;
export const WEST = 3;
export const STAY = 4;
export const MOVES = 4;
export const ACTIONS = 5;

export const BARRIER = -2; // what a cell can hold besides an object
export const NOTHING = -1;
export const NOWHERE = -1; // instead of a place
export const UNREACHED = 32767; // instead of a distance

export const ANY_WAY = 0; // where a move may slip to
export const OTHER_WAY = 1;
export const SIDEWAYS = 2;

// Return the offset of an action in the flat array of cells.
export function stepOf(action, columns) {
  if (action === NORTH) return -columns;
  if (action === EAST) return 1;
  if (action === SOUTH) return columns;
  return action === WEST ? -1 : 0;
}

// Draw the direction in which a move slips.
export function stray(move, kind, key, draw) {
  if (kind === OTHER_WAY) return (move + 1 + below(key, draw, MOVES - 1)) % MOVES;
  if (kind === SIDEWAYS) return (move + 1 + 2 * below(key, draw, 2)) % MOVES;
  return below(key, draw, MOVES);
}

// Return what a cell of `content` holds: an object that is `present`, NOTHING, or BARRIER.
export function held(cell, content, present) {
  const n = content[cell];
  return n >= 0 && !present[n] ? NOTHING : n;
}

// Whether entering object n has an effect: it is there, and the inventory holds what it needs.
export function canHave(n, plan, there, inventory) {
  if (!there[n]) return false;
  return !plan.locked[n] || plan.needs[n].every((count, kind) => inventory[kind] >= count);
}

// Update what is there and what is carried as entering object n does; with a sign of -1, undo that.
export function take(n, plan, there, inventory, sign) {
  plan.needs[n].forEach((count, kind) => { inventory[kind] -= sign * count; });
  if (plan.taken[n]) there[n] = sign < 0;
  if (plan.carried[n]) inventory[plan.typeOf[n]] += sign;
}

// Whether a target lies in the visible square, `vision` cells in each direction from a cell.
export function within(vision, cell, target, columns) {
  const down = Math.abs(Math.floor(target / columns) - Math.floor(cell / columns));
  return down <= vision && Math.abs((target % columns) - (cell % columns)) <= vision;
}
