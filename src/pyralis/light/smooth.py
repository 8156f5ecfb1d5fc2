"""A table for smooth noise, apart from those that most effects read."""

SMOOTH = bytearray([part * part * (768 - 2 * part) >> 16 for part in range(256)])
"""256 steps from 0 to 255 that start and end level."""
