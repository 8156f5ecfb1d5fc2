"""Host: virtual boards as the pipeline sees them: processes that it plugs in, or that `pyralis twin` has plugged in."""

import hashlib
import json
import re
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from types import TracebackType
from typing import Self

from pyralis.deploy.children import Child
from pyralis.deploy.devices import TWIN, Device
from pyralis.deploy.errors import UserError
from pyralis.deploy.interpreters import find_micropython
from pyralis.deploy.rig import Rig, package_environment
from pyralis.deploy.twin.modules import firmware_modules
from pyralis.deploy.twin.plugs import Plug, find_plug, plugged_in_already, twin_folder

_START_TIMEOUT_S = 10.0
_LOOK_S = 0.1  # whether it has ended instead
_MAC = re.compile("[0-9a-f]{2}(:[0-9a-f]{2}){5}")


@dataclass(frozen=True)
class Settings:
    """What a virtual board is started with."""

    id: str
    platform: str
    faults: tuple[str, ...] = ()
    port: int = 0  # of its serial line; 0: any


class Twin:
    """A virtual board that this process holds; leaving the context unplugs it."""

    def __init__(
        self, rig: Rig, settings: Settings, on_event: Callable[[dict[str, object]], None] | None = None
    ) -> None:
        self.settings = settings
        self._rig = rig
        self._on_event = on_event
        self.folder = twin_folder(rig, settings.id)
        self.log = rig.logs / f"twin-{self.folder.name}.log"
        self._child: Child | None = None
        self._plugged = threading.Event()
        self.plug: Plug | None = None
        self._error: UserError | None = None

    def __enter__(self) -> Self:
        self.begin()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def begin(self) -> None:
        """Start it, without waiting until it can be reached; UserError where another process has it."""
        plug = find_plug(self._rig, self.settings.id)
        if plug is not None:
            raise plugged_in_already(self.settings.id, vars(plug))
        self.folder.mkdir(parents=True, exist_ok=True)
        self.log.unlink(missing_ok=True)
        words = {
            **asdict(self.settings),
            "folder": str(self.folder),
            "mac": mac_of(self.settings.id),
            "interpreter": find_micropython(self._rig),
            "modules": str(firmware_modules(self._rig)),
            "native": str(self._rig.cache / "native"),
        }
        command = [sys.executable, "-P", "-m", "pyralis.deploy.twin.process", json.dumps(words)]
        self._child = Child(command, cwd=self._rig.root, env=package_environment(), log=self.log, on_line=self._line)

    def wait(self) -> Plug:
        """Where it can be reached, once it can; UserError says why it does not start."""
        deadline_s = time.monotonic() + _START_TIMEOUT_S
        while not self._plugged.wait(_LOOK_S) and not self._has_ended and time.monotonic() < deadline_s:
            pass
        if self.plug is not None:
            return self.plug
        raise self._error or UserError(
            f"the virtual board '{self.settings.id}' does not start",
            details=list(self._child.last_lines)[-6:] if self._child else [],
            whose="the virtual board's",
            todo="see the log",
            log=self.log,
        )

    @property
    def _has_ended(self) -> bool:
        return self._child is None or self._child.ended.is_set()

    def let_go(self) -> None:
        """Ask it to end, without waiting for it."""
        if self._child is not None:
            self._child.let_go()

    def stop(self) -> None:
        """Unplug it."""
        if self._child is not None:
            self._child.stop()
            self._plugged.set()

    def wait_for_end(self) -> None:
        """Until its process ends."""
        if self._child is not None:
            self._child.wait()

    def _line(self, line: str) -> None:
        try:
            event = json.loads(line)
        except ValueError:
            return  # a traceback: it is in the log
        if not isinstance(event, dict):
            return
        if event.get("event") == "plugged in":
            self.plug = Plug(event["serial"], event["pty"], event["pid"])
        elif event.get("event") == "error":
            given = {key: event.get(key) for key in ("whose", "todo", "details")}
            self._error = UserError(str(event["error"]), log=self.log, **{k: v for k, v in given.items() if v})
        if event.get("event") in ("plugged in", "error"):
            self._plugged.set()
        if self._on_event is not None:
            self._on_event(event)


class Twins:
    """The virtual boards among some devices; those that nobody runs yet are run while the context lasts."""

    def __init__(self, rig: Rig, devices: Sequence[Device]) -> None:
        self._rig = rig
        self._twins = [
            Twin(rig, Settings(device.id, device.platform))
            for device in devices
            if device.serial == TWIN and find_plug(rig, device.id) is None
        ]

    def __enter__(self) -> Self:
        try:
            for twin in self._twins:
                twin.begin()
            for twin in self._twins:
                twin.wait()
        except BaseException:
            self._stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop()

    def serial(self, device: Device) -> str:
        """The serial port of a device: its own, or that of its virtual board."""
        if device.serial != TWIN:
            return device.serial
        plug = find_plug(self._rig, device.id)
        if plug is None:
            raise UserError(
                f"the virtual board '{device.id}' has ended",
                whose="the virtual board's, or whoever stopped it",
                todo="see the log",
                log=twin_folder(self._rig, device.id),
            )
        return plug.serial

    def _stop(self) -> None:
        for twin in self._twins:
            twin.let_go()
        for twin in self._twins:
            twin.stop()


def mac_of(twin_id: str) -> str:
    """Its MAC address: its id where that is one, else one that belongs to the id, from the range for local use."""
    if _MAC.fullmatch(twin_id.lower()):
        return twin_id.lower()
    digest = hashlib.sha256(twin_id.encode()).digest()
    return bytes([0x02, *digest[:5]]).hex(":")
