// The slider over generations in objective space.

const data = document.getElementById("frames");
if (data) {
  const frames = JSON.parse(data.textContent);
  const views = [...document.querySelectorAll("g.points")];
  const last = views.map((view) => view.innerHTML);
  const slider = document.getElementById("frame");
  const play = document.getElementById("play");
  const svg = "http://www.w3.org/2000/svg";
  const show = (at) => {
    const [generation, points] = frames[at];
    document.getElementById("generation").textContent = generation;
    slider.setAttribute("aria-valuetext", `generation ${generation}`);
    views.forEach((view, number) => {
      if (at === frames.length - 1) {
        view.innerHTML = last[number];
        return;
      }
      view.replaceChildren(...points.map((point) => {
        const mark = document.createElementNS(svg, "use");
        const kind = point[2 + number];
        mark.setAttribute("href", `#m${kind}`);
        mark.setAttribute("class", `k${kind}`);
        mark.setAttribute("x", point[0]);
        mark.setAttribute("y", point[1]);
        return mark;
      }));
    });
  };
  let timer = 0;
  const stop = () => {
    clearInterval(timer);
    timer = 0;
    play.textContent = "Play";
  };
  slider.addEventListener("input", () => { stop(); show(Number(slider.value)); });
  play.addEventListener("click", () => {
    if (timer) return stop();
    let at = Number(slider.value) === frames.length - 1 ? 0 : Number(slider.value);
    play.textContent = "Pause";
    timer = setInterval(() => {
      slider.value = at;
      show(at);
      if (at === frames.length - 1) return stop();
      at += 1;
    }, 220);
  });
  slider.closest("p").hidden = false;
  slider.value = frames.length - 1;
}
