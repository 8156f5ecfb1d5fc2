"""SLIP: the frames in which loaders and their hosts talk; knows nothing of what is in them."""

END = b"\xc0"
_ESCAPE = b"\xdb"
_ESCAPED_END = b"\xdb\xdc"
_ESCAPED_ESCAPE = b"\xdb\xdd"
MAX_FRAME_BYTES = 64 * 1024  # as it is on the line; a block of 16 KB takes twice that at worst


def encode(frame: bytes) -> bytes:
    """A frame as it goes over the line."""
    return END + frame.replace(_ESCAPE, _ESCAPED_ESCAPE).replace(END, _ESCAPED_END) + END


class Decoder:
    """Cuts a stream into frames; drops what is too long or wrongly escaped, and goes on with the next frame."""

    def __init__(self) -> None:
        self._pending = bytearray()
        self._too_long = False

    def feed(self, data: bytes) -> list[bytes]:
        """The frames that end within this data."""
        first, *rest = data.split(END)
        self._append(first)
        frames = []
        for piece in rest:
            frame = self._take()
            if frame:
                frames.append(frame)
            self._append(piece)
        return frames

    def _append(self, piece: bytes) -> None:
        if len(self._pending) + len(piece) > MAX_FRAME_BYTES:
            self._too_long = True
            self._pending.clear()
        if not self._too_long:
            self._pending += piece

    def _take(self) -> bytes:
        """What came since the last END, decoded; empty where it is no frame."""
        escaped = bytes(self._pending)
        self._pending.clear()
        self._too_long, too_long = False, self._too_long
        if too_long or escaped.count(_ESCAPE) != escaped.count(_ESCAPED_END) + escaped.count(_ESCAPED_ESCAPE):
            return b""
        return escaped.replace(_ESCAPED_END, END).replace(_ESCAPED_ESCAPE, _ESCAPE)
