"""Palette file: the palettes of a rig's own, by name, checked; host only.

The platform of a PC adds them to those of `light/palettes.py`, the build writes them into that file of an image.
"""

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

PALETTE_FILE = "palettes.json"
MOST_PALETTES = 64
MOST_ENTRIES = 32
MOST_NAME_CHARS = 24
_COLOR = re.compile(r"#[0-9a-fA-F]{6}")
_EXAMPLE = '{"my sunset": ["#280050", "#ff7020"], "my fire": [[0, "#000000"], [255, "#ffc010"]]}'

Palettes = tuple[tuple[str, ...], tuple[str, ...], bytes]  # endless ones, ramps, and the stops of both


class PaletteError(ValueError):
    """What is wrong, and where: file, palette and entry."""


def read_palettes(path: Path, taken: Sequence[str]) -> dict[str, bytes]:
    """Stops of position, red, green and blue by name, none where there is no file; no name may be one of `taken`."""
    try:
        value = _read_json(path)
    except FileNotFoundError:
        return {}
    if not isinstance(value, dict):
        raise PaletteError(f"{path.name} holds no object of name and palette: write it like {_EXAMPLE}")
    if len(value) > MOST_PALETTES:
        raise PaletteError(f"{path.name} has {len(value)} palettes: {MOST_PALETTES} at most")
    for name in value:
        if name in taken:
            raise PaletteError(f"{path.name}: '{name}' is a palette that there is already: choose another name")
        if not name.strip() or not name.isprintable() or len(name) > MOST_NAME_CHARS:
            raise PaletteError(f"{path.name}: {name!r} is no name: take 1 to {MOST_NAME_CHARS} characters on one line")
    return {name: _stops(f"{path.name}: '{name}'", palette) for name, palette in value.items()}


def _read_json(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"), object_pairs_hook=_once)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise PaletteError(f"{path.name} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise PaletteError(f"{path.name} is not UTF-8 ({error.reason}): save it as UTF-8") from None
    except json.JSONDecodeError as error:
        raise PaletteError(f"{path.name}:{error.lineno}:{error.colno}: not JSON: {error.msg}") from None
    except RecursionError:
        raise PaletteError(f"{path.name} is nested too deep: write it like {_EXAMPLE}") from None
    except ValueError as error:  # a name that is there twice, or a number of thousands of digits
        raise PaletteError(f"{path.name}: {error}") from None


def merged(palettes: Palettes, own: Mapping[str, bytes]) -> Palettes:
    """The palettes that there are, with a rig's own as the last of both kinds."""
    names, ramps, stops = palettes
    first_stops = [at for at in range(0, len(stops), 4) if not stops[at]]
    first_ramp = first_stops[len(names)]
    added = b"".join(own.values())
    return (*names, *own), (*ramps, *own), stops[:first_ramp] + added + stops[first_ramp:]


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        raise ValueError(f"'{next(name for name in names if names.count(name) > 1)}' is there twice: rename one")
    return found


def _stops(where: str, palette: Any) -> bytes:
    if not isinstance(palette, list) or not 1 <= len(palette) <= MOST_ENTRIES:
        raise PaletteError(f'{where} is no list of 1 to {MOST_ENTRIES} colours: write ["#ff0000", "#0000ff"]')
    places = [_entry(f"{where}, entry {number}", entry) for number, entry in enumerate(palette, 1)]
    if any(position is None for position, _ in places):
        if any(position is not None for position, _ in places):
            raise PaletteError(f"{where} mixes colours with and without a position: give all of them one, or none")
        places = [(number * 256 // len(places), color) for number, (_, color) in enumerate(places)]
    found, last = bytearray(), -1
    for number, (position, color) in enumerate(places, 1):
        at = position or 0
        if at <= last:
            raise PaletteError(f"{where}, entry {number}: position {at} comes after {last}: let positions rise")
        if last < 0 and at:
            found += bytes(1) + color  # the first colour holds from the beginning
        found += bytes((at,)) + color
        last = at
    return bytes(found)


def _entry(where: str, entry: Any) -> tuple[int | None, bytes]:
    position, color = entry if isinstance(entry, list) and len(entry) == 2 else (None, entry)
    if isinstance(entry, list):
        if len(entry) != 2:
            raise PaletteError(f'{where} is {json.dumps(entry)}: write [128, "#ff8000"] or "#ff8000"')
        if isinstance(position, bool) or not isinstance(position, int) or not 0 <= position <= 255:
            raise PaletteError(f"{where}: {json.dumps(position)} is no position: take a whole number from 0 to 255")
    if not isinstance(color, str) or not _COLOR.fullmatch(color):
        raise PaletteError(f"{where}: {json.dumps(color)} is no colour: write it like #ff8000")
    return position, bytes.fromhex(color[1:])
