// Choices that are left to chance. As `choose` in evosim/mind/contract.py, and `wander` in planner/plans.py.

import { ACTIONS, BARRIER, MOVES, NOTHING, STAY, stepOf } from "./grid.mjs";
import { below, uniform } from "./random.mjs";

// Return an action drawn by the softmax of scores; at temperature 0 the best, of ties the first.
export function choose(scores, temperature, key, draw) {
  const best = scores.reduce((most, score, action) => (score > scores[most] ? action : most), 0);
  if (temperature <= 0) return best;
  const shares = scores.map((score) => Math.exp((score - scores[best]) / temperature));
  let left = uniform(key, draw) * shares.reduce((sum, share) => sum + share, 0);
  for (let action = 0; action < ACTIONS; action += 1) {
    left -= shares[action];
    if (left < 0) return action;
  }
  return best;
}

// Return a random way that leads into nothing unwanted, turning back only if there is no other; else STAY.
export function wander(cell, last, columns, content, belief, key, draw) {
  let ways = 0;
  for (let action = 0; action < MOVES; action += 1) {
    const n = content[cell + stepOf(action, columns)];
    if (n !== BARRIER && (n === NOTHING || !belief.usable[n] || belief.ending[n] >= 0)) ways |= 1 << action;
  }
  return takeWay(ways, last, key, draw);
}

// Return one of the moves that have a bit in `ways` by chance, turning back only if there is no other; else STAY.
export function takeWay(ways, last, key, draw) {
  const onward = last < MOVES ? ways & ~(1 << ((last + 2) % MOVES)) : ways;
  const open = [];
  for (let action = 0; action < MOVES; action += 1) if (((onward || ways) >> action) & 1) open.push(action);
  return open.length > 0 ? open[below(key, draw, open.length)] : STAY;
}
