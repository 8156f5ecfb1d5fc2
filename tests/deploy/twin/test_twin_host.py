"""Virtual boards as the pipeline sees them: run where nobody runs them yet, and known by name."""

from __future__ import annotations

import pytest
from virtual_boards import board, flash_file, wait_until_nothing_mentions

from pyralis.deploy.errors import UserError
from pyralis.deploy.rig import Rig
from pyralis.deploy.twin.host import Settings, Twin, Twins, mac_of
from pyralis.deploy.twin.plugs import find_plug, twin_folder

pytestmark = pytest.mark.usefixtures("micropython")


def test_only_those_that_nobody_runs_are_run(rig: Rig) -> None:
    devices = [board("wall-1"), board("wall-2", "esp32c3"), board("hall", serial="/dev/ttyUSB7")]
    with Twin(rig, Settings("wall-1", "esp32dev")) as first:
        plug = first.wait()
        with Twins(rig, devices) as twins:
            assert twins.serial(devices[0]) == plug.serial
            second = find_plug(rig, "wall-2")
            assert second is not None
            assert twins.serial(devices[1]) == second.serial
            assert twins.serial(devices[2]) == "/dev/ttyUSB7"
        assert find_plug(rig, "wall-1") == plug
        assert find_plug(rig, "wall-2") is None
    wait_until_nothing_mentions(str(rig.root))
    with pytest.raises(UserError, match="the virtual board 'wall-1' has ended"):
        twins.serial(devices[0])


def test_one_that_cannot_start_stops_the_others(rig: Rig) -> None:
    flash_file(rig, "wall-2").parent.mkdir(parents=True)
    flash_file(rig, "wall-2").write_bytes(b"no flash")
    with pytest.raises(UserError, match="has 8 bytes, this board has 4194304 bytes of flash"):
        Twins(rig, [board("wall-1"), board("wall-2")]).__enter__()
    wait_until_nothing_mentions(str(rig.root))


def test_error_of_its_process_has_all_that_an_error_has(rig: Rig) -> None:
    flash_file(rig, "wall-1").parent.mkdir(parents=True)
    flash_file(rig, "wall-1").write_bytes(b"no flash")
    twin = Twin(rig, Settings("wall-1", "esp32dev"))
    with pytest.raises(UserError) as raised, twin:
        twin.wait()
    assert raised.value.whose == "the file's: it is of another board, or no flash at all"
    assert raised.value.todo == "name another file, or remove this one to begin with an empty flash"
    assert raised.value.log == twin.log


def test_process_that_ends_at_once_is_told_with_its_last_lines(rig: Rig) -> None:
    twin = Twin(rig, Settings("wall-1", "no such platform"))
    with pytest.raises(UserError, match="the virtual board 'wall-1' does not start") as raised, twin:
        twin.wait()
    assert raised.value.details[-1] == "KeyError: 'no such platform'"


def test_addresses_belong_to_names() -> None:
    assert mac_of("24:6F:28:aa:bb:cc") == "24:6f:28:aa:bb:cc"
    assert mac_of("wall-1") == mac_of("wall-1") != mac_of("wall-2")
    assert mac_of("wall-1").startswith("02:")


def test_folders_have_names_that_any_system_takes(rig: Rig) -> None:
    assert twin_folder(rig, "24:6f:28:aa:bb:cc") == rig.private / "twins" / "24-6f-28-aa-bb-cc"
