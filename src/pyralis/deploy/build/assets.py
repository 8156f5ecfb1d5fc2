"""Assets: the page's files, gzipped so that the same bytes come out on every machine."""

import hashlib
import json
import struct
import zlib
from pathlib import Path

from pyralis.wire import ASSETS_FILE

VERSION_DIGITS = 12
_PLACEHOLDER = b"/ui/@/"  # stands in the page for the path below which a browser may keep the other files for ever
_GZIP_HEADER = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\xff"  # deflate, no name, no time, best compression, no system


def pack_assets(folder: Path) -> dict[str, bytes]:
    """`ui/*.gz` and `assets.json` by path in the image."""
    files = sorted(path for path in folder.iterdir() if path.is_file()) if folder.is_dir() else []
    digest = hashlib.sha256()
    for path in files:
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    version = digest.hexdigest()[:VERSION_DIGITS]
    packed = {ASSETS_FILE: json.dumps({"version": version}).encode()}
    for path in files:
        data = path.read_bytes().replace(_PLACEHOLDER, f"/ui/{version}/".encode())
        packed[f"ui/{path.name}.gz"] = compress(data)
    return packed


def compress(data: bytes) -> bytes:
    """Gzip without time, name and system in its header."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    body = packer.compress(data) + packer.flush()
    return _GZIP_HEADER + body + struct.pack("<II", zlib.crc32(data), len(data) & 0xFFFFFFFF)
