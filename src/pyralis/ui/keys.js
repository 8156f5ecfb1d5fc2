/** Keys of the module tree: arrows walk and fold, letters look for a name, the others do what buttons do. */

import { device } from "./device.js";

const TYPEAHEAD_MS = 700; // letters that come faster belong together

/** The handler of a key in a row, `(event, id)`, on what the tree can do. */
export function keysOf(tree) {
  let typed = { text: "", at: 0 };

  function typeahead(key, ids, at) {
    const now = performance.now();
    const isMore = now - typed.at < TYPEAHEAD_MS;
    typed = { text: (isMore ? typed.text : "") + key.toLowerCase(), at: now };
    const from = at + (isMore ? 0 : 1); // more letters may still mean the row they have found
    const around = [...ids.slice(from), ...ids.slice(0, from)];
    tree.walkTo(around.find((id) => device.modules.get(id).name.toLowerCase().startsWith(typed.text)));
  }

  return (event, id) => {
    const { key } = event;
    if (event.ctrlKey || event.metaKey) return;
    const ids = tree.shown();
    const at = ids.indexOf(id);
    const children = device.children(id);
    const isOpen = children.length > 0 && !tree.isShut(id);
    const keys = {
      ArrowUp: () => tree.walkTo(ids[at - 1]),
      ArrowDown: () => tree.walkTo(ids[at + 1]),
      ArrowLeft: () => (isOpen ? tree.setShut(id, true) : tree.walkTo(tree.parentOf(id))),
      ArrowRight: () => (isOpen ? tree.walkTo(children[0]) : children.length && tree.setShut(id, false)),
      Home: () => tree.walkTo(ids[0]),
      End: () => tree.walkTo(ids.at(-1)),
      Delete: () => event.repeat || tree.remove(id), // one key that is held must not take away all
      F2: () => tree.open(id, true),
      Enter: () => tree.open(id),
      " ": () => tree.press(id),
      "+": () => tree.add(id),
    };
    const moves = { ArrowUp: () => tree.step(id, -1), ArrowDown: () => tree.step(id, 1) };
    const action = (event.altKey ? moves : keys)[key];
    if (action) action();
    else if (!event.altKey && key.length === 1) typeahead(key, ids, at);
    else return;
    event.preventDefault();
  };
}
