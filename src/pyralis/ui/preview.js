/** The stage: lights where they really are. Which pixel belongs to which light is worked out once for each geometry. */

import { device } from "./device.js";

const FRAME = 1; // kinds of binary messages, see wire.py
const POSITIONS = 2;
const VERSION = 1;
const HEADER_BYTES = 12;

const DEPTH_X = 0.43; // a step back in 3D goes right and up; odd numbers, so that few lights hide others
const DEPTH_Y = -0.31;
const RADIUS = 0.46; // of the distance between two lights
const DEEP = 0.65; // how much smaller in 3D, to look through to those behind
const CORE = 0.62; // of the radius: from there on a light fades out
const HEATS = 8; // steps from a light's colour to the whiter one of its middle
const WHITE = 0.55; // how white the middle is
const MAX_RADIUS_PX = 24;
const MAX_PITCH_PX = 64;
const MARGIN_PX = 24;
const MAX_PIXELS = 4e6;
const MIN_GLOW_PX = 4;
const GLOW_PAD = 2; // cells around the outermost lights
const BODY = 22; // of 255: a light that is off can still be seen

export class Preview {
  #points = null; // x, y of each light in units, y down
  #order = null; // from the farthest light to the nearest
  #size = [0, 0, 0];
  #frame = null;
  #colors = new Uint32Array(0);
  #scheduled = false;
  #stale = false; // pixels and glow are of another geometry

