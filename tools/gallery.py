"""Writes docs/gallery.md and its moving pictures: every effect of the catalogue as it looks with its defaults.

`just gallery` draws all of them, `just gallery Fire Wave` some. It runs the effects themselves, on a clock of its own.
"""

from __future__ import annotations

import io
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PIL import Image

from pyralis import catalogue
from pyralis.kernel import kernels_of

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "portable"))
import frames

if TYPE_CHECKING:
    from collections.abc import Sequence

REPOSITORY = Path(__file__).parents[1]
PAGE = REPOSITORY / "docs" / "gallery.md"
IMAGES = REPOSITORY / "docs" / "img" / "effects"
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
_HEAD = """\
# Gallery

Every effect as it looks with its defaults, on 24 x 24 lights or on a strip of 60; what is said to be 1D is the same in
every row. `just gallery` runs them and writes this page. One of your own is [one file](modules.md).
"""


def effects() -> list[dict[str, Any]]:
    """The entries of the catalogue that belong into the gallery."""
    return [one for one in catalogue.scan(PACKAGE) if one["category"] == "effect" and one["type"] not in LEFT_OUT]


def pictures(type_name: str) -> list[Image.Image]:
    """A loop of an effect, a pixel a light."""
    for kernel in kernels_of(frames.load(type_name)):
        kernel.compile()
    dimensions = frames.make(type_name, {}, (1, 1, 1)).dimensions
    size = _SIZES[dimensions]
    made = frames.make(type_name, {}, size)
    made.services.elapsed_ms = 10
    buffer = bytearray(3 * size[0] * size[1])
    for _ in range(_WARM_UP_MS // 10):
        made.draw(buffer, *size)
    shown = []
    for tick in range(_TICKS * (_FRAMES + _FADE)):
        # Whole milliseconds, which together are as long as the frames are shown.
        made.services.elapsed_ms = _tick_end_ms(tick + 1) - _tick_end_ms(tick)
        made.draw(buffer, *size)
        if tick % _TICKS == _TICKS - 1:
            shown.append(Image.frombytes("RGB", size[:2], bytes(buffer)))
    for i in range(_FADE):
        shown[i] = Image.blend(shown[_FRAMES + i], shown[i], (i + 1) / (_FADE + 1))
    return shown[:_FRAMES]


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


def page(entries: Sequence[dict[str, Any]]) -> str:
    """The page that shows these effects."""
    lines = [_HEAD]
    for entry in entries:
        name = entry["type"]
        dimensions = int(entry["tags"][0])
        picture = f'<img src="img/effects/{name}.webp" width="{_SHOWN_WIDTH[dimensions]}" alt="{name}">'
        lines += [f"## {name}", "", f"{entry['description']} *{entry['tags']}*", "", picture, ""]
    return "\n".join(lines)


def main(names: Sequence[str]) -> int:
    """Draw the effects of these names, or all, and write the page."""
    IMAGES.mkdir(parents=True, exist_ok=True)
    for entry in effects():
        name = entry["type"]
        if not names or name in names:
            data = encoded(pictures(name))
            (IMAGES / f"{name}.webp").write_bytes(data)
            print(f"{name}: {len(data)} bytes")
    PAGE.write_text(page(effects()), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
