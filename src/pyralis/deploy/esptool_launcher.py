"""Launcher of esptool: runs it as the program it is, and mends what makes it slow over RFC 2217 lines.

`python -P -m pyralis.deploy.esptool_launcher ARGUMENTS…`, or by its path. esptool is GPL: it stays a program of its
own, which this process becomes. Three things are mended as soon as the module that has them was loaded, each only in
the very versions where it was found, none with PYRALIS_STOCK_ESPTOOL=1:

- pyserial's client negotiates all settings of the port whenever a timeout is set, though a timeout is its own affair
- and waits at least 50 ms for each answer, which is there after some microseconds
- esptool makes hexadecimal text of all bytes it sends and receives, also where nobody has asked for a trace

Imports next to nothing: each start of esptool waits for it.
"""

import os
import runpy
import sys
import time
from collections.abc import Callable
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from types import ModuleType
from typing import Any

STOCK_VARIABLE = "PYRALIS_STOCK_ESPTOOL"
_PYSERIAL = "3.5"
_ESPTOOL = "5.6."
_ANSWER_CHECK_S = 0.001


def main() -> None:
    """Become esptool; its arguments are this program's."""
    # Run by its path, the folder of this file would hide modules of the standard library from esptool.
    own_folder = Path(__file__).resolve().parent
    sys.path[:] = [entry for entry in sys.path if Path(entry).resolve() != own_folder]
    if os.environ.get(STOCK_VARIABLE) != "1":
        mends: dict[str, Callable[[Any], None]] = {"serial.rfc2217": mend_rfc2217}
        if not wants_trace(sys.argv[1:]):
            mends["esptool.loader"] = mend_loader
        sys.meta_path.insert(0, _AfterImport(mends))
    runpy.run_module("esptool", run_name="__main__", alter_sys=True)


def wants_trace(arguments: list[str]) -> bool:
    """Whether a trace may have been asked for: one false alarm costs time, a trace without its bytes is none."""
    return any(one == "--trace" or ("t" in one and one[:1] == "-" and one[:2] != "--") for one in arguments)


def mend_rfc2217(module: Any) -> None:
    """Negotiate what has changed, and look for answers more often."""
    if module.serial.__version__ != _PYSERIAL:
        return
    stock = module.Serial._reconfigure_port  # noqa: SLF001 - the version is checked

    def reconfigure(port: Any) -> None:
        # The socket is part of it: a new connection knows nothing yet. A write timeout is refused, as ever.
        names = ("_socket", "_baudrate", "_bytesize", "_parity", "_stopbits", "_rtscts", "_xonxoff", "_write_timeout")
        wanted = [getattr(port, name) for name in names]
        if wanted != getattr(port, "negotiated", None):
            stock(port)
            port.negotiated = wanted

    def wait(option: Any, timeout: float = 3) -> None:
        timer = module.Timeout(timeout)
        while not option.is_ready():
            if timer.expired():
                raise module.SerialException(f"timeout while waiting for option {option.name!r}")
            time.sleep(_ANSWER_CHECK_S)

    module.Serial._reconfigure_port = reconfigure  # noqa: SLF001
    module.TelnetSubnegotiation.wait = wait


def mend_loader(module: Any) -> None:
    """Make no text of what is sent and received: there is no trace that it could go to."""
    if sys.modules["esptool"].__version__.startswith(_ESPTOOL):
        module.HexFormatter.__str__ = lambda _bytes: ""


class _AfterImport:
    """Finds modules as ever, and calls what is there for one once it was loaded."""

    def __init__(self, mends: dict[str, Callable[[Any], None]]) -> None:
        self._mends = mends

    def find_spec(self, name: str, path: Any = None, target: ModuleType | None = None) -> ModuleSpec | None:
        """The module's own spec, with what follows its execution; nothing for all others."""
        mend = self._mends.get(name)
        spec = PathFinder.find_spec(name, path, target) if mend else None
        if mend is None or spec is None or spec.loader is None:
            return None
        execute = spec.loader.exec_module

        def execute_and_mend(module: ModuleType) -> None:
            execute(module)
            mend(module)

        spec.loader.exec_module = execute_and_mend  # type: ignore[method-assign]
        return spec


if __name__ == "__main__":
    main()
