"""Documents: what the bench says in docs/performance.md, docs/memory.md and docs/mcp.md."""

from collections.abc import Iterator

from pyralis.deploy.bench.effects import EffectsBench, effects_table, ratio_table
from pyralis.deploy.bench.flashing import FlashBench, flashing_table
from pyralis.deploy.bench.light import IMAGE as LIGHT_IMAGE
from pyralis.deploy.bench.light import LightBench, light_plot, light_tables
from pyralis.deploy.bench.mcp import McpBench, figures_table
from pyralis.deploy.bench.memory import SIZE, TARGET_BYTES, MemoryBench, import_table, shown_kb, stage_table
from pyralis.deploy.bench.outputs import OutputsBench, outputs_table
from pyralis.deploy.bench.page import PageBench, page_tables
from pyralis.deploy.bench.pages import placeholder
from pyralis.deploy.bench.reload import ReloadBench, reload_table
from pyralis.deploy.bench.serving import ServingBench, serving_table
from pyralis.deploy.bench.soak import HEAP, IMAGE, SoakBench, soak_plot, soak_table

AnyBench = (
    EffectsBench
    | LightBench
    | OutputsBench
    | MemoryBench
    | ServingBench
    | FlashBench
    | McpBench
    | PageBench
    | ReloadBench
    | SoakBench
)

PERFORMANCE = "performance.md"
MEMORY = "memory.md"
MCP = "mcp.md"

NEW_PAGES = {
    PERFORMANCE: f"""# Performance

`pyralis bench` measures and writes this page. Figures are medians and of one machine; ratios are what counts.

## Effects

{placeholder("effects")}

## The light engine

{placeholder("light")}

## Outputs

{placeholder("outputs")}

## Serving

{placeholder("http")}

## Live reload

{placeholder("reload")}

## Flashing

{placeholder("flash")}

## The page

{placeholder("page")}
""",
    MEMORY: f"""# Memory

`pyralis bench memory` measures and writes this page.

{placeholder("memory")}

## Under load

{placeholder("soak")}
""",
    MCP: f"""# MCP

`pyralis bench mcp` measures and writes this page.

## A conversation

{placeholder("conversation")}

## Figures

{placeholder("mcp")}
""",
}


def sections(part: AnyBench) -> Iterator[tuple[str, str, str]]:
    """(page, section, text) of each section that a part fills."""
    if isinstance(part, EffectsBench):
        yield PERFORMANCE, "effects", f"{effects_table(part)}\n\n{ratio_table(part)}"
    elif isinstance(part, LightBench):
        yield PERFORMANCE, "light", light_tables(part)
    elif isinstance(part, OutputsBench):
        yield PERFORMANCE, "outputs", outputs_table(part)
    elif isinstance(part, MemoryBench):
        yield MEMORY, "memory", _memory(part)
    elif isinstance(part, ReloadBench):
        yield PERFORMANCE, "reload", reload_table(part)
    elif isinstance(part, FlashBench):
        yield PERFORMANCE, "flash", flashing_table(part)
    elif isinstance(part, PageBench):
        yield PERFORMANCE, "page", page_tables(part)
    elif isinstance(part, SoakBench):
        yield MEMORY, "soak", _soak(part)
    elif isinstance(part, McpBench):
        yield MCP, "conversation", part.conversation
        yield MCP, "mcp", figures_table(part)
    else:
        yield PERFORMANCE, "http", serving_table(part)


def images(part: AnyBench) -> dict[str, str]:
    """The SVG files that a part draws, by name."""
    if isinstance(part, LightBench):
        return {LIGHT_IMAGE: light_plot(part)}
    return {IMAGE: soak_plot(part)} if isinstance(part, SoakBench) else {}


def _soak(bench: SoakBench) -> str:
    board = bench.soaked[0]
    found = f"**{board.growth_bytes / 1024:+.1f} KB** after warm-up"
    head = f"{bench.minutes:g} minutes with {board.changes:,} changes on a heap of {HEAP}: {found}."
    image = f"![Memory over {bench.minutes:g} minutes](img/{IMAGE})"
    return "\n\n".join([head, soak_table(bench), image])


def _memory(bench: MemoryBench) -> str:
    used = f"**{shown_kb(bench.headline.used_bytes)} KB** in use with server and one WebSocket client"
    parts = [
        f"{used} at {SIZE}x{SIZE} (target: {TARGET_BYTES >> 10} KB).",
        stage_table(bench),
        f"Adding and deleting {bench.cycles} effects once more leaves {bench.leak_bytes} bytes more in use.",
    ]
    if bench.names is not None:
        parts.append(
            f"{bench.names.count} names are interned; the table for them is full at {bench.names.room},"
            f" and the next one takes {shown_kb(bench.names.next_table_bytes)} KB."
        )
    return "\n\n".join([*parts, import_table(bench)])
