// Monte Carlo tree search by UCT: a tree that grows anew at every step, where sampled walks earned most.
// As in evosim/mind/planner/uct.py; nodes are reached by an action and the way that the move went.

import { takeWay, wander } from "./choosing.mjs";
import { ACTIONS, MOVES, STAY, stepOf } from "./grid.mjs";
import { beingAt, imagineAnew, imagineMove, lastOf, waysOn, welcomeWays } from "./imagination.mjs";
import { below, fold } from "./random.mjs";
import { NO_PLAN } from "./value_iteration.mjs";
import { believe } from "./wanting.mjs";

const EXPLORATION = 0.5; // of UCB1, in units of the largest utility

// Begin a life: nothing is known of what is there.
const wake = () => ({ belief: null });

const change = (thoughts) => { thoughts.belief = null; };

const feel = (thoughts, mind) => { if (mind.drives > 0) thoughts.belief = null; };

// Return the action that most simulations chose; wander if they earned nothing on average.
// The nominal cost is the number of steps that can be imagined.
function decide(thoughts, mind, plan, world, now, key, draw) {
  thoughts.belief ??= believe(mind, plan, world, now);
  now.thought += mind.simulations * mind.horizon;
  const { action } = search(thoughts.belief, mind, plan, world, now, fold(key, draw));
  if (action !== NO_PLAN) return action;
  return wander(now.cell, now.last, plan.columns, world.content, thoughts.belief, key, draw);
}

// Return the cells that most simulations chose to go through, one after the other, if no move slips.
function intend(thoughts, mind, plan, world, now, key, draw) {
  const belief = thoughts.belief ?? believe(mind, plan, world, now);
  const { action, root } = search(belief, mind, plan, world, now, fold(key, draw));
  const path = action === NO_PLAN ? [] : [now.cell];
  let node = action === NO_PLAN ? undefined : root;
  while (node) {
    const best = mostChosen(node);
    if (best === STAY || node.total[best] <= 0) break;
    path.push(path.at(-1) + stepOf(best, plan.columns));
    node = node.after[best * MOVES + best];
  }
  return path;
}

export const mcts = { wake, change, feel, decide, intend };

// Return the root of a tree of so many simulations, and the action that most of them chose there, or NO_PLAN.
function search(belief, mind, plan, world, now, key) {
  const root = newNode();
  if (belief.ending.every((ending) => !(ending > 0))) return { action: NO_PLAN, root };
  const scale = belief.utility.reduce((most, utility) => Math.max(most, Math.abs(utility)), 0);
  const scene = { belief, plan, world, horizon: mind.horizon, scale };
  for (let simulation = 0; simulation < mind.simulations; simulation += 1) simulate(root, scene, now, fold(key, simulation));
  const best = mostChosen(root);
  return { action: root.total[best] > 0 ? best : NO_PLAN, root };
}

const newNode = () => ({ visits: new Array(ACTIONS).fill(0), total: new Array(ACTIONS).fill(0), after: [] });

// Return the action that most simulations chose in a node; of equals the better, then the lower.
function mostChosen({ visits, total }) {
  let best = 0;
  for (let action = 1; action < ACTIONS; action += 1) {
    const isBetter = visits[action] === visits[best] && total[action] > total[best];
    if (visits[action] > visits[best] || isBetter) best = action;
  }
  return best;
}

// Try one walk down the tree, with a new node where it leaves it, and average what it earns into the tree.
function simulate(root, scene, now, key) {
  const { belief, plan, world, horizon } = scene;
  const walk = { cell: now.cell, energy: now.energy, last: STAY, over: false, draw: 0, pays: [], imagined: imagineAnew(now) };
  const choices = []; // a node and an action each
  let [node, settled] = [root, false];
  while (node && !settled && !walk.over && walk.pays.length < horizon) {
    const rotation = below(key, walk.draw, ACTIONS);
    const action = selectAction(node, waysOn(walk.cell, walk.last, plan, world, belief), rotation, scene.scale);
    choices.push([node, action]);
    settled = action === STAY;
    if (settled) break;
    const edge = action * MOVES + advance(walk, action, scene, key);
    const known = node.after[edge];
    node.after[edge] ??= newNode();
    node = known;
  }
  if (!node) wanderOn(walk, scene, key);
  averageIn(choices, settled, walk.pays, beingAt(walk.cell, world, belief), belief.discount);
}

// Imagine the next move of a walk; return the way that it went.
function advance(walk, move, { belief, plan, world }, key) {
  const step = imagineMove(move, walk.cell, walk.energy, plan, world, belief, key, walk.draw + 1, walk.imagined);
  walk.pays.push(step.pays);
  [walk.cell, walk.energy, walk.last, walk.over] = [step.cell, step.energy, lastOf(step), step.over];
  walk.draw += 3;
  return step.way;
}

// Choose the action with the largest upper confidence bound (UCB1) of those with a bit in `ways`, or STAY.
// Actions are looked at in their order from `rotation` on: the first that was not tried, or the first of equals.
function selectAction({ visits, total }, ways, rotation, scale) {
  const count = visits.reduce((sum, often) => sum + often, 0);
  const logarithm = Math.log(Math.max(count, 1));
  let [best, most] = [STAY, -Infinity];
  for (let k = 0; k < ACTIONS; k += 1) {
    const action = (rotation + k) % ACTIONS;
    if (action !== STAY && !((ways >> action) & 1)) continue;
    if (visits[action] === 0) return action;
    const bound = total[action] / visits[action] + scale * EXPLORATION * Math.sqrt(logarithm / visits[action]);
    if (bound > most) [best, most] = [action, bound];
  }
  return best;
}

// Wander to the horizon as an agent without a plan does, or to a place that is wanted, or where there is no way.
function wanderOn(walk, scene, key) {
  const { belief, plan, world, horizon } = scene;
  while (!walk.over && walk.pays.length < horizon && beingAt(walk.cell, world, belief) === 0) {
    const ways = welcomeWays(walk.cell, plan, world, belief, walk.imagined);
    if (ways === 0) break;
    advance(walk, takeWay(ways, walk.last, key, walk.draw), scene, key);
  }
}

// Add what a walk earned, and where it ended, to its choices inside the tree; wandering counts up to where it had most.
function averageIn(choices, settled, pays, ending, discount) {
  let value = ending;
  const add = ([node, action]) => {
    node.visits[action] += 1;
    node.total[action] += value;
  };
  if (settled) add(choices.at(-1));
  const inside = choices.length - (settled ? 1 : 0);
  for (let step = pays.length - 1; step >= 0; step -= 1) {
    value = discount * (pays[step] + value);
    if (step < inside) add(choices[step]);
    else value = Math.max(value, 0);
  }
}
