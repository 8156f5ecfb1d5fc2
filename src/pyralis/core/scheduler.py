"""The scheduler: ticks modules in phases, times each, and keeps every fault inside the module that has it."""

from pyralis.core.errors import MemoryRefused
from pyralis.core.module import PHASES
from pyralis.core.shortage import find_culprit, forget
from pyralis.core.stateful import COMPILING, OK, SLOW, UNKNOWN, StatefulModule

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from pyralis.core.module import Module
    from pyralis.core.services import Services
    from pyralis.core.timing import Timing

_LONGEST_STEP_MS = 1000  # after a pause (a suspended laptop, a breakpoint) time goes on from here
_LOOK_MS = 100  # how often to see whether memory has run out
_AGAIN_MS = 900  # and after that, where nobody was found
_SLOW_US = 100_000  # a tick of one module that leaves the lights at less than ten frames a second


class Scheduler:
    """Runs one tick at a time; whoever owns the loop decides when."""

    def __init__(self, services: "Services", timing: "Timing") -> None:
        self.services = services
        services.contain = self.contain
        services.attempt = self.attempt
        self.timing = timing
        self.uptime_ms = 0
        self._plan: list[StatefulModule] = []
        self._last_us: int | None = None
        self._remainder_us = 0
        self._second_ms = 0
        self._look_ms = 0
        self._slow: list[StatefulModule] = []  # those that were, a second ago
        self.on_second: list[Callable[[], None]] = []

    def plan(self, modules: "list[Module]") -> None:
        """Tick these from now on: phase by phase, and within a phase in the order of the tree."""
        stateful = [module for module in modules if isinstance(module, StatefulModule)]
        # Not sorted(): MicroPython's sort is not stable.
        self._plan = [module for phase in PHASES for module in stateful if module.phase == phase]

    def tick(self) -> int:
        """Run every module once and return how many microseconds that took."""
        platform = self.services.platform
        start_us = platform.ticks_us()
        self._advance_clock(start_us)
        module_start_us = start_us
        for module in self._plan:
            self._tick_module(module)
            now_us = platform.ticks_us()
            change_us = platform.ticks_diff_us(now_us, module_start_us) - module.tick_us
            # Rounded away from zero, so that a mean of a few microseconds is reached too.
            module.tick_us += (change_us + 7) // 8 if change_us > 0 else change_us // 8
            module_start_us = now_us
        tick_us = platform.ticks_diff_us(module_start_us, start_us)
        self.timing.count(tick_us)
        if self._look_ms >= _LOOK_MS:
            self._look_ms = 0
            if self.services.memory.is_exhausted():
                self._relieve()
        if self._second_ms >= 1000:
            self.timing.close_period(self._second_ms)
            self._second_ms = 0
            self._run_second()
        return tick_us

    def contain(self, module: StatefulModule, call: "Callable[..., object]", *arguments: object) -> bool:
        """Call; an exception switches off `module`, with the reason, and nothing else."""
        _, error = self.attempt(call, *arguments) if arguments else self.attempt(call)
        return error is None or self._blame(module, error)

    def _blame(self, module: StatefulModule, error: "Exception | SystemExit") -> bool:
        if isinstance(error, MemoryRefused):
            self.attempt(module.teardown)
            module.disable_self(str(error))
            module.starved = error.size_bytes
        elif isinstance(error, MemoryError):
            self._let_go(module)
            location, _ = self.attempt(self.services.platform.error_location, error)
            where = f" in {location}" if location else ""
            module.fail(f"out of memory{where}: have it keep less, or make something smaller")
            module.starved = UNKNOWN
        else:
            module.fail(self.describe(error))
        return False

    def _let_go(self, module: StatefulModule) -> None:
        """Free what a module holds, whatever its code does about that."""
        self.attempt(module.teardown)
        made, _ = self.attempt(type(module), self.services)
        forget(module, made)
        self.services.platform.collect_garbage()

    def _relieve(self) -> None:
        """Switch off who takes the memory that the server needs, and let the log go before that."""
        services = self.services
        services.log.halve()
        if not services.memory.is_exhausted():
            return
        module, grown_bytes = find_culprit(services, self._plan, self._tick_module)
        if module is None:
            self._look_ms = -_AGAIN_MS  # weighing takes time, and will not find more in the next moment
            return
        self._let_go(module)
        if not module.setup_ok:
            self._look_ms = -_AGAIN_MS
            return  # it is off already, and says why
        reason = f"took all memory, {grown_bytes} bytes in its last tick: have it keep less"
        if not grown_bytes:
            reason = "left too little memory for the server: make it smaller or remove something"
        module.fail(reason)

    def attempt(self, call: "Callable[..., object]", *arguments: object) -> "tuple[Any, Exception | SystemExit | None]":
        """The result of a call into code that may be a user's, or its exception."""
        try:
            # Most have none, and MicroPython takes memory to pass any.
            return call(*arguments) if arguments else call(), None
        except (Exception, SystemExit) as error:  # the one place that catches everything, a module's own exit included
            return None, error

    def describe(self, error: "Exception | SystemExit") -> str:
        """What went wrong and where, on one line."""
        location = self.services.platform.error_location(error)
        name = type(error).__name__
        said, fault = self.attempt(str, error)
        text = f"{name}: {said}" if fault is None else name
        return f"{text} ({location})" if location else text

    def _tick_module(self, module: StatefulModule) -> None:
        if module.retry_ms >= 0:
            self._retry(module)
        if module.kernels:
            self._wait_for_kernels(module)
            if module.kernels:
                return
        if module.setup_ok:
            _, error = self.attempt(module.loop)  # at once, as it is for each tick
            if error is not None:
                self._blame(module, error)

    def _retry(self, module: StatefulModule) -> None:
        module.retry_ms -= self.services.elapsed_ms
        if module.retry_ms >= 0:
            return
        self.services.log.info(module.id, "configuration changed: set up again")
        if (
            self.contain(module, module.run_setup)
            and module.shapes_parent
            and isinstance(module.parent, StatefulModule)
        ):
            self.contain(module.parent, module.parent.on_children_ready)

    def _wait_for_kernels(self, module: StatefulModule) -> None:
        module.kernels = tuple(kernel for kernel in module.kernels if not kernel.ready)  # type: ignore[attr-defined]
        status = COMPILING if module.kernels else OK
        if module.setup_ok and module.status != status:
            module.status = status
            module.touch()

    def _advance_clock(self, now_us: int) -> None:
        platform = self.services.platform
        if self._last_us is None:
            self._last_us = now_us
        # Not below zero: a clock that wraps looks as if it went backwards after a very long pause.
        elapsed_us = max(0, platform.ticks_diff_us(now_us, self._last_us)) + self._remainder_us
        self._last_us = now_us
        self._remainder_us = elapsed_us % 1000
        elapsed_ms = elapsed_us // 1000
        self.uptime_ms += elapsed_ms
        self._second_ms += elapsed_ms
        self._look_ms += elapsed_ms
        self.services.elapsed_ms = min(elapsed_ms, _LONGEST_STEP_MS)

    def _find_slow(self) -> None:
        """Show who holds up all others, once it lasts for more than a second, and when it is over."""
        slow = [module for module in self._plan if module.setup_ok and module.tick_us > _SLOW_US]
        for module in self._plan:
            if module.status == SLOW and module.tick_us < _SLOW_US * 3 // 4:
                module.show(OK)
            elif module.status == OK and module in slow and module in self._slow:
                ms = module.tick_us // 1000
                reason = f"slow: {ms} ms a tick hold all lights at {1000 // ms} frames a second, make it do less"
                module.show(SLOW, reason)
                self.services.log.warning(module.id, reason)
        self._slow = slow

    def _check_reports(self, module: StatefulModule) -> None:
        _, error = self.attempt(module.check_reports)
        if error is not None and not isinstance(error, MemoryError):
            module.fail(f"health_report or heap_bytes fails: {self.describe(error)}")

    def _run_second(self) -> None:
        self._find_slow()
        for module in self._plan:
            if module.setup_ok:
                self.contain(module, module.loop_1s)
            if module.setup_ok:
                self._check_reports(module)
                if module.setup_ok and not module.kernels:
                    module.failures = 0  # a second of work is what counts as recovered
        for call in self.on_second:
            _, error = self.attempt(call)
            if error is not None:
                self.services.log.error("scheduler", self.describe(error))
