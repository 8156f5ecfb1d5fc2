"""UDP on CPython: many packets in one system call where the system can do that."""

import errno
import socket
from collections.abc import Sequence
from typing import Self

_SOL_UDP = 17
_UDP_SEGMENT = 103  # Linux: the kernel cuts what it is given into packets of that size
_MAX_SEGMENTS = 128  # at once, in a newer kernel …
_FEWER_SEGMENTS = 64  # … and in any that cuts
_MAX_BYTES = 65507
# What a network card or a route answers that cannot have packets cut.
_CANNOT_CUT = (errno.EINVAL, errno.EIO, errno.EMSGSIZE, errno.EOPNOTSUPP)
_SEND_BUFFER_BYTES = 1 << 20  # or what the system allows


class UdpSocket:
    """A UDP socket that drops rather than waits."""

    def __init__(self, host: str, port: int, interface: str = "") -> None:
        self._address = (host, port)
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.setblocking(False)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        if interface:
            self.socket.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(interface))
        self._packets = memoryview(b"")
        self._stride = 0
        self.together = 1  # packets in one call
        self._hosts: Sequence[str] = ()  # where each of them goes to, if not all to one address

    def send(self, packet: bytes | bytearray | memoryview) -> bool:
        """False where the system would not take the packet."""
        try:
            self.socket.sendto(packet, self._address)
        except OSError:
            return False
        return True

    def load(self, packets: bytearray, stride: int, hosts: Sequence[str] = ()) -> None:
        """Have the kernel cut what `flush` gives it, where it can."""
        self._packets, self._stride, self._hosts = memoryview(packets), stride, hosts
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SEND_BUFFER_BYTES)
        self.together = min(_MAX_SEGMENTS, _MAX_BYTES // stride) if not hosts and self._cut(stride) else 1

    def flush(self, start: int, count: int) -> int:
        """How many of the packets the system took."""
        done = 0
        while done < count:
            size = min(self.together, count - done)
            at = (start + done) * self._stride
            address = (self._hosts[start + done], self._address[1]) if self._hosts else self._address
            try:
                self.socket.sendto(self._packets[at : at + size * self._stride], address)
            except OSError as error:
                if size == 1 or error.errno not in _CANNOT_CUT:
                    break
                self.together = _FEWER_SEGMENTS if size > _FEWER_SEGMENTS else 1
                self._cut(self._stride if self.together > 1 else 0)
            else:
                done += size
        return done

    def _cut(self, stride: int) -> bool:
        try:
            self.socket.setsockopt(_SOL_UDP, _UDP_SEGMENT, stride)
        except OSError:
            return False
        return True

    def close(self) -> None:
        """Close the socket."""
        self.socket.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()
