"""Many boards at once, by the real esptool over real lines: what they hold afterwards, and what is told of failures."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from virtual_boards import (
    board,
    entry,
    firmware_file,
    flash,
    flash_file,
    pids_that_mention,
    plugged_in,
    put_image,
    read_settings,
    wait_until_nothing_mentions,
    write_settings,
)

from pyralis.deploy.cli import main
from pyralis.deploy.device_claim import own
from pyralis.deploy.errors import UserError
from pyralis.deploy.flash import record
from pyralis.deploy.flash.plan import build_boards, make_plans
from pyralis.deploy.rig import package_environment
from pyralis.deploy.steps import Event, Step, unseen
from pyralis.deploy.twin.host import Settings

if TYPE_CHECKING:
    from collections.abc import Callable

    from pyralis.deploy.rig import Rig
    from pyralis.deploy.steps import Result

pytestmark = pytest.mark.usefixtures("micropython")
WALL = board("wall-1")
CLAIM = """
import sys
from pathlib import Path
from pyralis.deploy.device_claim import own
from pyralis.deploy.devices import Device
from pyralis.deploy.rig import Rig
sys.argv = ["/usr/bin/pyralis", "flash", "--group", "wall"]
with own(Rig(Path(sys.stdin.readline().strip())), Device("wall-1", "esp32", "esp32dev")):
    print("held", flush=True)
    sys.stdin.read()
"""


def only(result: Result) -> Result:
    (found,) = [step for step in result.steps if step.device]
    return found


def holds_its_plan(rig: Rig, name: str, platform: str = "esp32dev") -> bool:
    device = board(name, platform)
    builds = build_boards(rig, [device], Step("build", unseen))
    made = make_plans(rig, [device], builds, Step("plan", unseen), flashfs=False, firmware_file=None)
    content = flash_file(rig, name).read_bytes()
    return all(
        content[write.offset : write.offset + write.size_bytes] == write.path.read_bytes()
        for write in made[platform, True].writes
    )


def test_a_flash_replaces_firmware_and_code_and_keeps_settings(rig: Rig, write_rig: Callable[..., None]) -> None:
    as_flashed = Settings("wall-1", "esp32dev", ("no-boot",))  # once it runs, it writes
    with plugged_in(rig, as_flashed):
        assert flash(rig, [WALL]).ok
    assert holds_its_plan(rig, "wall-1")
    first = record.load(rig, "wall-1")
    write_settings(rig, "wall-1", {"state.json": b'{"mine": 1}'})
    write_rig(name="another")
    with plugged_in(rig, as_flashed):
        assert flash(rig, [WALL]).ok
    assert holds_its_plan(rig, "wall-1")
    second = record.load(rig, "wall-1")
    assert first is not None
    assert second is not None
    assert (first.state, second.state) == (record.WRITTEN, record.WRITTEN)
    assert first.build_id != second.build_id
    assert read_settings(rig, "wall-1", "state.json") == b'{"mine": 1}'

    (rig.root / "data").mkdir()
    (rig.root / "data" / "scenes.json").write_bytes(b"[]")
    with plugged_in(rig, as_flashed):
        assert flash(rig, [WALL], flashfs=True).ok
    assert read_settings(rig, "wall-1", "state.json") is None
    assert read_settings(rig, "wall-1", "scenes.json") == b"[]"


FLEET = {
    "wall-1": ("unplug-at:200000",),
    "wall-2": ("bad-md5",),
    "wall-3": ("stuck-in-boot",),
    "wall-4": ("garbled-above:230400", "no-boot"),
    "wall-5": ("no-boot",),
}
REASONS = {
    "wall-1": "the board vanished from the serial line",
    "wall-2": "the flash does not hold what was written",
    "wall-3": "the board does not enter download mode",
}


@pytest.fixture
def one_reconnect(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have esptool wait 1 s for a board that is gone, and not 7 s, by its own configuration."""
    (tmp_path / "esptool.cfg").write_text("[esptool]\nconnect_attempts = 1\n", encoding="utf-8")
    monkeypatch.setenv("ESPTOOL_CFGFILE", str(tmp_path / "esptool.cfg"))


