"""Circle: where lights on circles lie, in whole numbers, so that it is the same on every platform."""

from pyralis.light.tables import SINE

_FULL = 4064  # the sine of a quarter turn
POINT = 256  # what `across` counts radius and middle in


def sine(angle: int) -> int:
    """-4064 to 4064 for an angle of 65536 a turn, interpolated between two entries of the table."""
    low = (angle >> 8) & 255
    fraction = angle & 255
    return ((SINE[low] * (256 - fraction) + SINE[(low + 1) & 255] * fraction) >> 3) - 4096


def across(angle: int, radius: int, middle: int) -> int:
    """The coordinate on one axis of a point on a circle, clockwise: x as it is, y a quarter turn behind."""
    return (middle * _FULL + radius * sine(angle) + _FULL * POINT // 2) // (_FULL * POINT)


def middle_of(diameter: int) -> int:
    """Middle, and radius, of a circle that is so many points wide."""
    return (diameter - 1) * POINT // 2


def angle_of(degrees: int) -> int:
    """An angle of 65536 a turn."""
    return degrees * 65536 // 360
