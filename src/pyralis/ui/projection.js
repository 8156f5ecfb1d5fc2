/** From places in space to places on the stage: the camera, and where it sees each light. Knows no element of the page. */

const EYE = 3.6; // distance of the eye from the middle, in radii of what it looks at
const HOME_YAW = 0.62; // radians; how something deep is first seen: a little from the left and from above
const HOME_PITCH = 0.4;
const UPRIGHT = Math.PI / 2;
const LEAST_ZOOM = 0.5;
const MOST_ZOOM = 12;
const EASE = 0.3; // of the way to the goal with each picture
const NEAR_ENOUGH = 1e-3;
const DIMMED = 0.62; // of the light of something deep is gone at its far end
const MAX_PITCH_PX = 64; // between two lights
const MARGIN_PX = 24;
const DEPTHS = 2048; // steps into which lights are sorted
const BOX = 0.75; // distances between two lights from the outer ones to the box around them
const AROUND = 16; // yaws at which something deep has to fit

/** Where one looks from; goes to its goal in a few steps. */
export class Camera {
  flat = true;
  still = false; // a user who wants no motion gets the goal at once
  now = { yaw: 0, pitch: 0, zoom: 1, x: 0, y: 0 }; // x and y are in CSS pixels from the middle of the stage
  goal = { ...this.now };

  get home() {
    return { yaw: this.flat ? 0 : HOME_YAW, pitch: this.flat ? 0 : HOME_PITCH, zoom: 1, x: 0, y: 0 };
  }

  get isHome() {
    return Object.entries(this.home).every(([name, value]) => Math.abs(this.goal[name] - value) < NEAR_ENOUGH);
  }

  /** Go back to where it began, by the shorter way around. */
  reset(atOnce = false) {
    const turns = Math.round((this.now.yaw - this.home.yaw) / (2 * Math.PI));
    this.now.yaw -= turns * 2 * Math.PI;
    this.#aim(this.home, atOnce);
  }

  /** Turn as if the front were pulled by so many radians to the right and down. */
  turn(right, down, atOnce) {
    const { yaw, pitch } = this.goal;
    this.#aim({ yaw: yaw - right, pitch: Math.max(-UPRIGHT, Math.min(UPRIGHT, pitch + down)) }, atOnce);
  }

  /** Zoom, with what is at x, y staying there; false at the end of the range. */
  zoomBy(factor, x = 0, y = 0, atOnce = false) {
    const zoom = Math.max(LEAST_ZOOM, Math.min(MOST_ZOOM, this.goal.zoom * factor));
    const step = zoom / this.goal.zoom;
    this.#aim({ zoom, x: x - (x - this.goal.x) * step, y: y - (y - this.goal.y) * step }, atOnce);
    return step !== 1;
  }

  pan(right, down, atOnce) {
    this.#aim({ x: this.goal.x + right, y: this.goal.y + down }, atOnce);
  }

  /** One step to the goal; true while there are more to come. */
  advance() {
    let rest = 0;
    for (const name in this.goal) {
      const way = this.goal[name] - this.now[name];
      const there = this.still || Math.abs(way) < NEAR_ENOUGH * (name === "x" || name === "y" ? 100 : 1);
      this.now[name] += there ? way : way * EASE;
      if (!there) rest++;
    }
    return rest > 0;
  }

  #aim(change, atOnce) {
    Object.assign(this.goal, change);
    if (atOnce) Object.assign(this.now, change);
  }
}

/** Lights in space, around their middle, and where a camera sees them. */
export class Projection {
  /** `axes` has x, y and z of each light; y grows downwards, z away from who looks. */
  constructor(axes) {
    const count = (this.count = axes.length / 3);
    const low = [Infinity, Infinity, Infinity];
    const high = [-Infinity, -Infinity, -Infinity];
    for (let i = 0; i < axes.length; i++) {
      const axis = i % 3;
      if (axes[i] < low[axis]) low[axis] = axes[i];
      if (axes[i] > high[axis]) high[axis] = axes[i];
    }
    this.size = low.map((value, axis) => (count ? high[axis] - value + 1 : 0));
    this.half = this.size.map((points) => Math.max(0, points - 1) / 2);
    this.flat = this.size[2] <= 1;
    this.places = Float32Array.from(axes, (value, i) => value - low[i % 3] - this.half[i % 3]);
    this.spacing = spacingOf(this.places);
    this.radius = Math.hypot(...this.half) + this.spacing / 2;
    this.x = new Float32Array(count);
    this.y = new Float32Array(count);
    this.depths = new Float32Array(count);
    this.sizes = new Float32Array(count); // pixels between neighbours at that depth
    this.shines = new Float32Array(count).fill(1); // what distance leaves of a light
    this.order = Uint32Array.from({ length: count }, (_, i) => i); // from the farthest light to the nearest
    this.buckets = new Uint32Array(DEPTHS + 1);
  }

