"""Merge: who of several sources paints a part of the picture, by priority, until it stops."""

from array import array

NOBODY = None
_OLD = 20  # as E1.31 has it: a number that is so little behind is that of a packet that was overtaken


class Merge:
    """For each part its owner, and when that was last heard."""

    def __init__(self, parts: int) -> None:
        self.owners: list[object] = [NOBODY] * parts
        self.priorities = bytearray(parts)
        self.sequences = bytearray(parts)
        self.ages_ms = array("i", bytes(4 * parts))

    def admits(self, part: int, source: object, priority: int, sequence: int = 0) -> bool:
        """True where this source paints the part now: nobody does, it did before, or it comes before who did.

        A sequence of 0 is that of a packet that has none.
        """
        if self.owners[part] == source:
            if sequence and (self.sequences[part] - sequence) & 255 < _OLD:
                return False
        elif self.owners[part] is not NOBODY and priority <= self.priorities[part]:
            return False
        self.owners[part] = source
        self.priorities[part] = priority
        self.sequences[part] = sequence & 255
        self.ages_ms[part] = 0
        return True

    def release(self, part: int, source: object) -> bool:
        """The source says that it stops; True where it was the owner."""
        if self.owners[part] != source:
            return False
        self.owners[part] = NOBODY
        return True

    def expire(self, elapsed_ms: int, limit_ms: int) -> "list[int]":
        """The parts whose owner has been silent for too long, and lost them."""
        ended = []
        for part in range(len(self.owners)):
            if self.owners[part] is not NOBODY:
                self.ages_ms[part] += elapsed_ms
                if self.ages_ms[part] > limit_ms:
                    self.owners[part] = NOBODY
                    ended.append(part)
        return ended
