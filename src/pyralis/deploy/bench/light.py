"""Light: what a tick costs without server and clock, beside the same kernels in C++, NumPy and MicroPython's two forms.

The kernels that one tick of the engine calls are recorded with what it gives them, and called again in each form; all
forms and trees take turns, round by round, because a machine is slower at one time than at another.
"""

import socket
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, closing
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from pyralis import catalogue
from pyralis.deploy.bench.as_cpp import alone
from pyralis.deploy.bench.cpp import LEVELS, compiled, path_of
from pyralis.deploy.bench.effects import shown_us
from pyralis.deploy.bench.pages import table
from pyralis.deploy.bench.plot import Chart, plot
from pyralis.deploy.bench.talker import Talker
from pyralis.deploy.interpreters import find_micropython
from pyralis.deploy.rig import PACKAGE, Rig, package_environment
from pyralis.deploy.steps import Json, Step

SIZE = 128
# Of the C++ desktop runtime of the same family, µs a tick at 128x128, measured on this kind of machine.
PEER_US = {"Rainbow": 98, "Plasma": 106, "Fire": 187, "Metaballs": 213, "Noise2D": 455}
STILL = "Solid"
SIZES = (16, 32, 64, 128, 256, 512)
MODULES = (1, 10, 50, 100, 200)
PROTOCOLS = {"ArtNetOut": ("Art-Net", 50), "SacnOut": ("sACN", 0), "DdpOut": ("DDP", 0)}
CORE_TARGETS = {128: 2.0, 512: 100.0}  # percent of a core at 60 fps, by size
IMAGE = "light.svg"
NUMBA, NUMPY, VIPER, BYTECODE = "numba", "NumPy", "viper", "bytecode"
FORMS = (NUMBA, *LEVELS, NUMPY, VIPER, BYTECODE)
_ALL = "tick"  # of the kernels
_NOT_THE_EFFECTS = ("gather", "pack", "number")
_FPS = 60
_ROUNDS = 15
_CALLS = 5
_SLOW_CALLS = 1
_HEAP = "64m"
_HERE = Path(__file__).parent
_SERPENTINE = "serpentine"
_SHARED = (  # the run that has it, the kernel, and what it is called
    ("Plasma", "gather", "map, straight"),
    (_SERPENTINE, "gather", "map, serpentine"),
    ("Plasma", "pack", "levels, order, packets"),
)


