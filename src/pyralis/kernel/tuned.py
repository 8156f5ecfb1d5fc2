"""Better machine code for the two kernels that every light goes through: numba's own is bound by single bytes.

Same bytes, told by the golden frames. A board never loads this file, nor does a PC whose processor lacks what it takes.
"""

# numba and llvmlite are typed in part only.
# mypy: disable-error-code="import-untyped,no-untyped-call,untyped-decorator,no-untyped-def,attr-defined,call-arg,misc"

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llvmlite import ir
from llvmlite.binding import get_host_cpu_features
from numba.core import cgutils, config, types
from numba.extending import intrinsic

if TYPE_CHECKING:
    from collections.abc import Callable

_LANE_BYTES = 16
_LANE_LIGHTS = 5  # of three bytes
_TABLES = 16  # of as many levels
_GAP = 65535
_BLOCK = 64
_EACH = 0x0001_0001_0001_0001  # in a number of four lights: one more for each of them …
_FOUR = 0x0003_0002_0001_0000  # … and what makes four that follow each other of the first
_LANES = 2  # of a register of AVX2: with the wider ones of AVX-512 a processor runs everything else slower
_GROUP = _LANE_LIGHTS * _LANES
_LEAST = _GROUP + 1  # lights of a packet that has a group
_BYTE, _INT = ir.IntType(8), ir.IntType(64)
_LANE = ir.VectorType(_BYTE, _LANE_BYTES)


def _has(*names: str) -> bool:
    features = get_host_cpu_features()
    return not config.CPU_NAME and all(features.get(name) for name in names)


# AVX-512 has more registers than AVX2 and joins two operations in one, at the width of AVX2 as well.
VARIANT = "-avx512" if _has("avx512bw", "avx512vl") else ""  # of cached code
IN_BLOCKS = _has("avx2")  # what lanes.py takes


def tuned(function: Callable[..., Any]) -> Callable[..., Any]:
    """What to compile in place of a kernel: mostly the kernel itself."""
    name = f"{function.__module__}.{function.__name__}"
    if name == "pyralis.light.blending.pack" and IN_BLOCKS:
        return _pack
    return _gather if name == "pyralis.light.blending.gather" else function


