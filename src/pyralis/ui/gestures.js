/** Turning, zooming and moving the view: by mouse, fingers, wheel and keys. */

const TURN = 0.008; // radians a CSS pixel
const KEY_TURN = Math.PI / 24;
const KEY_PAN_PX = 24;
const KEY_ZOOM = 1.2;
const WHEEL_ZOOM = 0.0015; // of a step of the wheel; pinching a touchpad comes as small steps with Ctrl
const PINCH_ZOOM = 0.01;
const LINE_PX = 16;
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/** Let an element turn, zoom and move what `camera` sees; `changed` is called after each change. */
export function startGestures(element, camera, changed) {
  const pointers = new Map(); // by id: where each finger is

  const fromMiddle = ({ clientX, clientY }) => {
    const box = element.getBoundingClientRect();
    return [clientX - box.x - box.width / 2, clientY - box.y - box.height / 2];
  };

  const drag = (event) => {
    const [fromX, fromY] = pointers.get(event.pointerId);
    const [x, y] = fromMiddle(event);
    const other = [...pointers].find(([id]) => id !== event.pointerId)?.[1];
    pointers.set(event.pointerId, [x, y]);
    if (other) {
      const before = Math.hypot(fromX - other[0], fromY - other[1]);
      const after = Math.hypot(x - other[0], y - other[1]);
      camera.pan((x - fromX) / 2, (y - fromY) / 2, true); // their middle goes half as far as one of two fingers
      if (before && after) camera.zoomBy(after / before, (x + other[0]) / 2, (y + other[1]) / 2, true);
    } else if (event.shiftKey) camera.pan(x - fromX, y - fromY, true);
    else camera.turn((x - fromX) * TURN, (y - fromY) * TURN, true);
    changed();
  };

  const release = (event) => {
    pointers.delete(event.pointerId);
    if (!pointers.size) element.classList.remove("held");
  };

  element.addEventListener("pointerdown", (event) => {
    if (event.button || pointers.size > 1) return;
    pointers.set(event.pointerId, fromMiddle(event));
    element.setPointerCapture(event.pointerId);
    element.classList.add("held");
  });
  element.addEventListener("pointermove", (event) => pointers.has(event.pointerId) && drag(event));
  for (const name of ["pointerup", "pointercancel", "lostpointercapture"]) element.addEventListener(name, release);

  const wheel = (event) => {
    const pixels = event.deltaY * (event.deltaMode ? LINE_PX : 1);
    const factor = Math.exp(-pixels * (event.ctrlKey ? PINCH_ZOOM : WHEEL_ZOOM));
    // At the end of the range the wheel is the page's again.
    if (camera.zoomBy(factor, ...fromMiddle(event)) || event.ctrlKey) event.preventDefault();
    changed();
  };
  element.addEventListener("wheel", wheel, { passive: false });

  element.addEventListener("dblclick", () => {
    camera.reset();
    changed();
  });

  element.addEventListener("keydown", (event) => {
    const { key } = event;
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (key in ARROWS) {
      const [right, down] = ARROWS[key];
      if (event.shiftKey) camera.pan(right * KEY_PAN_PX, down * KEY_PAN_PX);
      else camera.turn(right * KEY_TURN, down * KEY_TURN);
    } else if (key === "+" || key === "=") camera.zoomBy(KEY_ZOOM);
    else if (key === "-") camera.zoomBy(1 / KEY_ZOOM);
    else if (key === "Home") camera.reset();
    else return;
    event.preventDefault();
    changed();
  });
}
