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
        platform.collect_garbage()
        # As long as it will ever be: one that grows would need the memory that is to be taken.
        self._held: list[bytearray | None] = [None] * (platform.heap_free_bytes() // _CHUNK_BYTES)  # type: ignore[operator]
        place = 0
        while platform.heap_free_bytes() > self.free * (100 - self.holes) // 100:  # type: ignore[operator]
            self._held[place] = bytearray(_CHUNK_BYTES)
            place += 1
        place -= 2
        while place >= 0 and platform.heap_free_bytes() < self.free:  # type: ignore[operator]
            self._held[place] = None
            place -= 2
            platform.collect_garbage()

    def loop(self) -> None:
        """It sends nothing."""

    def teardown(self) -> None:
        """Give it back."""
        self._held = []
