"""StatefulModule: a module with health, and with settings that survive a restart."""

from pyralis.core.controls import check
from pyralis.core.module import Module

OK = "ok"
COMPILING = "compiling"  # waits for the native code of its kernels
SLOW = "slow"  # works, but takes so long that all lights stutter
DISABLED = "disabled"  # switched itself off, with a reason
FAILED = "failed"  # raised an exception
UNKNOWN = -1

_FIRST_RETRY_MS = 100
_LONGEST_RETRY_MS = 30_000


class StatefulModule(Module):
    """A module that can be switched off with a reason and comes back when its configuration changes."""

    # On the class until they change: a board has no memory for what every module has alike.
    setup_ok = False
    status = OK
    reason = ""
    failures = 0
    retry_ms = -1  # until the next setup; negative while none is due
    starved = 0  # bytes that it lacks, when that is why it is off; UNKNOWN where it took them without asking
    kernels: "tuple[object, ...]" = ()  # those that still compile

    def run_setup(self) -> None:
        """Set up from a clean slate."""
        self.setup_ok = True
        self.starved = 0
        status = COMPILING if self.kernels else OK
        if self.status != status:
            self.status = status
            self.reason = ""
        if self.retry_ms >= 0:
            self.retry_ms = -1
        self.touch()
        self.on_control("")
        self.setup()
        for control in self.controls:
            # The attribute is the control's: nothing else may be kept in it.
            check(control, getattr(self, control.name))
        self.services.set_up_last = self

    def check_reports(self) -> None:
        """TypeError where the module says of itself what nobody can show."""
        health, heap_bytes = self.health_report(), self.heap_bytes()
        if not isinstance(health, str):
            raise TypeError(f"health_report returns {health!r}: it takes a text")
        if not isinstance(heap_bytes, int) or heap_bytes < 0:
            raise TypeError(f"heap_bytes returns {heap_bytes!r}: it takes a whole number from 0 on")

    def disable_self(self, reason: str) -> None:
        """Switch off until the configuration changes; page, API and log show the reason."""
        self._switch_off(DISABLED, reason)
        self.services.log.warning(self.id, f"disabled: {reason}")

    def fail(self, reason: str) -> None:
        """Switch off because of an exception."""
        self.failures += 1
        self._switch_off(FAILED, reason)
        self.services.log.error(self.id, reason)

    def _switch_off(self, status: str, reason: str) -> None:
        self.setup_ok = False
        self.show(status, reason)

    def show(self, status: str, reason: str = "") -> None:
        """Have clients see another status."""
        self.status = status
        self.reason = reason
        self.touch()

    def plan_retry(self) -> None:
        """Set up again in a while; the more often the module failed, the later."""
        self.retry_ms = min(_FIRST_RETRY_MS << min(self.failures, 12), _LONGEST_RETRY_MS)

    def health_report(self) -> str:
        """One line for people: how the module is, and why."""
        if self.reason:
            return self.reason
        return "Compiling its kernels" if self.status == COMPILING else "OK"
