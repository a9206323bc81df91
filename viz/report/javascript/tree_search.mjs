// Planners that search a tree of walks through several objects, with what is taken, carried, needed and eaten.
// As in evosim/mind/planner/tree_search.py and tree_policy.py: depth first, with a bound on what the rest could earn.

import { wander } from "./choosing.mjs";
import { BARRIER, MOVES, NOTHING, NOWHERE, STAY, UNREACHED, canHave, stepOf, take } from "./grid.mjs";
import { beingAt, costOf } from "./imagination.mjs";
import { firstStep, measure, pathTo } from "./paths.mjs";
import { NO_PLAN } from "./value_iteration.mjs";
import { believe } from "./wanting.mjs";

const ROUNDING = 1e-9; // relative; so that a bound is never below what it bounds

// Begin a life without an aim.
const wake = () => ({ belief: null, aim: NO_PLAN, distance: null });

const change = (thoughts) => { thoughts.belief = null; };

const feel = (thoughts, mind) => { if (mind.drives > 0) thoughts.belief = null; };

// Return the next step to the first goal of the best walk; search anew at the goal, or without one.
function decide(thoughts, mind, plan, world, now, key, draw) {
  const arrived = thoughts.aim >= 0 && thoughts.aim < world.cells.length && world.cells[thoughts.aim] === now.cell;
  if (thoughts.belief === null || thoughts.aim === NO_PLAN || arrived) search(thoughts, mind, plan, world, now);
  const { aim, belief, distance } = thoughts;
  if (aim === NO_PLAN) return wander(now.cell, now.last, plan.columns, world.content, belief, key, draw);
  if (distance[now.cell] === 0) return STAY;
  return firstStep(now.cell, aim, plan.columns, world.content, belief.usable, distance);
}

// Return the cells of the way to the first goal of the best walk.
function intend(thoughts, mind, plan, world, now) {
  const own = { ...thoughts };
  if (own.belief === null || own.aim === NO_PLAN) search(own, mind, plan, world, { ...now });
  if (own.aim === NO_PLAN) return [];
  return pathTo(now.cell, own.aim, plan.columns, world.content, own.belief.usable, own.distance);
}

export const treeSearch = { wake, change, feel, decide, intend };

// Search for the best walk; the nominal cost is the number of walks of 1 to `horizon` moves.
function search(thoughts, mind, plan, world, now) {
  now.thought += (MOVES ** (mind.horizon + 1) - MOVES) / (MOVES - 1);
  const belief = { ...believe(mind, plan, world, now), slip: 0 };
  const { aim } = searchTree(now, mind.horizon, plan, world, belief);
  const distance = aim === NO_PLAN ? null : measure(aim, world, plan.columns, belief.usable);
  Object.assign(thoughts, { belief, aim, distance });
}

// Find the best walk of up to `horizon` moves: what it earns, moves to its first goal, and which that is.
function searchTree(now, horizon, plan, world, belief) {
  const walk = { there: [...now.there], inventory: [...now.inventory], levels: [], powers: [1] };
  for (let power = 1; power <= horizon; power += 1) walk.powers.push(walk.powers[power - 1] * belief.discount);
  let best = { value: 0, steps: 0, aim: NO_PLAN };
  const reach = (cell, steps, earned, energy) => {
    walk.levels.push(arrive({ cell, steps, earned, energy, aim: -1 }, horizon, plan, world, walk));
    best = better(best, endAtAPlace(horizon, plan, world, belief, walk));
  };
  reach(now.cell, 0, 0, now.energy);
  while (walk.levels.length > 0) {
    const here = walk.levels.at(-1);
    here.aim += 1;
    const n = here.aim;
    if (n >= world.cells.length || (n === 0 && isHopeless(here, horizon, plan, world, belief, best.value, walk))) {
      walk.levels.pop();
      if (walk.levels.length > 0) take(walk.levels.at(-1).aim, plan, walk.there, walk.inventory, -1);
      continue;
    }
    const cell = world.cells[n];
    const distance = here.distance[cell];
    const steps = here.steps + distance;
    if (distance === UNREACHED || steps > horizon || !canHave(n, plan, walk.there, walk.inventory)) continue;
    let left = here.energy - distance * costOf(plan);
    if (starves(left, plan)) continue;
    const earned = here.earned + belief.utility[n] * walk.powers[steps];
    left = Math.min(left + plan.energy[n], plan.supply.most);
    const over = plan.ends[n] || (plan.supply.initial > 0 && left <= 0);
    const [{ aim: first, distance: from }] = walk.levels;
    const value = over ? earned + beingAt(cell, world, belief) * walk.powers[steps] : earned;
    best = better(best, { value, steps: from[world.cells[first]], aim: first });
    if (over) continue;
    take(n, plan, walk.there, walk.inventory, 1);
    reach(cell, steps, earned, left);
  }
  return best;
}

