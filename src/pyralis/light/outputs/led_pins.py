"""LedPins: strips of WS2812, WS2811 and SK6812 at pins of the board itself.

Source of the timings: the data sheets of these chips, and of WS2812 what MicroPython's own driver uses.
"""

from pyralis.core.controls import is_number
from pyralis.core.errors import Refusal
from pyralis.kernel import kernels_of
from pyralis.light.blending import ORDERS, pack
from pyralis.light.output import Output
from pyralis.light.outputs.shares import WRONG, divide, left_over, read

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyralis.core.services import LedPort, Services
    from pyralis.light.driver_layer import DriverLayer

MOST = 8
CHIPS = ("WS2812", "WS2811", "SK6812")
# Nanoseconds that a 0 is high and low, and a 1.
TIMINGS = ((400, 850, 800, 450), (500, 2000, 1200, 1300), (300, 900, 600, 600))
_REFRESH_MS = 1000  # of a picture that does not change: a strip that was plugged in lights up
_SHOWN = 24  # characters of what is wrong


class LedPins(Output):
    """Sends the lights to LED strips at pins of an ESP32."""

    def __init__(self, services: "Services") -> None:
        super().__init__(services)
        self._port: LedPort | None = None
        self._data: bytearray | None = None
        self._parts: list[memoryview] = []  # the data of each pin
        self._sent = -1  # version of the picture and of the controls …
        self._idle_ms = 0  # … and how long ago
        self._frame_us = 0

    def define_controls(self) -> None:
        """Where the strips are, and of what kind."""
        super().define_controls()
        self.pins = self.add_text("pins", "", 64)
        self.chip = self.add_select("chip", CHIPS, CHIPS[0])
        self.color_order = self.add_select("color_order", ORDERS, "GRB")
        self.white = self.add_int("white", 0, 0, 4, "place")

    def on_control(self, name: str) -> None:
        """Other pins or lights need other data."""
        if name in ("pins", "chip", "white"):
            self.run_setup()

    def setup(self) -> None:
        """Take the pins."""
        self._close()
        driver = self.parent
        if driver is None or not driver.map.count or not self.pins.strip():
            return
        open_pins = getattr(self.services.platform, "open_pins", None)
        if open_pins is None:
            self.disable_self("this platform has no pins for LEDs: an ESP32 has")
            return
        count = driver.map.count
        wired, problem = wiring(self.pins)
        numbers = [lights for _, lights in wired]
        shares = divide(numbers, count)
        if not problem and shares is None:
            problem = "pins " + left_over(numbers, count, "lights")
        if problem or shares is None:
            self.disable_self(problem)
            return
        if self.white:
            from pyralis.light.outputs import white

            self._pack_white = white.pack_white
            self.kernels += tuple([kernel for kernel in kernels_of(white) if not kernel.ready])
        light_bytes = 4 if self.white else 3
        timing = TIMINGS[CHIPS.index(self.chip)]
        self._data = data = self.allocate(light_bytes * count)
        try:
            self._port = open_pins([int(pin) for pin, _ in wired], timing)
        except Refusal as error:
            self._close()
            self.disable_self(str(error))
            return
        first = 0
        for lights in shares:
            self._parts.append(memoryview(data)[light_bytes * first : light_bytes * (first + lights)])
            first += lights
        self._frame_us = light_bytes * count * 8 * max(timing[0] + timing[1], timing[2] + timing[3]) // 1000
        self._sent = -1
        if self._port.warning:
            self.services.log.warning(self.id, self._port.warning)

    def loop(self) -> None:
        """Time goes on, whether a frame is due or not."""
        self._idle_ms += self.services.elapsed_ms
        super().loop()

    def send(self, driver: "DriverLayer", buffer: bytearray) -> None:
        """Send a picture that is new, and any now and then."""
        data, version = self._data, driver.version + self.revision
        if self._port is None or data is None or (version == self._sent and self._idle_ms < _REFRESH_MS):
            return
        self._sent = version
        self._idle_ms = 0
        order = self.color_order
        red, green, blue = order.index("R"), order.index("G"), order.index("B")
        levels, count = driver.wire_levels, driver.map.count
        if not self.white:
            pack(data, 0, 0, count, buffer, count, levels, red, green, blue)
        else:
            white = self.white - 1
            red, green, blue = red + (red >= white), green + (green >= white), blue + (blue >= white)
            self._pack_white(data, 0, 0, count, buffer, count, levels, red, green, blue, white)
        self._write(self._port)

    def _write(self, port: "LedPort") -> None:
        for i in range(len(self._parts)):
            if self._parts[i]:
                port.write(i, self._parts[i])

    def health_report(self) -> str:
        """Says also how long the lights take."""
        report = super().health_report()
        if report != "OK" or self._port is None:
            return report if self.pins.strip() else "No pins yet: set them, such as 16:60, 17:60"
        time = f"{self._frame_us // 1000}.{self._frame_us // 100 % 10} ms a frame"
        return f"OK: {time}. {self._port.warning}" if self._port.warning else f"OK: {time}"

    def need_bytes(self, points: int, lights: int) -> int:
        """The data of all pins."""
        return (4 if self.white else 3) * lights

    def heap_bytes(self) -> int:
        """The data of all pins."""
        return len(self._data or b"")

    def teardown(self) -> None:
        """Leave the strips dark: they would show the last picture for ever."""
        if self._port is not None and self._data is not None:
            for i in range(len(self._data)):
                self._data[i] = 0
            self._write(self._port)
        self._close()

    def _close(self) -> None:
        self._data = None
        self._parts = []
        if self._port is not None:
            self._port.close()
            self._port = None


def wiring(pins: str) -> "tuple[list[tuple[str, int]], str]":
    """Pins, each with its lights or REST, or what is wrong with them."""
    wired = read(pins, ":")
    known: list[int] = []
    for pin, lights in wired:
        if not is_number(pin):
            return wired, f"pins takes numbers such as 16:60, 17:60, not '{pin[:_SHOWN]}'"
        if lights == WRONG:
            return wired, f"pins takes a number of lights behind the colon of {pin}, such as {pin}:60"
        if int(pin) in known:
            return wired, f"pins has {pin} twice: once is enough"
        known.append(int(pin))
    if len(wired) > MOST:
        return wired, f"pins has {len(wired)}: {MOST} are the most of one output"
    return wired, ""
