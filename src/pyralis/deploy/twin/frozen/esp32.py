"""The module esp32 of a virtual board: its partitions, as block devices over the flash file, and its heap."""

import gc
import random

import machine

HEAP_DATA = 4
HEAP_EXEC = 1
_SECTOR_BYTES = 4096
_PAGE_BYTES = 256
_ERASED_SECTOR = b"\xff" * _SECTOR_BYTES
_flash = None
_table = ()


def plug_in(config):
    """Take the flash file and the table that the bootloader has read: [type, subtype, offset, size, label] a line."""
    global _flash, _table
    _flash = open(config["flash"], "r+b")
    _table = [tuple(entry) for entry in config["partitions"]]


class Partition:
    """A partition: erased in sectors of 4096 bytes, programmed by clearing bits, like the flash that it stands for."""

    TYPE_APP = 0
    TYPE_DATA = 1
    BOOT = 0
    RUNNING = 1

    def __init__(self, entry):
        self._entry = entry
        self._offset, self._size = entry[2], entry[3]

    @staticmethod
    def find(type=TYPE_APP, subtype=0xFF, label=None, block_size=_SECTOR_BYTES):
        """The partitions that match."""
        return [
            Partition(entry)
            for entry in _table
            if entry[0] == type and subtype in (0xFF, entry[1]) and label in (None, entry[4])
        ]

    def info(self):
        """(type, subtype, offset, size, label, encrypted)."""
        return self._entry + (False,)

    def readblocks(self, block, buffer, offset=0):
        """Fill the buffer."""
        _flash.seek(self._place(block, offset, len(buffer)))
        _flash.readinto(buffer)

    def writeblocks(self, block, buffer, offset=None):
        """Program the buffer; without an offset the blocks are erased first."""
        if offset is None:
            for number in range(len(buffer) // _SECTOR_BYTES):
                self._erase(block + number)
        _program(self._place(block, offset or 0, len(buffer)), buffer)

    def ioctl(self, operation, argument):
        """Blocks there are, their size, and erasing one."""
        if operation == 4:
            return self._size // _SECTOR_BYTES
        if operation == 5:
            return _SECTOR_BYTES
        if operation == 6:
            self._erase(argument)
        return 0

    def is_blank(self):
        """True where the first sectors are erased, as on a board that was never used."""
        return all(_read(self._place(block, 0, _SECTOR_BYTES), _SECTOR_BYTES) == _ERASED_SECTOR for block in (0, 1))

    def _erase(self, block):
        place = self._place(block, 0, _SECTOR_BYTES)
        lasts_bytes = machine.power_lasts(_SECTOR_BYTES)
        if lasts_bytes == _SECTOR_BYTES:
            _write(place, _ERASED_SECTOR)
            return
        torn = _read(place, _SECTOR_BYTES)
        random.seed(lasts_bytes)
        for i in range(_SECTOR_BYTES):
            torn[i] |= random.getrandbits(8)  # all cells of a sector are on their way to 1, and some have arrived
        _write(place, torn)
        machine.lose_power()

    def _place(self, block, offset, size):
        place = block * _SECTOR_BYTES + offset
        if block < 0 or place + size > self._size:
            raise OSError(22)
        return self._offset + place


def _program(place, data):
    cells = _read(place, len(data))
    lasts_bytes = machine.power_lasts(len(data))
    for i in range(lasts_bytes):
        cells[i] &= data[i]
    if lasts_bytes == len(data):
        _write(place, cells)
        return
    random.seed(lasts_bytes)
    page_end = lasts_bytes + _PAGE_BYTES - (place + lasts_bytes) % _PAGE_BYTES
    for i in range(lasts_bytes, min(page_end, len(data))):
        cells[i] &= data[i] | random.getrandbits(8)  # all cells of a page are on their way, and some have arrived
    _write(place, cells)
    machine.lose_power()


def _read(place, size):
    buffer = bytearray(size)
    _flash.seek(place)
    _flash.readinto(buffer)
    return buffer


def _write(place, data):
    _flash.seek(place)
    _flash.write(data)


def idf_heap_info(capabilities):
    """One region: (total, free, largest free, least free ever); trials are harmless where the heap cannot grow.

    Tried with lists, as `clear` gives back at once: the address of a bytearray can lie about on the stack, where the
    collector takes it for one in use, for seconds.
    """
    gc.collect()
    free = gc.mem_free()
    low, high = 0, free
    while high - low > 256:
        middle = (low + high) // 2
        try:
            ([None] * (middle // 8)).clear()
            low = middle
        except MemoryError:
            high = middle
    gc.collect()
    return [(free + gc.mem_alloc(), free, low, free)]
