"""MicroPython on an ESP32, written against its documented API.

No board was at hand: this file compiles for the chip and its imports are checked against stubs, but it has not
run on silicon yet.
"""

import asyncio
import gc
import os

import esp32
import machine
import network

from pyralis.pal.micropython import MicroPythonPlatform, read_json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyralis.core.log import Logger

SECRETS_FILE = "secrets.json"  # {"ssid": …, "password": …}, never in an image
_JOIN_TIMEOUT_MS = 20_000
_POLL_MS = 200
_FREE, _LARGEST = 1, 2  # fields of idf_heap_info's tuples


class Esp32Platform(MicroPythonPlatform):
    """A board: code in `/`, settings in `/data`, WiFi or an access point of its own."""

    name = "esp32"
    log_bytes = 4096

    def __init__(self) -> None:
        super().__init__("", "/data")

    def heap_largest_bytes(self) -> "int | None":
        """The largest block of the IDF heap; a trial allocation would make MicroPython's heap take it for good."""
        return max([region[_LARGEST] for region in esp32.idf_heap_info(esp32.HEAP_DATA)])

    def heap_used_bytes(self) -> int:
        """Used bytes of MicroPython's heap."""
        return gc.mem_alloc()

    def facts(self) -> "dict[str, object]":
        """Board, and why it started."""
        shown = super().facts()
        shown["chip"] = os.uname().machine
        shown["reset_reason"] = reset_reason()
        return shown

    async def join_network(self, host: str, log: "Logger") -> "tuple[str, str]":
        """Join the network of `secrets.json`; without it, or when that fails, open an access point."""
        secrets = read_json("/data/" + SECRETS_FILE)
        if secrets.get("ssid"):
            station = network.WLAN(network.STA_IF)
            station.active(True)
            station.connect(secrets["ssid"], secrets.get("password", ""))
            for _ in range(_JOIN_TIMEOUT_MS // _POLL_MS):
                if station.isconnected():
                    return "0.0.0.0", station.ifconfig()[0]
                await asyncio.sleep_ms(_POLL_MS)
            log.warning("network", "cannot join the network of secrets.json: opening an access point")
        access_point = network.WLAN(network.AP_IF)
        access_point.active(True)
        return "0.0.0.0", access_point.ifconfig()[0]


def reset_reason() -> str:
    """Why the board started, in words."""
    cause = machine.reset_cause()
    if cause == machine.PWRON_RESET:
        return "power on"
    if cause == machine.WDT_RESET:
        return "watchdog"
    if cause == machine.SOFT_RESET:
        return "reboot"
    return "reset" if cause == machine.HARD_RESET else "deep sleep"
