"""The network of a board: joins the one of `secrets.json`, or opens an access point whose page takes credentials.

Credentials come over the serial line or from the page, stay in the settings' file system, and are told to nobody.
"""

import json

import machine
import network

from pyralis.api.answer import Answer, Request, parse_object, refuse_rest, take
from pyralis.api.routes import allow
from pyralis.core.errors import Refusal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from pyralis.core.log import Logger
    from pyralis.pal.micropython import FileStorage

SECRETS_FILE = "secrets.json"  # {"ssid": …, "password": …}, never in an image
_JOIN_TIMEOUT_MS = 20_000
_POLL_MS = 200


class BoardNetwork:
    """One board's way to others."""

    def __init__(self, storage: "FileStorage") -> None:
        self._storage = storage
        self.name = "pyralis-" + "".join(["%02x" % byte for byte in machine.unique_id()[-3:]])

    async def join(self, sleep_ms: "Callable[[int], Awaitable[None]]", log: "Logger") -> str:
        """Join, or open an access point; returns the address of this board."""
        network.hostname(self.name)
        credentials = self._credentials()
        if credentials.get("ssid"):
            station = network.WLAN(network.STA_IF)
            station.active(True)
            station.connect(credentials["ssid"], credentials.get("password", ""))
            for _ in range(_JOIN_TIMEOUT_MS // _POLL_MS):
                if station.isconnected():
                    log.info("network", "joined, and known as http://" + self.name + ".local")
                    return station.ifconfig()[0]
                await sleep_ms(_POLL_MS)
            station.active(False)
            log.warning("network", "cannot join the network of secrets.json")
        access_point = network.WLAN(network.AP_IF)
        access_point.active(True)
        access_point.config(ssid=self.name)
        log.info("network", "no network joined: access point '" + self.name + "' is open")
        return access_point.ifconfig()[0]

    def handle(self, method: str, request: Request) -> Answer:
        """`POST /api/network` takes credentials for the next start; there is no way to read them."""
        allow(method, "POST")
        fields = parse_object(request.body)
        ssid, password = take(fields, "ssid", str, True), take(fields, "password", str) or ""
        refuse_rest(fields)
        if not 1 <= len(ssid.encode()) <= 32:
            raise Refusal("invalid_value", "ssid takes 1 to 32 bytes")
        if password and not 8 <= len(password.encode()) <= 63:
            raise Refusal("invalid_value", "password takes 8 to 63 bytes, or none for an open network")
        self._storage.write(SECRETS_FILE, json.dumps({"ssid": ssid, "password": password}).encode())
        return Answer(200, {"saved": True})

    def _credentials(self) -> "dict[str, str]":
        try:
            found = json.loads((self._storage.read(SECRETS_FILE) or b"{}").decode())
        except ValueError:  # half a file from elsewhere: the access point is there to mend it
            return {}
        return found if isinstance(found, dict) else {}
