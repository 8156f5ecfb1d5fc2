"""Art-Net: packets as they arrive on the network."""

from pyralis.deploy.live.suite.api import Api
from pyralis.deploy.live.suite.artnet_decoder import Dmx, Sync
from pyralis.deploy.live.suite.artnet_receiver import HOST, Receiver
from pyralis.deploy.live.suite.fixtures import Plant
from pyralis.deploy.live.suite.golden import GOLDEN, fingerprint
from pyralis.deploy.live.suite.tree import Node, layer, node

LINEAR = 10  # tenths: no gamma
FRAMES = 6


def _output(receiver: Receiver, **controls: object) -> Node:
    return node("ArtNetOut", target=HOST, port=receiver.port, fps=120, **controls)


def test_artnet_packets_are_right(plant: Plant, receiver: Receiver) -> None:
    """Whole packets of the right universe, numbered without a gap from 1 to 255, each frame closed by a sync."""
    # The second effect shows nothing, but draws all the time: what does not change is sent once a second.
    effects = layer(node("Solid", color="#ffffff"), node("Plasma", opacity=0))
    plant(node("Line", length=3), effects, _output(receiver, start_universe=300, sync=True))
    white = b"\xff" * 9 + b"\x00"
    receiver.expect(white)
    packets = [receiver.packet() for _ in range(2 * FRAMES)]
    assert packets[::2] == [Sync()] * FRAMES
    frames = [packet for packet in packets[1::2] if isinstance(packet, Dmx)]
    assert [(frame.universe, frame.channels) for frame in frames] == [(300, white)] * FRAMES
    numbers = [frame.sequence for frame in frames]
    assert 1 <= min(numbers) <= max(numbers) <= 255
    assert numbers[1:] == [number % 255 + 1 for number in numbers[:-1]]


def test_artnet_order_gamma_black(api: Api, plant: Plant, receiver: Receiver) -> None:
    """Channels come in the order that the lights want, bent by the gamma and dimmed by the brightness down to black."""
    tree = plant(node("Line", length=2), layer(node("Solid", color="#0a141e")), _output(receiver), gamma=LINEAR)
    channel = {"R": 0x0A, "G": 0x14, "B": 0x1E}
    for order in ("RBG", "GRB", "GBR", "BRG", "BGR", "RGB"):
        api.set(tree["ArtNetOut"], color_order=order)
        receiver.expect(bytes(channel[name] for name in order * 2))
    api.set(tree["Solid"], color="#ff8000")
    for brightness in (255, 102, 0):
        api.set(tree.driver, gamma=20, brightness=brightness)
        receiver.expect(bytes([round(255 * (level / 255) ** 2 * brightness / 255) for level in (255, 128, 0)] * 2))


def test_artnet_splits_at_170_lights(api: Api, plant: Plant, receiver: Receiver) -> None:
    """170 whole lights a universe, an even number of channels, and together every pixel of the picture."""
    tree = plant(node("Grid"), layer(node("Rainbow", speed=0)), _output(receiver, start_universe=7), gamma=LINEAR)
    golden = GOLDEN["Rainbow"]
    picture = receiver.shows(lambda picture: fingerprint(picture.channels) == golden, "the golden frame", universes=2)
    assert {number: len(channels) for number, channels in picture.universes.items()} == {7: 510, 8: 258}
    api.replace(tree["Rainbow"], "Solid")
    api.set(tree["Rainbow"], color="#010203")
    api.set(tree["Grid"], width=171, height=1)
    expected = bytes((1, 2, 3)) * 171 + b"\x00"
    receiver.expect(expected, universes=2)
    api.set(tree["Grid"], width=170)
    receiver.expect(expected[:510])