  /** Work out the scale at which all of it fits on a stage of that size; `ratio` is device pixels a CSS pixel. */
  fit(width, height, ratio) {
    Object.assign(this, { width, height, ratio });
    let [across, top, bottom] = [0, 0, 0];
    for (let step = 0; step < (this.flat ? 1 : AROUND); step++) {
      this.#look({ yaw: this.flat ? 0 : (step * Math.PI) / AROUND, pitch: this.flat ? 0 : HOME_PITCH });
      for (const [x, y, near] of this.corners(this.flat ? 0 : BOX * this.spacing)) {
        across = Math.max(across, Math.abs(x * near));
        top = Math.min(top, y * near);
        bottom = Math.max(bottom, y * near);
      }
    }
    const room = [width, height].map((pixels) => Math.max(pixels - 2 * MARGIN_PX * ratio, pixels / 2));
    const fits = Math.min(room[0] / (2 * across + this.spacing), room[1] / (bottom - top + this.spacing));
    this.scale = Math.min(fits, (MAX_PITCH_PX * ratio) / this.spacing);
  }

  /** See all lights from where the camera is now. */
  see(camera) {
    const { places, x, y, depths, sizes, count, spacing } = this;
    const { cosYaw, sinYaw, cosPitch, sinPitch } = this.#look(camera);
    const eye = EYE * this.radius;
    const scale = this.scale * camera.zoom;
    const [offX, offY] = this.#middle();
    const middleX = (this.middleX = this.width / 2 + camera.x * this.ratio - offX * scale);
    const middleY = (this.middleY = this.height / 2 + camera.y * this.ratio - offY * scale);
    let [nearest, farthest] = [Infinity, -Infinity];
    for (let i = 0; i < count; i++) {
      const [px, py, pz] = [places[3 * i], places[3 * i + 1], places[3 * i + 2]];
      const back = pz * cosYaw - px * sinYaw;
      const depth = py * sinPitch + back * cosPitch;
      const size = (scale * eye) / (eye + depth);
      x[i] = middleX + (px * cosYaw + pz * sinYaw) * size;
      y[i] = middleY + (py * cosPitch - back * sinPitch) * size;
      sizes[i] = size * spacing;
      depths[i] = depth;
      if (depth < nearest) nearest = depth;
      if (depth > farthest) farthest = depth;
    }
    this.#sort(nearest, farthest);
  }

  /** Corners of the box around all lights as [x, y, nearness, depth], x and y without perspective and scale. */
  corners(margin) {
    const { cosYaw, sinYaw, cosPitch, sinPitch } = this.angles;
    const [width, height, deep] = this.half.map((half) => half + margin);
    return Array.from({ length: 8 }, (_, corner) => {
      const [px, py, pz] = [corner & 1 ? width : -width, corner & 2 ? height : -height, corner & 4 ? deep : -deep];
      const back = pz * cosYaw - px * sinYaw;
      const depth = py * sinPitch + back * cosPitch;
      const near = (EYE * this.radius) / (EYE * this.radius + depth);
      return [px * cosYaw + pz * sinYaw, py * cosPitch - back * sinPitch, near, depth];
    });
  }

  /** The far edges of the box around all lights, as the data of an SVG path in CSS pixels. */
  outline(camera) {
    const corners = this.corners(BOX * this.spacing);
    const nearest = corners.reduce((best, corner, i) => (corner[3] < corners[best][3] ? i : best), 0);
    const scale = this.scale * camera.zoom;
    const place = ([x, y, near]) =>
      [this.middleX + x * near * scale, this.middleY + y * near * scale].map((at) => (at / this.ratio).toFixed(1));
    let path = "";
    for (let from = 0; from < 8; from++) {
      for (const axis of [1, 2, 4]) {
        const to = from | axis;
        if (to !== from && from !== nearest && to !== nearest) path += `M${place(corners[from])}L${place(corners[to])}`;
      }
    }
    return path;
  }

  // What is near looks larger, so the middle in space is not the middle of the picture.
  #middle() {
    const corners = this.corners(0);
    return [0, 1].map((axis) => {
      const places = corners.map((corner) => corner[axis] * corner[2]);
      return (Math.min(...places) + Math.max(...places)) / 2;
    });
  }

  #look({ yaw, pitch }) {
    const [cosYaw, sinYaw, cosPitch, sinPitch] = [Math.cos(yaw), Math.sin(yaw), Math.cos(pitch), Math.sin(pitch)];
    return (this.angles = { cosYaw, sinYaw, cosPitch, sinPitch });
  }

  // Counted into buckets, which takes two passes however many lights there are.
  #sort(nearest, farthest) {
    const { depths, shines, order, buckets, count } = this;
    const range = farthest - nearest;
    if (range < NEAR_ENOUGH) {
      shines.fill(1);
      for (let i = 0; i < count; i++) order[i] = i;
      return;
    }
    const dimming = DIMMED / (2 * this.radius);
    const step = (DEPTHS - 1) / range;
    buckets.fill(0);
    for (let i = 0; i < count; i++) {
      shines[i] = 1 - (depths[i] - nearest) * dimming;
      buckets[Math.floor((farthest - depths[i]) * step) + 1]++;
    }
    for (let bucket = 1; bucket <= DEPTHS; bucket++) buckets[bucket] += buckets[bucket - 1];
    for (let i = 0; i < count; i++) order[buckets[Math.floor((farthest - depths[i]) * step)]++] = i;
  }
}

/** Distance between neighbours on the wire, the short ones counting. */
function spacingOf(places) {
  const distances = [];
  for (let i = 3; i < places.length; i += 3) {
    const [x, y, z] = [places[i] - places[i - 3], places[i + 1] - places[i - 2], places[i + 2] - places[i - 1]];
    if (x || y || z) distances.push(Math.hypot(x, y, z));
  }
  distances.sort((a, b) => a - b);
  return distances[Math.floor(distances.length / 10)] ?? 1;
}
