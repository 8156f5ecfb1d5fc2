/** Controls: a widget for each kind of value, all set through the same sender. */

import { device } from "./device.js";
import { h, iconButton, relabel } from "./dom.js";

const PAUSE_MS = 40; // between two requests, so that dragging does not keep a board from its lights
const IN_STEP_MS = 1000; // after an answer the WebSocket has brought that value, or a later one

let lastNumber = 0;

/** Sends what a user sets: one request at a time, and of what comes meanwhile only the last. */
class Sender {
  busy = false;
  #next;

  constructor(send, done) {
    this.send = send;
    this.done = done;
  }

  async offer(value) {
    this.#next = { value };
    if (this.busy) return;
    this.busy = true;
    let outcome;
    while (this.#next) {
      const { value: latest } = this.#next;
      this.#next = undefined;
      outcome = await this.send(latest).then((module) => ({ module }), (refused) => ({ error: refused.message }));
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
    this.busy = false;
    this.done(outcome);
  }
}

/** One control of a module: its label, widget, reset button and what the device says against a value. */
export class Control {
  constructor(moduleId, control) {
    this.control = control;
    this.id = `control-${++lastNumber}`;
    this.label = control.name.replaceAll("_", " ");
    this.sender = new Sender(
      (value) => device.change(moduleId, "controls", { [control.name]: value }),
      (outcome) => this.#settle(outcome),
    );
    this.widget = widgets[control.type]?.(this) ?? widgets.text(this);
    this.error = h("p", { class: "error", role: "alert", id: this.id + "-error" });
    this.bounds = h("small", { id: this.id + "-bounds" }, boundsOf(control));
    this.reset = iconButton("reset", "", () => this.#resetValue());
    relabel(this.reset, `Reset ${this.label} to ${control.default === "" ? "nothing" : control.default}`);
    this.element = h(
      "div",
      { class: `control ${control.type}`, "data-control": control.name },
      h("div", { class: "what" }, h("label", { for: this.id }, this.label), this.bounds),
      this.reset,
      h("div", { class: "widget" }, ...this.widget.parts),
      this.error,
    );
    for (const part of this.widget.parts) {
      part.setAttribute("aria-describedby", `${this.bounds.id} ${this.error.id}`);
      part.addEventListener("pointerdown", () => this.#hold());
      part.addEventListener("input", () => (this.error.textContent = ""));
    }
    this.#show(control.value);
  }

  /** Ask the device for a value. */
  set(value) {
    this.sender.offer(value);
  }

  /** Take what the device says the value is; while the user changes it, only to show it after that. */
  update(control) {
    this.control = control;
    this.#refresh();
  }

  #resetValue() {
    const hadFocus = document.activeElement === this.reset;
    this.set(this.control.default);
    if (hadFocus) document.getElementById(this.id).focus(); // the button goes once the value is the default
  }

  // While a finger is on a slider its value is not taken from under it, not even by another page.
  #hold() {
    this.held = true;
    const letGo = () => {
      this.held = false;
      setTimeout(() => this.#refresh(), IN_STEP_MS);
    };
    for (const name of ["pointerup", "pointercancel"]) addEventListener(name, letGo, { once: true, capture: true });
  }

  #settle({ module, error = "" }) {
    this.error.textContent = error;
    const taken = module?.controls.find((control) => control.name === this.control.name);
    if (error || !this.#isInHand()) this.#show((taken ?? this.control).value);
    setTimeout(() => this.#refresh(), IN_STEP_MS);
  }

  #isInHand() {
    return this.held || this.widget.parts.some((part) => part.edited && part === document.activeElement);
  }

  #refresh() {
    if (!this.sender.busy && !this.#isInHand()) this.#show(this.control.value);
  }

  #show(value) {
    this.widget.show(value);
    for (const part of this.widget.parts) part.edited = false;
    this.reset.disabled = value === this.control.default;
    this.reset.classList.toggle("idle", this.reset.disabled);
  }
}

/** What a control takes, where that is not plain to see. */
function boundsOf({ min, max, unit, max_length: longest }) {
  if (min !== undefined) return `${min} – ${max}${unit ? ` ${unit}` : ""}`;
  return longest ? `up to ${longest}` : "";
}

/** A field that is sent when left or with Enter; Escape takes the device's value back. */
function field(owner, attributes, read) {
  const input = h("input", { id: owner.id, autocomplete: "off", spellcheck: "false", ...attributes });
  const restore = () => {
    input.value = owner.control.value;
    input.edited = false;
  };
  input.addEventListener("input", () => (input.edited = true));
  input.addEventListener("change", () => {
    input.edited = false;
    const value = read(input);
    if (value === undefined) restore();
    else owner.set(value);
  });
  input.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !input.edited) return;
    event.stopPropagation(); // a second one leaves the settings
    restore();
  });
  return input;
}

const widgets = {
  int(owner) {
    const { min, max, unit } = owner.control;
    const number = field(owner, { type: "number", min, max, step: 1, title: `${min} to ${max}` }, (input) =>
      input.value === "" ? undefined : input.valueAsNumber,
    );
    const slider = h("input", { type: "range", min, max, step: 1, "aria-label": `${owner.label} slider` });
    const fill = () => slider.style.setProperty("--fill", (slider.value - min) / (max - min || 1));
    slider.addEventListener("input", () => {
      number.value = slider.value;
      fill();
      owner.set(slider.valueAsNumber);
    });
    const show = (value) => {
      slider.value = number.value = value;
      slider.setAttribute("aria-valuetext", unit ? `${value} ${unit}` : value);
      fill();
    };
    return { parts: [slider, number], show };
  },

  bool(owner) {
    const box = h("input", { type: "checkbox", role: "switch", id: owner.id });
    box.addEventListener("change", () => owner.set(box.checked));
    return { parts: [box], show: (value) => (box.checked = value) };
  },

  select(owner) {
    const options = owner.control.options.map((option) => h("option", { value: option }, option.replaceAll("_", " ")));
    const select = h("select", { id: owner.id }, ...options);
    select.addEventListener("change", () => owner.set(select.value));
    return { parts: [select], show: (value) => (select.value = value) };
  },

  text(owner) {
    const input = field(owner, { type: "text", maxlength: owner.control.max_length }, (it) => it.value);
    return { parts: [input], show: (value) => (input.value = value) };
  },

  color(owner) {
    const text = field(owner, { type: "text", maxlength: 7 }, (it) => it.value);
    const well = h("input", { type: "color", "aria-label": `${owner.label} picker` });
    well.addEventListener("change", () => (well.edited = false));
    well.addEventListener("input", () => {
      well.edited = true;
      text.value = well.value;
      owner.set(well.value);
    });
    return { parts: [well, text], show: (value) => (well.value = text.value = value) };
  },
};
