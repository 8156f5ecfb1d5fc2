"""What Espressif's chips and MicroPython's firmware lay down: boards, partition tables, images."""
