"""UdpReceiver: takes UDP packets, on CPython and on MicroPython; imported when a module first wants some."""

import socket

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_MOST_BYTES = 2048
_BUFFER_BYTES = 1 << 20  # or what the system allows
_IP_ADD_MEMBERSHIP = getattr(socket, "IP_ADD_MEMBERSHIP", 35)  # MicroPython on Linux does not name it
_NO_ADDRESS = b"\x00\x00\x00\x00"


class UdpReceiver:
    """A bound UDP socket that never waits; others on this machine may listen on its port, too."""

    def __init__(self, port: int) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            self._socket.bind(socket.getaddrinfo("0.0.0.0", port)[0][-1])
        except OSError:
            self._socket.close()
            raise
        self._socket.setblocking(False)
        if hasattr(socket, "SO_RCVBUF"):  # which MicroPython has not: a burst is more than the usual buffer
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER_BYTES)
        self._members = [self._socket]  # Linux has 20 groups a socket, and takes those of all for each of them
        self._groups: list[str] = []

    def join(self, group: str) -> bool:
        """Take what is sent to a multicast group; False where the system has no room for one more."""
        if group not in self._groups:
            if not _add(self._members[-1], group):
                self._members.append(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
                if not _add(self._members[-1], group):
                    self._members.pop().close()
                    return False
            self._groups.append(group)
        return True

    def receive(self) -> "tuple[bytes, object] | None":
        """A packet and its sender, or None where none has come."""
        try:
            return self._socket.recvfrom(_MOST_BYTES)
        except OSError:
            return None

    def reply(self, packet: "bytes | bytearray", sender: "Any") -> bool:
        """Send to who has sent; False where the system would not take it."""
        try:
            self._socket.sendto(packet, sender)
        except OSError:
            return False
        return True

    def own_address(self, sender: "Any") -> bytes:
        """The address by which that sender reaches this machine, zeros where it cannot be known."""
        probe: Any = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            probe.connect(sender)
            return four_bytes(probe.getsockname()[0])
        except AttributeError:  # MicroPython
            return _address_of_board()
        except OSError:
            return _NO_ADDRESS
        finally:
            probe.close()

    def close(self) -> None:
        """Close the socket and leave the groups."""
        for member in self._members:
            member.close()


def _add(member: socket.socket, group: str) -> bool:
    try:
        member.setsockopt(0, _IP_ADD_MEMBERSHIP, four_bytes(group) + _NO_ADDRESS)
    except OSError:
        return False
    return True


def four_bytes(address: str) -> bytes:
    """An IPv4 address as packets have it."""
    return bytes([int(part) for part in address.split(".")])


def _address_of_board() -> bytes:
    try:
        import network
    except ImportError:
        return _NO_ADDRESS
    for kind in (network.STA_IF, network.AP_IF):
        interface = network.WLAN(kind)
        if interface.active():
            return four_bytes(interface.ifconfig()[0])
    return _NO_ADDRESS
