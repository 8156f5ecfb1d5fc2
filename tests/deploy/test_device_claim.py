"""One command at a time has a device, and the other one is told who."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import pytest
from virtual_boards import board

from pyralis.deploy.claims import hold
from pyralis.deploy.device_claim import own
from pyralis.deploy.errors import UserError

if TYPE_CHECKING:
    from pyralis.deploy.rig import Rig

WALL = board("24:6F:28:AA:BB:01")


@pytest.mark.parametrize(
    ("program", "shown"), [("/usr/bin/pyralis", "pyralis"), ("/usr/lib/pyralis/__main__.py", "pyralis")]
)
def test_second_command_is_told_who_has_it(rig: Rig, monkeypatch: pytest.MonkeyPatch, program: str, shown: str) -> None:
    monkeypatch.setattr(sys, "argv", [program, "livetest", "--type", "esp32"])
    with own(rig, WALL), own(rig, board("wall-2")), pytest.raises(UserError) as caught, own(rig, WALL):
        pass
    assert caught.value.what == (
        f"'24:6F:28:AA:BB:01' is in use by process {os.getpid()}: {shown} livetest --type esp32"
    )
    assert caught.value.todo == "wait until it ends, or stop it"
    with own(rig, WALL):
        pass


def test_one_that_has_not_said_yet_who_it_is(rig: Rig) -> None:
    path = rig.private / "devices" / "wall-1.lock"
    with (
        hold(path, {}),
        pytest.raises(UserError, match="'wall-1' is in use by another process"),
        own(rig, board("wall-1")),
    ):
        pass
