"""Native code: what was compiled for the board's chip is exchanged, as it is read, for code for this machine.

Everything else of a file system is what is in the flash. Code for another chip, and a file with no counterpart, stay
as they are and fail as they would on a board.
"""

import hashlib

import vfs

_host = vfs.VfsPosix()
_folder = ""
_architecture = 0


def plug_in(config):
    """Take the folder of counterparts, named by the sha256 of what is on the board, and the board's architecture."""
    global _folder, _architecture
    _folder, _architecture = config["native"], config["architecture"]


def translated(file_system):
    """The file system, with native code for this machine."""
    return _Translated(file_system)


class _Translated:
    def __init__(self, file_system):
        self._file_system = file_system

    def __getattr__(self, name):
        return getattr(self._file_system, name)

    def open(self, path, mode):
        file = self._file_system.open(path, mode)
        if not path.endswith(".mpy") or mode != "rb":
            return file
        head = file.read(3)
        file.seek(0)
        if len(head) < 3 or (head[2] >> 2) & 0xF != _architecture:
            return file
        try:
            found = _host.open("%s/%s.mpy" % (_folder, _sha256(file)), "rb")
        except OSError:
            file.seek(0)
            return file
        file.close()
        return found


def _sha256(file):
    digest = hashlib.sha256()
    while True:
        data = file.read(512)
        if not data:
            return "".join(["%02x" % byte for byte in digest.digest()])
        digest.update(data)
