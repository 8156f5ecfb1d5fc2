"""PowerBudget: keeps the current of all lights within what their power supply gives."""

# A kernel that returns nothing has no '->':
# mypy: disable-error-code="no-untyped-def"

from pyralis.core.module import COMPOSE
from pyralis.kernel import micropython, ptr8
from pyralis.light.output import Output

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyralis.core.services import Services
    from pyralis.light.driver_layer import DriverLayer

_IDLE_MA = 1  # of a light that is dark
_WHITE = 3 * 255  # levels of a light that is white
_WHOLE = 256
_FEW = 1 << 22  # levels that times 256 are still a small number, which MicroPython keeps without memory


@micropython.viper
def total(src: ptr8, count: int, lut: ptr8) -> int:
    """The levels of all lights together."""
    levels = 0
    at = 0
    for _i in range(count):
        levels = (levels + lut[src[at]] + lut[src[at + 1]] + lut[src[at + 2]]) & 0x3FFFFFFF
        at += 3
    return levels


@micropython.viper
def total_white(src: ptr8, count: int, lut: ptr8) -> int:
    """As `total`, for lights with a white chip, which shines in place of the three others."""
    levels = 0
    at = 0
    for _i in range(count):
        r = lut[src[at]]
        g = lut[src[at + 1]]
        b = lut[src[at + 2]]
        w = r if r < g else g
        w = w if w < b else b
        levels = (levels + r + g + b - 2 * w) & 0x3FFFFFFF
        at += 3
    return levels


@micropython.viper
def dim(dst: ptr8, src: ptr8, scale: int):
    """256 levels times `scale` / 256, rounded down."""
    for i in range(256):
        dst[i] = (src[i] * scale >> 8) & 255


class PowerBudget(Output):
    """Dims all lights of its driver where their estimated current would exceed a budget."""

    phase = COMPOSE  # behind its driver, whose picture it weighs, and before all that sends

    def __init__(self, services: "Services") -> None:
        super().__init__(services)
        self._limited = bytearray(256)  # levels for the wire that are within the budget …
        self._own = self._limited  # … and what they are made of
        self._seen = -1  # version of the picture that was weighed …
        self._with_white = False  # … for such lights …
        self._levels = 0  # … with so many levels in it …
        self._scale = _WHOLE  # … of which so much may be sent
        self._shown = _WHOLE

    def define_controls(self) -> None:
        """The budget, and what a light takes."""
        self.budget_ma = self.add_int("budget_ma", 0, 0, 1_000_000, "mA")
        self.light_ma = self.add_int("light_ma", 55, 1, 255, "mA")

    def on_control(self, name: str) -> None:
        """Weigh the present picture again."""
        self._seen = -1

    def setup(self) -> None:
        """Dark until the first picture has been weighed, which may wait for its kernels."""
        driver = self.parent
        if driver is None:
            return
        for other in driver.children:
            if other is not self and isinstance(other, PowerBudget) and other.setup_ok:
                self.disable_self(f"'{other.name}' is the budget of these lights already: set that one")
                return
        if self.budget_ma:
            dim(self._limited, self._limited, 0)
            self._take_over(driver)

    def _take_over(self, driver: "DriverLayer") -> None:
        if driver.wire_levels is not self._limited:
            self._own, driver.wire_levels = driver.wire_levels, self._limited

    def loop(self) -> None:
        """Weigh a picture that is new, and find out how bright it may be."""
        driver = self.parent
        if driver is None or driver.buffer is None:
            return
        if not self.budget_ma:
            self._hand_back()
            return
        with_white = self._lights_have_white(driver)
        if driver.version == self._seen and driver.wire_levels is self._limited and with_white == self._with_white:
            return
        self._take_over(driver)
        self._with_white = with_white
        before = self._scale
        self._weigh(driver.buffer, driver.map.count)
        if self._scale != before or self._seen < 0:
            driver.version += 1  # a picture that has not changed must be sent again, too
        self._seen = driver.version

    def _lights_have_white(self, driver: "DriverLayer") -> bool:
        """True where no output sends to lights without a white chip: with some of each, the estimate is high."""
        found = False
        for output in driver.children:
            white = getattr(output, "white", None)
            if white is not None:
                if not white:
                    return False
                found = True
        return found

    def _weigh(self, buffer: bytearray, count: int) -> None:
        allowed = max(0, self.budget_ma - _IDLE_MA * count) * _WHITE // self.light_ma
        self._levels = levels = self._total(buffer, count, self._own)
        scale = _WHOLE
        if levels > allowed:
            scale = allowed * _WHOLE // levels if levels < _FEW else allowed // (levels // _WHOLE + 1)
        dim(self._limited, self._own, scale)
        # Rounding down leaves the sum of three within the budget, but not that of white's and what is left of them.
        while scale and self._with_white and self._total(buffer, count, self._limited) > allowed:
            scale -= 1
            dim(self._limited, self._own, scale)
        self._scale = scale

    def _total(self, buffer: bytearray, count: int, levels: bytearray) -> int:
        weigh = total_white if self._with_white else total
        return weigh(buffer, count, levels) or 0

    def loop_1s(self) -> None:
        """Show another degree of dimming."""
        if self._shown != self._scale:
            self._shown = self._scale
            self.touch()

    def health_report(self) -> str:
        """Says also how much current that is, and how far it is dimmed for it."""
        report = super().health_report()
        driver = self.parent
        if report != "OK" or not self.budget_ma or driver is None:
            return report
        idle_ma = _IDLE_MA * driver.map.count
        wanted_ma = idle_ma + -(-self._levels * self.light_ma // _WHITE)
        if self._scale == _WHOLE:
            return f"OK: {wanted_ma} of {self.budget_ma} mA"
        if idle_ma >= self.budget_ma:
            return f"Dark: {driver.map.count} lights take {idle_ma} mA even when they are, raise budget_ma"
        return f"OK: dimmed to {self._scale * 100 // _WHOLE} %, {wanted_ma} mA would exceed {self.budget_ma}"

    def teardown(self) -> None:
        """Leave the lights as bright as they are without it."""
        self._hand_back()

    def _hand_back(self) -> None:
        driver = self.parent
        if driver is not None and driver.wire_levels is self._limited and self._own is not self._limited:
            driver.wire_levels = self._own
            driver.version += 1
        self._scale = _WHOLE