@pytest.mark.usefixtures("one_reconnect")
def test_boards_that_fail_hold_up_no_others(
    rig: Rig, write_devices: Callable[..., None], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(rig.root)
    write_devices(*(entry(name, serial_baud=460800) for name in FLEET))
    with plugged_in(rig, *(Settings(name, "esp32dev", faults) for name, faults in FLEET.items())):
        assert main(["flash", "--workers", "5", "--json"]) == 1
    events = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    _, flashing = events[-1]["steps"]
    assert events[-1]["reason"] == "2 of 5 boards flashed and verified; not wall-1, wall-2, wall-3"
    assert flashing["reason"] == events[-1]["reason"]
    found = {step["device"]: step for step in flashing["steps"]}
    for name, reason in REASONS.items():
        assert (found[name]["status"], found[name]["reason"]) == ("failed", reason)
        (failure,) = found[name]["failures"]
        assert failure["device"] == name
        assert failure["assertions"][0].startswith("esptool at rfc2217://127.0.0.1:")
        assert [note.partition(":")[0] for note in failure["assertions"][1:]] == ["whose", "to do"]
        assert "esptool v" in Path(failure["log"]).read_text(encoding="utf-8")
    for name in ("wall-4", "wall-5"):
        assert found[name]["status"] == "passed"
        assert found[name]["facts"]["size_bytes"] > 1_500_000
        assert holds_its_plan(rig, name)
    states = {name: known.state for name in FLEET if (known := record.load(rig, name))}
    assert states == {"wall-1": "writing", "wall-2": "writing", "wall-4": "written", "wall-5": "written"}

    # What a slower line may mend is tried again; where that fails, too, the first reason is what is told.
    again = "once more with 115200 baud"
    assert sorted(event["text"] for event in events if event["event"] == "note") == [
        f"wall-1: {REASONS['wall-1']}; {again}",
        f"wall-2: {REASONS['wall-2']}; {again}",
        f"wall-4: the serial line does not carry this speed; {again}",
    ]
    assert "Could not open rfc2217://" in (rig.logs / "flash-wall-1.log").read_text(encoding="utf-8")
    assert found["wall-4"]["facts"]["baud"] == 115200
    assert found["wall-4"]["summary"].endswith("verified at 115200 baud")
    assert found["wall-5"]["facts"]["baud"] == 460800
    assert found["wall-5"]["summary"].endswith("verified")


def test_another_chip_at_the_port_gets_nothing(rig: Rig, tmp_path: Path) -> None:
    put_image(rig, WALL)
    record.save(rig, "wall-1", record.Record(record.WRITTEN, "a" * 64, "0" * 12, "", "v1.29.0", "2026-11-24T18:00:00Z"))
    content, known = flash_file(rig, "wall-1").read_bytes(), record.load(rig, "wall-1")
    with plugged_in(rig, Settings("wall-1", "esp32dev", ("no-boot",))) as (port,):
        wrong = board("wall-1", "esp32c3", serial=port)
        result = flash(rig, [wrong], lambda device: device.serial, firmware=firmware_file(tmp_path, "esp32c3"))
    assert only(result).reason == "another chip is at this port"
    assert "mend `platform` or `serial`" in only(result).failures[0].assertions[-1]
    assert flash_file(rig, "wall-1").read_bytes() == content
    assert record.load(rig, "wall-1") == known


def test_interrupted_flash_leaves_no_process_and_is_not_forgotten(rig: Rig, write_devices: Callable[..., None]) -> None:
    write_devices(entry("wall-1"))
    command = [sys.executable, "-P", "-m", "pyralis", "flash", "--json"]
    with (
        plugged_in(rig, Settings("wall-1", "esp32dev", ("slow-line",))) as (port,),
        # Python ignores SIGINT where the shell that started the tests runs them in the background.
        subprocess.Popen(
            command,
            cwd=rig.root,
            env=package_environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler) and None,  # noqa: PLW1509
        ) as process,
    ):
        assert process.stdout is not None
        for line in process.stdout:
            if '"progress"' in line and '"device": "wall-1"' in line:
                break
        assert len(pids_that_mention(port)) == 2  # esptool, and the leash that holds it
        process.send_signal(signal.SIGINT)
        process.stdout.read()
        assert process.wait(10) == 130
        wait_until_nothing_mentions(port)
    known = record.load(rig, "wall-1")
    assert known is not None
    assert (known.state, known.needs_flashing) == ("writing", True)


def test_board_in_use_is_left_alone_and_its_user_is_named(rig: Rig) -> None:
    with subprocess.Popen(
        [sys.executable, "-P", "-c", CLAIM],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=package_environment(),
        text=True,
    ) as other:
        assert other.stdin is not None
        assert other.stdout is not None
        other.stdin.write(f"{rig.root}\n")
        other.stdin.flush()
        assert other.stdout.readline() == "held\n"
        (rig.logs / "flash-wall-1.log").parent.mkdir(parents=True, exist_ok=True)
        (rig.logs / "flash-wall-1.log").write_text("of the other one", encoding="utf-8")
        result = flash(rig, [WALL, board("wall-2")])
        other.stdin.close()
        other.wait(10)
    bad, good = [step for step in result.steps if step.device]
    assert bad.reason == f"'wall-1' is in use by process {other.pid}: pyralis flash --group wall"
    assert good.ok
    assert (rig.logs / "flash-wall-1.log").read_text(encoding="utf-8") == "of the other one"
    with own(rig, WALL):
        assert record.load(rig, "wall-1") is None


def test_board_that_is_unplugged_before_its_turn_has_no_record(rig: Rig) -> None:
    def gone(_device: object) -> str:
        raise UserError("the virtual board 'wall-1' has ended")

    assert only(flash(rig, [WALL], gone)).reason == "the virtual board 'wall-1' has ended"
    assert record.load(rig, "wall-1") is None


def test_queued_boards_are_not_begun_once_it_is_interrupted(rig: Rig) -> None:
    events: list[Event] = []
    devices = [board(f"wall-{number}") for number in (1, 2)]
    with (
        plugged_in(rig, *(Settings(device.id, "esp32dev") for device in devices)),
        pytest.raises(KeyboardInterrupt),
    ):
        flash(rig, devices, sink=_interrupts(events), workers=1)
    assert record.load(rig, "wall-1") is not None
    assert record.load(rig, "wall-2") is None
    assert [event.result.status for event in events if event.result is not None] == ["interrupted", "interrupted"]


def _interrupts(events: list[Event]) -> Callable[[Event], None]:
    """A sink that interrupts the run as Ctrl-C does, once the first board is being written."""
    done = threading.Event()

    def take(event: Event) -> None:
        events.append(event)
        if event.kind == "progress" and not done.is_set():
            done.set()
            signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)

    return take
