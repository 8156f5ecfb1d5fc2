"""Kernels on CPython: interpreted at first, compiled in the background, refused where outside the subset."""

from __future__ import annotations

import subprocess
import sys
from array import array
from typing import TYPE_CHECKING, Any

import pytest

import pyralis.kernel
from pyralis.kernel import Kernel, KernelError, host, kernels_of, numba_missing
from pyralis.light.outputs import artnet_out

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from types import ModuleType

needs_numba = pytest.mark.skipif(numba_missing(), reason="no numba: install the extra 'fast'")

TEXT = """
from pyralis.kernel import micropython, ptr8, ptr16, ptr32

@micropython.viper
def add(dst: ptr8, src: ptr8, wide: ptr16, huge: ptr32, count: int) -> int:
    total = 0
    for i in range(count):
        dst[i] = (src[i] + wide[i]) & 255
        huge[i] = wide[i] * 16
        total = (total + wide[i] + huge[i]) & 0x3FFFFFFF
    return total

@micropython.viper
def clear(dst: ptr8, count: int):
    for i in range(count):
        dst[i] = 0
"""


@pytest.fixture
def load(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., ModuleType]:
    """A function that imports a text as a module; background compilation is as at the start."""
    monkeypatch.setattr(host, "_waiting", [])
    monkeypatch.setattr(host, "_notify", None)
    monkeypatch.setenv("PYRALIS_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)

    def make(text: str, name: str = "loaded") -> ModuleType:
        (tmp_path / f"{name}.py").write_text(text, encoding="utf-8")
        monkeypatch.delitem(sys.modules, name, raising=False)
        return __import__(name)

    return make


def expected(count: int) -> tuple[bytes, int]:
    """What `add` makes of the buffers of `call_add`."""
    return bytes((i * 7 + i * 300) & 255 for i in range(count)), sum(i * 300 * 17 for i in range(count)) & 0x3FFFFFFF


def call_add(add: Any, dst: Any, src: Any) -> tuple[bytes, int]:
    """Call with given buffers for the bytes."""
    wide = array("H", [i * 300 for i in range(len(src))])
    total = add(dst, src, wide, array("I", bytes(4 * len(src))), len(src))
    return bytes(dst), total


SOURCE = bytes(i * 7 for i in range(30))
BUFFERS: list[Callable[[int], Any]] = [
    bytearray,
    lambda size: memoryview(bytearray(size)),
    lambda size: array("B", bytes(size)),
]


@pytest.mark.parametrize("native", [False, pytest.param(True, marks=needs_numba)])
def test_any_buffer_is_taken(native: bool, load: Callable[..., ModuleType]) -> None:
    """bytearray, memoryview and array to write to, bytes as well to read from."""
    module = load(TEXT)
    assert native is False or module.add.compile()
    for make in BUFFERS:
        for source in (SOURCE, bytearray(SOURCE), memoryview(SOURCE), array("B", SOURCE)):
            assert call_add(module.add, make(30), source) == expected(30)
    assert module.add.native is native


@pytest.mark.parametrize("native", [False, pytest.param(True, marks=needs_numba)])
def test_ptr16_reads_pairs_of_bytes(native: bool, load: Callable[..., ModuleType]) -> None:
    """A buffer of another width is seen as items of the pointer's."""
    module = load(TEXT)
    assert native is False or module.add.compile()
    dst, wide = bytearray(2), bytearray(array("H", [300, 5]).tobytes())
    assert module.add(dst, bytes(2), wide, bytearray(8), 2) == 305 * 17
    assert dst == bytes([300 & 255, 5])


@needs_numba
def test_numpy_arrays_are_taken(load: Callable[..., ModuleType]) -> None:
    """Interpreted they are read through a memoryview, so that no NumPy scalar overflows."""
    numpy = pytest.importorskip("numpy")
    module = load(TEXT)
    for _ in range(2):
        assert call_add(module.add, numpy.zeros(30, numpy.uint8), numpy.frombuffer(SOURCE, numpy.uint8)) == expected(30)
        assert module.add.compile()


@needs_numba
def test_read_only_and_strided_buffers_are_refused(load: Callable[..., ModuleType]) -> None:
    """Machine code never writes into bytes, nor beside the items of a strided view."""
    clear = load(TEXT).clear
    assert clear.compile()
    with pytest.raises(BufferError):
        clear(bytes(4), 4)
    with pytest.raises(BufferError):
        clear(memoryview(bytearray(9))[::2], 4)
    with pytest.raises(TypeError):
        clear(7, 4)
    with pytest.raises(TypeError):
        clear(bytearray(4))


def test_interpreted_from_the_start(load: Callable[..., ModuleType]) -> None:
    """Without background compilation a kernel is ready and not native."""
    module = load(TEXT)
    assert {kernel.name for kernel in kernels_of(module)} == {"add", "clear"}
    assert module.add.ready
    assert not module.add.native
    assert "interpreted" in repr(module.add)


def test_a_type_waits_for_the_kernels_of_the_file_that_it_derives_from() -> None:
    """A frame that came before would be sent some hundred times slower."""
    assert {kernel.name for kernel in kernels_of(artnet_out)} == {"number"}


@needs_numba
def test_background_compilation(load: Callable[..., ModuleType]) -> None:
    """Kernels from before and after `queue` wait until `compile_next` has handled them."""
    calls: list[int] = []
    first = load(TEXT, "first")
    pyralis.kernel.queue(lambda: calls.append(1))
    assert calls == [1]
    assert not first.add.ready
    second = load(TEXT, "second")
    assert calls == [1, 1, 1]
    assert not second.clear.ready
    for waiting in (3, 2, 1, 0):
        assert pyralis.kernel.compile_next()
        assert sum(not kernel.ready for kernel in kernels_of(first) + kernels_of(second)) == waiting
    assert not pyralis.kernel.compile_next()
    assert second.add.native


def test_without_numba_kernels_stay_interpreted(
    load: Callable[..., ModuleType], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The reason is in `error`; everything is ready and runs."""
    monkeypatch.delitem(sys.modules, "pyralis.kernel.numba_ptr", raising=False)
    monkeypatch.delattr(pyralis.kernel, "numba_ptr", raising=False)
    monkeypatch.setitem(sys.modules, "numba", None)
    monkeypatch.setitem(sys.modules, "llvmlite", None)
    module = load(TEXT)
    pyralis.kernel.queue(lambda: None)
    while pyralis.kernel.compile_next():
        pass
    assert module.add.ready
    assert not module.add.native
    assert "extra 'fast'" in module.add.error
    assert call_add(module.add, bytearray(30), SOURCE) == expected(30)


def test_missing_numba_is_seen_without_importing_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """The finder is asked, nothing is loaded."""
    monkeypatch.delitem(sys.modules, "numba", raising=False)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert numba_missing()
    monkeypatch.setattr("importlib.util.find_spec", lambda name: object())
    assert not numba_missing()
    assert "numba" not in sys.modules


@needs_numba
@pytest.mark.parametrize("damage", ["file in the way", "damaged entry"])
def test_cache_trouble_costs_only_time(damage: str, load: Callable[..., ModuleType], tmp_path: Path) -> None:
    """With no usable cache the machine code is made anew."""
    if damage == "file in the way":
        (tmp_path / "cache").write_text("not a folder", encoding="utf-8")
    else:
        assert load(TEXT).clear.compile()
        entries = list((tmp_path / "cache").rglob("*.nb*"))
        assert entries
        for path in entries:
            path.write_bytes(b"\x80damaged")
    clear = load(TEXT).clear
    assert clear.compile(), clear.error
    dst = bytearray(b"abc")
    clear(dst, 2)
    assert dst == b"\0\0c"


@needs_numba
def test_what_numba_refuses_stays_interpreted(load: Callable[..., ModuleType]) -> None:
    """The error is kept, and the kernel goes on."""
    clear = load(TEXT).clear
    assert isinstance(clear, Kernel)
    clear.kinds = ["ptr8", "ptr8"]
    assert not clear.compile()
    assert "numba cannot compile clear" in clear.error
    assert clear.ready


@needs_numba
def test_an_edited_constant_is_compiled_anew(load: Callable[..., ModuleType]) -> None:
    """The cache knows the source by its content."""
    text = (
        TEXT.replace("dst[i] = 0", "dst[i] = _K").replace("import micro", "import const, micro") + "\n_K = const(1)\n"
    )
    for value in (1, 2):
        clear = load(text.replace("const(1)", f"const({value})"), "edited").clear
        assert clear.compile()
        dst = bytearray(1)
        clear(dst, 1)
        assert dst[0] == value


def test_a_refused_kernel_fails_at_import(load: Callable[..., ModuleType]) -> None:
    """The exception carries file, line and rule, and says what to write."""
    with pytest.raises(KernelError) as caught:
        load(TEXT.replace("dst[i] = 0", "dst[i] = i / 2"), "refused")
    error = caught.value
    assert (error.lineno, str(error.filename)[-10:]) == (16, "refused.py")
    assert str(error).startswith("K2: '/' makes a float")


def test_import_is_cheap() -> None:
    """Neither numba nor ast, inspect or typing come with the import; a clock would be noise here."""
    script = "import sys; before = set(sys.modules); import pyralis.kernel; print(*(set(sys.modules) - before))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=30)
    assert all(name.startswith("pyralis") for name in done.stdout.split()), done.stdout


def test_cache_folder_follows_the_platform(monkeypatch: pytest.MonkeyPatch) -> None:
    """The setting comes first, then what the platform's users expect."""
    assert host._user_cache_dir({"PYRALIS_CACHE_DIR": "/here"}) == "/here"
    monkeypatch.setattr(sys, "platform", "linux")
    assert host._user_cache_dir({"XDG_CACHE_HOME": "/x"}) == "/x/pyralis"
    monkeypatch.setenv("HOME", "/home/me")
    assert host._user_cache_dir({}) == "/home/me/.cache/pyralis"
    monkeypatch.setattr(sys, "platform", "darwin")
    assert host._user_cache_dir({}) == "/home/me/Library/Caches/pyralis"
    monkeypatch.setattr(sys, "platform", "win32")
    assert host._user_cache_dir({"LOCALAPPDATA": "C:/me"}).startswith("C:/me")
