"""What only a PC has: maps of more lights than 16 bits can number."""

# A kernel that returns nothing has no '->':
# mypy: disable-error-code="no-untyped-def"

from array import array

from pyralis.kernel import const, micropython, ptr8, ptr32

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyralis.light.physmap import PhysMap

_NO_LIGHT = const(0x3FFFFFFF)


@micropython.viper
def gather_wide(dst: ptr8, src: ptr8, table: ptr32, count: int):
    """Light i gets the colour of logical light table[i], black where that is a gap."""
    at = 0
    for i in range(count):
        source = table[i]
        if source == _NO_LIGHT:
            dst[at] = 0
            dst[at + 1] = 0
            dst[at + 2] = 0
        else:
            source *= 3
            dst[at] = src[source]
            dst[at + 1] = src[source + 1]
            dst[at + 2] = src[source + 2]
        at += 3


def make(geometry: "PhysMap") -> int:
    """Give a map a table of 32-bit numbers, not yet filled; the number that stands for a gap."""
    geometry.table = array("I", bytes(4 * geometry.count))
    geometry.gather = gather_wide
    return _NO_LIGHT
