/** Puts the page together: header, banner and the parts that have files of their own. */

import { device } from "./device.js";
import { formatBytes, formatTime, formatUptime, h } from "./dom.js";
import { startLog } from "./log.js";
import { startNetwork } from "./network.js";
import { startPlots } from "./plots.js";
import { startPresets } from "./presets.js";
import { Preview } from "./preview.js";
import { startTimeBar } from "./timebar.js";
import { startTree } from "./tree.js";
import { startUndo } from "./undo.js";

const byId = (id) => document.getElementById(id);

function memory(system) {
  const free = system.heap_free_bytes;
  return free == null ? [formatBytes(system.heap_used_bytes), "used"] : [formatBytes(free), "free"];
}

function memoryDetails(system) {
  if (system.heap_free_bytes == null) return "No limit on this device";
  const largest = system.heap_largest_bytes == null ? "" : `largest block ${formatBytes(system.heap_largest_bytes)}, `;
  return `${formatBytes(system.heap_used_bytes)} used, ${largest}${formatBytes(system.reserve_bytes)} reserved`;
}

function showSystem() {
  const system = device.system;
  document.title = byId("name").textContent = system.name;
  byId("about").textContent = `${system.implementation} · ${system.chip}`;
  const figures = [
    [system.fps, "fps"],
    [formatTime(system.tick_us), "a tick"],
    [system.lights.toLocaleString("en"), system.lights === 1 ? "light" : "lights"],
    memory(system),
    [formatUptime(system.uptime_ms), "up"],
  ];
  const list = byId("figures");
  while (list.children.length < figures.length) list.append(h("div", null, h("dt"), h("dd")));
  figures.forEach(([value, label], i) => {
    const [term, data] = list.children[i].children;
    term.textContent = label;
    data.textContent = value;
  });
  list.children[3].title = memoryDetails(system);
}

function showState() {
  const statuses = [...device.modules.values()].map((module) => module.status);
  const bad = statuses.filter((status) => status === "failed" || status === "disabled").length;
  const compiling = statuses.filter((status) => status === "compiling").length;
  const slow = statuses.filter((status) => status === "slow").length;
  let text = statuses.length ? `${statuses.length}, all OK` : "none yet";
  if (!device.online) text = "not connected";
  else if (bad) text = `${bad} of ${statuses.length} off`;
  else if (slow) text = `${slow} of ${statuses.length} slow`;
  else if (compiling) text = `${compiling} of ${statuses.length} compiling`;
  const summary = byId("summary");
  if (summary.textContent !== text) summary.textContent = text;
  summary.className = device.online && bad ? "bad" : "dim";
  const state = !device.online ? "offline" : bad ? "failed" : slow ? "slow" : compiling ? "compiling" : "ok";
  byId("pulse").className = `pulse ${state}`;
  byId("pulse").setAttribute("aria-label", device.online ? `Connected, modules: ${text}` : "Not connected");
}

const INERT_OFFLINE = "#tree, #side, #add-root, #log-clear, #network-open, #presets, .note button, .choices, #network form";

/** Without a connection nothing that would change the device can be touched; the focus comes back with it. */
function startInert() {
  let focused = null;
  const show = () => {
    if (!device.online && document.activeElement.closest(INERT_OFFLINE)) focused = document.activeElement;
    document.body.classList.toggle("offline", !device.online);
    for (const part of document.querySelectorAll(INERT_OFFLINE)) part.inert = !device.online;
  };
  device.on("online", show);
  device.on("offline", show);
  device.on("tree", () => {
    if (document.activeElement === document.body && focused?.isConnected) focused.focus({ preventScroll: true });
    focused = null;
  });
}

function startBanner() {
  const banner = byId("banner");
  const text = banner.querySelector("span");
  let refusal = "";
  banner.querySelector("button").addEventListener("click", () => device.connect());
  device.on("refused", (message) => (refusal = `The device refuses this page: ${message}.`));
  device.on("offline", (retryMs) => {
    const seconds = Math.ceil(retryMs / 1000);
    text.textContent = `${refusal || "Connection lost."} Trying again in ${seconds} s.`;
    refusal = "";
    banner.hidden = false;
    showState();
  });
  device.on("online", () => {
    banner.hidden = true;
    showState();
  });
  // A phone that wakes up, or a cable that is back, should not wait for the back-off.
  const retry = () => document.hidden || device.online || device.connect();
  document.addEventListener("visibilitychange", retry);
  window.addEventListener("online", retry);
}

device.on("system", showSystem);
device.on("module", showState);
device.on("tree", showState);
startBanner();
startInert();
startTree();
startUndo();
startLog();
startNetwork();
startPresets();
startPlots();
startTimeBar();
new Preview(document.querySelector(".stage"));
device.connect();
