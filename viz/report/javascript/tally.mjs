// The tally: what the mind's life comes to in each world of an environment, found a few lives at a time.

import { NOTHING, NOWHERE } from "./grid.mjs";
import { liveIn, worldOf } from "./experiment.mjs";
import { colourOf } from "./looks.mjs";

const SLICE = 14; // milliseconds, after which the page may draw

// Live in all worlds of some environments; call `told(environment, tally)` as that goes on.
// Return a function that stops it.
export function count(experiment, environments, told) {
  const work = environments.flatMap((environment) => experiment.page.numbers.map((_, e) => [environment, e]));
  const tallies = new Map(environments.map((environment) => [environment, []]));
  let timer = 0;
  const go = () => {
    const until = performance.now() + SLICE;
    while (work.length > 0 && performance.now() < until) {
      const [environment, e] = work.shift();
      tallies.get(environment)[e] = outcome(experiment, environment, e);
    }
    tallies.forEach((tally, environment) => told(environment, tally));
    if (work.length > 0) timer = setTimeout(go);
  };
  timer = setTimeout(go);
  return () => clearTimeout(timer);
}

// Return what a life comes to: its score, and the colour of what it entered first, or else the place where it ended.
// Where the first entry decides, the score is 1 if it pays, else 0; elsewhere it is the sum of all payments.
function outcome(experiment, environment, e) {
  const { page } = experiment;
  const { plan, pays } = page.environments[environment];
  const world = worldOf(experiment, environment, e);
  const life = liveIn(experiment, environment, e, false);
  const paid = life.entered.filter((n) => n !== NOTHING).map((n) => pays[plan.typeOf[n]]);
  const first = life.entered.find((n) => n !== NOTHING);
  const place = world.place.length > 0 && world.place[life.cells.at(-1)] !== NOWHERE;
  if (first === undefined) return { kind: place ? "place" : "none", colour: "", score: 0 };
  const colour = colourOf(world.features[first], plan.typeOf[first], page);
  const score = page.firstDecides ? Number(paid[0] > 0) : paid.reduce((sum, pay) => sum + pay, 0);
  return { kind: score > 0 ? "pays" : "other", colour, score };
}

// Return the sum of the scores of a tally.
export const total = (tally) => tally.reduce((sum, { score }) => sum + score, 0);

// Whether all worlds have been counted.
export const isWhole = (tally, page) => tally.length === page.numbers.length;
