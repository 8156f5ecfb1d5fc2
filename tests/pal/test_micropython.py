"""What MicroPython's platform does with files; the rest is tested on MicroPython itself, in tests/portable."""

from __future__ import annotations

from pathlib import Path

import pytest

from pyralis.pal.micropython import FileStorage, ImageAssets, make_directories, read_file, read_json


@pytest.fixture
def storage(tmp_path: Path) -> FileStorage:
    return FileStorage(f"{tmp_path}/state/deep")


def test_a_file_is_replaced_as_a_whole(storage: FileStorage, tmp_path: Path) -> None:
    assert storage.read("state.json") is None
    storage.write("state.json", b"one")
    storage.write("state.json", b"two")
    assert storage.read("state.json") == b"two"
    assert [path.name for path in (tmp_path / "state" / "deep").iterdir()] == ["state.json"]


def test_a_write_that_fails_leaves_the_file_as_it_was(storage: FileStorage, tmp_path: Path) -> None:
    storage.write("state.json", b"one")
    (tmp_path / "state" / "deep" / "state.json.tmp").mkdir()
    with pytest.raises(OSError, match="directory"):
        storage.write("state.json", b"two")
    assert storage.read("state.json") == b"one"


def test_broken_files_are_set_aside_under_names_of_their_own(storage: FileStorage) -> None:
    for content in (b"one", b"two"):
        storage.write("state.json", content)
        storage.set_aside("state.json")
    assert storage.read("state.json") is None
    assert storage.read("state.json.broken-1") == b"one"
    assert storage.read("state.json.broken-2") == b"two"


def test_directories_are_made_with_those_above_and_may_be_there(tmp_path: Path) -> None:
    for _ in range(2):
        make_directories(f"{tmp_path}/a/b/c")
    assert (tmp_path / "a" / "b" / "c").is_dir()


def test_files_that_are_not_there_are_none_or_empty(tmp_path: Path) -> None:
    assert read_file(f"{tmp_path}/nothing") is None
    assert read_json(f"{tmp_path}/nothing") == {}


def test_assets_are_the_gzipped_files_that_the_build_packed(tmp_path: Path) -> None:
    (tmp_path / "ui").mkdir()
    (tmp_path / "ui" / "main.js.gz").write_bytes(b"packed")
    (tmp_path / "assets.json").write_text('{"version": "abc"}')
    assets = ImageAssets(str(tmp_path))
    assert assets.version == "abc"
    with assets.open("main.js") as file:  # type: ignore[attr-defined]
        assert file.read() == b"packed"


@pytest.mark.parametrize("name", ["", ".", "..", "../secret", "nothing.js", "a/main.js"])
def test_what_is_no_asset_is_none(tmp_path: Path, name: str) -> None:
    (tmp_path / "ui" / "a").mkdir(parents=True)
    (tmp_path / "ui" / "a" / "main.js.gz").write_bytes(b"packed")
    (tmp_path / "secret.gz").write_bytes(b"secret")
    assert ImageAssets(str(tmp_path)).open(name) is None
