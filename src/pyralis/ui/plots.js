/** Plots of the last minutes: the time of a tick and memory, from the figures that a device sends each second. */

import { device } from "./device.js";
import { formatBytes, formatTime, h } from "./dom.js";

const KEPT_S = 300;
const FIRST_WINDOW_S = 60; // what is there at first fills the plot; later it shows all that is kept
const SPOKEN_MS = 10000; // a text that changes each second would never let a screen reader finish
const SVG = "http://www.w3.org/2000/svg";
const WIDTH = 300; // of the drawing, before it is stretched
const HEIGHT = 100;
const LINES = 2; // steps of the axis
export const FRAME_US = 1e6 / 60; // what a frame may take

const history = []; // samples, and null where the connection was lost

const TICK = {
  name: "Tick",
  unit: 1,
  values: ({ tick_us }) => ({ tick: tick_us }),
  limits: ({ tick_us }) => [0, Math.max(tick_us, 100)],
  bound: ["budget", () => FRAME_US],
  parts: ({ tick_us, fps }) => [["tick", `${formatTime(tick_us)} a tick`], ["", `${fps} fps`]],
};

const MEMORY = {
  name: "Memory",
  unit: 1024,
  values: ({ free, largest, used }) => (free == null ? { used } : { free, largest }),
  limits: ({ free, largest, used }) => (free == null ? [used * 0.98, used * 1.01] : [0, Math.max(free, largest ?? 0)]),
  bound: ["reserve", ({ reserve }) => reserve],
  parts({ free, largest, used, reserve, fragmentation }) {
    if (free == null) return [["used", `${formatBytes(used)} used`], ["", "no limit on this device"]];
    const parts = [["free", `${formatBytes(free)} free`]];
    if (largest) parts.push(["largest", `largest ${formatBytes(largest)}`]);
    if (reserve) parts.push(["reserve", `reserve ${formatBytes(reserve)}`]);
    if (fragmentation) parts.push(["", `${fragmentation} % fragmented`]);
    return parts;
  },
};

class Plot {
  #spokenAt = -Infinity;
  #shown = []; // samples of the window
  #cursor = null; // the sample that is pointed at

