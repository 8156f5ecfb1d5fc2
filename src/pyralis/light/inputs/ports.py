"""Ports: sockets that receive, shared by all modules that listen on one port, so that none takes another's packets."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    from pyralis.core.services import DatagramReceiver, Platform

    class Listener(Protocol):
        """A module that wants the packets of a port."""

        def take(self, port: "Port", packet: bytes, sender: object) -> None:
            """One packet, whatever is in it."""


_MOST_AT_ONCE = 2048  # packets of one tick: a flood must not stop the lights

_ports: "list[Port]" = []


class Port:
    """One open port and who listens."""

    def __init__(self, platform: "Platform", number: int) -> None:
        self.platform = platform
        self.number = number
        self.socket: DatagramReceiver = platform.open_receiver(number)
        self.listeners: list[Listener] = []

    def pump(self) -> None:
        """Hand out what has come; whoever of the listeners is ticked first has it done for all."""
        for _ in range(_MOST_AT_ONCE):
            arrived = self.socket.receive()
            if arrived is None:
                return
            for listener in self.listeners:
                listener.take(self, arrived[0], arrived[1])


def listen(listener: "Listener", platform: "Platform", number: int) -> Port:
    """The port, opened where it is not yet; OSError where it cannot be."""
    for port in _ports:
        if port.platform is platform and port.number == number:
            break
    else:
        port = Port(platform, number)
        _ports.append(port)
    port.listeners.append(listener)
    return port


def leave(listener: "Listener", port: Port) -> None:
    """Listen no more; the last one closes the port."""
    port.listeners.remove(listener)
    if not port.listeners:
        _ports.remove(port)
        port.socket.close()
