"""The folder of a build: exactly what it should hold, and the old files until all new ones are there."""

import errno
from pathlib import Path

import pytest

from pyralis.deploy.build.image import tree_sha256, write_image
from pyralis.deploy.errors import UserError

OLD = {"a.bin": b"old a", "vfs/b.mpy": b"old b", "vfs/lib/c.mpy": b"c"}
NEW = {"a.bin": b"new a", "vfs/b.mpy": b"new b", "vfs/lib/c.mpy": b"c", "vfs/d.mpy": b"d"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with OLD in it."""
    made = tmp_path / "my build" / "esp32dev"
    assert write_image(made, OLD) == 3
    return made


def files(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_only_what_differs_is_written(folder: Path) -> None:
    before = (folder / "vfs/lib/c.mpy").stat().st_mtime_ns
    assert write_image(folder, NEW) == 3
    assert files(folder) == NEW
    assert (folder / "vfs/lib/c.mpy").stat().st_mtime_ns == before
    assert write_image(folder, NEW) == 0


def test_files_and_folders_change_places(folder: Path) -> None:
    other = {"a.bin/inner": b"1", "vfs": b"2"}
    write_image(folder, other)
    assert files(folder) == other


def test_interrupted_write_leaves_the_old_files(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write, written = Path.write_bytes, list[Path]()

    def interrupted(path: Path, data: bytes) -> int:
        if len(written) == 2:
            raise KeyboardInterrupt
        written.append(path)
        return write(path, data)

    monkeypatch.setattr(Path, "write_bytes", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write_image(folder, NEW)
    assert files(folder) == OLD
    assert list(folder.parent.iterdir()) == [folder]


def test_full_disk_leaves_the_old_files_and_is_told(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_path: Path, _data: bytes) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(UserError, match=r"esp32dev: No space left on device") as raised:
        write_image(folder, NEW)
    assert raised.value.todo == "make room or access for it"
    assert files(folder) == OLD


def test_what_a_killed_build_left_is_swept_up(folder: Path) -> None:
    left = folder.with_name(".esp32dev.new") / "vfs"
    left.mkdir(parents=True)
    (left / "half").write_bytes(b"h")
    write_image(folder, NEW)
    assert files(folder) == NEW
    assert list(folder.parent.iterdir()) == [folder]


def test_hash_of_a_tree_tells_names_and_contents_apart() -> None:
    hashes = [tree_sha256(tree) for tree in ({}, {"a": b"b"}, {"b": b"a"}, {"a": b""}, {"a": b"", "b": b""})]
    assert len(set(hashes)) == len(hashes)
    assert tree_sha256({"a": b"1", "b": b"2"}) == tree_sha256({"b": b"2", "a": b"1"})
