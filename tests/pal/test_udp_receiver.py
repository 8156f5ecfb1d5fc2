"""The receiver of CPython and MicroPython: takes packets, joins groups, knows its own address."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from pyralis.pal.cpython_udp import UdpSocket
from pyralis.pal.udp_receiver import UdpReceiver


def free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def receiver() -> Iterator[UdpReceiver]:
    made = UdpReceiver(free_port())
    yield made
    made.close()


def port(receiver: UdpReceiver) -> int:
    return int(receiver._socket.getsockname()[1])


def test_packets_come_in_order_and_then_there_is_none(receiver: UdpReceiver) -> None:
    assert receiver.receive() is None
    with UdpSocket("127.0.0.1", port(receiver)) as sender:
        for packet in (b"one", b"", b"three"):
            assert sender.send(packet)
        found = [receiver.receive() for _ in range(3)]
    assert [each and each[0] for each in found] == [b"one", b"", b"three"]
    assert receiver.receive() is None


def test_an_answer_goes_to_who_has_sent_from_the_address_that_it_reached(receiver: UdpReceiver) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as console:
        console.settimeout(10)
        console.sendto(b"?", ("127.0.0.1", port(receiver)))
        found = receiver.receive()
        assert found is not None
        assert receiver.own_address(found[1]) == bytes((127, 0, 0, 1))
        assert receiver.reply(b"!", found[1])
        assert console.recvfrom(10) == (b"!", ("127.0.0.1", port(receiver)))
    assert not receiver.reply(bytes(100_000), found[1])


def test_more_groups_than_a_socket_has_room_for_are_joined(receiver: UdpReceiver) -> None:
    groups = [f"239.255.77.{i}" for i in range(97)]
    if not all(receiver.join(group) for group in groups):
        assert not receiver.join("239.255.78.1")  # a machine without a network that takes multicast
        return
    assert receiver.join(groups[0])
    members = len(receiver._members)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        for group in (groups[0], groups[-1]):
            sender.sendto(group.encode(), (group, port(receiver)))
    receiver._socket.settimeout(10)
    assert {receiver._socket.recv(100).decode() for _ in range(2)} == {groups[0], groups[-1]}
    assert members > 1


def test_a_group_that_is_none_is_refused(receiver: UdpReceiver) -> None:
    assert not receiver.join("10.0.0.1")
    assert receiver._members == [receiver._socket]


def test_a_port_that_cannot_be_had_is_an_os_error(receiver: UdpReceiver) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("0.0.0.0", 0))
        with pytest.raises(OSError, match="in use"):
            UdpReceiver(taken.getsockname()[1])


def test_two_programs_may_listen_on_one_port(receiver: UdpReceiver) -> None:
    second = UdpReceiver(port(receiver))
    second.close()
