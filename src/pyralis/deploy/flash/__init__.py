"""Flash: writes firmware, code and settings to many boards at once, with esptool, one process a board."""
