"""The log on a board: half as long as on a PC, and still of the latest entries."""

from __future__ import annotations

from typing import TYPE_CHECKING

from machine_lab import Lab, build_image, flash_content, share_cache

from pyralis.deploy.build.native_code import native_cache
from pyralis.deploy.new import make_rig
from pyralis.deploy.rig import Rig
from pyralis.deploy.steps import Step, unseen
from pyralis.wire import READY_PREFIX

if TYPE_CHECKING:
    from pathlib import Path

MOST_BYTES = 4096
ENTRY_BYTES = 16  # of each, besides its texts
# Fails with more to say than 64 entries, which a log may have, have room for.
TALKER = '''"""Talker: fails with many words."""

from pyralis.light.effect import Effect


class Talker(Effect):
    """Fails with many words."""

    def setup(self) -> None:
        raise RuntimeError("so it is " * 30)
'''


def test_log_of_a_board_keeps_the_latest_4_kb(tmp_path: Path) -> None:
    rig = Rig(tmp_path / "my lights")
    make_rig(rig.root)
    share_cache(rig)
    (rig.modules / "talker.py").write_text(TALKER, encoding="utf-8")
    content = flash_content("esp32dev", dict(build_image(rig, Step("build", unseen))), {})
    with Lab(tmp_path, content, native=native_cache(rig)) as lab:
        lab.start()
        lab.expect(f"{READY_PREFIX}{lab.url}/")
        layer = next(one for one in lab.request("GET", "/api/modules")["modules"] if one["type"] == "EffectsLayer")
        failing = {"type": "Talker", "parent": layer["id"]}
        for _ in range(60):
            lab.request("DELETE", f"/api/modules/{lab.request('POST', '/api/modules', failing)['id']}")
        log = lab.request("GET", "/api/log")
    sizes = [len(entry["source"]) + len(entry["text"]) + ENTRY_BYTES for entry in log["entries"]]
    assert MOST_BYTES - max(sizes) <= sum(sizes) <= MOST_BYTES
    assert log["entries"][-1]["seq"] == log["next"] - 1
    assert log["entries"][0]["seq"] > 1
