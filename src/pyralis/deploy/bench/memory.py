"""Memory: what each stage of a start costs MicroPython's heap, what a client costs, and whether anything leaks."""

import contextlib
import json
import subprocess
import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from pyralis import catalogue
from pyralis.deploy.bench.heap import Names, Stage, boot_stages, names_in, stage_now
from pyralis.deploy.bench.pages import table
from pyralis.deploy.bench.runtimes import VIPER, Runtime, driver, started
from pyralis.deploy.build.image import VFS_FOLDER
from pyralis.deploy.errors import UserError
from pyralis.deploy.interpreters import Launch, Options, on_micropython
from pyralis.deploy.rig import PACKAGE, Rig
from pyralis.deploy.steps import Json, Step
from pyralis.wire import TYPES_FILE

TARGET_BYTES = 130 * 1024
SIZE = 16
EFFECT = "Plasma"
FRAMES = 1000
CYCLES = 10
_HEAP_OF_ALL = "512k"  # for the code of every effect: what is let go of and comes back would look like a leak
_FPS = 250  # so that a thousand frames do not take long
_HERE = Path(__file__).parent
_TIMEOUT_S = 20
_NOT_ADDED = ("Fault", "NetworkIn")
# In the order of a start.
_IMPORTS = ("asyncio", *(f"pyralis.{name}" for name in ("main", "pal.micropython", "core", "light")))
_TYPES = ("Grid", EFFECT, "ArtNetOut", "Preview")
_SERVER_IMPORTS = ("microdot", "pyralis.api")
_REPORT = "pyralis.core.memory_report"  # for the report alone


class MemoryBench:
    """Starts that only import, that report their stages, that run as users run them, and that change the tree."""

    def __init__(self, rig: Rig) -> None:
        self._rig = rig
        self.boot: list[Stage] = []  # with the report's own cost
        self.plain: list[Stage] = []  # as users run it
        self.changing: list[Stage] = []
        self.imports: list[tuple[str, int]] = []  # what each costs
        self.leak_bytes = 0
        self.cycles = 0
        self.names: Names | None = None
        self.missed: list[str] = []

    @property
    def headline(self) -> Stage:
        """With server and one client, as users start it."""
        return self.plain[1]

    def run(self, step: Step) -> None:
        """Measure."""
        parts = (
            ("imports", self._run_imports),
            ("a start that reports its stages", self._run_reporting),
            (f"a start as usual, one client, {FRAMES} frames", self._run_plain),
            ("interned names", self._run_names),
            ("adding and deleting effects", self._run_changing),
        )
        for done, (what, work) in enumerate(parts):
            step.progress(done, len(parts), what)
            work()
        used_bytes = self.headline.used_bytes
        step.summarise(
            f"{used_bytes / 1024:.1f} KB of heap with server and one client at {SIZE}x{SIZE};"
            f" {self.leak_bytes} bytes leak with {self.cycles} effects added and deleted",
            figures=self.figures(),
        )
        if used_bytes > TARGET_BYTES:
            self.missed = [f"{shown_kb(used_bytes)} KB of heap with one client (target {shown_kb(TARGET_BYTES)})"]

    def _run_imports(self) -> None:
        self.imports = import_costs(self._rig)

    def _run_reporting(self) -> None:
        with started(self._rig, VIPER, _tree(), report=True) as runtime:
            self.boot = boot_stages(runtime.lines)

    def _run_plain(self) -> None:
        with started(self._rig, VIPER, _tree(), fps=_FPS) as runtime:
            self.plain = [stage_now(runtime, "after a second")]
            with client(runtime.url):
                self.plain += [stage_now(runtime, "one WebSocket client"), _after_frames(runtime)]

    def _run_names(self) -> None:
        with started(self._rig, VIPER, _tree(), change=_telling_names) as runtime, client(runtime.url):
            stage_now(runtime, "not used")  # by then everything that one client needs was used
        self.names = names_in(runtime.lines)

    def _run_changing(self) -> None:
        """Add and delete every effect; code and lists find their size at first, so only what comes later is a leak."""
        entries = catalogue.scan(PACKAGE, self._rig.modules)
        effects = [one["type"] for one in entries if one["category"] == "effect" and one["type"] not in _NOT_ADDED]
        self.cycles = CYCLES * len(effects)
        stages = ((1, "code of every effect"), (CYCLES, f"{self.cycles} added and deleted"), (CYCLES, "as many again"))
        with started(self._rig, VIPER, _tree(), heap=_HEAP_OF_ALL) as runtime:
            for cycles, name in stages:
                _add_and_delete(runtime, effects * cycles)
                self.changing.append(stage_now(runtime, name))
        self.leak_bytes = self.changing[-1].used_bytes - self.changing[-2].used_bytes

    def figures(self) -> Json:
        """Everything, in bytes."""
        return {
            "target_bytes": TARGET_BYTES,
            "used_bytes": self.headline.used_bytes,
            "boot": [stage.to_json() for stage in self.boot],
            "running": [stage.to_json() for stage in self.plain],
            "changing": [stage.to_json() for stage in self.changing],
            "imports": dict(self.imports),
            "leak_bytes": self.leak_bytes,
            "effects_added": self.cycles,
            "names": self.names.to_json() if self.names else None,
        }


