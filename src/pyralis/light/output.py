"""Output: the base of everything that reads the physical buffer."""

from pyralis.core.module import SEND
from pyralis.core.stateful import StatefulModule

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyralis.core.services import Services
    from pyralis.light.driver_layer import DriverLayer


class Output(StatefulModule):
    """Sends the lights of its driver, at most `fps` times a second."""

    category = "output"
    phase = SEND

    parent: "DriverLayer | None"

    def __init__(self, services: "Services") -> None:
        super().__init__(services)
        self._due_milli = 0

    def define_controls(self) -> None:
        """How often to send."""
        self.fps = self.add_int("fps", 40, 1, 120, "frames a second")

    def loop(self) -> None:
        """Send where a frame is due."""
        self._due_milli += self.fps * self.services.elapsed_ms
        if self._due_milli < 1000:
            return
        # One frame however late it is: catching up would send the same lights twice.
        self._due_milli = min(self._due_milli - 1000, 1000)
        driver = self.parent
        if driver is not None and driver.buffer is not None and driver.map.count:
            self.send(driver, driver.buffer)

    def send(self, driver: "DriverLayer", buffer: bytearray) -> None:
        """Send the driver's buffer once."""