// Whether an agent that would arrive with this much energy dies on the way, before the last move.
const starves = (left, plan) => plan.supply.initial > 0 && left + costOf(plan) <= 0;

// Choose the better of two walks, the first if neither is.
function better(best, other) {
  if (other.value > best.value) return other;
  if (other.value < best.value || best.aim === NO_PLAN) return best;
  const sooner = other.steps < best.steps || (other.steps === best.steps && other.aim < best.aim);
  return sooner ? other : best;
}

// Measure how far it is to everywhere from where the walk stands, around what can be entered.
function arrive(level, horizon, plan, world, walk) {
  const distance = new Int16Array(world.content.length).fill(UNREACHED);
  const queue = [level.cell];
  let again = UNREACHED;
  for (let head = 0; head < queue.length; head += 1) {
    const cell = queue[head];
    const reached = cell === level.cell ? 0 : distance[cell];
    if (reached >= horizon - level.steps) break;
    for (let action = 0; action < MOVES; action += 1) {
      const other = cell + stepOf(action, plan.columns);
      const n = world.content[other];
      if (n === BARRIER) continue;
      if (other === level.cell) {
        if (again === UNREACHED) again = reached + 1;
      } else if (distance[other] === UNREACHED) {
        distance[other] = reached + 1;
        if (n === NOTHING || !canHave(n, plan, walk.there, walk.inventory)) queue.push(other);
      }
    }
  }
  distance[level.cell] = again; // to leave and enter again
  return { ...level, distance };
}

// Weigh ending the walk at the best place from where it stands.
function endAtAPlace(horizon, plan, world, belief, walk) {
  const here = walk.levels.at(-1);
  let best = { value: 0, steps: 0, aim: NO_PLAN };
  for (let cell = 0; cell < world.place.length; cell += 1) {
    if (world.place[cell] === NOWHERE || world.content[cell] === BARRIER) continue;
    const goal = world.cells.length + world.place[cell];
    const distance = cell === here.cell ? 0 : here.distance[cell];
    const steps = here.steps + distance;
    if (distance === UNREACHED || steps > horizon || belief.utility[goal] <= 0) continue;
    const n = world.content[cell];
    if (distance > 0 && n !== NOTHING && canHave(n, plan, walk.there, walk.inventory)) continue;
    if (distance > 0 && starves(here.energy - distance * costOf(plan), plan)) continue;
    const value = here.earned + belief.utility[goal] * walk.powers[steps];
    const [first, second] = walk.levels;
    best = better(best, second
      ? { value, steps: first.distance[second.cell], aim: first.aim }
      : { value, steps: distance, aim: goal });
  }
  return best;
}

// Whether a walk can't become as good as the best, even if all objects were as near as they can be.
function isHopeless(here, horizon, plan, world, belief, best, walk) {
  let [hope, ending, place] = [here.earned, 0, 0];
  world.cells.forEach((cell, n) => {
    if (!walk.there[n] || belief.utility[n] <= 0) return;
    const soonest = here.steps + Math.max(apart(cell, here.cell, plan.columns), 1);
    if (soonest > horizon) return;
    const worth = belief.utility[n] * walk.powers[soonest];
    if (plan.ends[n]) ending = Math.max(ending, worth);
    else if (plan.taken[n]) hope += worth;
    else hope += worth / (1 - belief.discount * belief.discount); // again and again
  });
  hope += ending;
  for (let goal = world.cells.length; goal < belief.utility.length; goal += 1) {
    place = Math.max(place, belief.utility[goal]);
  }
  hope += place * walk.powers[here.steps];
  return hope === here.earned || hope + ROUNDING * Math.abs(hope) < best;
}

function apart(a, b, columns) {
  return Math.abs(Math.floor(a / columns) - Math.floor(b / columns)) + Math.abs((a % columns) - (b % columns));
}
