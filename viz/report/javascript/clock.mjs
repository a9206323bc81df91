// The clock of a life: play, pause, a step on or back, or any step by a slider; the space bar plays, too.

const PACE = 200; // milliseconds a step
const CALM = 600; // for who asks for less motion

// Return a clock whose controls are `[data-live]` elements of `root`; `show(tick)` draws a tick.
export function newClock(root, show) {
  const find = (name) => root.querySelector(`[data-live="${name}"]`);
  const clock = { tick: 0, last: 0, timer: 0, slider: find("time"), told: find("step"), button: find("play"), show };
  find("back").addEventListener("click", () => pauseAt(clock, clock.tick - 1));
  find("on").addEventListener("click", () => pauseAt(clock, clock.tick + 1));
  clock.button.addEventListener("click", () => toggle(clock));
  clock.slider.addEventListener("input", () => pauseAt(clock, Number(clock.slider.value)));
  clock.slider.addEventListener("keydown", (event) => {
    if (event.key !== " ") return;
    event.preventDefault();
    toggle(clock);
  });
  return clock;
}

// Begin with a life of `last` ticks, at its end.
export function setClock(clock, last) {
  clock.last = last;
  clock.slider.max = last;
  pauseAt(clock, last);
}

function pauseAt(clock, tick) {
  clearInterval(clock.timer);
  clock.timer = 0;
  clock.button.textContent = "Play";
  turn(clock, tick);
}

function turn(clock, tick) {
  clock.tick = Math.max(0, Math.min(tick, clock.last));
  clock.slider.value = clock.tick;
  clock.told.textContent = `step ${clock.tick} of ${clock.last}`;
  clock.slider.setAttribute("aria-valuetext", clock.told.textContent);
  clock.show(clock.tick);
}

function toggle(clock) {
  if (clock.timer) {
    pauseAt(clock, clock.tick);
    return;
  }
  if (clock.tick >= clock.last) turn(clock, 0);
  clock.button.textContent = "Pause";
  clock.timer = setInterval(() => advance(clock), matchMedia("(prefers-reduced-motion: reduce)").matches ? CALM : PACE);
}

function advance(clock) {
  if (clock.tick + 1 >= clock.last) pauseAt(clock, clock.last);
  else turn(clock, clock.tick + 1);
}
