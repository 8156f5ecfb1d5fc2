"""Assets: the page's files as a device serves them: without comments, gzipped, the same bytes on every machine.

Host only. The platform of a PC packs a file when it is first asked for, the build packs all of them into an image.
"""

import hashlib
import re
import struct
import zlib
from pathlib import Path

VERSION_DIGITS = 12
_PLACEHOLDER = b"/ui/@/"  # stands in the page for the path below which a browser may keep the other files for ever
_GZIP_HEADER = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\xff"  # deflate, no name, no time, best compression, no system

# Comments; what is to stay of one is its group. One at the end of a line has only closed quotes before it, so that it
# does not begin in a text.
_BEFORE = r"""(^(?:[^"'`\n]|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\\n])*`)*?)"""
_COMMENTS = {
    ".js": (re.compile(r"()^ */\*.*?\*/", re.MULTILINE | re.DOTALL), re.compile(_BEFORE + r"// .*$", re.MULTILINE)),
    ".css": (re.compile(r"()/\*.*?\*/", re.DOTALL),),
    ".html": (re.compile(r"()<!--.*?-->", re.DOTALL),),
}
_MARGINS = re.compile(r"^\s+|[ \t]+$", re.MULTILINE)


class Page:
    """The files of a folder, each packed when it is asked for."""

    def __init__(self, folder: Path) -> None:
        paths = sorted(path for path in folder.iterdir() if path.is_file()) if folder.is_dir() else []
        self._sources = {path.name: path.read_bytes() for path in paths}
        digest = hashlib.sha256()
        for name, source in self._sources.items():
            digest.update(name.encode() + b"\0" + source)
        self.version = digest.hexdigest()[:VERSION_DIGITS]

    def names(self) -> list[str]:
        """All files, in order."""
        return list(self._sources)

    def pack(self, name: str) -> bytes:
        """The gzipped file; the page names its other files below the hash of all."""
        data = shrink(Path(name).suffix, self._sources[name])
        return compress(data.replace(_PLACEHOLDER, f"/ui/{self.version}/".encode()))


def shrink(suffix: str, source: bytes) -> bytes:
    """Script, style or page without comments, indentation and empty lines; any other file as it is.

    No parser: a text over several lines would lose its indentation, so the page has none.
    """
    if suffix not in _COMMENTS:
        return source
    text = source.decode()
    for comment in _COMMENTS[suffix]:
        text = comment.sub(r"\1", text)
    return _MARGINS.sub("", text).encode()


def compress(data: bytes) -> bytes:
    """Gzip without time, name and system in its header."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    body = packer.compress(data) + packer.flush()
    return _GZIP_HEADER + body + struct.pack("<II", zlib.crc32(data), len(data) & 0xFFFFFFFF)
