"""Refusals: what a caller asked for and cannot have, with a code for machines and what to do for people."""


class Refusal(Exception):
    """A request that is turned down before anything changed."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class MemoryRefused(MemoryError):
    """An allocation that the memory guard turned down; the text carries the numbers."""

    def __init__(self, message: str, size_bytes: int) -> None:
        super().__init__(message)
        self.size_bytes = size_bytes
