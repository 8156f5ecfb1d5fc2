"""What MicroPython's firmware does before it runs boot.py and main.py from flash; their arguments are its own.

Runs on the twin's MicroPython. The variable PYRALIS_TWIN holds a JSON object that `twin/machine.py` makes (no argument
may be longer than 255 bytes). Everything a board's firmware has and this machine's interpreter has not is imported
here, while the machine's own files can still be seen.
"""

import gc
import json
import sys

import __main__
import esp32
import machine
import native
import network
import os  # ours: with uname
import vfs

config = json.loads(os.getenv("PYRALIS_TWIN"))
# Whoever opens a terminal first has it as its own, and is ended when that is gone: when the twin is dead.
open(config["console"]).close()
machine.plug_in(config)
network.plug_in(config)
os.plug_in(config)
esp32.plug_in(config)
native.plug_in(config)

is_raw = config["raw"]
del config
found = esp32.Partition.find(esp32.Partition.TYPE_DATA, label="vfs")
os.umount("/")
sys.path[:] = ["", ".frozen", "/lib"]
if found:
    try:
        vfs.mount(native.translated(vfs.VfsLfs2(found[0])), "/")
    except OSError:
        if not found[0].is_blank():
            print("The file system of partition 'vfs' appears to be corrupted: write the image again")
        else:
            print("Performing initial setup")
            vfs.VfsLfs2.mkfs(found[0])
            vfs.mount(native.translated(vfs.VfsLfs2(found[0])), "/")
del found
gc.collect()


def run(name):
    """Run a file where it is there; False where it failed, and what it raised is printed."""
    try:
        os.stat(name)
    except OSError:
        return True
    try:
        execfile(name, __main__.__dict__)  # noqa: F821  # MicroPython's
    except SystemExit:
        machine.start_over()
    except BaseException as error:
        sys.print_exception(error)
        return False
    return True


# As the firmware of a board: after a failed boot.py, and for a host that holds the raw REPL, main.py does not run.
if run("boot.py") and not is_raw:
    run("main.py")
