/** Lights and their glow as pixels. Each light is a stamp that was worked out before; drawing one only copies and mixes. */

const RADIUS = 0.46; // of the distance between two lights
const DEEP = 0.65; // how much smaller in 3D, to look through to those behind
const FAINT = 48; // of 255: in 3D a light below that is smaller too, so that it hides less
const MIN_RADIUS_PX = 0.5;
const MAX_RADIUS_PX = 24;
const CORE = 0.62; // of the radius: from there on a light fades out
const HEATS = 8; // steps from a light's colour to the whiter one of its middle
const WHITE = 0.55; // how white the middle is
const BODY = 22; // of 255: a light that is off can still be seen
const HOT = 256 - HEATS; // shades below are covers of a fading edge, those from here on are heats
const STEPS = 24; // radii from one to its double
const PHASES = 4; // places of a stamp within a pixel, each way

const stamps = []; // by radius and place within a pixel

/** The stage's canvas, drawn pixel by pixel. */
export class Raster {
  #colors = new Uint32Array(HEATS); // of the light that is being drawn

  constructor(canvas) {
    this.canvas = canvas;
    this.context = canvas.getContext("2d");
  }

  resize(width, height) {
    this.canvas.width = width;
    this.canvas.height = height;
    this.image = this.context.createImageData(width, height);
    this.target = new Uint32Array(this.image.data.buffer);
  }

  /** Draw a frame of RGB, the farthest light first. */
  draw({ order, x, y, sizes, shines, ratio, flat }, frame) {
    const lights = frame.length / 3; // may be of the geometry before
    const share = flat ? RADIUS : RADIUS * DEEP;
    const most = MAX_RADIUS_PX * ratio;
    this.target.fill(0);
    for (const i of order) {
      if (i >= lights) continue;
      const [red, green, blue] = [frame[3 * i], frame[3 * i + 1], frame[3 * i + 2]];
      const grown = flat ? 1 : 0.5 + 0.5 * Math.min(1, Math.max(red, green, blue) / FAINT);
      const radius = Math.max(MIN_RADIUS_PX, Math.min(most, sizes[i] * share * grown));
      const shine = shines[i];
      this.#stamp(x[i], y[i], radius, red * shine, green * shine, blue * shine, shine);
    }
    this.context.putImageData(this.image, 0, 0);
  }

  #stamp(x, y, radius, red, green, blue, shine) {
    const stamp = stampOf(radius, x, y);
    const { size, shades } = stamp;
    const left = Math.floor(x) - stamp.reach;
    const top = Math.floor(y) - stamp.reach;
    const { width, height } = this.canvas;
    const firstRow = Math.max(0, -top);
    const lastRow = Math.min(size, height - top);
    const first = Math.max(0, -left);
    const last = Math.min(size, width - left);
    if (firstRow >= lastRow || first >= last) return;
    const [colors, target] = [this.#colors, this.target];
    const level = Math.max(red, green, blue);
    const lift = Math.max(0, BODY * shine - level);
    for (let heat = 0; heat < HEATS; heat++) {
      const white = lift + (level * WHITE * heat) / HEATS;
      const [r, g, b] = [Math.min(255, red + white), Math.min(255, green + white), Math.min(255, blue + white)];
      colors[heat] = (255 << 24) | (b << 16) | (g << 8) | r;
    }
    const plain = colors[0] & 0xffffff;
    const [redBlue, green8] = [plain & 0xff00ff, plain & 0xff00];
    for (let row = firstRow; row < lastRow; row++) {
      let at = (top + row) * width + left + first;
      const end = row * size + last;
      for (let from = row * size + first; from < end; from++, at++) {
        const shade = shades[from];
        if (shade === 0) continue;
        const under = target[at];
        if (shade >= HOT) target[at] = colors[shade - HOT];
        else if (under === 0) target[at] = (shade << 24) | plain;
        else {
          const rest = 256 - shade;
          const rb = ((Math.imul(redBlue, shade) + Math.imul(under & 0xff00ff, rest)) >>> 8) & 0xff00ff;
          const g = ((Math.imul(green8, shade) + Math.imul(under & 0xff00, rest)) >>> 8) & 0xff00;
          const cover = under >>> 24;
          target[at] = ((cover + (((255 - cover) * shade) >> 8)) << 24) | rb | g;
        }
      }
    }
  }
}

