/** The inspector: one module with its name, health and controls, and what can be done with it. */

import { Control } from "./controls.js";
import { device } from "./device.js";
import { formatBytes, formatTime, h, iconButton, relabel } from "./dom.js";

const ARMED_MS = 4000;

export class Inspector {
  #module = null;
  #shape = "";
  #controls = [];

  constructor({ add, replace, move, remove, accepts }) {
    this.accepts = accepts;
    const nameAttributes = { maxlength: 32, autocomplete: "off", spellcheck: "false" };
    this.name = h("input", { class: "name", "aria-label": "Name", ...nameAttributes });
    this.name.addEventListener("change", () => this.#rename());
    this.name.addEventListener("keydown", (event) => this.#onNameKey(event));
    this.facts = h("p", { class: "facts dim" });
    this.health = h("p", { class: "health" });
    this.error = h("p", { class: "error", role: "alert" });
    this.controls = h("div", { class: "controls" });
    this.add = iconButton("add", "", () => add(this.#module.id));
    this.up = iconButton("up", "Move up (Alt + ↑ in the tree)", () => move(this.#module.id, -1));
    this.down = iconButton("down", "Move down (Alt + ↓ in the tree)", () => move(this.#module.id, 1));
    this.replace = iconButton("replace", "Replace with another type", () => replace(this.#module));
    this.remove = iconButton("delete", "", () => this.#removeTwice(remove));
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
    if (other) {
      this.error.textContent = "";
      this.#disarm();
    }
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

  showPlace({ index, count }) {
    this.up.disabled = index <= 0;
    this.down.disabled = index >= count - 1;
  }

  /** Wait for a change; what the device has against it is shown here, else its answer is returned. */
  async attempt(change) {
    const id = this.#module?.id;
    try {
      const answer = await change;
      this.error.textContent = "";
      return answer;
    } catch (refused) {
      if (id === this.#module?.id) this.error.textContent = refused.message;
    }
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
    if (event.key === "Escape" || event.key === "Enter") this.name.blur();
  }

  // The first press asks, the second one does it.
  #removeTwice(remove) {
    if (this.remove.classList.contains("armed")) {
      this.#disarm();
      remove(this.#module.id);
      return;
    }
    const below = countBelow(this.#module.id);
    this.remove.classList.add("armed");
    relabel(this.remove, below ? `Delete with ${below} below: press again` : "Delete: press again");
    this.remove.dataset.text = below ? `Delete all ${below + 1}?` : "Delete?";
    this.timer = setTimeout(() => this.#disarm(), ARMED_MS);
  }

  #disarm() {
    clearTimeout(this.timer);
    this.remove.classList.remove("armed");
    relabel(this.remove, "Delete");
  }
}

function countBelow(id) {
  return device.children(id).reduce((sum, child) => sum + 1 + countBelow(child), 0);
}
