"""Ballast: takes memory until only so much is left; what `pyralis calibrate` adds to a virtual board."""

from pyralis.light.output import Output

_CHUNK_BYTES = 512  # also of a hole: no page, message or request fits into one


class Ballast(Output):
    """Takes memory, and leaves a part of what is free as holes."""

    def define_controls(self) -> None:
        """What is to be left."""
        self.free = self.add_int("free", 0, 0, 16777216, "bytes")
        self.holes = self.add_int("holes", 0, 0, 90, "%")

    def setup(self) -> None:
        """Fill up from below, then open every other chunk again, from the last one on, until enough is free."""
        platform = self.services.platform
        self._held: list[bytearray | None] = []
        platform.collect_garbage()
        while platform.heap_free_bytes() > self.free * (100 - self.holes) // 100:  # type: ignore[operator]
            self._held.append(bytearray(_CHUNK_BYTES))
        place = len(self._held) - 2
        while place >= 0 and platform.heap_free_bytes() < self.free:  # type: ignore[operator]
            self._held[place] = None
            place -= 2
            platform.collect_garbage()

    def teardown(self) -> None:
        """Give it back."""
        self._held = []
