// Plan optimization: a sequence of moves that is improved in imagination, by the cross-entropy method, and carried out.
// As in evosim/mind/planner/cross_entropy.py and plan_policy.py; moves are imagined to succeed.

import { wander } from "./choosing.mjs";
import { MOVES, STAY, stepOf } from "./grid.mjs";
import { beingAt, imagineAnew, imagineMove, lastOf, waysOn } from "./imagination.mjs";
import { fold, uniform } from "./random.mjs";
import { NO_PLAN } from "./value_iteration.mjs";
import { believe } from "./wanting.mjs";

const ELITE = 8; // candidates of which one is taken for the next iteration
const LEARNING = 0.7; // share of a move's chance that comes of these
const BLIND = 0.1; // share of it that all moves have alike, so that none is ever given up

// Begin a life without a plan.
const wake = () => ({ belief: null, moves: [], made: 0, expected: -1 });

const change = (thoughts) => { thoughts.belief = null; };

const feel = (thoughts, mind) => { if (mind.drives > 0) thoughts.belief = null; };

// Return the next move of the plan, or STAY where it ends at a place that is wanted; wander if no plan earns anything.
function decide(thoughts, mind, plan, world, now, key, draw) {
  if (!prepare(thoughts, mind, plan, world, now, fold(key, draw))) {
    return wander(now.cell, now.last, plan.columns, world.content, thoughts.belief, key, draw);
  }
  if (thoughts.made === thoughts.moves.length) return STAY;
  const move = thoughts.moves[thoughts.made];
  thoughts.made += 1;
  thoughts.expected = now.cell + stepOf(move, plan.columns);
  return move;
}

// Return the cells that the rest of the plan leads through; empty if no plan earns anything.
function intend(thoughts, mind, plan, world, now, key, draw) {
  const own = { ...thoughts };
  if (!prepare(own, mind, plan, world, { ...now }, fold(key, draw))) return [];
  const path = [now.cell];
  own.moves.slice(own.made).forEach((move) => path.push(path.at(-1) + stepOf(move, plan.columns)));
  return path;
}

export const planOptimization = { wake, change, feel, decide, intend };

// Optimize a plan where there is none, or where it led elsewhere; return whether there is one.
// The nominal cost of a plan is the number of moves that can be imagined for it.
function prepare(thoughts, mind, plan, world, now, key) {
  const asImagined = thoughts.belief !== null && thoughts.expected === now.cell;
  const isMade = thoughts.made === thoughts.moves.length;
  if (asImagined && !(isMade && beingAt(now.cell, world, thoughts.belief) === 0)) return true;
  now.thought += mind.iterations * mind.candidates * mind.horizon;
  thoughts.belief ??= { ...believe(mind, plan, world, now), slip: 0 };
  Object.assign(thoughts, { moves: [], made: 0, expected: now.cell });
  if (thoughts.belief.ending.every((ending) => !(ending > 0))) return false;
  const best = optimize({ belief: thoughts.belief, mind, plan, world, now }, key);
  if (best.value <= 0) return false;
  thoughts.moves = best.moves;
  return true;
}

// Improve a plan over so many iterations; return the best that was tried, and what it earns. To do nothing comes first.
function optimize(scene, key) {
  const { mind, world, now, belief } = scene;
  const chances = Array.from({ length: mind.horizon }, () => new Array(MOVES).fill(1 / MOVES));
  let best = { value: beingAt(now.cell, world, belief), moves: [] };
  for (let iteration = 0; iteration < mind.iterations; iteration += 1) {
    const drawn = fold(key, iteration);
    const tried = Array.from({ length: mind.candidates }, (_, m) => tryCandidate(chances, scene, fold(drawn, m)));
    tried.forEach((candidate) => { if (byWorth(candidate, best) < 0) best = candidate; });
    const elite = tried.filter(({ value }) => value > 0).sort(byWorth).slice(0, Math.ceil(mind.candidates / ELITE));
    if (iteration + 1 < mind.iterations) learnFrom(elite, chances);
  }
  return best;
}

// Order plans: that which earns more first, then the shorter; sorting leaves equals in their order.
const byWorth = (one, other) => other.value - one.value || one.moves.length - other.moves.length;

// Draw a plan while it is imagined; return what it earns where it is best to end, and the moves to there.
function tryCandidate(chances, { belief, mind, plan, world, now }, key) {
  const imagined = imagineAnew(now);
  const moves = [];
  let [cell, energy, last, over, earned, power] = [now.cell, now.energy, STAY, false, 0, 1];
  let [value, length] = [beingAt(now.cell, world, belief), 0];
  for (let step = 0; step < mind.horizon && !over; step += 1) {
    const ways = waysOn(cell, last, plan, world, belief);
    if (ways === 0) break;
    const move = drawMove(ways, uniform(key, step), chances[step]);
    moves.push(move);
    const comes = imagineMove(move, cell, energy, plan, world, belief, key, step, imagined);
    [cell, energy, last, over] = [comes.cell, comes.energy, lastOf(comes), comes.over];
    power *= belief.discount;
    earned += power * comes.pays;
    const worth = earned + power * beingAt(cell, world, belief);
    if (worth > value) [value, length] = [worth, step + 1];
  }
  return { value, moves: moves.slice(0, length) };
}

// Draw one of the moves that have a bit in `ways`, in proportion to their chances.
function drawMove(ways, chance, chances) {
  const open = chances.map((_, move) => move).filter((move) => (ways >> move) & 1);
  let left = chance * open.reduce((sum, move) => sum + chances[move], 0);
  for (const move of open) {
    left -= chances[move];
    if (left < 0) return move;
  }
  return open.at(-1);
}

// Make moves of the elite more likely, step by step as far as any of them goes.
function learnFrom(elite, chances) {
  for (let step = 0; step < chances.length; step += 1) {
    const longer = elite.filter(({ moves }) => moves.length > step);
    if (longer.length === 0) break;
    chances[step] = chances[step].map((chance, move) => {
      const often = longer.filter(({ moves }) => moves[step] === move).length;
      const mixed = (1 - LEARNING) * chance + (LEARNING * often) / longer.length;
      return (1 - BLIND) * mixed + BLIND / MOVES;
    });
  }
}
