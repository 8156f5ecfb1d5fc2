"""Virtual boards: flashed by unmodified esptool over a serial line, booting what is in their flash on MicroPython."""
