"""The log is a ring of 64 entries and 8 KB; sequence numbers show what is gone."""

from __future__ import annotations

import pytest

from pyralis.core.log import MAX_TEXT_CHARS, Logger, entry_view

MAX_ENTRIES = 64
MAX_BYTES = 8192


class Clock:
    """Milliseconds that the test sets."""

    def __init__(self) -> None:
        self.now_ms = 0

    def __call__(self) -> int:
        return self.now_ms


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def lines() -> list[str]:
    return []


@pytest.fixture
def log(clock: Clock, lines: list[str]) -> Logger:
    return Logger(clock, lines.append)


def sequence(log: Logger, since: int = 0) -> list[int]:
    return [entry[0] for entry in log.since(since)]


def test_an_entry_carries_number_time_level_source_and_text(log: Logger, clock: Clock) -> None:
    clock.now_ms = 1234
    log.warning("grid-1", "too large")
    shown = [entry_view(entry) for entry in log.since(0)]
    assert shown == [{"seq": 1, "ms": 1234, "level": "warning", "source": "grid-1", "text": "too large"}]


def test_each_level_has_its_function(log: Logger) -> None:
    log.info("a", "1")
    log.warning("a", "2")
    log.error("a", "3")
    assert [entry[2] for entry in log.since(0)] == ["info", "warning", "error"]


def test_every_entry_goes_to_the_console_as_one_line(log: Logger, lines: list[str]) -> None:
    log.info("main", "started")
    log.error("solid-2", "first\nsecond\r\x1b[31m\ud800")
    assert lines == ["[info] main: started", "[error] solid-2: first second  [31m "]


def test_the_ring_holds_64_entries_and_the_oldest_give_way(log: Logger) -> None:
    for number in range(MAX_ENTRIES + 6):
        log.info("t", str(number))
    assert sequence(log) == list(range(7, MAX_ENTRIES + 7))


def test_the_ring_holds_8_kb_and_the_oldest_give_way(log: Logger) -> None:
    for _ in range(40):
        log.info("test", "x" * MAX_TEXT_CHARS)
    kept = list(log.since(0))
    size_bytes = sum(len(entry[3]) + len(entry[4]) for entry in kept)
    assert MAX_BYTES - 2 * MAX_TEXT_CHARS < size_bytes <= MAX_BYTES
    assert kept[-1][0] == 40


def test_bytes_are_counted_and_not_characters(log: Logger) -> None:
    for _ in range(40):
        log.info("test", "€" * MAX_TEXT_CHARS)
    assert sum(len(entry[4].encode()) for entry in log.since(0)) <= MAX_BYTES


def test_a_ring_can_be_smaller(clock: Clock) -> None:
    log = Logger(clock, lambda line: None, max_entries=3, max_bytes=60)
    for number in range(5):
        log.info("t", f"entry {number}")
    assert sequence(log) == [4, 5]


def test_an_entry_larger_than_the_ring_is_not_kept_but_counted(clock: Clock) -> None:
    log = Logger(clock, lambda line: None, max_bytes=100)
    log.info("t", "small")
    log.info("t", "x" * 200)
    log.info("t", "small again")
    assert sequence(log) == [3]


def test_a_long_text_is_cut_and_says_so(log: Logger) -> None:
    log.info("t", "x" * (MAX_TEXT_CHARS + 1))
    text = next(log.since(0))[4]
    assert len(text) == MAX_TEXT_CHARS
    assert text.endswith("x...")


def test_a_text_of_full_length_is_not_cut(log: Logger) -> None:
    log.info("t", "x" * MAX_TEXT_CHARS)
    assert next(log.since(0))[4] == "x" * MAX_TEXT_CHARS


def test_since_gives_what_is_newer_oldest_first(log: Logger) -> None:
    for _ in range(5):
        log.info("t", "entry")
    assert sequence(log, 4) == [4, 5]
    assert sequence(log, 6) == []
    assert log.next_seq == 6


def test_a_cleared_log_goes_on_counting(log: Logger) -> None:
    log.info("t", "before")
    log.clear()
    assert sequence(log) == []
    log.info("t", "after")
    assert sequence(log) == [2]


def test_a_cleared_log_holds_as_much_as_a_new_one(log: Logger) -> None:
    for _ in range(40):
        log.info("test", "x" * MAX_TEXT_CHARS)
    full = len(sequence(log))
    log.clear()
    for _ in range(40):
        log.info("test", "x" * MAX_TEXT_CHARS)
    assert len(sequence(log)) == full


def test_whoever_listens_is_told_of_every_entry(log: Logger) -> None:
    heard: list[int] = []
    log.on_entry = lambda: heard.append(log.next_seq)
    log.info("t", "one")
    log.error("t", "two")
    assert heard == [2, 3]
