"""Run: the parts of a bench one after the other, and the pages that hold what they found."""

from typing import Protocol

from pyralis.deploy.bench import documents, pages
from pyralis.deploy.bench.effects import EffectsBench
from pyralis.deploy.bench.flashing import FlashBench
from pyralis.deploy.bench.light import LightBench
from pyralis.deploy.bench.machine import machine_facts, machine_line
from pyralis.deploy.bench.mcp import McpBench
from pyralis.deploy.bench.memory import MemoryBench
from pyralis.deploy.bench.outputs import OutputsBench
from pyralis.deploy.bench.page import PageBench
from pyralis.deploy.bench.reload import ReloadBench
from pyralis.deploy.bench.serving import ServingBench
from pyralis.deploy.bench.soak import MINUTES, SoakBench
from pyralis.deploy.build.builder import build
from pyralis.deploy.build.targets import TARGETS
from pyralis.deploy.files import write_whole
from pyralis.deploy.rig import Rig
from pyralis.deploy.steps import Json, Step
from pyralis.deploy.terminal import shown_path


class Part(Protocol):
    """One of them."""

    missed: list[str]  # targets, with the figure

    def run(self, step: Step) -> None:
        """Measure."""


PARTS: dict[str, type[documents.AnyBench]] = {
    "effects": EffectsBench,
    "light": LightBench,
    "outputs": OutputsBench,
    "memory": MemoryBench,
    "http": ServingBench,
    "reload": ReloadBench,
    "flash": FlashBench,
    "mcp": McpBench,
    "page": PageBench,
    "soak": SoakBench,
}


class Bench:
    """The chosen parts, and the sections that they fill."""

    def __init__(self, rig: Rig, names: list[str], check: bool = False, minutes: float = MINUTES) -> None:
        self._rig = rig
        self._names = names
        self._check = check
        self._minutes = minutes
        self._facts: Json = {}
        self._sections: dict[str, dict[str, str]] = {}  # by page
        self._images: dict[str, str] = {}

    def run(self, step: Step) -> None:
        """Measure part by part; with `check` a missed target fails its step."""
        self._facts = machine_facts(self._rig)
        needs_image = not {"effects", "outputs", "memory", "page", "soak"}.isdisjoint(self._names)
        step.plan(*(["build"] if needs_image else []), *self._names)
        if needs_image:
            with step.step("build") as own:
                build(self._rig, TARGETS["pc"], own)
        for name in self._names:
            with step.step(name) as own:
                part = PARTS[name](self._rig)
                if isinstance(part, SoakBench):
                    part.minutes = self._minutes
                part.run(own)
                self._tell(part, own)
                self._take(part)
        step.summarise("", machine=self._facts)

    def _tell(self, part: Part, step: Step) -> None:
        if part.missed and self._check:
            step.fail(f"missed: {', '.join(part.missed)}")
        for text in part.missed:
            step.note(f"missed: {text}")

    def _take(self, part: documents.AnyBench) -> None:
        for page, name, text in documents.sections(part):
            line = f"Measured on {machine_line(self._facts)}."
            self._sections.setdefault(page, {})[name] = f"{text}\n\n{line}"
        self._images.update(documents.images(part))

    def write(self, step: Step) -> None:
        """Write the sections into their pages, and the images beside them."""
        for name, image in self._images.items():
            path = self._rig.root / "docs" / "img" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            write_whole(path, image)
        for page, sections in self._sections.items():
            path = self._rig.root / "docs" / page
            pages.update(path, sections, documents.NEW_PAGES[page])
            step.note(f"wrote {shown_path(path)}")

    def text(self) -> str:
        """All sections, as the pages have them."""
        return "\n\n".join(text for sections in self._sections.values() for text in sections.values())
