// Heuristics: reactive minds, one function of what is ahead, right, behind and left, asked for each way to turn.
// As in evosim/mind/heuristic/reflexes.py and policy.py.

import { choose } from "./choosing.mjs";
import { BARRIER, MOVES, STAY, stepOf, within } from "./grid.mjs";
import { inSight } from "./paths.mjs";
import { perceive } from "./wanting.mjs";

const NOBODY = -1;

// Begin a life: nothing is remembered.
const wake = (mind, world) => ({ remembered: NOBODY, perceived: perceive(mind, world.features) });

// Return the reaction to what is sensed now, and to the object seen last.
function decide(thoughts, mind, plan, world, now, key, draw) {
  const nearest = notice(thoughts, plan, world, now);
  const senses = sense(nearest, thoughts, plan, world, now);
  const scores = [0, 1, 2, 3].map((turn) => score(turn, senses, mind, now));
  scores[STAY] = mind.stay;
  return choose(scores, mind.noise, key, draw);
}

export const heuristic = { wake, change: () => {}, feel: () => {}, decide, intend: () => [] };

// Find the nearest object in sight on each side, or NOBODY; remember the nearest of all.
function notice(thoughts, plan, world, now) {
  const nearest = [NOBODY, NOBODY, NOBODY, NOBODY];
  let [latest, closest] = [NOBODY, 0];
  world.cells.forEach((target, n) => {
    if (!now.there[n] || target === now.cell || !inSight(now.cell, target, plan.columns, world.content)) return;
    if (plan.vision > 0 && !within(plan.vision, now.cell, target, plan.columns)) return;
    const distance = stepsBetween(now.cell, target, plan.columns);
    for (let side = 0; side < MOVES; side += 1) {
      if (offset(side, now.cell, target, plan.columns) <= 0) continue;
      const rival = nearest[side];
      if (rival === NOBODY || distance < stepsBetween(now.cell, world.cells[rival], plan.columns)) nearest[side] = n;
    }
    if (latest === NOBODY || distance < closest) [latest, closest] = [n, distance];
  });
  if (latest === NOBODY && thoughts.remembered !== NOBODY && now.there[thoughts.remembered]) latest = thoughts.remembered;
  thoughts.remembered = latest;
  return nearest;
}

// Return how many cells a target lies to one side; negative on the opposite side.
function offset(side, cell, target, columns) {
  const down = Math.floor(target / columns) - Math.floor(cell / columns);
  const across = (target % columns) - (cell % columns);
  return [-down, across, down, -across][side];
}

// Count the steps between two cells if nothing were in the way.
function stepsBetween(cell, target, columns) {
  const down = Math.abs(Math.floor(target / columns) - Math.floor(cell / columns));
  return down + Math.abs((target % columns) - (cell % columns));
}

// List what is sensed and is not zero: on which side, where its four weights begin, how far apart, and how much.
function sense(nearest, { remembered, perceived }, plan, world, now) {
  const width = 1 + (perceived[0]?.length ?? 0);
  const inView = nearest.some((n) => n !== NOBODY);
  const senses = [];
  for (let side = 0; side < MOVES; side += 1) {
    if (world.content[now.cell + stepOf(side, plan.columns)] === BARRIER) {
      senses.push({ side, first: 0, width: 1, amount: 1 });
    }
    const n = inView ? nearest[side] : remembered;
    if (n === NOBODY || offset(side, now.cell, world.cells[n], plan.columns) <= 0) continue;
    const distance = stepsBetween(now.cell, world.cells[n], plan.columns);
    const share = offset(side, now.cell, world.cells[n], plan.columns) / distance;
    const first = inView ? MOVES : MOVES * (1 + width);
    [1 / distance, ...perceived[n].map((value) => share * value)].forEach((amount, f) => {
      if (amount !== 0) senses.push({ side, first: first + f, width, amount });
    });
  }
  if (now.last < MOVES) senses.push({ side: now.last, first: MOVES * (1 + 2 * width), width: 1, amount: 1 });
  return senses;
}

// Score a turn by its sums, or by what hidden units make of them.
function score(turn, senses, mind, now) {
  const { weights, out, drives } = mind;
  const bias = weights.length - 1;
  const sums = weights[bias].map((constant, h) => {
    let sum = constant + (now.last < MOVES ? 0 : 1) * weights[bias - 1][h];
    for (let d = 0; d < drives; d += 1) sum += now.hunger * weights[bias - 1 - drives + d][h];
    for (const { side, first, width, amount } of senses) sum += weights[first + width * ((side - turn) & 3)][h] * amount;
    return sum;
  });
  return out.length === 0 ? sums[0] : sums.reduce((total, sum, h) => total + out[h] * Math.tanh(sum), 0);
}
