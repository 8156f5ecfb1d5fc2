/** Dragging rows of the tree: with a mouse by the whole row, with a finger by its grip, so that rows still scroll. */

import { h } from "./dom.js";

const START_PX = 5; // a press that moves less is a click
const EDGE_PX = 48; // that near to an edge the tree scrolls
const FASTEST_PX = 14; // a frame
const ASIDE_PX = 60; // that far beside the tree nothing is dropped

/**
 * Let rows be dragged. `hooks.start(id)` is called when one is lifted and returns its name, `hooks.places(id)` gives
 * places as {…, x, y, width} on the screen, none once the module is gone, `hooks.drop(id, place)` puts it there, and
 * `hooks.end(id)` is called before that, and where nothing is dropped.
 */
export function startDrag(list, section, hooks) {
  const marker = h("div", { class: "drop-marker", "aria-hidden": "true", hidden: true });
  const ghost = h("div", { class: "ghost", "aria-hidden": "true", hidden: true });
  section.append(marker, ghost);
  list.addEventListener("pointerdown", (event) => {
    const row = event.target.closest(event.pointerType === "mouse" ? ".row" : ".grip");
    if (row && event.isPrimary && event.button === 0) press(event, row.closest("[data-module]").dataset.module);
  });

  function press(down, id) {
    const listening = new AbortController();
    const options = { signal: listening.signal, capture: true };
    let { clientX: x, clientY: y } = down;
    let lifted = false;
    let target = null;

    const frame = () => {
      if (listening.signal.aborted) return;
      scroll(y);
      const places = hooks.places(id);
      if (!places.length) return end(false);
      target = nearest(places);
      mark();
      requestAnimationFrame(frame);
    };

    const nearest = (places) => {
      const box = section.getBoundingClientRect();
      if (x < box.left - ASIDE_PX || x > box.right + ASIDE_PX) return null;
      return places.reduce((best, place) => (Math.abs(place.y - y) < Math.abs(best.y - y) ? place : best));
    };

    const mark = () => {
      marker.hidden = !target;
      const left = Math.min(x + 14, innerWidth - ghost.offsetWidth - 8);
      ghost.style.translate = `${left}px ${y + 10}px`;
      if (!target) return;
      const box = section.getBoundingClientRect();
      marker.style.translate = `${target.x - box.left}px ${target.y - box.top + section.scrollTop}px`;
      marker.style.width = `${target.width}px`;
    };

    const move = (event) => {
      if (event.pointerId !== down.pointerId) return;
      ({ clientX: x, clientY: y } = event);
      if (lifted || Math.hypot(x - down.clientX, y - down.clientY) < START_PX) return;
      lifted = true;
      list.setPointerCapture(down.pointerId); // the press must not end as a click on a row
      ghost.textContent = hooks.start(id);
      ghost.hidden = false;
      document.body.classList.add("drags");
      frame();
    };

    const end = (dropped) => {
      listening.abort();
      marker.hidden = ghost.hidden = true;
      document.body.classList.remove("drags");
      hooks.end(id);
      if (dropped && lifted && target) hooks.drop(id, target);
    };

    const key = (event) => {
      if (event.key !== "Escape" || !lifted) return;
      event.preventDefault();
      event.stopPropagation();
      end(false);
    };

    addEventListener("pointermove", move, options);
    addEventListener("pointerup", (event) => event.pointerId === down.pointerId && end(true), options);
    addEventListener("pointercancel", (event) => event.pointerId === down.pointerId && end(false), options);
    addEventListener("blur", () => end(false), { signal: listening.signal });
    addEventListener("keydown", key, options);
  }

  /** What scrolls the rows: their section, or the page. */
  function scroller() {
    const own = section.scrollHeight > section.clientHeight && getComputedStyle(section).overflowY === "auto";
    return own ? section : document.scrollingElement;
  }

  /** Scroll while the pointer is near an edge and there are rows beyond it. */
  function scroll(y) {
    const own = scroller() === section;
    const box = section.getBoundingClientRect();
    const covered = document.querySelector(".stage").getBoundingClientRect();
    const top = own ? box.top : Math.max(0, covered.left < box.right && covered.top <= 0 ? covered.bottom : 0);
    const bottom = own ? box.bottom : innerHeight;
    const depth = Math.max(top + EDGE_PX - y, 0) - Math.max(y - (bottom - EDGE_PX), 0);
    const speed = FASTEST_PX * Math.max(-1, Math.min(1, depth / EDGE_PX));
    const rows = list.getBoundingClientRect();
    if (speed > 0 ? rows.top < top : rows.bottom > bottom) scroller().scrollBy(0, -speed);
  }
}
