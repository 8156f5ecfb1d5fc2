"""The platform of whichever interpreter runs this keeps its contract. A portable test."""

import socket

from pyralis.pal.micropython import make_directories, read_file
from pyralis.start import DEFAULTS, choose_platform

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from pyralis.pal.contract import Platform

_made: "list[Platform]" = []


_root: "list[str]" = []


def folder_of_the_rig() -> str:
    """Its root, and that of its state."""
    if not _root:
        _root.append(folder())
    return _root[0]


def platform() -> "Platform":
    """The platform, with its state in a folder of the tests' own."""
    if not _made:
        options = dict(DEFAULTS)
        options["root"] = options["state"] = folder_of_the_rig()
        _made.append(choose_platform(options))
    return _made[0]


def folder() -> str:
    """A folder that is removed afterwards: a temporary one, or below the one that the tests on MicroPython run in."""
    try:
        from atexit import register
        from shutil import rmtree
        from tempfile import mkdtemp
    except ImportError:
        make_directories("platform-state")
        return "platform-state"
    made = mkdtemp(prefix="pyralis-test-")
    register(rmtree, made, True)
    return made


def test_files_are_replaced_and_set_aside() -> None:
    storage = platform().storage
    assert storage.read("kept") is None
    storage.write("kept", b"one")
    storage.write("kept", b"\x00\xfftwo")
    assert storage.read("kept") == b"\x00\xfftwo"
    assert storage.set_aside("kept") == "kept.broken-1"
    storage.write("kept", b"three")
    assert storage.set_aside("kept") == "kept.broken-2"
    assert storage.read("kept") is None
    assert storage.read("kept.broken-1") == b"\x00\xfftwo"
    assert storage.read("kept.broken-2") == b"three"
    assert storage.read("kept.tmp") is None


def test_a_file_that_cannot_be_written_is_an_os_error() -> None:
    try:
        platform().storage.write("no/such/folder", b"")
        raise AssertionError("written")
    except OSError:
        pass


def test_files_of_the_rig_are_streams() -> None:
    make_directories(folder_of_the_rig() + "/maps")
    with open(folder_of_the_rig() + "/maps/one.json", "wb") as file:
        file.write(b"[[0, 0]]")
    stream = platform().open("maps/one.json")
    assert [stream.read(3), stream.read(100), stream.read(3)] == [b"[[0", b", 0]]", b""]
    stream.close()
    try:
        platform().open("maps/two.json")
        raise AssertionError("opened")
    except OSError:
        pass


def test_the_clock_moves_forwards() -> None:
    start = platform().ticks_us()
    last = 0
    for _ in range(100):
        elapsed_us = platform().ticks_diff_us(platform().ticks_us(), start)
        assert elapsed_us >= last
        last = elapsed_us
    assert platform().ticks_diff_us(start, platform().ticks_us()) <= 0


def test_memory_figures_fit_each_other() -> None:
    free, largest = platform().heap_free_bytes(), platform().heap_largest_bytes()
    assert platform().heap_used_bytes() > 1000
    assert (free is None) == (largest is None)
    if free is not None and largest is not None:
        assert 0 < largest
        kept = bytearray(100_000)
        assert platform().heap_used_bytes() >= len(kept)
    platform().collect_garbage()


def test_a_fault_is_located_in_its_file() -> None:
    try:
        inner: Any = {}
        inner["missing"]
    except KeyError as error:
        location = platform().error_location(error)
    name, _, line = location.partition(":")
    assert name == "test_platform.py", location
    assert int(line) > 70


def test_facts_name_interpreter_and_machine() -> None:
    facts = platform().facts()
    assert facts["platform"] == platform().name
    for name in ("implementation", "chip", "reset_reason"):
        assert isinstance(facts[name], str), name
        assert facts[name], name


def test_ids_are_eight_digits_and_differ() -> None:
    ids = [platform().random_id() for _ in range(10)]
    assert len(set(ids)) == 10
    for each in ids:
        assert len(each) == 8
        assert int(each, 16) >= 0


def test_packets_arrive_as_they_were_sent() -> None:
    receiver = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    port = 0
    for port in range(47_200, 47_300):
        try:
            receiver.bind(socket.getaddrinfo("127.0.0.1", port)[0][-1])
            break
        except OSError:
            continue
    receiver.settimeout(10)
    sender = platform().open_datagram("127.0.0.1", port)
    assert sender.send(memoryview(bytearray(b"_Art-Net_"))[1:8])
    assert receiver.recv(100) == b"Art-Net"
    assert not sender.send(bytes(100_000))
    sender.close()
    receiver.close()


def test_without_files_rig_and_build_are_empty() -> None:
    assert platform().rig() == {}
    assert platform().build() == {}
    assert read_file("no-such-file") is None


def test_a_heap_that_an_interrupt_left_locked_can_be_used_again() -> None:
    """Ctrl-C may come in the middle of a collection; settings are saved after that."""
    interrupted = platform()
    try:
        from micropython import heap_lock
    except ImportError:
        return  # CPython has no heap to lock

    heap_lock()
    assert interrupted.after_interrupt()
    assert len(bytearray(1000)) == 1000
    assert not interrupted.after_interrupt()  # where it was not locked, nothing happens
    assert len(bytearray(1000)) == 1000


def test_code_that_was_forgotten_is_loaded_anew_on_micropython() -> None:
    from pyralis.light.effects.solid import Solid

    name = "pyralis.light.effects.solid"
    platform().forget_code(name)
    is_new = __import__(name, None, None, ("Solid",)).Solid is not Solid
    assert is_new == (platform().name == "micropython")
