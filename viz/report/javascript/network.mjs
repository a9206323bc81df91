// Networks: every cell of the mind's map computes its channels anew at every thought; the mind climbs channel 0.
// As in evosim/mind/network/machine.py.

import { blank, climber, eachCell, larger } from "./climbing.mjs";

const SMALLEST = 1e-300;

// Return channel 0 within its frame, after all thoughts.
function compute(mind, plan, inputs) {
  const blanks = () => mind.bias.map(() => blank(plan));
  const weighted = mind.bias.map((bias, k) => weighInputs(bias, mind.shown[k], plan, inputs));
  let [before, after] = [blanks(), blanks()];
  for (let thought = 0; thought < mind.thoughts; thought += 1) {
    const around = before.map((channel) => readNeighbours(channel, plan));
    after.forEach((out, k) => {
      eachCell(plan, (at) => {
        let value = weighted[k][at];
        before.forEach((channel, j) => {
          const [sums, largest] = around[j];
          value = value + mind.own[k][j] * channel[at] + mind.total[k][j] * sums[at] + mind.most[k][j] * largest[at];
        });
        out[at] = clipped(value);
      });
    });
    [before, after] = [after, before];
  }
  return before[0];
}

export const network = climber(compute, (mind) => mind.parts);

// Return a bias and the weighted inputs of each cell.
function weighInputs(bias, weights, plan, inputs) {
  const out = blank(plan);
  eachCell(plan, (at) => { out[at] = inputs.reduce((sum, input, i) => sum + weights[i] * input[at], bias); });
  return out;
}

// Return the sums and the largest of each cell's four neighbours.
function readNeighbours(channel, plan) {
  const [sums, largest] = [blank(plan), blank(plan)];
  eachCell(plan, (at, wide) => {
    const [north, south, west, east] = [channel[at - wide], channel[at + wide], channel[at - 1], channel[at + 1]];
    sums[at] = (north + south) + (west + east);
    largest[at] = larger(larger(north, south), larger(west, east));
  });
  return [sums, largest];
}

// Return a number as a channel keeps it.
function clipped(value) {
  if (value > 1) return 1;
  return value >= SMALLEST ? value : 0;
}
