"""Serving: how soon the runtime answers after its start, how fast while it renders, and how busy it keeps a core."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from pyralis.deploy.bench.pages import table
from pyralis.deploy.bench.runtimes import NUMBA, Runtime, driver, started
from pyralis.deploy.errors import UserError
from pyralis.deploy.rig import PACKAGE, Rig, package_environment
from pyralis.deploy.runner import free_ports
from pyralis.deploy.steps import Json, Step
from pyralis.wire import RIG_FILE

TARGETS = {"start_s": 0.5, "p50_ms": 3.0, "p99_ms": 20.0, "cpu_64_percent": 10.0}
STARTS = 5
REQUESTS = 400
SIZES = (64, 128)
FPS = 60
_CPU_WINDOW_S = 4.0
_SETTLE_S = 1.0
_START_TIMEOUT_S = 20.0
_POLL_S = 0.002
_ASK = b"GET /api/system HTTP/1.1\r\nHost: bench\r\nConnection: close\r\n\r\n"


class ServingBench:
    """Starts, then requests and processor time while Plasma runs."""

    def __init__(self, rig: Rig) -> None:
        self._rig = rig
        self.starts_s: dict[str, list[float]] = {}
        self.requests_ms: list[float] = []
        self.cpu_percent: dict[int, float] = {}
        self.fps: dict[int, int] = {}
        self.compile_s: list[float] = []
        self.missed: list[str] = []

    def run(self, step: Step) -> None:
        """Measure."""
        total = 2 * STARTS + len(SIZES)
        with TemporaryDirectory(prefix="pyralis-bench-") as folder:
            kinds = start_environments(Path(folder))
            rig = _make_rig(Path(folder) / "rig")
            for done in range(2 * STARTS):
                name = list(kinds)[done % 2]
                step.progress(done, total, f"start, {name}")
                self.starts_s.setdefault(name, []).append(start_s(rig, kinds[name]))
        for number, size in enumerate(SIZES):
            step.progress(2 * STARTS + number, total, f"Plasma {size}x{size}")
            with started(self._rig, NUMBA, [driver(size, "Plasma", preview=True)], fps=FPS) as runtime:
                self.compile_s.append(runtime.compile_s)
                self._measure(runtime, size)
        step.summarise(self._summary(), figures=self.figures())
        self.missed = self.find_missed()

    def _measure(self, runtime: Runtime, size: int) -> None:
        time.sleep(_SETTLE_S)
        before_s, from_s = cpu_s(runtime.pid), time.monotonic()
        time.sleep(_CPU_WINDOW_S)
        self.cpu_percent[size] = 100 * (cpu_s(runtime.pid) - before_s) / (time.monotonic() - from_s)
        self.fps[size] = int(runtime.ask("GET", "/api/system")["fps"])
        if size == max(SIZES):
            self.requests_ms = sorted(request_ms(runtime.url) for _ in range(REQUESTS))

    def percentile_ms(self, percent: int) -> float:
        """Of the requests."""
        return self.requests_ms[min(len(self.requests_ms) - 1, len(self.requests_ms) * percent // 100)]

    def figures(self) -> Json:
        """With the targets."""
        return {
            "targets": TARGETS,
            "start_s": {name: round(median(values), 3) for name, values in self.starts_s.items()},
            "compile_s": round(median(self.compile_s), 3),
            "p50_ms": round(self.percentile_ms(50), 2),
            "p99_ms": round(self.percentile_ms(99), 2),
            "longest_ms": round(self.requests_ms[-1], 2),
            "cpu_percent": {str(size): round(percent, 1) for size, percent in self.cpu_percent.items()},
            "fps": {str(size): fps for size, fps in self.fps.items()},
        }

    def find_missed(self) -> list[str]:
        """Targets that are not met, with the figure."""
        values = {
            "start_s": max(median(values) for values in self.starts_s.values()),
            "p50_ms": self.percentile_ms(50),
            "p99_ms": self.percentile_ms(99),
            "cpu_64_percent": self.cpu_percent[64],
        }
        missed = [(name, values[name], target) for name, target in TARGETS.items() if values[name] > target]
        return [f"{name} {value:.3g} (target {target:g})" for name, value, target in missed]

    def _summary(self) -> str:
        return (
            f"first answer {1000 * max(median(values) for values in self.starts_s.values()):.0f} ms after the start,"
            f" p50 {self.percentile_ms(50):.1f} ms, p99 {self.percentile_ms(99):.1f} ms,"
            f" {self.cpu_percent[64]:.1f} % of a core at 64x64"
        )


def start_environments(folder: Path) -> dict[str, dict[str, str]]:
    """A copy of the package whose sources are compiled at each start, and one that keeps its byte code."""
    shutil.copytree(PACKAGE, folder / "pyralis", ignore=shutil.ignore_patterns("__pycache__"))
    env = {**package_environment(), "PYTHONPATH": str(folder)}
    return {
        "sources compiled each time": {**env, "PYTHONDONTWRITEBYTECODE": "1"},
        # An empty setting counts as none.
        "byte code kept": {**env, "PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": str(folder / "cache")},
    }


def _make_rig(folder: Path) -> Path:
    import json

    folder.mkdir()
    (folder / RIG_FILE).write_text(json.dumps({"name": "Bench", "tree": [driver(16, "Plasma", preview=True)]}))
    return folder


def start_s(rig: Path, env: Mapping[str, str]) -> float:
    """Seconds from the start of `pyralis run` to the first whole HTTP answer."""
    port = free_ports(1)[0]
    command = [sys.executable, "-m", "pyralis", "run", "--rig", str(rig), "--port", str(port)]
    from_s = time.perf_counter()
    with _process(command, rig, env) as process:
        while time.perf_counter() - from_s < _START_TIMEOUT_S:
            with contextlib.suppress(OSError):
                if ask("127.0.0.1", port).startswith(b"HTTP/1.0 200"):
                    return time.perf_counter() - from_s
            if process.poll() is not None:
                raise UserError("`pyralis run` ended", details=(process.communicate()[0] or "").splitlines()[-5:])
            time.sleep(_POLL_S)
    raise UserError(f"`pyralis run` does not answer after {_START_TIMEOUT_S:g} s")


@contextlib.contextmanager
def _process(command: Sequence[str], folder: Path, env: Mapping[str, str]) -> Iterator["subprocess.Popen[str]"]:
    """A process in a session of its own, so that Ctrl-C reaches it once, from here."""
    process = subprocess.Popen(
        command,
        cwd=folder,
        env=dict(env),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.communicate(timeout=5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()


def ask(host: str, port: int) -> bytes:
    """A whole answer, over a connection of its own as every request here has one."""
    with socket.create_connection((host, port), timeout=10) as connection:
        connection.sendall(_ASK)
        parts = []
        while part := connection.recv(65536):
            parts.append(part)
    return b"".join(parts)


def request_ms(url: str) -> float:
    """Milliseconds from connecting to the last byte."""
    host, _, port = url.removeprefix("http://").partition(":")
    from_s = time.perf_counter()
    answer = ask(host, int(port))
    duration_ms = 1000 * (time.perf_counter() - from_s)
    if not answer.startswith(b"HTTP/1.0 200"):
        raise UserError(f"GET /api/system: {answer[:60]!r}")
    return duration_ms


def cpu_s(pid: int) -> float:
    """Processor seconds that a process has used, in user and system mode."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    except OSError:
        what = "the processor time of another process is known on Linux only"
        raise UserError(what, whose="this system's", todo="leave http out: `pyralis bench effects memory`") from None
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def serving_table(bench: ServingBench) -> str:
    """What users feel, with its targets."""
    rows = [
        [f"`pyralis run` to the first HTTP answer, {name}", f"{1000 * median(values):.0f} ms", "500 ms"]
        for name, values in bench.starts_s.items()
    ]
    rows += [
        ["from serving until every kernel is compiled, from the cache", f"{1000 * median(bench.compile_s):.0f} ms", ""],
        [f"GET /api/system, p50 of {len(bench.requests_ms)}", f"{bench.percentile_ms(50):.2f} ms", "3 ms"],
        [f"GET /api/system, p99 of {len(bench.requests_ms)}", f"{bench.percentile_ms(99):.2f} ms", "20 ms"],
    ]
    for size, percent in bench.cpu_percent.items():
        target = "10 %" if size == 64 else ""
        rows.append([f"share of a core, Plasma {size}x{size} at {bench.fps[size]} fps", f"{percent:.1f} %", target])
    return table(["", "measured", "target"], rows)
