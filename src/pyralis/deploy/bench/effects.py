"""Effects: microseconds a tick by effect and size, as the runtime's scheduler times its modules itself.

One installation runs at a time, with one effect, as it would anywhere: what the garbage collector takes and what cold
caches cost after a pause is in the figures. Rounds alternate between the interpreters, because a machine is slower at
one time than at another.
"""

import socket
import time
from collections.abc import Mapping, Sequence
from contextlib import closing
from statistics import geometric_mean, mean, median
from typing import Any

from pyralis import catalogue
from pyralis.deploy.bench.pages import table
from pyralis.deploy.bench.runtimes import INTERPRETED, NAMES, NUMBA, VIPER, Runtime, driver, started
from pyralis.deploy.errors import UserError
from pyralis.deploy.rig import PACKAGE, Rig
from pyralis.deploy.steps import Json, Step

SIZES = {NUMBA: (16, 64, 128), VIPER: (16, 64, 128), INTERPRETED: (16,)}
PARTS = ("effect", "map", "send")
ROUNDS = 2
_FIRST_SIZE = 16
_FPS = 120  # as often as an output can send
_SAMPLES = 4
_SETTLE_S = 0.12  # a module's time is a mean over its latest eight ticks or so
_SAMPLE_S = 0.06
_HEAP = "2m"  # enough for 128x128, and not so much that collecting garbage takes longer than anywhere
_NOT_MEASURED = ("Fault", "NetworkIn")

Key = tuple[str, str, int, str]  # interpreter, effect, size, part


class EffectsBench:
    """Rounds over the interpreters, and what they came to."""

    def __init__(self, rig: Rig) -> None:
        self._rig = rig
        entries = catalogue.scan(PACKAGE, rig.modules)
        names = [entry["type"] for entry in entries if entry["category"] == "effect"]
        self.effects = [name for name in names if name not in _NOT_MEASURED]
        self.samples: dict[Key, list[int]] = {}
        self.missed: list[str] = []  # there are no targets

    def run(self, step: Step) -> None:
        """Measure; the interpreters take turns."""
        total = ROUNDS * len(self.effects) * sum(len(sizes) for sizes in SIZES.values())
        done = 0
        with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as sink:
            # Somebody must listen, else each packet costs an ICMP answer on top.
            sink.bind(("127.0.0.1", 0))
            tree = [driver(_FIRST_SIZE, self.effects[0], port=sink.getsockname()[1])]
            for kind in list(SIZES) * ROUNDS:
                step.progress(done, total, f"start {NAMES[kind]}")
                with started(self._rig, kind, tree, fps=_FPS, heap=_HEAP) as runtime:
                    for size in SIZES[kind]:
                        for name in self.effects:
                            step.progress(done, total, f"{NAMES[kind]}: {name} {size}x{size}")
                            self._measure(runtime, kind, name, size)
                            done += 1
        step.summarise(self._summary(), figures=self.figures())

    def _measure(self, runtime: Runtime, kind: str, name: str, size: int) -> None:
        modules = {module["category"]: module for module in runtime.modules()}
        runtime.ask("POST", f"/api/modules/{modules['layout']['id']}/controls", {"width": size, "height": size})
        if modules["effect"]["type"] != name:
            runtime.ask("POST", f"/api/modules/{modules['effect']['id']}/replace", {"type": name})
        runtime.wait_compiled()
        time.sleep(_SETTLE_S)
        for _ in range(_SAMPLES):
            time.sleep(_SAMPLE_S)
            for part, tick_us in tick_parts(runtime.modules()).items():
                self.samples.setdefault((kind, name, size, part), []).append(tick_us)

    def median_us(self, kind: str, name: str, size: int, part: str) -> float:
        """The median of a part of the tick; `tick` is the sum of all."""
        if part == "tick":
            sums = zip(*(self.samples[kind, name, size, one] for one in PARTS), strict=True)
            return float(median(sum(parts) for parts in sums))
        return float(median(self.samples[kind, name, size, part]))

    def figures(self) -> Json:
        """Interpreter > effect > size > part: microseconds."""
        found: dict[str, Any] = {}
        for kind, name, size, _ in self.samples:
            parts = {part: self.median_us(kind, name, size, part) for part in (*PARTS, "tick")}
            found.setdefault(kind, {}).setdefault(name, {})[str(size)] = parts
        return found

    def _summary(self) -> str:
        ratio = self.ratio(VIPER, NUMBA, 64, "effect")
        return f"{len(self.effects)} effects; at 64x64 viper takes {ratio:.1f} times as long as numba"

    def ratio(self, slow: str, fast: str, size: int, part: str) -> float:
        """How many times as long `slow` takes, over all effects."""
        pairs = [
            (self.median_us(slow, name, size, part), self.median_us(fast, name, size, part)) for name in self.effects
        ]
        return float(geometric_mean([max(slow_us, 1) / max(fast_us, 1) for slow_us, fast_us in pairs]))


def tick_parts(modules: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    """Microseconds of each part of a tick; UserError where a module does not work."""
    found = dict.fromkeys(PARTS, 0)
    for module in modules:
        if module["status"] != "ok":
            raise UserError(f"{module['id']} is {module['status']}: {module['health']}", whose="the module's")
        part = {"effect": "effect", "output": "send"}.get(module["category"], "map")
        found[part] += module["tick_us"]
    return found


def effects_table(bench: EffectsBench) -> str:
    """The effect alone, and what every tick needs besides."""
    columns = [(kind, size) for kind, sizes in SIZES.items() for size in sizes]
    head = ["µs a tick", *(f"{kind} {size}²" for kind, size in columns)]
    rows = [
        [name, *(shown_us(bench.median_us(kind, name, size, "effect")) for kind, size in columns)]
        for name in bench.effects
    ]
    for label, part in (("map and blend", "map"), ("Art-Net: pack, send", "send"), ("**whole tick, mean**", "tick")):
        rows.append([label, *(_mean(bench, kind, size, part) for kind, size in columns)])
    return table(head, rows)


def ratio_table(bench: EffectsBench) -> str:
    """How much longer one takes than another: geometric means over all effects, of the effect alone and of the tick."""
    rows = []
    for slow, fast in ((VIPER, NUMBA), (INTERPRETED, NUMBA), (INTERPRETED, VIPER)):
        for part, label in (("effect", "effect"), ("tick", "whole tick")):
            shared = [size for size in SIZES[NUMBA] if size in SIZES[slow]]
            cells = [f"{bench.ratio(slow, fast, size, part):.1f}" if size in shared else "" for size in SIZES[NUMBA]]
            rows.append([f"{slow} / {fast}, {label}", *cells])
    return table(["times as long", *(f"{size}²" for size in SIZES[NUMBA])], rows)


def _mean(bench: EffectsBench, kind: str, size: int, part: str) -> str:
    return shown_us(mean(bench.median_us(kind, name, size, part) for name in bench.effects))


def shown_us(value_us: float) -> str:
    """Without digits that mean nothing."""
    return f"{value_us:.0f}"
