"""Runs first on a board: mounts the settings, which a flash of code leaves alone.

It ends without an error whatever it finds, because after a failed boot.py nothing else would run. It writes nothing
outside of the partition `data`, so that code in flash stays what was flashed.
"""

import esp32
import vfs

MAKING = b"a file system is being made here"  # in the last block, until it is: a power cut leaves half of one
BLOCKS, ERASE = 4, 6  # operations of ioctl


def mount_data():
    """Mount the partition `data`, which gets a file system where it has none; a broken one stays as it is."""
    found = esp32.Partition.find(esp32.Partition.TYPE_DATA, label="data")
    if not found:
        print("there is no partition 'data': settings are kept with the code, and a flash replaces them")
        return
    partition = found[0]
    try:
        vfs.mount(vfs.VfsLfs2(partition), "/data")
        return
    except OSError:
        pass  # an empty one, a broken one, or something else
    last = partition.ioctl(BLOCKS, 0) - 1

    def read(block, offset, size):
        data = bytearray(size)
        partition.readblocks(block, data, offset)
        return data

    if read(last, 0, len(MAKING)) != MAKING:
        # A file system says in each of its first blocks what it is, behind its revision and a tag.
        if b"littlefs" in (read(0, 8, 8), read(1, 8, 8)):
            print("the file system in partition 'data' is broken, and left so: settings are kept with the code")
            return
        partition.ioctl(ERASE, last)
        partition.writeblocks(last, MAKING, 0)
    print("partition 'data' has no file system: making one for settings")
    vfs.VfsLfs2.mkfs(partition)
    partition.ioctl(ERASE, last)
    vfs.mount(vfs.VfsLfs2(partition), "/data")


try:
    mount_data()
except OSError as error:
    print("the partition 'data' cannot be used (" + str(error) + "): settings are kept with the code")
del mount_data
