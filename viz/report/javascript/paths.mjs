// Shortest paths around all objects, and lines of sight. As in evosim/gridworld/shortest_paths.py.

import { BARRIER, MOVES, NOTHING, STAY, UNREACHED, held, stepOf } from "./grid.mjs";

// Return the distances in steps from each cell to a goal: an object, or the nearest free cell of a place.
export function measure(goal, world, columns, present) {
  const { content, cells, place } = world;
  const distance = new Int16Array(content.length).fill(UNREACHED);
  if (goal < cells.length) {
    if (present[goal]) spread([cells[goal]], cells[goal], columns, content, present, distance);
    return distance;
  }
  const queue = [];
  for (let cell = 0; cell < place.length; cell += 1) {
    if (place[cell] !== goal - cells.length || content[cell] === BARRIER) continue;
    distance[cell] = 0;
    if (held(cell, content, present) === NOTHING) queue.push(cell);
  }
  spread(queue, NOTHING, columns, content, present, distance);
  return distance;
}

// Write the distance to the cells in the queue, by paths whose interior avoids all objects.
// That of the target to itself is of leaving and entering it again.
function spread(queue, target, columns, content, present, distance) {
  for (let head = 0; head < queue.length; head += 1) {
    const cell = queue[head];
    const reached = cell === target ? 0 : distance[cell];
    for (let action = 0; action < MOVES; action += 1) {
      const other = cell + stepOf(action, columns);
      const there = held(other, content, present);
      if (there === BARRIER || distance[other] !== UNREACHED || other === target) continue;
      distance[other] = reached + 1;
      if (there === NOTHING) queue.push(other);
    }
  }
  if (target < 0) return;
  for (let action = 0; action < MOVES; action += 1) {
    if (held(target + stepOf(action, columns), content, present) === NOTHING) distance[target] = 2;
  }
}

// Return the lowest action that begins a shortest path to a goal, by distances to it; STAY if none does.
export function firstStep(cell, goal, columns, content, present, distance) {
  for (let action = 0; action < MOVES; action += 1) {
    const other = cell + stepOf(action, columns);
    const there = held(other, content, present);
    if (there === goal && distance[cell] === 1) return action;
    if (there === NOTHING && distance[other] === distance[cell] - 1) return action;
  }
  return STAY;
}

// Return the cells of a shortest path to a goal, from a cell on.
export function pathTo(cell, goal, columns, content, present, distance) {
  const path = [cell];
  for (let steps = distance[cell]; steps > 0 && steps < UNREACHED; steps -= 1) {
    const here = path.at(-1);
    const action = firstStep(here, goal, columns, content, present, distance);
    if (action === STAY) break;
    path.push(here + stepOf(action, columns));
  }
  return path;
}

// Whether no wall is on the straight line between two cells (Bresenham 1965).
export function inSight(cell, target, columns, content) {
  let [row, column] = [Math.floor(cell / columns), cell % columns];
  const [lastRow, lastColumn] = [Math.floor(target / columns), target % columns];
  const [down, across] = [Math.abs(lastRow - row), Math.abs(lastColumn - column)];
  let error = across - down;
  while (row !== lastRow || column !== lastColumn) {
    if (content[row * columns + column] === BARRIER) return false;
    const twice = 2 * error;
    if (twice > -down) {
      error -= down;
      column += lastColumn > column ? 1 : -1;
    }
    if (twice < across) {
      error += across;
      row += lastRow > row ? 1 : -1;
    }
  }
  return true;
}
