"""Flashing: how long it takes to write a fleet of empty virtual boards, by the ways there are to reach them."""

import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from statistics import median

from pyralis.deploy.bench.pages import table
from pyralis.deploy.build.builder import Build
from pyralis.deploy.devices import TWIN, Device
from pyralis.deploy.errors import UserError
from pyralis.deploy.esp.boards import BOARDS
from pyralis.deploy.flash.esptool import STOCK_SETTING
from pyralis.deploy.flash.plan import Plan, build_boards, kind, make_plans
from pyralis.deploy.flash.run import FlashOptions, FlashRun
from pyralis.deploy.rig import Rig
from pyralis.deploy.steps import Step, unseen
from pyralis.deploy.twin.host import Settings, Twin
from pyralis.deploy.twin.plugs import Plug, twin_folder
from pyralis.deploy.twin.process import FLASH_FILE

FLEET = 8
ROUNDS = 3


@dataclass(frozen=True)
class Way:
    """One way to flash."""

    name: str
    port: Callable[[Plug], str]
    stock: bool
    target_s: float = 0.0
    rounds: int = ROUNDS


WAYS = (
    Way("RFC 2217, with the launcher", lambda plug: plug.serial, stock=False, target_s=6.0),
    Way("pty, stock esptool", lambda plug: plug.pty, stock=True, target_s=18.0),
    Way("RFC 2217, stock esptool", lambda plug: plug.serial, stock=True, rounds=1),  # 45 s of waiting
)


class FlashBench:
    """Every way in turn, some rounds of it; each begins with empty boards, and reads back what they hold."""

    def __init__(self, rig: Rig) -> None:
        self._rig = rig
        names = list(BOARDS)
        self._devices = [
            Device(f"bench-{number + 1}", "esp32", names[number % len(names)], serial=TWIN, group="bench")
            for number in range(FLEET)
        ]
        self.durations_s: dict[str, list[float]] = {}
        self.size_bytes = 0  # of what all boards get
        self.missed: list[str] = []

    def run(self, step: Step) -> None:
        """Measure."""
        with step.step("build") as own:
            builds = build_boards(self._rig, self._devices, own)
            plans = make_plans(self._rig, self._devices, builds, own, flashfs=False, firmware_file=None)
        self.size_bytes = sum(plans[kind(device)].size_bytes for device in self._devices)
        turns = [way for number in range(ROUNDS) for way in WAYS if number < way.rounds]
        for done, way in enumerate(turns):
            step.progress(done, len(turns), way.name)
            self.durations_s.setdefault(way.name, []).append(self._flash(way, builds, plans))
        for way in WAYS:
            taken_s = median(self.durations_s[way.name])
            if way.target_s and taken_s > way.target_s:
                self.missed.append(f"{way.name}: {taken_s:.1f} s, not {way.target_s:g} s")
        fastest_s = median(self.durations_s[WAYS[0].name])
        step.summarise(f"{FLEET} boards in {fastest_s:.1f} s", durations_s=self.durations_s)

    def _flash(self, way: Way, builds: Mapping[str, Build], plans: Mapping[tuple[str, bool], Plan]) -> float:
        with self._plugged_in() as plugs, _esptool(way.stock):
            with Step("flash", unseen) as step:
                ports = {name: way.port(plug) for name, plug in plugs.items()}
                options = FlashOptions(workers=FLEET)
                run = FlashRun(self._rig, self._devices, builds, step, options, lambda one: ports[one.id])
                start_s = time.perf_counter()
                run.run()
                taken_s = time.perf_counter() - start_s
            if not step.result.ok:
                raise UserError(f"{way.name}: {step.result.reason}", whose="the flash's", todo="see .pyralis/logs")
            for device in self._devices:
                self._read_back(device, plans[kind(device)])
        return taken_s

    @contextmanager
    def _plugged_in(self) -> Iterator[dict[str, Plug]]:
        """A fleet of new boards, whose programs do not start: what they hold is what was written."""
        with ExitStack() as stack:
            settings = [Settings(one.id, one.platform, ("no-boot",)) for one in self._devices]
            twins: Sequence[Twin] = [Twin(self._rig, one) for one in settings]
            for twin in twins:
                (twin_folder(self._rig, twin.settings.id) / FLASH_FILE).unlink(missing_ok=True)
                stack.enter_context(twin)
            yield {twin.settings.id: twin.wait() for twin in twins}

    def _read_back(self, device: Device, plan: Plan) -> None:
        flash = (twin_folder(self._rig, device.id) / FLASH_FILE).read_bytes()
        for write in plan.writes:
            if flash[write.offset : write.offset + write.size_bytes] != write.path.read_bytes():
                raise UserError(f"{device.id} does not hold {write.name}", whose="the flash's", todo="report it")


@contextmanager
def _esptool(stock: bool) -> Iterator[None]:
    before = os.environ.pop(STOCK_SETTING, None)
    if stock:
        os.environ[STOCK_SETTING] = "1"
    try:
        yield
    finally:
        os.environ.pop(STOCK_SETTING, None)
        if before is not None:
            os.environ[STOCK_SETTING] = before


def flashing_table(bench: FlashBench) -> str:
    """A row a way."""
    first_s = median(bench.durations_s[WAYS[0].name])
    rows = []
    for way in WAYS:
        taken = bench.durations_s[way.name]
        target = f"{way.target_s:g} s" if way.target_s else ""
        spread = f"{min(taken):.1f} to {max(taken):.1f} s" if len(taken) > 1 else "one round"
        rows.append([way.name, f"{median(taken):.1f} s", spread, f"{median(taken) / first_s:.1f}", target])
    head = f"{FLEET} virtual boards, {bench.size_bytes / FLEET / 1024 / 1024:.1f} MB each"
    return table([head, "median", "range", "ratio", "target"], rows)
