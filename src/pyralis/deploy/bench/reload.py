"""Reload: from a save of an effect to the first packet with its new picture, while the runtime runs."""

import socket
import time
from contextlib import closing
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from pyralis.deploy.bench.pages import table
from pyralis.deploy.bench.runtimes import NUMBA, Runtime, driver, started
from pyralis.deploy.errors import UserError
from pyralis.deploy.new import make_rig
from pyralis.deploy.rig import Rig
from pyralis.deploy.steps import Json, Step

TARGET_MS = 1000
SAVES = 20
PLAIN = "an effect in plain Python, to its picture on the wire"
KERNEL = "an effect with a kernel, compiled anew, to its picture on the wire"
MISTAKE = "a mistake, until its module shows file and line"
_FILE = "glow.py"
_TIMEOUT_S = 20.0
_POLL_S = 0.01
_SIZE = 8  # lights for one packet
_HEADER_BYTES = 18
_PLAIN_SOURCE = '''"""Glow: one grey for all."""

from pyralis.light.effect import Effect


class Glow(Effect):
    """All in one grey."""

    def render(self, buffer, width, height, depth):
        """All of it."""
        buffer[:] = bytes([@LEVEL@]) * len(buffer)
'''
_KERNEL_SOURCE = '''"""Glow: one grey for all, by a kernel."""

from pyralis.kernel import micropython, ptr8
from pyralis.light.effect import Effect


@micropython.viper
def paint(dst: ptr8, count: int):
    """Write every byte."""
    for i in range(count):
        dst[i] = @LEVEL@


class Glow(Effect):
    """All in one grey."""

    def render(self, buffer, width, height, depth):
        """All of it."""
        paint(buffer, len(buffer))
'''


class ReloadBench:
    """Saves of each kind in turn."""

    def __init__(self, rig: Rig) -> None:
        self.samples_ms: dict[str, list[float]] = {PLAIN: [], KERNEL: [], MISTAKE: []}
        self.missed: list[str] = []

    def run(self, step: Step) -> None:
        """Measure, in a rig of its own."""
        with TemporaryDirectory(prefix="pyralis-bench-") as folder, _receiver() as sink:
            rig = Rig(Path(folder) / "rig")
            make_rig(rig.root)
            file = rig.modules / _FILE
            file.write_text(_KERNEL_SOURCE.replace("@LEVEL@", "99"), encoding="utf-8")
            tree = [driver(_SIZE, "Glow", port=sink.getsockname()[1])]
            with started(rig, NUMBA, tree) as runtime:
                for number in range(SAVES):
                    step.progress(number, SAVES, "saves")
                    level = str(100 + 5 * number)  # far enough apart that brightness and gamma leave a difference
                    for kind, source in ((PLAIN, _PLAIN_SOURCE), (KERNEL, _KERNEL_SOURCE)):
                        text = source.replace("@LEVEL@", level if kind is PLAIN else str(int(level) + 2))
                        self.samples_ms[kind].append(_until_picture_ms(file, text, sink))
                    text = _PLAIN_SOURCE.replace("@LEVEL@", level).replace("class", "clas")
                    self.samples_ms[MISTAKE].append(_until_shown_ms(file, text, runtime))
        self.missed = self.find_missed()
        step.summarise(f"saved to on the wire: {self._said(PLAIN)}, {self._said(KERNEL)}", figures=self.figures())

    def find_missed(self) -> list[str]:
        """The target holds for the worst of each kind."""
        worst = {kind: max(values) for kind, values in self.samples_ms.items()}
        return [f"{kind}: {ms:.0f} ms (target {TARGET_MS})" for kind, ms in worst.items() if ms > TARGET_MS]

    def figures(self) -> Json:
        """Median and worst by kind."""
        found: Json = {
            kind: {"median_ms": round(median(values), 1), "worst_ms": round(max(values), 1)}
            for kind, values in self.samples_ms.items()
        }
        return {"target_ms": TARGET_MS, "saves": SAVES, "ms": found}

    def _said(self, kind: str) -> str:
        return f"median {median(self.samples_ms[kind]):.0f} ms, worst {max(self.samples_ms[kind]):.0f} ms"


def reload_table(bench: ReloadBench) -> str:
    """A row a kind of save."""
    rows = [
        [kind, f"{median(values):.0f} ms", f"{max(values):.0f} ms", f"{TARGET_MS} ms"]
        for kind, values in bench.samples_ms.items()
    ]
    return table([f"from the save of, {SAVES} of each", "median", "worst", "target"], rows)


def _receiver() -> "closing[socket.socket]":
    sink = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sink.bind(("127.0.0.1", 0))
    sink.settimeout(_TIMEOUT_S)
    return closing(sink)


def _until_picture_ms(file: Path, text: str, sink: socket.socket) -> float:
    """Nothing else changes the picture: the first one that is another is the new one."""
    before = _latest(sink)
    from_s = time.perf_counter()
    file.write_text(text, encoding="utf-8")
    while time.perf_counter() - from_s < _TIMEOUT_S:
        if sink.recv(2048)[_HEADER_BYTES:] != before:
            return 1000 * (time.perf_counter() - from_s)
    raise UserError(f"{_FILE} was saved, and there is no other picture after {_TIMEOUT_S:g} s", whose="the runtime's")


def _latest(sink: socket.socket) -> bytes:
    """The picture in the last packet that has come; waits for the next one where none has."""
    packet = sink.recv(2048)
    sink.setblocking(False)
    try:
        while True:
            packet = sink.recv(2048)
    except BlockingIOError:
        return packet[_HEADER_BYTES:]
    finally:
        sink.settimeout(_TIMEOUT_S)


def _until_shown_ms(file: Path, text: str, runtime: Runtime) -> float:
    from_s = time.perf_counter()
    file.write_text(text, encoding="utf-8")
    while time.perf_counter() - from_s < _TIMEOUT_S:
        if any(f"({_FILE}:" in module["health"] for module in runtime.modules()):
            return 1000 * (time.perf_counter() - from_s)
        time.sleep(_POLL_S)
    raise UserError(f"{_FILE} has a mistake, and no module shows it after {_TIMEOUT_S:g} s", whose="the runtime's")
