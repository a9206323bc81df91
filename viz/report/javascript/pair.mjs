// The live pair: one mind in worlds of two environments, played, and changed by whoever reads the page.

import { newClock, setClock } from "./clock.mjs";
import { connect } from "./dials.mjs";
import { beginExperiment, isChanged, resetExperiment } from "./experiment.mjs";
import { liveAgain, newSide, showTally, showTick } from "./side.mjs";
import { count, total, isWhole } from "./tally.mjs";
import { tellAnswer, tellWorth } from "./telling.mjs";

// Connect all that can be moved, and live for the first time.
function play(root, page) {
  const experiment = beginExperiment(page);
  const sides = [...root.querySelectorAll("[data-side]")].map((figure, n) => (
    newSide(figure, root.querySelector(`[data-things="${n}"] table`), page.sides[n])));
  const pair = { root, page, experiment, sides, chosen: page.world, tallies: new Map(), evolved: new Map(), stop: () => {} };
  pair.clock = newClock(root, (tick) => showPair(pair, tick));
  pair.find = (name) => root.querySelector(`[data-live="${name}"]`);
  pair.find("world").addEventListener("input", (event) => choose(pair, Number(event.target.value) - 1));
  sides.forEach((side) => side.part("where")?.addEventListener("change", (event) => {
    side.environment = Number(event.target.value);
    changed(pair);
  }));
  connect(root, experiment, () => changed(pair), () => resetExperiment(experiment));
  root.hidden = false;
  document.querySelectorAll(".still").forEach((still) => { still.hidden = true; });
  changed(pair);
}

// Live again after a change of the mind or of a world, and in all worlds.
function changed(pair) {
  choose(pair, pair.chosen);
  recount(pair);
}

// Show another world.
function choose(pair, e) {
  pair.chosen = e;
  pair.find("world").value = e + 1;
  pair.find("number").textContent = `${e + 1} of ${pair.page.numbers.length}`;
  pair.sides.forEach((side) => liveAgain(side, pair.experiment, e));
  setClock(pair.clock, Math.max(...pair.sides.map(({ life }) => life.actions.length)));
  showTallies(pair);
}

function showPair(pair, tick) {
  pair.sides.forEach((side) => showTick(side, pair.experiment, tick));
  pair.find("worth").textContent = tellWorth(pair.sides.at(-1).things, pair.experiment.mind);
}

// Count anew what lives come to in all worlds of both environments.
function recount(pair) {
  const environments = [...new Set(pair.sides.map(({ environment }) => environment))];
  pair.stop();
  pair.stop = count(pair.experiment, environments, (environment, tally) => {
    pair.tallies.set(environment, tally);
    if (isWhole(tally, pair.page) && !isChanged(pair.experiment)) pair.evolved.set(environment, total(tally));
    showTallies(pair);
  });
}

function showTallies(pair) {
  const { sides, tallies, evolved, experiment } = pair;
  for (const side of sides) {
    const tally = tallies.get(side.environment) ?? [];
    showTally(side, experiment, tally, evolved.get(side.environment), pair.chosen, (e) => choose(pair, e));
  }
  const [home, away] = [sides[0].environment, sides.at(-1).environment];
  const known = isWhole(tallies.get(away) ?? [], pair.page) && evolved.has(home) && isChanged(experiment);
  const words = known ? tellAnswer(experiment, home, away, total(tallies.get(away)) / evolved.get(home)) : "";
  if (pair.find("answer").textContent !== words) pair.find("answer").textContent = words;
}

const root = document.getElementById("live");
if (root) play(root, JSON.parse(document.getElementById("live-data").textContent));
