"""CPython on a PC: files are replaced as a whole, packets are dropped rather than waited for, assets come gzipped."""

from __future__ import annotations

import gzip
import json
import os
import sys
import types
from pathlib import Path

import pytest

from pyralis import kernel
from pyralis.pal.cpython import CPythonPlatform, FileStorage, FolderAssets


@pytest.fixture
def storage(tmp_path: Path) -> FileStorage:
    return FileStorage(tmp_path / "state" / "deep")


@pytest.fixture
def platform(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CPythonPlatform:
    monkeypatch.setattr(sys, "path", list(sys.path))
    return CPythonPlatform(str(tmp_path), str(tmp_path / "state"), '{"version": "1", "commit": "c", "id": "i"}')


# Files.


def test_a_file_that_is_not_there_is_none(storage: FileStorage) -> None:
    assert storage.read("state.json") is None


def test_a_file_is_written_with_its_folder_and_nothing_beside_it(storage: FileStorage, tmp_path: Path) -> None:
    storage.write("state.json", b"one")
    storage.write("state.json", b"two")
    assert storage.read("state.json") == b"two"
    assert [path.name for path in (tmp_path / "state" / "deep").iterdir()] == ["state.json"]


def test_a_write_that_fails_leaves_the_file_as_it_was(storage: FileStorage, monkeypatch: pytest.MonkeyPatch) -> None:
    storage.write("state.json", b"one")

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        storage.write("state.json", b"two")
    assert storage.read("state.json") == b"one"


def test_broken_files_are_set_aside_under_names_of_their_own(storage: FileStorage, tmp_path: Path) -> None:
    for content in (b"one", b"two"):
        storage.write("state.json", content)
        storage.set_aside("state.json")
    folder = tmp_path / "state" / "deep"
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == {
        "state.json.broken-1": b"one",
        "state.json.broken-2": b"two",
    }


# The page.


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "index.html").write_bytes(b'<script src="/ui/@/main.js">')
    (tmp_path / "main.js").write_bytes(b"let a;")
    (tmp_path / "inner").mkdir()
    return tmp_path


def test_the_page_names_its_files_below_the_hash_of_all(folder: Path) -> None:
    assets = FolderAssets(folder)
    page = assets.open("index.html")
    assert page is not None
    assert gzip.decompress(page) == f'<script src="/ui/{assets.version}/main.js">'.encode()
    assert assets.open("index.html") is page


def test_the_hash_changes_with_every_file(folder: Path) -> None:
    before = FolderAssets(folder).version
    assert FolderAssets(folder).version == before
    (folder / "main.js").write_bytes(b"let b;")
    after = FolderAssets(folder).version
    (folder / "main.js").rename(folder / "other.js")
    assert len({before, after, FolderAssets(folder).version}) == 3


@pytest.mark.parametrize("name", ["nothing.js", "../secret", "inner", "", "."])
def test_what_is_no_file_of_the_page_is_none(folder: Path, name: str) -> None:
    (folder.parent / "secret").write_bytes(b"secret")
    assert FolderAssets(folder).open(name) is None


# The machine.


def test_the_build_is_what_whoever_started_it_says(platform: CPythonPlatform, tmp_path: Path) -> None:
    assert platform.build() == {"version": "1", "commit": "c", "id": "i"}
    assert CPythonPlatform(str(tmp_path), str(tmp_path), "").build() == {}


def test_the_rig_is_read_from_its_folder(platform: CPythonPlatform, tmp_path: Path) -> None:
    assert platform.rig() == {}
    (tmp_path / "rig.json").write_text(json.dumps({"name": "Größe"}), encoding="utf-8")
    assert platform.rig() == {"name": "Größe"}


def test_a_rig_can_have_modules_of_its_own(platform: CPythonPlatform, tmp_path: Path) -> None:
    folder = tmp_path / "modules"
    folder.mkdir()
    source = 'from pyralis.light.effect import Effect\n\n\nclass Glow(Effect):\n    """Glows."""\n'
    (folder / "glow.py").write_text(source, encoding="utf-8")
    entries = {entry["type"]: entry for entry in platform.type_entries()}
    assert entries["Glow"]["description"] == "Glows."
    assert entries["Glow"]["category"] == "effect"
    assert entries["Grid"]["module"] == "pyralis.light.layouts.grid"
    assert platform.type_entries() is platform.type_entries()


def test_a_fault_is_located_at_its_innermost_line(platform: CPythonPlatform, tmp_path: Path) -> None:
    source = tmp_path / "faulty.py"
    source.write_text("def inner():\n    return 1 / 0\n\n\ndef outer():\n    return inner()\n", encoding="utf-8")
    module = types.ModuleType("faulty")
    exec(compile(source.read_text(encoding="utf-8"), str(source), "exec"), module.__dict__)
    with pytest.raises(ZeroDivisionError) as caught:
        module.outer()
    assert platform.error_location(caught.value) == "faulty.py:2"


def test_a_syntax_error_is_located_in_the_file_that_has_it(platform: CPythonPlatform) -> None:
    with pytest.raises(SyntaxError) as caught:
        compile("a = 1\nb = (\n", "/rig/modules/broken.py", "exec")
    assert platform.error_location(caught.value) == "broken.py:2"


def test_a_fault_that_was_never_raised_is_nowhere(platform: CPythonPlatform) -> None:
    assert platform.error_location(ValueError()) == ""


def test_the_clock_moves_forwards(platform: CPythonPlatform) -> None:
    start = platform.ticks_us()
    assert platform.ticks_diff_us(platform.ticks_us(), start) >= 0


def test_memory_has_no_limit_but_a_size(platform: CPythonPlatform) -> None:
    assert (platform.heap_free_bytes(), platform.heap_largest_bytes()) == (None, None)
    assert platform.heap_used_bytes() > 1_000_000


def test_facts_name_this_machine(platform: CPythonPlatform, monkeypatch: pytest.MonkeyPatch) -> None:
    facts = platform.facts()
    assert facts["platform"] == "cpython"
    assert str(facts["implementation"]).startswith("CPython 3.")
    assert facts["reset_reason"] == "start"
    monkeypatch.setenv("PYRALIS_REBOOTED", "1")
    assert platform.facts()["reset_reason"] == "reboot"


def test_each_start_has_an_id_of_its_own(platform: CPythonPlatform) -> None:
    ids = {platform.random_id() for _ in range(20)}
    assert len(ids) == 20
    assert all(len(each) == 8 and int(each, 16) >= 0 for each in ids)


def test_lines_go_to_the_console(platform: CPythonPlatform, capsys: pytest.CaptureFixture[str]) -> None:
    platform.print_line("hello €")
    assert capsys.readouterr().out == "hello €\n"


@pytest.mark.parametrize(
    "error", [BrokenPipeError(), UnicodeEncodeError("ascii", "€", 0, 1, "no"), ValueError("closed")]
)
def test_a_console_that_is_gone_or_cannot_show_a_line_stops_nothing(
    platform: CPythonPlatform, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    class Console:
        def write(self, text: str) -> None:
            raise error

    monkeypatch.setattr(sys, "stdout", Console())
    platform.print_line("hello €")


def test_without_numba_one_warning_says_what_that_costs(
    platform: CPythonPlatform, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kernel, "numba_missing", lambda: True)
    assert platform.start_compiling().startswith("numba is not installed: kernels run interpreted")
