/** The inspector: one module with its name, health and controls, and what can be done with it. */

import { Control } from "./controls.js";
import { device } from "./device.js";
import { formatBytes, formatTime, h, iconButton, relabel } from "./dom.js";

export class Inspector {
  #module = null;
  #shape = "";
  #controls = [];

  constructor({ add, replace, step, remove, accepts, leave }) {
    this.accepts = accepts;
    this.leave = leave;
    const nameAttributes = { maxlength: 32, autocomplete: "off", spellcheck: "false" };
    this.name = h("input", { class: "name", "aria-label": "Name", ...nameAttributes });
    this.name.addEventListener("change", () => this.#rename());
    this.name.addEventListener("keydown", (event) => this.#onNameKey(event));
    this.facts = h("p", { class: "facts dim" });
    this.health = h("p", { class: "health" });
    this.error = h("p", { class: "error", role: "alert" });
    this.controls = h("div", { class: "controls" });
    this.add = iconButton("add", "", () => add(this.#module.id));
    this.up = iconButton("up", "Move up (Alt + ↑ in the tree)", () => step(this.#module.id, -1));
    this.down = iconButton("down", "Move down (Alt + ↓ in the tree)", () => step(this.#module.id, 1));
    this.replace = iconButton("replace", "Replace with another type", () => replace(this.#module));
    this.remove = iconButton("delete", "Delete (Del in the tree)", () => remove(this.#module.id));
    const actions = h("div", { class: "actions" }, this.add, this.up, this.down, this.replace, this.remove);
    this.element = h(
      "div",
      { id: "inspector", role: "group" },
      h("div", { class: "title" }, this.name, actions),
      this.facts,
      this.health,
      this.error,
      this.controls,
    );
    this.element.addEventListener("keydown", (event) => event.key === "Escape" && leave());
    this.clear();
  }

  clear() {
    this.#module = null;
    this.#shape = "";
    this.element.hidden = true;
  }

  /** Show a module, or what it has become. */
  show(module) {
    const other = module.id !== this.#module?.id;
    this.#module = module;
    this.element.hidden = false;
    this.element.setAttribute("aria-label", `Settings of ${module.name}`);
    if (other) this.error.textContent = "";
    if (other || document.activeElement !== this.name) this.name.value = module.name;
    this.add.hidden = !this.accepts(module);
    relabel(this.add, `Add to ${module.name}`);
    this.health.textContent = module.health === "OK" ? "" : module.health;
    this.health.dataset.status = module.status;
    this.showStats();
    this.#showControls(other);
  }

  showStats() {
    const module = this.#module;
    if (!module) return;
    const kind = module.type === module.name ? module.category : `${module.type}, ${module.category}`;
    const parts = [kind, `${formatTime(module.tick_us)} a tick`];
    if (module.heap_bytes) parts.push(`${formatBytes(module.heap_bytes)} of buffers`);
    this.facts.textContent = parts.join(" · ");
  }

  /** Say whether there is a place further up and further down. */
  showMoves(canRise, canSink) {
    const focused = document.activeElement;
    this.up.disabled = !canRise;
    this.down.disabled = !canSink;
    // A button that goes dead takes the focus with it: the other one is next to it.
    if (focused === this.up && !canRise) this.down.focus();
    if (focused === this.down && !canSink) this.up.focus();
  }

  /** Put the focus into the settings: onto the name, to change it, or onto the first control. */
  focus(rename = false) {
    const first = rename ? null : this.controls.querySelector("input, select");
    (first ?? this.name).focus();
    if (!first) this.name.select();
  }

  /** Wait for a change; what the device has against it is shown here after `reveal`, else its answer is returned. */
  async attempt(change, reveal) {
    const id = this.#module?.id;
    try {
      const answer = await change;
      if (id === this.#module?.id) this.error.textContent = "";
      return answer;
    } catch (refused) {
      reveal?.();
      if (reveal || id === this.#module?.id) this.error.textContent = refused.message;
    }
  }

  /** Forget what the device had against the changes before. */
  clearErrors() {
    this.error.textContent = "";
    for (const control of this.#controls) control.error.textContent = "";
  }

  #showControls(other) {
    const { type, controls } = this.#module;
    const shape = type + JSON.stringify(controls, (key, value) => (key === "value" ? undefined : value));
    if (other || shape !== this.#shape) {
      this.#shape = shape;
      this.#controls = controls.map((control) => new Control(this.#module.id, control));
      this.controls.replaceChildren(...this.#controls.map((control) => control.element));
    } else {
      controls.forEach((control, i) => this.#controls[i].update(control));
    }
  }

  async #rename() {
    const module = this.#module;
    const renamed = await this.attempt(device.change(module.id, "rename", { name: this.name.value }));
    if (this.#module?.id === module.id) this.name.value = (renamed ?? this.#module).name;
  }

  #onNameKey(event) {
    if (event.key === "Escape") this.name.value = this.#module.name;
    if (event.key === "Enter") this.leave();
  }
}
