"""DistortionWaves: circles of red, green and blue light that cross each other."""

# A kernel that returns nothing has no '->':
# mypy: disable-error-code="no-untyped-def"

from pyralis.kernel import micropython, ptr8
from pyralis.light.effect import Effect
from pyralis.light.tables import SINE


@micropython.viper
def distortion_waves(dst: ptr8, sine: ptr8, width: int, height: int, phase: int, scale: int):
    """Each channel has circles of its own, closer and closer the further out, around a middle that wanders."""
    span = width if width > height else height
    step = 65536 // span
    for channel in range(3):
        pace = 3 + channel * 2
        center_x = sine[((phase * pace >> 8) + channel * 85) & 255] * (width * step >> 8) >> 7
        center_y = sine[((phase * (8 - pace) >> 8) + channel * 50) & 255] * (height * step >> 8) >> 7
        at = channel
        for y in range(height):
            dy = ((y * step) >> 7) - center_y
            for x in range(width):
                dx = ((x * step) >> 7) - center_x
                turn = ((dx * dx + dy * dy) >> 6) * scale - phase * (pace + 5)
                part = turn & 255
                turn = (turn >> 8) & 255
                level = (sine[turn] * (256 - part) + sine[(turn + 1) & 255] * part) >> 8
                dst[at] = (level * level >> 8) & 255
                at += 3


class DistortionWaves(Effect):
    """Circles of red, green and blue light cross each other."""

    def define_controls(self) -> None:
        """How fast and how dense."""
        super().define_controls()
        self.speed = self.add_int("speed", 60, 0, 255)
        self.scale = self.add_int("scale", 24, 1, 128)

    def render(self, buffer: bytearray, width: int, height: int, depth: int) -> None:
        """Draw at the present phase."""
        distortion_waves(buffer, SINE, width, height, self.advance(self.speed * 32), self.scale)
