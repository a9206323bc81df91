// One side of the pair: a world of one environment, with what happens in it, what things are worth, and the tally.

import { isChanged, liveIn, worldOf } from "./experiment.mjs";
import { badgesOf, colourOf, inkOn, signed, written } from "./looks.mjs";
import { drawWorld } from "./picture.mjs";
import { element } from "./svg.mjs";
import { isWhole, total } from "./tally.mjs";
import { listThings, tell } from "./telling.mjs";

// Return a side, which shows nothing yet.
export function newSide(figure, table, environment) {
  const part = (name) => figure.querySelector(`[data-part="${name}"]`);
  return { part, table, environment, world: null, life: null, draw: null, things: [] };
}

// Live in world e, and draw what stays as it is.
export function liveAgain(side, experiment, e) {
  const { page, mind } = experiment;
  const environment = page.environments[side.environment];
  side.world = worldOf(experiment, side.environment, e);
  side.life = liveIn(experiment, side.environment, e, true);
  side.draw = drawWorld(side.part("map"), side.world, side.life, mind, environment, page);
  side.part("role").textContent = environment.selected ? "selected here" : "selection never sees it";
}

// Show a tick of the life.
export function showTick(side, experiment, tick) {
  const { page, mind } = experiment;
  const environment = page.environments[side.environment];
  const words = tell(tick, side.life, side.world, mind, environment, page);
  side.draw(tick);
  side.part("doing").textContent = words;
  side.part("map").setAttribute("aria-label", `${environment.name}. ${words}`);
  const hunger = side.life.hungers[Math.min(tick, side.life.hungers.length - 1)] ?? 0;
  side.things = listThings(side.world, mind, environment, page, hunger);
  side.table.tBodies[0].replaceChildren(...side.things.map((thing) => rowOf(thing, side, experiment)));
}

// Return the row of a thing: what it is, what it is worth to the agent, and what the base objective pays.
function rowOf(thing, side, { page, mind }) {
  const name = element("th", "", { scope: "row" });
  name.append(iconOf(thing, side, page), ...lettersOf(thing, side, page), ` ${thing.name}${thing.count > 1 ? ` × ${thing.count}` : ""}`);
  const row = element("tr");
  row.append(name, ...(mind.objective ? [element("td", signed(thing.worth))] : []));
  row.append(element("td", thing.pays === 0 ? "–" : signed(thing.pays)));
  return row;
}

function iconOf(thing, side, page) {
  if (thing.isPlace) return element("span", "", { class: "icon at-place" });
  const colour = colourOf(side.world.features[thing.n], thing.type, page);
  const icon = element("span", page.letters[thing.type], { class: "icon" });
  Object.assign(icon.style, { backgroundColor: colour, color: inkOn(colour) });
  return icon;
}

// Return the letters of a thing's badges, for beside its icon.
function lettersOf(thing, side, page) {
  const letters = thing.isPlace ? [] : badgesOf(side.world.features[thing.n], page).map(({ letter }) => letter);
  return letters.length > 0 ? [element("sup", letters.join(" "), { class: "badge" })] : [];
}

// Show a tally and its score; `before` is that of the mind as evolved, if known.
export function showTally(side, experiment, tally, before, chosen, pick) {
  const { page } = experiment;
  drawTally(side.part("tally"), tally, page.numbers.length, chosen, pick);
  const score = side.part("score");
  const paid = paidIn(page.environments[side.environment], page);
  if (paid === "") score.textContent = "nothing pays here";
  if (paid === "" || !isWhole(tally, page)) return;
  const count = page.numbers.length;
  const shown = (sum) => (page.firstDecides ? String(sum) : written(sum / count));
  const words = page.firstDecides ? ` of ${count} worlds: ${paid} first` : ` a life is paid, for ${paid}`;
  score.replaceChildren(element("b", shown(total(tally))), words);
  if (isChanged(experiment) && before !== undefined) score.append(element("small", ` (as evolved: ${shown(before)})`));
}

// Name what pays in an environment.
function paidIn({ pays, plan }, page) {
  const paid = page.types.filter((_, type) => pays[type] > 0 && plan.typeOf.includes(type));
  return paid.join(" or ").replaceAll("_", " ");
}

// Draw a square for each world, as large as its score.
function drawTally(strip, tally, count, chosen, pick) {
  const most = Math.max(1, ...tally.map((each) => each?.score ?? 0));
  strip.replaceChildren(...Array.from({ length: count }, (_, e) => {
    const { kind, colour, score } = tally[e] ?? { kind: "none", colour: "", score: 0 };
    const mark = element("i", "", { class: e === chosen ? `${kind} chosen` : kind, title: `world ${e + 1}` });
    if (colour) mark.style.backgroundColor = colour;
    if (kind === "pays") mark.style.transform = `scale(${(0.5 + (0.5 * score) / most).toFixed(2)})`;
    mark.addEventListener("click", () => pick(e));
    return mark;
  }));
}
