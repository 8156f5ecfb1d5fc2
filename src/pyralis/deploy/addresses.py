"""Addresses: where a device answers: its address in the device list, or that of a runtime on this machine."""

from pyralis.deploy.client import host_and_port
from pyralis.deploy.devices import Device, Filters, load, select
from pyralis.deploy.errors import UserError
from pyralis.deploy.rig import Rig
from pyralis.deploy.running import running

SCHEME = "http://"


def find_device(rig: Rig, device_id: str) -> Device:
    """A device of the list; UserError tells which there are."""
    return select(load(rig), Filters((device_id,)))[0]


def find_address(rig: Rig, device: str) -> str:
    """Where a device serves, by its id or by the address that it printed; UserError where nobody knows."""
    if device.startswith(SCHEME):
        return _checked(device)
    found = find_device(rig, device)
    here = [one.url for one in running(rig) if found.type == "pc" and one.interpreter == found.platform]
    urls = [found.url] if found.url else here
    if not urls:
        raise UserError(
            f"'{device}' has no address in the device list and does not run on this machine",
            whose="the device list's, or it is not started",
            todo="start it with `pyralis run`, give it `url` in the device list, or use the address that it prints",
        )
    return _checked(urls[0])


def _checked(url: str) -> str:
    host_and_port(url)
    return url.rstrip("/")
