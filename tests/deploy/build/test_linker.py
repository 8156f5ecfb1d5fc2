"""Linking the modules of a package into one."""

import pytest

from pyralis.deploy.build.linker import LinkError, link, relink_imports


def test_modules_come_in_the_order_of_their_imports_with_outside_imports_once() -> None:
    sources = {
        "top": "import json\nfrom shop.base import Base\n\nclass Top(Base):\n    text = json.dumps(1)\n",
        "base": "import json\n\nclass Base:\n    value = json.loads('2')\n",
    }
    linked = link("shop", sources)
    names: dict[str, object] = {}
    exec(compile(linked, "linked", "exec"), names)
    top = names["Top"]
    assert (top.value, top.text) == (2, "1")  # type: ignore[attr-defined]
    assert linked.count("import json") == 1
    assert "shop.base" not in linked


def test_a_name_that_two_modules_define_is_an_error_that_names_all_three() -> None:
    with pytest.raises(LinkError, match="shop: a and b both define '_close'"):
        link("shop", {"a": "def _close():\n    pass\n", "b": "_close = 1\n"})


def test_others_import_from_the_package_what_they_imported_from_its_modules() -> None:
    source = "from shop.base import Base\n    from shop.top import Top\nfrom shop.apart import Other\n"
    relinked = relink_imports(source, "shop", {"base": "", "top": ""})
    assert relinked == "from shop import Base\n    from shop import Top\nfrom shop.apart import Other\n"
