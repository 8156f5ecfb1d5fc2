"""Renders 20 frames of every effect and kernel at several sizes and prints a JSON line of hashes for each.

Runs from this one file on CPython and on MicroPython.
"""

import binascii
import hashlib
import json
from array import array

from pyralis.kernel import kernels_of
from pyralis.light import blending, lens
from pyralis.light.blending import GAP, MODES, blend, fill, gather, pack, repeat
from pyralis.light.coord import Coord3D
from pyralis.light.inputs import white as white_in
from pyralis.light.inputs.white import take_white
from pyralis.light.lens import Lens
from pyralis.light.outputs import network, power_budget, white
from pyralis.light.outputs.network import number as number_packets
from pyralis.light.outputs.power_budget import dim, total, total_white
from pyralis.light.outputs.white import pack_white
from pyralis.light.physmap import PhysMap

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

    from pyralis.kernel import Kernel

FRAMES = 20
FRAME_MS = 130  # longer than a generation of GameOfLife, so that every frame is another
SIZES = ((1, 1, 1), (7, 5, 1), (16, 16, 1), (33, 1, 1), (1, 21, 1), (4, 5, 3), (20, 13, 1))

# Effect and the controls that differ from its defaults; large sizes only for the first case of an effect.
CASES: "tuple[tuple[str, dict[str, object]], ...]" = (
    ("Solid", {}),
    ("Rainbow", {}),
    ("Rainbow", {"direction": "outward", "bands": 5, "palette": "candy"}),
    ("Plasma", {}),
    ("Plasma", {"scale": 64, "speed": 255, "palette": "ocean"}),
    ("Noise2D", {}),
    ("Noise2D", {"cells": 16, "speed": 255, "palette": "lava"}),
    ("Fire", {}),
    ("Fire", {"cells": 12, "size": 255, "speed": 255, "palette": "blue fire"}),
    ("Metaballs", {}),
    ("Metaballs", {"balls": 8, "size": 100, "speed": 255, "palette": "gold"}),
    ("GameOfLife", {}),
    ("GameOfLife", {"speed": 50, "density": 200, "palette": "mono"}),
    ("Sinelon", {}),
    ("Sinelon", {"speed": 255, "trail": 255, "palette": "mono"}),
    ("Juggle", {}),
    ("Juggle", {"speed": 255, "dots": 3, "trail": 0, "palette": "ice"}),
    ("Bpm", {}),
    ("Bpm", {"bpm": 255, "stripes": 16, "palette": "forest"}),
    ("Meteor", {}),
    ("Meteor", {"speed": 255, "trail": 200, "backwards": True, "palette": "blue fire"}),
    ("Confetti", {}),
    ("Confetti", {"speed": 255, "density": 255, "spread": 255, "palette": "candy"}),
    ("Twinklefox", {}),
    ("Twinklefox", {"speed": 255, "density": 255, "warm": False, "background": "#102030", "palette": "gold"}),
    ("Lissajous", {}),
    ("Lissajous", {"speed": 255, "waves_x": 12, "waves_y": 11, "palette": "neon"}),
    ("Spiral", {}),
    ("Spiral", {"speed": 255, "arms": 12, "twist": 32, "palette": "aurora"}),
    ("Pride2015", {}),
    ("Pride2015", {"speed": 255, "bands": 8}),
    ("Colorwaves", {}),
    ("Colorwaves", {"speed": 255, "bands": 5, "palette": "autumn"}),
    ("Pacifica", {}),
    ("Pacifica", {"speed": 255, "waves": 32, "palette": "forest"}),
    ("Ripple", {}),
    ("Ripple", {"speed": 255, "drops": 12, "palette": "sakura"}),
    ("BouncingBalls", {}),
    ("BouncingBalls", {"speed": 255, "balls": 16, "size": 50, "palette": "pastel"}),
    ("DNA", {}),
    ("DNA", {"speed": 255, "winds": 32, "palette": "orange teal"}),
    ("Rings", {}),
    ("Rings", {"speed": 255, "rings": 32, "inwards": True, "palette": "pastel"}),
    ("Tunnel", {}),
    ("Tunnel", {"speed": 255, "tiles": 16, "palette": "autumn"}),
    ("Octopus", {}),
    ("Octopus", {"speed": 255, "arms": 16, "palette": "cloud"}),
    ("BlackHole", {}),
    ("BlackHole", {"speed": 255, "size": 80, "palette": "violet fire"}),
    ("DistortionWaves", {}),
    ("DistortionWaves", {"speed": 255, "scale": 128}),
    ("SphereMove", {}),
    ("SphereMove", {"speed": 255, "size": 100, "palette": "cloud"}),
    ("Starfield", {}),
    ("Starfield", {"speed": 255, "stars": 255, "palette": "rainbow"}),
    ("Matrix", {}),
    ("Matrix", {"speed": 255, "density": 255, "tail": 200, "color": "#ff4080"}),
    ("Fireworks", {}),
    ("Fireworks", {"speed": 255, "rockets": 8, "sparks": 64, "palette": "gold"}),
    ("Fire2012", {}),
    ("Fire2012", {"cooling": 200, "sparking": 255, "palette": "green fire"}),
    ("Soap", {}),
    ("Soap", {"speed": 255, "scale": 64, "smear": 255, "palette": "orange teal"}),
    ("ScrollingText", {}),
    ("ScrollingText", {"text": "Grüße, 100%!", "speed": 255, "zoom": 3, "palette": "heat"}),
    ("Wave", {}),
    ("Wave", {"speed": 255, "crests": 16, "palette": "forest"}),
    ("Scanner", {}),
    ("Scanner", {"speed": 255, "size": 100, "color": "#ffffff"}),
    ("Chase", {}),
    ("Chase", {"speed": 255, "gap": 20, "palette": "cloud"}),
    ("Breathe", {}),
    ("Breathe", {"speed": 255, "rest": 100, "color": "#ffffff"}),
    ("Checker", {}),
    ("Checker", {"speed": 255, "fields": 32, "palette": "autumn"}),
    ("Radar", {}),
    ("Radar", {"speed": 255, "echoes": 255, "color": "#8040ff"}),
    ("Candle", {}),
    ("Candle", {"speed": 255, "flicker": 255, "color": "#ffffff"}),
)
MODIFIER_CASES: "tuple[tuple[str, dict[str, object]], ...]" = (
    ("Mirror", {}),
    ("Mirror", {"mirror_x": False, "mirror_y": True, "mirror_z": True}),
    ("Multiply", {}),
    ("Multiply", {"columns": 5, "rows": 3, "layers": 2, "mirrored": True}),
    ("Rotate", {}),
    ("Rotate", {"angle": 123, "speed": 255, "counterclockwise": True, "edges": "dark"}),
    ("Transpose", {}),
    ("Transpose", {"axes": "y and z"}),
    ("Pinwheel", {}),
    ("Pinwheel", {"petals": 7, "twist": 64, "mirrored": False}),
    ("Region", {}),
    ("Region", {"left": 40, "right": 80, "top": 20, "bottom": 70, "front": 50}),
    ("Checkerboard", {}),
    ("Checkerboard", {"field": 1, "inverted": True}),
    ("Reverse", {}),
    ("Reverse", {"reverse_x": False, "reverse_y": True, "reverse_z": True}),
)
MODIFIERS = [name for name, controls in MODIFIER_CASES if not controls]
LARGE = 100
EFFECTS = [CASES[at][0] for at in range(len(CASES)) if not at or CASES[at - 1][0] != CASES[at][0]]
HUGE_SIZES = ((512, 512, 1), (32, 32, 32))


