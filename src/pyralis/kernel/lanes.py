"""A block of lights as vectors: what becomes of the loops that `blocks.py` cuts, on a processor with AVX2.

A value has the width that its range asks for, 16 bits or 32. Tables are looked up in registers, as in `tuned.py`.
"""

# numba and llvmlite are typed in part only.
# mypy: disable-error-code="import-untyped,no-untyped-call,untyped-decorator,no-untyped-def,attr-defined,call-arg,misc"

from __future__ import annotations

import operator
from types import CodeType, FunctionType
from typing import TYPE_CHECKING, Any

from llvmlite import ir
from llvmlite.binding import get_host_cpu_features
from numba.core import cgutils, types
from numba.core.typing.templates import AbstractTemplate, infer_global, signature
from numba.extending import intrinsic, lower_builtin, models, register_model

from pyralis.kernel.blocks import LIGHTS, PREFIX
from pyralis.kernel.tuned import VARIANT

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Limits = tuple[int, int]

_UNKNOWN = -(1 << 31), (1 << 31) - 1
_REGISTER_BITS = 256
_TABLE_BYTES = 16  # of a register that is looked up in
_INT32, _INT64 = ir.IntType(32), ir.IntType(64)


class Lanes(types.Type):
    """A whole number for each light, within `limits`; of a `low` one nothing but 16 bits is known."""

    def __init__(self, limits: Limits = _UNKNOWN, low: bool = False) -> None:
        self.low = low
        self.limits = limits if _UNKNOWN[0] <= limits[0] and limits[1] <= _UNKNOWN[1] else _UNKNOWN
        self.bits = 16 if low or (self.limits[0] >= 0 and self.limits[1] < 1 << 16) else 32
        super().__init__(name=f"lanes({'low' if low else self.limits})")


@register_model(Lanes)
class _LanesModel(models.PrimitiveModel):
    def __init__(self, manager: Any, fe_type: Lanes) -> None:
        count = LIGHTS * fe_type.bits // _REGISTER_BITS
        super().__init__(manager, fe_type, ir.ArrayType(_register(fe_type.bits), count))


class Table(types.Type):
    """A table of bytes in so many registers, and whether it is a wave: its second half is the first one upside down."""

    def __init__(self, count: int) -> None:
        self.count = count
        super().__init__(name=f"table({count})")


@register_model(Table)
class _TableModel(models.PrimitiveModel):
    def __init__(self, manager: Any, fe_type: Table) -> None:
        registers = ir.ArrayType(_vector(8, _TABLE_BYTES), fe_type.count)
        super().__init__(manager, fe_type, ir.LiteralStructType([registers, ir.IntType(1)]).as_pointer())


def of_blocks(function: FunctionType, code: CodeType) -> FunctionType:
    """The kernel that has this code instead of its own."""
    operations = {"low": low, "ramp": ramp, "items": items, "table": table, "copy": copy}
    return FunctionType(
        code, {**function.__globals__, **{PREFIX + name: each for name, each in operations.items()}}, function.__name__
    )


def _vector(bits: int, count: int) -> Any:
    return ir.VectorType(ir.IntType(bits), count)


