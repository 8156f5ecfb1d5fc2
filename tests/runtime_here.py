"""A runtime of a rig on this machine, as `pyralis run` starts it."""

from __future__ import annotations

import os
import sys
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

from pyralis.deploy.children import Child
from pyralis.wire import READY_PREFIX

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pyralis.deploy.rig import Rig

PC = {"id": "pc", "type": "pc", "platform": "cpython"}  # its entry in a device list


@contextmanager
def running(rig: Rig) -> Iterator[None]:
    """It serves as long as the context lasts."""
    serves = threading.Event()

    def look(line: str) -> None:
        if READY_PREFIX in line:
            serves.set()

    command = [sys.executable, "-m", "pyralis", "run", "--port", "0"]
    with Child(command, cwd=rig.root, env=os.environ, on_line=look) as child:
        assert serves.wait(10), child.last_lines
        yield
