// The sliders by which a reader changes the mind, and how things look.

import { isChanged, lookOf, numberOf, setLook, setNumber } from "./experiment.mjs";
import { signed, written } from "./looks.mjs";

const WHOLE = ["horizon", "thoughts", "simulations", "iterations"]; // numbers without a fraction

// Connect the sliders in `root`; `changed()` is called after each change, `reset()` returns an untouched experiment.
export function connect(root, experiment, changed, reset) {
  const find = (name) => root.querySelector(`[data-live="${name}"]`);
  const numbers = [...root.querySelectorAll("input[data-number]")];
  const features = [...root.querySelectorAll("input[data-feature]")];
  const button = find("reset");
  const picked = () => [Number(find("where").value), Number(find("thing").value)];
  const show = () => {
    numbers.forEach((slider) => showNumber(slider, experiment.mind));
    features.forEach((slider) => showLook(slider, lookOf(experiment, ...picked(), Number(slider.dataset.feature))));
    button.disabled = !isChanged(experiment);
  };
  const change = () => {
    show();
    changed();
  };
  numbers.forEach((slider) => slider.addEventListener("input", () => {
    setNumber(experiment.mind, slider.dataset.number, Number(slider.value));
    change();
  }));
  features.forEach((slider) => slider.addEventListener("input", () => {
    setLook(experiment, ...picked(), Number(slider.dataset.feature), Number(slider.value));
    change();
  }));
  if (features.length > 0) ["where", "thing"].forEach((name) => find(name).addEventListener("change", show));
  button.addEventListener("click", () => {
    reset();
    change();
  });
  show();
}

function showNumber(slider, mind) {
  const { number } = slider.dataset;
  const value = numberOf(mind, number);
  const words = WHOLE.includes(number) ? String(value) : number === "discount" ? value.toFixed(3) : signed(value);
  show(slider, value, words);
}

const showLook = (slider, value) => show(slider, value, written(value));

function show(slider, value, words) {
  slider.value = value;
  slider.nextElementSibling.textContent = words;
  slider.setAttribute("aria-valuetext", words);
}