class Memory:
    """Grants everything."""

    def allocate(self, size_bytes: int) -> bytearray:
        return bytearray(size_bytes)

    def leaves(self, size_bytes: int) -> bool:
        return True


class Log:
    """Says nothing."""

    def warning(self, source: str, text: str) -> None: ...

    error = info = warning


class Geometry(PhysMap):
    """A map of a box with a light at every point, and gaps among them, in no order."""

    def __init__(self, size: "tuple[int, int, int]") -> None:
        super().__init__()
        self.size = Coord3D(size[0], size[1], size[2])
        self.count = self.points()
        self.table = array("H", bytes(2 * self.count))

    def shuffle(self, number: int) -> None:
        """Another order for each number."""
        for i in range(self.count):
            self.table[i] = GAP if i % 11 == 7 else (i * 31 + number) % self.count


class Services:
    """What an effect asks for while it draws."""

    def __init__(self) -> None:
        self.memory = Memory()
        self.log = Log()
        self.elapsed_ms = FRAME_MS
        self.set_up_last: object = None

    def next_revision(self) -> int:
        return 1


def contain(module: object, call: "Callable[..., object]", *arguments: object) -> bool:
    """Without a net."""
    call(*arguments)
    return True


def load(effect: str) -> "ModuleType":
    """The module that holds an effect or modifier: bouncing_balls for BouncingBalls, noise2d for Noise2D."""
    folder = "modifiers" if effect in MODIFIERS else "effects"
    name = ""
    for letter in effect:
        between_words = letter.isupper() and name and name[-1].islower()
        name += "_" + letter if between_words else letter
    return __import__("pyralis.light." + folder + "." + name.lower(), None, None, (effect,))


