"""Tables that several kernels read; made with integers alone, so that they are the same on every platform."""

_PEAK = 127


def _sine() -> bytearray:
    """256 steps of a turn to 1..255 around 128: Bhaskara's approximation, within one level of the true sine."""
    table = bytearray(256)
    for i in range(128):
        arc = i * (128 - i)
        level = (_PEAK * 16 * arc + 40960 - 2 * arc) // (81920 - 4 * arc)
        table[i] = 128 + level
        table[i + 128] = 128 - level
    return table


SINE = _sine()
