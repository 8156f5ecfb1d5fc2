"""Claims go with the process that holds them, and say who has something."""

from __future__ import annotations

import fcntl
import json
import subprocess
import sys
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from pyralis.deploy.claims import ClaimedError, hold, holder
from pyralis.deploy.rig import package_environment

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

HOLD = """
import os, sys
from pathlib import Path
from pyralis.deploy.claims import hold
with hold(Path(sys.argv[1]), {"pid": os.getpid()}):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A claim in a folder that is not there yet."""
    return tmp_path / "my boards" / "wall-1.lock"


@contextmanager
def another(path: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process that has it until its input ends."""
    with subprocess.Popen(
        [sys.executable, "-P", "-c", HOLD, str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=package_environment(),
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield process


def test_one_has_it_at_a_time(path: Path) -> None:
    with another(path) as process:
        assert holder(path) == {"pid": process.pid}
        with pytest.raises(ClaimedError) as caught, hold(path, {"pid": 1}):
            pass
        assert caught.value.holder == {"pid": process.pid}
    assert holder(path) is None
    with hold(path, {"pid": 1}):
        assert holder(path) == {"pid": 1}
    assert holder(path) is None
    assert path.read_text(encoding="utf-8") == ""


def test_it_goes_with_a_process_that_is_killed(path: Path) -> None:
    with another(path) as process:
        process.kill()
        process.wait(10)
        assert json.loads(path.read_text(encoding="utf-8")) == {"pid": process.pid}
        assert holder(path) is None
        with hold(path, {"pid": 1}):
            assert holder(path) == {"pid": 1}


def test_nobody_has_what_nobody_ever_had(path: Path) -> None:
    assert holder(path) is None
    assert not path.exists()


@pytest.mark.parametrize("text", ["", "{", "[1]"])
def test_holder_who_has_not_said_yet_who_it_is(path: Path, text: str) -> None:
    with hold(path, {}):
        path.write_text(text, encoding="utf-8")
        assert holder(path) == {}
        with pytest.raises(ClaimedError) as caught, hold(path, {"pid": 1}):
            pass
        assert caught.value.holder == {}


def test_who_only_looks_is_in_nobodys_way(path: Path) -> None:
    """The lock of someone who looks is there for a moment; what a killed holder left in the file is not believed."""
    with another(path) as process:
        process.kill()
        process.wait(10)
    with path.open(encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_SH)
        held = threading.Event()

        def take() -> None:
            with hold(path, {"pid": 2}):
                held.set()

        thread = threading.Thread(target=take)
        thread.start()
        assert not held.wait(0.05)
        fcntl.flock(file, fcntl.LOCK_UN)
        assert held.wait(10)
        thread.join()
