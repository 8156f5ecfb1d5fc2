"""The palette file: what it takes, and that an error says file, palette and entry."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pyralis.light import palettes
from pyralis.palette_file import MOST_ENTRIES, MOST_PALETTES, PaletteError, merged, read_palettes


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "palettes.json"


def read(path: Path, value: object) -> dict[str, bytes]:
    path.write_text(json.dumps(value), encoding="utf-8")
    return read_palettes(path, ["rainbow"])


def test_without_a_file_there_are_none(path: Path) -> None:
    assert read_palettes(path, []) == {}


def test_plain_colours_are_spread_evenly(path: Path) -> None:
    found = read(path, {"mine": ["#ff0000", "#00FF00", "#0000ff", "#000000"]})
    assert found == {"mine": bytes.fromhex("00ff0000 4000ff00 800000ff c0000000")}


def test_stops_are_where_they_say_and_the_first_colour_holds_from_the_beginning(path: Path) -> None:
    found = read(path, {"mine": [[16, "#010203"], [255, "#040506"]]})
    assert found == {"mine": bytes.fromhex("00010203 10010203 ff040506")}


GOOD = ["#ff0000", "#0000ff"]
WRONG: dict[str, tuple[object, str]] = {
    "list": ([GOOD], "palettes.json holds no object of name and palette: write it like {"),
    "taken": ({"rainbow": GOOD}, "palettes.json: 'rainbow' is a palette that there is already: choose another name"),
    "name": ({" ": GOOD}, "palettes.json: ' ' is no name: take 1 to 24 characters on one line"),
    "lines": ({"a\nb": GOOD}, "is no name"),
    "long": ({"a" * 25: GOOD}, "is no name"),
    "many": ({str(number): GOOD for number in range(MOST_PALETTES + 1)}, "has 65 palettes: 64 at most"),
    "empty": ({"mine": []}, "palettes.json: 'mine' is no list of 1 to 32 colours: write ["),
    "large": ({"mine": ["#000000"] * (MOST_ENTRIES + 1)}, "'mine' is no list of 1 to 32 colours"),
    "text": ({"mine": "#ff0000"}, "'mine' is no list of 1 to 32 colours"),
    "colour": ({"a": GOOD, "mine": ["#ff0000", "#ff80"]}, "'mine', entry 2: \"#ff80\" is no colour: write it"),
    "number": ({"mine": [5]}, "'mine', entry 1: 5 is no colour"),
    "short": ({"mine": [[5]]}, "'mine', entry 1 is [5]: write [128, \"#ff8000\"]"),
    "position": ({"mine": [[256, "#ff0000"]]}, "'mine', entry 1: 256 is no position: take a whole number"),
    "half": ({"mine": [[0.5, "#ff0000"]]}, "0.5 is no position"),
    "true": ({"mine": [[True, "#ff0000"]]}, "true is no position"),
    "order": ({"mine": [[9, "#ff0000"], [9, "#00ff00"]]}, "'mine', entry 2: position 9 comes after 9"),
    "mixed": ({"mine": ["#ff0000", [9, "#00ff00"]]}, "'mine' mixes colours with and without a position"),
}  # fmt: skip


@pytest.mark.parametrize("kind", WRONG)
def test_what_is_wrong_is_said_with_its_place(path: Path, kind: str) -> None:
    value, said = WRONG[kind]
    with pytest.raises(PaletteError) as raised:
        read(path, value)
    assert said in str(raised.value)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b'{"a": ["#ff0000",]}', "palettes.json:1:"),
        (b"", "palettes.json:1:1: not JSON"),
        (b"\xff", "palettes.json is not UTF-8"),
        (b'{"a": ["#ff0000"], "a": []}', "palettes.json: 'a' is there twice: rename one"),
        (b'{"a": [' + b"9" * 5000 + b"]}", "palettes.json: Exceeds the limit"),
        (b"[" * 100_000, "nested too deep"),
    ],
)
def test_what_is_no_such_json_is_said(path: Path, data: bytes, said: str) -> None:
    path.write_bytes(data)
    with pytest.raises(PaletteError) as raised:
        read_palettes(path, [])
    assert said in str(raised.value)


def test_a_folder_of_that_name_is_no_file(path: Path) -> None:
    path.mkdir()
    with pytest.raises(PaletteError, match="cannot be read"):
        read_palettes(path, [])


def test_own_palettes_are_the_last_of_both_kinds_and_move_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    before = {name: palettes.expand(name) for name in palettes.NAMES + palettes.RAMPS}
    own = {"mine": bytes.fromhex("00ff0000 800000ff"), "ramp": bytes.fromhex("00000000 ffff0000")}
    names, ramps, stops = merged((palettes.NAMES, palettes.RAMPS, palettes.STOPS), own)
    for table, value in (("NAMES", names), ("RAMPS", ramps), ("STOPS", stops)):
        monkeypatch.setattr(palettes, table, value)
    assert {name: palettes.expand(name) for name in before} == before
    assert names[-2:] == ramps[-2:] == ("mine", "ramp")
    assert palettes.expand("mine")[386] > 250
    assert palettes.expand("mine")[765] > 250  # comes back to its first colour
    assert palettes.expand("ramp")[765:] == b"\xff\x00\x00"  # ends with its last one
