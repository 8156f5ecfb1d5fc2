"""Each type's entry in an image names the modules that its code brings with it."""

from __future__ import annotations

from pyralis.deploy.build.board_code import Code
from pyralis.deploy.build.helpers import with_helpers

SOURCES = {
    "lib/pyralis/light/__init__.py": "from pyralis.light.fade import fade",
    "lib/pyralis/light/outputs/one.py": "from pyralis.light.outputs import shared\nfrom pyralis.core import log",
    "lib/pyralis/light/outputs/two.py": "def send():\n    from pyralis.light.outputs.one import One",
    "lib/pyralis/light/outputs/shared.py": "import pyralis.light.outputs.two",
    "lib/pyralis/core/log.py": "",
    "modules/own.py": "from pyralis.light.effect import Effect",
}


def test_those_that_it_imports_itself_and_through_others_at_once_and_later() -> None:
    code = [Code(path, text, "", user=False, has_lines=False) for path, text in SOURCES.items()]
    homes = ["pyralis.light.outputs.one", "pyralis.light.outputs.two", "modules.own"]
    assert with_helpers(homes, code) == {
        "pyralis.light.outputs.one": "pyralis.light.outputs.one pyralis.light.outputs.shared pyralis.light.outputs.two",
        "pyralis.light.outputs.two": "pyralis.light.outputs.two pyralis.light.outputs.one pyralis.light.outputs.shared",
        "modules.own": "modules.own",
    }
