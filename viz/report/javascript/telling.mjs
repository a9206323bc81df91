// What happens in a life, in words.

import { NOTHING, NOWHERE } from "./grid.mjs";
import { nameOf, signed } from "./looks.mjs";
import { utilities, perceive } from "./wanting.mjs";

const BACK = 0.9; // of what it did at home: from where on an agent has come back
const ASTRAY = 0.5; // below that, it has gone astray
const SAMPLING = ["mcts", "plan_optimization"]; // kinds of planner that try out some plans, not all
const DOES = { // minds without a plan
  heuristic: "it reacts.",
  open_loop: "it goes through its sequence.",
  network: "it goes where its map is highest.",
  program: "it goes where its map is highest.",
};

// Return what the agent is doing at a tick.
export function tell(tick, life, world, mind, environment, page) {
  const at = Math.min(tick, life.actions.length);
  const name = (n) => nameOf(world.features[n], environment.plan.typeOf[n], page);
  if (at < life.actions.length) {
    return `Step ${at}: ${describePlan(life.plans[at], world, mind, environment, page, name)}`;
  }
  const place = placeAt(life.cells[at], world, environment, page);
  const taken = describeTaken(life.entered.filter((n) => n !== NOTHING).map(name));
  const where = place && taken === "nothing" ? `it is at ${place}, and took nothing` : `it took ${taken}`;
  return `Step ${at}, the end: ${life.starved ? "it starved; " : ""}${where}.`;
}

// Describe what was taken: each name once, with its count.
function describeTaken(names) {
  if (names.length < 2) return names.length === 0 ? "nothing" : `the ${names[0]}`;
  const each = [...new Set(names)].map((name) => `${name} × ${names.filter((other) => other === name).length}`);
  return each.join(", ");
}

// Name the place that a cell belongs to; empty if it belongs to none.
function placeAt(cell, world, environment, page) {
  const place = world.place.length > 0 ? world.place[cell] : NOWHERE;
  return place === NOWHERE ? "" : `the ${page.places[environment.plan.placeType[place]].replaceAll("_", " ")}`;
}

function describePlan(plan, world, mind, environment, page, name) {
  if (!mind.objective) return DOES[mind.kind];
  if (plan.length === 0) return `${describeNothing(mind)}; it wanders.`;
  const goal = plan.at(-1);
  const n = world.content[goal];
  const steps = `${plan.length - 1} ${plan.length === 2 ? "step" : "steps"} away`;
  if (n >= 0) return `it plans to take the ${name(n)}, ${steps}.`;
  const place = placeAt(goal, world, environment, page);
  if (plan.length === 1) return `it plans to stay${place ? ` at ${place}` : ""}.`;
  return place ? `it plans to go to ${place}, ${steps}.` : `it plans to go on, ${steps}; farther ahead it has chosen nothing.`;
}

// Say that no plan was found: planners that sample may have missed one.
function describeNothing(mind) {
  if (SAMPLING.includes(mind.kind)) return `no plan that it tried, of up to ${mind.horizon} steps, is worth anything to it`;
  return `nothing within ${mind.horizon} steps is worth wanting`;
}

// List what things and places there are in a world, each look once: name, count, worth to the mind, and pay.
export function listThings(world, mind, environment, page, hunger) {
  const objects = world.cells.length;
  const worth = mind.objective ? utilities(mind, perceive(mind, world.features), objects, hunger) : [];
  const found = new Map();
  const add = (n, name, thing) => {
    const known = found.get(name) ?? { n, name, count: 0, worth: 0, ...thing };
    known.count += 1;
    known.worth += ((worth[n] ?? 0) - known.worth) / known.count;
    found.set(name, known);
  };
  environment.plan.typeOf.forEach((type, n) => {
    add(n, nameOf(world.features[n], type, page), { type, pays: environment.pays[type], isPlace: false });
  });
  environment.plan.placeType.forEach((place, q) => {
    add(objects + q, page.places[place].replaceAll("_", " "), { pays: 0, isPlace: true });
  });
  return [...found.values()];
}

// Say in a sentence what is worth most to a mind, beside what pays: "A blue door is worth −0.34 to it, …".
export function tellWorth(things, mind) {
  if (!mind.objective || things.length === 0) return "";
  const paid = things.find((thing) => thing.pays > 0);
  const best = things.reduce((most, thing) => (thing.worth > most.worth ? thing : most));
  const told = [...new Set([paid ?? best, best])];
  const [first, second] = told.map(({ name, isPlace }) => `${isPlace ? "the" : article(name)} ${name}`);
  const begin = `${first[0].toUpperCase()}${first.slice(1)} is worth ${signed(told[0].worth)} to it`;
  if (second) return `${begin}, ${second} ${signed(told[1].worth)}.`;
  return `${begin}${things.length > 1 ? ", more than anything else here" : ""}.`;
}

// Say whether the agent now does in `away` what the page asks for; `share` is of what it did at home as evolved.
export function tellAnswer({ page, mind }, home, away, share) {
  const { asked } = page;
  if (!asked || (asked.about === "back" ? share < BACK : share >= ASTRAY)) return "";
  const weight = `${page.features[asked.weight]} ${signed(mind.objective[asked.weight])}`.replaceAll("_", " ");
  const where = page.environments[away].name;
  if (asked.about === "astray") return `With ${weight} it has gone astray in ${where}.`;
  return `With ${weight} it is back: in ${where} it does nearly as well as in ${page.environments[home].name}.`;
}

const article = (name) => ("aeiou".includes(name[0].toLowerCase()) ? "an" : "a");

