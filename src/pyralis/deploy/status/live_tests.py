"""Live tests: a matrix of tests by devices, and what is not plain passed with its reason."""

from collections.abc import Iterable, Sequence

from pyralis.deploy.results import DeviceResult, LiveResults, TestResult
from pyralis.deploy.status.columns import by_type, names_of_tests, tests_by_name
from pyralis.deploy.status.markdown import NONE, page, table, text
from pyralis.deploy.status.words import LEGEND, name_of, run_line, sign, titled

_REASON_CHARS = 240
Found = Iterable[tuple[DeviceResult, TestResult, str]]  # and what to say of it


def live_tests(live: LiveResults) -> str:
    """The matrix by type of device, then the reasons."""
    lines = [run_line(live), "", LEGEND]
    for columns in by_type(live.devices):
        for heading in columns.headings:
            lines += ["", heading]
        lines += ["", *table(["test", *map(name_of, columns.devices)], _rows(columns.devices))]
    for title, found in _sections(live).items():
        items = _items(found)
        if items:
            lines += ["", f"## {title}", "", *items]
    return page("Live tests", lines)


def _rows(devices: Sequence[DeviceResult]) -> list[list[str]]:
    found = [tests_by_name(device) for device in devices]
    return [
        [text(name), *(sign(one[name]) if name in one else NONE for one in found)] for name in names_of_tests(devices)
    ]


def _sections(live: LiveResults) -> dict[str, Found]:
    devices = live.devices
    still = {(test.name, test.quarantined) for one in devices for test in (*one.quarantined, *one.unstable)}
    return {
        "What failed": ((one, test, _reason(test)) for one in devices for test in one.wrong),
        "Unstable: failed first, passed on a retry": (
            (one, test, _reason(test)) for one in devices for test in one.unstable
        ),
        "Failed in quarantine": (
            (one, test, f"{_reason(test)}; in quarantine: {test.quarantined}")
            for one in devices
            for test in one.quarantined
        ),
        "Passed in quarantine": (
            (one, test, _recovered(test, (test.name, test.quarantined) in still))
            for one in live.current
            for test in one.recovered
        ),
    }


def _reason(test: TestResult) -> str:
    return test.reason or "no reason given"


def _recovered(test: TestResult, elsewhere: bool) -> str:
    # One entry can be for all devices: it is needed as long as the test fails on any.
    what = "did not pass on others, for which it stays" if elsewhere else "can be taken out of quarantine"
    return f"{what}: {test.quarantined}"


def _items(found: Found) -> list[str]:
    """A line for each test and reason, with all devices it is the same on."""
    where: dict[tuple[str, str], list[str]] = {}
    for device, test, words in found:
        where.setdefault((titled(test), words), []).append(name_of(device))
    return [f"- {title} on {', '.join(ids)}: {text(words, _REASON_CHARS)}" for (title, words), ids in where.items()]
