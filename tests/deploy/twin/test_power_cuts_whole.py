"""Power cuts of whole virtual boards, with their process, serial line and HTTP, while the runtime saves a change."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue
from typing import TYPE_CHECKING

import httpx
from machine_lab import TIMEOUT_S, build_image, flash_content

from pyralis.deploy.live.board_runner import BoardRunner
from pyralis.deploy.twin.host import Settings, Twin
from pyralis.deploy.twin.plugs import twin_folder
from pyralis.deploy.twin.process import FLASH_FILE

if TYPE_CHECKING:
    from pyralis.deploy.rig import Rig
    from pyralis.deploy.steps import Step

BOARDS = 5  # at the same time
CUTS = 2  # of each
SEED = 20_261_124
SAVE_BYTES = 4_500  # that a save of these settings programs and erases at least


def test_settings_are_the_old_or_the_new_ones(rig: Rig, step: Step, tmp_path: Path) -> None:
    content = bytes(flash_content("esp32dev", dict(build_image(rig, step)), settings={}))
    with ThreadPoolExecutor(BOARDS) as pool:
        boards = [pool.submit(cut_power, rig, f"wall {number}", content, tmp_path) for number in range(BOARDS)]
    for board in boards:
        board.result()


def cut_power(rig: Rig, name: str, content: bytes, logs: Path) -> None:
    """Cut the power of one board while it saves, and look what it starts with then; over and over."""
    flash = twin_folder(rig, name) / FLASH_FILE
    flash.parent.mkdir(parents=True)
    flash.write_bytes(content)
    dice = random.Random(f"{SEED} {name}")  # noqa: S311  # the same again in each run
    allowed = {255}  # the brightness that the rig file begins with
    for new in range(CUTS):
        events: SimpleQueue[dict[str, object]] = SimpleQueue()
        fault = f"power-cut-at:{dice.randrange(SAVE_BYTES)}"
        with (
            Twin(rig, Settings(name, "esp32dev", (fault,)), events.put) as twin,
            BoardRunner(rig, name, twin.wait().serial, "", logs / f"{name}.log") as board,
        ):
            old = start(board)
            assert old in allowed
            change(board.url, new)
            wait_for(events, "power lost")
            allowed = {old, new}
            if new == CUTS - 1:  # in the same process, by its reset line; before, power came with a new one
                board.stop()
                assert start(board) in allowed


def start(board: BoardRunner) -> int:
    """Reset it; returns the brightness that it starts with."""
    board.begin()
    board.wait_ready()
    modules = httpx.get(f"{board.url}/api/modules", timeout=TIMEOUT_S, trust_env=False).raise_for_status().json()
    controls = {control["name"]: control["value"] for control in modules["modules"][0]["controls"]}
    value: int = controls["brightness"]
    return value


def change(url: str, brightness: int) -> None:
    """Change it, and have that saved at once: a reboot does."""
    with httpx.Client(base_url=url, timeout=TIMEOUT_S, trust_env=False) as client:
        module = client.get("/api/modules").json()["modules"][0]["id"]
        client.post(f"/api/modules/{module}/controls", json={"brightness": brightness}).raise_for_status()
        client.post("/api/reboot").raise_for_status()


def wait_for(events: SimpleQueue[dict[str, object]], name: str) -> None:
    while (event := events.get(timeout=TIMEOUT_S)["event"]) != name:
        assert event not in {"resets", "crashes", "boot fails", "watchdog bites"}
