"""Runtimes: starts the runtime on a tree made for measuring, waits until nothing compiles, and asks it.

Figures come over HTTP from the runtime's own timing, so that what is measured is what users run.
"""

import contextlib
import http.client
import importlib.util
import json
import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import urlsplit

from pyralis.deploy.errors import UserError
from pyralis.deploy.identity import identify
from pyralis.deploy.interpreters import DEFAULT_HEAP, Launch, Options, on_cpython, on_micropython
from pyralis.deploy.rig import PACKAGE, Rig
from pyralis.deploy.runner import Runner, free_ports
from pyralis.wire import STATE_FILE

NUMBA = "numba"
VIPER = "viper"
INTERPRETED = "interpreted"
NAMES = {NUMBA: "CPython, numba", VIPER: "MicroPython, viper", INTERPRETED: "CPython, interpreted"}

_COMPILE_TIMEOUT_S = 60.0
_POLL_S = 0.05
_REQUEST_TIMEOUT_S = 10.0


@dataclass(frozen=True)
class Runtime:
    """One that serves."""

    url: str
    pid: int
    lines: list[str]  # what it printed
    compile_s: float = 0.0  # from serving until nothing compiled any more

    def ask(self, method: str, path: str, value: object = None) -> Any:
        """The JSON that it answers; UserError where it refuses."""
        connection = http.client.HTTPConnection(urlsplit(self.url).netloc, timeout=_REQUEST_TIMEOUT_S)
        try:
            connection.request(method, path, None if value is None else json.dumps(value))
            response = connection.getresponse()
            answer = json.loads(response.read())
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise UserError(f"the runtime does not answer {method} {path}: {type(error).__name__}: {error}") from None
        finally:
            connection.close()
        if response.status >= http.client.BAD_REQUEST:
            raise UserError(f"{method} {path}: {answer.get('message', response.status)}")
        return answer

    def modules(self) -> list[dict[str, Any]]:
        """Every module, parents first."""
        found: list[dict[str, Any]] = self.ask("GET", "/api/modules")["modules"]
        return found

    def wait_compiled(self) -> float:
        """Wait until no module compiles; returns the seconds that took."""
        from_s = time.monotonic()
        while time.monotonic() - from_s < _COMPILE_TIMEOUT_S:
            if all(module["status"] != "compiling" for module in self.modules()):
                return time.monotonic() - from_s
            time.sleep(_POLL_S)
        raise UserError(f"kernels still compile after {_COMPILE_TIMEOUT_S:g} s", todo="read the log: `pyralis run`")


@contextlib.contextmanager
def started(
    rig: Rig,
    kind: str,
    tree: Sequence[object],
    *,
    fps: int = 60,
    heap: str = DEFAULT_HEAP,
    report: bool = False,
    change: Callable[[Launch], Launch] = lambda launch: launch,
) -> Iterator[Runtime]:
    """A runtime on `tree` that compiles nothing any more; it ends with the context. `change` adapts its launch."""
    with TemporaryDirectory(prefix="pyralis-bench-") as folder:
        state = Path(folder) / "state"
        state.mkdir()
        (state / STATE_FILE).write_text(json.dumps({"tree": tree}), encoding="utf-8")
        extra = {"fps": str(fps), "memory-report": "1" if report else ""}
        options = Options(state, port=free_ports(1)[0], extra=extra)
        launch = change(_launch(rig, kind, options, heap, Path(folder) / "small"))
        lines: list[str] = []
        with Runner(launch, rig.logs / f"bench-{kind}.log", lines.append) as runner:
            url = runner.start()
            runtime = Runtime(url, runner.pid, lines)
            yield replace(runtime, compile_s=runtime.wait_compiled())


def _launch(rig: Rig, kind: str, options: Options, heap: str, folder: Path) -> Launch:
    if kind == VIPER:
        return on_micropython(rig, options, heap)
    launch = on_cpython(rig, identify(rig), options)
    return launch if kind == NUMBA else small_installation(launch, folder)


def small_installation(launch: Launch, folder: Path) -> Launch:
    """The same with nothing installed but the runtime and its one dependency, so that kernels stay interpreted."""
    folder.mkdir()
    spec = importlib.util.find_spec("microdot")
    if spec is None or spec.origin is None:
        raise UserError("the package microdot is missing", whose="the installation's", todo="`uv sync`")
    for package in (PACKAGE, Path(spec.origin).parent):
        (folder / package.name).symlink_to(package, target_is_directory=True)
    command = [sys.executable, "-S", *launch.command[1:]]  # -S: without site-packages
    return replace(launch, command=command, env={**os.environ, "PYTHONPATH": str(folder)})


def driver(size: int, effect: str, *, port: int = 6454, preview: bool = False) -> dict[str, object]:
    """A square panel with one effect that goes out as Art-Net in every tick."""
    children: list[dict[str, object]] = [
        {"type": "Grid", "controls": {"width": size, "height": size}},
        {"type": "EffectsLayer", "children": [{"type": effect}]},
        {"type": "ArtNetOut", "controls": {"target": "127.0.0.1", "port": port, "fps": 120}},
    ]
    if preview:
        children.append({"type": "Preview"})
    return {"type": "DriverLayer", "name": "Bench", "children": children}
