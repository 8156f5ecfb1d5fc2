"""Runs the tests of one module on MicroPython and prints a JSON line for each: name, and error or null.

Call: micropython -c "import runner; runner.run('test_x')"
"""

import io
import json
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable


def run(module_name: str) -> None:
    """Run every `test_…` function of a module; a failing one does not stop the others."""
    module = __import__(module_name)
    for name in sorted(dir(module)):
        if name.startswith("test_"):
            print(json.dumps({"test": name, "error": _run_one(getattr(module, name))}))


def _run_one(function: "Callable[[], None]") -> "str | None":
    try:
        function()
    except Exception as error:  # noqa: BLE001  # whatever a test raises is its result
        text = io.StringIO()
        sys.print_exception(error, text)  # type: ignore[attr-defined]
        return text.getvalue()
    return None
