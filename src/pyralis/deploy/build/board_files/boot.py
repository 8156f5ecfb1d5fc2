"""Runs first on a board: mounts the settings, which a flash of code leaves alone.

It ends without an error whatever it finds, because after a failed boot.py nothing else would run.
"""

import os

import esp32
import vfs

UNFINISHED = "data.unfinished"  # is there while a file system is being made: a power cut leaves half of one


def mount_data():
    """Mount the partition `data`, which gets a file system where it has none; a broken one stays as it is."""
    found = esp32.Partition.find(esp32.Partition.TYPE_DATA, label="data")
    if not found:
        print("there is no partition 'data': settings are kept with the code, and a flash replaces them")
        return
    try:
        vfs.mount(vfs.VfsLfs2(found[0]), "/data")
        return
    except OSError:
        pass  # an empty one, a broken one, or something else
    if UNFINISHED not in os.listdir("/"):
        for block in (0, 1):  # a file system says in each of them what it is, behind its revision and a tag
            word = bytearray(8)
            found[0].readblocks(block, word, 8)
            if word == b"littlefs":
                print("the file system in partition 'data' is broken, and left so: settings are kept with the code")
                return
        open("/" + UNFINISHED, "w").close()
    print("partition 'data' has no file system: making one for settings")
    vfs.VfsLfs2.mkfs(found[0])
    os.remove("/" + UNFINISHED)
    vfs.mount(vfs.VfsLfs2(found[0]), "/data")


try:
    mount_data()
except OSError as error:
    print("the partition 'data' cannot be used (" + str(error) + "): settings are kept with the code")
del mount_data