def make(effect: str, controls: "dict[str, object]", size: "tuple[int, int, int]"):  # type: ignore[no-untyped-def]
    """An effect that is ready to render at a size."""
    made = getattr(load(effect), effect)(Services())
    made.define_controls()
    for name, value in controls.items():
        assert made.control(name), effect + " has no control " + name
        setattr(made, name, value)
    made.on_control("")
    width, height, depth = size
    if made.dimensions == 1:
        width, height, depth = width if width > 1 else height * depth, 1, 1
    made.resize(width, height, depth)
    return made


def pattern(count_bytes: int, seed: int) -> bytearray:
    """Bytes that look random and are the same everywhere."""
    data = bytearray(count_bytes)
    state = seed
    for i in range(count_bytes):
        state = (state * 1103515 + 12345) & 0x3FFFFFFF
        data[i] = state >> 16 & 255
    return data


def effect_frames(
    effect: str, controls: "dict[str, object]", size: "tuple[int, int, int]"
) -> "Callable[[int], bytearray]":
    """A function that gives a frame of an effect."""
    made = make(effect, controls, size)
    # Bytes that are left unwritten would show as these.
    buffer = pattern(3 * size[0] * size[1] * size[2], 1)

    def frame(number: int) -> bytearray:
        made.draw(buffer, *size)
        return buffer

    return frame


def modifier_chain(names: "tuple[tuple[str, dict[str, object]], ...]", size: "tuple[int, int, int]") -> Lens:
    """A lens of these modifiers, ready to be built."""
    chain = []
    for name, controls in names:
        made = getattr(load(name), name)(Services())
        made.define_controls()
        for control, value in controls.items():
            assert made.control(control), name + " has no control " + control
            setattr(made, control, value)
        made.on_control("")
        chain.append(made)
    found = Lens(Geometry(size), chain)
    for made in chain:
        made.parent = Layer(found)
    assert found.measure(contain)
    return found


class Layer:
    """What a modifier asks its layer for."""

    def __init__(self, lens: Lens) -> None:
        self.map = lens


def modifier_frames(
    name: str, controls: "dict[str, object]", size: "tuple[int, int, int]"
) -> "Callable[[int], bytearray]":
    """A function that gives what the table of a modifier, and one tick of it, makes of a map; low byte first."""
    found = modifier_chain(((name, controls),), size)

    def frame(number: int) -> bytearray:
        found.geometry.shuffle(number)  # type: ignore[attr-defined]
        if not number or not found.moves:
            found.build(Memory(), contain)  # type: ignore[arg-type]
        else:
            found.chain[0].loop()
        shown = bytearray()
        for entry in found.table:
            shown.append(entry & 255)
            shown.append(entry >> 8)
        return shown

    return frame


def chain_frames() -> "Callable[[int], object]":
    """A function that moves all modifiers in one chain."""
    found = modifier_chain(tuple([(name, {}) for name in MODIFIERS]), (16, 8, 2))
    found.build(Memory(), contain)  # type: ignore[arg-type]

    def frame(number: int) -> None:
        for modifier in found.chain:
            modifier.loop()

    return frame


