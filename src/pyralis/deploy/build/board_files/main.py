"""Runs second on a board: the runtime, again and again; only Ctrl-C on the serial line ends it."""

import sys
import time

import machine

from pyralis.main import main

PAUSE_S = 3  # so that a board which cannot start can be read and stopped

try:
    # A virtual board shares its machine's ports with others: it is told in its arguments where to listen.
    status = main(["--host", "0.0.0.0", "--port", "80", "--memory-report", "1"] + sys.argv[1:])
except Exception as error:  # the last guard: in a ceiling nobody answers a prompt
    sys.print_exception(error)
    status = 1
if status:
    if status == 1:
        time.sleep(PAUSE_S)
    machine.reset()
