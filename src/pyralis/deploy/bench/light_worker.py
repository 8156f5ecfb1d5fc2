"""Runs in a process of its own: the light engine on CPython, without server and clock, and its kernels in other forms.

A JSON line in asks for something, a JSON line out answers; `light.py` decides whose turn it is. The pipeline does not
import the runtime, so what is needed of it is looked up by name.
"""

import ctypes
import importlib
import json
import sys
import time
from array import array
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

_TICK_MS = 17
_CODES = {"ptr8": "B", "ptr16": "H", "ptr32": "I"}
_WARM = 3  # ticks before something is timed


def of(module: str, name: str) -> Any:
    """Something of the runtime."""
    return getattr(importlib.import_module(f"pyralis.{module}"), name)


class NoSocket:
    """Takes every packet."""

    def send(self, packet: object) -> bool:
        """Take it."""
        return True

    def load(self, packets: bytearray, stride: int, hosts: object = ()) -> None:
        """Nothing to prepare."""

    def flush(self, start: int, count: int) -> int:
        """Take all."""
        return count

    def close(self) -> None:
        """Nothing is open."""


class Engine:
    """A tree, and a tick of it."""

    def __init__(self, tree: object, types: list[dict[str, str]], sends: bool) -> None:
        self.platform = of("pal.fake", "FakePlatform")()
        self.platform.types = types
        socket = of("pal.cpython_udp", "UdpSocket") if sends else lambda *_: NoSocket()
        self.platform.open_datagram = socket
        log = of("core.log", "Logger")(lambda: 0, lambda _: None)
        memory = of("core.memory", "MemoryGuard")(self.platform, 0, log)
        services = of("core.services", "Services")(self.platform, log, memory)
        self.scheduler = of("core.scheduler", "Scheduler")(services, of("core.timing", "Timing")(log))
        registry = of("core.registry", "TypeRegistry")(self.platform, self.scheduler)
        self.manager = of("core.manager", "ModuleManager")(services, self.scheduler, registry)
        self.manager.load(tree)
        compile_next = of("kernel.host", "compile_next")
        while compile_next():
            pass
        for _ in range(_WARM):
            self.tick()
        bad = [module.health_report() for module in self.manager.modules() if module.status != "ok"]
        if bad:
            raise ValueError("; ".join(bad))

    def tick(self) -> None:
        """One tick, with a frame of each output."""
        self.platform.advance_ms(_TICK_MS)
        self.scheduler.tick()

    def send(self) -> None:
        """A new frame of its last module, an output."""
        output = self.manager.modules()[-1]
        output.parent.version += 1
        output.loop()


class Recording:
    """The kernels that one tick calls, and what it gives them."""

    def __init__(self, engine: Engine, folder: Path) -> None:
        kernel_class = of("kernel.host", "Kernel")
        self.calls: list[tuple[Any, list[Any]]] = []
        self._buffers: dict[tuple[int, str], Any] = {}

        def record(kernel: Any, *args: Any) -> Any:
            self.calls.append((kernel, [self._kept(arg, kind) for arg, kind in zip(args, kernel.kinds, strict=True)]))
            return plain[type(kernel)](*args)

        # Each compiled kernel is the call of a class of its own.
        plain = {each: each.__call__ for each in kernel_class.__subclasses__()}
        for each in plain:
            each.__call__ = record
        try:
            engine.tick()
        finally:
            for each, call in plain.items():
                each.__call__ = staticmethod(call)
        self._before = [bytes(buffer) for buffer in self._buffers.values()]
        self._write(folder)

    def _kept(self, arg: Any, kind: str) -> Any:
        """A copy of a buffer as it was at its first call, the same one for each call of the tick."""
        if kind == "int":
            return arg
        key = (id(arg), kind)
        if key not in self._buffers:
            data = bytes(memoryview(arg).cast("B"))
            kept: Any = bytearray(data)
            if kind != "ptr8":
                kept = array(_CODES[kind])
                kept.frombytes(data[: len(data) - len(data) % kept.itemsize])
            self._buffers[key] = kept
        return self._buffers[key]

    def _write(self, folder: Path) -> None:
        """For interpreters elsewhere."""
        buffers = list(self._buffers.values())
        numbers = {id(buffer): number for number, buffer in enumerate(buffers)}
        for number, data in enumerate(self._before):
            (folder / f"{number}.bin").write_bytes(data)
        kinds = [kind for _, kind in self._buffers]
        calls = [
            [*self.source(kernel), [arg if isinstance(arg, int) else [numbers[id(arg)]] for arg in args]]
            for kernel, args in self.calls
        ]
        (folder / "calls.json").write_text(json.dumps({"buffers": kinds, "calls": calls}), encoding="utf-8")

    def source(self, kernel: Any) -> tuple[str, str]:
        """Its module and its name."""
        return kernel.function.__module__, kernel.name

    def restore(self) -> None:
        """Give every buffer the bytes that it had."""
        for buffer, data in zip(self._buffers.values(), self._before, strict=True):
            memoryview(buffer).cast("B")[:] = data

    def contents(self) -> list[bytes]:
        """Of every buffer."""
        return [bytes(memoryview(buffer).cast("B")) for buffer in self._buffers.values()]

    def numba(self, numbers: list[int]) -> Callable[[], object]:
        """These calls, by machine code."""
        calls = [self.calls[number] for number in numbers]

        def run() -> None:
            for kernel, args in calls:
                kernel(*args)

        return run

    def cpp(self, library: str, numbers: list[int]) -> Callable[[], object]:
        """These calls in C++: one call into the library, which has its arguments already."""
        loaded = ctypes.CDLL(library)
        functions = [getattr(loaded, f"call_{number}") for number in numbers]
        arguments = [(ctypes.c_void_p * len(self.calls[n][1]))(*map(_address, self.calls[n][1])) for n in numbers]
        pairs = list(zip(functions, arguments, strict=True))

        def run() -> None:
            for function, argument in pairs:
                function(argument)

        return run

    def numpy(self, numbers: list[int]) -> Callable[[], object] | None:
        """These calls, where NumPy has something for them."""
        made = [_numpy(self.calls[number][0].name, self.calls[number][1]) for number in numbers]
        ready = [one for one in made if one is not None]
        return (lambda: [one() for one in ready]) if len(ready) == len(made) else None


