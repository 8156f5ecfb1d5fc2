"""A line of lights that goes out over the fake network, for the tests of every network output."""

from __future__ import annotations

from typing import Any

from stage import Stage, type_entry

DISCOVERY = "239.255.250.214"  # the multicast group of sACN that tells of universes
_MOST_TICKS = 100


def network_stage() -> Stage:
    """A stage with an effect that counts up from channel to channel."""
    made = Stage()
    made.platform.types.append(type_entry("Ramp", "probes", "effect"))
    return made


def output(stage: Stage, type_name: str, lights: int = 2, **controls: object) -> Any:
    """An output on a line of lights without gamma; it sends with every tick of 25 ms."""
    driver = stage.add("DriverLayer", gamma=10)
    stage.add("Line", driver, length=lights)
    stage.add("Ramp", stage.add("EffectsLayer", driver))
    return stage.add(type_name, driver, **controls)


def frame(stage: Stage) -> list[bytes]:
    """The packets of the next frame."""
    socket = [each for each in stage.platform.sockets if each.address[0] != DISCOVERY][-1]
    socket.packets.clear()
    for _ in range(_MOST_TICKS):
        stage.tick(25)
        if socket.packets:
            break
    assert socket.packets
    return socket.packets


def ramp(lights: int) -> bytes:
    """The channels of that effect."""
    return bytes((1 + i) & 255 for i in range(3 * lights))
