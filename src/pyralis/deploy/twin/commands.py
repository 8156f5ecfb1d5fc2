"""The commands of a chip's loaders, ROM and stub: what each does to chip and flash, and what it answers.

Whatever is uploaded to RAM and started is taken for the stub loader: there is no processor here that could run it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from struct import unpack_from

from pyralis.deploy.esp.boards import SECTOR_BYTES
from pyralis.deploy.twin.chips import ROM_BAUD, ChipModel
from pyralis.deploy.twin.faults import Faults
from pyralis.deploy.twin.flash_chip import FlashChip
from pyralis.deploy.twin.flash_session import BadStream, Read, Write, WriteError
from pyralis.deploy.twin.protocol import SYNC, SYNC_DATA, Answer, Output, Refusal, Refused, Request, checksum

_SYNC_VALUE_ROM = 0x20120707  # anything but 0, which says that a stub runs
_SYNC_ANSWERS = 8
_BLOCK_HEADER_BYTES = 16
_SLOW_READ_BYTES = 64
_MAX_READ_BLOCK_BYTES = 4096
_REGISTER_WRITE_BYTES = 16
_GREETING = b"OHAI"


class Commands:
    """ROM or stub loader of one chip: its state, and a method for each command."""

    def __init__(self, model: ChipModel, flash: FlashChip, faults: Faults) -> None:
        self.model = model
        self.flash = flash
        self.faults = faults
        self.is_stub = False
        self.request: Request | None = None
        self.line_baud = ROM_BAUD  # of the host
        self._read: Read | None = None  # each block of it waits for the host's word
        self._write: Write | None = None

    def run(self, op: int, data: bytes, check: int) -> Output:
        """Do a command; Refused where it cannot be done."""
        command = _TABLE.get(op)
        if command is None or not (command.stub if self.is_stub else command.rom):
            raise Refused(Refusal.UNKNOWN)
        if not command.fits(len(data)):
            raise Refused(Refusal.MALFORMED)
        if command.block:
            data = _checked_block(data, check)
        return command.run(self, data)

    def sync(self, _data: bytes) -> Output:
        """SYNC; a ROM takes its baud rate from it."""
        if not self.is_stub:
            self.model.baud = self.line_baud
        for _ in range(_SYNC_ANSWERS):
            yield Answer(0 if self.is_stub else _SYNC_VALUE_ROM)

    def read_register(self, data: bytes) -> Output:
        """READ_REG."""
        yield Answer(self.model.read(*unpack_from("<I", data)))

    def write_register(self, data: bytes) -> Output:
        """WRITE_REG, one or many."""
        for start in range(0, len(data), _REGISTER_WRITE_BYTES):
            self.model.write(*unpack_from("<III", data, start))
        yield Answer()
        if self.model.watchdog_bites:
            self.request = Request.WATCHDOG

    def security_info(self, _data: bytes) -> Output:
        """GET_SECURITY_INFO."""
        info = self.model.security_info()
        if not info:
            raise Refused(Refusal.UNKNOWN)
        yield Answer(body=info)

    def change_baud(self, data: bytes) -> Output:
        """CHANGE_BAUDRATE."""
        yield Answer()
        (baud,) = unpack_from("<I", data)
        self.model.baud = max(1, baud)

    def accept(self, _data: bytes) -> Output:
        """MEM_BEGIN and others with nothing to do: RAM is not kept, and the flash is wired and of the size it is."""
        yield Answer()

    def memory_end(self, data: bytes) -> Output:
        """MEM_END: start what was uploaded."""
        yield Answer()
        stays, _entry = unpack_from("<II", data)
        if not stays:
            self.is_stub = True
            yield _GREETING

    def flash_begin(self, data: bytes) -> Output:
        """FLASH_BEGIN."""
        return self._begin(data, compressed=False)

    def deflate_begin(self, data: bytes) -> Output:
        """FLASH_DEFL_BEGIN."""
        return self._begin(data, compressed=True)

    def _begin(self, data: bytes, *, compressed: bool) -> Output:
        size, _blocks, _block_bytes, offset = unpack_from("<IIII", data)
        if any(data[16:]):
            raise Refused(Refusal.MALFORMED)  # encrypted: there is no key in the eFuses
        try:
            self._write = Write(self.flash, offset, size, compressed=compressed)
        except WriteError:
            raise Refused(Refusal.FLASH) from None
        if not self.is_stub:
            self._write.erase_all()
        yield Answer()

    def flash_data(self, data: bytes) -> Output:
        """FLASH_DATA."""
        return self._data(data, compressed=False)

    def deflate_data(self, data: bytes) -> Output:
        """FLASH_DEFL_DATA."""
        return self._data(data, compressed=True)

    def _data(self, block: bytes, *, compressed: bool) -> Output:
        write = self._write
        if write is None or write.compressed != compressed:
            raise Refused(Refusal.NOT_IN_FLASH_MODE)
        if self.is_stub:
            yield Answer()  # it writes while the next block arrives, and tells with that one's reply if it failed
        try:
            write.write(block)
        except BadStream:
            raise Refused(Refusal.INFLATE) from None
        except WriteError:
            raise Refused(Refusal.AMOUNT) from None
        if not self.is_stub:
            yield Answer()

    def flash_end(self, data: bytes) -> Output:
        """FLASH_END and FLASH_DEFL_END."""
        if self._write is None:
            raise Refused(Refusal.NOT_IN_FLASH_MODE)
        if self.is_stub and self._write.missing_bytes:
            raise Refused(Refusal.MALFORMED)
        self._write = None
        yield Answer()
        (stays,) = unpack_from("<I", data)
        if not self.is_stub:
            self.request = Request.RUN
        elif not stays:
            self.request = Request.DOWNLOAD

    def flash_md5(self, data: bytes) -> Output:
        """SPI_FLASH_MD5."""
        offset, size = unpack_from("<II", data)
        self._check(offset, size)
        digest = self.flash.md5(offset, size)
        if self.faults.bad_md5:
            digest = digest[::-1]
        yield Answer(body=digest if self.is_stub else digest.hex().encode())

    def read_slowly(self, data: bytes) -> Output:
        """READ_FLASH_SLOW, of ROMs."""
        offset, size = unpack_from("<II", data)
        if size > _SLOW_READ_BYTES:
            raise Refused(Refusal.MALFORMED)
        self._check(offset, size)
        yield Answer(body=self.flash.read(offset, size).ljust(_SLOW_READ_BYTES, b"\0"))

    def read_flash(self, data: bytes) -> Output:
        """READ_FLASH, block by block."""
        offset, size, block_bytes, _in_flight = unpack_from("<IIII", data)
        if not 0 < block_bytes <= _MAX_READ_BLOCK_BYTES:
            raise Refused(Refusal.MALFORMED)
        self._check(offset, size)
        yield Answer()
        self._read = Read(self.flash, offset, size, block_bytes)
        yield self.next_block()

    @property
    def is_reading(self) -> bool:
        """Whether the next frame of the host acknowledges a block that it has read."""
        return self._read is not None

    def next_block(self) -> bytes:
        """The next frame of what the host reads."""
        if self._read is None:
            raise RuntimeError("the host reads nothing")
        frame = self._read.next_frame()
        if self._read.is_done:
            self._read = None
        return frame

    def stop_reading(self) -> None:
        """The host has given up."""
        self._read = None

    def erase_flash(self, _data: bytes) -> Output:
        """ERASE_FLASH."""
        self.flash.erase(0, self.flash.size_bytes)
        yield Answer()

    def erase_region(self, data: bytes) -> Output:
        """ERASE_REGION, whole sectors."""
        offset, size = unpack_from("<II", data)
        if offset % SECTOR_BYTES or size % SECTOR_BYTES:
            raise Refused(Refusal.MALFORMED)
        self._check(offset, size)
        self.flash.erase(offset, size)
        yield Answer()

    def run_user_code(self, _data: bytes) -> Output:
        """RUN_USER_CODE."""
        self.request = Request.RUN
        return iter(())  # it is gone before it could reply

    def _check(self, offset: int, size: int) -> None:
        if not self.flash.holds(offset, size):
            raise Refused(Refusal.FLASH)


def _checked_block(data: bytes, check: int) -> bytes:
    """The data of a block without their header."""
    (size,) = unpack_from("<I", data)
    block = data[_BLOCK_HEADER_BYTES:]
    if size != len(block):
        raise Refused(Refusal.MALFORMED)
    if checksum(block) != check & 0xFF:
        raise Refused(Refusal.CHECKSUM)
    return block


@dataclass(frozen=True)
class _Command:
    run: Callable[[Commands, bytes], Output]
    sizes: tuple[int, ...] = ()
    rom: bool = True
    stub: bool = True
    block: bool = False  # its data begin with the header of a block
    records: int = 0  # its data are records of this size

    def fits(self, size: int) -> bool:
        """Whether its data may have this size."""
        if self.block:
            return size >= _BLOCK_HEADER_BYTES
        return size > 0 and size % self.records == 0 if self.records else size in self.sizes


_TABLE = {
    0x02: _Command(Commands.flash_begin, (16, 20)),
    0x03: _Command(Commands.flash_data, block=True),
    0x04: _Command(Commands.flash_end, (4,)),
    0x05: _Command(Commands.accept, (16,)),  # MEM_BEGIN
    0x06: _Command(Commands.memory_end, (8,)),
    0x07: _Command(Commands.accept, block=True),  # MEM_DATA
    SYNC: _Command(Commands.sync, (len(SYNC_DATA),)),
    0x09: _Command(Commands.write_register, records=_REGISTER_WRITE_BYTES),
    0x0A: _Command(Commands.read_register, (4,)),
    0x0B: _Command(Commands.accept, (24,)),  # SPI_SET_PARAMS
    0x0D: _Command(Commands.accept, (4, 8)),  # SPI_ATTACH
    0x0E: _Command(Commands.read_slowly, (8,), stub=False),
    0x0F: _Command(Commands.change_baud, (8,)),
    0x10: _Command(Commands.deflate_begin, (16, 20)),
    0x11: _Command(Commands.deflate_data, block=True),
    0x12: _Command(Commands.flash_end, (4,)),
    0x13: _Command(Commands.flash_md5, (16,)),
    0x14: _Command(Commands.security_info, (0,)),
    0xD0: _Command(Commands.erase_flash, (0,), rom=False),
    0xD1: _Command(Commands.erase_region, (8,), rom=False),
    0xD2: _Command(Commands.read_flash, (16,), rom=False),
    0xD3: _Command(Commands.run_user_code, (0,), rom=False),
}
