/**
 * The device as this page knows it: kept up to date by the WebSocket alone, changed over HTTP.
 * Answers are not taken over: one that comes late would put an older state over what the WebSocket has brought since.
 */

const FIRST_RETRY_MS = 500;
const LONGEST_RETRY_MS = 5000;
const SILENCE_MS = 5000; // a device says something every second; one without power says nothing, not even goodbye
const BUSY_RETRIES = 4;
const BUSY_PAUSE_MS = 250;
const ANSWER_MS = 15000; // a device that has no answer by then has lost the request
const SEEN_MS = 1000; // an answer and what the WebSocket brings of the same change are not further apart
const RELOADED = "pyralis-reloaded"; // in the session's storage: the version of the page that it was loaded again for

/** What a device answers when it refuses; its message says what to do, `code` is for programs. */
export class Refused extends Error {
  constructor(message, code = "") {
    super(message);
    this.code = code;
  }
}

class Device extends EventTarget {
  system = {};
  modules = new Map(); // by id
  order = []; // [id, parent id or null], parents before children
  online = false;
  #retryMs = FIRST_RETRY_MS;
  #timer = 0;
  #watchdog = 0;
  #socket = null;
  #lostAll = new AbortController(); // of the requests under way

  /** Call `listener(detail)` on every event of that name. */
  on(name, listener) {
    this.addEventListener(name, (event) => listener(event.detail));
  }

  /** Ids of the children of a module, or of the root (null), in order. */
  children(parent) {
    return this.order.filter((entry) => entry[1] === parent).map((entry) => entry[0]);
  }

  /** Ask the API; returns its answer or throws Refused with what a user can do. */
  async request(method, path, body) {
    for (let attempt = 0; ; attempt++) {
      let response;
      let answer;
      try {
        const signal = AbortSignal.any([this.#lostAll.signal, AbortSignal.timeout(ANSWER_MS)]);
        response = await fetch("/api/" + path, { method, body: body && JSON.stringify(body), signal });
        answer = await response.json();
      } catch {
        throw new Refused("The device does not answer.");
      }
      if (response.ok) return answer;
      if (response.status !== 429 || attempt === BUSY_RETRIES) throw new Refused(answer.message, answer.error);
      await new Promise((resolve) => setTimeout(resolve, BUSY_PAUSE_MS));
    }
  }

  /** Change a module (`action` as in the API); returns what it has become. */
  change(id, action, body) {
    return this.request("POST", `modules/${id}/${action}`, body);
  }

  /** Add a module; returns its id. */
  async add(body) {
    return (await this.request("POST", "modules", body)).id;
  }

  /** Wait until the tree shows what a change has done; `isSo` may stay false where someone else changes it again. */
  async until(isSo) {
    const deadline = AbortSignal.timeout(SEEN_MS);
    while (!isSo() && this.online && !deadline.aborted) {
      await new Promise((resolve) => {
        deadline.addEventListener("abort", resolve, { once: true });
        this.addEventListener("tree", resolve, { once: true });
      });
    }
  }

  /** Connect now, and again whenever the connection ends. */
  connect() {
    clearTimeout(this.#timer);
    const socket = new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/ws`);
    this.#socket?.close();
    this.#socket = socket;
    socket.binaryType = "arraybuffer";
    socket.onmessage = ({ data }) => {
      if (socket !== this.#socket) return;
      this.#watch(socket);
      if (typeof data === "string") this.#take(JSON.parse(data));
      else this.#emit("preview", data);
    };
    socket.onclose = () => this.#lost(socket);
    this.#watch(socket);
  }

  #watch(socket) {
    clearTimeout(this.#watchdog);
    this.#watchdog = setTimeout(() => this.#lost(socket), SILENCE_MS);
  }

  #lost(socket) {
    if (socket !== this.#socket) return;
    this.#socket = null;
    socket.close();
    clearTimeout(this.#watchdog);
    this.online = false;
    this.#lostAll.abort(); // without a connection a request may wait for minutes
    this.#lostAll = new AbortController();
    this.#timer = setTimeout(() => this.connect(), this.#retryMs);
    this.#emit("offline", this.#retryMs);
    this.#retryMs = Math.min(2 * this.#retryMs, LONGEST_RETRY_MS);
  }

  #take(message) {
    const takers = {
      system: () => this.#takeSystem(message.system),
      module: () => this.#takeModule(message.module),
      tree: () => this.#takeTree(message.order),
      stats: () => this.#takeStats(message),
      log: () => this.#emit("log", message.entry),
      log_cleared: () => this.#emit("log_cleared", message.next),
      refused: () => this.#emit("refused", message.message),
    };
    takers[message.event]?.();
  }

  #takeSystem(system) {
    const restarted = "boot_id" in this.system && system.boot_id !== this.system.boot_id;
    this.system = system;
    this.online = true;
    this.#retryMs = FIRST_RETRY_MS;
    this.#emit("online", { restarted });
    this.#emit("system");
    if (restarted) this.#followVersion();
  }

  /** A device that was updated comes with another page: load that one, once. */
  async #followVersion() {
    const mine = import.meta.url.split("/").at(-2);
    for (let attempt = 0; attempt <= BUSY_RETRIES; attempt++) {
      const answer = await fetch("/", { method: "HEAD", cache: "no-store" }).catch(() => null);
      const theirs = answer?.headers.get("ETag")?.replaceAll('"', "");
      if (theirs === mine || (theirs && theirs === sessionStorage.getItem(RELOADED))) return;
      if (theirs) {
        sessionStorage.setItem(RELOADED, theirs);
        location.reload();
        return;
      }
      await new Promise((resolve) => setTimeout(resolve, BUSY_PAUSE_MS));
    }
  }

  #takeModule(module) {
    this.modules.set(module.id, module);
    this.#emit("module", module);
  }

  #takeTree(order) {
    this.order = order;
    const present = new Set(order.map((entry) => entry[0]));
    for (const id of this.modules.keys()) if (!present.has(id)) this.modules.delete(id);
    this.#emit("tree");
  }

  // Only what has changed is in it.
  #takeStats({ system = {}, modules = [] }) {
    Object.assign(this.system, system);
    for (const [id, tick_us, heap_bytes] of modules) {
      const module = this.modules.get(id);
      if (module) Object.assign(module, { tick_us, heap_bytes });
    }
    this.#emit("system");
    this.#emit("stats");
  }

  #emit(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}

export const device = new Device();