function stampOf(radius, x, y) {
  const step = Math.round(Math.log2(radius / MIN_RADIUS_PX) * STEPS);
  const [column, row] = [Math.floor((x - Math.floor(x)) * PHASES), Math.floor((y - Math.floor(y)) * PHASES)];
  const key = (step * PHASES + row) * PHASES + column;
  return (stamps[key] ??= makeStamp(MIN_RADIUS_PX * 2 ** (step / STEPS), (column + 0.5) / PHASES, (row + 0.5) / PHASES));
}

function makeStamp(radius, x, y) {
  const reach = Math.ceil(radius);
  const size = 2 * reach + 1;
  const shades = new Uint8Array(size * size);
  for (let at = 0; at < shades.length; at++) {
    const distance = Math.hypot((at % size) - reach + 0.5 - x, Math.floor(at / size) - reach + 0.5 - y) / radius;
    const edge = Math.min(1, (1 - distance) / (1 - CORE) + 0.35 / radius);
    const heat = Math.min(HEATS - 1, Math.floor(HEATS * Math.max(0, 1 - distance / CORE)));
    if (edge > 0) shades[at] = edge === 1 ? HOT + heat : edge * (HOT - 1);
  }
  return { size, reach, shades };
}

const CELL_PX = 9; // the glow is soft: few pixels, made large by the browser
const GLOW = 0.55; // how far it reaches, in distances between two lights
const ROUNDS = 3; // of averaging; that many look like a real blur

/** What lights throw on the wall behind them. */
export class Glow {
  constructor(canvas) {
    this.canvas = canvas;
    this.context = canvas.getContext("2d");
  }

  resize(width, height, ratio) {
    const [columns, rows] = [width, height].map((pixels) => Math.max(1, Math.ceil(pixels / ratio / CELL_PX)));
    Object.assign(this, { columns, rows, perX: columns / width, perY: rows / height });
    this.canvas.width = columns;
    this.canvas.height = rows;
    this.image = this.context.createImageData(columns, rows);
    this.sums = new Float32Array(3 * columns * rows);
    this.spare = new Float32Array(3 * columns * rows);
    this.counts = new Uint16Array(columns * rows);
  }

  draw({ count, x, y, sizes, shines, flat }, frame) {
    const { columns, rows, perX, perY, sums, counts } = this;
    const lights = Math.min(count, frame.length / 3);
    let size = 0;
    sums.fill(0);
    counts.fill(0);
    for (let i = 0; i < lights; i++) {
      const [column, row] = [Math.floor(x[i] * perX), Math.floor(y[i] * perY)];
      if (column < 0 || row < 0 || column >= columns || row >= rows) continue;
      const cell = row * columns + column;
      counts[cell]++;
      size += sizes[i];
      for (let c = 0; c < 3; c++) sums[3 * cell + c] += frame[3 * i + c] * shines[i];
    }
    let seen = 0;
    for (let cell = 0; cell < counts.length; cell++) {
      seen += counts[cell];
      if (counts[cell] > 1) for (let c = 0; c < 3; c++) sums[3 * cell + c] /= counts[cell];
    }
    const pitch = seen ? (size / seen) * perX : 1; // in cells
    const reach = Math.max(1, Math.min(8, Math.round(pitch * (flat ? GLOW : GLOW * DEEP))));
    for (let round = 0; round < ROUNDS; round++) {
      blur(sums, this.spare, rows, columns, 3, 3 * columns, reach);
      blur(this.spare, sums, columns, rows, 3 * columns, 3, reach);
    }
    this.#show(Math.max(1, Math.min(4, pitch * pitch)));
  }

  #show(gain) {
    const { sums, image } = this;
    for (let cell = 0; cell < this.counts.length; cell++) {
      const level = Math.max(sums[3 * cell], sums[3 * cell + 1], sums[3 * cell + 2]);
      const full = level > 0 ? 255 / level : 0;
      for (let c = 0; c < 3; c++) image.data[4 * cell + c] = sums[3 * cell + c] * full;
      image.data[4 * cell + 3] = Math.min(255, level * gain);
    }
    this.context.putImageData(image, 0, 0);
  }
}

/** Average along lines of RGB: each value with those up to `reach` before and after it; what is outside is dark. */
function blur(source, target, lines, length, along, across, reach) {
  const share = 1 / (2 * reach + 1);
  for (let line = 0; line < lines; line++) {
    for (let c = 0; c < 3; c++) {
      const start = line * across + c;
      let sum = 0;
      for (let i = 0; i < Math.min(reach, length); i++) sum += source[start + i * along];
      for (let i = 0; i < length; i++) {
        if (i + reach < length) sum += source[start + (i + reach) * along];
        target[start + i * along] = sum * share;
        if (i >= reach) sum -= source[start + (i - reach) * along];
      }
    }
  }
}
