"""Meteor: it crosses the strip, and its trail breaks into sparks."""

# A kernel that returns nothing has no '->':
# mypy: disable-error-code="no-untyped-def"

from pyralis.kernel import micropython, ptr8
from pyralis.light.effect import Effect


@micropython.viper
def meteor(dst: ptr8, colors: ptr8, count: int, phase: int, turn: int, trail: int, backwards: int):
    """The head goes on until its trail of `trail` lights has left; each light of the trail cools at its own pace."""
    head = (phase >> 2) * (count + trail) >> 6
    at = 0
    last = 3
    if backwards:
        at = (count - 1) * 3
        last = -3
    for i in range(count):
        behind = head - (i << 8)
        heat = 0
        if behind > 0:
            mix = (i * 374761 + turn * 668265) & 0x3FFFFFFF
            mix = ((mix ^ (mix >> 13)) * 1274126) & 0x3FFFFFFF
            mix = (mix >> 14) & 127
            # A glow that shrinks evenly, and embers that flare up here and there.
            gone = (behind >> 8) * (160 + mix) // trail
            heat = 255 - gone
            if heat > 0:
                heat = heat * heat >> 8
                flicker = (mix * 7 + (behind >> 6)) & 127
                if flicker > 96 and behind > 256:
                    heat += (flicker - 96) * heat >> 5
                heat = heat if heat < 255 else 255
            else:
                heat = 0
            if behind < 256:
                heat = behind
        elif behind > -256:
            heat = 256 + behind
            heat = heat * heat >> 9
        heat *= 3
        dst[at] = colors[heat]
        dst[at + 1] = colors[heat + 1]
        dst[at + 2] = colors[heat + 2]
        at += last


class Meteor(Effect):
    """A meteor crosses the strip, and its trail breaks into sparks."""

    dimensions = 1

    def define_controls(self) -> None:
        """How fast, how long a trail, which way and how hot."""
        super().define_controls()
        self.speed = self.add_int("speed", 90, 0, 255)
        self.trail = self.add_int("trail", 60, 5, 200, "percent")
        self.backwards = self.add_bool("backwards", False)
        self.palette = self.add_palette("fire", ramps=True)

    def render(self, buffer: bytearray, width: int, height: int, depth: int) -> None:
        """Draw at the present phase."""
        phase = self.advance(self.speed * 256)
        trail = width * self.trail // 200 + 1
        meteor(buffer, self.colors, width, phase, self.turns, trail, int(self.backwards))
