"""Forms of code that cost less and mean the same."""

from pyralis.deploy.build.compact_code import intern_texts, share_empty_methods

HOOKS = '''
class Hooks:
    def first(self):
        """Nothing yet."""

    def second(self):
        """Nothing either."""

    def with_one(self, value):
        pass

    def with_default(self, value=1):
        pass

    def busy(self):
        return 1
'''


def run(source: str) -> dict[str, object]:
    names: dict[str, object] = {}
    exec(compile(source, "sample", "exec"), names)
    return names


def test_methods_that_do_nothing_are_one_function_for_each_number_of_parameters() -> None:
    made = vars(run(share_empty_methods(HOOKS))["Hooks"])
    assert made["first"] is made["second"]
    assert made["with_one"] is not made["first"]
    assert made["with_default"] is not made["with_one"]
    assert made["busy"](None) == 1


def test_a_child_overrides_one_of_them_and_leaves_the_others() -> None:
    source = share_empty_methods(HOOKS + "\nclass Child(Hooks):\n    def first(self):\n        return 2\n")
    child = run(source)["Child"]()  # type: ignore[operator]
    assert (child.first(), child.second()) == (2, None)


def test_longer_texts_that_could_be_names_are_named_in_a_block_that_is_left_out() -> None:
    source = (
        'def f(kind: "LongAnnotation") -> "AnotherLongOne":\n    return "heap_used_bytes", "short", "two words here"\n'
    )
    made = intern_texts(source)
    assert made == f"if 0:\n    heap_used_bytes\n{source}"
    assert run(made)["f"](None) == run(source)["f"](None)  # type: ignore[operator]


def test_code_without_such_texts_stays_as_it_is() -> None:
    assert intern_texts("x = 1\n") == "x = 1\n"
