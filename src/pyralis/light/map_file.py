"""MapFile: reads a JSON map of lights piece by piece, so that a board never holds the whole text."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from pyralis.core.services import ByteStream

MAX_COORDINATE = 4095
MAX_LIGHT = 65534
NO_LIGHT = -1  # an entry of a ledmap for a point without a light, and a light that has no place
_PIECE_BYTES = 256
_MARKS = b"[]{},:"
_SPACE = b" \t\r\n"
_QUOTE = 34
_BACKSLASH = 92
_LONGEST_WORD = 32  # of what is of use here; a longer text is cut
_SIZES = ("width", "height")


class MapFile:
    """WLED's `{"map": [light of each point], "width": …, "height": …}`, or `[[x, y, z], …]`, a place for each light.

    What is wrong is a ValueError that says where.
    """

    def __init__(self, stream: "ByteStream") -> None:
        self._tokens = tokens(stream)
        self._next = ""
        self.is_ledmap = False
        self.width = self.height = 0

    def entries(self) -> "Iterator[tuple[int, int, int]]":
        """x, y, z of each light, where the first is NO_LIGHT for one that has no place; (light, 0, 0) of a ledmap."""
        self._advance()
        if self._next == "{":
            self.is_ledmap = True
            yield from self._ledmap()
        elif self._next == "[":
            for number in self._items("]"):
                yield self._place(number)
        else:
            raise ValueError('it starts neither with {"map": [ nor with [[')
        self._advance()
        if self._next:
            raise ValueError(f"something follows its end: {self._next}")

    def _advance(self) -> str:
        self._next = next(self._tokens)
        return self._next

    def _items(self, end: str) -> "Iterator[int]":
        """Stand on the first token of each item in turn, up to `end`, and see that commas part them."""
        number = 0
        while self._advance() != end or number:
            yield number
            number += 1
            if self._advance() == end:
                return
            if self._next != ",":
                raise ValueError(f"entry {number - 1} is followed by {self._shown()}: a comma or {end} is missing")

    def _ledmap(self) -> "Iterator[tuple[int, int, int]]":
        seen = False
        for _ in self._items("}"):
            name = self._next[1:]
            if not self._next.startswith('"') or self._advance() != ":":
                raise ValueError('a "name": value is missing in the object')
            self._advance()
            if name == "map" and not seen and self._next == "[":
                seen = True
                for number in self._items("]"):
                    light = self._whole(number, NO_LIGHT, MAX_LIGHT)
                    yield light, 0, 0
            elif name in _SIZES:
                setattr(self, name, self._whole(name, 1, MAX_COORDINATE + 1))
            else:
                self._skip()
        if not seen:
            raise ValueError('it has no "map": [ … ]')

    def _place(self, number: int) -> "tuple[int, int, int]":
        if self._next == "null":
            return NO_LIGHT, 0, 0
        if self._next != "[":
            raise ValueError(f"entry {number} is {self._shown()}: it takes [x, y], [x, y, z] or null")
        place = [0, 0, 0]
        count = 0
        for axis in self._items("]"):
            if axis < 3:
                place[axis] = self._whole(number, 0, MAX_COORDINATE)
            count = axis + 1
        if not 2 <= count <= 3:
            raise ValueError(f"entry {number} has {count} numbers: it takes [x, y], [x, y, z] or null")
        return place[0], place[1], place[2]

    def _whole(self, where: "int | str", least: int, most: int) -> int:
        try:
            value = int(self._next)
            if least <= value <= most:
                return value
        except ValueError:
            pass
        which = f"entry {where}" if isinstance(where, int) else where
        raise ValueError(f"{which} is {self._shown()}: it takes a whole number from {least} to {most}")

    def _skip(self) -> None:
        """Pass over a value that is of no use here."""
        depth = 0
        while True:
            if self._next in ("[", "{"):
                depth += 1
            elif self._next in ("]", "}"):
                depth -= 1
            if depth <= 0:
                return
            if not self._advance():
                raise ValueError("it ends too early")

    def _shown(self) -> str:
        return self._next + '"' * self._next.startswith('"') if self._next else "the end of the file"


def tokens(stream: "ByteStream") -> "Iterator[str]":
    """The marks, numbers and words of a JSON text, then empty ones for ever; a text in quotes has the first of them."""
    word = bytearray()
    found = octets(stream)
    for byte in found:
        if byte != _QUOTE and byte not in _SPACE and byte not in _MARKS:
            if len(word) < _LONGEST_WORD:
                word.append(byte)
            continue
        if word:
            yield decoded(word)
            word = bytearray()
        if byte in _MARKS:
            yield chr(byte)
        elif byte == _QUOTE:
            yield quoted(found)
    yield decoded(word)
    while True:
        yield ""


def quoted(found: "Iterator[int]") -> str:
    """The rest of a text in quotes, with the first of them."""
    word = bytearray(b'"')
    escaped = False
    for byte in found:
        if byte == _QUOTE and not escaped:
            break
        escaped = byte == _BACKSLASH and not escaped
        if len(word) < _LONGEST_WORD:
            word.append(byte)
    return decoded(word)


def octets(stream: "ByteStream") -> "Iterator[int]":
    """The bytes of a file."""
    piece = stream.read(_PIECE_BYTES)
    while piece:
        yield from piece
        piece = stream.read(_PIECE_BYTES)


def decoded(word: bytearray) -> str:
    """A word as text; what is no ASCII of it as question marks."""
    for i in range(len(word)):
        if word[i] > 126:
            word[i] = 63
    return word.decode()
