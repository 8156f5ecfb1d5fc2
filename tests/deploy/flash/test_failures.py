"""What esptool says becomes an error that a person can act on; esptool's own words stand below it."""

from __future__ import annotations

from pathlib import Path

import pytest

from pyralis.deploy.flash.failures import explain

LOG = Path("flash.log")
ADVICE = "This can have many causes, for troubleshooting steps visit: https://example.org/troubleshooting.html"
PORT = "rfc2217://127.0.0.1:4000"


@pytest.mark.parametrize(
    ("said", "what", "again"),
    [
        ("This chip is ESP32, not ESP32-C3. Wrong chip argument?", "another chip is at this port", False),
        (
            "Failed to connect to ESP32: Wrong boot mode detected (0x13)! The chip needs to be in download mode.",
            "the board does not enter download mode",
            False,
        ),
        (f"Failed to connect to ESP32: No more data to read. {ADVICE}", "the board does not answer", False),
        (
            "Failed to connect to ESP32: Invalid head of packet (0x08): Possible serial noise or corruption.",
            "the board does not answer",
            False,
        ),
        (
            "File 'x' (length 5) at offset 3 will not fit in 4 bytes of flash.",
            "the flash of the board is smaller than its platform says",
            False,
        ),
        (
            "x.bin requires chip revision in range [v3.0 - v3.99]",
            "the firmware is not for this revision of the chip",
            False,
        ),
        ("Secure Boot detected, writing is disabled", "the board only takes signed firmware", False),
        ("MD5 of file does not match data in flash!", "the flash does not hold what was written", True),
        ("Lost connection, retrying...", "the board vanished from the serial line", True),
        (
            f"Unable to verify flash chip connection (No more data to read from the serial port. {ADVICE}).",
            "the serial line does not carry this speed",
            True,
        ),
        (
            "Serial data stream stopped: Possible serial noise or corruption.",
            "the serial line spoils what it carries",
            True,
        ),
        (f"No more data to read from the serial port. {ADVICE}", "the board stopped answering", True),
        ("Packet content transfer stopped (received 4 bytes)", "the board stopped answering", True),
        ("KeyError: 'x'", "esptool failed: KeyError: 'x'", True),
    ],
)
def test_each_failure_has_its_meaning(said: str, what: str, again: bool) -> None:
    error, may_help = explain(said, PORT, 921600, LOG)
    assert (error.what, may_help, error.log) == (what, again, LOG)
    assert error.whose
    assert error.todo
    assert "example.org" not in str(error)
    if not what.startswith("esptool failed"):
        assert error.details[0].startswith(f"esptool at {PORT}, 921600 baud: ")
        assert error.details[0].removeprefix(f"esptool at {PORT}, 921600 baud: ") in said


def test_port_that_is_not_there_and_port_that_another_program_has(tmp_path: Path) -> None:
    said = "Could not open {}, the port is busy or doesn't exist."
    gone = tmp_path / "ttyUSB7"
    error, again = explain(said.format(gone), str(gone), 921600, LOG)
    assert (error.what, again) == (f"there is no serial port {gone}", False)
    reset = "ConnectionResetError: [Errno 104] Connection reset by peer"
    for words in (said.format(PORT), f"Serial port {PORT}:", reset):
        error, again = explain(words, PORT, 921600, LOG)
        assert (error.what, error.details, again) == (f"the serial port {PORT} cannot be opened", [words], False)
