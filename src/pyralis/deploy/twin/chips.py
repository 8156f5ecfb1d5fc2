"""Chips as a host sees them through their loader: registers, eFuses, the SPI controller.

Only what esptool looks at has a meaning; every other register keeps what was written to it. Addresses and bits are
those of Espressif's technical reference manuals.
"""

from dataclasses import dataclass, field

from pyralis.deploy.esp.boards import ESP32, ESP32_C3, ESP32_S3, Chip
from pyralis.deploy.twin import rom

CRYSTAL_HZ = 40_000_000
ROM_BAUD = 115200
MAC_BYTES = 6
_MAGIC_ADDRESS = 0x40001000
_MAX_WRITTEN = 1024  # registers that keep what was written; more are written by noise alone

_WINBOND = 0xEF
_SFDP = b"SFDP\x06\x01\x00\xff" + b"\x00\x06\x01\x10\x80\x00\x00\xff" + bytes([_WINBOND, 0, 1, 4, 0x80, 0, 0, 0xFF])
_READ_ID = 0x9F
_READ_SFDP = 0x5A
_SPI_USER_COMMAND = 1 << 18


@dataclass(frozen=True)
class Family:
    """What a chip's registers and messages look like."""

    chip: Chip
    spi_base: int
    spi_user1: int  # offsets of the SPI controller's registers
    spi_user2: int
    spi_read_bits: int
    spi_data: int
    spi_address_shift: int  # where in its register an address of 24 bits stands
    uart_divider: int
    mac_registers: tuple[int, int]  # its lower 32 bits, its upper 16 bits
    fixed: dict[int, int]  # registers that are not zero
    download_mode: str
    security_info: bool = True  # whether the ROM tells it
    watchdog_config: int = 0  # RTC watchdog, where esptool resets the chip with it
    watchdog_protect: int = 0


_ESP32_FAMILY = Family(
    chip=ESP32,
    spi_base=0x3FF42000,
    spi_user1=0x20,
    spi_user2=0x24,
    spi_read_bits=0x2C,
    spi_data=0x80,
    spi_address_shift=8,
    uart_divider=0x3FF40014,
    mac_registers=(0x3FF5A004, 0x3FF5A008),
    fixed={
        _MAGIC_ADDRESS: 0x00F01D83,
        0x3FF5A00C: 1 << 15 | 1 << 13 | 1 << 9,  # ESP32-D0WD-V3, 240 MHz
        0x3FF5A010: 0x10 << 8 | 64,  # ADC reference; 8 MHz clock in the unit of the calibration below
        0x3FF5A014: 1 << 24 | 1 << 20,  # revision 3.1
        0x3FF6607C: 1 << 31,
        0x3FF5F06C: 1600 << 7,  # calibration: 1600 x 15625 x 64 / 40 = 40 MHz
    },
    download_mode="boot:0x3 (DOWNLOAD_BOOT(UART0/UART1/SDIO_REI_REO_V2))",
    security_info=False,
)
_ESP32_S3_FAMILY = Family(
    chip=ESP32_S3,
    spi_base=0x60002000,
    spi_user1=0x1C,
    spi_user2=0x20,
    spi_read_bits=0x28,
    spi_data=0x58,
    spi_address_shift=0,
    uart_divider=0x60000014,
    mac_registers=(0x60007044, 0x60007048),
    fixed={_MAGIC_ADDRESS: 0x9, 0x60007050: 2 << 18},  # revision 0.2
    download_mode="boot:0x0 (DOWNLOAD(USB/UART0))",
    watchdog_config=0x60008098,
    watchdog_protect=0x600080B0,
)
_ESP32_C3_FAMILY = Family(
    chip=ESP32_C3,
    spi_base=0x60002000,
    spi_user1=0x1C,
    spi_user2=0x20,
    spi_read_bits=0x28,
    spi_data=0x58,
    spi_address_shift=0,
    uart_divider=0x60000014,
    mac_registers=(0x60008844, 0x60008848),
    fixed={_MAGIC_ADDRESS: 0x1B31506F, 0x60008850: 4 << 18},  # revision 0.4
    download_mode="boot:0x4 (DOWNLOAD(USB/UART0/1))",
    watchdog_config=0x60008090,
    watchdog_protect=0x600080A8,
)
FAMILIES = {family.chip: family for family in (_ESP32_FAMILY, _ESP32_S3_FAMILY, _ESP32_C3_FAMILY)}


@dataclass
class ChipModel:
    """One chip: its family, its MAC address, the flash that is wired to it, and the state of its registers."""

    chip: Chip
    mac: bytes
    flash_bytes: int
    baud: int = ROM_BAUD  # at which its UART runs
    watchdog_bites: bool = False
    _written: dict[int, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if len(self.mac) != MAC_BYTES:
            raise ValueError(f"a MAC address has {MAC_BYTES} bytes, not {len(self.mac)}")
        self.family = FAMILIES[self.chip]
        lower, upper = self.family.mac_registers
        self._fixed = {
            **self.family.fixed,
            lower: int.from_bytes(self.mac[2:], "big"),
            upper: int.from_bytes(self.mac[:2], "big"),
        }

    def reset(self) -> None:
        """Everything as after a reset."""
        self._written.clear()
        self.baud = ROM_BAUD
        self.watchdog_bites = False

    def read(self, address: int) -> int:
        """The 32 bits of a register."""
        if address == self.family.uart_divider:
            return CRYSTAL_HZ // self.baud
        if address in self._fixed:
            return self._fixed[address]
        return self._written.get(address, 0)

    def write(self, address: int, value: int, mask: int) -> None:
        """Set the masked bits of a register; some of them do something."""
        family = self.family
        value = self.read(address) & ~mask | value & mask
        if address == family.spi_base and value & _SPI_USER_COMMAND:
            self._run_spi_command()
            value &= ~_SPI_USER_COMMAND  # it is done
        elif family.watchdog_protect and address == family.watchdog_protect and not value:
            self.watchdog_bites = bool(self.read(family.watchdog_config) >> 31)
        if address in self._written or len(self._written) < _MAX_WRITTEN:
            self._written[address] = value

    def security_info(self) -> bytes:
        """No flags, no encryption, no keys; chip id and version. Empty where the chip's ROM tells none."""
        if not self.family.security_info:
            return b""
        return bytes(12) + self.chip.image_id.to_bytes(4, "little") + bytes(4)

    def download_banner(self, cause: str) -> bytes:
        """What the ROM prints when it enters download mode: up to the mode the same as before it boots from flash."""
        until_mode = rom.banner(self.chip, cause).rpartition("boot:")[0]
        return f"{until_mode}{self.family.download_mode}\nwaiting for download\n".replace("\n", "\r\n").encode()

    def _run_spi_command(self) -> None:
        """Let the flash chip answer a command of the SPI controller."""
        base = self.family.spi_base
        command = self.read(base + self.family.spi_user2) & 0xFF
        bits = (self.read(base + self.family.spi_read_bits) & 0x3F) + 1
        address = self.read(base + 4) >> self.family.spi_address_shift & 0xFFFFFF
        answer = 0  # status registers: nothing is busy, nothing is protected
        if command == _READ_ID:
            answer = _WINBOND | 0x40 << 8 | (self.flash_bytes.bit_length() - 1) << 16
        elif command == _READ_SFDP:
            answer = int.from_bytes(_SFDP[address : address + 4], "little")
        self._written[base + self.family.spi_data] = answer & (1 << bits) - 1
