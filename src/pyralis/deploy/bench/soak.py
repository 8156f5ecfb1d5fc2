"""Soak: both interpreters under four pages and constant changes for half an hour, and whether their memory grows."""

import random
import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from statistics import linear_regression
from typing import Self

from pyralis import catalogue
from pyralis.deploy.bench.heap import stage_now
from pyralis.deploy.bench.memory import client, shown_kb
from pyralis.deploy.bench.pages import table
from pyralis.deploy.bench.plot import Chart, plot
from pyralis.deploy.bench.runtimes import NAMES, NUMBA, VIPER, Runtime, driver, started
from pyralis.deploy.rig import PACKAGE, Rig
from pyralis.deploy.steps import Json, Step

MINUTES = 30.0
HEAP = "128wk"
CLIENTS = 4
IMAGE = "soak.svg"
# What may look like growth: the heap has blocks of 32 bytes, and a resident set goes up and down by pages.
MOST_GROWTH_BYTES = {VIPER: 2048, NUMBA: 2 * 1024 * 1024}
_SIZE = 16
_SIZES = (1, 5, 12, 24, 32, _SIZE)
_ROUNDS = 150  # each ends with a look at the memory
_SHORTEST_ROUND_S = 1.0
_PAUSE_S = 0.04  # between two changes
_WARM_UP = 0.2  # of the time: code is loaded, lists and tables find their size
_NOT_ADDED = ("Fault", "NetworkIn")
_SEED = 4


@dataclass
class Soaked:
    """What one runtime came to."""

    kind: str
    samples: list[tuple[float, int]] = field(default_factory=list)  # minutes, bytes in use
    changes: int = 0
    pages: int = 0  # that came, the first ones included
    fps: list[int] = field(default_factory=list)

    @property
    def warm(self) -> list[tuple[float, int]]:
        """The samples after warm-up."""
        last = self.samples[-1][0]
        return [sample for sample in self.samples if sample[0] >= _WARM_UP * last]

    @property
    def growth_bytes(self) -> int:
        """What the straight line through the samples gains from the end of the warm-up to the end."""
        minutes = [sample[0] for sample in self.warm]
        if len(minutes) < 2:
            return 0
        slope, _ = linear_regression(minutes, [sample[1] for sample in self.warm])
        return round(slope * (minutes[-1] - minutes[0]))

    @property
    def swing_bytes(self) -> int:
        """Most less least, after warm-up."""
        used = [sample[1] for sample in self.warm]
        return max(used) - min(used)

    def to_json(self) -> Json:
        """Figures, and every sample."""
        return {
            "changes": self.changes,
            "pages": self.pages,
            "growth_bytes": self.growth_bytes,
            "swing_bytes": self.swing_bytes,
            "samples": [[round(minutes, 3), used_bytes] for minutes, used_bytes in self.samples],
        }


class SoakBench:
    """Runs both at the same time."""

    def __init__(self, rig: Rig) -> None:
        self._rig = rig
        self.minutes = MINUTES
        self.soaked = [Soaked(VIPER), Soaked(NUMBA)]
        self.missed: list[str] = []

    def run(self, step: Step) -> None:
        """Measure."""
        step.parallel([partial(self._soak, one, step) for one in self.soaked], len(self.soaked))
        texts = [f"{NAMES[one.kind]}: {growth(one)} after {one.changes:,} changes" for one in self.soaked]
        step.summarise("; ".join(texts), figures=self.figures())
        self.missed = self.find_missed()

    def find_missed(self) -> list[str]:
        """Who grows by more than chance would have it."""
        grown = [(one, MOST_GROWTH_BYTES[one.kind]) for one in self.soaked]
        return [
            f"{NAMES[one.kind]} grows by {shown_kb(one.growth_bytes)} KB (target {shown_kb(most_bytes)})"
            for one, most_bytes in grown
            if one.growth_bytes > most_bytes
        ]

    def figures(self) -> Json:
        """By interpreter."""
        return {"minutes": self.minutes, **{one.kind: one.to_json() for one in self.soaked}}

    def _soak(self, one: Soaked, step: Step) -> None:
        tree = [driver(_SIZE, "Plasma", preview=True)]
        with started(self._rig, one.kind, tree, heap=HEAP) as runtime, Pages(runtime.url) as pages:
            changes = Changes(self._rig, runtime)
            from_s = time.monotonic()
            end_s = from_s + 60 * self.minutes
            round_s = max(_SHORTEST_ROUND_S, 60 * self.minutes / _ROUNDS)
            while time.monotonic() < end_s and not step.cancelled.is_set():
                pages.turn_over()
                one.changes += changes.work(round_s)
                one.fps.append(int(runtime.ask("GET", "/api/system")["fps"]))
                used_bytes = stage_now(runtime, "").used_bytes if one.kind == VIPER else used_now(runtime)
                minutes = (time.monotonic() - from_s) / 60
                one.samples.append((minutes, used_bytes))
                step.progress(min(round(minutes * 60), round(60 * self.minutes)), round(60 * self.minutes), "soaking")
            one.pages = pages.came


