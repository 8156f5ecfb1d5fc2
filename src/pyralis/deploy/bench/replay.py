"""Runs on MicroPython: calls the kernels of a recorded tick again, compiled by viper or as bytecode.

Arguments: the folder of the recording, and 'viper' or 'bytecode'. A JSON line in with the numbers of the calls and how
often, a JSON line out with the microseconds of each time.
"""

import json
import sys
import time
from array import array

CODES = {"ptr16": "H", "ptr32": "I"}


def _buffer(folder: str, number: int, kind: str) -> object:
    with open(f"{folder}/{number}.bin", "rb") as file:
        data = file.read()
    return bytearray(data) if kind == "ptr8" else array(CODES[kind], data)


def _kernel(folder: str, number: int, name: str, form: str) -> object:
    with open(f"{folder}/kernel_{number}.py") as file:
        text = file.read()
    scope: dict[str, object] = {}
    exec(text if form == "viper" else text.replace("@micropython.viper\n", ""), scope)  # noqa: S102  # its purpose
    return scope[name]


def main(folder: str, form: str) -> None:
    """Answer until nobody asks any more."""
    with open(folder + "/calls.json") as file:
        recorded = json.load(file)
    buffers = [_buffer(folder, number, kind) for number, kind in enumerate(recorded["buffers"])]
    calls = []
    for call, (_, name, args) in enumerate(recorded["calls"]):
        values = [buffers[arg[0]] if isinstance(arg, list) else arg for arg in args]
        calls.append((_kernel(folder, call, name, form), values))
    while True:
        line = sys.stdin.readline()
        if not line:
            return
        asked = json.loads(line)
        chosen = [calls[number] for number in asked["numbers"]]
        samples = []
        for _ in range(asked["calls"]):
            from_us = time.ticks_us()  # type: ignore[attr-defined]
            for kernel, values in chosen:
                kernel(*values)
            samples.append(time.ticks_diff(time.ticks_us(), from_us))  # type: ignore[attr-defined]
        sys.stdout.write(json.dumps(samples) + "\n")


main(*sys.argv[1:])
