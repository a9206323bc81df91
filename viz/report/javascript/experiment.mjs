// An experiment: the reported agent with a mind and a world that a reader has changed, as evolved until then.

import { live } from "./life.mjs";
import { fold, keyOf } from "./random.mjs";
import { unpack } from "./worlds.mjs";

// Begin with everything as it was measured.
export function beginExperiment(page) {
  return {
    page,
    mind: structuredClone(page.mind),
    looks: page.environments.map(() => new Map()), // by environment: features by type and number
    kept: page.environments.map(() => []), // worlds that have been unpacked
    key: keyOf(page.key),
  };
}

// Return to everything as it was measured.
export function resetExperiment(experiment) {
  Object.assign(experiment.mind, structuredClone(experiment.page.mind));
  experiment.looks.forEach((looks) => looks.clear());
}

// Whether anything is not as it was measured.
export function isChanged({ page, mind, looks }) {
  return looks.some((changes) => changes.size > 0) || JSON.stringify(mind) !== JSON.stringify(page.mind);
}

// Return a number of the mind by its name, such as "discount" or "objective.2".
export function numberOf(mind, name) {
  const [part, at] = name.split(".");
  return at === undefined ? mind[part] : mind[part][Number(at)];
}

// Change a number of the mind by its name.
export function setNumber(mind, name, value) {
  const [part, at] = name.split(".");
  if (at === undefined) mind[part] = value;
  else mind[part][Number(at)] = value;
}

// Change a feature of all things of a type in an environment.
export function setLook(experiment, environment, type, feature, value) {
  experiment.looks[environment].set(`${type} ${feature}`, value);
}

// Return what a feature of a type is in an environment: as changed, else the mean over things of the first world.
export function lookOf(experiment, environment, type, feature) {
  const { plan } = experiment.page.environments[environment];
  const { features } = worldOf(experiment, environment, 0);
  const mine = plan.typeOf.flatMap((kind, n) => (kind === type ? [features[n][feature]] : []));
  return mine.reduce((sum, value) => sum + value, 0) / Math.max(mine.length, 1);
}

// Return a world as it now looks.
export function worldOf({ page, looks, kept }, environment, e) {
  const { plan, worlds } = page.environments[environment];
  kept[environment][e] ??= unpack(worlds[e], page.shared, plan);
  const world = kept[environment][e];
  if (looks[environment].size === 0) return world;
  const features = world.features.map((row, n) => (
    n < plan.typeOf.length ? row.map((value, f) => looks[environment].get(`${plan.typeOf[n]} ${f}`) ?? value) : row));
  return { ...world, features };
}

// Return the life of the mind in a world, with the random draws of the life that was measured.
export function liveIn(experiment, environment, e, watched) {
  const { page, mind, key } = experiment;
  const { plan } = page.environments[environment];
  return live(mind, plan, worldOf(experiment, environment, e), fold(key, page.numbers[e]), watched);
}