def used_now(runtime: Runtime) -> int:
    """Memory in use, on an interpreter without a heap of its own size."""
    return int(runtime.ask("GET", "/api/system")["heap_used_bytes"])


class Pages:
    """As many pages as a board serves at once, all reading; the oldest is closed and opened anew from time to time."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._open: list[ExitStack] = []
        self.came = 0

    def __enter__(self) -> Self:
        for _ in range(CLIENTS):
            self._come()
        return self

    def __exit__(self, *_: object) -> None:
        while self._open:
            self._open.pop().close()

    def turn_over(self) -> None:
        """Another page in the place of the oldest."""
        self._open.pop(0).close()
        self._come()

    def _come(self) -> None:
        page = ExitStack()
        page.enter_context(client(self._url))
        self._open.append(page)
        self.came += 1


class Changes:
    """Changes of every kind, which in the end leave the tree as it was."""

    def __init__(self, rig: Rig, runtime: Runtime) -> None:
        self._runtime = runtime
        self._random = random.Random(_SEED)  # noqa: S311  # for the same changes in each soak
        entries = catalogue.scan(PACKAGE, rig.modules)
        effects = [entry["type"] for entry in entries if entry["category"] == "effect"]
        self._effects = [name for name in effects if name not in _NOT_ADDED]
        ids = {module["category"]: module["id"] for module in runtime.modules()}
        self._driver, self._layer, self._grid, self._output = (
            ids[name] for name in ("driver", "layer", "layout", "output")
        )
        self._done = 0

    def work(self, duration_s: float) -> int:
        """Change so long; returns how many changes that were. The log is emptied, so that it does not count."""
        done = self._done
        end_s = time.monotonic() + duration_s
        while time.monotonic() < end_s:
            self._random.choice((self._effect, self._size, self._second_layer, self._settings, self._read))()
        self._runtime.ask("DELETE", "/api/log")
        return self._done - done

    def _change(self, method: str, path: str, value: object = None) -> str:
        answer = self._runtime.ask(method, path, value)
        self._done += 1
        time.sleep(_PAUSE_S)
        return str(answer.get("id", ""))

    def _effect(self) -> None:
        one, other = self._random.sample(self._effects, 2)
        added = self._change("POST", "/api/modules", {"type": one, "parent": self._layer})
        self._change("POST", f"/api/modules/{added}/controls", {"opacity": self._random.randrange(256)})
        self._change("POST", f"/api/modules/{added}/replace", {"type": other})
        self._change("POST", f"/api/modules/{added}/move", {"parent": self._layer, "index": 0})
        self._change("DELETE", f"/api/modules/{added}")

    def _size(self) -> None:
        for width in (*self._random.sample(_SIZES, 3), _SIZE):
            self._change("POST", f"/api/modules/{self._grid}/controls", {"width": width})

    def _second_layer(self) -> None:
        layer = self._change("POST", "/api/modules", {"type": "EffectsLayer", "parent": self._driver})
        self._change("POST", "/api/modules", {"type": self._random.choice(self._effects), "parent": layer})
        self._change("POST", f"/api/modules/{layer}/controls", {"opacity": 128, "blend": "add"})
        self._change("DELETE", f"/api/modules/{layer}")

    def _settings(self) -> None:
        self._change("POST", f"/api/modules/{self._output}/rename", {"name": f"Wall {self._random.randrange(10)}"})
        self._change("POST", f"/api/modules/{self._driver}/controls", {"brightness": self._random.randrange(256)})

    def _read(self) -> None:
        for path in ("modules", "types", "log"):
            self._runtime.ask("GET", f"/api/{path}")


def growth(one: Soaked) -> str:
    """Growth and swing after warm-up, in words."""
    return f"{one.growth_bytes / 1024:+.1f} KB over the time, {shown_kb(one.swing_bytes)} KB between most and least"


def soak_table(bench: SoakBench) -> str:
    """What both came to."""
    rows = []
    for one in bench.soaked:
        used = [sample[1] for sample in one.warm]
        rows.append(
            [
                NAMES[one.kind],
                f"{one.changes:,}",
                f"{one.pages:,}",
                shown_kb(used[0]),
                shown_kb(used[-1]),
                f"{one.growth_bytes / 1024:+.1f}",
                shown_kb(one.swing_bytes),
                str(min(one.fps)),
            ]
        )
    head = ["", "changes", "pages", "warm KB", "end KB", "growth KB", "most less least KB", "least fps"]
    return table(head, rows)


def soak_plot(bench: SoakBench) -> str:
    """Memory over time, as SVG."""
    charts = []
    for one in bench.soaked:
        unit, size = ("KB", 1024) if one.kind == VIPER else ("MB", 1024 * 1024)
        what = f"heap in use, of {HEAP}" if one.kind == VIPER else "resident set"
        points = [(minutes, used_bytes / size) for minutes, used_bytes in one.samples]
        charts.append(Chart(f"{NAMES[one.kind]}: {what}", points, unit, _WARM_UP * one.samples[-1][0]))
    return plot(charts)
