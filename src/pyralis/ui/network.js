/** The dialog that gives a board the credentials of a network; only boards have one. */

import { device } from "./device.js";
import { icon } from "./dom.js";

const dialog = document.getElementById("network");
const close = dialog.querySelector(".close");
const button = document.getElementById("network-open");
const form = dialog.querySelector("form");
const error = dialog.querySelector(".error");

async function save(event) {
  event.preventDefault();
  error.textContent = "";
  const { ssid, password } = form.elements;
  try {
    await device.request("POST", "network", { ssid: ssid.value, password: password.value });
    await device.request("POST", "reboot", {});
  } catch (refused) {
    error.textContent = refused.message;
    return;
  }
  form.reset();
  dialog.close();
}

export function startNetwork() {
  device.on("system", () => (button.hidden = device.system.platform !== "esp32"));
  button.addEventListener("click", () => dialog.showModal());
  close.append(icon("close"));
  close.addEventListener("click", () => dialog.close());
  form.addEventListener("submit", save);
}
