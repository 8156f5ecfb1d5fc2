"""Gives numba the pointers of viper: loads are int64, stores truncate, no index is checked or wrapped.

Plain numba makes uint64 and float64 of uint8 arithmetic, which gives other bytes than a board.
Importing this imports numba (about 0.2 s and 100 MB), so only a first compilation does.
"""

# numba and llvmlite are typed in part only.
# mypy: disable-error-code="import-untyped,no-untyped-call,untyped-decorator,attr-defined,misc"

from __future__ import annotations

import operator
from pickle import UnpicklingError
from typing import TYPE_CHECKING, Any

from llvmlite import ir
from llvmlite.binding import get_host_cpu_features
from numba import njit
from numba.core import cgutils, config, types
from numba.core.errors import NumbaError
from numba.core.typing.templates import AbstractTemplate, infer_global, signature
from numba.extending import NativeValue, lower_builtin, models, register_model, unbox

from pyralis.kernel.tuned import IN_BLOCKS, VARIANT, tuned

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import CodeType, FunctionType

_PYBUF_SIMPLE = 0  # contiguous bytes, whatever the format
_PYBUF_WRITABLE = 1
# No writable place for the cache, or what pickle raises at a damaged file in it.
_CACHE_TROUBLE = (
    RuntimeError,
    OSError,
    EOFError,
    ImportError,
    AttributeError,
    LookupError,
    TypeError,
    ValueError,
    UnpicklingError,
)

CompileError = NumbaError


def _narrow_vectors() -> str:
    """What this processor has but vectors of 512 bits: those slow its clock for all that runs beside them.

    Measured at 128x128: Noise2D takes 85 us instead of 110, and sending, which has no vectors, 33 instead of 42.
    """
    features = get_host_cpu_features()
    for name in features:
        if name.startswith("avx512"):
            features[name] = False
    text: str = features.flatten()
    return text


config.CPU_FEATURES = config.CPU_FEATURES or _narrow_vectors()


class Ptr(types.Type):
    """A pointer to unsigned items of `bits`; `writable` refuses a read-only buffer at the call."""

    def __init__(self, bits: int, writable: bool) -> None:
        self.bits = bits
        self.writable = writable
        super().__init__(name=f"ptr{bits}{'w' if writable else 'r'}")


@register_model(Ptr)
class _PtrModel(models.PrimitiveModel):
    def __init__(self, manager: Any, fe_type: Ptr) -> None:
        super().__init__(manager, fe_type, ir.PointerType(ir.IntType(fe_type.bits)))


@unbox(Ptr)
def _unbox_ptr(fe_type: Ptr, obj: Any, c: Any) -> NativeValue:
    """Borrow the object's buffer for the time of the call; its own BufferError or TypeError gets out."""
    view = c.pyapi.alloca_buffer()
    int32 = ir.IntType(32)
    signature_type = ir.FunctionType(int32, [c.pyapi.pyobj, view.type, int32])
    get_buffer = cgutils.get_or_insert_function(c.builder.module, signature_type, "PyObject_GetBuffer")
    flags = _PYBUF_WRITABLE if fe_type.writable else _PYBUF_SIMPLE
    is_error = cgutils.is_not_null(c.builder, c.builder.call(get_buffer, [obj, view, int32(flags)]))
    pointer_type = c.context.get_value_type(fe_type)
    # The first field of a Py_buffer is the address of the bytes; it stays NULL after an error.
    address = c.builder.load(c.builder.bitcast(view, ir.PointerType(pointer_type)))

    def cleanup() -> None:
        c.pyapi.release_buffer(view)

    return NativeValue(address, is_error=is_error, cleanup=cleanup)


@infer_global(operator.getitem)
class _PtrLoad(AbstractTemplate):
    def generic(self, args: Sequence[Any], kws: Any) -> Any:
        if isinstance(args[0], Ptr) and isinstance(args[1], types.Integer):
            return signature(types.int64, args[0], types.int64)
        return None


@infer_global(operator.setitem)
class _PtrStore(AbstractTemplate):
    def generic(self, args: Sequence[Any], kws: Any) -> Any:
        if isinstance(args[0], Ptr) and all(isinstance(arg, types.Integer) for arg in args[1:]):
            return signature(types.none, args[0], types.int64, types.int64)
        return None


@lower_builtin(operator.getitem, Ptr, types.int64)
def _lower_load(context: Any, builder: Any, sig: Any, args: Sequence[Any]) -> Any:
    pointer, index = args
    # A slice of a memoryview can lie at an odd address, so no alignment is promised.
    item = builder.load(builder.gep(pointer, [index]), align=1)
    return builder.zext(item, ir.IntType(64))


@lower_builtin(operator.setitem, Ptr, types.int64, types.int64)
def _lower_store(context: Any, builder: Any, sig: Any, args: Sequence[Any]) -> Any:
    pointer, index, value = args
    item = builder.trunc(value, ir.IntType(sig.args[0].bits))
    builder.store(item, builder.gep(pointer, [index]), align=1)
    return context.get_dummy_value()


def compile_function(
    function: FunctionType,
    code: CodeType | None,
    kinds: Sequence[str],
    stored: Sequence[bool],
    returns: bool,
    cache_dir: str,
) -> Callable[..., Any]:
    """Machine code for `function`; `kinds` are its parameters ('ptr8', …, 'int'), `stored` which are written to.

    `code` is what it becomes in blocks of lights (blocks.py), where it can be cut.

    Raises CompileError. Where `cache_dir` is empty or cannot be used, the code is kept in memory only.
    """
    pairs = zip(kinds, stored, strict=True)
    params = [types.int64 if kind == "int" else Ptr(int(kind[3:]), stores) for kind, stores in pairs]
    sig = (types.int64 if returns else types.void)(*params)
    if code is not None and IN_BLOCKS:
        from pyralis.kernel.lanes import of_blocks  # late: for those kernels alone

        try:
            return _compiled(of_blocks(function, code), sig, cache_dir)
        except NumbaError:
            pass  # one that numbers of another kind come to than blocks have
    return _compiled(tuned(function), sig, cache_dir)


def _compiled(source: Callable[..., Any], sig: Any, cache_dir: str) -> Callable[..., Any]:
    """Kept in the cache where that can be used."""
    if cache_dir:
        try:
            return _entry_point(source, sig, cache_dir + VARIANT)
        except NumbaError:
            raise
        except _CACHE_TROUBLE:
            pass
    return _entry_point(source, sig, "")


def _entry_point(function: Callable[..., Any], sig: Any, cache_dir: str) -> Callable[..., Any]:
    before = config.CACHE_DIR
    try:
        config.CACHE_DIR = cache_dir or before
        dispatcher = njit([sig], nogil=True, cache=bool(cache_dir), boundscheck=False)(function)
    finally:
        config.CACHE_DIR = before
    # The entry point converts its arguments by `sig` alone: any object with a buffer is taken, and no call pays
    # for finding out the types again. It keeps the machine code alive.
    entry: Callable[..., Any] = dispatcher.overloads[tuple(sig.args)].entry_point
    return entry
