"""UDP on CPython: packets of a burst arrive whole and in order, however many go out in one call."""

from __future__ import annotations

import errno
import socket
from collections.abc import Iterator
from typing import Any

import pytest

from pyralis.pal.cpython_udp import UdpSocket

STRIDE = 528


@pytest.fixture
def receiver() -> Iterator[socket.socket]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as made:
        made.bind(("127.0.0.1", 0))
        made.settimeout(10)
        yield made


def port(receiver: socket.socket) -> int:
    return int(receiver.getsockname()[1])


def burst(count: int) -> bytearray:
    """Packets of which each is filled with its number, the last one short."""
    packets = bytearray(count * STRIDE - 100)
    for i in range(len(packets)):
        packets[i] = i // STRIDE & 255
    return packets


def expect(receiver: socket.socket, packets: bytearray, first: int, last: int) -> None:
    for i in range(first, last):
        assert receiver.recv(65536) == packets[i * STRIDE : (i + 1) * STRIDE], i


def cuts() -> bool:
    """True where this kernel cuts bursts."""
    with UdpSocket("127.0.0.1", 9) as probe:
        probe.load(burst(2), STRIDE)
        return probe.together > 1


def test_a_packet_arrives_as_it_was_sent(receiver: socket.socket) -> None:
    with UdpSocket("127.0.0.1", port(receiver)) as sender:
        assert sender.send(memoryview(bytearray(b"_Art-Net_"))[1:-1])
    assert receiver.recv(100) == b"Art-Net"


def test_a_packet_that_the_network_does_not_take_is_dropped_and_told() -> None:
    with UdpSocket("127.0.0.1", 9) as sender:
        assert not sender.send(bytes(100_000))


@pytest.mark.parametrize("together", [128, 64, 1])
@pytest.mark.parametrize("count", [1, 2, 63, 64, 65, 97, 130])
def test_a_burst_arrives_whole_and_in_order(receiver: socket.socket, count: int, together: int) -> None:
    packets = burst(count)
    with UdpSocket("127.0.0.1", port(receiver)) as sender:
        sender.load(packets, STRIDE)
        sender.together = min(sender.together, together)
        assert sender.flush(0, count) == count
        expect(receiver, packets, 0, count)
        assert sender.send(b"a packet after it")
        assert receiver.recv(100) == b"a packet after it"


def test_a_part_of_a_burst_is_sent_from_where_it_starts(receiver: socket.socket) -> None:
    packets = burst(97)
    with UdpSocket("127.0.0.1", port(receiver)) as sender:
        sender.load(packets, STRIDE)
        assert sender.flush(90, 7) == 7
        expect(receiver, packets, 90, 97)
        packets[0] ^= 255
        assert sender.flush(0, 1) == 1
        expect(receiver, packets, 0, 1)


def test_a_receiver_that_drains_gets_all_of_a_thousand_bursts(receiver: socket.socket) -> None:
    packets = burst(97)
    with UdpSocket("127.0.0.1", port(receiver)) as sender:
        sender.load(packets, STRIDE)
        for _ in range(1000):
            assert sender.flush(0, 97) == 97
            expect(receiver, packets, 0, 97)


def test_packets_with_hosts_of_their_own_go_there(receiver: socket.socket) -> None:
    packets = burst(3)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind(("127.0.0.2", port(receiver)))
        other.settimeout(10)
        with UdpSocket("127.0.0.1", port(receiver)) as sender:
            sender.load(packets, STRIDE, ("127.0.0.2", "127.0.0.1", "127.0.0.2"))
            assert sender.flush(0, 3) == 3
        expect(receiver, packets, 1, 2)
        expect(other, packets, 0, 1)
        expect(other, packets, 2, 3)


def test_multicast_leaves_by_the_interface_and_reaches_who_joined_the_group() -> None:
    packets = burst(2)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as receiver:
        receiver.bind(("", 0))
        receiver.settimeout(10)
        receiver.setsockopt(
            socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, socket.inet_aton("239.255.0.1") + socket.inet_aton("127.0.0.1")
        )
        with UdpSocket("239.255.0.1", port(receiver), "127.0.0.1") as sender:
            sender.load(packets, STRIDE, ("239.255.0.1",) * 2)
            assert sender.flush(0, 2) == 2
        expect(receiver, packets, 0, 2)


class Wire:
    """The real socket, but for what a network answers that does not take more than so many packets at once."""

    def __init__(self, real: socket.socket, error: int, most: int) -> None:
        self.most = most
        self.real = real
        self.error = error
        self.sizes: list[int] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self.real, name)

    def sendto(self, data: memoryview, address: tuple[str, int]) -> int:
        self.sizes.append(len(data))
        if len(data) > self.most * STRIDE:
            raise OSError(self.error, "as the card has it")
        return self.real.sendto(data, address)


@pytest.mark.parametrize("error", [errno.EINVAL, errno.EIO])
def test_where_the_network_card_cannot_cut_packets_go_out_one_by_one(receiver: socket.socket, error: int) -> None:
    if not cuts():
        return  # then they do in any case
    packets = burst(97)
    with UdpSocket("127.0.0.1", port(receiver)) as sender:
        sender.load(packets, STRIDE)
        sender.socket = wire = Wire(sender.socket, error, most=1)  # type: ignore[assignment]
        assert sender.flush(0, 97) == 97
        assert wire.sizes == [len(packets), 64 * STRIDE] + [STRIDE] * 96 + [STRIDE - 100]
        expect(receiver, packets, 0, 97)
        wire.sizes.clear()
        assert sender.flush(0, 97) == 97
        assert len(wire.sizes) == 97
    expect(receiver, packets, 0, 97)


def test_an_older_kernel_cuts_64_at_once(receiver: socket.socket) -> None:
    if not cuts():
        return
    packets = burst(97)
    with UdpSocket("127.0.0.1", port(receiver)) as sender:
        sender.load(packets, STRIDE)
        sender.socket = wire = Wire(sender.socket, errno.EINVAL, most=64)  # type: ignore[assignment]
        assert sender.flush(0, 97) == 97
        assert wire.sizes == [len(packets), 64 * STRIDE, 33 * STRIDE - 100]
    expect(receiver, packets, 0, 97)


def test_a_network_that_is_full_keeps_the_burst_for_later(receiver: socket.socket) -> None:
    if not cuts():
        return
    packets = burst(5)
    with UdpSocket("127.0.0.1", port(receiver)) as sender:
        sender.load(packets, STRIDE)
        real = sender.socket
        sender.socket = Wire(real, errno.EAGAIN, most=1)  # type: ignore[assignment]
        assert sender.flush(0, 5) == 0
        sender.socket = real
        assert sender.flush(0, 5) == 5
    expect(receiver, packets, 0, 5)
