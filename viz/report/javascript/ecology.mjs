// The world of an ecology at its stored states, with a slider over ticks.

import { svg } from "./svg.mjs";

const PACE = 350; // milliseconds a state
const CALM = 900; // for who asks for less motion

// Return the cells that are packed as base64 of 32-bit numbers.
function unpackCells(packed) {
  const bytes = Uint8Array.from(atob(packed), (letter) => letter.charCodeAt(0));
  return [...new Uint32Array(bytes.buffer)];
}

// Return dots in the middle of cells, whose shape is that of a line's ends.
function dots(cells, columns) {
  return cells.map((cell) => `M${cell % columns}.5 ${Math.floor(cell / columns)}.5h0`).join("");
}

// Draw a state into layers by colour: food first, then agents by `way`, want or family.
function drawState(layers, state, columns, way) {
  const agents = unpackCells(state.cell);
  const food = state.food.map((packed, kind) => svg("path", { class: `food f${kind}`, d: dots(unpackCells(packed), columns) }));
  const groups = [...new Set(state[way])].sort().map((group) => {
    const mine = agents.filter((_, n) => state[way][n] === group);
    return svg("path", { class: `agent ${way}${group}`, d: dots(mine, columns) });
  });
  layers.replaceChildren(...food, ...groups);
}

// Connect the controls, and draw the last state.
function playField(root, field) {
  const find = (name) => root.querySelector(`[data-field="${name}"]`);
  const [slider, button, way] = [find("state"), find("play"), find("way")];
  let timer = 0;
  const show = () => {
    const state = field.states[slider.value];
    drawState(find("layers"), state, field.columns, way.value);
    const words = `tick ${state.tick.toLocaleString("en")}, ${state.environment}: ${state.want.length.toLocaleString("en")} agents`;
    find("told").textContent = words;
    slider.setAttribute("aria-valuetext", words);
    find("picture").setAttribute("aria-label", `The world at ${words}`);
    root.querySelectorAll("[data-key]").forEach((key) => { key.hidden = key.dataset.key !== way.value; });
  };
  const stop = () => {
    clearInterval(timer);
    timer = 0;
    button.textContent = "Play";
  };
  const advance = () => {
    slider.value = Number(slider.value) + 1;
    show();
    if (slider.value === slider.max) stop();
  };
  button.addEventListener("click", () => {
    if (timer) {
      stop();
      return;
    }
    if (slider.value === slider.max) slider.value = 0;
    show();
    button.textContent = "Pause";
    timer = setInterval(advance, matchMedia("(prefers-reduced-motion: reduce)").matches ? CALM : PACE);
  });
  slider.addEventListener("input", () => {
    stop();
    show();
  });
  way.addEventListener("change", show);
  root.hidden = false;
  document.querySelectorAll(".still").forEach((still) => { still.hidden = true; });
  show();
}

const fieldRoot = document.getElementById("field");
if (fieldRoot) playField(fieldRoot, JSON.parse(document.getElementById("field-data").textContent));
