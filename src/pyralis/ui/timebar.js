/** A bar of time: what each module takes of a tick. */

import { device } from "./device.js";
import { formatTime, h } from "./dom.js";
import { FRAME_US } from "./plots.js";

const HUES = [128, 235, 305, 165, 270, 200]; // neighbours differ; none is the amber and red of a state
const IN_LEGEND = 5;
const EASE = 0.3; // of a new figure, so that the legend does not change each second
const SPOKEN_MS = 10000;

class TimeBar {
  #segments = new Map(); // by module id
  #order = "";
  #pointed = null; // id of the module that is pointed at
  #spokenAt = -Infinity;

  constructor(figure) {
    this.figure = figure;
    this.title = h("b", null, "Time by module");
    this.text = h("span", { class: "parts" });
    this.bar = h("div", { class: "bar", role: "img", tabindex: "0", "aria-label": "Time by module" });
    this.legend = h("ul", { class: "legend", "aria-hidden": "true" });
    this.rows = h("tbody");
    const heads = ["Module", "Time a tick", "Share of a frame"].map((text) => h("th", { scope: "col" }, text));
    const caption = h("caption", null, "Time by module");
    this.table = h("table", null, caption, h("thead", null, h("tr", null, ...heads)), this.rows);
    this.spoken = h("span", { class: "spoken", role: "status" });
    figure.append(h("figcaption", null, this.title, " ", this.text), this.bar, this.legend);
    figure.append(h("div", { class: "spoken" }, this.table), this.spoken);
    figure.addEventListener("pointerover", ({ target }) => this.#point(target.closest("[data-of]")?.dataset.of ?? null));
    figure.addEventListener("pointerleave", () => this.#point(null));
    this.bar.addEventListener("blur", () => this.#point(null));
    this.bar.addEventListener("keydown", (event) => this.#onKey(event));
  }

  /** Show what the device's modules take now. */
  update() {
    const modules = device.order.map(([id]) => device.modules.get(id)).filter(Boolean);
    this.#arrange(modules);
    this.busy = modules.reduce((sum, module) => sum + timeOf(module), 0);
    for (const module of modules) {
      const segment = this.#segments.get(module.id);
      const us = timeOf(module);
      segment.mean += (us - segment.mean) * (segment.mean ? EASE : 1);
      segment.part.style.flexGrow = us;
      segment.part.hidden = !us;
      segment.part.classList.toggle("slow", module.status === "slow");
    }
    this.#explain();
    this.#list(modules);
    if (performance.now() - this.#spokenAt >= SPOKEN_MS) this.#describe(modules);
  }

  #arrange(modules) {
    const order = modules.map((module) => module.id).join();
    if (order === this.#order) return;
    this.#order = order;
    const before = this.#segments;
    this.#segments = new Map();
    modules.forEach(({ id }, i) => {
      const hue = HUES[i % HUES.length];
      const part = h("i", { "data-of": id, style: `--hue: ${hue}` });
      this.#segments.set(id, { part, hue, mean: before.get(id)?.mean ?? 0 });
    });
    this.bar.replaceChildren(...[...this.#segments.values()].map(({ part }) => part));
    this.#spokenAt = -Infinity;
  }

  #list(modules) {
    const mean = ({ id }) => this.#segments.get(id).mean;
    const isSlow = ({ status }) => status === "slow";
    const largest = modules.filter(timeOf).sort((a, b) => isSlow(b) - isSlow(a) || mean(b) - mean(a));
    const named = largest.filter((module, i) => i < IN_LEGEND || isSlow(module));
    const entries = named.map((module) => {
      const { id, name } = module;
      const style = `--hue: ${this.#segments.get(id).hue}`;
      const said = formatTime(timeOf(module)) + (isSlow(module) ? ", slow" : "");
      return h("li", { "data-of": id, class: isSlow(module) && "slow", style }, h("span", null, name), ` ${said}`);
    });
    this.legend.replaceChildren(...entries);
  }

  #explain() {
    const module = device.modules.get(this.#pointed);
    const all = `${formatTime(this.busy)} together, ${percent(this.busy)} of a frame`;
    this.text.textContent = module ? say(module) : all;
    this.text.classList.toggle("over", this.busy > FRAME_US);
  }

  #describe(modules) {
    this.#spokenAt = performance.now();
    this.bar.setAttribute("aria-label", `Time by module: ${this.text.textContent}. A table follows.`);
    const cells = modules.map((module) => [h("th", { scope: "row" }, module.name), formatTime(timeOf(module)), shareOf(module)]);
    this.rows.replaceChildren(
      ...cells.map(([head, ...data]) => h("tr", null, head, ...data.map((text) => h("td", null, text)))),
    );
  }

  #point(id) {
    if (id === this.#pointed) return;
    this.#segments.get(this.#pointed)?.part.classList.remove("pointed");
    this.#segments.get(id)?.part.classList.add("pointed");
    this.#pointed = id;
    this.#explain();
  }

  #onKey(event) {
    const ids = [...this.#segments.keys()].filter((id) => timeOf(device.modules.get(id) ?? {}));
    const present = ids.indexOf(this.#pointed);
    const steps = { ArrowLeft: Math.max(0, present - 1), ArrowRight: present + 1, Home: 0, End: ids.length - 1 };
    if (event.key === "Escape") this.#point(null);
    if (!(event.key in steps) || !ids.length) return;
    event.preventDefault();
    this.#point(ids[Math.min(steps[event.key], ids.length - 1)]);
    this.spoken.textContent = this.text.textContent;
  }
}

/** What a module takes of a tick; one that is off takes nothing, whatever it took before. */
function timeOf({ setup_ok, tick_us }) {
  return setup_ok ? tick_us : 0;
}

function percent(us) {
  const share = (100 * us) / FRAME_US;
  return `${share < 10 ? share.toFixed(1) : Math.round(share)} %`;
}

function shareOf(module) {
  return percent(timeOf(module));
}

function say(module) {
  return `${module.name}: ${formatTime(timeOf(module))}, ${shareOf(module)} of a frame`;
}

export function startTimeBar() {
  const bar = new TimeBar(document.querySelector(".time"));
  for (const name of ["stats", "tree"]) device.on(name, () => document.hidden || bar.update());
}
