"""The kernel language in an image."""

from pathlib import Path

import pyralis.kernel
from pyralis.deploy.build.board_kernel import move_kernel

BOARD = (Path(pyralis.kernel.__file__).parent / "board.py").read_text(encoding="utf-8")
KERNEL = """from pyralis.kernel import const, micropython, ptr8

_LAST = const(3)


@micropython.viper
def draw(dst: ptr8):
    dst[0] = 1
"""


def moved(source: str, more: str = "") -> dict[str, str]:
    sources = {"pyralis.kernel": BOARD, "modules.mine": source, "modules.other": more}
    move_kernel(sources)
    return sources


def test_a_kernel_imports_nothing_that_its_compiler_knows_and_keeps_its_lines() -> None:
    made = moved(KERNEL)["modules.mine"]
    assert made == "\n" + KERNEL.split("\n", 1)[1]


def test_what_code_needs_when_it_runs_is_imported_from_the_core() -> None:
    sources = moved(KERNEL + "\nprint(micropython.mem_info())\n", "from pyralis.kernel import kernels_of\n")
    assert sources["modules.mine"].startswith("from pyralis.core.kernel import micropython\n")
    assert sources["modules.other"] == "from pyralis.core.kernel import kernels_of\n"
    assert "pyralis.kernel" not in sources
    assert "def kernels_of" in sources["pyralis.core.kernel"]
    assert "import micropython" in sources["pyralis.core.kernel"]
    assert "ptr8 =" not in sources["pyralis.core.kernel"]
