"""Receivers: a target that names several, and how the lights are shared out among them; loaded for such a target."""

from pyralis.light.outputs.network import NetworkOutput, is_ipv4
from pyralis.light.outputs.shares import WRONG, divide, left_over, read

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from pyralis.light.driver_layer import DriverLayer

MOST = 32
_SHOWN = 24  # characters of what is wrong


def split(output: NetworkOutput) -> None:
    """Have the output send to all receivers of its target; it is off, and says why, where the target is not right."""
    _Borrowed.share_out(output)


class _Borrowed(NetworkOutput):
    """Methods that are called on other outputs: what is reached through `self` costs a board no names."""

    def share_out(self: NetworkOutput) -> None:
        """Make a part for each receiver."""
        driver = self.parent
        lights = driver.map.count if driver is not None else 0
        named, problem = parse(self.target)
        packet_lights = self._channels // (4 if self.white else 3)
        # Who counts universes gives each receiver whole ones, all others so many lights.
        unit = packet_lights if self.control("start_universe") else 1
        numbers, universes = [number for _, number in named], -(-lights // unit)
        shares = divide(numbers, universes)
        if not problem and shares is None:
            problem = "target " + left_over(numbers, universes, "lights" if unit == 1 else "universes")
        if problem:
            self.disable_self(problem)
        elif lights and shares and self._fits(-(-lights // packet_lights)):
            receivers = Receivers(self)
            self._socket = receivers  # type: ignore[assignment]  # closed with the output, however far the next lines get
            self._count = first = 0
            for i in range(len(named)):
                if shares[i]:
                    _Borrowed.add(self, receivers, named[i][0], first, min(shares[i] * unit, lights - first))
                    first += shares[i] * unit
            self.kernels += receivers.parts[0].kernels

    def add(self: NetworkOutput, receivers: "Receivers", address: str, first: int, lights: int) -> None:
        part = type(self)(self.services)  # type: ignore[call-arg]
        receivers.parts.append(part)
        part.define_controls()
        try:
            more = _Borrowed.become_part(
                part, self, address, View(self.parent, first, lights), self._count, self._sequence
            )
        except OSError as error:
            self._close()
            raise OSError(f"{error}, at receiver {len(receivers.parts)} ({address}): name fewer") from error
        self._count += more

    def become_part(
        self: NetworkOutput, whole: NetworkOutput, address: str, view: "View", packets_before: int, sequence: int
    ) -> int:
        """Take over what the whole output has, but for the lights and where they go; the number of packets."""
        for control in whole.controls:
            setattr(self, control.name, getattr(whole, control.name))
        self.id, self.name, self.target, self.parent = whole.id, whole.name, address, view  # type: ignore[assignment]
        self._sequence = sequence
        if self.control("start_universe"):
            self.start_universe += packets_before  # type: ignore[attr-defined]
        self.on_control("")
        if hasattr(self, "inherit"):
            self.inherit(whole)
        self.setup()
        return self._count

    def fill_all(self: NetworkOutput, parts: "list[NetworkOutput]", driver: "DriverLayer") -> int:
        """Fill the packets of all parts; how many there are."""
        for part in parts:
            self._sequence = _Borrowed.fill_part(part, driver.wire_levels, self.color_order, self.pace)
        return self._count

    def fill_part(self: NetworkOutput, levels: bytearray, order: str, pace: int) -> int:
        """Fill packets with the lights of one receiver; the number of the next packet."""
        view: Any = self.parent
        view.use(levels)
        self.color_order = order
        self.pace = pace
        self._sent = -1  # whether it is new is known already
        self.send(view, view.buffer)
        return self._sequence

    def flush_all(self: NetworkOutput, parts: "list[NetworkOutput]") -> int:
        """Send what each may get in one tick; how many packets are gone, those among them that the network lost."""
        gone = 0
        for part in parts:
            gone += _Borrowed.flush_part(part)
            self._lost += _Borrowed.take_lost(part)
        return gone

    def flush_part(self: NetworkOutput) -> int:
        """Send what one receiver may get in one tick; how many packets are gone."""
        before = self._left
        if before and self._socket is not None:
            self._send_some(self._socket)
        return before - self._left

    def take_lost(self: NetworkOutput) -> int:
        """How many packets got lost since this was asked."""
        lost = self._lost
        self._lost = 0
        return lost


def parse(target: str) -> "tuple[list[tuple[str, int]], str]":
    """Addresses, each with its number or REST, or what is wrong with them."""
    named = read(target, "*")
    known: list[str] = []
    for address, number in named:
        if not is_ipv4(address):
            return named, f"target '{address[:_SHOWN]}' is not an IPv4 address such as 192.168.1.50"
        if number == WRONG:
            return named, f"target takes a number behind the * of {address}, such as {address}*4"
        if address in known:
            return named, f"target has {address} twice: once is enough"
        known.append(address)
    if len(named) > MOST:
        return named, f"target has {len(named)} addresses: {MOST} are the most of one output, add another one"
    return named, ""


class Receivers:
    """Stands for the socket of an output; behind it each receiver has a part, with packets and socket of its own."""

    def __init__(self, whole: NetworkOutput) -> None:
        self.parts: list[NetworkOutput] = []
        self._whole = whole

    def fill(self, driver: "DriverLayer", buffer: bytearray) -> int:
        """Fill the packets of all; how many there are."""
        return _Borrowed.fill_all(self._whole, self.parts, driver)

    def flush(self, start: int, count: int) -> int:
        """Send what each may get in one tick; how many packets are gone."""
        return _Borrowed.flush_all(self._whole, self.parts)

    def send(self, packet: "bytes | bytearray | memoryview") -> bool:
        """Nothing: each receiver has got it behind its own packets."""
        return True

    def __len__(self) -> int:
        """Bytes of all packets."""
        return sum([part.heap_bytes() for part in self.parts])

    def close(self) -> None:
        """Close the sockets of all."""
        for part in self.parts:
            NetworkOutput.teardown(part)


class View:
    """The lights of one receiver, in place of a driver."""

    version = 0

    def __init__(self, driver: "DriverLayer | None", first: int, count: int) -> None:
        self.map = Count(count)
        whole = driver.buffer if driver is not None else None
        self.buffer = memoryview(whole or b"")[3 * first : 3 * (first + count)]

    def use(self, levels: bytearray) -> None:
        """Levels that may have changed."""
        self.wire_levels = levels


class Count:
    """How many lights there are."""

    def __init__(self, count: int) -> None:
        self.count = count
