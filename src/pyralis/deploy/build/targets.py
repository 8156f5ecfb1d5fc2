"""Targets: what an image can be built for; one table."""

from dataclasses import dataclass

from pyralis.deploy.errors import UserError

ALL = "all"
_PC_FILES = ("micropython.py", "udp_receiver.py")
_BOARD_FILES = (*_PC_FILES, "esp32.py", "esp32_network.py", "esp32_pins.py")


@dataclass(frozen=True)
class Target:
    """A kind of chip, as mpy-cross and the platform boundary know it."""

    name: str
    march: str
    platforms: tuple[str, ...]  # files of pal/ that its image holds, besides __init__
    description: str


TARGETS = {
    target.name: target
    for target in (
        Target("pc", "x64", _PC_FILES, "MicroPython's unix port on this PC"),
        Target("esp32dev", "xtensawin", _BOARD_FILES, "ESP32"),
        Target("esp32s3", "xtensawin", _BOARD_FILES, "ESP32-S3"),
        Target("esp32c3", "rv32imc", _BOARD_FILES, "ESP32-C3"),
    )
}


def find_targets(name: str) -> list[Target]:
    """The target of that name, or every one for `all`."""
    if name == ALL:
        return list(TARGETS.values())
    if name not in TARGETS:
        raise UserError(
            f"there is no target '{name}'",
            whose="the option --target",
            todo=f"choose one of {', '.join(TARGETS)}, {ALL}",
        )
    return [TARGETS[name]]
