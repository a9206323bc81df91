// Planners that search by value iteration, or by distances where that finds the same.
// As in evosim/mind/planner/policy.py; a plan is used until the map changes, or hunger.

import { wander, choose } from "./choosing.mjs";
import { ACTIONS, BARRIER, MOVES, NOTHING, STAY, held, stepOf } from "./grid.mjs";
import { firstStep, measure, pathTo } from "./paths.mjs";
import { NO_PLAN, bestChoice, iterateValues, remain, weigh } from "./value_iteration.mjs";
import { believe } from "./wanting.mjs";

// Begin a life without a plan.
const wake = () => ({ search: null });

// Forget the plan, which is no longer good.
const change = (thoughts) => { thoughts.search = null; };

// Forget the plan, if hunger changes what is wanted.
const feel = (thoughts, mind) => { if (mind.drives > 0) thoughts.search = null; };

// Return the first step of the best plan; wander if nothing within the horizon is wanted.
function decide(thoughts, mind, plan, world, now, key, draw) {
  thoughts.search ??= makePlan(mind, plan, world, now);
  const { search } = thoughts;
  if (mind.temperature > 0) return choose(weighAll(search, mind, plan, world, now.cell), mind.temperature, key, draw);
  const action = bestAction(search, mind, plan, world, now.cell);
  if (action !== NO_PLAN) return action;
  return wander(now.cell, now.last, plan.columns, world.content, search.belief, key, draw);
}

// Return the cells of the best plan from where the agent is; empty if nothing within the horizon is wanted.
function intend(thoughts, mind, plan, world, now) {
  const { belief, values, distance, worth } = thoughts.search ?? makePlan(mind, plan, world, { ...now, thought: 0 });
  if (values) return followValues(belief, values, mind.horizon, plan, world, now.cell);
  const goal = bestGoal(now.cell, distance, worth, mind.horizon);
  return goal === NO_PLAN ? [] : pathTo(now.cell, goal, plan.columns, world.content, belief.usable, distance[goal]);
}

// Return what the best plan from each cell is worth, before anything is taken.
function valuesOf(mind, plan, world, now) {
  const { values, distance, worth } = makePlan(mind, plan, world, now);
  if (values) return values.map((option) => option.value);
  return [...world.content.keys()].map((cell) => bestWorth(cell, distance, worth, mind.horizon));
}

export const planner = { wake, change, feel, decide, intend, valuesOf };

// Plan for the map as it is believed to be; the nominal cost of that is the horizon times the floor.
function makePlan(mind, plan, world, now) {
  now.thought += mind.horizon * world.floor;
  const belief = believe(mind, plan, world, now);
  if (belief.slip > 0) return { belief, values: iterateValues(belief, plan, world, mind.horizon - 1) };
  const unchanged = belief.usable.every(Boolean);
  const distance = unchanged ? atlasOf(world, plan.columns, belief) : survey(world, plan.columns, belief);
  return { belief, distance, worth: tabulate(belief, mind.horizon) };
}

// Return the distances to all goals while everything can be had; they depend on the world alone, and are kept there.
function atlasOf(world, columns, belief) {
  world.atlas.distance ??= survey(world, columns, belief);
  return world.atlas.distance;
}

// Return the distances to each goal, by goal and cell.
const survey = (world, columns, belief) => belief.ending.map((_, goal) => measure(goal, world, columns, belief.usable));

// Tabulate by goal what it is worth so many steps away; 0 if it is not wanted.
function tabulate(belief, horizon) {
  return belief.ending.map((ending) => {
    const worth = [Math.max(ending, 0)];
    for (let steps = 1; steps <= horizon; steps += 1) worth.push(worth[steps - 1] * belief.discount);
    return worth;
  });
}

// Choose the goal whose plan is best by distances, or NO_PLAN: by value, then steps, then its number.
function bestGoal(cell, distance, worth, horizon) {
  let [best, most, fewest] = [NO_PLAN, 0, 0];
  for (let n = 0; n < distance.length; n += 1) {
    const steps = distance[n][cell];
    if (steps > horizon) continue;
    const value = worth[n][steps];
    if (value > most || (value === most && best !== NO_PLAN && steps < fewest)) [best, most, fewest] = [n, value, steps];
  }
  return best;
}

function bestWorth(cell, distance, worth, horizon) {
  const best = bestGoal(cell, distance, worth, horizon);
  return best === NO_PLAN ? 0 : worth[best][distance[best][cell]];
}

function bestAction({ belief, values, distance, worth }, mind, plan, world, cell) {
  if (belief.ending.every((ending) => !(ending > 0))) return NO_PLAN;
  if (values) return bestChoice(cell, belief, plan, world, values).action;
  const goal = bestGoal(cell, distance, worth, mind.horizon);
  return goal === NO_PLAN ? NO_PLAN : firstStep(cell, goal, plan.columns, world.content, belief.usable, distance[goal]);
}

// Score each action by the best plan after it; moves against a wall are excluded.
function weighAll({ belief, values, distance, worth }, mind, plan, world, cell) {
  const scores = [];
  for (let action = 0; action < ACTIONS; action += 1) {
    const other = cell + stepOf(action, plan.columns);
    const n = held(other, world.content, belief.usable);
    if (n === BARRIER) scores.push(-Infinity);
    else if (values) scores.push(weigh(action, cell, belief, plan, world, values));
    else if (action < MOVES && n !== NOTHING) scores.push(belief.ending[n] * belief.discount);
    else scores.push(bestWorth(other, distance, worth, mind.horizon - 1) * belief.discount);
  }
  scores[STAY] = Math.max(scores[STAY], remain(cell, belief, world).value);
  return scores;
}

// Return the cells that plans by value iteration lead through if no move slips.
function followValues(belief, values, horizon, plan, world, cell) {
  const path = [cell];
  while (path.length <= horizon) {
    const here = path.at(-1);
    const { action } = bestChoice(here, belief, plan, world, values);
    if (action === NO_PLAN || action === STAY) break;
    const there = here + stepOf(action, plan.columns);
    if (world.content[there] === BARRIER || path.includes(there)) break;
    path.push(there);
    if (held(there, world.content, belief.usable) !== NOTHING) break;
  }
  return path.length > 1 ? path : [];
}
