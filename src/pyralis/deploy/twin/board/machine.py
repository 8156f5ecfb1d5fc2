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
_bytes_of_power = -1  # how many bytes flash still takes before the power is cut; negative: no cut


def plug_in(config):
    """Take identity, cause of the reset, and the pipe to the twin."""
    global _twin, _cause, _id, _bytes_of_power
    _twin = open(config["control"], "wb")
    _cause = config["cause"]
    _id = bytes(config["mac"])
    _bytes_of_power = config["power_bytes"]


def unique_id():
    """The MAC address."""
    return _id


def reset_cause():
    """Why the board started."""
    return _cause


def reset():
    """Reset the chip; nothing of the program runs after it."""
    _tell("reset")
    _wait_for_the_end()


def soft_reset():
    """Start MicroPython anew."""
    sys.exit(0)


class WDT:
    """The watchdog: resets the board that does not feed it in time."""

    def __init__(self, id=0, timeout=5000):
        self._timeout = timeout
        _tell("watchdog %d" % timeout)

    def feed(self):
        """Stay alive."""
        _tell("fed")


def power_lasts(size_bytes, write):
    """Write so many bytes, or as many as the power lasts for: a cut in the middle leaves a torn write."""
    global _bytes_of_power
    if _bytes_of_power < 0:
        write(size_bytes)
        return
    write(min(size_bytes, _bytes_of_power))
    _bytes_of_power -= size_bytes
    if _bytes_of_power < 0:
        _tell("power")
        _wait_for_the_end()


def _tell(word):
    _twin.write(word + "\n")


def _wait_for_the_end():
    while True:
        time.sleep(1)
