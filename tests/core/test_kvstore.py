"""The store saves a little later, never half, goes on without a disk, and sets a broken file aside."""

from __future__ import annotations

import json
from typing import Any

import pytest
from stage import Stage

from pyralis.core.kvstore import LONGEST_DELAY_MS, SETTLE_MS, KvStore
from pyralis.pal.fake import FakeStorage

FILE = "state.json"
RETRY_MS = 10_000


@pytest.fixture
def disk(stage: Stage) -> FakeStorage:
    return stage.platform.storage


@pytest.fixture
def store(stage: Stage, disk: FakeStorage) -> KvStore:
    return KvStore(disk, FILE, stage.log)


def saved(disk: FakeStorage) -> Any:
    return json.loads(disk.files[FILE]) if FILE in disk.files else None


def test_without_a_file_there_are_no_values(store: KvStore, stage: Stage) -> None:
    assert not store.load()
    assert store.get("name", "default") == "default"
    assert stage.texts() == []


def test_what_was_saved_is_loaded_by_the_next_run(store: KvStore, disk: FakeStorage, stage: Stage) -> None:
    store.set("name", "Größe 🔥")
    store.set("list", [1, None, {"a": True}])
    assert store.flush()
    again = KvStore(disk, FILE, stage.log)
    assert again.load()
    assert again.get("name") == "Größe 🔥"
    assert again.get("list") == [1, None, {"a": True}]


# When it saves.


def test_a_change_is_saved_once_it_has_settled(store: KvStore, disk: FakeStorage) -> None:
    store.set("a", 1)
    store.advance(SETTLE_MS - 1)
    assert disk.writes == 0
    store.advance(1)
    assert disk.writes == 1
    assert saved(disk) == {"a": 1}


def test_a_change_makes_the_one_before_wait_so_that_a_slider_is_saved_once(store: KvStore, disk: FakeStorage) -> None:
    for value in range(4):
        store.set("a", value)
        store.advance(SETTLE_MS - 1)
    assert disk.writes == 0
    store.advance(1)
    assert saved(disk) == {"a": 3}


def test_changes_without_an_end_are_saved_in_between(store: KvStore, disk: FakeStorage) -> None:
    for value in range(LONGEST_DELAY_MS // 500 * 3):
        store.set("a", value)
        store.advance(500)
    assert disk.writes == 3


def test_nothing_is_saved_where_nothing_changed(store: KvStore, disk: FakeStorage) -> None:
    store.load()
    store.advance(LONGEST_DELAY_MS)
    assert store.flush()
    assert disk.writes == 0


def test_a_save_is_done_only_once(store: KvStore, disk: FakeStorage) -> None:
    store.set("a", 1)
    store.advance(SETTLE_MS)
    store.advance(LONGEST_DELAY_MS)
    store.flush()
    assert disk.writes == 1


def test_a_flush_saves_at_once(store: KvStore, disk: FakeStorage) -> None:
    store.set("a", 1)
    assert store.flush()
    assert saved(disk) == {"a": 1}


# Values that are made when they are saved.


def test_a_provided_value_is_made_when_it_is_saved(store: KvStore, disk: FakeStorage) -> None:
    tree = ["before"]
    store.provide("tree", lambda: tree)
    store.mark_changed()
    tree[0] = "after"
    store.flush()
    assert saved(disk) == {"tree": ["after"]}


def test_provide_gives_the_loaded_value_and_lets_go_of_it(store: KvStore, disk: FakeStorage) -> None:
    disk.files[FILE] = b'{"tree": [1], "other": 2}'
    store.load()
    assert store.provide("tree", list) == [1]
    assert store.get("tree") is None
    assert store.get("other") == 2


# A file that cannot be used.


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b'{"a": 1', b"[1]", b"null", b"\xff\xfe", b'{"a": \x00}', b"[" * 100_000, b"5"],
    ids=["empty", "cut", "cut value", "list", "null", "no text", "control character", "nested too deep", "number"],
)
def test_a_broken_file_is_set_aside_and_defaults_are_used(
    store: KvStore, disk: FakeStorage, stage: Stage, content: bytes
) -> None:
    disk.files[FILE] = content
    assert not store.load()
    assert disk.files == {"state.json.broken": content}
    assert store.get("a", "default") == "default"
    assert len(stage.texts("error")) == 1
    assert "state.json is broken" in stage.texts("error")[0]
    assert "kept as state.json.broken, defaults are used" in stage.texts("error")[0]


def test_after_a_broken_file_saving_works(store: KvStore, disk: FakeStorage) -> None:
    disk.files[FILE] = b"{"
    store.load()
    store.set("a", 1)
    store.flush()
    assert saved(disk) == {"a": 1}
    assert disk.files["state.json.broken"] == b"{"


def test_a_file_that_cannot_be_read_is_set_aside_too(stage: Stage) -> None:
    class Unreadable(FakeStorage):
        def read(self, name: str) -> bytes | None:
            raise PermissionError(name)

    disk = Unreadable()
    disk.files[FILE] = b"{}"
    assert not KvStore(disk, FILE, stage.log).load()
    assert list(disk.files) == ["state.json.broken"]


def test_a_broken_file_that_cannot_be_moved_does_not_stop_the_start(stage: Stage) -> None:
    class ReadOnly(FakeStorage):
        def set_aside(self, name: str) -> str:
            raise OSError("read-only disk")

    disk = ReadOnly()
    disk.files[FILE] = b"{"
    assert not KvStore(disk, FILE, stage.log).load()
    assert "cannot be kept aside (read-only disk)" in stage.texts("error")[0]


# A disk that fails.


def test_a_failing_disk_is_told_once_and_keeps_what_was_saved_before(
    store: KvStore, disk: FakeStorage, stage: Stage
) -> None:
    store.set("a", 1)
    store.flush()
    disk.failing = True
    store.set("a", 2)
    for _ in range(100):
        store.advance(1000)
    assert saved(disk) == {"a": 1}
    assert stage.texts("error") == ["store: settings cannot be saved, will be tried again: the fake disk is full"]


def test_a_failed_save_is_tried_again_after_10_seconds(store: KvStore, disk: FakeStorage, stage: Stage) -> None:
    disk.failing = True
    store.set("a", 1)
    assert not store.flush()
    disk.failing = False
    store.advance(RETRY_MS - 1)
    assert saved(disk) is None
    store.advance(1)
    assert saved(disk) == {"a": 1}
    assert stage.texts()[-1] == "store: settings are saved again"


def test_changes_without_an_end_do_not_put_off_the_next_try(store: KvStore, disk: FakeStorage) -> None:
    disk.failing = True
    store.set("a", 0)
    store.flush()
    disk.failing = False
    for value in range(RETRY_MS // 500):
        store.set("a", value)
        store.advance(500)
    assert disk.writes == 1


def test_no_memory_to_save_is_a_failure_like_any_other(store: KvStore, disk: FakeStorage, stage: Stage) -> None:
    short = [True]

    def make() -> object:
        if short[0]:
            raise MemoryError
        return "tree"

    store.provide("tree", make)
    store.mark_changed()
    assert not store.flush()
    assert len(stage.texts("error")) == 1
    short[0] = False
    store.advance(RETRY_MS)
    assert saved(disk) == {"tree": "tree"}
