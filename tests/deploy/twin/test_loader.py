"""The loader: what ROM and stub answer to each command, right or wrong, and to noise."""

from __future__ import annotations

import os
import struct
import zlib
from collections.abc import Callable
from functools import reduce
from operator import xor

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from loader_host import (
    CHANGE_BAUD,
    DEFL_BEGIN,
    DEFL_DATA,
    DEFL_END,
    ERASE_FLASH,
    ERASE_REGION,
    FLASH_BEGIN,
    FLASH_DATA,
    FLASH_END,
    MB,
    MD5,
    MEM_BEGIN,
    MEM_END,
    READ_FLASH,
    READ_REG,
    READ_SLOWLY,
    ROM_OK,
    RUN_USER_CODE,
    SECURITY_INFO,
    STUB_OK,
    SYNC,
    WRITE_REG,
    Host,
    block,
    reply,
    request,
    words,
)

from pyralis.deploy.twin import slip
from pyralis.deploy.twin.loader import is_sync_reply
from pyralis.deploy.twin.protocol import SYNC_DATA, Request, checksum

SECTOR = 4096
MakeHost = Callable[..., Host]


@given(st.binary(max_size=300))
def test_checksum_is_the_xor_of_all_bytes(data: bytes) -> None:
    assert checksum(data) == reduce(xor, data, 0xEF)


def test_sync_is_answered_eight_times(rom: Host, stub: Host) -> None:
    assert rom.sync() == [(SYNC, 0x20120707, ROM_OK)] * 8
    assert stub.sync() == [(SYNC, 0, STUB_OK)] * 8
    assert all(is_sync_reply(line) for line in stub.loader.feed(request(SYNC, SYNC_DATA)))
    assert not is_sync_reply(stub.loader.feed(request(READ_REG, words(0)))[0])


def test_commands_may_arrive_in_pieces_and_together(rom: Host) -> None:
    line = request(READ_REG, words(0x40001000))
    assert rom.say(line[:7]) == []
    assert [reply(frame).value for frame in rom.say(line[7:] + line)] == [0x00F01D83] * 2


def test_registers(rom: Host) -> None:
    two = words(0x3FF00000, 5, 0xFFFFFFFF, 0) + words(0x3FF00004, 6, 0xFFFFFFFF, 0)
    assert rom.ask(WRITE_REG, two).body == ROM_OK
    assert rom.ask(READ_REG, words(0x3FF00004)) == (READ_REG, 6, ROM_OK)


def test_security_info_where_there_is_one(make_host: MakeHost) -> None:
    assert make_host("esp32dev").ask(SECURITY_INFO).body == bytes((1, 5, 0, 0))
    assert make_host("esp32dev", stub=True).ask(SECURITY_INFO).body == b"\xff\0"
    assert make_host("esp32s3").ask(SECURITY_INFO).body == bytes(12) + words(9, 0) + ROM_OK
    assert make_host("esp32c3", stub=True).ask(SECURITY_INFO).body == bytes(12) + words(5, 0) + STUB_OK


def test_upload_without_an_entry_starts_nothing(rom: Host) -> None:
    assert rom.ask(MEM_BEGIN, words(3, 1, 0x1800, 0)).body == ROM_OK
    assert rom.ask(MEM_END, words(1, 0)).body == ROM_OK
    assert not rom.loader.is_stub


def test_baud_rate(rom: Host) -> None:
    assert rom.ask(CHANGE_BAUD, words(921600, 0)).body == ROM_OK
    assert rom.loader.baud == 921600
    rom.loader.reset()
    assert rom.loader.baud == 115200
    rom.loader.line_baud(9600)
    rom.sync()
    assert rom.loader.baud == 9600


