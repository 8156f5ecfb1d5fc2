"""Runs on MicroPython: runs `main` of the module that is named first, then tells how many names are interned.

MicroPython keeps every name of code and attributes in tables that double: one name too many costs a board 7 KB.
"""

import sys

import micropython

try:
    __import__(sys.argv[1], None, None, ("main",)).main(sys.argv[2:])
finally:
    micropython.qstr_info()
