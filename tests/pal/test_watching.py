"""Watching: a save is told once, when the file has been left alone for a look, however an editor wrote it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pyralis.pal.watching import Watcher


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "modules").mkdir()
    (tmp_path / "modules" / "glow.py").write_text("one = 1\n", encoding="utf-8")
    return tmp_path / "modules"


@pytest.fixture
def glow(folder: Path) -> Path:
    return folder / "glow.py"


@pytest.fixture
def watcher(folder: Path) -> Watcher:
    return Watcher(folder, folder.parent / "palettes.json")


def test_what_was_there_at_the_start_is_no_news(watcher: Watcher) -> None:
    assert watcher.look() == watcher.look() == []


def test_a_save_is_told_once_at_the_look_after_it_was_noticed(watcher: Watcher, glow: Path) -> None:
    glow.write_text("two = 22\n", encoding="utf-8")
    assert [watcher.look() for _ in range(3)] == [[], [glow], []]


def test_a_file_that_is_written_in_steps_is_told_when_it_is_whole(watcher: Watcher, glow: Path) -> None:
    found = []
    for step in ("", "two", "two = ", "two = 22\n"):
        glow.write_text(step, encoding="utf-8")
        found.append(watcher.look())
    assert found == [[], [], [], []]
    assert watcher.look() == [glow]


def test_another_file_that_is_renamed_over_it_is_told(watcher: Watcher, glow: Path) -> None:
    status = glow.stat()
    beside = glow.with_name(".glow.py.tmp")
    beside.write_text("six = 6\n", encoding="utf-8")
    os.utime(beside, ns=(status.st_mtime_ns, status.st_mtime_ns))  # of the same size and time
    beside.rename(glow)
    assert [watcher.look(), watcher.look()] == [[], [glow]]


def test_a_file_that_is_gone_for_a_look_and_back_is_told_once(watcher: Watcher, glow: Path) -> None:
    kept = glow.with_name("glow.py~")
    glow.rename(kept)
    assert watcher.look() == []
    glow.write_text("two = 22\n", encoding="utf-8")
    assert [watcher.look(), watcher.look(), watcher.look()] == [[], [glow], []]


def test_files_come_and_go_in_folders_too(watcher: Watcher, folder: Path, glow: Path) -> None:
    deep = folder / "more" / "deep.py"
    deep.parent.mkdir()
    deep.write_text("", encoding="utf-8")
    glow.unlink()
    assert [watcher.look(), watcher.look(), watcher.look()] == [[], [glow, deep], []]


def test_a_single_file_beside_the_folder_may_come(watcher: Watcher, folder: Path) -> None:
    palettes = folder.parent / "palettes.json"
    palettes.write_text("{}", encoding="utf-8")
    assert [watcher.look(), watcher.look()] == [[], [palettes]]


def test_what_editors_and_python_put_beside_it_is_not_seen(watcher: Watcher, folder: Path) -> None:
    (folder / ".#glow.py").symlink_to("nobody@nowhere:1")
    (folder / "glow.py.swp").write_text("x", encoding="utf-8")
    (folder / "__pycache__").mkdir()
    (folder / "__pycache__" / "old.py").write_text("x", encoding="utf-8")
    assert [watcher.look() for _ in range(3)] == [[], [], []]


def test_without_a_folder_there_is_nothing_until_there_is_one(tmp_path: Path) -> None:
    watcher = Watcher(tmp_path / "modules")
    assert watcher.look() == []
    (tmp_path / "modules").mkdir()
    (tmp_path / "modules" / "glow.py").write_text("", encoding="utf-8")
    assert [watcher.look(), watcher.look()] == [[], [tmp_path / "modules" / "glow.py"]]
