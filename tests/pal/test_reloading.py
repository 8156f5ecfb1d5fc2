"""Reloading look by look: when a file is taken, and when a mistake in it is one."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pyralis import kernel
from pyralis.light import palettes
from pyralis.main import Runtime
from pyralis.pal.cpython import CPythonPlatform
from pyralis.pal.reloading import Reloader
from pyralis.pal.watching import PATIENCE_LOOKS
from pyralis.start import DEFAULTS

if TYPE_CHECKING:
    from collections.abc import Iterator

GLOW = '''"""Glow."""

from pyralis.light.effect import Effect


class Glow(Effect):
    """Glows."""

    level = 1
'''
TREE = [{"type": "DriverLayer", "children": [{"type": "EffectsLayer", "children": [{"type": "Glow", "id": "glow"}]}]}]


class Bench:
    """A rig whose looks are taken by hand."""

    def __init__(self, root: Path) -> None:
        self.file = root / "modules" / "glow.py"
        self.file.parent.mkdir()
        self.file.write_text(GLOW, encoding="utf-8")
        (root / "rig.json").write_text(json.dumps({"tree": TREE}), encoding="utf-8")
        self.platform = CPythonPlatform(str(root), str(root / "state"), "")
        self.manager = Runtime(self.platform, dict(DEFAULTS)).manager
        self.reloader = Reloader(self.manager, self.file.parent, self.platform._types())

    def look(self, times: int = 1) -> None:
        """So many looks."""
        for _ in range(times):
            self.platform._look(self.manager, self.reloader)

    def level(self) -> int:
        """Which version of the effect is in the tree."""
        level: int = getattr(self.manager.find("glow"), "level")  # noqa: B009  # of a class that mypy does not see
        return level

    def errors(self) -> list[str]:
        """Of the log."""
        return [entry[4] for entry in self.manager.services.log.since(0) if entry[2] == "error"]


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setattr(kernel, "numba_missing", lambda: True)
    for table in ("NAMES", "RAMPS", "STOPS"):
        monkeypatch.setattr(palettes, table, getattr(palettes, table))
    before = set(sys.modules)
    yield Bench(tmp_path)
    for name in set(sys.modules) - before:
        if name.partition(".")[0] == "modules":
            del sys.modules[name]


def test_a_save_is_taken_at_the_second_look(bench: Bench) -> None:
    bench.file.write_text(GLOW.replace("level = 1", "level = 2"), encoding="utf-8")  # same size, same second
    bench.look()
    assert bench.level() == 1
    bench.look()
    assert bench.level() == 2


def test_half_a_file_that_is_whole_a_moment_later_is_no_mistake(bench: Bench) -> None:
    bench.look()
    for half in ("", GLOW[: len(GLOW) // 2], GLOW + "    broken ="):
        bench.file.write_text(half, encoding="utf-8")
        bench.look(PATIENCE_LOOKS - 1)
    bench.file.write_text(GLOW.replace("level = 1", "level = 3"), encoding="utf-8")
    bench.look(2 * PATIENCE_LOOKS)
    assert bench.level() == 3
    assert bench.errors() == []
    assert bench.manager.find("glow").status == "ok"


def test_a_mistake_that_stays_is_told_once(bench: Bench) -> None:
    bench.file.write_text(GLOW + "    broken =", encoding="utf-8")
    bench.look(1 + PATIENCE_LOOKS - 1)
    assert bench.errors() == []
    bench.look(3 * PATIENCE_LOOKS)
    said = "'Glow' cannot be loaded: SyntaxError: invalid syntax (glow.py:10); the version before runs on"
    assert bench.errors() == [said]
    assert bench.manager.find("glow").reason == said
    assert bench.level() == 1


def test_a_module_that_is_set_up_anew_meanwhile_still_shows_it(bench: Bench) -> None:
    bench.file.write_text(GLOW + "    broken =", encoding="utf-8")
    bench.look(2 * PATIENCE_LOOKS)
    bench.manager.find("glow").run_setup()
    assert bench.manager.find("glow").status == "ok"
    bench.look()
    assert bench.manager.find("glow").status == "failed"
    assert len(bench.errors()) == 1


def test_a_mistake_in_a_file_that_nothing_uses_is_told_too(bench: Bench) -> None:
    (bench.file.parent / "other.py").write_text("class Other(Effect)\n", encoding="utf-8")
    bench.look(2 * PATIENCE_LOOKS)
    assert bench.errors() == ["modules/other.py:1: expected ':'"]


def test_half_a_palette_file_is_no_mistake_and_a_broken_one_is(bench: Bench) -> None:
    file = bench.file.parents[1] / "palettes.json"
    file.write_text('{"mine": [', encoding="utf-8")
    bench.look(PATIENCE_LOOKS - 1)
    file.write_text('{"mine": ["#ff0000"]}', encoding="utf-8")
    bench.look(2 * PATIENCE_LOOKS)
    assert bench.errors() == []
    assert palettes.NAMES[-1] == "mine"
    file.write_text('{"mine": ["#ff000"]}', encoding="utf-8")
    bench.look(3 * PATIENCE_LOOKS)
    assert [error.partition(":")[0] for error in bench.errors()] == ["palettes.json"]
    assert palettes.NAMES[-1] == "mine"
