"""Text: what a command printed, made short enough for a conversation: no terminal codes, no repeats, no middle."""

import re
from collections.abc import Iterable
from pathlib import Path

MAX_TEXT_BYTES = 3_600  # with as much structure beside it, some 2,000 tokens
_TAIL_SHARE = 2  # the end, where the reasons stand, gets so many times what the beginning gets
_READ_BYTES = 64 * 1024  # of each end of a file
_CODES = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[@-_]|[\x00-\x08\x0b-\x1f\x7f]")
_MAX_LINE_CHARS = 400


def without_codes(line: str) -> str:
    """A line without what only terminals understand; of one that was drawn over, what stood there last."""
    return _CODES.sub("", line.rstrip("\r").rpartition("\r")[2])


def shortened(text: str, most_chars: int) -> str:
    """A text of at most so many characters; its middle goes first."""
    if len(text) <= most_chars:
        return text
    head = (most_chars - 1) // 2
    return f"{text[:head]}…{text[len(text) - (most_chars - 1 - head) :]}"


def without_repeats(lines: Iterable[str]) -> list[str]:
    """Lines that follow each other and are the same become one, with their number."""
    found: list[tuple[str, int]] = []
    for line in lines:
        if found and found[-1][0] == line:
            found[-1] = (line, found[-1][1] + 1)
        else:
            found.append((line, 1))
    return [line if times == 1 or not line else f"{line}  (x{times})" for line, times in found]


def fitted(lines: Iterable[str], most_bytes: int = MAX_TEXT_BYTES, unread_lines: int = 0) -> str:
    """Lines cut in the middle, where a line says how many are left out; `unread_lines` were left out there before."""
    kept = without_repeats(shortened(without_codes(line), _MAX_LINE_CHARS) for line in lines)
    if _size_bytes(kept) <= most_bytes and not unread_lines:
        return "\n".join(kept)
    room_bytes = most_bytes - len(f"[… {10**9} lines left out …]\n".encode())
    head = _that_fit(kept, room_bytes // (1 + _TAIL_SHARE))
    tail = _that_fit(kept[len(head) :][::-1], room_bytes - _size_bytes(head))[::-1]
    left_out = len(kept) - len(head) - len(tail) + unread_lines
    return "\n".join([*head, f"[… {left_out} lines left out …]", *tail])


def fitted_file(path: Path, most_bytes: int = MAX_TEXT_BYTES) -> str:
    """A text file cut in the middle, of which no more than both ends are kept in memory."""
    size_bytes = path.stat().st_size
    with path.open("rb") as file:
        if size_bytes <= 2 * _READ_BYTES:
            return fitted(_lines(file.read()), most_bytes)
        head = _up_to_last_newline(file.read(_READ_BYTES))
        file.seek(len(head))
        unread_lines = 0
        while left_bytes := size_bytes - _READ_BYTES - file.tell():
            unread_lines += file.read(min(_READ_BYTES, left_bytes)).count(b"\n")
        tail = file.read(_READ_BYTES)
    tail = tail.partition(b"\n")[2] or tail
    return fitted([*_lines(head), *_lines(tail)], most_bytes, max(1, unread_lines))


def _up_to_last_newline(data: bytes) -> bytes:
    return data.rpartition(b"\n")[0] or data


def _lines(data: bytes) -> list[str]:
    return data.decode("utf-8", "replace").split("\n")


def _size_bytes(lines: list[str]) -> int:
    return sum(len(line.encode()) + 1 for line in lines)


def _that_fit(lines: list[str], room_bytes: int) -> list[str]:
    """The first lines that fit."""
    for number, line in enumerate(lines):
        room_bytes -= len(line.encode()) + 1
        if room_bytes < 0:
            return lines[:number]
    return lines
