"""The module machine of a virtual board: resets, watchdog and identity; the twin at the other end acts on them."""

import sys
import time

PWRON_RESET = 1
HARD_RESET = 2
WDT_RESET = 3
DEEPSLEEP_RESET = 4
SOFT_RESET = 5
_twin = None
_cause = PWRON_RESET
_id = b""
_power_bytes = -1  # how many bytes flash still takes before the power is cut; negative: no cut


def plug_in(config):
    """Take identity, cause of the reset, and the pipe to the twin."""
    global _twin, _cause, _id, _power_bytes
    _twin = open(config["control"], "wb")
    _cause = config["cause"]
    _id = bytes(config["mac"])
    _power_bytes = config["power_bytes"]


def unique_id():
    """The MAC address."""
    return _id


def reset_cause():
    """Why the board started."""
    return _cause


def reset():
    """Reset the chip; nothing of the program runs after it."""
    _end("reset")


def soft_reset():
    """Start MicroPython anew."""
    sys.exit(0)


class WDT:
    """The watchdog: resets the board that does not feed it in time."""

    def __init__(self, id=0, timeout=5000):
        if timeout <= 0:
            raise ValueError("WDT timeout too short")
        _tell("watchdog:%d" % timeout)

    def feed(self):
        """Stay alive."""
        _tell("fed")


# What follows is for the other modules of the firmware.


def start_over():
    """Start MicroPython anew, after a program that has ended itself."""
    _end("soft reset")


def power_lasts(size_bytes):
    """How many of so many bytes flash takes until the power is cut: all of them where no cut is to come."""
    global _power_bytes
    if _power_bytes < 0:
        return size_bytes
    lasts_bytes = min(size_bytes, _power_bytes)
    _power_bytes -= lasts_bytes
    _tell("written:%d" % lasts_bytes)
    return lasts_bytes


def lose_power():
    """The power is cut."""
    _end("power lost")


def _tell(word):
    _twin.write(word + "\n")


def _end(word):
    _tell(word)
    while True:
        time.sleep(1)
