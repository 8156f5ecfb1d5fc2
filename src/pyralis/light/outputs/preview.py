"""Preview: the lights as they look, for the page."""

from pyralis.light.blending import pack
from pyralis.light.output import Output
from pyralis.wire import FRAME_HEADER_BYTES, FRAME_PIXELS, FRAME_POSITIONS, FRAME_VERSION

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyralis.core.services import Services
    from pyralis.light.driver_layer import DriverLayer


class Preview(Output):
    """Shows the lights on the page, with brightness and without gamma; sends only while somebody looks."""

    def __init__(self, services: "Services") -> None:
        super().__init__(services)
        self._frame: bytearray | None = None

    def define_controls(self) -> None:
        """How often to send."""
        self.fps = self.add_int("fps", 20, 1, 60, "frames a second")

    def setup(self) -> None:
        """Make the frame for as many lights as there are."""
        driver = self.parent
        self.teardown()  # so that nobody gets lights that are no longer there
        if driver is None or not driver.map.count:
            return
        count = driver.map.count
        self._frame = self.allocate(FRAME_HEADER_BYTES + 3 * count)
        write_header(self._frame, FRAME_PIXELS, 0, count)
        self.services.preview.claim(self, self._positions)

    def send(self, driver: "DriverLayer", buffer: bytearray) -> None:
        """Offer a frame where a client waits for one."""
        frame, slot = self._frame, self.services.preview
        if slot.owner is None:
            slot.claim(self, self._positions)
        if frame is None or slot.owner is not self or not slot.clients:
            return
        count = driver.map.count
        pack(frame, 0, FRAME_HEADER_BYTES, count, buffer, count, driver.screen_levels, 0, 1, 2)
        write_number(frame, 8, slot.sequence)
        slot.publish(frame)

    def _positions(self) -> bytearray:
        driver = self.parent
        if driver is None:
            return bytearray(0)
        size, count = driver.map.size, driver.map.count
        axis_bytes = 1 if max(size) <= 256 else 2
        message = self.allocate(FRAME_HEADER_BYTES + 3 * count * axis_bytes)
        write_header(message, FRAME_POSITIONS, axis_bytes, count)
        write_number(message, 8, size.x | size.y << 16)
        at = FRAME_HEADER_BYTES
        for coordinate in driver.positions():
            message[at] = coordinate & 255
            if axis_bytes == 2:
                message[at + 1] = coordinate >> 8
            at += axis_bytes
        return message

    def need_bytes(self, points: int, lights: int) -> int:
        """The frame."""
        return FRAME_HEADER_BYTES + 3 * lights

    def heap_bytes(self) -> int:
        """The frame."""
        return len(self._frame or b"")

    def teardown(self) -> None:
        """Stop offering frames."""
        self._frame = None
        self.services.preview.withdraw(self)


def write_header(message: bytearray, kind: int, axis_bytes: int, count: int) -> None:
    """The first eight bytes of a binary message, as wire.py describes them."""
    message[0] = kind
    message[1] = FRAME_VERSION
    message[2] = axis_bytes
    write_number(message, 4, count)


def write_number(message: bytearray, at: int, value: int) -> None:
    """Four bytes, little-endian."""
    for i in range(4):
        message[at + i] = (value >> (8 * i)) & 255
