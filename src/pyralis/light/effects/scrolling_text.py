"""ScrollingText: words that pass from right to left."""

# A kernel that returns nothing has no '->':
# mypy: disable-error-code="no-untyped-def"

from pyralis.kernel import micropython, ptr8
from pyralis.light.effect import Effect

_CELL = 6  # columns a letter, the gap included
_ROWS = 7
_FIRST, _LAST = 32, 95  # the characters that have a picture; small letters are shown as capitals

# Seven rows of five bits for each.
_FONT = (
    b"\x00\x00\x00\x00\x00\x00\x00\x04\x04\x04\x04\x04\x00\x04\x0a\x0a\x0a\x00\x00\x00\x00\x0a\x0a\x1f\x0a\x1f\x0a\x0a"
    b"\x04\x0f\x14\x0e\x05\x1e\x04\x18\x19\x02\x04\x08\x13\x03\x0c\x12\x14\x08\x15\x12\x0d\x04\x04\x08\x00\x00\x00\x00"
    b"\x02\x04\x08\x08\x08\x04\x02\x08\x04\x02\x02\x02\x04\x08\x00\x04\x15\x0e\x15\x04\x00\x00\x04\x04\x1f\x04\x04\x00"
    b"\x00\x00\x00\x00\x04\x04\x08\x00\x00\x00\x1f\x00\x00\x00\x00\x00\x00\x00\x00\x0c\x0c\x00\x01\x02\x04\x08\x10\x00"
    b"\x0e\x11\x13\x15\x19\x11\x0e\x04\x0c\x04\x04\x04\x04\x0e\x0e\x11\x01\x02\x04\x08\x1f\x1f\x02\x04\x02\x01\x11\x0e"
    b"\x02\x06\x0a\x12\x1f\x02\x02\x1f\x10\x1e\x01\x01\x11\x0e\x06\x08\x10\x1e\x11\x11\x0e\x1f\x01\x02\x04\x08\x08\x08"
    b"\x0e\x11\x11\x0e\x11\x11\x0e\x0e\x11\x11\x0f\x01\x02\x0c\x00\x0c\x0c\x00\x0c\x0c\x00\x00\x0c\x0c\x00\x0c\x04\x08"
    b"\x02\x04\x08\x10\x08\x04\x02\x00\x00\x1f\x00\x1f\x00\x00\x08\x04\x02\x01\x02\x04\x08\x0e\x11\x01\x02\x04\x00\x04"
    b"\x0e\x11\x01\x0d\x15\x15\x0e\x04\x0a\x11\x11\x1f\x11\x11\x1e\x11\x11\x1e\x11\x11\x1e\x0e\x11\x10\x10\x10\x11\x0e"
    b"\x1c\x12\x11\x11\x11\x12\x1c\x1f\x10\x10\x1e\x10\x10\x1f\x1f\x10\x10\x1e\x10\x10\x10\x0e\x11\x10\x17\x11\x11\x0f"
    b"\x11\x11\x11\x1f\x11\x11\x11\x0e\x04\x04\x04\x04\x04\x0e\x07\x02\x02\x02\x02\x12\x0c\x11\x12\x14\x18\x14\x12\x11"
    b"\x10\x10\x10\x10\x10\x10\x1f\x11\x1b\x15\x15\x11\x11\x11\x11\x11\x19\x15\x13\x11\x11\x0e\x11\x11\x11\x11\x11\x0e"
    b"\x1e\x11\x11\x1e\x10\x10\x10\x0e\x11\x11\x11\x15\x12\x0d\x1e\x11\x11\x1e\x14\x12\x11\x0f\x10\x10\x0e\x01\x01\x1e"
    b"\x1f\x04\x04\x04\x04\x04\x04\x11\x11\x11\x11\x11\x11\x0e\x11\x11\x11\x11\x11\x0a\x04\x11\x11\x11\x15\x15\x15\x0a"
    b"\x11\x11\x0a\x04\x0a\x11\x11\x11\x11\x11\x0a\x04\x04\x04\x1f\x01\x02\x04\x08\x10\x1f\x0e\x08\x08\x08\x08\x08\x0e"
    b"\x00\x10\x08\x04\x02\x01\x00\x0e\x02\x02\x02\x02\x02\x0e\x04\x0a\x11\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x1f"
)


@micropython.viper
def scrolling_text(
    dst: ptr8,
    colors: ptr8,
    font: ptr8,
    text: ptr8,
    letters: int,
    width: int,
    height: int,
    zoom: int,
    place: int,
    hue: int,
):
    """Draw a text whose left end is at `place`, in 256ths of a light; `zoom` lights are one dot of a letter.

    Where the picture is lower than a letter, rows are left out.
    """
    tall = 7 * zoom
    top = (height - tall) >> 1
    if tall > height:
        tall = height
        top = 0
    for y in range(height):
        at = y * width * 3
        row = (y - top) * 7 // tall if y >= top else 7
        for x in range(width):
            level = 0
            if row < 7:
                # A light may lie over two columns, as far as the text has moved.
                inside = (x << 8) - place
                first = inside // zoom >> 8
                second_part = inside - first * zoom * 256 - (zoom - 1) * 256
                second_part = second_part if second_part > 0 else 0
                for side in range(2):
                    column = first + side
                    bits = 0
                    if 0 <= column < letters * 6:
                        bits = font[(text[column // 6] - 32) * 7 + row] << 1
                    if (bits >> (5 - column % 6)) & 1:
                        level += second_part if side else 256 - second_part
            color = (((x << 8) // width + hue) & 255) * 3
            dst[at] = (colors[color] * level >> 8) & 255
            dst[at + 1] = (colors[color + 1] * level >> 8) & 255
            dst[at + 2] = (colors[color + 2] * level >> 8) & 255
            at += 3


class ScrollingText(Effect):
    """Words pass from right to left."""

    def define_controls(self) -> None:
        """Which words, how fast, how large and in which colours."""
        super().define_controls()
        self.text = self.add_text("text", "Pyralis")
        self.speed = self.add_int("speed", 16, 0, 255, "lights/s")
        self.zoom = self.add_int("zoom", 1, 1, 32)
        self.palette = self.add_palette("neon")

    def on_control(self, name: str) -> None:
        """Keep what has a picture; what has none becomes a question mark."""
        super().on_control(name)
        codes = [ord(letter) - 32 if "a" <= letter <= "z" else ord(letter) for letter in self.text]
        self.codes = bytearray([code if _FIRST <= code <= _LAST else ord("?") for code in codes])

    def render(self, buffer: bytearray, width: int, height: int, depth: int) -> None:
        """Draw at the present place: from just outside on the right to just outside on the left."""
        letters = len(self.codes)
        way = width + letters * _CELL * self.zoom
        phase = self.advance(self.speed * 65536 // way)
        place = (width << 8) - (phase * way >> 8)
        hue = phase >> 8
        font: ptr8 = _FONT  # type: ignore[assignment]  # bytes will do, since it is only read
        scrolling_text(buffer, self.colors, font, self.codes, letters, width, height, self.zoom, place, hue)
