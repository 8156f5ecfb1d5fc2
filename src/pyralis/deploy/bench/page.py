"""Page: how soon it is painted and of use in a real browser, by device, and what a frame of its preview costs."""

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import TYPE_CHECKING

from pyralis.deploy.bench.pages import table
from pyralis.deploy.bench.runtimes import NAMES, NUMBA, VIPER, driver, started
from pyralis.deploy.browser import launched
from pyralis.deploy.rig import Rig
from pyralis.deploy.steps import Json, Step

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

TARGETS = {"paint_ms": 1000.0, "usable_ms": 2000.0}
HEAPS = ("128wk", "192wk", "256wk")
RUNS = 10
LIGHTS = 4096
SHAPES = {"64x64": (64, 64, 1), "16x16x16": (16, 16, 16)}
FRAMES = 240
_SIZE = 16
_WAIT_MS = 60_000
_VIEWPORT = {"width": 1280, "height": 800}

# As soon as a user could, it moves a slider; the answer of the device is what ends the measurement.
_TOUCH = """
new MutationObserver((_, observer) => {
    const slider = document.querySelector("#inspector [data-control=opacity] input[type=range]");
    if (!slider || slider.closest("[inert]") || !document.querySelector("#tree [role=treeitem]")) return;
    observer.disconnect();
    slider.value = slider.value > 200 ? 150 : 250;
    slider.dispatchEvent(new Event("input", { bubbles: true }));
}).observe(document, { childList: true, subtree: true, attributes: true });
"""
_PAINTED = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime"
_ANSWERED = "performance.getEntriesByType('resource').find(({ name }) => name.endsWith('/controls'))?.responseEnd"

# Milliseconds of the page's thread that each picture with lights takes.
_STOPWATCH = """
const taken = (window.taken = []);
const ask = window.requestAnimationFrame.bind(window);
const drawn = () => document.querySelector(".lights").dataset.frames;
window.requestAnimationFrame = (draw) =>
    ask((now) => {
        const before = drawn();
        const from = performance.now();
        draw(now);
        if (drawn() !== before) taken.push(performance.now() - from);
    });
"""
_TAKEN = "count => window.taken.length >= count && window.taken.splice(0)"


@dataclass
class Opened:
    """What opening the page of one device took."""

    name: str
    paint_ms: list[float] = field(default_factory=list)
    usable_ms: list[float] = field(default_factory=list)


@dataclass
class Drawn:
    """What drawing the lights of one shape took, held still and turned."""

    name: str
    still_ms: list[float] = field(default_factory=list)
    turning_ms: list[float] = field(default_factory=list)
    shown_fps: int = 0  # frames that the page drew in a second
    lights_fps: int = 0  # ticks of the device meanwhile


