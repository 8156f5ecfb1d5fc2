"""What MicroPython's firmware does before it runs boot.py and main.py from flash; their arguments are its own.

Runs on the twin's MicroPython. The variable PYRALIS_TWIN holds a JSON object that `twin/machine.py` makes (no argument
may be longer than 255 bytes). Everything a board's firmware has and this machine's interpreter has not is imported
here, while the machine's own files can still be seen.
"""

import gc
import json
import sys

import esp32
import machine
import native
import network
import os  # ours: with uname
import vfs

config = json.loads(os.getenv("PYRALIS_TWIN"))
machine.plug_in(config)
network.plug_in(config)
os.plug_in(config)
esp32.plug_in(config)
native.plug_in(config["native"])
del config

partition = esp32.Partition.find(esp32.Partition.TYPE_DATA, label="vfs")
os.umount("/")
sys.path[:] = ["", ".frozen", "/lib"]
if partition:
    try:
        vfs.mount(native.translated(vfs.VfsLfs2(partition[0])), "/")
    except OSError:
        if not partition[0].is_blank():
            print("The file system of partition 'vfs' appears to be corrupted: write the image again")
        else:
            print("Performing initial setup")
            vfs.VfsLfs2.mkfs(partition[0])
            vfs.mount(vfs.VfsLfs2(partition[0]), "/")
del partition
gc.collect()


def run(name):
    """Run a file where it is there; what it raises is printed, as a board does."""
    try:
        with open(name) as file:
            code = file.read()
    except OSError:
        return
    try:
        exec(compile(code, name, "exec"), {"__name__": "__main__"})
    except SystemExit:
        machine.soft_reset()
    except BaseException as error:
        sys.print_exception(error)


run("boot.py")
run("main.py")
