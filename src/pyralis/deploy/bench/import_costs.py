"""Runs on MicroPython: imports the modules named as arguments and tells what each one costs the heap.

A JSON line each: [name, bytes in use after it, garbage collected]; the first one is the bare interpreter's.
"""

import gc
import json
import sys


def _tell(name: str) -> None:
    gc.collect()
    sys.stdout.write(json.dumps([name, gc.mem_alloc()]) + "\n")  # type: ignore[attr-defined]


_tell("")
for _name in sys.argv[1:]:
    __import__(_name)
    _tell(_name)
