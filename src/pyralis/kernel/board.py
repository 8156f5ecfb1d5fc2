"""The kernel language on MicroPython: viper is built in, so this only hands out the names."""

import micropython  # type: ignore[import-not-found,unused-ignore]
from micropython import const

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType

# Viper reads these names from the source; at run time they are evaluated as annotations on no interpreter.
ptr8 = ptr16 = ptr32 = int


def kernels_of(module: "ModuleType") -> "tuple[()]":
    """A board compiles ahead of time, so there is nothing to wait for."""
    return ()


__all__ = ["const", "kernels_of", "micropython", "ptr8", "ptr16", "ptr32"]
