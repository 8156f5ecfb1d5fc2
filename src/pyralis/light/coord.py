"""Coord3D: a position or a size; 1D and 2D are 3D with sizes of 1."""

from collections import namedtuple

Coord3D = namedtuple("Coord3D", ("x", "y", "z"))  # noqa: PYI024  # typing is not there on a board