def _gather(dst, src, table, count):
    """Where lights of the map follow each other, as in rows of a panel, they are copied together."""
    fours: Any = _fours(table)
    start = 0
    while start < count:
        lights = min(count - start, _BLOCK)
        first = table[start]
        bends = lights - _BLOCK
        expected = first * _EACH + _FOUR
        for i in range(start // 4, start // 4 + lights // 4):
            bends |= fours[i] ^ expected
            expected += 4 * _EACH
        at = start * 3
        if bends == 0 and first + lights <= _GAP:
            for i in range(_BLOCK * 3):
                dst[at + i] = src[first * 3 + i]
        else:
            for i in range(start, start + lights):
                source = table[i]
                if source == _GAP:
                    dst[at] = 0
                    dst[at + 1] = 0
                    dst[at + 2] = 0
                else:
                    source *= 3
                    dst[at] = src[source]
                    dst[at + 1] = src[source + 1]
                    dst[at + 2] = src[source + 2]
                at += 3
        start += lights


@intrinsic
def _fours(_typing, table):
    """The table by four lights at a time."""

    def lower(_context: Any, builder: Any, _sig: Any, args: Any) -> Any:
        return builder.bitcast(args[0], _INT.as_pointer())

    return type(table)(64, table.writable)(table), lower


def _pack(dst, stride, header, lights_per_packet, src, count, lut, red, green, blue):
    """Most lights of a packet many at once; where their colours change places, the last one by itself."""
    per_packet = min(lights_per_packet, count)
    whole = count // per_packet
    over = count - whole * per_packet
    end, last = header + whole * stride, 3 * (count - over)
    moves = 0 if red == 0 and green == 1 and blue == 2 else 1
    if moves:
        _pack_groups(dst, header, stride, whole, src, 0, per_packet, lut, red, green, blue)
        _pack_groups(dst, end, 0, 1, src, last, over, lut, red, green, blue)
    else:
        _pack_bytes(dst, header, stride, whole, src, 0, per_packet, lut)
        _pack_bytes(dst, end, 0, 1, src, last, over, lut)
    packet = header
    source = 0
    left = count
    while left > 0:
        lights = min(left, lights_per_packet)
        done = lights - moves if lights >= _LEAST else 0
        at = packet + done * 3
        source += done * 3
        for _i in range(lights - done):
            dst[at + red] = lut[src[source]]
            dst[at + green] = lut[src[source + 1]]
            dst[at + blue] = lut[src[source + 2]]
            at += 3
            source += 3
        packet += stride
        left -= lights


@intrinsic
def _pack_groups(_typing, dst, packet, stride, packets, src, source, lights, lut, red, green, blue):
    """All but the last light of packets, in groups of five a lane: look bytes up in registers, then put them in order.

    Each lane reads and writes a byte more than its lights have, which must not be the next header: so not the last one.
    """
    return types.none(dst, packet, stride, packets, src, source, lights, lut, red, green, blue), _lower_pack


@intrinsic
def _pack_bytes(_typing, dst, packet, stride, packets, src, source, lights, lut):
    """All lights of packets whose colours keep their places: then it is bytes in whole lanes."""
    return types.none(dst, packet, stride, packets, src, source, lights, lut), _lower_pack


def _lower_pack(context: Any, builder: Any, _sig: Any, args: Any) -> Any:
    dst, packet, stride, packets, src, source, lights, lut, *places = args
    # All that the processor has, whatever other kernels make do with; `add` of its own class knows no features.
    features = f"{get_host_cpu_features().flatten()},+prefer-256-bit"
    set.add(builder.function.attributes, f'"target-features"="{features}"')
    wide = ir.VectorType(_BYTE, _LANE_BYTES * _LANES)
    of_two = ir.FunctionType(wide, [wide, wide])
    shuffle = cgutils.get_or_insert_function(builder.module, of_two, "llvm.x86.avx2.pshuf.b")
    subtract = cgutils.get_or_insert_function(builder.module, of_two, "llvm.ssub.sat.v32i8")
    tables = _tables(builder, lut)
    order = _order(builder, places) if places else None
    lane_bytes, kept_bytes = (3 * _LANE_LIGHTS, 3) if places else (_LANE_BYTES, 0)
    group_bytes = lane_bytes * _LANES
    size = builder.sub(builder.mul(lights, _INT(3)), _INT(kept_bytes))
    # The last group starts where it ends in time, whatever of its lights the one before has done already.
    last = builder.sub(size, _INT(group_bytes))
    groups = builder.sdiv(builder.add(size, _INT(group_bytes - 1)), _INT(group_bytes))
    groups = builder.select(builder.icmp_signed("<", lights, _INT(_LEAST)), _INT(0), groups)
    with cgutils.for_range(builder, packets, intp=_INT) as outer, cgutils.for_range(builder, groups, intp=_INT) as loop:
        offset = builder.mul(loop.index, _INT(group_bytes))
        offset = builder.select(builder.icmp_signed("<", offset, last), offset, last)
        read = builder.add(builder.add(source, builder.mul(outer.index, builder.mul(lights, _INT(3)))), offset)
        write = builder.add(builder.add(packet, builder.mul(outer.index, stride)), offset)
        starts = [lane_bytes * lane for lane in range(_LANES)]
        level = _join(builder, *[_load(builder, src, builder.add(read, _INT(start))) for start in starts])
        upper = builder.xor(level, ir.Constant(wide, [128] * wide.count))
        found = ir.Constant(wide, [0] * wide.count)
        for number, table in enumerate(tables):
            if number == len(tables) // 2:
                level = upper
            found = builder.xor(found, builder.call(shuffle, [table, level]))
            level = builder.call(subtract, [level, ir.Constant(wide, [_LANE_BYTES] * wide.count)])
        if order is not None:
            found = builder.call(shuffle, [found, order])
        for number, start in enumerate(starts):
            lane = builder.shuffle_vector(found, found, _items(number * _LANE_BYTES, _LANE_BYTES))
            target = builder.gep(dst, [builder.add(write, _INT(start))])
            builder.store(lane, builder.bitcast(target, _LANE.as_pointer()), align=1)
    return context.get_dummy_value()


def _tables(builder: Any, lut: Any) -> list[Any]:
    """The levels in registers of 16, each of them the difference to the one before, twice from 0 on.

    A shuffle gives 0 for a byte of 128 and more, else entry `byte & 15`. With 16 taken away from table to table a byte
    passes all tables up to its own, and what their differences come to is its level. Bytes from 128 on have their own
    eight tables, and pass them with the highest bit turned.
    """
    tables = []
    for number in range(_TABLES):
        if number % (_TABLES // 2) == 0:
            before = ir.Constant(_LANE, [0] * _LANE_BYTES)
        levels = _load(builder, lut, _INT(number * _LANE_BYTES))
        change = builder.xor(levels, before)
        tables.append(_join(builder, change, change))
        before = levels
    return tables


def _order(builder: Any, places: Any) -> Any:
    """For each byte of a lane which one it gets; the last one of a lane is no light's."""
    room = cgutils.alloca_once_value(builder, ir.Constant(_LANE, [_LANE_BYTES - 1] * _LANE_BYTES))
    first = builder.bitcast(room, _BYTE.as_pointer())
    for at in range(3 * _LANE_LIGHTS):
        builder.store(_BYTE(at), builder.gep(first, [builder.add(places[at % 3], _INT(at - at % 3))]))
    order = builder.load(room)
    return _join(builder, order, order)


def _load(builder: Any, pointer: Any, index: Any) -> Any:
    return builder.load(builder.bitcast(builder.gep(pointer, [index]), _LANE.as_pointer()), align=1)


def _join(builder: Any, low: Any, high: Any) -> Any:
    return builder.shuffle_vector(low, high, _items(0, _LANE_BYTES * _LANES))


def _items(first: int, count: int) -> Any:
    """Which items of two vectors a new one gets."""
    return ir.Constant(ir.VectorType(ir.IntType(32), count), list(range(first, first + count)))
