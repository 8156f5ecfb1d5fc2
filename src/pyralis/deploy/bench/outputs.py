"""Outputs: microseconds a frame by protocol, as the scheduler times them, beside what the system calls alone cost.

One driver has all protocols as its outputs, several times over, so they take turns within each tick; the first ones
pay for caches that are cold after a pause, and are left out. Rounds alternate between the interpreters and plain calls.
"""

import socket
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from statistics import median

from pyralis.deploy.bench.pages import table
from pyralis.deploy.bench.runtimes import NAMES, NUMBA, VIPER, Runtime, started
from pyralis.deploy.errors import UserError
from pyralis.deploy.rig import Rig
from pyralis.deploy.steps import Json, Step

SIZE = 128
TARGET_US = 50  # of Art-Net on a PC
ROUNDS = 3
CALLS = "sendto"
EFFECT = "Plasma"  # which changes all the time
_KINDS = (NUMBA, VIPER)
_TIMES = 4  # that each protocol is there
_FPS = 100
_SAMPLES = 8
_SAMPLE_S = 0.15  # a module's time is a mean over its latest eight ticks or so
_HEAP = "4m"


@dataclass(frozen=True)
class Protocol:
    """How its packets look."""

    type_name: str
    title: str
    header_bytes: int
    data_bytes: int

    def packet_bytes(self) -> list[int]:
        """The sizes of a frame's packets."""
        data = 3 * SIZE * SIZE
        sizes = [min(self.data_bytes, data - start) for start in range(0, data, self.data_bytes)]
        return [self.header_bytes + size for size in sizes]


PROTOCOLS = (
    Protocol("ArtNetOut", "Art-Net", 18, 510),
    Protocol("SacnOut", "sACN", 126, 510),
    Protocol("DdpOut", "DDP", 10, 1440),
)


class OutputsBench:
    """Rounds over the interpreters, and what they came to."""

    def __init__(self, rig: Rig) -> None:
        self._rig = rig
        self.samples_us: dict[tuple[str, str], list[float]] = {}  # by interpreter (or CALLS) and type
        self.missed: list[str] = []

    def run(self, step: Step) -> None:
        """Measure."""
        # Somebody must listen, else each packet costs an ICMP answer on top. Nobody reads: a receiver takes no time.
        with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as sink:
            sink.bind(("127.0.0.1", 0))
            tree = [outputs_tree(sink.getsockname()[1])]
            for number, kind in enumerate(_KINDS * ROUNDS):
                step.progress(number, len(_KINDS) * ROUNDS, NAMES[kind])
                with started(self._rig, kind, tree, fps=_FPS, heap=_HEAP) as runtime:
                    for _ in range(_SAMPLES):
                        time.sleep(_SAMPLE_S)
                        self._sample(runtime, kind)
                for protocol in PROTOCOLS:
                    self.samples_us.setdefault((CALLS, protocol.type_name), []).extend(calls_us(protocol, sink))
        art_net_us = self.median_us(NUMBA, PROTOCOLS[0])
        if art_net_us > TARGET_US:
            self.missed.append(f"art_net_us {art_net_us:.0f} (target {TARGET_US})")
        ratio = self.median_us(CALLS, PROTOCOLS[0]) / max(1, art_net_us)
        summary = (
            f"Art-Net of {SIZE}x{SIZE} in {art_net_us:.0f} µs, {ratio:.1f} times as fast as its packets one by one"
        )
        step.summarise(summary, figures=self.figures())

    def _sample(self, runtime: Runtime, kind: str) -> None:
        outputs = [module for module in runtime.modules() if module["category"] == "output"]
        for module in outputs[len(PROTOCOLS) :]:
            if module["status"] != "ok" or module["health"] != "OK":
                raise UserError(f"{module['id']} is {module['status']}: {module['health']}", whose="the module's")
            self.samples_us.setdefault((kind, module["type"]), []).append(module["tick_us"])

    def median_us(self, kind: str, protocol: Protocol) -> float:
        """Of an interpreter, or of the system calls alone."""
        return float(median(self.samples_us[kind, protocol.type_name]))

    def figures(self) -> Json:
        """Protocol > interpreter: microseconds."""
        found: Json = {
            protocol.title: {
                "packets": len(protocol.packet_bytes()),
                **{kind: round(self.median_us(kind, protocol), 1) for kind in (*_KINDS, CALLS)},
            }
            for protocol in PROTOCOLS
        }
        return {"target_us": TARGET_US, "us": found}


def outputs_tree(port: int) -> dict[str, object]:
    """A panel whose lights go out by every protocol, several times."""
    controls = {"target": "127.0.0.1", "port": port, "fps": 120}
    outputs = [{"type": protocol.type_name, "controls": controls} for protocol in PROTOCOLS * _TIMES]
    grid = {"type": "Grid", "controls": {"width": SIZE, "height": SIZE}}
    return {
        "type": "DriverLayer",
        "children": [grid, {"type": "EffectsLayer", "children": [{"type": EFFECT}]}, *outputs],
    }


def calls_us(protocol: Protocol, sink: socket.socket) -> Iterator[float]:
    """What a frame's packets cost one by one, made before and sent by nothing but the system call."""
    packets = [bytes(size) for size in protocol.packet_bytes()]
    address = sink.getsockname()
    with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as sender:
        for _ in range(_SAMPLES):
            from_s = time.perf_counter()
            for packet in packets:
                sender.sendto(packet, address)
            yield 1e6 * (time.perf_counter() - from_s)


def outputs_table(bench: OutputsBench) -> str:
    """A row a protocol."""
    head = [f"µs a frame of {SIZE}x{SIZE}", "packets", NUMBA, VIPER, "`sendto` alone", "`sendto` / numba", "target"]
    rows = []
    for protocol in PROTOCOLS:
        numba_us, viper_us, calls = (bench.median_us(kind, protocol) for kind in (NUMBA, VIPER, CALLS))
        packets = str(len(protocol.packet_bytes()))
        target = str(TARGET_US) if protocol is PROTOCOLS[0] else ""
        ratio = f"{calls / max(1, numba_us):.1f}"
        rows.append([protocol.title, packets, f"{numba_us:.0f}", f"{viper_us:.0f}", f"{calls:.0f}", ratio, target])
    return table(head, rows)
