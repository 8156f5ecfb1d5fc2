"""Level tables: brightness and gamma in one look-up."""


def level_table(brightness: int, gamma_tenths: int) -> bytearray:
    """256 levels for colour values 0 to 255; a light that is on never rounds to off unless brightness is 0."""
    table = bytearray(256)
    exponent = gamma_tenths / 10
    for value in range(1, 256):
        level = int(255 * (value / 255) ** exponent * brightness / 255 + 0.5)
        table[value] = max(level, 1) if brightness else 0
    return table