@pytest.mark.parametrize("is_stub", [False, True])
@pytest.mark.parametrize("is_compressed", [False, True])
def test_write(make_host: MakeHost, is_stub: bool, is_compressed: bool) -> None:
    host = make_host(stub=is_stub)
    good = STUB_OK if is_stub else ROM_OK
    data = os.urandom(9000) + bytes(3000)
    stream = zlib.compress(data, 9) if is_compressed else data
    begin, put = (DEFL_BEGIN, DEFL_DATA) if is_compressed else (FLASH_BEGIN, FLASH_DATA)
    host.flash.program(0, bytes(8 * SECTOR))
    assert host.ask(begin, words(len(data), 99, 1024, SECTOR)).body == good
    for start in range(0, len(stream), 1024):
        assert host.send(put, stream[start : start + 1024]) == good
    assert host.flash.read(0, 4 * SECTOR) == bytes(SECTOR) + data.ljust(3 * SECTOR, b"\xff")
    assert host.flash.read(4 * SECTOR, SECTOR) == bytes(SECTOR)


def test_stub_ends_a_write_that_is_complete(stub: Host) -> None:
    assert stub.ask(FLASH_END, words(1)).body == b"\xc6\0"
    stub.ask(FLASH_BEGIN, words(4, 1, 4, 0))
    assert stub.ask(FLASH_END, words(1)).body == b"\xc0\0"
    stub.send(FLASH_DATA, b"data")
    assert stub.ask(DEFL_END, words(1)).body == STUB_OK
    assert stub.loader.request is None


@pytest.mark.parametrize(
    ("is_stub", "stays", "wanted"), [(True, 0, Request.DOWNLOAD), (False, 0, Request.RUN), (False, 1, Request.RUN)]
)
def test_end_that_resets(make_host: MakeHost, is_stub: bool, stays: int, wanted: Request) -> None:
    host = make_host(stub=is_stub)
    host.ask(FLASH_BEGIN, words(0, 0, 1024, 0))
    assert host.ask(FLASH_END, words(stays)).body[:1] == b"\0"
    assert host.loader.request is wanted
    assert host.sync() == []  # nobody is there any more
    host.loader.reset()
    assert host.loader.request is None
    assert len(host.sync()) == 8


def test_user_code_replies_nothing(stub: Host) -> None:
    assert stub.say(request(RUN_USER_CODE)) == []
    assert stub.loader.request is Request.RUN


def test_watchdog_reset(make_host: MakeHost) -> None:
    host = make_host("esp32s3", stub=True)
    family = host.loader.model.family
    for register, value in ((family.watchdog_config, 1 << 31), (family.watchdog_protect, 0)):
        assert host.loader.request is None
        assert host.ask(WRITE_REG, words(register, value, 0xFFFFFFFF, 0)).body == STUB_OK
    assert host.loader.request is Request.WATCHDOG


def test_md5(rom: Host, stub: Host) -> None:
    rom.flash.program(100, b"hello")
    digest = bytes.fromhex("5d41402abc4b2a76b9719d911017c592")
    assert rom.ask(MD5, words(100, 5, 0, 0)).body == digest.hex().encode() + ROM_OK
    assert stub.ask(MD5, words(100, 5, 0, 0)).body == digest + STUB_OK


def test_rom_reads_slowly(rom: Host, stub: Host) -> None:
    rom.flash.program(100, b"hello")
    assert rom.ask(READ_SLOWLY, words(100, 5)).body == b"hello" + bytes(59) + ROM_OK
    assert rom.ask(READ_SLOWLY, words(100, 65)).body == bytes((1, 5, 0, 0))
    assert stub.ask(READ_SLOWLY, words(100, 5)).body == b"\xff\0"


def test_read_waits_for_each_acknowledgement(stub: Host) -> None:
    data = os.urandom(2 * SECTOR + 10)
    stub.flash.program(0, data)
    status, first = stub.say(request(READ_FLASH, words(0, len(data), SECTOR, 64)))
    assert reply(status).body == STUB_OK
    got = first
    while len(got) < len(data):
        got += stub.say(slip.encode(words(len(got))))[0]
    assert got == data
    assert stub.say(slip.encode(words(len(got)))) == [stub.flash.md5(0, len(data))]
    assert len(stub.sync()) == 8