class LightBench:
    """Rounds over everything, and what they came to."""

    def __init__(self, rig: Rig) -> None:
        self._rig = rig
        self._types = list(catalogue.scan(PACKAGE, rig.modules))
        self._runs: dict[str, tuple[Talker, dict[str, object]]] = {}  # whom to ask for what, by name
        self.samples_us: dict[str, list[float]] = {}
        self.kernels: dict[str, list[str]] = {}  # that a tick calls, by effect
        self.has_cpp = False
        self.missed: list[str] = []

    def run(self, step: Step) -> None:
        """Measure."""
        with ExitStack() as stack:
            sink = stack.enter_context(closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)))
            # Somebody must listen, else each packet costs an ICMP answer on top. Nobody reads: that takes no time.
            sink.bind(("127.0.0.1", 0))
            folder = Path(stack.enter_context(TemporaryDirectory(prefix="pyralis-bench-")))
            command = [sys.executable, "-P", str(_HERE / "light_worker.py")]
            worker = stack.enter_context(Talker(command, package_environment()))
            step.progress(0, _ROUNDS, "set up")
            self._set_up_forms(worker, stack, folder)
            self._set_up_trees(worker, sink.getsockname()[1])
            for number in range(_ROUNDS):
                step.progress(number, _ROUNDS, "rounds")
                for name, (whom, what) in self._runs.items():
                    self.samples_us.setdefault(name, []).append(whom.ask(what))
        self.missed = list(self._misses())
        slowest = max(PEER_US, key=lambda name: self.us(_tick(name)) / PEER_US[name])
        share = self.us(_tick(slowest)) / PEER_US[slowest]
        step.summarise(
            f"a tick of {SIZE}x{SIZE} takes {share:.2f} of the C++ runtime's time at most ({slowest}),"
            f" {self.core_percent(SIZE):.1f} % of a core at {_FPS} fps with Art-Net",
            figures=self.figures(),
        )

    def _set_up_forms(self, worker: Talker, stack: ExitStack, folder: Path) -> None:
        for name in (*PEER_US, STILL, _SERPENTINE):
            serpentine = name == _SERPENTINE
            tree = panel(SIZE, ["Plasma" if serpentine else name], serpentine=serpentine)
            worker.ask({"do": "engine", "name": _tick(name), "tree": tree, "types": self._types, "sends": False})
            if not serpentine:
                self._runs[_tick(name)] = worker, {"do": "time", "name": _tick(name), "calls": _CALLS}
            if name == STILL:
                continue
            own = folder / name
            own.mkdir()
            calls = worker.ask({"do": "record", "name": _tick(name), "folder": str(own)})
            self.kernels[name] = [kernel for _, kernel in calls]
            for number, (module, kernel) in enumerate(calls):
                (own / f"kernel_{number}.py").write_text(alone(path_of(module), kernel), encoding="utf-8")
            libraries = compiled(own, calls)
            self.has_cpp = bool(libraries)
            ports = {form: self._micropython(stack, own, form) for form in (VIPER, BYTECODE)}
            for part, numbers in self._parts(name).items():
                for form in FORMS:
                    self._set_up(worker, ports, libraries, name, part, numbers, form)

    def _parts(self, name: str) -> dict[str, list[int]]:
        """The calls of the effect alone, of the whole tick, and of each kernel that all lights go through."""
        kernels = list(enumerate(self.kernels[name]))
        shared = {
            kernel: [number for number, one in kernels if one == kernel] for run, kernel, _ in _SHARED if run == name
        }
        if name == _SERPENTINE:
            return shared
        found = {_ALL: [number for number, _ in kernels]}
        found["effect"] = [number for number, one in kernels if one not in _NOT_THE_EFFECTS]
        return found | shared

    def _set_up(
        self,
        worker: Talker,
        ports: Mapping[str, Talker],
        libraries: Mapping[str, Path],
        name: str,
        part: str,
        numbers: list[int],
        form: str,
    ) -> None:
        key = _form(name, part, form)
        if form in ports:
            self._runs[key] = ports[form], {"numbers": numbers, "calls": _SLOW_CALLS if form == BYTECODE else _CALLS}
            return
        if form in LEVELS and form not in libraries:
            return
        asked = {"do": "form", "name": key, "recording": _tick(name), "numbers": numbers, "form": form}
        if worker.ask({**asked, "library": str(libraries.get(form, ""))}):
            self._runs[key] = worker, {"do": "time", "name": key, "calls": _CALLS}

    def _micropython(self, stack: ExitStack, recording: Path, form: str) -> Talker:
        program = str(_HERE / "replay.py")
        command = [find_micropython(self._rig), "-X", f"heapsize={_HEAP}", program, str(recording), form]
        return stack.enter_context(Talker(command, package_environment()))

    def _set_up_trees(self, worker: Talker, port: int) -> None:
        trees = {_grown(size): (panel(size, ["Plasma"], port=port), "time") for size in SIZES}
        for count in MODULES:
            trees[_modules(count)] = panel(16, ["Plasma"] * count, port=port), "time"
        for type_name in PROTOCOLS:
            trees[type_name] = panel(SIZE, ["Plasma"], output=type_name, port=port), "output"
        for name, (tree, what) in trees.items():
            worker.ask({"do": "engine", "name": name, "tree": tree, "types": self._types, "sends": True})
            self._runs[name] = worker, {"do": what, "name": name, "calls": _CALLS}

    def _misses(self) -> Iterator[str]:
        for name, peer_us in PEER_US.items():
            if self.us(_tick(name)) > peer_us / 2:
                yield f"{name} {self.us(_tick(name)):.0f} µs (target {peer_us / 2:.0f})"
        for type_name, (title, target_us) in PROTOCOLS.items():
            if target_us and self.us(type_name) > target_us:
                yield f"{title} {self.us(type_name):.0f} µs (target {target_us})"
        for size, percent in CORE_TARGETS.items():
            if self.core_percent(size) > percent:
                yield f"{self.core_percent(size):.1f} % of a core at {size}x{size} (target {percent:g})"

    def us(self, name: str) -> float:
        """The median; 0 where it was not measured."""
        return float(median(self.samples_us.get(name, [0.0])))

    def core_percent(self, size: int) -> float:
        """The share of a core of a tick with Art-Net at 60 fps."""
        return self.us(_grown(size)) * _FPS / 1e4

    def figures(self) -> Json:
        """All medians, and the targets."""
        return {
            "us": {name: round(self.us(name), 1) for name in self.samples_us},
            "peer_us": PEER_US,
            "core_percent": {str(size): round(self.core_percent(size), 2) for size in SIZES},
        }


