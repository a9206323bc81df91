// What a mind perceives, and what a planner wants of it. As in evosim/mind/contract.py and planner/wanting.py.

import { NOWHERE, canHave } from "./grid.mjs";

// Return the features of things as the mind's detectors perceive them: as they are, if it has none.
export function perceive(mind, features) {
  if (mind.detectors.length === 0) return features;
  return features.map((observable) => mind.detectors.map((row) => {
    let total = row[observable.length];
    observable.forEach((value, f) => { total += row[f] * value; });
    return 1 / (1 + Math.exp(-mind.sharpness * total));
  }));
}

// Return what entering each object, or ending life at each place, is worth; no place is worth less than 0.
export function utilities(mind, perceived, objects, hunger) {
  return perceived.map((features, n) => {
    let utility = 0;
    features.forEach((value, f) => {
      let weight = mind.objective[f];
      if (mind.drives > 0) weight += hunger * mind.objective[features.length + f];
      utility += weight * value;
    });
    return n < objects ? utility : Math.max(utility, 0);
  });
}

// Return what a path that ends at each goal is worth: for an object at a place, both.
export function endings(utility, world) {
  return utility.map((worth, n) => {
    const place = n < world.cells.length && world.place.length > 0 ? world.place[world.cells[n]] : NOWHERE;
    return place === NOWHERE ? worth : worth + utility[world.cells.length + place];
  });
}

// Return the world as a planner imagines it, and what it wants there.
export function believe(mind, plan, world, now) {
  const utility = utilities(mind, perceive(mind, world.features), world.cells.length, now.hunger);
  return {
    utility,
    ending: endings(utility, world),
    usable: world.cells.map((_, n) => canHave(n, plan, now.there, now.inventory)),
    slip: mind.slip ?? plan.slip,
    discount: mind.discount * mind.persistence,
  };
}