def test_read_that_the_host_gives_up(stub: Host) -> None:
    stub.say(request(READ_FLASH, words(0, 3 * SECTOR, SECTOR, 64)))
    assert len(stub.sync()) == 8


def test_erase(stub: Host) -> None:
    stub.flash.program(0, bytes(4 * SECTOR))
    assert stub.ask(ERASE_REGION, words(SECTOR, 2 * SECTOR)).body == STUB_OK
    assert stub.flash.read(0, 4 * SECTOR) == bytes(SECTOR) + b"\xff" * 2 * SECTOR + bytes(SECTOR)
    assert stub.ask(ERASE_FLASH).body == STUB_OK
    assert stub.flash.read(0, MB) == b"\xff" * MB


@pytest.mark.parametrize(
    ("op", "values", "code"),
    [
        (ERASE_REGION, (1, SECTOR), 0xC0),
        (ERASE_REGION, (0, 100), 0xC0),
        (ERASE_REGION, (MB, SECTOR), 0xC4),
        (ERASE_REGION, (0, 0xFFFFF000), 0xC4),
        (MD5, (MB - 1, 2, 0, 0), 0xC4),
        (MD5, (0xFFFFFFFF, 0xFFFFFFFF, 0, 0), 0xC4),
        (READ_FLASH, (MB - 1, 2, SECTOR, 64), 0xC4),
        (READ_FLASH, (0, 100, 0, 64), 0xC0),
        (READ_FLASH, (0, 100, SECTOR + 1, 64), 0xC0),
        (FLASH_BEGIN, (SECTOR, 1, SECTOR, MB), 0xC4),
        (DEFL_BEGIN, (MB + 1, 1, SECTOR, 0), 0xC4),
        (FLASH_BEGIN, (SECTOR, 1, SECTOR, 0, 1), 0xC0),
        (FLASH_BEGIN, (SECTOR, 1, SECTOR), 0xC0),
        (WRITE_REG, (), 0xC0),
        (0x55, (), 0xFF),
    ],
)
def test_what_cannot_be_done_is_refused(stub: Host, op: int, values: tuple[int, ...], code: int) -> None:
    stub.flash.program(0, b"\0")
    assert stub.ask(op, words(*values)).body == bytes((code, 0))
    assert stub.flash.read(0, 1) == b"\0"
    assert len(stub.sync()) == 8


def test_rom_refuses_with_its_own_codes(rom: Host) -> None:
    assert rom.ask(MD5, words(MB, 1, 0, 0)).body == bytes((1, 8, 0, 0))
    assert rom.ask(FLASH_BEGIN, words(1, 1, 1024, MB)).body == bytes((1, 8, 0, 0))
    for op in (ERASE_FLASH, ERASE_REGION, READ_FLASH, RUN_USER_CODE):
        assert rom.ask(op).body == bytes((1, 5, 0, 0))
    assert rom.send(FLASH_DATA, b"data") == bytes((1, 6, 0, 0))


def test_block_with_a_wrong_checksum_is_not_written(rom: Host) -> None:
    rom.ask(FLASH_BEGIN, words(4, 1, 1024, 0))
    frame = request(FLASH_DATA, words(4, 0, 0, 0) + b"data", checksum(b"data") ^ 1)
    assert reply(rom.say(frame)[0]).body == bytes((1, 7, 0, 0))
    assert rom.flash.read(0, 4) == b"\xff" * 4


def test_block_of_another_size_than_it_says(rom: Host) -> None:
    rom.ask(FLASH_BEGIN, words(4, 1, 1024, 0))
    frame = request(FLASH_DATA, words(5, 0, 0, 0) + b"data", checksum(b"data"))
    assert reply(rom.say(frame)[0]).body == bytes((1, 5, 0, 0))