def _register(bits: int) -> Any:
    return _vector(bits, _REGISTER_BITS // bits)


def _all(kind: Any, value: int) -> Any:
    return ir.Constant(kind, [value] * kind.count)


def _shuffled(builder: Any, one: Any, other: Any, order: Sequence[int]) -> Any:
    return builder.shuffle_vector(one, other, ir.Constant(_vector(32, len(order)), list(order)))


def _call(builder: Any, name: str, returned: Any, *args: Any) -> Any:
    kind = ir.FunctionType(returned, [arg.type for arg in args])
    return builder.call(cgutils.get_or_insert_function(builder.module, kind, name), args)


def _parts(builder: Any, value: Any) -> list[Any]:
    return [builder.extract_value(value, number) for number in range(value.type.count)]


def _joined(builder: Any, parts: Sequence[Any]) -> Any:
    made = ir.Constant(ir.ArrayType(parts[0].type, len(parts)), ir.Undefined)
    for number, part in enumerate(parts):
        made = builder.insert_value(made, part, number)
    return made


# Registers of 16-bit numbers hold the lights in their order; those of 8 and of 32 bits hold them as packing and
# unpacking leaves them, which works on each half of a register by itself.
_ORDER = {
    32: [
        first + light
        for sixteen in range(0, LIGHTS, 16)
        for first in (sixteen, sixteen + 4)
        for light in (0, 1, 2, 3, 8, 9, 10, 11)
    ]
}


def _resized(builder: Any, parts: list[Any], bits: int) -> list[Any]:
    """With as many bits; what gets fewer has to fit."""
    has = parts[0].type.element.width
    if has == bits:
        return parts
    if has > bits:
        name = f"llvm.x86.avx2.{'packusdw' if has == 32 else 'packuswb'}"
        pairs = zip(parts[::2], parts[1::2], strict=True)
        return _resized(builder, [_call(builder, name, _register(has // 2), *pair) for pair in pairs], bits)
    count = parts[0].type.count
    made = []
    for part in parts:
        for first in (0, count // 4):
            places = [half + first + at for half in (0, count // 2) for at in range(count // 4)]
            order = [at for place in places for at in (place, count + place)]
            both = _shuffled(builder, part, _all(part.type, 0), order)
            made.append(builder.bitcast(both, _register(2 * has)))
    return _resized(builder, made, bits)


def _spread(builder: Any, value: Any, bits: int) -> list[Any]:
    """The same number for each light."""
    kind = _register(bits)
    none = ir.Constant(kind, ir.Undefined)
    one = builder.insert_element(none, builder.trunc(value, kind.element), _INT32(0))
    return [_shuffled(builder, one, none, [0] * kind.count)] * (LIGHTS // kind.count)


def _numbers(builder: Any, kind: Any, value: Any, bits: int) -> list[Any]:
    """A side of an operation, in its width."""
    if isinstance(kind, types.IntegerLiteral):
        return [_all(_register(bits), kind.literal_value & ((1 << bits) - 1))] * (LIGHTS * bits // _REGISTER_BITS)
    return _resized(builder, _parts(builder, value), bits) if isinstance(kind, Lanes) else _spread(builder, value, bits)


def _cut_off(builder: Any, parts: list[Any]) -> list[Any]:
    """The low 16 bits."""
    if parts[0].type.element.width == 16:
        return parts
    return _resized(builder, [builder.and_(part, _all(part.type, 0xFFFF)) for part in parts], 16)


def _corners(combine: Callable[[int, int], int], left: Limits, right: Limits) -> Limits:
    found = [combine(a, b) for a in left for b in right]
    return min(found), max(found)


def _masked(left: Limits, right: Limits) -> Limits:
    tops = [side[1] for side in (left, right) if side[0] >= 0]
    return (0, min(tops)) if tops else _UNKNOWN


_OPERATORS: dict[Any, tuple[Callable[[Limits, Limits], Limits], str]] = {
    operator.add: (lambda left, right: _corners(operator.add, left, right), "add"),
    operator.sub: (lambda left, right: _corners(operator.sub, left, right), "sub"),
    operator.mul: (lambda left, right: _corners(operator.mul, left, right), "mul"),
    operator.lshift: (lambda left, right: _corners(operator.lshift, left, right), "shl"),
    operator.rshift: (lambda left, right: _corners(operator.rshift, left, right), "ashr"),
    operator.and_: (_masked, "and_"),
}


def _limits(kind: Any) -> Limits:
    if isinstance(kind, types.IntegerLiteral):
        return kind.literal_value, kind.literal_value
    return kind.limits if isinstance(kind, Lanes) else _UNKNOWN


def _define(function: Any, combined: Callable[[Limits, Limits], Limits], name: str) -> None:
    @infer_global(function)
    class _Combine(AbstractTemplate):
        prefer_literal = True

        def generic(self, args: Sequence[Any], kws: Any) -> Any:
            kinds = [isinstance(arg, Lanes) for arg in args]
            if not any(kinds) or not all(isinstance(arg, Lanes | types.Integer) for arg in args):
                return None
            limits = combined(*map(_limits, args))
            low = any(isinstance(arg, Lanes) and arg.low for arg in args) and (name != "and_" or limits == _UNKNOWN)
            return signature(Lanes(low=True) if low else Lanes(limits), *args)

    def lower(_context: Any, builder: Any, sig: Any, args: Sequence[Any]) -> Any:
        lanes = [kind for kind in (*sig.args, sig.return_type) if isinstance(kind, Lanes)]
        low = any(kind.low for kind in lanes)
        bits = 16 if low else max(kind.bits for kind in lanes)
        sides = []
        for kind, arg in zip(sig.args, args, strict=True):
            is_wide = low and isinstance(kind, Lanes)
            sides.append(_cut_off(builder, _parts(builder, arg)) if is_wide else _numbers(builder, kind, arg, bits))
        # What has 16 bits is not negative, or its highest bits are not asked for.
        operate = getattr(builder, "lshr" if name == "ashr" and bits == 16 else name)
        made = [operate(*pair) for pair in zip(*sides, strict=True)]
        return _joined(builder, _resized(builder, made, sig.return_type.bits))

    for kinds in ((Lanes, Lanes), (Lanes, types.Integer), (types.Integer, Lanes)):
        lower_builtin(function, *kinds)(lower)


for _function, (_combined, _name) in _OPERATORS.items():
    _define(_function, _combined, _name)


@intrinsic
def low(_typing, value):
    """The low 16 bits, where no others are asked for."""

    def lower(_context: Any, builder: Any, _sig: Any, args: Any) -> Any:
        return _joined(builder, _cut_off(builder, _parts(builder, args[0])))

    return (Lanes(low=True)(value), lower) if isinstance(value, Lanes) else None


@intrinsic(prefer_literal=True)
def ramp(_typing, first, step, is_low):
    """`first` for the first light, and `step` more from each to the next."""
    bits = 16 if is_low.literal_value else 32

    def lower(_context: Any, builder: Any, _sig: Any, args: Any) -> Any:
        firsts, steps = (_spread(builder, arg, bits) for arg in args[:2])
        order = _ORDER.get(bits, list(range(LIGHTS)))
        made = []
        for number, (one, by) in enumerate(zip(firsts, steps, strict=True)):
            count = one.type.count
            places = ir.Constant(one.type, order[number * count : (number + 1) * count])
            made.append(builder.add(one, builder.mul(by, places)))
        return _joined(builder, made)

    return Lanes(low=bits == 16)(types.int64, types.int64, is_low), lower


@intrinsic
def items(_typing, pointer, first):
    """Items of a buffer that follow each other."""
    if pointer.bits > 16:
        return None

    def lower(_context: Any, builder: Any, _sig: Any, args: Any) -> Any:
        kind = _register(pointer.bits)
        loaded = []
        for number in range(LIGHTS // kind.count):
            at = builder.gep(args[0], [builder.add(args[1], _INT64(number * kind.count))])
            loaded.append(builder.load(builder.bitcast(at, kind.as_pointer()), align=1))
        if pointer.bits == 8:
            quarters = [builder.bitcast(one, _register(64)) for one in loaded]
            loaded = [builder.bitcast(_shuffled(builder, four, four, (0, 2, 1, 3)), kind) for four in quarters]
        return _joined(builder, _resized(builder, loaded, 16))

    return Lanes((0, (1 << pointer.bits) - 1))(pointer, types.int64), lower


@intrinsic(prefer_literal=True)
def table(_typing, pointer, mask):
    """A table of as many bytes as the mask lets through: each register the difference to the one before."""
    made = Table((mask.literal_value + 1) // _TABLE_BYTES)

    def lower(context: Any, builder: Any, _sig: Any, args: Any) -> Any:
        if VARIANT:  # more registers, but none that is wider
            features = f"{get_host_cpu_features().flatten()},+prefer-256-bit"
            settings = {"target-features": features, "min-legal-vector-width": 256, "prefer-vector-width": 256}
            for name, value in settings.items():
                set.add(builder.function.attributes, f'"{name}"="{value}"')
        room = cgutils.alloca_once(builder, context.get_value_type(made).pointee)
        found: list[Any] = []
        for number in range(made.count):
            at = builder.gep(args[0], [_INT64(number * _TABLE_BYTES)])
            found.append(builder.load(builder.bitcast(at, _vector(8, _TABLE_BYTES).as_pointer()), align=1))
            before = found[-2] if number % 8 else _all(found[0].type, 0)
            builder.store(builder.xor(found[-1], before), builder.gep(room, [_INT32(0), _INT32(0), _INT32(number)]))
        sums = [builder.add(*pair) for pair in zip(found[:8], found[8:], strict=False)]
        is_wave = ir.IntType(1)(len(sums) == 8)
        for both in sums:
            whole = builder.bitcast(both, ir.IntType(8 * _TABLE_BYTES))
            is_wave = builder.and_(is_wave, builder.icmp_unsigned("==", whole, whole.type(0)))
        builder.store(is_wave, builder.gep(room, [_INT32(0), _INT32(1)]))
        return room

    return made(pointer, mask), lower


@infer_global(operator.getitem)
class _LookUp(AbstractTemplate):
    def generic(self, args: Sequence[Any], kws: Any) -> Any:
        is_fit = isinstance(args[0], Table) and isinstance(args[1], Lanes) and not args[1].low
        return signature(Lanes((0, 255)), *args) if is_fit else None


@lower_builtin(operator.getitem, Table, Lanes)
def _lower_look_up(_context: Any, builder: Any, sig: Any, args: Sequence[Any]) -> Any:
    is_wave = builder.load(builder.gep(args[0], [_INT32(0), _INT32(1)]))
    count = sig.args[0].count
    found = []
    for index in _resized(builder, _parts(builder, args[1]), 8):
        with builder.if_else(is_wave) as (then, otherwise):
            with then:
                half = _passed(builder, args[0], range(min(count, 8)), builder.and_(index, _all(index.type, 127)))
                signs = builder.or_(index, _all(index.type, 1))  # 0 would make nothing of it
                wave, wave_block = _call(builder, "llvm.x86.avx2.psign.b", index.type, half, signs), builder.block
            with otherwise:
                upper = builder.xor(index, _all(index.type, 128))
                low_half, high_half = range(min(count, 8)), range(8, count)
                halves = _passed(builder, args[0], low_half, index), _passed(builder, args[0], high_half, upper)
                plain, plain_block = builder.xor(*halves), builder.block
        found.append(builder.phi(index.type))
        found[-1].add_incoming(wave, wave_block)
        found[-1].add_incoming(plain, plain_block)
    return _joined(builder, _resized(builder, found, 16))


def _passed(builder: Any, table_of: Any, numbers: Sequence[int], index: Any) -> Any:
    """What the registers come to that a byte passes, none where its highest bit is set."""
    found = _all(index.type, 0)
    for number in numbers:
        half = builder.load(builder.gep(table_of, [_INT32(0), _INT32(0), _INT32(number)]))
        register = _shuffled(builder, half, half, list(range(_TABLE_BYTES)) * 2)
        found = builder.xor(found, _call(builder, "llvm.x86.avx2.pshuf.b", index.type, register, index))
        index = _call(builder, "llvm.ssub.sat.v32i8", index.type, index, _all(index.type, _TABLE_BYTES))
    return found


@intrinsic
def copy(_typing, to, at, colors, index):
    """A colour for each light: four bytes at a time, of which the next light mends the last one.

    The last colour of a table is read with one byte more: there is one after every bytearray.
    """

    def lower(context: Any, builder: Any, _sig: Any, args: Any) -> Any:
        # By way of memory, hidden from LLVM: to take a register apart costs more than to read it again.
        kept = builder.bitcast(cgutils.alloca_once_value(builder, args[3]), _INT64.as_pointer())
        builder.asm(ir.FunctionType(ir.VoidType(), [kept.type]), "", "r,~{memory}", [kept], side_effect=True)
        four = _INT64(0)
        for light in range(LIGHTS):
            four = (
                builder.lshr(four, _INT64(16)) if light % 4 else builder.load(builder.gep(kept, [_INT32(light // 4)]))
            )
            place = builder.and_(four, _INT64(0xFFFF))
            source = builder.gep(args[2], [place])
            target = builder.gep(args[0], [builder.add(args[1], _INT64(3 * light))])
            for byte, bits in ((0, 32),) if light < LIGHTS - 1 else ((0, 16), (2, 8)):
                kind = ir.IntType(bits).as_pointer()
                read, write = (builder.bitcast(builder.gep(one, [_INT64(byte)]), kind) for one in (source, target))
                builder.store(builder.load(read, align=1), write, align=1)
        return context.get_dummy_value()

    is_fit = isinstance(index, Lanes) and index.bits == 16 and not index.low and colors.bits == to.bits == 8
    return (types.none(to, types.int64, colors, index), lower) if is_fit else None
