"""What each status page says: verdicts, reasons, where it was found, and what each test proves."""

from __future__ import annotations

import pytest
from fleet import EXCUSED, FAILED, RECOVERED, UNIT, UNSTABLE, device, facts, fleet, passed_tests, run, suite_tests
from rendered import render

from pyralis.deploy import status
from pyralis.deploy.live.proofs import read_proofs
from pyralis.deploy.results import DeviceResult, LiveResults, TestResult
from pyralis.deploy.steps import Json

SKIPPED = TestResult("needs a wall", "skipped", 0.0, "no wall")
ERROR = TestResult("starts", "error", 0.0, "did not")


def page(name: str, *devices: DeviceResult) -> str:
    return status.pages(run(*devices), UNIT)[name]


# index.md


@pytest.mark.parametrize(("count", "most_lines"), [(1, 10), (3, 12), (16, 79)])
def test_index_is_a_row_a_device(count: int, most_lines: int) -> None:
    lines = status.pages(fleet(count), UNIT)["index.md"].splitlines()
    assert len(lines) == 9 + count <= most_lines
    assert sum(line.startswith("| ✓ wall-") for line in lines) == count


def test_index_row_can_be_traced() -> None:
    (table,) = render(
        page("index.md", DeviceResult("wall-7", facts("esp32", "esp32s3", "wall", 7), passed_tests()))
    ).tables
    assert dict(zip(table[0], table[1], strict=True)) == {
        "device": "✓ wall-7",
        "platform": "esp32s3 MicroPython 1.29.0",
        "board": "24:6f:28:aa:bb:07",
        "unit tests": "-",
        "live tests": "3 of 3",
        "heap free": "113 KB",
        "fps": "60",
        "image or build": "0123456789ab",
        "when (UTC)": "2026-11-24 03:00",
    }


def test_index_row_of_a_pc() -> None:
    known: Json = {
        "type": "pc",
        "platform": "cpython",
        "implementation": "CPython 3.11.7",
        "chip": "x86_64",
        "build_id": "9876",
    }
    (table,) = render(page("index.md", DeviceResult("pc", known, passed_tests()))).tables
    assert table[1] == [
        "✓ pc",
        "CPython 3.11.7 x86_64",
        "-",
        "✓ 400 of 400",
        "3 of 3",
        "-",
        "-",
        "9876",
        "2026-11-24 03:00",
    ]


def test_index_row_of_an_earlier_run_has_its_commit() -> None:
    earlier = device("a")
    earlier.current, earlier.environment = False, {"commit": "fedcba987654", "date": "2026-11-20T08:00:00Z"}
    text = page("index.md", earlier, device("b"))
    assert "| ✓ a (before) |" in text
    assert "| 2026-11-20 08:00, `fedcba987654` |" in text


@pytest.mark.parametrize(
    ("tests", "sign", "count"),
    [
        ([], "✓", "2 of 2"),
        ([SKIPPED], "✓", "2 of 3, 1 skipped"),
        ([RECOVERED], "✓", "3 of 3"),
        ([UNSTABLE], "~", "2 of 3, 1 unstable"),
        ([EXCUSED, UNSTABLE], "⚠", "2 of 4, 1 unstable, 1 failed in quarantine"),
        ([FAILED, ERROR, EXCUSED], "✗", "2 of 5, 2 failed, 1 failed in quarantine"),
    ],
)
def test_verdict_of_a_device(tests: list[TestResult], sign: str, count: str) -> None:
    (table,) = render(page("index.md", device("a", *tests))).tables
    assert (table[1][0], table[1][4]) == (f"{sign} a", count)


def test_device_without_tests() -> None:
    assert "| ✗ a |" in page("index.md", DeviceResult("a"))
    assert "**Not last good**: 1 without tests." in page("index.md", DeviceResult("a"))


def test_pages_say_whether_the_run_is_a_last_good_one() -> None:
    assert "**Last good.**" in page("index.md", device("a", RECOVERED, SKIPPED))
    spoiled = [device("a", UNSTABLE), device("b", EXCUSED), device("c", FAILED)]
    for name in ("index.md", "live-results.md", "test-results.md"):
        assert "**Not last good**: 1 failed, 1 unstable, 1 failed in quarantine." in page(name, *spoiled)


# live-results.md


def test_matrix_has_a_sign_for_each_outcome() -> None:
    text = page("live-results.md", device("a", FAILED, ERROR, SKIPPED, UNSTABLE, EXCUSED, RECOVERED), device("b"))
    (table,) = render(text).tables
    assert {row[0]: row[1:] for row in table} == {
        "test": ["a", "b"],
        "test 0": ["✓", "✓"],
        "test 1": ["✓", "✓"],
        "lights | up": ["✗", "-"],
        "starts": ["✗ error", "-"],
        "needs a wall": ["○", "-"],
        "wall answers": ["~", "-"],
        "wall is bright": ["⚠", "-"],
        "wall is warm": ["✓", "-"],
    }
    assert all(f"{sign} " in text for sign in "✓✗○~⚠-")


def test_reasons_are_listed_with_all_devices_they_are_the_same_on() -> None:
    items = render(
        page("live-results.md", device("a", FAILED, UNSTABLE), device("b", FAILED, EXCUSED), device("c", ERROR))
    ).items
    assert items == [
        "✗ lights | up on a, b: stayed <dark>",
        "✗ starts (error) on c: did not",
        "~ wall answers on a: timed out",
        "⚠ wall is bright on b: too dark; in quarantine: a lamp is missing (since 2026-11-01)",
    ]


def test_what_passes_can_be_taken_out_of_quarantine() -> None:
    (item,) = render(page("live-results.md", device("a", RECOVERED), device("b", RECOVERED))).items
    assert item == "✓ wall is warm on a, b: can be taken out of quarantine: it was winter (since 2026-01-02)"


