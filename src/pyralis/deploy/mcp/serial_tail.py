"""Serial tail: what a board prints from now on, within limits of time and size; the board is left as it is."""

import threading
import time

from pyralis.deploy.device_claim import own
from pyralis.deploy.devices import TWIN, Device
from pyralis.deploy.errors import UserError
from pyralis.deploy.mcp.text import without_codes
from pyralis.deploy.rig import Rig
from pyralis.deploy.twin.plugs import find_plug

MAX_BYTES = 64 * 1024


def port_of(rig: Rig, device: Device) -> str:
    """Its serial port; of a virtual board where it is plugged in. UserError where there is none."""
    if device.serial != TWIN:
        if not device.serial:
            raise UserError(
                f"'{device.id}' has no serial port in the device list",
                whose="the device list's",
                todo="give it `serial`",
            )
        return device.serial
    plug = find_plug(rig, device.id)
    if plug is None:
        raise UserError(
            f"the virtual board '{device.id}' is not plugged in",
            whose="this call's: it runs only as long as a command uses it",
            todo=f"plug it in with `pyralis twin --device {device.id}`; its last log is in {rig.logs}",
        )
    return plug.serial


def tail(rig: Rig, device: Device, timeout_s: float, most_lines: int, stopped: threading.Event) -> list[str]:
    """Lines until it is time, until there are enough of them, or until it is stopped."""
    import serial

    from pyralis.deploy.serial_port import open_port, port_error

    port = port_of(rig, device)
    data = b""
    deadline_s = time.monotonic() + timeout_s
    with own(rig, device):
        line = open_port(port)
        try:
            while time.monotonic() < deadline_s and not stopped.is_set():
                data += line.read(max(1, line.in_waiting))
                if data.count(b"\n") >= most_lines or len(data) >= MAX_BYTES:
                    break
        except (serial.SerialException, OSError) as error:
            raise port_error(port, str(error)) from None
        finally:
            line.close()
    lines = [without_codes(text) for text in data.decode("utf-8", "replace").split("\n")]
    return [text for text in lines if text][:most_lines]