  constructor(kind) {
    this.kind = kind;
    this.svg = draw("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "none", "aria-hidden": "true" });
    [this.top, this.bottom, this.from, this.to] = ["top", "bottom", "from", "to"].map((name) => h("span", { class: name }));
    this.mark = h("i", { class: "mark", hidden: true });
    this.area = h("div", { class: "area", role: "img", tabindex: "0", "aria-label": kind.name }, this.svg, this.mark);
    this.area.append(this.top, this.bottom);
    this.spoken = h("span", { class: "spoken", role: "status" });
    this.parts = h("span", { class: "parts" });
    const caption = h("figcaption", null, h("b", null, kind.name), " ", this.parts);
    const times = h("p", { class: "times", "aria-hidden": "true" }, this.from, this.to);
    const parts = [caption, this.area, times, this.spoken];
    this.element = h("figure", { class: "plot", "data-plot": kind.name.toLowerCase() }, ...parts);
    this.area.addEventListener("pointermove", (event) => this.#point(event));
    for (const name of ["pointerleave", "blur"]) this.area.addEventListener(name, () => this.#choose(null));
    this.area.addEventListener("keydown", (event) => this.#onKey(event));
  }

  /** Draw what the history has now. */
  update() {
    const now = performance.now();
    const oldest = history.find((sample) => sample)?.at ?? now;
    this.end = history.at(-1)?.at ?? now;
    this.window = Math.min(KEPT_S, Math.max(FIRST_WINDOW_S, (this.end - oldest) / 1000)) * 1000;
    const runs = [[]]; // samples without a gap
    for (const sample of history) {
      if (!sample) runs.push([]);
      else if (this.end - sample.at <= this.window) runs.at(-1).push(sample);
    }
    this.#shown = runs.flat();
    if (!this.#shown.length) return;
    const [low, high] = this.#axis();
    const x = ({ at }) => (WIDTH * (1 - (this.end - at) / this.window)).toFixed(1);
    const y = (value) => (HEIGHT * (1 - (value - low) / (high - low))).toFixed(1);
    const paths = [];
    for (const name of Object.keys(this.kind.values(this.#shown.at(-1)))) {
      const lines = runs.map((run) => {
        const known = run.filter((sample) => this.kind.values(sample)[name] != null);
        return known.map((sample) => [x(sample), y(this.kind.values(sample)[name])]);
      });
      const drawn = lines.filter((points) => points.length);
      const line = drawn.map((points) => `M${points.join("L")}h.01`).join("");
      if (!paths.length) {
        const under = drawn.map((points) => `M${points[0][0]} ${HEIGHT}L${points.join("L")}V${HEIGHT}z`).join("");
        paths.push(draw("path", { class: `under ${name}`, d: under }));
      }
      paths.push(draw("path", { class: name, d: line }));
    }
    const [name, bound] = [this.kind.bound[0], this.kind.bound[1](this.#shown.at(-1))];
    if (bound > low && bound <= high) paths.push(draw("path", { class: name, d: `M0 ${y(bound)}H${WIDTH}` }));
    for (let i = 0; i <= LINES; i++) {
      paths.unshift(draw("path", { class: "grid", d: `M0 ${(HEIGHT * i) / LINES}H${WIDTH}` }));
    }
    this.svg.replaceChildren(...paths);
    this.area.dataset.samples = this.#shown.length;
    this.#caption();
    if (now - this.#spokenAt >= SPOKEN_MS) this.#describe(now);
  }

  #axis() {
    const { limits, unit, bound } = this.kind;
    let [low, high] = [Infinity, -Infinity];
    for (const sample of this.#shown) {
      const [least, most] = limits(sample);
      [low, high] = [Math.min(low, least), Math.max(high, most)];
    }
    const edge = bound[1](this.#shown.at(-1));
    if (edge && high > edge / 3) high = Math.max(high, edge * 1.05); // before that it is too far away to matter
    let step = roundStep((high - low) / LINES, unit);
    while (Math.floor(low / step) * step + LINES * step < high) step = roundStep(step * 1.01, unit);
    low = Math.floor(low / step) * step;
    high = low + LINES * step;
    return [low, high];
  }

  #caption() {
    const sample = this.#cursor ?? this.#shown.at(-1);
    const parts = this.kind.parts(sample).map(([name, text]) => h("span", { class: name }, text));
    this.parts.replaceChildren(...parts);
    const format = this.kind.unit === 1 ? formatTime : formatBytes;
    const [low, high] = this.#axis();
    this.top.textContent = format(high);
    this.bottom.textContent = low ? format(low) : "0";
    this.from.textContent = `${spell(this.window)} ago`;
    this.to.textContent = this.#cursor ? age(this.end - sample.at) : "now";
    this.mark.hidden = !this.#cursor;
    this.mark.style.left = `${100 * (1 - (this.end - sample.at) / this.window)}%`;
  }

  #describe(now) {
    const said = this.kind.parts(this.#shown.at(-1)).map((part) => part[1]);
    this.#spokenAt = now;
    const span = `${this.bottom.textContent} to ${this.top.textContent}`;
    const label = `${this.kind.name} over the last ${spell(this.window)}, axis from ${span}. Now ${said.join(", ")}.`;
    this.area.setAttribute("aria-label", label);
  }

  #point({ clientX }) {
    const box = this.area.getBoundingClientRect();
    const at = this.end - this.window * (1 - (clientX - box.x) / box.width);
    const nearer = (best, sample) => (Math.abs(sample.at - at) < Math.abs(best.at - at) ? sample : best);
    if (this.#shown.length) this.#choose(this.#shown.reduce(nearer));
  }

  #onKey(event) {
    const last = this.#shown.length - 1;
    const present = this.#cursor ? this.#shown.indexOf(this.#cursor) : last;
    const steps = { ArrowLeft: present - 1, ArrowRight: present + 1, Home: 0, End: last };
    if (event.key === "Escape") this.#choose(null);
    if (!(event.key in steps) || last < 0) return;
    event.preventDefault();
    this.#choose(this.#shown[Math.max(0, Math.min(last, steps[event.key]))]);
    const said = this.kind.parts(this.#cursor).map((part) => part[1]);
    this.spoken.textContent = `${age(this.end - this.#cursor.at)}: ${said.join(", ")}`;
  }

  #choose(sample) {
    this.#cursor = sample;
    if (!sample) this.spoken.textContent = "";
    if (this.#shown.length) this.#caption();
  }
}

/** The next of 1, 2 and 5 times a power of ten, in bytes, KB and so on where `unit` is 1024. */
function roundStep(step, unit) {
  let scale = 1;
  while (unit > 1 && step >= scale * unit) scale *= unit;
  const ten = 10 ** Math.floor(Math.log10(step / scale));
  return [1, 2, 5, 10].find((times) => times * ten * scale >= step) * ten * scale;
}

function spell(ms) {
  const s = Math.round(ms / 1000);
  const [minutes, seconds] = [Math.floor(s / 60), s % 60];
  return [minutes && `${minutes} min`, seconds && `${seconds} s`].filter(Boolean).join(" ");
}

function age(ms) {
  return ms < 500 ? "now" : `${spell(ms)} ago`;
}

function draw(tag, attributes) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  return element;
}

function record() {
  const system = device.system;
  history.push({
    at: performance.now(),
    tick_us: system.tick_us,
    fps: system.fps,
    free: system.heap_free_bytes,
    largest: system.heap_largest_bytes,
    used: system.heap_used_bytes,
    reserve: system.reserve_bytes,
    fragmentation: system.fragmentation_percent,
  });
  const oldest = performance.now() - KEPT_S * 1000;
  while (history.length && (history[0] ?? history[1] ?? { at: 0 }).at < oldest) history.shift();
}

export function startPlots() {
  const plots = [new Plot(TICK), new Plot(MEMORY)];
  document.querySelector(".plots").prepend(...plots.map((plot) => plot.element));
  const show = () => document.hidden || plots.forEach((plot) => plot.update());
  device.on("stats", () => {
    record();
    show();
  });
  device.on("offline", () => history.length && history.at(-1) && history.push(null));
  document.addEventListener("visibilitychange", show);
}