def _add_and_delete(runtime: Runtime, effects: Sequence[str]) -> None:
    layer = next(module["id"] for module in runtime.modules() if module["category"] == "layer")
    for effect in effects:
        added = runtime.ask("POST", "/api/modules", {"type": effect, "parent": layer})
        runtime.ask("DELETE", f"/api/modules/{added['id']}")
    runtime.ask("DELETE", "/api/log")


def import_costs(rig: Rig) -> list[tuple[str, int]]:
    """What each import of a start costs, the bare interpreter first."""
    launch = on_micropython(rig, Options(rig.private))
    command = [*_before_module(launch), str(_HERE / "import_costs.py"), *_imports(rig)]
    try:
        done = subprocess.run(
            command, cwd=launch.cwd, env=launch.env, capture_output=True, text=True, timeout=_TIMEOUT_S, check=True
        )
    except subprocess.CalledProcessError as error:
        raise UserError("MicroPython cannot import the runtime", details=error.stderr.splitlines()[-5:]) from None
    used = [json.loads(line) for line in done.stdout.splitlines()]
    before = [0, *(used_bytes for _, used_bytes in used)]
    return [(name, used_bytes - before[number]) for number, (name, used_bytes) in enumerate(used)]


def _imports(rig: Rig) -> list[str]:
    lines = (rig.build("pc") / VFS_FOLDER / TYPES_FILE).read_text(encoding="utf-8").splitlines()
    modules = {entry["type"]: entry["module"].split()[0] for entry in map(json.loads, lines)}
    return [*_IMPORTS, *(modules[name] for name in _TYPES), *_SERVER_IMPORTS, _REPORT]


def _telling_names(launch: Launch) -> Launch:
    """The same, with a line about interned names at its end."""
    program = (_HERE / "names_at_end.py").read_text(encoding="utf-8")  # as text: its path would be a name more
    arguments = launch.command[launch.command.index("-m") + 1 :]
    return replace(launch, command=[*_before_module(launch), "-c", program, *arguments])


def _before_module(launch: Launch) -> list[str]:
    return launch.command[: launch.command.index("-m")]


def _tree() -> list[object]:
    return [driver(SIZE, EFFECT, preview=True)]


def _after_frames(runtime: Runtime) -> Stage:
    start_ms = runtime.ask("GET", "/api/system")["uptime_ms"]
    while True:
        stage = stage_now(runtime, f"after {FRAMES:,} frames")
        system = runtime.ask("GET", "/api/system")
        if (system["uptime_ms"] - start_ms) * system["fps"] >= FRAMES * 1000:
            return stage


@contextlib.contextmanager
def client(url: str) -> Iterator[None]:
    """A page's WebSocket, connected and read all the time."""
    from websockets.exceptions import ConnectionClosed
    from websockets.sync.client import connect

    def read(socket: Any) -> None:
        with contextlib.suppress(ConnectionClosed):
            for _ in socket:
                pass

    with connect(url.replace("http://", "ws://") + "/ws", compression=None) as socket:
        reader = threading.Thread(target=read, args=(socket,), daemon=True)
        reader.start()
        yield
    reader.join()


def stage_table(bench: MemoryBench) -> str:
    """The heap by stage."""
    rows = []
    before_bytes = 0
    for stage in (*bench.boot, *bench.plain, *bench.changing):
        cells = (stage.used_bytes, stage.used_bytes - before_bytes, stage.free_bytes, stage.largest_bytes)
        rows.append([stage.name, *(shown_kb(cell) for cell in cells), f"{stage.fragmentation_percent} %"])
        before_bytes = stage.used_bytes
    return table(["stage", "used KB", "more KB", "free KB", "largest KB", "fragmentation"], rows)


def import_table(bench: MemoryBench) -> str:
    """What each import costs."""
    total = sum(cost_bytes for name, cost_bytes in bench.imports if name != _REPORT)
    rows = [[f"`{name}`" if name else "bare interpreter", shown_kb(cost_bytes)] for name, cost_bytes in bench.imports]
    report = [[f"{rows[-1][0]}, for this table only", rows[-1][1]]]
    return table(["import", "KB"], [*rows[:-1], ["**all that a start imports**", f"**{shown_kb(total)}**"], *report])


def shown_kb(size_bytes: int) -> str:
    """In units of 1024 bytes."""
    return f"{size_bytes / 1024:.1f}"
