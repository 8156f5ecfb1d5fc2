"""Universe discovery of sACN: which universes a source sends; loaded when that is first told.

Source of the packet layout: ANSI E1.31-2018, universe discovery packets (4.3 and 8).
"""

from pyralis.light.outputs.sacn_out import EXTENDED, multicast_group, two_bytes, write, write_length

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from pyralis.core.services import Platform

UNIVERSE = 64214  # where it is told
_ON_A_PAGE = 512
_LIST_AT = 120


def announce(
    platform: "Platform",
    port: int,
    interface: str,
    write_root: "Callable[[bytearray, int, int, bytes], None]",
    name: bytes,
    universes: range,
) -> None:
    """Tell all receivers, page by page; where there is no multicast nobody is told."""
    try:
        socket = platform.open_datagram(multicast_group(UNIVERSE), port, interface)
    except OSError:
        return
    last = (len(universes) - 1) // _ON_A_PAGE
    for page in range(last + 1):
        some = universes[page * _ON_A_PAGE : (page + 1) * _ON_A_PAGE]
        size = _LIST_AT + 2 * len(some)
        packet = bytearray(size)
        write_root(packet, 0, size, EXTENDED)
        write(packet, 40, b"\x00\x00\x00\x02" + name)
        write_length(packet, 112, size)
        write(packet, 114, b"\x00\x00\x00\x01" + bytes((page, last)))
        for i in range(len(some)):
            write(packet, _LIST_AT + 2 * i, two_bytes(some[i]))
        socket.send(packet)
    socket.close()
