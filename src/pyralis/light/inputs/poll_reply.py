"""ArtPollReply: how consoles find this device, and what universes it has.

Source of the packet layout: Art-Net 4 protocol release, ArtPoll and ArtPollReply.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyralis.light.inputs.ports import Port

REPLY_BYTES = 239
PORT = 6454
POLLS_A_SECOND = 10  # that are answered: a forged sender must not make this device flood somebody
_HEAD = b"Art-Net\x00\x00\x21"
_OP_POLL = 0x2000
_PORTS = 4  # of one reply, all in the same block of 16 universes
_TARGETED = 0x20
_TO_LIGHTS, _FROM_LIGHTS = 0x80, 0x40  # what a port does, seen from the network
_CONTROLLER = 1


class Answers:
    """Answers polls for one module, but not so many that they would be a flood."""

    def __init__(self, is_output: bool) -> None:
        self._is_output = is_output
        self.given = 0  # in this second

    def answer(self, port: "Port", packet: bytes, sender: object, name: str, first: int, count: int) -> None:
        """Reply for `count` universes where the packet is a poll."""
        poll = parse_poll(packet)
        if poll is None or self.given >= POLLS_A_SECOND:
            return
        self.given += 1
        for reply in replies(poll, port.socket.own_address(sender), name, first, count, self._is_output):
            port.socket.reply(reply, sender)


class Poll:
    """What an ArtPoll asks for."""

    def __init__(self, first: int, last: int) -> None:
        self.first = first
        self.last = last


def parse_poll(packet: bytes) -> "Poll | None":
    """An ArtPoll, or None for anything else."""
    if len(packet) < 14 or packet[:8] != _HEAD[:8] or packet[8] | packet[9] << 8 != _OP_POLL or packet[11] < 14:
        return None
    if packet[12] & _TARGETED and len(packet) >= 18:
        return Poll(packet[16] << 8 | packet[17], packet[14] << 8 | packet[15])
    return Poll(0, 32767)


def replies(poll: Poll, address: bytes, name: str, first: int, count: int, is_output: bool) -> "list[bytearray]":
    """A reply for each four universes that the poll asks for; the one that sends them is a controller, else a node."""
    found = []
    universe, index = first, 1
    while universe < first + count:
        ports = min(_PORTS, first + count - universe, 16 - (universe & 15))
        if universe <= poll.last and universe + ports > poll.first:
            found.append(_reply(address, name, universe, ports, index, is_output))
        universe += ports
        index += 1
    return found


def _reply(address: bytes, name: str, universe: int, ports: int, index: int, is_output: bool) -> bytearray:
    packet = bytearray(REPLY_BYTES)
    _put(packet, 0, _HEAD)
    _put(packet, 10, address)
    _put(packet, 14, b"\x36\x19")
    packet[18], packet[19] = universe >> 8 & 127, universe >> 4 & 15
    packet[21] = 0xFF  # a maker without a code of its own
    packet[23] = 0xD0  # indicators as usual, universes set at the device
    _put(packet, 24, b"\xf0\x7f")  # the same, at ESTA
    text = name.encode()
    _put(packet, 26, _cut(text, 17))
    _put(packet, 44, _cut(text, 63))
    _put(packet, 108, b"#0001 [0000] OK")
    packet[173] = ports
    for i in range(ports):
        packet[174 + i] = _FROM_LIGHTS if is_output else _TO_LIGHTS
        packet[(178 if is_output else 182) + i] = 0x80  # in use
        packet[(186 if is_output else 190) + i] = universe + i & 15
    packet[200] = _CONTROLLER if is_output else 0
    _put(packet, 207, address)
    packet[211] = min(index, 255)
    packet[212] = 0x09  # has a page, knows universes of 15 bits
    return packet


def _put(packet: bytearray, at: int, data: bytes) -> None:
    packet[at : at + len(data)] = data


def _cut(text: bytes, most: int) -> bytes:
    """Not in the middle of a character."""
    end = min(len(text), most)
    while end < len(text) and text[end] & 0xC0 == 0x80:
        end -= 1
    return text[:end]
