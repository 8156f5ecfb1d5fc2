"""The module os of a virtual board: that of this machine, and uname, which only boards have."""

from uos import *  # noqa: F403

_machine = ""


class _Uname:
    def __init__(self, machine):
        self.sysname = self.nodename = "esp32"
        self.machine = machine


def plug_in(config):
    """Take the name of the board."""
    global _machine
    _machine = config["machine"]


def uname():
    """What kind of board this is."""
    return _Uname(_machine)
