/** The stage: lights where they really are, turned and zoomed as one likes. */

import { device } from "./device.js";
import { startGestures } from "./gestures.js";
import { Camera, Projection } from "./projection.js";
import { Glow, Raster } from "./raster.js";

const FRAME = 1; // kinds of binary messages, see wire.py
const POSITIONS = 2;
const VERSION = 1;
const HEADER_BYTES = 12;
const MAX_PIXELS = 2e6;
const SECOND_MS = 1000;
const STILL = matchMedia("(prefers-reduced-motion: reduce)");

export class Preview {
  #camera = new Camera();
  #projection = null;
  #frame = null;
  #scheduled = false;
  #refit = true; // geometry or size of the stage have changed
  #turned = true; // the camera has moved, or all of that
  #seen = true; // the stage is on the screen
  #frames = 0;
  #second = { start: 0, frames: 0 };
  #offer; // what the note's button would add
  #refusal = ""; // what the device said against what the note offers; stands until the tree is another

  constructor(stage) {
    this.stage = stage;
    this.lights = stage.querySelector(".lights");
    this.box = stage.querySelector(".box");
    this.caption = stage.querySelector(".caption");
    this.note = stage.querySelector(".note");
    this.home = stage.querySelector(".home");
    this.raster = new Raster(this.lights);
    this.glow = new Glow(stage.querySelector(".glow"));
    this.note.querySelector("button").addEventListener("click", () => this.#addOffer());
    this.home.addEventListener("click", () => {
      this.#camera.reset();
      this.#schedule({ turned: true });
      this.lights.focus(); // the button goes
    });
    startGestures(this.lights, this.#camera, () => this.#schedule({ turned: true }));
    new ResizeObserver(() => this.#schedule({ refit: true })).observe(stage);
    new IntersectionObserver(([entry]) => {
      this.#seen = entry.isIntersecting;
      this.#schedule();
    }).observe(stage);
    device.on("preview", (message) => this.#receive(message));
    for (const name of ["module", "stats"]) device.on(name, () => this.#explain());
    device.on("tree", () => {
      this.#refusal = "";
      this.#explain();
    });
  }

  #receive(message) {
    const header = new DataView(message);
    const count = header.getUint32(4, true);
    if (header.getUint8(1) !== VERSION) return;
    if (header.getUint8(0) === FRAME) {
      this.#frame = new Uint8Array(message, HEADER_BYTES, 3 * count);
      this.#schedule();
    } else if (header.getUint8(0) === POSITIONS) {
      const Axis = header.getUint8(2) === 1 ? Uint8Array : Uint16Array;
      this.#place(new Axis(message, HEADER_BYTES, 3 * count));
    }
  }

  #place(axes) {
    const projection = (this.#projection = new Projection(axes));
    const { count, size, flat } = projection;
    const changed = flat !== this.#camera.flat;
    this.#camera.flat = flat;
    if (changed) this.#camera.reset(true);
    const shown = flat ? size.slice(0, 2) : size;
    this.caption.textContent = count ? shown.join(" × ") : "";
    this.lights.setAttribute("aria-label", `Live preview of ${count} lights in ${shown.join(" by ")}`);
    this.lights.dataset.lights = count;
    this.lights.classList.toggle("flat", flat);
    this.#schedule({ refit: true });
  }

  /** Draw with the next picture of the screen; nothing is drawn where nobody sees it. */
  #schedule({ refit = false, turned = false } = {}) {
    this.#refit ||= refit;
    this.#turned ||= turned || refit;
    if (this.#scheduled || !this.#seen) return;
    this.#scheduled = true;
    requestAnimationFrame((now) => {
      this.#scheduled = false;
      if (this.#refit) this.#fit();
      if (this.#projection?.count) this.#draw(now);
    });
  }

  #fit() {
    this.#refit = false;
    const { clientWidth, clientHeight } = this.stage;
    const ratio = Math.min(devicePixelRatio, 2, Math.sqrt(MAX_PIXELS / (clientWidth * clientHeight || 1)));
    const [width, height] = [clientWidth, clientHeight].map((pixels) => Math.max(1, Math.round(pixels * ratio)));
    this.raster.resize(width, height); // also clears
    this.glow.resize(width, height, ratio);
    this.#projection?.fit(width, height, ratio);
  }

  #draw(now) {
    const [camera, projection] = [this.#camera, this.#projection];
    camera.still = STILL.matches;
    if (this.#turned) {
      this.#turned = camera.advance();
      projection.see(camera.now);
      this.#showView();
    }
    if (this.#frame) {
      this.raster.draw(projection, this.#frame);
      this.glow.draw(projection, this.#frame);
      this.#count(now);
    }
    if (this.#turned) this.#schedule();
  }

  #showView() {
    const { yaw, pitch, zoom } = this.#camera.now;
    const tilted = !this.#projection.flat || Math.abs(yaw) + Math.abs(pitch) > 0;
    this.box.firstElementChild.setAttribute("d", tilted ? this.#projection.outline(this.#camera.now) : "");
    this.lights.dataset.view = [yaw, pitch, zoom].map((value) => value.toFixed(3)).join(" ");
    this.home.hidden = this.#camera.isHome;
  }

  #count(now) {
    const second = this.#second;
    this.lights.dataset.frames = ++this.#frames;
    second.frames++;
    if (now - second.start < SECOND_MS) return;
    this.lights.dataset.fps = Math.round((second.frames * SECOND_MS) / (now - second.start));
    this.#second = { start: now, frames: 0 };
  }

  /** Say what is missing where there is nothing to see, and offer to add it. */
  #explain() {
    if (device.modules.size && !device.order.length) return; // at first modules come, then how they belong together
    const missing = this.#missing();
    this.#offer = missing?.offer;
    this.note.hidden = !missing;
    this.stage.classList.toggle("dark", Boolean(missing));
    this.#say(this.#refusal || (missing?.text ?? ""));
    const button = this.note.querySelector("button");
    button.hidden = !this.#offer;
    button.textContent = `Add a ${this.#offer?.parent ? this.#offer.type : "driver"}`;
  }

  #missing() {
    const modules = [...device.modules.values()];
    const isOn = (module) => module.setup_ok;
    const driver = modules.find((module) => module.category === "driver");
    if (!driver) return { text: "Nothing here yet. Add a driver to begin.", offer: { type: "DriverLayer" } };
    const previews = modules.filter((module) => module.type === "Preview");
    const preview = { type: "Preview", parent: driver.id };
    if (!previews.length) return { text: "No output shows the lights here.", offer: preview };
    const parents = new Map(device.order);
    const drivers = previews.filter(isOn).map((module) => parents.get(module.id));
    const isSeen = ({ id, category }) => category === "layout" && drivers.includes(parents.get(id));
    const layouts = modules.filter(isSeen);
    if (layouts.some(isOn)) return null;
    const off = [...previews, ...layouts].find((module) => !module.setup_ok);
    if (off) return { text: `Nothing to see: ${off.name} is off.` };
    return { text: "No lights yet. A layout says where they are.", offer: { type: "Grid", parent: drivers[0] } };
  }

  #say(text) {
    const place = this.note.firstElementChild;
    if (place.textContent !== text) place.textContent = text;
  }

  async #addOffer() {
    this.#refusal = "";
    try {
      await device.add(this.#offer);
    } catch (refused) {
      this.#refusal = refused.message;
      this.#explain();
    }
  }
}
