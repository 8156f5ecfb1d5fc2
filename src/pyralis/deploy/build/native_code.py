"""Native code for virtual boards: what a board's machine code was compiled from, once more for this machine.

A virtual board boots the very bytes in its flash, under a MicroPython that cannot run machine code of another chip.
Where it loads such a file, it takes the one of the same source from here: by the sha256 of what is in the flash.
"""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from pyralis.deploy.build.board_code import Code
from pyralis.deploy.build.compiler import Compiler, compiled_name
from pyralis.deploy.build.image import sha256_of
from pyralis.deploy.files import forget_old, write_whole_bytes
from pyralis.deploy.rig import Rig
from pyralis.deploy.steps import Step

HOST_MARCH = "x64"


def native_cache(rig: Rig) -> Path:
    """The folder with `<sha256 of a board's .mpy>.mpy` for this machine."""
    return rig.cache / "native"


def has_native_code(mpy: bytes) -> bool:
    """True for a .mpy file that runs on one architecture only."""
    return len(mpy) > 2 and mpy[:1] == b"M" and mpy[2] >> 2 & 0xF != 0


def keep_native_code(rig: Rig, code: Sequence[Code], compiled: Mapping[str, bytes], step: Step) -> int:
    """See to it that a virtual board finds each file with native code; returns how many there are."""
    native = [source for source in code if has_native_code(compiled[compiled_name(source)])]
    folder = native_cache(rig)
    made = Compiler(HOST_MARCH, rig.cache).compile(native, step)
    new = 0
    for source in native:
        name = compiled_name(source)
        path = folder / f"{sha256_of(compiled[name])}.mpy"
        try:
            os.utime(path)
        except FileNotFoundError:
            write_whole_bytes(path, made[name])
            new += 1
    if new:
        forget_old(folder)
    return len(native)
