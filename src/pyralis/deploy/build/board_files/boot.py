"""Runs first on a board: mounts the settings, which a flash of code leaves alone."""

import os

import esp32
import vfs


def mount_data():
    """Mount the partition `data`; where there is no file system in it, make one."""
    found = esp32.Partition.find(esp32.Partition.TYPE_DATA, label="data")
    if not found:
        print("there is no partition 'data': settings are kept with the code, and a flash replaces them")
        os.mkdir("/data")
        return
    try:
        vfs.mount(vfs.VfsLfs2(found[0]), "/data")
    except OSError:
        print("making a file system for settings")
        vfs.VfsLfs2.mkfs(found[0])
        vfs.mount(vfs.VfsLfs2(found[0]), "/data")


mount_data()