def blending_frames(name: str, count: int) -> "Callable[[int], bytearray]":
    """A function that gives what one of the kernels of blending leaves in its target."""
    target, source = pattern(3 * count, 2), pattern(3 * count, 3)
    table = array("H", bytes(2 * count))
    for i in range(count):
        table[i] = GAP if i % 7 == 3 else (i * 31 + 5) % count
    levels = pattern(256, 4)
    stride = 18 + 3 * 10
    packets = (
        pattern(stride * ((count + 6) // 7), 5) if name == "pack_white" else pattern(stride * ((count + 9) // 10), 5)
    )

    def frame(number: int) -> bytearray:
        if name == "fill":
            fill(target, len(target), number * 77)
        elif name == "repeat":
            repeat(target, number % len(target) + 1, len(target))
        elif name == "gather":
            gather(target, source, table, count)
        elif name == "pack":
            pack(packets, stride, 18, 10, source, count, levels, number % 3, (number + 1) % 3, (number + 2) % 3)
            return packets
        elif name == "pack_white":
            red, green, blue, w = number % 4, (number + 1) % 4, (number + 2) % 4, (number + 3) % 4
            pack_white(packets, stride, 18, 7, source, count, levels, red, green, blue, w)
            return packets
        elif name == "number":
            number_packets(packets, stride, 12, (count + 9) // 10, number * 97, number & 1, 256 - number)
            return packets
        else:
            blend(target, source, len(target), MODES.index(name), (number * 67) & 255 if number else 255)
        source[number % len(source)] ^= 255
        return target

    return frame


def white_frames(count: int) -> "Callable[[int], bytearray]":
    """A function that gives lights that came with a white channel."""
    target, source = pattern(3 * count, 2), pattern(4 * count, 3)

    def frame(number: int) -> bytearray:
        take_white(target, source, count, number % 4, (number + 1) % 4, (number + 2) % 4, (number + 3) % 4)
        return target

    return frame


def level_frames(name: str, count: int) -> "Callable[[int], bytes | bytearray]":
    """A function that gives what a kernel of a power budget, or of lights that come with white, makes or finds."""
    if name == "take_white":
        return white_frames(count)
    source, levels = pattern(3 * count, 3), pattern(256, 4)

    def frame(number: int) -> "bytes | bytearray":
        source[number % len(source)] ^= 255
        if name == "dim":
            dim(levels, levels, 256 - number)
            return levels
        weigh = total if name == "total" else total_white
        return b"%d" % (weigh(source, count, levels) or 0)

    return frame


def digest(data: "bytes | bytearray") -> str:
    """The first 64 bits of SHA-256."""
    return binascii.hexlify(hashlib.sha256(data).digest()[:8]).decode()


def all_kernels() -> "list[Kernel]":
    """Every kernel that a case runs; none on MicroPython, which has compiled them ahead."""
    found: list[Kernel] = []
    shared = [blending, lens, network, power_budget, white, white_in]
    for module in shared + [load(name) for name, _ in CASES + MODIFIER_CASES]:
        found.extend(kernels_of(module))
    return found


def run(title: str, frame: "Callable[[int], bytes | bytearray]") -> None:
    """Print the hash of each frame, shortened, and of all of them."""
    together = hashlib.sha256()
    each = []
    for number in range(FRAMES):
        data = frame(number)
        together.update(data)
        each.append(digest(data)[:6])
    print(json.dumps({"case": title, "hash": binascii.hexlify(together.digest()[:8]).decode(), "frames": each}))


def main() -> None:
    """Run all cases."""
    last = ""
    for effect, controls in CASES:
        variant = "" if effect != last else " variant"
        last = effect
        for size in SIZES:
            if not variant or size[0] * size[1] < LARGE:
                run(
                    effect + variant + " " + "x".join([str(side) for side in size]),
                    effect_frames(effect, controls, size),
                )
    last = ""
    for modifier, controls in MODIFIER_CASES:
        variant = "" if modifier != last else " variant"
        last = modifier
        for size in SIZES:
            title = modifier + variant + " " + "x".join([str(side) for side in size])
            run(title, modifier_frames(modifier, controls, size))
    for name in ("fill", "repeat", "gather", "pack", "pack_white", "number") + MODES:
        for count in (1, 35, 256, 1000 if name in ("normal", "gather", "pack") else 33):
            run(name + " " + str(count), blending_frames(name, count))
    for name in ("dim", "total", "total_white", "take_white"):
        for count in (1, 35, 256):
            run(name + " " + str(count), level_frames(name, count))


def huge() -> None:
    """Print the hash of one frame of each effect at the largest sizes."""
    for effect in EFFECTS:
        for size in HUGE_SIZES:
            buffer = bytearray(3 * size[0] * size[1] * size[2])
            make(effect, {}, size).draw(buffer, *size)
            title = effect + " " + "x".join([str(side) for side in size])
            print(json.dumps({"case": title, "hash": digest(buffer)}))


def garbage() -> None:
    """Print how many bytes of garbage 1,000 frames of each effect, and of a chain, make; on MicroPython alone."""
    import gc

    for effect in EFFECTS + ["chain"]:
        frame = chain_frames() if effect == "chain" else effect_frames(effect, {}, (8, 4, 2))
        for number in range(10):
            frame(number)
        gc.collect()
        gc.disable()
        before_bytes = gc.mem_alloc()  # type: ignore[attr-defined]
        for number in range(1000):
            frame(number)
        made_bytes = gc.mem_alloc() - before_bytes  # type: ignore[attr-defined]
        gc.enable()
        print(json.dumps({"case": effect, "bytes": made_bytes}))


if __name__ == "__main__":
    main()