  constructor(stage) {
    this.stage = stage;
    [this.glow, this.lights] = stage.querySelectorAll("canvas");
    this.caption = stage.querySelector(".caption");
    this.note = stage.querySelector(".note");
    this.note.querySelector("button").addEventListener("click", () => this.#addPreview());
    new ResizeObserver(() => this.#schedule(true)).observe(stage);
    device.on("preview", (message) => this.#receive(message));
    for (const name of ["tree", "module", "stats"]) device.on(name, () => this.#explain());
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
      this.#project(new Axis(message, HEADER_BYTES, 3 * count), count);
      this.#schedule(true);
    }
  }

  #project(axes, count) {
    const points = new Float32Array(2 * count);
    const low = [Infinity, Infinity, Infinity];
    const high = [0, 0, 0];
    for (let i = 0; i < count; i++) {
      const [x, y, z] = [axes[3 * i], axes[3 * i + 1], axes[3 * i + 2]];
      points[2 * i] = x + z * DEPTH_X;
      points[2 * i + 1] = y + z * DEPTH_Y;
      for (let axis = 0; axis < 3; axis++) {
        low[axis] = Math.min(low[axis], axes[3 * i + axis]);
        high[axis] = Math.max(high[axis], axes[3 * i + axis]);
      }
    }
    this.#points = points;
    this.#size = high.map((value, axis) => (count ? value - low[axis] + 1 : 0));
    this.#order = Uint32Array.from({ length: count }, (_, i) => i);
    if (this.#size[2] > 1) this.#order.sort((a, b) => axes[3 * b + 2] - axes[3 * a + 2]);
    this.#colors = new Uint32Array(HEATS * count);
    const flat = this.#size[2] > 1 ? this.#size : this.#size.slice(0, 2);
    this.caption.textContent = count ? flat.join(" × ") : "";
    this.lights.setAttribute("aria-label", `Live preview of ${count} lights in ${flat.join(" by ")}`);
  }

  /** Work out scale, pixels and glow for the present geometry and size of the stage. */
  #fit() {
    const { clientWidth, clientHeight } = this.stage;
    const ratio = Math.min(devicePixelRatio, 2, Math.sqrt(MAX_PIXELS / (clientWidth * clientHeight || 1)));
    const width = Math.max(1, Math.round(clientWidth * ratio));
    const height = Math.max(1, Math.round(clientHeight * ratio));
    this.lights.width = width; // also clears
    this.lights.height = height;
    const points = this.#points;
    this.pixels = null;
    if (!points?.length) return;
    const spacing = spacingOf(points);
    const box = boundsOf(points);
    const room = [width, height].map((pixels) => Math.max(pixels - 2 * MARGIN_PX * ratio, pixels / 2));
    const fits = Math.min(room[0] / (box.width + spacing), room[1] / (box.height + spacing));
    const pitch = Math.min(fits * spacing, MAX_PITCH_PX * ratio);
    const scale = pitch / spacing;
    const at = new Float32Array(points.length);
    for (let i = 0; i < at.length; i += 2) {
      at[i] = (points[i] - box.x - box.width / 2) * scale + width / 2;
      at[i + 1] = (points[i + 1] - box.y - box.height / 2) * scale + height / 2;
    }
    const share = this.#size[2] > 1 ? DEEP : 1;
    this.#assignPixels(at, Math.max(0.5, Math.min(pitch * RADIUS * share, MAX_RADIUS_PX * ratio)), width, height);
    this.#assignGlow(at, Math.max(pitch * share, MIN_GLOW_PX * ratio), ratio);
  }

  #assignPixels(at, radius, width, height) {
    const owner = new Uint32Array(width * height); // entry of #colors + 1
    const cover = new Uint8Array(width * height);
    for (const light of this.#order) {
      const [x, y] = [at[2 * light] - 0.5, at[2 * light + 1] - 0.5];
      const bottom = Math.min(height - 1, Math.ceil(y + radius));
      const right = Math.min(width - 1, Math.ceil(x + radius));
      for (let row = Math.max(0, Math.floor(y - radius)); row <= bottom; row++) {
        for (let column = Math.max(0, Math.floor(x - radius)); column <= right; column++) {
          const distance = Math.hypot(column - x, row - y) / radius;
          const edge = Math.min(1, (1 - distance) / (1 - CORE) + 0.35 / radius);
          const pixel = row * width + column;
          if (edge <= 0) continue;
          const heat = Math.min(HEATS - 1, Math.floor(HEATS * Math.max(0, 1 - distance / CORE)));
          owner[pixel] = HEATS * light + heat + 1;
          cover[pixel] = 255 * edge;
        }
      }
    }
    this.context = this.lights.getContext("2d");
    this.image = this.context.createImageData(width, height);
    this.pixels = indicesOf(owner);
    this.owners = this.pixels.map((pixel) => owner[pixel] - 1);
    this.covers = this.pixels.map((pixel) => cover[pixel] << 24);
  }

  #assignGlow(at, cell, ratio) {
    const box = boundsOf(at);
    const columns = Math.round(box.width / cell) + 1 + 2 * GLOW_PAD;
    const rows = Math.round(box.height / cell) + 1 + 2 * GLOW_PAD;
    this.cells = new Uint32Array(at.length / 2);
    for (let i = 0; i < this.cells.length; i++) {
      const column = Math.round((at[2 * i] - box.x) / cell) + GLOW_PAD;
      this.cells[i] = column + columns * (Math.round((at[2 * i + 1] - box.y) / cell) + GLOW_PAD);
    }
    this.glow.width = columns;
    this.glow.height = rows;
    this.glowContext = this.glow.getContext("2d");
    this.glowImage = this.glowContext.createImageData(columns, rows);
    const style = this.glow.style;
    style.left = `${(box.x - (GLOW_PAD + 0.5) * cell) / ratio}px`;
    style.top = `${(box.y - (GLOW_PAD + 0.5) * cell) / ratio}px`;
    style.width = `${(columns * cell) / ratio}px`;
    style.height = `${(rows * cell) / ratio}px`;
    style.filter = `blur(${(0.55 * cell) / ratio}px)`;
  }

