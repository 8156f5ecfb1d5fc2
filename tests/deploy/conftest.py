"""What tests of the pipeline share: rigs of their own, and steps whose events are kept."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pyralis.deploy.errors import UserError
from pyralis.deploy.interpreters import find_micropython
from pyralis.deploy.live import run
from pyralis.deploy.new import make_rig
from pyralis.deploy.rig import Rig
from pyralis.deploy.steps import Event, Step

if TYPE_CHECKING:
    from collections.abc import Callable

REPOSITORY = Path(__file__).resolve().parents[2]
TEST_CACHE = REPOSITORY / ".pyralis" / "cache" / "tests"  # by content, and safe for many builds at once


@pytest.fixture
def rig(tmp_path: Path) -> Rig:
    """A new rig, in a folder with a space and an umlaut in its path; what was compiled once is not compiled again."""
    made = Rig(tmp_path / "my lights ü")
    make_rig(made.root)
    TEST_CACHE.mkdir(parents=True, exist_ok=True)
    made.private.mkdir()
    made.cache.symlink_to(TEST_CACHE)
    return made


@pytest.fixture
def events() -> list[Event]:
    """The events of `step`."""
    return []


@pytest.fixture
def step(events: list[Event]) -> Step:
    """A step that keeps its events in `events`."""
    return Step("test", events.append)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Do not wait until a device that has just started knows its frame rate."""
    monkeypatch.setattr(run, "FPS_TIMEOUT_S", 0.0)


@pytest.fixture
def micropython() -> str:
    """The interpreter; a test that wants it is skipped where there is none."""
    try:
        return find_micropython()
    except UserError as error:
        pytest.skip(str(error))


@pytest.fixture
def write_devices(rig: Rig) -> Callable[..., None]:
    """Write the device list of `rig`."""

    def write(*devices: Any) -> None:
        rig.device_file.write_text(json.dumps(devices), encoding="utf-8")

    return write


@pytest.fixture
def write_rig(rig: Rig) -> Callable[..., None]:
    """Write the rig file of `rig`."""

    def write(**fields: Any) -> None:
        rig.file.write_text(json.dumps(fields), encoding="utf-8")

    return write
