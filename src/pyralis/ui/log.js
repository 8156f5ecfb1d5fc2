/** The log panel: what the device logs, by level and by what is looked for. */

import { device } from "./device.js";
import { h } from "./dom.js";

const LEVELS = ["info", "warning", "error"];
const MAX_ENTRIES = 300;

function clock(ms) {
  const s = Math.floor(ms / 1000);
  const two = (n) => String(n).padStart(2, "0");
  return `${Math.floor(s / 3600)}:${two(Math.floor(s / 60) % 60)}:${two(s % 60)}`;
}

export function startLog() {
  const ids = ["log", "log-level", "log-filter", "log-clear"];
  const [list, level, filter, clear] = ids.map((id) => document.getElementById(id));
  let lastSeq = 0;

  const matches = (item) =>
    LEVELS.indexOf(item.dataset.level) >= Number(level.value) &&
    item.textContent.toLowerCase().includes(filter.value.toLowerCase());

  const append = ({ seq = 0, ms, level: name, source, text }) => {
    const atEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 24;
    const item = h(
      "p",
      { "data-level": name, "data-seq": seq },
      h("time", null, clock(ms)),
      h("span", { class: "level" }, name),
      h("span", { class: "source" }, source),
      h("span", null, text),
    );
    item.hidden = !matches(item);
    list.append(item);
    if (list.children.length > MAX_ENTRIES) {
      const height = list.firstChild.offsetHeight;
      list.firstChild.remove();
      if (!atEnd) list.scrollTop -= height;
    }
    if (atEnd) list.scrollTop = list.scrollHeight; // who reads further up is left there
  };

  const note = (name, text) => append({ ms: device.system.uptime_ms ?? 0, level: name, source: "page", text });

  const forget = (next) => {
    for (const item of [...list.children]) if (Number(item.dataset.seq) < next) item.remove();
  };

  const refilter = () => {
    for (const item of list.children) item.hidden = !matches(item);
    list.scrollTop = list.scrollHeight;
  };

  device.on("log", (entry) => {
    if (entry.seq <= lastSeq) return; // seen before the connection was lost
    const missed = lastSeq && entry.seq - lastSeq - 1;
    if (missed) note("info", missed === 1 ? "one entry was missed" : `${missed} entries were missed`);
    lastSeq = entry.seq;
    append(entry);
  });
  device.on("online", ({ restarted }) => {
    if (!restarted) return;
    lastSeq = 0;
    for (const item of list.children) item.dataset.seq = 0; // older than all that comes
    append({ ms: 0, level: "warning", source: "page", text: "the device restarted" });
  });
  device.on("log_cleared", (next) => {
    forget(next);
    lastSeq = Math.max(lastSeq, next - 1); // what is gone was not missed
  });
  level.addEventListener("change", refilter);
  filter.addEventListener("input", refilter);
  clear.addEventListener("click", async () => {
    try {
      forget((await device.request("DELETE", "log")).next);
    } catch (refused) {
      note("error", refused.message);
    }
  });
}
