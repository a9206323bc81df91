// Programs: every cell of the mind's map runs the same instructions, over and over; the mind climbs register 0.
// As in evosim/mind/program/machine.py.

import { blank, climber, eachCell, larger } from "./climbing.mjs";

const [LARGEST, SMALLEST] = [1e3, 1e-300];

// Return register 0 within its frame, after all thoughts.
function compute(mind, plan, inputs) {
  const operands = [...Array.from({ length: mind.registers }, () => blank(plan)), ...inputs];
  let spare = blank(plan);
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
  eachCell(plan, (at, wide) => { out[at] = operation(a, b, constant, at, wide); });
}

// Return a number as an instruction writes it.
function settled(value) {
  if (value > LARGEST) return LARGEST;
  if (value < -LARGEST) return -LARGEST;
  return Math.abs(value) >= SMALLEST ? value : 0;
}

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

export const program = climber(compute, (mind) => mind.code.length);
