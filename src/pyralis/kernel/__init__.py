"""The kernel language: one integer function that viper compiles on a board and numba on a PC.

A file with kernels imports what it needs from here and writes `@micropython.viper`, literally, above the function.
"""

import sys

TYPE_CHECKING = False
if TYPE_CHECKING or sys.implementation.name != "micropython":
    from pyralis.kernel.host import (
        Kernel,
        KernelError,
        compile_next,
        const,
        kernels_of,
        micropython,
        numba_missing,
        ptr8,
        ptr16,
        ptr32,
        queue,
    )

    __all__ = [
        "Kernel",
        "KernelError",
        "compile_next",
        "const",
        "kernels_of",
        "micropython",
        "numba_missing",
        "ptr8",
        "ptr16",
        "ptr32",
        "queue",
    ]
else:
    from pyralis.kernel.board import const, kernels_of, micropython, ptr8, ptr16, ptr32
