// Worlds as the page's data hold them, unpacked: viz/report/live_numbers.py has packed them.

import { BARRIER, NOTHING, NOWHERE } from "./grid.mjs";

// Return a world with its cells: what each holds, and which place it belongs to; `place` is empty without places.
export function unpack([walls, start, cells, looks, places], shared, plan) {
  const content = unpackWalls(shared[walls], plan.rows * plan.columns);
  const floor = content.reduce((count, held) => count + (held === NOTHING ? 1 : 0), 0);
  cells.forEach((cell, n) => { content[cell] = n; });
  const place = shared[places].length > 0 ? new Array(content.length).fill(NOWHERE) : [];
  shared[places].forEach(([cell, number]) => { place[cell] = number; });
  return { start, cells, content, place, floor, features: shared[looks], atlas: { distance: null } };
}

function unpackWalls(digits, count) {
  return Array.from({ length: count }, (_, cell) => {
    const bits = Number.parseInt(digits[cell >> 2], 16);
    return (bits >> (3 - (cell & 3))) & 1 ? BARRIER : NOTHING;
  });
}
