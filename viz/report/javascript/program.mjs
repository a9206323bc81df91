// Programs: every cell of the mind's map runs the same instructions, over and over; the mind climbs register 0.
// As in evosim/mind/program/machine.py and policy.py; a map is thought again only when it has changed.

import { ACTIONS, BARRIER, MOVES, NOWHERE, STAY } from "./grid.mjs";
import { below } from "./random.mjs";
import { perceive } from "./wanting.mjs";

const [LARGEST, SMALLEST] = [1e3, 1e-300];

// Begin a life: nothing is thought.
const wake = (mind, world) => ({ ways: null, stood: -1, perceived: perceive(mind, world.features) });

// Forget the map, for other things are there now.
const change = (thoughts) => { thoughts.ways = null; };

// Return the action to the neighbour with the largest number, or one of several.
function decide(thoughts, mind, plan, world, now, key, draw) {
  if (!thoughts.ways || (mind.inputs.includes("here") && thoughts.stood !== now.cell)) {
    thoughts.ways = waysOf(think(mind, plan, world, now, thoughts.perceived), plan, world);
    thoughts.stood = now.cell;
    now.thought += mind.thoughts * mind.code.length;
  }
  const best = thoughts.ways[now.cell];
  return best.length > 1 ? best[below(key, draw, best.length)] : best[0];
}

// Return the order of the map's cells, from 0 for the lowest floor to 1 for the highest: all that a climber can tell.
function valuesOf(mind, plan, world, now) {
  const map = think(mind, plan, world, now, perceive(mind, world.features));
  const heights = world.content.map((held, cell) => (held === BARRIER ? NaN : map[framed(cell, plan.columns)]));
  const levels = [...new Set(heights.filter((height) => !Number.isNaN(height)))].sort((a, b) => a - b);
  const rank = new Map(levels.map((level, n) => [level, n / Math.max(levels.length - 1, 1)]));
  return heights.map((height) => rank.get(height) ?? 0);
}

export const program = { wake, change, feel: () => {}, decide, intend: () => [], valuesOf };

// Return the index of a cell within a frame of zeros.
const framed = (cell, columns) => (Math.floor(cell / columns) + 1) * (columns + 2) + (cell % columns) + 1;

// Return register 0 within its frame, after all thoughts.
function think(mind, plan, world, now, perceived) {
  const size = (plan.rows + 2) * (plan.columns + 2);
  const operands = Array.from({ length: mind.registers }, () => new Float64Array(size));
  operands.push(...inputsOf(mind, plan, world, now, perceived));
  let spare = new Float64Array(size);
  for (let thought = 0; thought < mind.thoughts; thought += 1) {
    for (const [name, to, a, b, constant] of mind.code) {
      run(OPERATIONS[name], operands[a], operands[b], constant, spare, plan);
      [spare, operands[to]] = [operands[to], spare];
    }
  }
  return operands[0];
}

// Carry out one instruction in all cells.
function run(operation, a, b, constant, out, plan) {
  const wide = plan.columns + 2;
  for (let row = 1; row <= plan.rows; row += 1) {
    for (let at = row * wide + 1; at < (row + 1) * wide - 1; at += 1) out[at] = operation(a, b, constant, at, wide);
  }
}

// Return a number as an instruction writes it.
function settled(value) {
  if (value > LARGEST) return LARGEST;
  if (value < -LARGEST) return -LARGEST;
  return Math.abs(value) >= SMALLEST ? value : 0;
}

const larger = (one, other) => (one > other ? one : other);

const OPERATIONS = {
  add: (a, b, c, at) => settled(a[at] + b[at]),
  sub: (a, b, c, at) => settled(a[at] - b[at]),
  mul: (a, b, c, at) => settled(a[at] * b[at]),
  max: (a, b, c, at) => larger(a[at], b[at]),
  min: (a, b, c, at) => (a[at] < b[at] ? a[at] : b[at]),
  mask: (a, b, c, at) => settled(a[at] * (1 - b[at])),
  scale: (a, b, c, at) => settled(a[at] * c),
  const: (a, b, c) => settled(c),
  nmax: (a, b, c, at, wide) => larger(larger(a[at - wide], a[at + wide]), larger(a[at - 1], a[at + 1])),
  nmean: (a, b, c, at, wide) => settled((a[at - wide] + a[at + wide] + (a[at - 1] + a[at + 1])) * 0.25),
  hmax: (a, b, c, at) => larger(a[at - 1], a[at + 1]),
  vmax: (a, b, c, at, wide) => larger(a[at - wide], a[at + wide]),
  north: (a, b, c, at, wide) => a[at - wide],
  east: (a, b, c, at) => a[at + 1],
  south: (a, b, c, at, wide) => a[at + wide],
  west: (a, b, c, at) => a[at - 1],
};

// Return what the mind sees of its map, an array for each input; an object hides the place in its cell.
function inputsOf(mind, plan, world, now, perceived) {
  const size = (plan.rows + 2) * (plan.columns + 2);
  const [features, objects] = [mind.features, world.cells.length];
  const blank = () => new Float64Array(size);
  const layers = { wall: [blank()], thing: [blank()], here: [blank()], features: Array.from({ length: features }, blank) };
  world.content.forEach((held, cell) => {
    const at = framed(cell, plan.columns);
    if (held === BARRIER) layers.wall[0][at] = 1;
    const place = world.place.length > 0 && held !== BARRIER ? world.place[cell] : NOWHERE;
    if (place !== NOWHERE) layers.features.forEach((layer, f) => { layer[at] = perceived[objects + place][f]; });
  });
  world.cells.forEach((cell, n) => {
    if (!now.there[n]) return;
    const at = framed(cell, plan.columns);
    layers.thing[0][at] = 1;
    layers.features.forEach((layer, f) => { layer[at] = perceived[n][f]; });
  });
  layers.here[0][framed(now.cell, plan.columns)] = 1;
  return mind.inputs.flatMap((name) => layers[name]);
}

// Return the best actions from each cell: to the neighbours with the largest number, or to stay where all are lower.
function waysOf(map, plan, world) {
  const wide = plan.columns + 2;
  const steps = [-wide, 1, wide, -1];
  return world.content.map((held, cell) => {
    if (held === BARRIER) return [STAY];
    const at = framed(cell, plan.columns);
    const best = steps.map((step) => map[at + step]).reduce(larger);
    if (map[at] > best) return [STAY];
    return [...Array(ACTIONS).keys()].filter((action) => action < MOVES && map[at + steps[action]] === best);
  });
}
