"""Sparkle: an effect of your own, to read, to change and to copy.

Try it: start `pyralis run`, open the page, then change a number below and save. The lights have it at once, and what
you set on the page stays. A mistake turns the effect red, with file and line, until you mend it.

A file here with a class that derives from Effect is all it takes: copy this one, give the class another name, and the
page offers it.
"""

# For the type checker mypy, if you use it: a kernel that returns nothing has no '->'.
# mypy: disable-error-code="no-untyped-def"

# The kernel language: what makes a function into machine code, and the type of its buffers.
from pyralis.kernel import micropython, ptr8

# The base of all effects: it gives the buffer to draw into, a clock, palettes, and the controls that every effect has.
from pyralis.light.effect import Effect


# A kernel is a function that works on every light. The line with the @ makes machine code of it, on PC and board alike.
# For that it may only use whole numbers and bytes: it calls nothing but range, and has no lists and no floats.
@micropython.viper
# `dst` is what to write, three bytes a light; `colors` a palette, 256 times three bytes; the rest are numbers.
def sparkle(dst: ptr8, colors: ptr8, count: int, phase: int, length: int):
    """Each light flashes once in a turn of `phase` (16 bit), and fades in `length` of its 256 parts."""
    # Where the bytes of the present light begin.
    at = 0
    # Light after light.
    for i in range(count):
        # When in a turn this light flashes: mixed so that it looks random, but the same on every device and each time.
        moment = (i * 40503) & 65535
        moment = ((moment ^ (moment >> 7)) * 2083) & 65535
        # Which of the 256 colours it has; each has three bytes, so its first one is at three times the number.
        color = (moment >> 8) * 3
        # How long ago that was, in parts of a turn. `& 65535` makes the turn come round.
        age = (phase - moment) & 65535
        # How bright it is: full at first, then less and less, then dark until the next turn.
        level = 0
        if age // length < 255:
            level = 255 - age // length
        # Red, green and blue: the colour, as bright as the level says. A stored byte ends with `& 255`.
        dst[at] = ((colors[color] * level) >> 8) & 255
        dst[at + 1] = ((colors[color + 1] * level) >> 8) & 255
        dst[at + 2] = ((colors[color + 2] * level) >> 8) & 255
        # On to the next light.
        at += 3


# The effect. Its name is that of the type, and its first line of text is what the page says about it.
class Sparkle(Effect):
    """Lights flash here and there in the colours of a palette, and fade."""

    # What `render` draws: 3 is every light. With 2 it draws one slice and with 1 one strip, and the rest become copies.
    dimensions = 3

    # What can be set on the page and over the API. Each control is an attribute of that name, always up to date.
    def define_controls(self) -> None:
        """How fast, how long and in which colours."""
        # Blend mode and opacity, which every effect has.
        super().define_controls()
        # A slider: name, value at first, least and most.
        self.speed = self.add_int("speed", 60, 0, 255)
        # Another one. Change the 40, save, and add a second Sparkle: this one keeps what you have set.
        self.length = self.add_int("length", 40, 1, 255)
        # A choice of all palettes, your own in palettes.json included; `self.colors` holds the chosen one.
        self.palette = self.add_palette("rainbow")

    # Called for each frame. The buffer has `width * height * depth` lights of three bytes: x fastest, then y, then z.
    def render(self, buffer: bytearray, width: int, height: int, depth: int) -> None:
        """Write every light."""
        # A number from 0 to 65535 that grows by so much a second and comes round: motion that no frame rate changes.
        phase = self.advance(self.speed * 256)
        # All the work is the kernel's.
        sparkle(buffer, self.colors, width * height * depth, phase, self.length)
