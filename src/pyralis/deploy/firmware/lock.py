"""Lock: which firmware a rig's boards get, by version, size and hash; `--pin-firmware` writes it, users commit it."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from pyralis.deploy.esp.boards import BOARDS
from pyralis.deploy.files import write_whole
from pyralis.deploy.json_list import Entry, Form, read_list
from pyralis.deploy.rig import Rig

LOCK_FILE = "firmware.lock.json"
MAX_BYTES = 16 * 1024 * 1024  # no supported board has more flash

_FIELDS: dict[str, Any] = {
    "board": {"enum": list(BOARDS)},
    "version": {"type": "string", "minLength": 1},
    "url": {"type": "string", "pattern": "^https?://[^/ ]+/"},
    "size": {"type": "integer", "minimum": 1, "maximum": MAX_BYTES},
    "sha256": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
    "offset": {"type": "integer", "minimum": 0, "maximum": MAX_BYTES},
}
_OPTIONAL = ("url",)  # of a file that was pinned from this machine


@dataclass(frozen=True)
class Pin:
    """One firmware for one board."""

    board: str
    version: str
    size: int
    sha256: str
    offset: int  # where the file starts in the flash
    url: str = ""

    def to_json(self) -> dict[str, object]:
        """As in the lock file."""
        values = asdict(self)
        return {name: values[name] for name in _FIELDS if values[name] != ""}


def read_lock(rig: Rig) -> Mapping[str, Pin]:
    """The pinned firmware of each board, none without a lock file; UserError names entry, field and what is allowed."""
    try:
        entries = read_list(rig.root / LOCK_FILE, _FORM)
    except FileNotFoundError:
        return {}
    return {entry["board"]: Pin(**entry) for entry in entries}


def write_pin(rig: Rig, pin: Pin) -> None:
    """Put it in the place of what was pinned for its board."""
    pins = {**read_lock(rig), pin.board: pin}
    entries = [pins[name].to_json() for name in BOARDS if name in pins]
    write_whole(rig.root / LOCK_FILE, json.dumps(entries, indent=1, ensure_ascii=False) + "\n")


def _beyond_schema(entries: Sequence[Entry]) -> list[tuple[int, str]]:
    problems = []
    for number, entry in enumerate(entries):
        board = BOARDS[entry["board"]]
        same = [other for other in range(number) if entries[other]["board"] == board.name]
        if same:
            problems.append((number, f"board: '{board.name}' has entry {same[0] + 1} already; each has one"))
        start = board.chip.bootloader_offset
        if entry["offset"] != start:
            problems.append(
                (number, f"offset: {entry['offset']} is not allowed; allowed: {start} on {board.chip.name}")
            )
    return problems


_FORM = Form(
    whose="the lock file's",
    entries={
        "type": "object",
        "required": [name for name in _FIELDS if name not in _OPTIONAL],
        "additionalProperties": False,
        "properties": _FIELDS,
    },
    key="board",
    meanings={
        "version": "a text such as v1.29.0",
        "url": "an address such as https://example.org/firmware.bin",
        "sha256": "64 digits from 0 to 9 and a to f",
        "offset": ", ".join(f"{board.chip.bootloader_offset} for {name}" for name, board in BOARDS.items()),
    },
    beyond=_beyond_schema,
)
