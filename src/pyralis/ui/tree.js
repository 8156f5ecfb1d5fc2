/** The module tree: a row for each module, kept in place so that focus survives what others change. */

import { device } from "./device.js";
import { formatTime, h, icon, iconButton, relabel } from "./dom.js";
import { Inspector } from "./inspector.js";
import { choose } from "./picker.js";

const ACCEPTS = { root: ["driver", "service"], driver: ["layout", "layer", "output"], layer: ["effect", "modifier"] };
const WIDE = matchMedia("(min-width: 960px)");

const rows = new Map(); // by module id
const inspector = new Inspector({ replace, move, remove, accepts: (module) => ACCEPTS[module.category], add: addTo });
let chosen = null;
let folded = false; // on a narrow screen a second press on a row puts its settings away
let focusWhenThere = null; // id of a module that this page added and that the tree does not have yet

class Row {
  constructor(id) {
    this.id = id;
    this.dot = h("span", { class: "dot", role: "img" });
    this.name = h("span", { class: "name" });
    this.type = h("span", { class: "type" });
    this.tick = h("span", { class: "tick" });
    this.health = h("span", { class: "health" });
    const listeners = { onclick: () => select(id, id === chosen && !folded), onkeydown: (event) => onKey(event, id) };
    this.button = h("button", { type: "button", class: "row", "aria-controls": "inspector", ...listeners });
    this.button.append(this.dot, this.name, this.type, this.tick, this.health);
    this.add = iconButton("add", "", () => addTo(id));
    this.children = h("ul");
    this.element = h("li", { "data-module": id }, h("div", { class: "line" }, this.button, this.add), this.children);
  }

  update(module) {
    this.dot.className = `dot ${module.status}`;
    this.dot.setAttribute("aria-label", module.health);
    this.dot.title = module.health;
    this.name.textContent = module.name;
    this.type.textContent = module.name === module.type ? "" : module.type;
    // The dot says OK; words are for what a user would want to know.
    this.health.textContent = module.health === "OK" ? "" : module.health.replace(/^OK: /, "");
    this.health.classList.toggle("bad", module.status === "failed" || module.status === "disabled");
    this.add.classList.toggle("idle", !(module.category in ACCEPTS));
    relabel(this.add, `Add to ${module.name}`);
    this.showTick(module);
  }

  showTick(module) {
    this.tick.textContent = formatTime(module.tick_us);
  }
}

function showModule(module) {
  rows.get(module.id)?.update(module);
  if (module.id === chosen) inspector.show(module);
}

function showTree() {
  const focused = document.activeElement;
  const hadFocus = focused.closest("#inspector") || focused === rows.get(chosen)?.button;
  for (const [id, row] of rows) {
    if (!device.modules.has(id)) {
      if (row.element.contains(inspector.element)) document.getElementById("side").append(inspector.element);
      row.element.remove();
      rows.delete(id);
    }
  }
  for (const [id] of device.order) {
    if (!rows.has(id)) rows.set(id, new Row(id));
    rows.get(id).update(device.modules.get(id));
  }
  arrange(document.getElementById("tree"), null);
  if (focusWhenThere && rows.has(focusWhenThere)) {
    select(focusWhenThere);
    rows.get(chosen).button.focus();
    focusWhenThere = null;
  } else if (!rows.has(chosen)) {
    select(fallback());
    if (hadFocus) rows.get(chosen)?.button.focus();
  } else {
    inspector.show(device.modules.get(chosen));
    if (focused !== document.activeElement && focused.isConnected) focused.focus();
  }
}

function arrange(list, parent) {
  device.children(parent).forEach((id, i) => {
    const { element, children } = rows.get(id);
    if (list.children[i] !== element) list.insertBefore(element, list.children[i] ?? null);
    arrange(children, id);
  });
}

let lastPlace = { parent: null, index: 0 }; // of the chosen module, for when it goes

/** What to choose where nothing is: at first an effect, later what is next to where the chosen module was. */
function fallback() {
  const ids = device.order.map((entry) => entry[0]);
  if (chosen === null) return ids.find((id) => device.modules.get(id).category === "effect") ?? ids[0] ?? null;
  const { parent, index } = lastPlace;
  const siblings = device.children(parent);
  const next = siblings[Math.min(index, siblings.length - 1)];
  return next ?? (rows.has(parent) ? parent : (ids[0] ?? null));
}

function place(id) {
  const parent = device.order.find((entry) => entry[0] === id)?.[1] ?? null;
  const siblings = device.children(parent);
  return { parent, index: siblings.indexOf(id), count: siblings.length };
}

function select(id, fold = false) {
  folded = fold;
  rows.get(chosen)?.button.removeAttribute("aria-current");
  chosen = id;
  rows.get(chosen)?.button.setAttribute("aria-current", "true");
  const module = device.modules.get(chosen);
  if (module) inspector.show(module);
  else inspector.clear();
  settle();
}

/** Put the inspector where there is room for it: at the side, or below the row it belongs to. */
function settle() {
  const row = rows.get(chosen);
  const { element } = inspector;
  if (row) inspector.showPlace((lastPlace = place(chosen)));
  if (WIDE.matches || folded || !row) document.getElementById("side").append(element);
  else if (element.parentNode !== row.element) row.element.insertBefore(element, row.children);
}

function onKey(event, id) {
  const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
  if (!step) return;
  event.preventDefault();
  if (event.altKey) {
    select(id);
    move(id, step);
    return;
  }
  const ids = device.order.map((entry) => entry[0]);
  rows.get(ids[ids.indexOf(id) + step])?.button.focus();
}

// What a user can do with a module; refusals are shown where it was asked for.

function addTo(id) {
  const parent = id === null ? null : device.modules.get(id);
  const title = parent ? `Add to ${parent.name}` : "Add a driver";
  const pick = (type) => device.add(parent ? { type, parent: id } : { type });
  choose(title, ACCEPTS[parent ? parent.category : "root"], pick, (added) => {
    focusWhenThere = added;
    if (rows.has(added)) showTree();
  });
}

function replace(module) {
  const parent = device.modules.get(place(module.id).parent);
  const fitting = ACCEPTS[parent ? parent.category : "root"] ?? [];
  // A stand-in for a type that is missing has no category that fits: anything may take its place.
  const categories = fitting.includes(module.category) ? [module.category] : fitting;
  choose(`Replace ${module.name}`, categories, (type) => device.change(module.id, "replace", { type }));
}

function move(id, step) {
  const { parent, index, count } = place(id);
  const to = index + step;
  if (to < 0 || to >= count) return;
  inspector.attempt(device.change(id, "move", { parent, index: to }));
}

function remove(id) {
  inspector.attempt(device.request("DELETE", `modules/${id}`));
}

export function startTree() {
  const add = document.getElementById("add-root");
  add.append(icon("add"));
  add.addEventListener("click", () => addTo(null));
  device.on("module", showModule);
  device.on("tree", () => {
    showTree();
    settle();
  });
  device.on("stats", () => {
    for (const [id, row] of rows) row.showTick(device.modules.get(id));
    inspector.showStats();
  });
  WIDE.addEventListener("change", settle);
}
