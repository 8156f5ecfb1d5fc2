/** Undo: what was deleted, moved or replaced can be taken back, the last one first; a toast says so. */

import { device } from "./device.js";
import { h, iconButton } from "./dom.js";

const SHOWN_MS = 8000;
const MAX_STEPS = 50;
const PASSING = ["", "no_memory", "too_many_modules", "too_many_connections"]; // refusals to try again after
const TEXT_FIELDS = "textarea, input:not([type=range], [type=checkbox], [type=color])";

let steps = []; // {text, back, undo, …}: what was done, how to say that it is taken back, and how to do that
let turn = Promise.resolve();
let timer = 0;

/** Change the tree once all changes before are done and seen: only then is it known what there is to take back. */
export function inTurn(change) {
  const mine = turn.then(change);
  turn = mine.catch(() => {});
  return mine;
}

/** Say something to those who listen to the page instead of looking at it. */
export function announce(text) {
  document.getElementById("spoken").textContent = text;
}

/**
 * Remember a change that was made. `undo()` takes it back, and returns a step that would do the rest where it cannot
 * do all. A `quiet` one shows no toast; one of the same `run` as the one before is part of that.
 */
export function remember(step) {
  if (step.run && steps.at(-1)?.run === step.run) return;
  steps = [...steps.slice(1 - MAX_STEPS), step];
  if (!step.quiet) toast(step.text, "Undo");
}

/** Everything needed to bring a module and all below it back to where they are now, parents first. */
export function recordOf(id) {
  const below = new Set([id]);
  for (const [child, parent] of device.order) if (below.has(parent)) below.add(child);
  return device.order
    .filter((entry) => below.has(entry[0]))
    .map(([child, parent]) => {
      const { type, name, controls } = device.modules.get(child);
      const values = Object.fromEntries(controls.map((control) => [control.name, control.value]));
      return { id: child, type, parent, index: device.children(parent).indexOf(child), name, controls: values };
    });
}

/**
 * The step that brings back what `recordOf` recorded, and calls `done(id)` once the first is there.
 * A module that is refused keeps those below it away.
 */
export function restoring(records, text, done) {
  const { id, name } = records[0];
  const undo = async () => {
    const left = [];
    let reason = "";
    let isPassing = false;
    for (const record of records) {
      if (left.some((other) => other.id === record.parent)) {
        left.push(record);
        continue;
      }
      try {
        await restore(record);
      } catch (refused) {
        left.push(record);
        reason ||= `${record.name}: ${refused.message}`;
        isPassing ||= PASSING.includes(refused.code);
      }
    }
    if (left[0]?.id !== id) {
      done(id);
      await device.until(() => device.modules.has(id));
    }
    return left.length ? { ...restoring(left, text, done), reason, isPassing } : null;
  };
  return { text, back: `${name} is back.`, undo, outlivesRestart: true };
}

async function restore(record) {
  const { parent, ...body } = record;
  if (parent !== null) body.parent = parent;
  try {
    await device.add(body);
  } catch (refused) {
    if (refused.code !== "invalid_value") throw refused;
    const { index, ...rest } = body; // fewer siblings than there were: then at their end
    await device.add(rest);
  }
}

async function undoLast() {
  const step = device.online && steps.pop();
  if (!step) return;
  toast("Undoing …");
  try {
    const left = await step.undo();
    if (left?.isPassing) steps.push(left);
    const action = left?.isPassing ? "Try again" : steps.length ? "Undo more" : "";
    toast(left ? `Not all is back. ${left.reason}` : step.back, action, Boolean(left));
  } catch (refused) {
    if (PASSING.includes(refused.code)) steps.push(step);
    toast(`Not undone. ${refused.message}`, PASSING.includes(refused.code) ? "Try again" : "", true);
  }
}

function toast(text, action, bad = false) {
  const place = document.getElementById("toast");
  const hadFocus = place.contains(document.activeElement);
  const attributes = { type: "button", class: "undo", title: "Ctrl + Z", onclick: () => inTurn(undoLast) };
  const button = action ? [h("button", attributes, action)] : [];
  const close = iconButton("close", "Dismiss", hide);
  place.replaceChildren(h("div", { class: bad ? "message bad" : "message" }, h("span", null, text), ...button, close));
  if (hadFocus) (button[0] ?? close).focus();
  wait();
}

function hide() {
  clearTimeout(timer);
  const place = document.getElementById("toast");
  const hadFocus = place.contains(document.activeElement);
  place.replaceChildren();
  if (hadFocus) document.querySelector("#tree [tabindex='0']")?.focus({ preventScroll: true });
}

// It goes after some time, but not while someone is about to use it.
function wait() {
  clearTimeout(timer);
  const place = document.getElementById("toast");
  timer = setTimeout(() => (place.matches(":hover, :focus-within") ? wait() : hide()), SHOWN_MS);
}

function onKey(event) {
  const isAlone = (event.ctrlKey || event.metaKey) && !event.shiftKey && !event.altKey;
  const isUndo = isAlone && event.key.toLowerCase() === "z";
  if (!isUndo || event.target.matches(TEXT_FIELDS) || document.querySelector("dialog[open]")) return;
  event.preventDefault();
  if (!event.repeat) inTurn(undoLast);
}

export function startUndo() {
  const place = document.getElementById("toast");
  place.addEventListener("keydown", (event) => event.key === "Escape" && hide());
  for (const name of ["pointerleave", "focusout"]) place.addEventListener(name, () => place.children.length && wait());
  document.addEventListener("keydown", onKey);
  device.on("online", ({ restarted }) => {
    // After a restart an id may be that of another module; what was deleted comes back with all it had.
    if (restarted) steps = steps.filter((step) => step.outlivesRestart);
  });
}
