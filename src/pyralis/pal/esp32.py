"""MicroPython on an ESP32, written against its documented API.

No board was at hand: this file compiles for the chip, its imports are checked against stubs, and virtual boards run
it, but it has not run on silicon yet.
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
_LARGEST = 2  # field of idf_heap_info's tuples
_WATCHDOG_MS = 10_000
_AT_THE_PROMPT_MS = 3_600_000  # a watchdog cannot be stopped, and who debugs a board feeds none


class Esp32Platform(MicroPythonPlatform):
    """A board: code in `/`, settings in `/data`, WiFi or an access point of its own, and a watchdog against hanging."""

    name = "esp32"
    log_bytes = 4096

    def __init__(self) -> None:
        super().__init__("", "/data")
        self._watchdog = machine.WDT(timeout=_WATCHDOG_MS)

    def heap_largest_bytes(self) -> "int | None":
        """The largest block of the IDF heap; a trial allocation would make MicroPython's heap take it for good."""
        return max([region[_LARGEST] for region in esp32.idf_heap_info(esp32.HEAP_DATA)])

    def heap_used_bytes(self) -> int:
        """Used bytes of MicroPython's heap."""
        return gc.mem_alloc()

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
        name = "pyralis-" + "".join(["%02x" % byte for byte in machine.unique_id()[-3:]])
        network.hostname(name)
        secrets = read_json("/data/" + SECRETS_FILE)
        if secrets.get("ssid"):
            station = network.WLAN(network.STA_IF)
            station.active(True)
            station.connect(secrets["ssid"], secrets.get("password", ""))
            for _ in range(_JOIN_TIMEOUT_MS // _POLL_MS):
                if station.isconnected():
                    log.info("network", "joined, and known as http://" + name + ".local")
                    return host, station.ifconfig()[0]
                await self.sleep_ms(_POLL_MS)
            station.active(False)
            log.warning("network", "cannot join the network of secrets.json")
        access_point = network.WLAN(network.AP_IF)
        access_point.active(True)
        access_point.config(ssid=name)
        log.info("network", "no network joined: access point '" + name + "' is open")
        return host, access_point.ifconfig()[0]

    def after_interrupt(self) -> bool:
        """Leave time to whoever has stopped the runtime to look at the board."""
        machine.WDT(timeout=_AT_THE_PROMPT_MS)
        return super().after_interrupt()


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
