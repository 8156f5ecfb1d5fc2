"""Writes docs/gallery.md and its moving pictures: every effect and modifier of the catalogue with its defaults.

`just gallery` draws all of them, `just gallery Fire Mirror` some. It runs the modules on a clock of its own.
"""

from __future__ import annotations

import io
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PIL import Image

from pyralis import catalogue
from pyralis.kernel import kernels_of

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "portable"))
import stage

import frames

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

REPOSITORY = Path(__file__).parents[1]
PAGE = REPOSITORY / "docs" / "gallery.md"
IMAGES = REPOSITORY / "docs" / "img"
PACKAGE = REPOSITORY / "src" / "pyralis"
LEFT_OUT = ("Fault", "NetworkIn")  # what they show is how a module fails, and what others send
MOST_BYTES = 40_000
_FPS = 10
_FRAMES = 30
_FADE = 6  # frames in which the end of a picture melts into its beginning
_WARM_UP_MS = 3000
_SIZES = {1: (60, 1, 1), 2: (24, 24, 1), 3: (24, 24, 1)}
_PIXELS = 4  # a light; powers of two take the least bytes
_SHOWN_WIDTH = {1: 240, 2: 192, 3: 192}
_COLORS = (128, 96, 64, 48, 32, 24)
_TICKS = 5  # a frame
_STRIP_HEIGHT = 16
_SHOWS_MODIFIERS = "Fire"  # one knows which way up it belongs
_SHOWS = {"Reverse": "ScrollingText"}  # fire looks much the same from right to left
_HEAD = """\
# Gallery

Every effect and modifier as it looks with its defaults. `just gallery` runs them and writes this page. One of your own
is [one file](modules.md).
"""
_EFFECTS_HEAD = """\
## Effects

On 24 x 24 lights or on a strip of 60; what is said to be 1D is the same in every row.
"""
_MODIFIERS_HEAD = """\
## Modifiers

What each makes of [Fire](#fire), and Reverse of [ScrollingText](#scrollingtext). They chain: all modifiers of a layer
work one after the other.
"""


def effects() -> list[dict[str, Any]]:
    """The entries of the catalogue that belong into the gallery."""
    return [one for one in catalogue.scan(PACKAGE) if one["category"] == "effect" and one["type"] not in LEFT_OUT]


def modifiers() -> list[dict[str, Any]]:
    """Those that change what an effect shows."""
    return [one for one in catalogue.scan(PACKAGE) if one["category"] == "modifier"]


def image_of(entry: dict[str, Any]) -> Path:
    """Where the picture of an effect or modifier is."""
    return IMAGES / f"{entry['category']}s" / f"{entry['type']}.webp"


def pictures(entry: dict[str, Any]) -> list[Image.Image]:
    """A loop, a pixel a light."""
    draw = _effect(entry["type"]) if entry["category"] == "effect" else _modifier(entry["type"])
    for _ in range(_WARM_UP_MS // 10):
        draw(10)
    shown = []
    for tick in range(_TICKS * (_FRAMES + _FADE)):
        # Whole milliseconds, which together are as long as the frames are shown.
        picture = draw(_tick_end_ms(tick + 1) - _tick_end_ms(tick))
        if tick % _TICKS == _TICKS - 1:
            shown.append(picture)
    for i in range(_FADE):
        shown[i] = Image.blend(shown[_FRAMES + i], shown[i], (i + 1) / (_FADE + 1))
    return shown[:_FRAMES]


def _effect(type_name: str) -> Callable[[int], Image.Image]:
    """A function that lets so many milliseconds pass and gives what an effect draws then."""
    for kernel in kernels_of(frames.load(type_name)):
        kernel.compile()
    dimensions = frames.make(type_name, {}, (1, 1, 1)).dimensions
    size = _SIZES[dimensions]
    made = frames.make(type_name, {}, size)
    buffer = bytearray(3 * size[0] * size[1])

    def draw(elapsed_ms: int) -> Image.Image:
        made.services.elapsed_ms = elapsed_ms
        made.draw(buffer, *size)
        return Image.frombytes("RGB", size[:2], bytes(buffer))

    return draw


def _modifier(type_name: str) -> Callable[[int], Image.Image]:
    """The same for a modifier: the lights of a grid with an effect behind it."""
    runtime = stage.Stage()
    runtime.platform.types = catalogue.scan(PACKAGE)
    width, height, _ = _SIZES[2]
    driver = runtime.add("DriverLayer")
    runtime.add("Grid", driver, width=width, height=height)
    layer = runtime.add("EffectsLayer", driver)
    runtime.add(_SHOWS.get(type_name, _SHOWS_MODIFIERS), layer)
    runtime.add(type_name, layer)

    def draw(elapsed_ms: int) -> Image.Image:
        runtime.tick(elapsed_ms)
        return Image.frombytes("RGB", (width, height), bytes(driver.buffer))

    return draw


def _tick_end_ms(number: int) -> int:
    return 1000 * number // (_FPS * _TICKS)


def encoded(loop: Sequence[Image.Image]) -> bytes:
    """The loop as WebP, each light some pixels large, with as many colours as fit into MOST_BYTES."""
    data = b""
    for colors in _COLORS:
        large = [_enlarged(one.quantize(colors, dither=Image.Dither.NONE).convert("RGB")) for one in loop]
        file = io.BytesIO()
        large[0].save(
            file, "WEBP", save_all=True, append_images=large[1:], duration=1000 // _FPS, loop=0, lossless=True
        )
        data = file.getvalue()
        if len(data) <= MOST_BYTES:
            break
    return data


def _enlarged(picture: Image.Image) -> Image.Image:
    width, height = picture.size
    size = (width * _PIXELS, height * _PIXELS if height > 1 else _STRIP_HEIGHT)
    return picture.resize(size, Image.Resampling.NEAREST)


def page() -> str:
    """The page that shows them all."""
    lines = [_HEAD, _EFFECTS_HEAD]
    for entry in effects():
        lines += _lines(entry, f"{entry['description']} *{entry['tags']}*", _SHOWN_WIDTH[int(entry["tags"][0])])
    lines.append(_MODIFIERS_HEAD)
    for entry in modifiers():
        lines += _lines(entry, entry["description"], _SHOWN_WIDTH[2])
    return "\n".join(lines)


def _lines(entry: dict[str, Any], text: str, width: int) -> list[str]:
    name, source = entry["type"], image_of(entry).relative_to(PAGE.parent)
    return [f"### {name}", "", text, "", f'<img src="{source}" width="{width}" alt="{name}">', ""]


def main(names: Sequence[str]) -> int:
    """Draw those of these names, or all, and write the page."""
    for entry in effects() + modifiers():
        if not names or entry["type"] in names:
            data = encoded(pictures(entry))
            path = image_of(entry)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
            print(f"{entry['type']}: {len(data)} bytes")
    PAGE.write_text(page(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
