"""Footprints: measured from builds, kept one module a line, compared with the last good run."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from pyralis.deploy.build.builder import Build, build
from pyralis.deploy.build.footprint import FOOTPRINT_FILE, LAST_GOOD_FILE, Footprint, keep_as_good, load, report
from pyralis.deploy.build.footprint_table import module_name, show_footprints
from pyralis.deploy.build.targets import TARGETS
from pyralis.deploy.steps import Step, unseen

if TYPE_CHECKING:
    from pyralis.deploy.rig import Rig

RAM = {"used_kb": 62, "free_kb": 66, "largest_kb": 41}
MODULES = {f"lib/pyralis/light/effects/m{number:02}.mpy": 1000 + number for number in range(20)}
GOOD = Footprint("ab" * 32, 200 * 1024, 1024 * 1024, 40, 2000, MODULES, 1_500_000, RAM)


def make(rig: Rig, target: str = "esp32dev") -> Build:
    return build(rig, TARGETS[target], Step("build", unseen))


# Measured and kept.


def test_footprint_is_what_the_build_wrote(rig: Rig, step: Step) -> None:
    made = make(rig)
    found = report(rig, [made], step)["esp32dev"]
    sizes = {
        path.relative_to(made.vfs_folder).as_posix(): path.stat().st_size
        for path in made.vfs_folder.rglob("*")
        if path.is_file()
    }
    assert found.modules == {path: size for path, size in sizes.items() if path.endswith(".mpy")}
    assert (found.files, found.module_bytes + found.other_bytes) == (len(sizes), sum(sizes.values()))
    assert (found.vfs_used_bytes, found.vfs_size_bytes) == (made.used_bytes["vfs"], 1024 * 1024)
    assert step.result.facts["footprint"]["esp32dev"]["image_sha256"] == made.image_sha256  # type: ignore[index]


def test_kept_with_one_module_a_line(rig: Rig, step: Step) -> None:
    made = make(rig)
    found = report(rig, [made], step, {"esp32dev": 1_500_000}, {"esp32dev": RAM})
    text = (rig.live / FOOTPRINT_FILE).read_text(encoding="utf-8")
    value = json.loads(text)
    assert (value["format"], value["commit"]) == (1, made.identity.commit)
    assert value["targets"]["esp32dev"]["ram_boot"] == RAM
    assert value["targets"]["esp32dev"]["app_bytes"] == 1_500_000
    for path, size in found["esp32dev"].modules.items():
        assert f'"{path}":{size}' in [line.rstrip(",") for line in text.splitlines()]
    assert load(rig.live / FOOTPRINT_FILE) == found


def test_pc_has_no_footprint(rig: Rig, step: Step) -> None:
    assert report(rig, [make(rig, "pc")], step) == {}
    assert not (rig.live / FOOTPRINT_FILE).exists()


def test_other_targets_stay_and_the_same_build_writes_nothing(rig: Rig, step: Step) -> None:
    first = report(rig, [make(rig)], step)
    second = report(rig, [make(rig, "esp32c3")], step)
    path = rig.live / FOOTPRINT_FILE
    assert load(path) == {**first, **second}
    before = path.stat().st_mtime_ns
    report(rig, [make(rig), make(rig, "esp32c3")], step)
    assert path.stat().st_mtime_ns == before


def test_what_was_measured_holds_for_the_same_image_only(rig: Rig, step: Step) -> None:
    report(rig, [make(rig)], step, {"esp32dev": 1_500_000}, {"esp32dev": RAM})
    again = report(rig, [make(rig)], step)["esp32dev"]
    assert (again.app_bytes, again.ram_boot) == (1_500_000, RAM)
    with (rig.modules / "sparkle.py").open("a", encoding="utf-8") as file:
        file.write("\n\nMORE = [1, 2, 3]\n")
    changed = report(rig, [make(rig)], step)["esp32dev"]
    assert (changed.app_bytes, changed.ram_boot) == (0, {})


def test_good_is_kept_when_told_so(rig: Rig, step: Step) -> None:
    keep_as_good(rig)
    assert not (rig.live / LAST_GOOD_FILE).exists()
    found = report(rig, [make(rig)], step)
    assert load(rig.live / LAST_GOOD_FILE) == {}
    keep_as_good(rig)
    assert load(rig.live / LAST_GOOD_FILE) == found


@pytest.mark.parametrize(
    "text", ["", "[]", "<<<<<<< HEAD", '{"format": 2, "targets": {}}', '{"format": 1, "targets": {"a": {"x": 1}}}']
)
def test_file_that_is_no_footprint_counts_as_none(rig: Rig, step: Step, text: str) -> None:
    rig.live.mkdir(exist_ok=True)
    (rig.live / FOOTPRINT_FILE).write_text(text, encoding="utf-8")
    assert load(rig.live / FOOTPRINT_FILE) == {}
    found = report(rig, [make(rig)], step)
    assert load(rig.live / FOOTPRINT_FILE) == found


# The table.


def table(footprints: dict[str, Footprint], good: dict[str, Footprint]) -> list[str]:
    stream = io.StringIO()
    show_footprints(footprints, good, stream)
    return stream.getvalue().splitlines()


def row(lines: list[str], label: str) -> list[str]:
    return next(line for line in lines if line.strip().startswith(label)).split()


def test_largest_modules_come_first_and_the_rest_is_summed() -> None:
    lines = table({"esp32dev": GOOD}, {})
    assert lines[1].split() == ["footprint", "in", "bytes", "esp32dev"]
    assert lines[2].split() == ["light.effects.m19", "1", "019"]
    assert row(lines, "and 8 more")[3:] == ["8", "028"]
    assert row(lines, "page and other files")[-2:] == ["2", "000"]
    assert row(lines, "file system, of 1024 KB")[-2:] == ["200", "KB"]
    assert row(lines, "MicroPython, of 1984 KB")[-3:] == ["1", "464", "KB"]
    assert row(lines, "RAM free after boot")[-2:] == ["66", "KB"]
    assert not [line for line in lines if "+" in line or "-" in line]
    assert not [line for line in lines if line != line.rstrip()]


def test_growth_stands_at_each_line() -> None:
    modules = {**MODULES, "lib/pyralis/light/effects/m19.mpy": 1331, "modules/star.mpy": 5000}
    now = replace(GOOD, modules=modules, ram_boot={**RAM, "free_kb": 60})
    lines = table({"esp32dev": now}, {"esp32dev": GOOD})
    assert row(lines, "modules.star") == ["modules.star", "5", "000", "new"]
    assert row(lines, "light.effects.m19")[-1] == "+312"
    assert row(lines, "light.effects.m18") == ["light.effects.m18", "1", "018"]
    assert row(lines, "RAM free after boot")[-1] == "-6"
    assert row(lines, "all files")[-2:] == ["+5", "312"]


def test_targets_stand_side_by_side_in_eighty_columns() -> None:
    now = dict.fromkeys(("esp32dev", "esp32s3", "esp32c3"), GOOD)
    grown = {target: replace(one, modules=dict.fromkeys(MODULES, 1)) for target, one in now.items()}
    lines = table(now, grown)
    assert lines[1].split()[-3:] == ["esp32dev", "esp32s3", "esp32c3"]
    assert max(len(line) for line in lines) <= 80


def test_what_nobody_measured_is_left_out() -> None:
    bare = replace(GOOD, app_bytes=0, ram_boot={})
    lines = table({"esp32dev": bare, "esp32s3": replace(bare, app_bytes=1_000_000)}, {})
    assert not [line for line in lines if "RAM" in line or "block" in line]
    assert row(lines, "MicroPython")[-3:] == ["-", "976", "KB"]
    assert table({}, {}) == []


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("lib/pyralis/core/__init__.mpy", "core"),
        ("lib/pyralis/__init__.mpy", "pyralis"),
        ("lib/pyralis/light/effects/game_of_life.mpy", "light.effects.game_of_life"),
        ("lib/microdot.mpy", "microdot"),
        ("modules/sparkle.mpy", "modules.sparkle"),
    ],
)
def test_modules_are_named_as_they_are_imported(path: str, name: str) -> None:
    assert module_name(path) == name
