/** The dialog that chooses a type of module, by category and with a search. */

import { device } from "./device.js";
import { h, icon } from "./dom.js";

const dialog = document.getElementById("picker");
const search = dialog.querySelector("input");
const error = dialog.querySelector(".error");
const choices = dialog.querySelector(".choices");
let onPick = null;
let onDone = null;
let busy = false;
let lastAsked = null; // categories of the last time, whose types may still be under way

function choice(entry) {
  const pick = async () => {
    if (busy) return; // a second click while a board is at the first must not add a second one
    busy = true;
    error.textContent = "";
    try {
      const picked = await onPick(entry.type);
      dialog.close(); // gives the focus back, so what follows may take it
      onDone?.(picked);
    } catch (refused) {
      error.textContent = refused.message;
    } finally {
      busy = false;
    }
  };
  const tags = entry.tags ? [h("small", null, entry.tags)] : [];
  const texts = [h("b", null, entry.type), ...tags, h("span", null, entry.description)];
  return h("button", { type: "button", class: "choice", onclick: pick }, ...texts);
}

function showTypes(types) {
  choices.replaceChildren();
  for (const category of new Set(types.map((entry) => entry.category))) {
    const buttons = types.filter((entry) => entry.category === category).map(choice);
    choices.append(h("section", null, h("h3", null, category), ...buttons));
  }
  filterTypes();
}

function filterTypes() {
  const words = search.value.toLowerCase().split(/\s+/);
  for (const button of choices.querySelectorAll("button")) {
    const text = button.textContent.toLowerCase();
    button.hidden = !words.every((word) => text.includes(word));
  }
  for (const section of choices.children) section.hidden = !section.querySelector("button:not([hidden])");
}

function onKey(event) {
  const shown = [...choices.querySelectorAll("button:not([hidden])")].filter((button) => !button.parentNode.hidden);
  const at = shown.indexOf(document.activeElement);
  if (event.key === "ArrowDown") (shown[at + 1] ?? shown[0])?.focus();
  else if (event.key === "ArrowUp") (at > 0 ? shown[at - 1] : search).focus();
  else if (event.key === "Enter" && document.activeElement === search) shown[0]?.click();
  else return;
  event.preventDefault();
}

/** Let the user choose a type of these categories. What `pick(type)` throws is shown, else `done` gets its result. */
export async function choose(title, categories, pick, done) {
  onPick = pick;
  onDone = done;
  document.getElementById("picker-title").textContent = title;
  search.value = error.textContent = "";
  choices.replaceChildren();
  lastAsked = categories;
  dialog.showModal();
  try {
    const { types } = await device.request("GET", "types");
    if (lastAsked === categories) showTypes(types.filter((entry) => categories.includes(entry.category)));
  } catch (refused) {
    error.textContent = refused.message;
  }
}

const close = dialog.querySelector(".close");
close.append(icon("close"));
close.addEventListener("click", () => dialog.close());
search.addEventListener("input", filterTypes);
dialog.addEventListener("keydown", onKey);
dialog.addEventListener("click", (event) => event.target === dialog && dialog.close()); // on the backdrop
