/** The module tree: a row for each module, kept in place so that focus survives what others change. */

import { device } from "./device.js";
import { formatTime, h, icon, iconButton, relabel } from "./dom.js";
import { startDrag } from "./drag.js";
import { Inspector } from "./inspector.js";
import { keysOf } from "./keys.js";
import { choose } from "./picker.js";
import { announce, inTurn, recordOf, remember, restoring } from "./undo.js";

const ACCEPTS = { root: ["driver", "service"], driver: ["layout", "layer", "output"], layer: ["effect", "modifier"] };
const WIDE = matchMedia("(min-width: 960px)");
const INDENT_PX = 19; // as in style.css

const tree = document.getElementById("tree");
const rows = new Map(); // by module id
const shut = new Set(); // ids of modules whose children are folded away
const inspector = new Inspector({
  add: addTo,
  replace,
  step,
  remove,
  accepts: (module) => ACCEPTS[module.category],
  leave: () => focusRow(chosen),
});
let chosen = null;
let folded = false; // on a narrow screen a second press on a row puts its settings away
let focusWhenThere = null; // id of a module that this page added or brought back and that the tree does not have yet

class Row {
  constructor(id) {
    this.id = id;
    this.dot = h("span", { class: "dot", role: "img", id: `${id}-health` });
    this.name = h("span", { class: "name", id: `${id}-name` });
    this.type = h("span", { class: "type", id: `${id}-type` });
    this.fold = h("span", { class: "fold", "aria-hidden": "true", onclick: (event) => this.#onFold(event) });
    this.tick = h("span", { class: "tick" });
    this.health = h("span", { class: "health" });
    const row = h("div", { class: "row", onclick: () => press(id, id === chosen && !folded) });
    row.append(this.dot, this.name, h("span", { class: "what" }, this.type), this.fold, this.tick, this.health);
    this.grip = h("span", { class: "grip", "aria-hidden": "true" }, icon("grip"));
    this.add = iconButton("add", "", () => addTo(id));
    this.add.tabIndex = -1; // by keys it is + in the row, and there is one in the inspector
    this.line = h("div", { class: "line" }, row, this.grip, this.add);
    this.children = h("ul", { role: "group" });
    const labels = `${id}-name ${id}-type ${id}-health`;
    const attributes = { role: "treeitem", tabindex: -1, "aria-selected": "false", "aria-labelledby": labels };
    this.element = h("li", { "data-module": id, ...attributes }, this.line, this.children);
    this.element.addEventListener("keydown", (event) => event.target === this.element && onKey(event, id));
  }

  update(module) {
    this.dot.className = `dot ${module.status}`;
    this.dot.setAttribute("aria-label", module.health);
    this.dot.title = module.health;
    this.name.textContent = module.name;
    this.type.textContent = module.name === module.type ? "" : module.type;
    // The dot says OK; words are for what a user would want to know.
    this.health.textContent = module.health === "OK" ? "" : module.health.replace(/^OK: /, "");
    this.health.classList.toggle("bad", isOff(module));
    this.health.classList.toggle("warn", module.status === "slow");
    this.add.classList.toggle("idle", !(module.category in ACCEPTS));
    relabel(this.add, `Add to ${module.name}`);
    this.showTick(module);
  }

  showTick(module) {
    const text = formatTime(module.tick_us);
    if (this.tick.textContent !== text) this.tick.textContent = text;
  }

  /** Show or fold away the children; a folded row still says how many there are and whether one of them is off. */
  showFold() {
    const below = subtree(this.id).slice(1);
    const isShut = shut.has(this.id);
    this.fold.hidden = this.children.hidden = !below.length;
    if (below.length) this.element.setAttribute("aria-expanded", !isShut);
    else this.element.removeAttribute("aria-expanded");
    this.children.hidden ||= isShut;
    this.fold.textContent = isShut ? below.length : "";
    this.fold.classList.toggle("shut", isShut);
    this.fold.classList.toggle("bad", isShut && below.some((id) => isOff(device.modules.get(id))));
  }

  #onFold(event) {
    event.stopPropagation(); // it is in the row, but does not choose it
    setShut(this.id, !shut.has(this.id));
  }
}

function isOff(module) {
  return module.status === "failed" || module.status === "disabled";
}

function showModule(module) {
  rows.get(module.id)?.update(module);
  if (module.id === chosen) inspector.show(module);
  for (let id = parentOf(module.id); id; id = parentOf(id)) if (shut.has(id)) rows.get(id)?.showFold();
}

function showTree() {
  const focused = document.activeElement;
  const hadFocus = focused.closest("#inspector") || focused === rows.get(chosen)?.element;
  for (const [id, row] of rows) {
    if (!device.modules.has(id)) {
      if (row.element.contains(inspector.element)) document.getElementById("side").append(inspector.element);
      row.element.remove();
      rows.delete(id);
      shut.delete(id);
    }
  }
  for (const [id] of device.order) {
    if (!rows.has(id)) rows.set(id, new Row(id));
    rows.get(id).update(device.modules.get(id));
  }
  arrange(tree, null, 1);
  if (focusWhenThere && rows.has(focusWhenThere)) {
    const id = focusWhenThere;
    focusWhenThere = null;
    select(id, folded);
    if (!focused.closest("#toast")) focusRow(id); // there the next undo may follow
  } else if (!rows.has(chosen)) {
    select(fallback());
    if (hadFocus) focusRow(chosen);
  } else {
    select(chosen, folded);
    if (focused !== document.activeElement && focused.isConnected) focused.focus({ preventScroll: true });
  }
}

function arrange(list, parent, level) {
  device.children(parent).forEach((id, i) => {
    const row = rows.get(id);
    if (list.children[i] !== row.element) list.insertBefore(row.element, list.children[i] ?? null);
    row.element.setAttribute("aria-level", level);
    arrange(row.children, id, level + 1);
    row.showFold();
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

function select(id, fold = false) {
  folded = fold;
  setChosen(rows.get(chosen)?.element, false);
  chosen = id;
  for (let up = parentOf(id); up; up = parentOf(up)) if (shut.has(up)) setShut(up, false);
  setChosen(rows.get(chosen)?.element, true);
  const module = device.modules.get(chosen);
  if (module) inspector.show(module);
  else inspector.clear();
  settle();
}

/** Select a row that is under a finger: settings that close above it must not move it away. */
function press(id, fold) {
  const { line } = rows.get(id);
  const before = line.getBoundingClientRect().top;
  select(id, fold);
  scrollBy(0, line.getBoundingClientRect().top - before);
}

// Exactly one row is in the order of Tab; arrow keys go to the others.
function setChosen(element, isChosen) {
  if (!element) return;
  element.setAttribute("aria-selected", isChosen);
  element.tabIndex = isChosen ? 0 : -1;
}

/** Put the inspector where there is room for it: at the side, or below the row it belongs to. */
function settle() {
  const row = rows.get(chosen);
  const { element } = inspector;
  if (row) {
    lastPlace = placeOf(chosen);
    inspector.showMoves(Boolean(stepped(chosen, -1)), Boolean(stepped(chosen, 1)));
  }
  if (WIDE.matches || folded || !row) {
    const side = document.getElementById("side");
    if (element.parentNode !== side) side.append(element);
  } else if (element.parentNode !== row.element) row.element.insertBefore(element, row.children);
}

function focusRow(id) {
  const row = rows.get(id);
  row?.element.focus({ preventScroll: true });
  row?.line.scrollIntoView({ block: "nearest" }); // the element has all below it too
}

function setShut(id, isShut) {
  if (isShut && id !== chosen && subtree(id).includes(chosen)) select(id, folded);
  if (isShut) shut.add(id);
  else shut.delete(id);
  rows.get(id).showFold();
}

// Where modules are, and where they may go.

function parentOf(id) {
  return device.order.find((entry) => entry[0] === id)?.[1] ?? null;
}

function placeOf(id) {
  const parent = parentOf(id);
  const siblings = device.children(parent);
  return { parent, index: siblings.indexOf(id), count: siblings.length };
}

function subtree(id) {
  return [id, ...device.children(id).flatMap(subtree)];
}

/** Ids of all that take a module, the root as null, in the order of the tree; where it is now is always among them. */
function parentsFor(id) {
  const { category } = device.modules.get(id);
  const own = parentOf(id);
  const below = new Set(subtree(id));
  const takes = (parent) => ACCEPTS[parent === null ? "root" : device.modules.get(parent).category]?.includes(category);
  const all = [null, ...device.order.map((entry) => entry[0])];
  return all.filter((parent) => !below.has(parent) && (parent === own || takes(parent)));
}

/** The place one step up or down: among its siblings, else at the near end of the next parent that takes it. */
function stepped(id, step) {
  const { parent, index, count } = placeOf(id);
  const to = index + step;
  if (to >= 0 && to < count) return { parent, index: to };
  const parents = parentsFor(id);
  const next = parents[parents.indexOf(parent) + step];
  if (next === undefined) return null;
  return { parent: next, index: step > 0 ? 0 : device.children(next).length };
}

/** Every place where a module may be dropped, with where its marker stands on the screen. */
function dropPlaces(id) {
  if (!device.online || !rows.has(id)) return [];
  return parentsFor(id).flatMap((parent) => {
    const ids = device.children(parent);
    const row = rows.get(parent);
    const list = (row ? row.line : tree).getBoundingClientRect();
    const x = list.left + (row ? INDENT_PX : 0);
    const at = (index, y) => ({ parent, index, x, y, width: list.right - x });
    if (row && (shut.has(parent) || !ids.length)) return [at(ids.length, list.bottom)];
    const boxes = ids.map((child) => rows.get(child).element.getBoundingClientRect());
    return [...boxes.map((box, i) => at(i, box.top)), at(ids.length, boxes.at(-1)?.bottom ?? list.top)];
  });
}

// Keys.

const onKey = keysOf({
  shown: () => device.order.map((entry) => entry[0]).filter((id) => rows.get(id)?.line.offsetParent),
  walkTo: (id) => {
    if (!rows.has(id)) return;
    select(id, folded);
    focusRow(id);
  },
  parentOf,
  isShut: (id) => shut.has(id),
  setShut,
  remove,
  open: openSettings,
  press: (id) => select(id, !WIDE.matches && !folded),
  add: (id) => device.modules.get(id).category in ACCEPTS && addTo(id),
  step: stepByKey,
});

function openSettings(id, rename = false) {
  select(id);
  inspector.focus(rename);
}

// What a user can do with a module; refusals are shown where it was asked for.

function addTo(id) {
  const parent = id === null ? null : device.modules.get(id);
  const title = parent ? `Add to ${parent.name}` : "Add a driver";
  const pick = (type) => device.add(parent ? { type, parent: id } : { type });
  choose(title, ACCEPTS[parent ? parent.category : "root"], pick, (added) => {
    folded = false;
    goToWhenThere(added);
  });
}

function goToWhenThere(id) {
  focusWhenThere = id;
  if (rows.has(id)) showTree();
}

function replace(module) {
  const { id, type, name } = module;
  const [{ controls }] = recordOf(id);
  const parent = device.modules.get(parentOf(id));
  const fitting = ACCEPTS[parent ? parent.category : "root"] ?? [];
  // A stand-in for a type that is missing has no category that fits: anything may take its place.
  const categories = fitting.includes(module.category) ? [module.category] : fitting;
  const pick = (other) => device.change(id, "replace", { type: other });
  choose(`Replace ${name}`, categories, pick, (replaced) => {
    const undo = async () => {
      await device.change(id, "replace", { type });
      await device.change(id, "controls", controls);
      await device.change(id, "rename", { name });
    };
    remember({ text: `Replaced ${name} with ${replaced.type}`, back: `${name} is a ${type} again.`, undo });
  });
}

async function move(id, { parent, index }, run) {
  const { name } = device.modules.get(id);
  const from = placeOf(id);
  const count = device.children(parent).length + (parent !== from.parent);
  if (!(await attempt(id, device.change(id, "move", { parent, index })))) return;
  const where = device.modules.get(parent)?.name ?? "the root";
  announce(`${name} moved to place ${index + 1} of ${count} in ${where}`);
  const undo = () => device.change(id, "move", { parent: from.parent, index: from.index }).then(() => null);
  remember({ text: `Moved ${name}`, back: `${name} is where it was.`, undo, quiet: true, run });
  await device.until(() => parentOf(id) === parent && placeOf(id).index === index);
}

let stepping = false; // a key that is held down must not flood a board

async function step(id, by) {
  if (stepping) return;
  stepping = true;
  await inTurn(async () => {
    const to = rows.has(id) && stepped(id, by);
    if (to) await move(id, to, `steps of ${id}`);
    else announce(`${device.modules.get(id)?.name ?? "It"} cannot go further`);
  });
  stepping = false;
}

function stepByKey(id, by) {
  select(id, folded);
  step(id, by);
}

function drop(id, { parent, index }) {
  const from = placeOf(id);
  const to = parent === from.parent && index > from.index ? index - 1 : index;
  if (parent === from.parent && to === from.index) return;
  if (parent !== null) setShut(parent, false);
  inTurn(() => move(id, { parent, index: to }));
}

function remove(id) {
  inTurn(() => removeNow(id));
}

async function removeNow(id) {
  if (!rows.has(id)) return; // the second press of two
  const records = recordOf(id);
  if (!(await attempt(id, device.request("DELETE", `modules/${id}`)))) return;
  const more = records.length - 1;
  const text = `Deleted ${records[0].name}${more ? ` and ${more} below` : ""}`;
  remember(restoring(records, text, goToWhenThere));
  await device.until(() => !rows.has(id));
}

/** Wait for a change of a module; a refusal is shown in its settings, so these are opened. */
function attempt(id, change) {
  return inspector.attempt(change, () => rows.has(id) && (id !== chosen || folded) && select(id));
}

export function startTree() {
  const add = document.getElementById("add-root");
  add.append(icon("add"));
  add.addEventListener("click", () => addTo(null));
  device.on("module", showModule);
  device.on("tree", showTree);
  device.on("online", () => inspector.clearErrors());
  device.on("stats", () => {
    for (const [id, row] of rows) row.showTick(device.modules.get(id));
    inspector.showStats();
  });
  WIDE.addEventListener("change", settle);
  startDrag(tree, tree.closest("section"), {
    start: (id) => {
      press(id, true);
      rows.get(id).element.classList.add("dragged");
      return device.modules.get(id).name;
    },
    end: (id) => rows.get(id)?.element.classList.remove("dragged"),
    places: dropPlaces,
    drop,
  });
}
