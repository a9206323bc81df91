// The picture of a world at one tick of a life: what things are, where the agent has been, and where its plan leads.

import { BARRIER, NOTHING, NOWHERE } from "./grid.mjs";
import { KINDS, begin } from "./life.mjs";
import { badgesOf, colourOf, inkOn, nameOf } from "./looks.mjs";
import { svg } from "./svg.mjs";

const SIDE = 24; // of a cell
const SHADES = 24; // of the value landscape
const DISC = "M-8 0A8 8 0 1 0 8 0A8 8 0 1 0 -8 0Z";
const SHAPES = { // of the agent, by its kind of mind
  planner: DISC,
  tree_search: DISC,
  mcts: DISC,
  plan_optimization: DISC,
  heuristic: "M0 -9L8.5 6.5L-8.5 6.5Z",
  open_loop: "M-7 -7H7V7H-7Z",
  network: "M0 -9L8.56 -2.78L5.29 7.28L-5.29 7.28L-8.56 -2.78Z",
  program: "M8.5 0L4.25 7.4L-4.25 7.4L-8.5 0L-4.25 -7.4L4.25 -7.4Z",
};

// Draw all that stays as it is during a life, and return a function that draws a tick of it.
export function drawWorld(picture, world, life, mind, environment, page) {
  const { plan } = environment;
  const middle = (cell) => [SIDE * (cell % plan.columns) + SIDE / 2, SIDE * Math.floor(cell / plan.columns) + SIDE / 2];
  const things = world.cells.map((cell, n) => drawThing(world.features[n], plan.typeOf[n], middle(cell), page));
  const [trail, plans, rings] = [svg("g"), svg("g"), svg("g")];
  const agent = svg("path", { class: `agent ${mind.kind}`, d: SHAPES[mind.kind] });
  picture.setAttribute("viewBox", `0 0 ${SIDE * plan.columns} ${SIDE * plan.rows}`);
  picture.replaceChildren(
    svg("rect", { width: "100%", height: "100%", class: "wall" }),
    svg("g", { transform: `scale(${SIDE})` }, ...drawFloor(world, plan), ...drawValues(world, mind, plan)),
    trail, plans, ...things, rings, drawStart(middle(world.start)), agent,
  );
  return (tick) => {
    const at = Math.min(tick, life.actions.length);
    const been = life.cells.slice(0, at + 1).map(middle);
    trail.replaceChildren(line(been, "halo"), line(been, "path"));
    const plan = at < life.actions.length ? life.plans[at] : [];
    plans.replaceChildren(...(plan.length > 1 ? [line(plan.map(middle), "plan")] : []));
    things.forEach((thing, n) => thing.classList.toggle("gone", !life.there[at][n]));
    const taken = life.entered.slice(0, at).filter((n) => n !== NOTHING);
    rings.replaceChildren(...taken.map((n) => drawRing(middle(world.cells[n]), environment.pays[environment.plan.typeOf[n]])));
    const [x, y] = middle(life.cells[at]);
    agent.style.transform = `translate(${x}px, ${y}px)`;
  };
}

function line(points, kind) {
  return svg("polyline", { class: kind, points: points.map((point) => point.join()).join(" ") });
}

function drawThing(features, type, [x, y], page) {
  const colour = colourOf(features, type, page);
  const letters = svg("text", { x, y: y + 4.6, "text-anchor": "middle", fill: inkOn(colour) });
  letters.style.fill = inkOn(colour);
  letters.textContent = page.letters[type];
  const box = svg("rect", { x: x - 10, y: y - 10, width: 20, height: 20, rx: 5, fill: colour });
  const title = svg("title");
  title.textContent = nameOf(features, type, page);
  const badges = badgesOf(features, page).map((badge) => drawBadge(badge, x, y));
  return svg("g", { class: "thing" }, title, box, letters, ...badges);
}

function drawBadge({ letter, at: [across, down] }, x, y) {
  const [cx, cy] = [x + 9 * across, y + 9 * down];
  const text = svg("text", { x: cx, y: cy + 2.8, "text-anchor": "middle" });
  text.textContent = letter;
  return svg("g", { class: "badge" }, svg("circle", { cx, cy, r: 5 }), text);
}

function drawRing([x, y], pays) {
  return svg("circle", { class: pays > 0 ? "taken pays" : "taken", cx: x, cy: y, r: 15 });
}

const drawStart = ([x, y]) => svg("circle", { class: "start", cx: x, cy: y, r: 4.5 });

function drawFloor(world, plan) {
  const floor = outline(world, plan, (cell) => world.content[cell] !== BARRIER);
  const place = outline(world, plan, (cell) => world.place.length > 0 && world.place[cell] !== NOWHERE);
  return [svg("path", { class: "floor", d: floor }), ...(place ? [svg("path", { class: "place", d: place })] : [])];
}

// Draw what the best plan from each cell is worth, before anything is taken: cells of one shade as one path.
function drawValues(world, mind, plan) {
  const kind = KINDS[mind.kind];
  if (!kind.valuesOf) return [];
  const now = begin(plan, world);
  now.there.fill(true);
  const values = kind.valuesOf(mind, plan, world, now);
  const most = Math.max(...values);
  if (!(most > 0)) return [];
  const shades = values.map((value) => Math.round((SHADES * value) / most));
  return [...new Set(shades)].filter((shade) => shade > 0).map((shade) => svg("path", {
    class: "height",
    "fill-opacity": (0.06 + (0.8 * shade) / SHADES).toFixed(3),
    d: outline(world, plan, (cell) => shades[cell] === shade && world.content[cell] === NOTHING),
  }));
}

// Outline the cells for which something holds as boxes; adjacent cells of a row share one.
function outline(world, plan, holds) {
  const boxes = [];
  world.content.forEach((_, cell) => {
    if (!holds(cell)) return;
    const [row, column] = [Math.floor(cell / plan.columns), cell % plan.columns];
    const last = boxes.at(-1);
    if (last && last.row === row && last.column + last.wide === column) last.wide += 1;
    else boxes.push({ row, column, wide: 1 });
  });
  return boxes.map(({ row, column, wide }) => `M${column} ${row}h${wide}v1h-${wide}z`).join("");
}
