"""Lens: which place of a layer's picture each light shows, when modifiers stand between them."""

# A kernel that returns nothing has no '->':
# mypy: disable-error-code="no-untyped-def"

from pyralis.core.errors import MemoryRefused
from pyralis.kernel import const, micropython, ptr16
from pyralis.light.blending import gather
from pyralis.light.coord import Coord3D
from pyralis.light.physmap import MAX_LIGHTS, PhysMap, allocate, is_size

TYPE_CHECKING = False
if TYPE_CHECKING:
    from array import array
    from collections.abc import Callable

    from pyralis.core.memory import MemoryGuard
    from pyralis.light.effect import Effect
    from pyralis.light.effects_layer import EffectsLayer
    from pyralis.light.modifier import Modifier

_GAP = const(65535)
_PLACE_BYTES = 6
_AT_ONCE = 256  # lights, where nothing moves and their places need not be kept
_WORTH_A_TRY_BYTES = 1024


@micropython.viper
def unfold(places: ptr16, marks: ptr16, table: ptr16, start: int, count: int, width: int, height: int):
    """Write x, y, z of `count` lights from their numbers in a map; a gap is marked, and counts as the origin."""
    at = 0
    for i in range(start, start + count):
        number = table[i]
        marks[i] = 0
        if number == _GAP:
            marks[i] = _GAP
            number = 0
        row = number // width
        places[at] = (number - row * width) & 0xFFFF
        places[at + 1] = (row % height) & 0xFFFF
        places[at + 2] = (row // height) & 0xFFFF
        at += 3


@micropython.viper
def clip(places: ptr16, marks: ptr16, start: int, count: int, width: int, height: int, depth: int):
    """Mark each light outside of a box as a gap, and have it count as the origin."""
    at = 0
    for i in range(start, start + count):
        outside = int(places[at] >= width) + int(places[at + 1] >= height) + int(places[at + 2] >= depth)
        if outside:
            marks[i] = _GAP
            places[at] = 0
            places[at + 1] = 0
            places[at + 2] = 0
        at += 3


@micropython.viper
def fold(places: ptr16, marks: ptr16, start: int, count: int, width: int, height: int):
    """Turn marks into a map: the number of each light's place, and gaps."""
    at = 0
    for i in range(start, start + count):
        if marks[i] != _GAP:
            marks[i] = (places[at] + width * (places[at + 1] + height * places[at + 2])) & 0xFFFF
        at += 3


class Lens:
    """The map of a layer's own: that of its driver, seen through a chain of modifiers; through none it is the same."""

    def __init__(self, geometry: "PhysMap", chain: "list[Modifier]") -> None:
        self.geometry = geometry
        self.chain = chain
        self.made_of = [[getattr(modifier, control.name) for control in modifier.controls] for modifier in chain]
        self.moves = any(not modifier.still for modifier in chain)
        self.bytes_each = (2 + (2 + _PLACE_BYTES) * self.moves) * bool(chain)  # a light
        self.size = geometry.size
        self.table = geometry.table
        self.gather = gather if chain else geometry.gather
        self._sizes: list[Coord3D] = []
        self._places: array[int]
        self._marks: array[int]
        self._at = 0
        self._start = self._count = 0  # the lights whose places are there

    def adopt(self, layer: "EffectsLayer", size: "tuple[int, int, int]") -> "tuple[int, int, int]":
        """Give the layer a lens of those of its modifiers that work; the size of its picture, or MemoryRefused."""
        services = layer.services
        while True:
            modifiers = _modifiers(layer)
            made = without_modifiers(layer)
            if made.geometry.count:
                made = Lens(made.geometry, [modifier for modifier in modifiers if modifier.setup_ok])
            if self.is_like(made):
                layer.map = self
                return self.size
            if not made.chain:
                layer.map = made if modifiers else None
                return size
            if made.measure(services.contain):
                _give_room(layer, made)
                if made.build(services.memory, services.contain):
                    layer.map = made
                    return made.size

    def refresh(self, layer: "EffectsLayer") -> None:
        """The modifiers of a layer have changed: fit it to them, and switch off those for which there is no room."""
        waiting = [each for each in _modifiers(layer) if not each.setup_ok and (each.refused or each.starved > 0)]
        while not _settle(layer, None):
            pass
        for modifier in waiting:
            if layer.services.contain(modifier, modifier.run_setup):
                while not _settle(layer, modifier):
                    pass
        for modifier in _modifiers(layer):
            if modifier.starved > 0:  # tried again once more is free than now
                modifier.starved = max(modifier.starved, layer.services.memory.spare_bytes() + _WORTH_A_TRY_BYTES)

    def is_like(self, other: "Lens") -> bool:
        """True where both show the same."""
        if not self.chain or self.geometry is not other.geometry or len(self.chain) != len(other.chain):
            return False
        same = all(one is two for one, two in zip(self.chain, other.chain))  # MicroPython has no strict
        return same and self.made_of == other.made_of

    def loop(self, layer: "EffectsLayer") -> None:
        """Make another one once a modifier of the chain is switched off."""
        for modifier in self.chain:
            if not modifier.setup_ok:
                layer.on_children_ready()
                return

    def points(self, points: int) -> int:
        """How large the picture will be for a box of so many points, as far as one can tell from the present one."""
        width, height, depth = self.size
        now = self.geometry.points()
        return -(-points * width * height * depth // now) if now else points

    def measure(self, contain: "Callable[..., bool]") -> bool:
        """Learn the size of the picture from the modifiers; False where one of them failed."""
        return all(contain(modifier, self._measure_one, modifier) for modifier in self.chain)

    def _measure_one(self, modifier: "Modifier") -> None:
        width, height, depth = self.size
        self._sizes.append(self.size)
        size = modifier.picture_size(width, height, depth)
        if not isinstance(size, tuple) or len(size) != 3 or not all(is_size(side) and side > 0 for side in size):
            raise ValueError(f"picture_size returns {size!r}: it takes Coord3D(width, height, depth), each 1 or more")
        self.size = Coord3D(size[0], size[1], size[2])

    def build(self, memory: "MemoryGuard", contain: "Callable[..., bool]") -> bool:
        """Fill the table, or MemoryRefused; False where a modifier failed."""
        count = self.geometry.count
        at_once = count if self.moves else min(count, _AT_ONCE)
        self._places = allocate(3 * at_once, memory)
        self._marks = allocate(count, memory)
        for start in range(0, count, at_once):
            self._start, self._count = start, min(at_once, count - start)
            self._begin()
            for at in range(len(self.chain)):
                if not contain(self.chain[at], self._apply, at):
                    return False
            self._end()
        self.table = self._marks
        if self.moves:
            self._marks = allocate(count, memory)
        else:
            self._places = allocate(0, memory)
        return True

    def building_bytes(self) -> int:
        """What `build` takes."""
        count = self.geometry.count
        return self.bytes_each * count + (0 if self.moves else _PLACE_BYTES * min(count, _AT_ONCE))

    def step(self, modifier: "Modifier") -> None:
        """The part of a tick that is this modifier's, where one of the chain moves."""
        if not self.moves:
            return
        if self.chain[self._at] is not modifier:
            if self.chain[0] is not modifier:
                return  # one before it was left out in this tick
            self._at = 0
        if self._at == 0:
            self._begin()
        self._apply(self._at)
        self._at += 1
        if self._at == len(self.chain):
            self._at = 0
            self._end()
            table = self.table
            self.table = self._marks
            self._marks = table

    def _begin(self) -> None:
        geometry = self.geometry
        size = geometry.size
        unfold(self._places, self._marks, geometry.table, self._start, self._count, size[0], size[1])

    def _apply(self, at: int) -> None:
        places, count, before = self._places, self._count, self._sizes[at]
        length = len(places)
        self.chain[at].transform(places, count, before[0], before[1], before[2])
        if len(places) != length:  # kernels write into it without a check
            raise ValueError("transform has changed how many places there are: write into them, and add or remove none")
        after = self.size if at + 1 == len(self.chain) else self._sizes[at + 1]
        clip(places, self._marks, self._start, count, after[0], after[1], after[2])

    def _end(self) -> None:
        fold(self._places, self._marks, self._start, self._count, self.size[0], self.size[1])


def without_modifiers(layer: "EffectsLayer") -> Lens:
    """The map of the driver, if there is one, as it is."""
    return Lens(PhysMap() if layer.parent is None else layer.parent.map, [])


def _modifiers(layer: "EffectsLayer") -> "list[Modifier]":
    return [child for child in layer.children if child.category == "modifier"]  # type: ignore[misc]


def _effects(layer: "EffectsLayer") -> "list[Effect]":
    return [child for child in layer.children if child.category == "effect"]  # type: ignore[misc]


def _settle(layer: "EffectsLayer", newcomer: "Modifier | None") -> bool:
    """True where all that works fits; else one modifier is switched off: the newcomer, or that which changed last."""
    effects = [effect for effect in _effects(layer) if effect.setup_ok]
    try:
        layer.setup()
        _check(layer, effects)
    except MemoryRefused as error:
        chain = [modifier for modifier in _modifiers(layer) if modifier.setup_ok]
        if not chain:
            raise
        last = newcomer if newcomer is not None and newcomer.setup_ok else changed_last(chain)
        last.disable_self(str(error))
        last.starved = error.size_bytes
        last.refused = True
        return False
    return True


def _check(layer: "EffectsLayer", effects: "list[Effect]") -> None:
    """MemoryRefused where the picture has not its size, or one of the effects lost its memory to it."""
    for effect in effects:
        if effect.starved:
            raise MemoryRefused(effect.reason, effect.starved)
    driver = layer.parent
    if driver is not None and driver.map.count and not layer.fits(driver.map):
        raise layer.services.memory.refused(3 * driver.map.points())


def changed_last(chain: "list[Modifier]") -> "Modifier":
    """The one whose change, or coming, was the last."""
    last = chain[0]
    for modifier in chain:
        if modifier.serial > last.serial:
            last = modifier
    return last


def _give_room(layer: "EffectsLayer", made: Lens) -> None:
    """See that map and picture fit: beside what is there, or else in its place; MemoryRefused where they never will."""
    memory, attempt = layer.services.memory, layer.services.attempt
    width, height, depth = made.size
    points, lights = width * height * depth, made.geometry.count
    if lights > MAX_LIGHTS:
        raise MemoryRefused(f"{lights} lights are too many for modifiers: at most {MAX_LIGHTS}", 3 * lights)
    if points > MAX_LIGHTS or max(made.size) > MAX_LIGHTS:
        raise MemoryRefused(
            f"a picture of {width} x {height} x {depth} is too large: at most {MAX_LIGHTS} points", 3 * points
        )
    need_bytes, held_bytes = made.building_bytes(), 0
    if layer.map is not None:
        held_bytes = layer.map.bytes_each * layer.map.geometry.count
    resizes = layer.buffer is None or (width, height, depth) != (layer.width, layer.height, layer.depth)
    if resizes:
        need_bytes += 3 * points * max(1, layer.heap_bytes() // max(1, len(layer.buffer or b"")))
        held_bytes += layer.heap_bytes()
        for effect in _effects(layer):
            need_bytes += _said(attempt(effect.need_bytes, points, lights))
            held_bytes += _said(attempt(effect.heap_bytes))
    if memory.leaves(need_bytes):
        return
    if not held_bytes or not memory.leaves(max(0, need_bytes - held_bytes)):
        raise memory.refused(need_bytes - held_bytes)
    if resizes:
        for effect in _effects(layer):
            attempt(effect.teardown)
        layer.teardown()
    layer.map = without_modifiers(layer)


def _said(answer: "tuple[object, object]") -> int:
    """What a module says of itself, where it does."""
    return answer[0] if isinstance(answer[0], int) else 0
