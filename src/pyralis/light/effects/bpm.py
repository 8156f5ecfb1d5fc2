"""Bpm: stripes that pulse from the middle at so many beats per minute."""

# A kernel that returns nothing has no '->':
# mypy: disable-error-code="no-untyped-def"

from pyralis.kernel import micropython, ptr8
from pyralis.light.effect import Effect


@micropython.viper
def bpm(dst: ptr8, colors: ptr8, count: int, phase: int, hue: int, stripes: int):
    """A beat starts in the middle where `phase` is 0, runs outwards for half a beat and fades until the next."""
    step = (stripes << 16) // count
    delay = 65536 // count
    at = 0
    for i in range(count):
        far = 2 * i + 1 - count
        if far < 0:
            far = -far
        age = (phase - (far * delay >> 1)) & 65535
        # Within a sixteenth of the beat it is there; then it fades on a square, but never to black.
        level = 255
        if age > 61440:
            level = (age - 61440) >> 4
        elif age > 4096:
            level = 255 - ((age - 4096) * 1170 >> 18)
        level = 24 + (level * level * 231 >> 16)
        color = (((far * step >> 9) + hue) & 255) * 3
        dst[at] = (colors[color] * level >> 8) & 255
        dst[at + 1] = (colors[color + 1] * level >> 8) & 255
        dst[at + 2] = (colors[color + 2] * level >> 8) & 255
        at += 3


class Bpm(Effect):
    """Stripes of colour pulse from the middle at so many beats per minute."""

    dimensions = 1

    def define_controls(self) -> None:
        """The beat, the stripes and their colours."""
        super().define_controls()
        self.bpm = self.add_int("bpm", 62, 1, 255, "beats/min")
        self.stripes = self.add_int("stripes", 3, 1, 16)
        self.palette = self.add_palette("party")

    def render(self, buffer: bytearray, width: int, height: int, depth: int) -> None:
        """Draw at the present beat; after sixteen of them the palette has passed."""
        phase = self.advance(self.bpm * 65536 // 60)
        hue = (self.turns << 4) + (phase >> 12)
        bpm(buffer, self.colors, width, phase, hue & 255, self.stripes)