class PageBench:
    """Opens the pages of all devices in turn, then watches many lights."""

    def __init__(self, rig: Rig) -> None:
        self._rig = rig
        self.opened: list[Opened] = []
        self.drawn: list[Drawn] = []
        self.missed: list[str] = []

    def run(self, step: Step) -> None:
        """Measure."""
        with launched() as browser:
            self._open_pages(browser, step)
            for name, size in SHAPES.items():
                step.progress(RUNS, RUNS + 1, f"{LIGHTS} lights, {name}")
                self.drawn.append(self._watch(browser, name, size))
        paint_ms, usable_ms = (max(max(times) for times in one) for one in zip(*self._times(), strict=True))
        frame_ms = max(median(one.still_ms) for one in self.drawn)
        step.summarise(
            f"first paint within {paint_ms:.0f} ms, of use within {usable_ms:.0f} ms,"
            f" {frame_ms:.1f} ms a frame of {LIGHTS} lights",
            figures=self.figures(),
        )
        self.missed = self.find_missed()

    def _times(self) -> Iterator[tuple[list[float], list[float]]]:
        return ((one.paint_ms, one.usable_ms) for one in self.opened)

    def _open_pages(self, browser: "Browser", step: Step) -> None:
        tree = [driver(_SIZE, "Plasma", preview=True)]
        devices = [(f"{NAMES[VIPER]}, {heap}", VIPER, heap) for heap in HEAPS] + [(NAMES[NUMBA], NUMBA, HEAPS[-1])]
        with contextlib.ExitStack() as stack:
            urls = [stack.enter_context(started(self._rig, kind, tree, heap=heap)).url for _, kind, heap in devices]
            self.opened = [Opened(name) for name, _, _ in devices]
            for run in range(RUNS + 1):
                step.progress(run, RUNS + 1, "opening pages")
                for one, url in zip(self.opened, urls, strict=True):
                    paint_ms, usable_ms = open_page(browser, url)
                    if run:  # the first one is the browser's own start
                        one.paint_ms.append(paint_ms)
                        one.usable_ms.append(usable_ms)

    def _watch(self, browser: "Browser", name: str, size: Sequence[int]) -> Drawn:
        drawn = Drawn(name)
        controls = dict(zip(("width", "height", "depth"), size, strict=True))
        tree = {
            "type": "DriverLayer",
            "children": [
                {"type": "Grid", "controls": controls},
                {"type": "EffectsLayer", "children": [{"type": "Noise2D"}]},
                {"type": "Preview", "controls": {"fps": 60}},
            ],
        }
        with started(self._rig, NUMBA, [tree]) as runtime, opened(browser, _STOPWATCH) as page:
            page.goto(runtime.url)
            page.wait_for_selector(f".lights[data-lights='{LIGHTS}'][data-fps]", timeout=_WAIT_MS)
            page.evaluate("() => window.taken.splice(0)")
            drawn.still_ms = _frames(page)
            drawn.shown_fps = int(page.locator(".lights").get_attribute("data-fps") or 0)
            drawn.lights_fps = int(runtime.ask("GET", "/api/system")["fps"])
            page.locator(".lights").focus()
            while len(drawn.turning_ms) < FRAMES:
                page.keyboard.press("ArrowLeft")
                drawn.turning_ms += page.evaluate("() => window.taken.splice(0)")
        return drawn

    def figures(self) -> Json:
        """With the targets."""
        return {
            "targets": TARGETS,
            "runs": RUNS,
            "opened": {
                one.name: {"paint_ms": spread(one.paint_ms), "usable_ms": spread(one.usable_ms)} for one in self.opened
            },
            "drawn": {
                one.name: {
                    "still_ms": spread(one.still_ms),
                    "turning_ms": spread(one.turning_ms),
                    "shown_fps": one.shown_fps,
                    "lights_fps": one.lights_fps,
                }
                for one in self.drawn
            },
        }

    def find_missed(self) -> list[str]:
        """Targets that a device misses, be it once, with the figure."""
        found = []
        for one in self.opened:
            for name, times in (("paint_ms", one.paint_ms), ("usable_ms", one.usable_ms)):
                if max(times) > TARGETS[name]:
                    found.append(f"{one.name}: {name} {max(times):.0f} (target {TARGETS[name]:g})")
        return found


@contextlib.contextmanager
def opened(browser: "Browser", script: str) -> "Iterator[Page]":
    """A page of a browser that has never seen it, with a script that runs before its own."""
    context = browser.new_context(viewport=_VIEWPORT)  # type: ignore[arg-type]
    page = context.new_page()
    page.add_init_script(script)
    yield page
    context.close()


def open_page(browser: "Browser", url: str) -> tuple[float, float]:
    """Milliseconds until the first paint, and until the device has answered the first change of a control."""
    with opened(browser, _TOUCH) as page:
        page.goto(url, wait_until="commit")
        usable_ms = page.wait_for_function(_ANSWERED, timeout=_WAIT_MS).json_value()
        paint_ms = page.wait_for_function(_PAINTED, timeout=_WAIT_MS).json_value()
    return float(paint_ms), float(usable_ms)


def _frames(page: "Page") -> list[float]:
    found: list[float] = page.wait_for_function(_TAKEN, arg=FRAMES, timeout=_WAIT_MS).json_value()
    return found


def spread(values: Sequence[float]) -> list[float]:
    """Median and worst."""
    return [round(median(values), 1), round(max(values), 1)]


def page_tables(bench: PageBench) -> str:
    """How soon the page is there, and what its preview costs."""
    rows = []
    for one in bench.opened:
        figures = [f"{value:.0f} ms" for value in (*spread(one.paint_ms), *spread(one.usable_ms))]
        rows.append([one.name, *figures])
    rows.append(["target", "", f"{TARGETS['paint_ms']:.0f} ms", "", f"{TARGETS['usable_ms']:.0f} ms"])
    soon = table(["page from", "first paint", "worst", "of use", "worst"], rows)
    drawn = []
    for shape in bench.drawn:
        figures = [f"{value:.1f} ms" for value in (*spread(shape.still_ms), *spread(shape.turning_ms))]
        drawn.append([f"{LIGHTS:,} lights, {shape.name}", *figures, str(shape.shown_fps), str(shape.lights_fps)])
    head = ["a frame of the preview", "still", "worst", "turning", "worst", "shown fps", "fps of the lights"]
    return f"{soon}\n\n{table(head, drawn)}"