def test_stub_tells_of_a_failed_write_with_its_next_reply(stub: Host, rom: Host) -> None:
    for host, replies in ((stub, [STUB_OK, b"\xc7\0", STUB_OK]), (rom, [bytes((1, 11, 0, 0)), ROM_OK, ROM_OK])):
        host.ask(DEFL_BEGIN, words(1000, 1, 1024, 0))
        bodies = [host.send(DEFL_DATA, b"no stream")]
        bodies += [host.ask(READ_REG, words(0)).body for _ in range(2)]
        assert bodies == replies


def test_plain_blocks_in_a_compressed_write(stub: Host) -> None:
    stub.ask(DEFL_BEGIN, words(1000, 1, 1024, 0))
    assert stub.send(FLASH_DATA, b"data") == b"\xc6\0"


def test_frames_that_are_no_commands_are_passed_over(rom: Host) -> None:
    noise = slip.encode(b"short") + slip.encode(b"\x01" + bytes(20)) + b"\xc0\xc0\xc0"
    assert rom.say(noise) == []
    wrong_size = slip.encode(struct.pack("<BBHI", 0, READ_REG, 7, 0) + words(0))
    assert reply(rom.say(wrong_size)[0]).body == bytes((1, 5, 0, 0))


def test_lost_replies(make_host: MakeHost) -> None:
    host = make_host("esp32dev", "lost-reply:0.5")
    heard = sum(len(host.say(request(READ_REG, words(0)))) for _ in range(100))
    assert 20 < heard < 80


def test_bad_md5(make_host: MakeHost) -> None:
    host = make_host("esp32dev", "bad-md5", stub=True)
    assert host.ask(MD5, words(0, 100, 0, 0)).body[:16] != host.flash.md5(0, 100)


def test_power_cut_in_the_middle_of_a_write(make_host: MakeHost) -> None:
    host = make_host("esp32dev", f"power-cut-at:{SECTOR + 1000}", stub=True)
    host.ask(FLASH_BEGIN, words(2 * SECTOR, 2, SECTOR, 0))
    assert host.send(FLASH_DATA, bytes(SECTOR)) == STUB_OK  # it was to be written after that
    assert host.loader.request is Request.POWER_CUT
    assert host.say(block(FLASH_DATA, bytes(SECTOR))) == []
    assert host.flash.read(0, 1001) == bytes(1000) + b"\xff"


COMMANDS = st.builds(
    lambda op, values, tail: request(op, words(*values) + tail),
    st.sampled_from([*range(0x20), *range(0xD0, 0xD8)]) | st.integers(0, 255),
    st.lists(st.integers(0, 0xFFFFFFFF) | st.sampled_from([0, 1, SECTOR, MB, MB - SECTOR, 64, 1024]), max_size=6),
    st.binary(max_size=3),
)
BLOCKS = st.builds(block, st.sampled_from([FLASH_DATA, DEFL_DATA, 7]), st.binary(max_size=200))
LINE = st.lists(COMMANDS | BLOCKS | st.binary(max_size=60) | st.just(slip.encode(words(4096))), max_size=20)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(LINE, st.booleans(), st.sampled_from(["esp32dev", "esp32s3", "esp32c3"]))
def test_noise_is_answered_within_the_protocol_or_not_at_all(
    make_host: MakeHost, line: list[bytes], is_stub: bool, platform: str
) -> None:
    host = make_host(platform, stub=is_stub)
    for data in line:
        was_reading = host.loader._commands.is_reading
        for encoded in host.loader.feed(data):
            (frame,) = slip.Decoder().feed(encoded)
            is_reply = len(frame) >= 10 and frame[0] == 1 and struct.unpack_from("<H", frame, 2)[0] == len(frame) - 8
            is_read = (was_reading or host.loader.is_stub) and len(frame) <= SECTOR
            assert is_reply or is_read or frame == b"OHAI"
        if host.loader.request is not None:
            host.loader.reset()
    host.loader.reset()
    host.say(slip.END)
    assert len(host.sync()) == 8