def panel(
    size: int, effects: Sequence[str], *, output: str = "ArtNetOut", port: int = 6454, serpentine: bool = False
) -> list[object]:
    """A square of lights with these effects, sent in every tick."""
    grid = {"type": "Grid", "controls": {"width": size, "height": size, "serpentine": serpentine}}
    layer = {"type": "EffectsLayer", "children": [{"type": effect} for effect in effects]}
    sent = {"type": output, "controls": {"target": "127.0.0.1", "port": port, "fps": 120}}
    return [{"type": "DriverLayer", "children": [grid, layer, sent]}]


def _tick(effect: str) -> str:
    return f"tick {effect}"


def _form(effect: str, part: str, form: str) -> str:
    return f"{effect} {part} {form}"


def _grown(size: int) -> str:
    return f"{size}x{size}"


def _modules(count: int) -> str:
    return f"{count} effects"


def light_tables(bench: LightBench) -> str:
    """Every table, and the chart."""
    parts = [tick_table(bench), kernel_table(bench), growth_tables(bench), f"![What a tick costs](img/{IMAGE})"]
    if not bench.has_cpp:
        parts.insert(0, "There is no `g++` on this machine, so there are no figures of C++.")
    return "\n\n".join(parts)


def tick_table(bench: LightBench) -> str:
    """Whole ticks, beside the peer and C++."""
    head = [f"µs a tick of {SIZE}x{SIZE}", "Pyralis", "peer, C++", "ratio", "target", "kernels alone"]
    head += [f"in {level}" for level in LEVELS if bench.has_cpp]
    rows = []
    for name, peer_us in PEER_US.items():
        own_us = bench.us(_tick(name))
        row = [name, shown_us(own_us), str(peer_us), f"{own_us / peer_us:.2f}", f"{peer_us / 2:.0f}"]
        row += [shown_us(bench.us(_form(name, _ALL, form))) for form in (NUMBA, *(LEVELS if bench.has_cpp else ()))]
        rows.append(row)
    rows.append([f"{STILL}, which does not change", f"{bench.us(_tick(STILL)):.0f}", *[""] * (len(head) - 2)])
    for type_name, (title, target_us) in PROTOCOLS.items():
        target = str(target_us or "")
        row = [f"{title}: pack, number, send", shown_us(bench.us(type_name)), "", "", target]
        rows.append(row + [""] * (len(head) - len(row)))
    return table(head, rows)


def kernel_table(bench: LightBench) -> str:
    """Kernels by form."""
    forms = [form for form in FORMS if bench.has_cpp or form not in LEVELS]
    names = [(name, "effect", name) for name in PEER_US]
    names += _SHARED
    rows = []
    for effect, part, title in names:
        cells = [bench.us(_form(effect, part, form)) for form in forms]
        ratios = [cell / max(cells[0], 0.1) for cell in cells]
        shown = [
            f"{cell:.0f} ({ratio:.1f})" if number else f"{cell:.0f}"
            for number, (cell, ratio) in enumerate(zip(cells, ratios, strict=True))
        ]
        rows.append([title, *(text if cell else "" for text, cell in zip(shown, cells, strict=True))])
    return table([f"µs a kernel (times numba), {SIZE}x{SIZE}", *forms], rows)


def growth_tables(bench: LightBench) -> str:
    """By lights and by modules."""
    rows = []
    for size in SIZES:
        tick_us = bench.us(_grown(size))
        target = f"{CORE_TARGETS[size]:g} %" if size in CORE_TARGETS else ""
        share = f"{bench.core_percent(size):.1f} %"
        rows.append(
            [f"{size}x{size}", f"{size * size:,}", shown_us(tick_us), f"{1e3 * tick_us / size**2:.1f}", share, target]
        )
    head = ["Plasma with Art-Net", "lights", "µs a tick", "ns a light", f"of a core at {_FPS} fps", "target"]
    counts = [
        [str(count), shown_us(bench.us(_modules(count))), f"{bench.us(_modules(count)) / count:.1f}"]
        for count in MODULES
    ]
    return f"{table(head, rows)}\n\n{table(['effects at 16x16', 'µs a tick', 'µs an effect'], counts)}"


def light_plot(bench: LightBench) -> str:
    """How the cost grows."""
    lights = [(size * size / 1000, bench.us(_grown(size)) / 1000) for size in SIZES]
    modules = [(float(count), bench.us(_modules(count)) / 1000) for count in MODULES]
    return plot(
        [
            Chart("A tick of Plasma with Art-Net, by thousands of lights", lights, "ms", unit_across=""),
            Chart("A tick at 16x16, by effects", modules, "ms", unit_across=""),
        ]
    )
