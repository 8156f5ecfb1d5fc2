"""Timing: frames a second and the time of a tick, logged when they change or after a minute of silence."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyralis.core.log import Logger

CHANGE_PERCENT = 20
SILENCE_MS = 60_000


class Timing:
    """Averages over each second."""

    def __init__(self, log: "Logger") -> None:
        self._log = log
        self._ticks = 0
        self._total_us = 0
        self._logged_us = -1
        self._silent_ms = 0
        self.fps = 0
        self.tick_us = 0

    def count(self, tick_us: int) -> None:
        """Add one tick."""
        self._ticks += 1
        self._total_us += tick_us

    def close_period(self, elapsed_ms: int) -> None:
        """End a period of about a second; log where its tick time differs enough from what was logged last."""
        if self._ticks and elapsed_ms > 0:
            self.fps = (self._ticks * 1000 + elapsed_ms // 2) // elapsed_ms
            mean_us = self._total_us // self._ticks
            change_us = mean_us - self.tick_us
            if self.tick_us:  # rounded away from zero, so that the mean is reached
                change_us = (change_us + 3) // 4 if change_us > 0 else change_us // 4
            self.tick_us += change_us
        self._ticks = 0
        self._total_us = 0
        self._silent_ms += elapsed_ms
        if self._logged_us < 0 or self._changed() or self._silent_ms >= SILENCE_MS:
            self._logged_us = self.tick_us
            self._silent_ms = 0
            self._log.info("timing", f"TIMING {self.tick_us} us a tick, {self.fps} fps")

    def _changed(self) -> bool:
        return abs(self.tick_us - self._logged_us) * 100 > CHANGE_PERCENT * self._logged_us