  /** Draw with the next picture of the screen; `refit` where geometry or stage have changed. */
  #schedule(refit = false) {
    this.#stale ||= refit;
    if (this.#scheduled) return;
    this.#scheduled = true;
    requestAnimationFrame(() => {
      this.#scheduled = false;
      if (this.#stale) this.#fit();
      this.#stale = false;
      if (this.#frame && this.pixels) this.#draw();
    });
  }

  #draw() {
    const frame = this.#frame;
    const colors = this.#colors;
    const glow = new Uint32Array(this.glowImage.data.buffer).fill(0);
    const count = Math.min(this.cells.length, frame.length / 3); // a frame may be of the geometry before
    for (const i of this.#order) {
      if (i >= count) continue;
      const [red, green, blue] = [frame[3 * i], frame[3 * i + 1], frame[3 * i + 2]];
      const level = Math.max(red, green, blue);
      glow[this.cells[i]] = (level << 24) | (blue << 16) | (green << 8) | red;
      const lift = level < BODY ? BODY - level : 0;
      for (let heat = 0; heat < HEATS; heat++) {
        const white = lift + (level * WHITE * heat) / HEATS;
        const [r, g, b] = [Math.min(255, red + white), Math.min(255, green + white), Math.min(255, blue + white)];
        colors[HEATS * i + heat] = (b << 16) | (g << 8) | r;
      }
    }
    const { pixels, owners, covers } = this;
    const target = new Uint32Array(this.image.data.buffer);
    for (let k = 0; k < pixels.length; k++) target[pixels[k]] = covers[k] | colors[owners[k]];
    this.context.putImageData(this.image, 0, 0);
    this.glowContext.putImageData(this.glowImage, 0, 0);
  }

  /** Say what is missing where there is nothing to see. */
  #explain() {
    const modules = [...device.modules.values()];
    const hasPreview = modules.some((module) => module.type === "Preview");
    const driver = modules.find((module) => module.category === "driver");
    const lit = hasPreview && device.system.lights > 0;
    const off = modules.find((module) => module.category === "layout" && !module.setup_ok);
    let text = off ? `No lights: ${off.name} is off.` : "No lights yet. Add a layout, such as a Grid, to a driver.";
    if (!driver) text = "Nothing here yet. Add a driver to begin.";
    else if (!hasPreview) text = "No output shows the lights here.";
    this.note.hidden = lit;
    this.note.firstElementChild.textContent = text;
    const button = this.note.querySelector("button");
    button.textContent = driver ? "Add a Preview" : "Add a driver";
    button.hidden = Boolean(driver) && hasPreview;
    this.lights.hidden = this.glow.hidden = this.caption.hidden = !lit;
  }

  async #addPreview() {
    const driver = [...device.modules.values()].find((module) => module.category === "driver");
    try {
      await device.add(driver ? { type: "Preview", parent: driver.id } : { type: "DriverLayer" });
    } catch (refused) {
      this.note.firstElementChild.textContent = refused.message;
    }
  }
}

/** Distance between neighbours on the wire, the short ones counting. */
function spacingOf(points) {
  const distances = [];
  for (let i = 2; i < points.length; i += 2) {
    const distance = Math.hypot(points[i] - points[i - 2], points[i + 1] - points[i - 1]);
    if (distance > 0) distances.push(distance);
  }
  distances.sort((a, b) => a - b);
  return distances[Math.floor(distances.length / 10)] ?? 1;
}

function boundsOf(points) {
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  for (let i = 0; i < points.length; i += 2) {
    left = Math.min(left, points[i]);
    right = Math.max(right, points[i]);
    top = Math.min(top, points[i + 1]);
    bottom = Math.max(bottom, points[i + 1]);
  }
  return { x: left, y: top, width: right - left, height: bottom - top };
}

/** Where an array is not zero. */
function indicesOf(array) {
  const indices = new Uint32Array(array.length);
  let count = 0;
  for (let i = 0; i < array.length; i++) if (array[i]) indices[count++] = i;
  return indices.slice(0, count);
}
