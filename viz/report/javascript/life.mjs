// One life: a mind in a world, tick by tick, until the steps, the energy or an object end it.
// As in evosim/episode/rollout.py and docs/model.md ("A life, to the last draw").

import { BARRIER, NOTHING, STAY, canHave, stepOf, stray, take, within } from "./grid.mjs";
import { heuristic } from "./heuristic.mjs";
import { mcts } from "./mcts.mjs";
import { network } from "./network.mjs";
import { planOptimization } from "./plan_optimization.mjs";
import { planner } from "./planner.mjs";
import { program } from "./program.mjs";
import { uniform } from "./random.mjs";
import { treeSearch } from "./tree_search.mjs";

const DRAWS = 4; // per tick: the mind's, whether the move slips, where to
const LEVELS = 10; // of hunger, felt in tenths

const openLoop = {
  wake: () => ({}),
  change: () => {},
  feel: () => {},
  decide: (thoughts, mind, plan, world, now) => mind.sequence[now.tick % mind.sequence.length],
  intend: () => [],
};

export const KINDS = {
  open_loop: openLoop, heuristic, network, planner, program, tree_search: treeSearch, mcts, plan_optimization: planOptimization,
};

// Return the life of a mind: the cells it stood in (one more than actions), its actions, and what each entered.
// Where `watched`, also its plan before each tick, and which objects it believed to be there.
export function live(mind, plan, world, key, watched = false) {
  const kind = KINDS[mind.kind];
  const now = begin(plan, world);
  const life = { cells: [], actions: [], entered: [], plans: [], there: [], hungers: [], starved: false };
  let [thoughts, changed, ended] = [null, false, false];
  while (now.tick < plan.steps && !ended && !life.starved) {
    bringBack(now);
    changed = look(plan, world, now) || changed;
    const hunger = hungerAt(now.energy, plan);
    const hungrier = hunger !== now.hunger;
    now.hunger = hunger;
    thoughts ??= kind.wake(mind, world);
    if (changed) kind.change(thoughts);
    if (hungrier) kind.feel(thoughts, mind);
    const thought = now.thought;
    const draw = now.tick * DRAWS;
    if (watched) {
      life.plans.push(kind.intend(thoughts, mind, plan, world, now, key, draw));
      life.there.push([...now.present]);
      life.hungers.push(hunger);
    }
    const action = kind.decide(thoughts, mind, plan, world, now, key, draw);
    now.last = action;
    life.cells.push(now.cell);
    life.actions.push(action);
    now.tick += 1;
    const n = move(slipped(action, plan, key, draw), now.thought - thought, plan, world, now);
    life.entered.push(n);
    changed = n !== NOTHING && (plan.taken[n] || plan.locked[n]);
    ended = n !== NOTHING && plan.ends[n];
    life.starved = plan.supply.initial > 0 && now.energy <= 0;
  }
  life.cells.push(now.cell);
  if (watched) life.there.push([...now.present]);
  return life;
}

// Return what an agent knows of itself and of the world at the beginning of a life.
export function begin(plan, world) {
  const { initial } = plan.supply;
  return {
    tick: 0,
    cell: world.start,
    last: STAY,
    thought: 0,
    energy: initial,
    hunger: hungerAt(initial, plan),
    inventory: new Array(plan.types).fill(0),
    present: world.cells.map(() => true),
    there: world.cells.map(() => plan.vision === 0), // as the agent believes
    back: world.cells.map(() => 0), // tick at which what was taken is there again; 0: never
  };
}

// Return the missing share of the maximal energy in tenths, halves rounded to the even tenth.
function hungerAt(energy, plan) {
  if (!(plan.supply.initial > 0)) return 0;
  const tenths = LEVELS * (1 - energy / plan.supply.most);
  const [floor, rounded] = [Math.floor(tenths), Math.round(tenths)];
  return (tenths - floor === 0.5 ? floor + Math.abs(floor % 2) : rounded) / LEVELS;
}

// Respawn the objects that are due.
function bringBack(now) {
  now.back.forEach((tick, n) => {
    if (tick > 0 && now.tick >= tick) [now.present[n], now.back[n]] = [true, 0];
  });
}

// Observe which objects are within sight; return whether that is news.
function look(plan, world, now) {
  let news = false;
  world.cells.forEach((cell, n) => {
    const seen = plan.vision === 0 || within(plan.vision, now.cell, cell, plan.columns);
    if (now.there[n] === now.present[n] || !seen) return;
    now.there[n] = now.present[n];
    news = true;
  });
  return news;
}

// Return the direction in which a move goes.
function slipped(action, plan, key, draw) {
  const slips = plan.slip > 0 && action !== STAY && uniform(key, draw + 1) < plan.slip;
  return slips ? stray(action, plan.slipKind, key, draw + 2) : action;
}

// Move, and enter what is there; return the object whose entry did something, or NOTHING.
function move(action, thought, plan, world, now) {
  const target = now.cell + stepOf(action, plan.columns);
  const n = world.content[target];
  const movesOn = target !== now.cell && n !== BARRIER;
  if (plan.supply.initial > 0) {
    now.energy -= plan.supply.perTick + plan.supply.perThought * thought;
    if (movesOn) now.energy -= plan.supply.perMove;
  }
  if (!movesOn) return NOTHING;
  now.cell = target;
  if (n === NOTHING || !canHave(n, plan, now.present, now.inventory)) return NOTHING;
  now.energy = Math.min(now.energy + plan.energy[n], plan.supply.most);
  take(n, plan, now.present, now.inventory, 1);
  if (!now.present[n] && plan.respawns[n] > 0) now.back[n] = now.tick + plan.respawns[n];
  now.there[n] = now.present[n];
  return n;
}