@pytest.mark.parametrize("outcome", ["failed", "error", "unstable"])
def test_entry_for_all_devices_stays_while_one_needs_it(outcome: str) -> None:
    still = TestResult(RECOVERED.name, outcome, 0.0, "cold", (), RECOVERED.quarantined)
    text = page("live-results.md", device("a", RECOVERED), device("b", still))
    assert "did not pass on others, for which it stays: it was winter" in text
    assert "can be taken out" not in text


def test_old_results_do_not_ask_for_a_change_of_the_quarantine() -> None:
    earlier = device("a", RECOVERED)
    earlier.current = False
    assert "quarantine:" not in page("live-results.md", earlier)


# deploy-summary.md


@pytest.mark.parametrize(
    "live",
    [fleet(1), fleet(3), fleet(40), run(device("a", FAILED, UNSTABLE, EXCUSED)), run(), None],
)
def test_summary_has_ten_lines(live: LiveResults | None) -> None:
    for unit in (UNIT, None):
        assert len(status.pages(live, unit)["deploy-summary.md"].splitlines()) == 10


def test_summary_of_a_good_run() -> None:
    text = status.pages(fleet(16), UNIT)["deploy-summary.md"]
    assert text.splitlines()[2:] == [
        "- **All passed**, commit `0123456789ab-dirty`, 2026-11-24 03:00 UTC",
        "- Unit tests: ✓ 400 of 400 in 4.2 s",
        "- Live tests: 48 of 48 passed on 16 devices; slowest: test 0 on wall-00, 0.12 s",
        "- Failed: none",
        "- Unstable: none",
        "- Failed in quarantine: none",
        "- Least heap free: 105 KB on wall-15, 106 KB on wall-14, 107 KB on wall-13 and 13 more",
        "- Not in this run: none",
    ]


def test_summary_names_what_did_not_pass() -> None:
    earlier = device("old")
    earlier.current = False
    text = page(
        "deploy-summary.md", *(device(name, FAILED) for name in "abcd"), device("e", UNSTABLE, EXCUSED), earlier
    )
    assert "- **Not all passed**, commit" in text
    assert "- Live tests: 10 of 16 passed on 5 devices" in text
    assert "- Failed: lights \\| up on a, b, c and 1 more\n" in text
    assert "- Unstable: wall answers on e\n" in text
    assert "- Failed in quarantine: wall is bright on e\n" in text
    assert "- Not in this run: old\n" in text


def test_all_passed_needs_unit_tests_too() -> None:
    assert "**All passed**" in status.pages(fleet(2), UNIT)["deploy-summary.md"]
    assert "**Not all passed**" in status.pages(fleet(2), UNIT | {"failed": 1})["deploy-summary.md"]
    spoiled = page("deploy-summary.md", device("a", UNSTABLE, EXCUSED))
    assert "**Passed, but not last good**: 1 unstable, 1 failed in quarantine" in spoiled


# test-results.md


def test_every_test_has_its_time_and_leads_to_what_it_proves() -> None:
    text = status.pages(fleet(16, suite_tests), UNIT)["test-results.md"]
    proofs = {name: proof for name, proof in read_proofs().items() if proof.file}
    found = render(text)
    for table in found.tables:
        assert [row[0] for row in table[1:-1]] == list(proofs)
        assert {cell for row in table[1:-1] for cell in row[1:]} == {"✓ 0.12"}
        assert table[-1] == ["all", *[f"{len(proofs)} of {len(proofs)}"] * (len(table[0]) - 1)]
    assert found.items == [f"{name}: {proof.sentence} {proof.file}" for name, proof in proofs.items()]
    assert '- <a id="effects-move"></a>effects move: ' in text
    assert "| [effects move](#effects-move) | ✓ 0.12 |" in text
    assert "## What is not plain passed" not in text


def test_tests_with_parameters_and_those_that_nobody_knows() -> None:
    items = render(
        page("test-results.md", DeviceResult("a", {}, passed_tests(1) + passed_tests(1, "effects move: a")))
    ).items
    assert items == [
        "test 0: The suite of this version has no such test.",
        "effects move: a 0: Left alone, every effect that has a speed draws other frames. test_preview.py",
    ]


def test_all_that_is_known_of_what_did_not_pass() -> None:
    boards = [
        DeviceResult(f"wall-{n}", facts("esp32", "esp32dev", "wall", n), [FAILED, EXCUSED][: n + 1]) for n in (0, 1)
    ]
    found = render(page("test-results.md", *boards, DeviceResult("pc", {"build_id": "9876"}, [ERROR])))
    origin = (
        "image 0123456789abcdef, board 24:6f:28:aa:bb:0{0}, commit 0123456789ab-dirty, 2026-11-24 03:00 UTC, "
        "serial log live/serial-wall-0{0}.log"
    )
    assert found.items[:4] == [
        *(f"wall-{n}: {origin.format(n)}" for n in (0, 1)),
        f"wall-1: {origin.format(1)}",
        "pc: build 9876, commit 0123456789ab-dirty, 2026-11-24 03:00 UTC",
    ]
    assert found.blocks == ["stayed <dark>\nassert 0 == 255\ngot & 0\n", "too dark\n", "did not\n"]
    assert found.headings[-5:-1] == [
        "What is not plain passed",
        "✗ lights | up",
        "⚠ wall is bright",
        "✗ starts (error)",
    ]


def test_of_two_tests_with_one_name_the_bad_one_shows() -> None:
    twice = [FAILED, TestResult(FAILED.name, "passed")]
    (table,) = render(page("live-results.md", DeviceResult("a", {}, twice))).tables
    assert table[1] == [FAILED.name, "✗"]
