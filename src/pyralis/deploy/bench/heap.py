"""Heap: what a runtime on MicroPython says of its heap, and the stages that its memory report prints."""

import re
import time
from collections.abc import Iterable
from dataclasses import dataclass

from pyralis.deploy.bench.runtimes import Runtime
from pyralis.deploy.errors import UserError
from pyralis.deploy.steps import Json

_LINE = re.compile(r"\[MemBoot\] (.+): -?\d+KB = (\d+)KB \(frag=-?\d+%, largest=(\d+)KB\) used=(\d+)$")
_NAMES = re.compile(r"qstr pool: n_pool=(\d+), n_qstr=(\d+),")
_FIRST_TABLE = 20  # names that MicroPython's first table on the heap holds; each further one holds twice as many
_BYTES_A_NAME = 2 + 1 + 8
_BETWEEN_MEASURES_MS = 1100  # the runtime measures its heap once a second
_TIMEOUT_S = 20.0


@dataclass(frozen=True)
class Stage:
    """The heap at one time, garbage collected."""

    name: str
    used_bytes: int
    free_bytes: int
    largest_bytes: int

    @property
    def fragmentation_percent(self) -> int:
        """How much of what is free lies outside of the largest block."""
        return 100 - 100 * self.largest_bytes // self.free_bytes if self.free_bytes else 0

    def to_json(self) -> Json:
        """For machines."""
        return {**vars(self), "fragmentation_percent": self.fragmentation_percent}


def boot_stages(lines: Iterable[str]) -> list[Stage]:
    """What `--memory-report` printed."""
    found = [match for line in lines if (match := _LINE.search(line))]
    return [Stage(one[1], int(one[4]), int(one[2]) * 1024, int(one[3]) * 1024) for one in found]


def stage_now(runtime: Runtime, name: str) -> Stage:
    """The heap as the runtime measures it next."""
    start_ms = int(runtime.ask("GET", "/api/system")["uptime_ms"])
    until_s = time.monotonic() + _TIMEOUT_S
    while time.monotonic() < until_s:
        time.sleep(0.1)
        system = runtime.ask("GET", "/api/system")
        if system["uptime_ms"] - start_ms >= _BETWEEN_MEASURES_MS:
            names = ("heap_used_bytes", "heap_free_bytes", "heap_largest_bytes")
            used_bytes, free_bytes, largest_bytes = (int(system[one]) for one in names)
            return Stage(name, used_bytes, free_bytes, largest_bytes)
    raise UserError(f"the runtime's clock stands still: {start_ms} ms", whose="the runtime's")


@dataclass(frozen=True)
class Names:
    """Interned names, and how many the tables hold before the next one is needed."""

    count: int
    room: int

    @property
    def next_table_bytes(self) -> int:
        """What the first name too many costs: hash, length and address for each place of the next table."""
        return (self.room + _FIRST_TABLE) * _BYTES_A_NAME

    def to_json(self) -> Json:
        """For machines."""
        return {**vars(self), "next_table_bytes": self.next_table_bytes}


def names_in(lines: Iterable[str]) -> Names | None:
    """What MicroPython printed of its names."""
    for line in lines:
        if match := _NAMES.search(line):
            return Names(int(match[2]), sum(_FIRST_TABLE << number for number in range(int(match[1]))))
    return None
