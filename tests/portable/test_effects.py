"""Effects on CPython and MicroPython: they cover, move and keep their speed at every size. A portable test."""

from frames import EFFECTS, SIZES, make, pattern
from pyralis.light import palettes
from pyralis.light.tables import SINE

MOVING = [effect for effect in EFFECTS if effect != "Solid"]
SMALL_SIZES = [size for size in SIZES if size[0] * size[1] < 300]


def _frame(
    effect: str, size: "tuple[int, int, int]", ticks: "list[int]", buffer: "bytearray | None" = None
) -> bytearray:
    """The frame after ticks of these milliseconds."""
    made = make(effect, {}, size)
    buffer = bytearray(3 * size[0] * size[1] * size[2]) if buffer is None else buffer
    for tick_ms in ticks:
        made.services.elapsed_ms = tick_ms
        made.draw(buffer, *size)
    return buffer


def test_every_light_is_written() -> None:
    for effect in EFFECTS:
        for size in SMALL_SIZES:
            count = 3 * size[0] * size[1] * size[2]
            one = _frame(effect, size, [20], pattern(count, 1))
            two = _frame(effect, size, [20], pattern(count, 2))
            assert one == two, (effect, size)


def test_nothing_is_written_behind_the_lights() -> None:
    for effect in EFFECTS:
        for width, height, depth in SMALL_SIZES:
            count = 3 * width * height * depth
            buffer = pattern(count + 64, 3)
            _frame(effect, (width, height, depth), [200, 200], buffer)
            assert buffer[count:] == pattern(count + 64, 3)[count:], (effect, width, height, depth)


def test_every_size_is_alive() -> None:
    for effect in MOVING:
        for size in ((30, 1, 1), (1, 30, 1), (2, 2, 1), (16, 16, 1)):
            made = make(effect, {}, size)
            made.services.elapsed_ms = 250
            buffer = bytearray(3 * size[0] * size[1])
            seen = []
            for _ in range(12):
                made.draw(buffer, *size)
                if bytes(buffer) not in seen:
                    seen.append(bytes(buffer))
            assert len(seen) > 2, (effect, size)


def test_palettes_are_smooth() -> None:
    for name in palettes.NAMES + palettes.RAMPS:
        colors = palettes.expand(name)
        assert len(colors) == 768
        endless = name in palettes.NAMES
        for i in range(3 if not endless else 0, 768):
            assert abs(colors[i] - colors[i - 3]) <= 12, (name, i // 3)


def test_a_ramp_starts_black_and_ends_bright() -> None:
    for name in palettes.RAMPS:
        colors = palettes.expand(name)
        assert colors[:3] == bytes(3)
        assert sum(colors[765:]) > 500


def test_expand_fills_a_buffer_that_is_given() -> None:
    kept = bytearray(768)
    assert palettes.expand("ocean", kept) is kept
    assert kept == palettes.expand("ocean")


def test_the_sine_table_is_symmetric() -> None:
    assert len(SINE) == 256
    assert (SINE[0], SINE[64], SINE[128], SINE[192]) == (128, 255, 128, 1)
    for i in range(128):
        assert SINE[i] + SINE[i + 128] == 256
