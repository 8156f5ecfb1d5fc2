"""Images: header, segments, checksum, hash: what a bootloader starts, and the form that bootloaders have themselves."""

import hashlib
import struct
from collections.abc import Sequence
from dataclasses import dataclass

from pyralis.deploy.esp.boards import Chip

# What a check can fail on.
MAGIC, CHIP_ID, SEGMENT_COUNT, SEGMENT_LENGTH, CHECKSUM, SHA256 = (
    "magic",
    "chip id",
    "segment count",
    "segment length",
    "checksum",
    "sha256",
)
_HEADER = struct.Struct("<BBBBI")
_EXTENDED = struct.Struct("<B3sHBHH4sB")
_SEGMENT = struct.Struct("<II")
_HEADER_BYTES = _HEADER.size + _EXTENDED.size
_IMAGE_MAGIC = 0xE9
_CHECKSUM_SEED = 0xEF
_MAX_SEGMENTS = 16
_SHA_BYTES = 32
_NO_PIN = 0xEE
_MODE_DIO = 2
_SIZE_IDS = {(1 << identifier) * 1024 * 1024: identifier for identifier in range(8)}  # from 1 MB on
_NEWEST_REVISION = 0xFFFF
_DESCRIPTION = struct.Struct("<II8s32s32s16s16s32s32sHHB3s72s")
_DESCRIPTION_MAGIC = 0xABCD5432


@dataclass(frozen=True)
class Description:
    """What an app says of itself at the start of its first segment."""

    project_name: str
    version: str
    idf_version: str

    def encode(self) -> bytes:
        """As it stands in the image, without date, time and hash of the file that it was linked to."""
        texts = [text.encode() for text in (self.version, self.project_name, "", "", self.idf_version)]
        return _DESCRIPTION.pack(_DESCRIPTION_MAGIC, 0, b"", *texts, b"", 0, _NEWEST_REVISION, 0, b"", b"")


@dataclass(frozen=True)
class ImageInfo:
    """An image that passed all checks; without a description the last three are empty."""

    size_bytes: int
    chip_id: int
    flash_bytes: int  # of the flash that it was made for
    project_name: str = ""
    version: str = ""
    idf_version: str = ""


class ImageError(ValueError):
    """An image that a bootloader refuses: `kind` is what was checked, the text is what was found."""

    def __init__(self, kind: str, text: str) -> None:
        super().__init__(text)
        self.kind = kind


def encode_image(chip: Chip, segments: Sequence[tuple[int, bytes]], *, entry: int, flash_bytes: int) -> bytes:
    """An image of segments `(address, data)` that starts at `entry`; each data is a multiple of four bytes long."""
    size_and_frequency = _SIZE_IDS[flash_bytes] << 4
    header = _HEADER.pack(_IMAGE_MAGIC, len(segments), _MODE_DIO, size_and_frequency, entry)
    extended = _EXTENDED.pack(_NO_PIN, b"", chip.image_id, 0, 0, _NEWEST_REVISION, b"", 1)
    body = b"".join(_SEGMENT.pack(address, len(data)) + data for address, data in segments)
    whole = header + extended + body
    padding = b"\0" * (15 - len(whole) % 16)
    whole += padding + bytes([_CHECKSUM_SEED ^ _xor(b"".join(data for _, data in segments))])
    return whole + hashlib.sha256(whole).digest()


def with_flash_size(image: bytes, flash_bytes: int) -> bytes:
    """The same image for another size of flash: a bootloader takes no partition beyond the one it was made for."""
    info = _header(image)
    changed = image[:3] + bytes([_SIZE_IDS[flash_bytes] << 4 | image[3] & 0x0F]) + image[4:]
    if not info.hash_appended:
        return changed
    return changed[:-_SHA_BYTES] + hashlib.sha256(changed[:-_SHA_BYTES]).digest()


def check_image(data: bytes, chip: Chip) -> ImageInfo:
    """What the image is that `data` starts with; ImageError for the first check that a bootloader would fail it on."""
    header = _header(data)
    if header.chip_id != chip.image_id:
        raise ImageError(CHIP_ID, f"mismatch chip ID, expected {chip.image_id}, found {header.chip_id}")
    if not 0 < header.segments <= _MAX_SEGMENTS:
        raise ImageError(SEGMENT_COUNT, f"image has invalid segment count {header.segments}")
    end, checksum, first = _read_segments(data, header.segments)
    end += 15 - end % 16
    stored = data[end] if end < len(data) else -1
    if stored != checksum:
        raise ImageError(CHECKSUM, f"checksum failed. Calculated 0x{checksum:x} read 0x{max(stored, 0):x}")
    end += 1
    if header.hash_appended:
        if hashlib.sha256(data[:end]).digest() != data[end : end + _SHA_BYTES]:
            raise ImageError(SHA256, "image hash failed - image is corrupt")
        end += _SHA_BYTES
    return ImageInfo(end, header.chip_id, header.flash_bytes, *_describe(first))


@dataclass(frozen=True)
class _Header:
    segments: int
    flash_bytes: int
    chip_id: int
    hash_appended: bool


def _header(data: bytes) -> _Header:
    if len(data) < _HEADER_BYTES or data[0] != _IMAGE_MAGIC:
        magic = data[0] if data else 0xFF
        raise ImageError(MAGIC, f"invalid magic byte 0x{magic:02x} (nothing flashed here?)")
    _, segments, _, size_and_frequency, _ = _HEADER.unpack_from(data)
    *_, chip_id, _, _, _, _, hash_appended = _EXTENDED.unpack_from(data, _HEADER.size)
    flash_bytes = (1 << (size_and_frequency >> 4)) * 1024 * 1024
    return _Header(segments, flash_bytes, chip_id, hash_appended == 1)


def _read_segments(data: bytes, count: int) -> tuple[int, int, bytes]:
    """(offset behind the last segment, checksum over all, the first one's data)."""
    position, checksum, first = _HEADER_BYTES, _CHECKSUM_SEED, b""
    for number in range(count):
        if position + _SEGMENT.size > len(data):
            raise ImageError(SEGMENT_LENGTH, f"segment {number}: the image ends before it")
        _, size_bytes = _SEGMENT.unpack_from(data, position)
        position += _SEGMENT.size
        if size_bytes % 4 or position + size_bytes > len(data):
            raise ImageError(SEGMENT_LENGTH, f"segment {number}: invalid segment length 0x{size_bytes:x}")
        segment = data[position : position + size_bytes]
        checksum ^= _xor(segment)
        first = first or segment
        position += size_bytes
    return position, checksum, first


def _describe(first: bytes) -> tuple[str, str, str]:
    if len(first) < _DESCRIPTION.size or first[:4] != _DESCRIPTION_MAGIC.to_bytes(4, "little"):
        return ("", "", "")
    _, _, _, version, project_name, _, _, idf_version, *_ = _DESCRIPTION.unpack_from(first)
    version, project_name, idf_version = (
        text.split(b"\0")[0].decode("utf-8", "replace") for text in (version, project_name, idf_version)
    )
    return project_name, version, idf_version


def _xor(data: bytes) -> int:
    """All bytes together by exclusive or; folded in halves, because a loop takes a tenth of a second for a megabyte."""
    value, size = int.from_bytes(data, "little"), len(data)
    while size > 1:
        size = (size + 1) // 2
        value = value >> 8 * size ^ value & (1 << 8 * size) - 1
    return value
