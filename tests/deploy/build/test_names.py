"""Names that a board's image shares."""

import pytest

from pyralis.deploy.build.shared_names import names_to_share, share_names
from pyralis.deploy.build.short_parameters import keywords_of, shorten_parameters

TWO_CLASSES = """
class Base:
    def __init__(self):
        self._plain = 1
        self._taken = 2
        self.taken = 3

    def _method(self):
        return self._plain, self._taken, self.taken


class Child(Base):
    def __init__(self):
        super().__init__()
        self.method = 5
        self.text = f"{self._plain}"


def _function():
    return Child()._method()
"""


def run(source: str) -> dict[str, object]:
    names: dict[str, object] = {}
    exec(compile(source, "sample", "exec"), names)
    return names


def test_private_attributes_lose_their_underscore_where_their_class_family_has_no_such_name() -> None:
    names = names_to_share([TWO_CLASSES.replace("Child()._method()", "Child().text")], [])
    assert names == {"_plain": "plain"}


OTHER_CLASS = """
class Other:
    def __init__(self):
        self.{0} = 0

    def read(self):
        return self.{0}, self.taken
"""


def test_a_private_attribute_gets_a_name_that_another_class_has_and_its_own_family_has_not() -> None:
    other = OTHER_CLASS.format("common")
    assert names_to_share([TWO_CLASSES, other], [other]) == {"_plain": "common"}


def test_a_method_keeps_its_name_for_tracebacks() -> None:
    other = OTHER_CLASS.format("common")
    names = names_to_share(["class A:\n    def _f(self):\n        self._f()\n", other], [other])
    assert names == {"_f": "f"}


@pytest.mark.parametrize(
    "reaching",
    ["def g(a):\n    a.common = 1\n", 'def g(a):\n    return getattr(a, "common")\n', "class A:\n    common = 1\n"],
)
def test_a_name_that_the_class_may_get_in_another_way_is_not_shared(reaching: str) -> None:
    other = OTHER_CLASS.format("common")
    source = "class A:\n    def f(self):\n        self._x = 1\n"
    if reaching.startswith("class A"):
        source = reaching + source.removeprefix("class A:\n")
        reaching = ""
    assert names_to_share([source, other, reaching], [other])["_x"] != "common"


def test_two_attributes_of_a_class_get_two_names() -> None:
    other = OTHER_CLASS.format("common")
    names = names_to_share(["class A:\n    def f(self):\n        self._x = self._y = 1\n", other], [other])
    assert set(names.values()) == {"common", "taken"}


def test_a_private_name_that_is_used_from_outside_stays() -> None:
    sources = ["class A:\n    def f(self):\n        self._x = 1\n", "def g(a):\n    return a._x\n"]
    assert names_to_share(sources, []) == {}


def test_a_class_with_a_base_that_is_not_in_the_image_keeps_its_names() -> None:
    other = OTHER_CLASS.format("common")
    assert names_to_share(["class A(dict):\n    def f(self):\n        self._x = 1\n", other], [other]) == {}


def test_a_keyword_of_the_language_is_no_name() -> None:
    assert names_to_share(["class A:\n    def f(self):\n        self._lambda = self._from = 1\n"], []) == {}


def test_sharing_changes_no_behaviour() -> None:
    shared = share_names(TWO_CLASSES, names_to_share([TWO_CLASSES], []))
    assert shared != TWO_CLASSES
    assert run(shared)["_function"]() == run(TWO_CLASSES)["_function"]()  # type: ignore[operator]


def test_parameters_get_names_that_micropython_has_anyway() -> None:
    shortened = shorten_parameters("def f(first, second):\n    return [first for _ in range(second)]\n", set())
    assert shortened == "def f(key, value):\n    return [key for _ in range(value)]\n"


@pytest.mark.parametrize(
    "body",
    [
        "key = 1",
        "import key",
        "import a as key",
        "return key",
        "try: f()\n    except E as key: pass",
        "def key(): pass",
    ],
)
def test_a_name_that_a_function_has_is_not_given_to_a_parameter(body: str) -> None:
    assert shorten_parameters(f"def f(first):\n    {body}\n", set()) == f"def f(value):\n    {body}\n"


def test_a_name_that_some_call_passes_is_not_given_to_a_parameter() -> None:
    assert shorten_parameters("def f(first): pass\n", {"key"}) == "def f(value): pass\n"


def test_parameters_of_a_function_within_one_stay() -> None:
    shortened = shorten_parameters("def f(a):\n    def g(b):\n        return a + b\n    return g\n", set())
    assert shortened == "def f(key):\n    def g(b):\n        return key + b\n    return g\n"


def test_more_parameters_than_names_stay() -> None:
    many = ", ".join(f"x{number}" for number in range(30))
    assert "x29" in shorten_parameters(f"def f({many}): pass\n", set())


def test_parameters_that_a_call_names_stay() -> None:
    caller = "f(1, second=2)\n"
    shortened = shorten_parameters("def f(first, second):\n    return first + second\n", keywords_of([caller]))
    assert shortened == "def f(key, second):\n    return key + second\n"


@pytest.mark.parametrize(
    "source",
    [
        'def f(name):\n    return f"{name}"\n',
        "@micropython.viper\ndef f(dst: ptr8):\n    dst[0] = 1\n",
        "class A:\n    def f(self):\n        return self\n",
    ],
)
def test_parameters_in_texts_in_kernels_and_self_stay(source: str) -> None:
    assert shorten_parameters(source, set()) == source


def test_a_parameter_that_an_inner_function_has_too_stays() -> None:
    source = "def f(name):\n    return lambda name=name: name\n"
    assert shorten_parameters(source, set()) == source


def test_shortening_counts_columns_in_bytes() -> None:
    assert shorten_parameters('def f(a):\n    return "ä", a\n', set()) == 'def f(key):\n    return "ä", key\n'
