"""File system images: the same files give the same bytes, and what does not fit is told."""

import os

import pytest
from littlefs import LittleFS, UserContext

from pyralis.deploy.build.file_system import inputs_sha256, make_file_system, too_large

KB = 1024
SIZE_BYTES = 256 * KB
FILES = {"main.py": b"print()\n", "lib/core/a.mpy": b"a" * 5000, "lib/b.mpy": b"b" * 100, "lib/core/empty": b""}


def tree_of(image: bytes) -> dict[str, bytes]:
    """The files in an image."""
    blocks = len(image) // 4096
    fs = LittleFS(UserContext(buffer=bytearray(image)), mount=False, block_size=4096, block_count=blocks)
    fs.mount()
    found = {}
    for parent, _, names in fs.walk("/"):
        for name in names:
            path = f"{parent.rstrip('/')}/{name}".lstrip("/")
            with fs.open(path, "rb") as file:
                found[path] = file.read()
    return found


def test_image_has_the_size_and_the_files() -> None:
    image, used_bytes = make_file_system(FILES, SIZE_BYTES)
    assert len(image) == SIZE_BYTES
    assert tree_of(image) == FILES
    assert 0 < used_bytes < SIZE_BYTES
    assert used_bytes % 4096 == 0


def test_same_files_in_another_order_give_the_same_bytes() -> None:
    assert make_file_system(dict(reversed(FILES.items())), SIZE_BYTES) == make_file_system(FILES, SIZE_BYTES)


def test_no_files() -> None:
    image, used_bytes = make_file_system({}, SIZE_BYTES)
    assert tree_of(image) == {}
    assert used_bytes == 2 * 4096


def test_names_are_utf8() -> None:
    files = {"szenen/größe ü.json": b"{}"}
    assert tree_of(make_file_system(files, SIZE_BYTES)[0]) == files


def test_large_file_is_read_back() -> None:
    files = {"large": os.urandom(200 * KB)}
    assert tree_of(make_file_system(files, SIZE_BYTES)[0]) == files


@pytest.mark.parametrize("files", [{"large": b"x" * 300 * KB}, {f"{n}": b"x" * 3000 for n in range(100)}])
def test_files_that_do_not_fit(files: dict[str, bytes]) -> None:
    with pytest.raises(OverflowError):
        make_file_system(files, SIZE_BYTES)
    error = too_large("data", files, SIZE_BYTES, "take some out")
    assert error.what.startswith("the files need ")
    needed_kb = int(error.what.split()[3])
    assert SIZE_BYTES // KB < needed_kb < 2 * SIZE_BYTES // KB
    make_file_system(files, needed_kb * KB)
    assert error.what.endswith("and the partition 'data' has 256 KB")
    assert 1 <= len(error.details) <= 8


def test_largest_files_come_first() -> None:
    files = {"small": b"1", "large": b"x" * 300 * KB, "middle": b"x" * 2048}
    assert too_large("vfs", files, SIZE_BYTES, "").details == [
        "  300.0 KB  large",
        "    2.0 KB  middle",
        "    0.0 KB  small",
    ]


def test_inputs_are_paths_contents_and_size() -> None:
    known = {inputs_sha256(FILES, SIZE_BYTES)}
    assert inputs_sha256(dict(reversed(FILES.items())), SIZE_BYTES) in known
    for other, size_bytes in ((FILES | {"main.py": b"x"}, SIZE_BYTES), (FILES | {"n": b""}, SIZE_BYTES), (FILES, 4096)):
        assert inputs_sha256(other, size_bytes) not in known
        known.add(inputs_sha256(other, size_bytes))
