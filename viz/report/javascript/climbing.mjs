// Minds that climb a map: how they act, when they think, and what they are shown, whatever computes the map.
// As in evosim/mind/maps/policy.py; a map is thought again only when it has changed.

import { ACTIONS, BARRIER, MOVES, NOWHERE, STAY } from "./grid.mjs";
import { below } from "./random.mjs";
import { perceive } from "./wanting.mjs";

export const larger = (one, other) => (one > other ? one : other);

// Return a kind of mind: `compute` turns its inputs, an array each, into what it climbs; a thought costs `partsOf` it.
export function climber(compute, partsOf) {
  const think = (mind, plan, world, now, perceived) => compute(mind, plan, inputsOf(mind, plan, world, now, perceived));

  // Begin a life: nothing is thought.
  const wake = (mind, world) => ({ ways: null, stood: -1, perceived: perceive(mind, world.features) });

  // Forget the map, for other things are there now.
  const change = (thoughts) => { thoughts.ways = null; };

  // Return the action to the neighbour with the largest number, or one of several.
  function decide(thoughts, mind, plan, world, now, key, draw) {
    if (!thoughts.ways || (mind.inputs.includes("here") && thoughts.stood !== now.cell)) {
      thoughts.ways = waysOf(think(mind, plan, world, now, thoughts.perceived), plan, world);
      thoughts.stood = now.cell;
      now.thought += mind.thoughts * partsOf(mind);
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

  return { wake, change, feel: () => {}, decide, intend: () => [], valuesOf };
}

// Return an array for a map within a frame of zeros.
export const blank = (plan) => new Float64Array((plan.rows + 2) * (plan.columns + 2));

// Call `act` with the index of each cell within the frame, and with how far apart rows are.
export function eachCell(plan, act) {
  const wide = plan.columns + 2;
  for (let row = 1; row <= plan.rows; row += 1) {
    for (let at = row * wide + 1; at < (row + 1) * wide - 1; at += 1) act(at, wide);
  }
}

// Return the index of a cell within the frame.
const framed = (cell, columns) => (Math.floor(cell / columns) + 1) * (columns + 2) + (cell % columns) + 1;

// Return what the mind sees of its map, an array for each input; an object hides the place in its cell.
function inputsOf(mind, plan, world, now, perceived) {
  const [features, objects] = [mind.features, world.cells.length];
  const layers = { features: Array.from({ length: features }, () => blank(plan)) };
  ["wall", "thing", "here", "row", "column"].forEach((name) => { layers[name] = [blank(plan)]; });
  world.content.forEach((held, cell) => {
    const at = framed(cell, plan.columns);
    if (held === BARRIER) layers.wall[0][at] = 1;
    layers.row[0][at] = Math.floor(cell / plan.columns) / Math.max(plan.rows - 1, 1);
    layers.column[0][at] = (cell % plan.columns) / Math.max(plan.columns - 1, 1);
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
