"""MicroPython on an ESP32, written against its documented API.

No board was at hand: this file compiles for the chip, its imports are checked against stubs, and virtual boards run
it, but it has not run on silicon yet.
"""

import asyncio
import gc
import os

import esp32
import machine
import vfs

from pyralis.pal.esp32_network import BoardNetwork
from pyralis.pal.micropython import MicroPythonPlatform

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from pyralis.api.answer import Answer, Request
    from pyralis.core.log import Logger
    from pyralis.pal.esp32_pins import LedPins

SETTINGS = "/data"  # where boot.py mounts them
_NO_SETTINGS = "no file system for settings: they are kept with the code; flash once with --flashfs to make one"
_LARGEST = 2  # field of idf_heap_info's tuples
_NETWORK_BYTES = 8192  # in one piece, for packets of WiFi and TCP
_WATCHDOG_MS = 10_000
_AT_THE_PROMPT_MS = 3_600_000  # a watchdog cannot be stopped, and who debugs a board feeds none


class Esp32Platform(MicroPythonPlatform):
    """A board: code in `/`, settings in `/data`, WiFi or an access point of its own, and a watchdog against hanging."""

    name = "esp32"
    log_bytes = 4096

    def __init__(self) -> None:
        super().__init__("", SETTINGS)
        self._watchdog = machine.WDT(timeout=_WATCHDOG_MS)
        self._network = BoardNetwork(self.storage)

    def heap_largest_bytes(self) -> "int | None":
        """The largest block of the IDF heap; a trial allocation would make MicroPython's heap take it for good."""
        return max([region[_LARGEST] for region in esp32.idf_heap_info(esp32.HEAP_DATA)])

    def allocate(self, size_bytes: int) -> bytearray:
        """A zeroed buffer, or MemoryError where the heap would grow into what the network needs."""
        buffer = bytearray(size_bytes)
        if self.heap_largest_bytes() < _NETWORK_BYTES:  # type: ignore[operator]
            del buffer
            gc.collect()
            raise MemoryError
        return buffer

    def open_pins(self, numbers: "list[int]", timing: "tuple[int, int, int, int]") -> "LedPins":
        """Pins for strips of LEDs, or Refusal."""
        from pyralis.pal.esp32_pins import open_pins

        return open_pins(os.uname().machine, numbers, timing)

    def facts(self) -> "dict[str, object]":
        """Board, its MAC address, and why it started."""
        shown = super().facts()
        shown["chip"] = os.uname().machine
        shown["board_id"] = ":".join(["%02x" % byte for byte in machine.unique_id()])
        shown["reset_reason"] = reset_reason()
        return shown

    async def sleep_ms(self, duration_ms: int) -> None:
        """Let other tasks run; who no longer comes here hangs, and the watchdog restarts the board."""
        self._watchdog.feed()
        await asyncio.sleep_ms(duration_ms)

    async def join_network(self, host: str, log: "Logger") -> "tuple[str, str]":
        """Join the network of `secrets.json`; without it, or when that fails, open an access point."""
        if SETTINGS not in [place for _, place in vfs.mount()]:
            log.error("store", _NO_SETTINGS)
        return host, await self._network.join(self.sleep_ms, log)

    def routes(self) -> "dict[str, Callable[[str, Request], Answer]]":
        """`/api/network`, which takes credentials."""
        return {"network": self._network.handle}

    def after_interrupt(self) -> bool:
        """Leave time to whoever has stopped the runtime to look at the board."""
        is_unlocked = super().after_interrupt()  # first: with a locked heap nothing else could be done
        machine.WDT(timeout=_AT_THE_PROMPT_MS)
        return is_unlocked


def reset_reason() -> str:
    """Why the board started, in words."""
    cause = machine.reset_cause()
    if cause == machine.PWRON_RESET:
        return "power on"
    if cause == machine.WDT_RESET:
        return "watchdog"
    if cause == machine.HARD_RESET:
        return "reboot"  # also after a crash of MicroPython
    return "soft reset" if cause == machine.SOFT_RESET else "deep sleep"
