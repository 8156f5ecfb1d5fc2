"""Pyralis runs LED installations and carries them from an edit to every board and back."""

__version__ = "0.1.0"
