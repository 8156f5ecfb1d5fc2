/** The bar of presets: shows one, keeps what the lights show under a name, takes one away. */

import { device } from "./device.js";
import { h, icon, iconButton, relabel } from "./dom.js";
import { announce, inTurn } from "./undo.js";

const OPEN = "pyralis-presets"; // in the browser's storage while the bar is open; a board loads code for it
const SETTLE_MS = 500; // after a change, until the device is asked which preset still shows

const button = document.getElementById("presets-open");
const bar = document.getElementById("presets");
const list = bar.querySelector("ul");
const form = bar.querySelector("form");
const fade = bar.querySelector("[type=number]");
const error = bar.querySelector(".error");

let isMissing = false; // a device without presets
let presets = []; // {id, name}, as they are shown
let timer = 0;

const modules = () => device.order.map(([id]) => device.modules.get(id));
const firstDriver = () => modules().find((module) => module?.category === "driver");

function item({ id, name }) {
  const path = `presets/${id}`;
  const recall = () => change(() => device.request("POST", path + "/recall", {}), `${name} shows.`);
  const remove = iconButton("delete", `Delete ${name}`, async (event) => {
    if (remove.textContent && event.detail > 1) return; // the second click of a double one is no answer
    remove.focus(); // not every browser does that; once it is lost, nothing is asked any more
    if (remove.textContent) return change(() => device.request("DELETE", path), `${name} is deleted.`);
    remove.replaceChildren("Delete?");
    relabel(remove, `Delete? Press again to delete ${name}`);
    announce(`Press again to delete ${name}.`);
  });
  remove.addEventListener("keydown", (event) => event.repeat && event.preventDefault()); // nor does a key that is held
  remove.addEventListener("blur", () => {
    remove.replaceChildren(icon("delete"));
    relabel(remove, `Delete ${name}`);
  });
  return h("li", null, h("button", { type: "button", onclick: recall }, name), remove);
}

function showList(answer) {
  if (JSON.stringify(answer.presets) !== JSON.stringify(presets)) {
    const at = [...list.children].findIndex((child) => child.contains(document.activeElement));
    presets = answer.presets;
    list.replaceChildren(...presets.map(item));
    if (at >= 0) (list.children[at] ?? list.lastChild ?? form).querySelector("button, input").focus();
  }
  presets.forEach(({ id }, i) => list.children[i].firstChild.setAttribute("aria-pressed", id === answer.current));
}

function showDriver() {
  const driver = firstDriver();
  button.hidden = isMissing || !driver;
  bar.hidden = button.hidden || button.ariaExpanded !== "true";
  const control = driver?.controls.find(({ name }) => name === "fade_ms");
  fade.parentNode.hidden = !control;
  if (control && document.activeElement !== fade) fade.value = control.value / 1000;
}

/** Have the device do something, in its turn; what it has against it is shown. */
async function attempt(work) {
  try {
    await inTurn(work);
    return true;
  } catch (refused) {
    isMissing = refused.code === "unknown_route";
    error.textContent = refused.message;
    showDriver();
  }
}

async function refresh() {
  clearTimeout(timer);
  if (!bar.hidden && device.online) await attempt(async () => showList(await device.request("GET", "presets")));
}

async function change(work, said) {
  error.textContent = "";
  const isDone = await attempt(work);
  await refresh();
  if (isDone) announce(said);
  return isDone;
}

async function save(event) {
  event.preventDefault();
  const field = form.elements.name;
  const name = field.value.trim();
  const same = presets.find((preset) => preset.name === name);
  const work = () => device.request("POST", "presets", { name, id: same?.id });
  if (await change(work, same ? `${name} is saved anew.` : `${name} is saved.`)) field.value = "";
}

async function setFade() {
  const { id } = firstDriver();
  const value = Math.round(fade.value * 1000);
  if (!(await change(() => device.change(id, "controls", { fade_ms: value }), `Fades in ${fade.value} s.`))) {
    fade.blur();
    showDriver();
  }
}

function open(isOpen) {
  button.ariaExpanded = isOpen;
  localStorage.setItem(OPEN, isOpen ? "open" : "");
  error.textContent = "";
  showDriver();
  refresh();
}

function follow() {
  showDriver();
  clearTimeout(timer);
  timer = setTimeout(refresh, SETTLE_MS);
}

export function startPresets() {
  button.ariaExpanded = localStorage.getItem(OPEN) === "open";
  button.addEventListener("click", () => open(bar.hidden));
  form.addEventListener("submit", save);
  fade.addEventListener("change", setFade);
  device.on("online", () => (error.textContent = "")); // that it did not answer is over
  device.on("module", follow);
  device.on("tree", follow);
}