def _address(arg: Any) -> int:
    return arg if isinstance(arg, int) else ctypes.addressof(ctypes.c_char.from_buffer(arg))


def _numpy(name: str, args: list[Any]) -> Callable[[], object] | None:
    if name == "gather":
        dst, src, table, _ = args
        lights, target = np.frombuffer(src, np.uint8).reshape(-1, 3), np.frombuffer(dst, np.uint8).reshape(-1, 3)
        numbers = np.frombuffer(table, np.uint16 if table.itemsize == 2 else np.uint32).astype(np.intp)
        return lambda: np.take(lights, numbers, axis=0, out=target, mode="clip")
    if name == "pack":
        dst, stride, header, lights_of, src, count, lut, *order = args
        whole = count // lights_of
        packets = np.frombuffer(dst, np.uint8)[: whole * stride].reshape(whole, stride)[
            :, header : header + 3 * lights_of
        ]
        last = np.frombuffer(dst, np.uint8)[whole * stride + header :]
        data, levels = np.frombuffer(src, np.uint8), np.frombuffer(lut, np.uint8)
        places = [order.index(place) for place in range(3)]

        def run() -> None:
            found = levels[data].reshape(-1, 3)[:, places].reshape(-1)
            packets[:] = found[: packets.size].reshape(packets.shape)
            last[: found.size - packets.size] = found[packets.size :]

        return run
    return None


def timed_us(run: Callable[[], object], calls: int) -> float:
    """The median of so many calls."""
    samples = []
    for _ in range(calls):
        from_s = time.perf_counter()
        run()
        samples.append(time.perf_counter() - from_s)
    return 1e6 * median(samples)


class Worker:
    """Keeps what was made, by name."""

    def __init__(self) -> None:
        self._engines: dict[str, Engine] = {}
        self._recordings: dict[str, Recording] = {}
        self._runs: dict[str, Callable[[], object]] = {}

    def engine(self, name: str, tree: object, types: list[dict[str, str]], sends: bool) -> bool:
        """Set up a tree."""
        self._engines[name] = engine = Engine(tree, types, sends)
        self._runs[name] = engine.tick
        return True

    def record(self, name: str, folder: str) -> list[tuple[str, str]]:
        """The kernels of its next tick."""
        self._recordings[name] = made = Recording(self._engines[name], Path(folder))
        return [made.source(kernel) for kernel, _ in made.calls]

    def form(self, name: str, recording: str, numbers: list[int], form: str, library: str = "") -> bool:
        """Make a form of recorded calls ready; False where there is none."""
        made = self._recordings[recording]
        run = made.cpp(library, numbers) if library else made.numpy(numbers) if form == "NumPy" else made.numba(numbers)
        if run is None:
            return False
        found = list(self._bytes(made, numbers, run))
        if found[0] != found[1]:
            raise ValueError(f"{form} makes other bytes of {name}")
        self._runs[name] = run
        return True

    def _bytes(self, made: Recording, numbers: list[int], run: Callable[[], object]) -> Iterator[list[bytes]]:
        for each in (made.numba(numbers), run):
            made.restore()
            each()
            yield made.contents()
        made.restore()

    def time(self, name: str, calls: int) -> float:
        """Microseconds."""
        return timed_us(self._runs[name], calls)

    def output(self, name: str, calls: int) -> float:
        """Microseconds of what sends alone."""
        return timed_us(self._engines[name].send, calls)


def main() -> None:
    """Answer until nobody asks any more."""
    worker = Worker()
    for line in sys.stdin:
        asked = json.loads(line)
        try:
            answer: Any = {"answer": getattr(worker, asked.pop("do"))(**asked)}
        except (ValueError, KeyError) as error:
            answer = {"error": str(error)}
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
