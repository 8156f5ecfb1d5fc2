"""Every test: its time on each device, all that is known of what is not plain passed, and what it proves."""

from collections.abc import Mapping, Sequence

from pyralis.deploy.live.proofs import Proof, proof_of
from pyralis.deploy.results import DeviceResult, LiveResults, TestResult
from pyralis.deploy.status.columns import by_type, names_of_tests, tests_by_name
from pyralis.deploy.status.markdown import NONE, anchors, code, fence, link, page, table, text
from pyralis.deploy.status.words import LEGEND, commit, environment_of, name_of, passed_of, run_line, sign, titled, when
from pyralis.deploy.steps import PASSED

_UNKNOWN = Proof("", "The suite of this version has no such test.")


def every_test(live: LiveResults, proofs: Mapping[str, Proof]) -> str:
    """Tables as on the page of live tests, with seconds; then details; then proofs."""
    names = anchors(names_of_tests(live.devices))
    lines = [run_line(live), "", f"{LEGEND}. Numbers are seconds; a test's name leads to what it proves."]
    for columns in by_type(live.devices):
        for heading in columns.headings:
            lines += ["", heading]
        lines += ["", *table(["test", *map(name_of, columns.devices)], _rows(columns.devices, names))]
    lines += _details(live)
    if names:
        lines += ["", "## What each test proves", ""]
        lines += [_proof(name, anchor, proof_of(name, proofs) or _UNKNOWN) for name, anchor in names.items()]
    return page("Every test", lines)


def _rows(devices: Sequence[DeviceResult], names: Mapping[str, str]) -> list[list[str]]:
    found = [tests_by_name(device) for device in devices]
    rows = [
        [link(name, f"#{names[name]}"), *(_cell(one[name]) if name in one else NONE for one in found)]
        for name in names_of_tests(devices)
    ]
    return [*rows, ["all", *(passed_of(device) for device in devices)]]


def _cell(test: TestResult) -> str:
    return f"{sign(test)} {test.execution_time_s:.2f}"


def _details(live: LiveResults) -> list[str]:
    """A section a test and reason, with each device it is the same on."""
    where: dict[TestResult, list[DeviceResult]] = {}
    for device in live.devices:
        for test in device.tests:
            if test.status != PASSED:
                same = TestResult(test.name, test.status, 0.0, test.reason, test.assertions, test.quarantined)
                where.setdefault(same, []).append(device)
    lines = ["", "## What is not plain passed"] if where else []
    for test, devices in where.items():
        lines += ["", f"### {titled(test)}", ""]
        if test.quarantined:
            lines += [f"In quarantine: {text(test.quarantined)}", ""]
        lines += [*(_origin(device, live) for device in devices), ""]
        lines += fence([test.reason or "no reason given", *test.assertions])
    return lines


def _origin(device: DeviceResult, live: LiveResults) -> str:
    """What ran where: image, board and commit."""
    environment, log = environment_of(device, live), device.fact("serial_log")
    image = device.fact("image_sha256")
    parts = [
        f"image {code(image)}" if image else f"build {code(device.fact('build_id') or 'unknown')}",
        f"board {code(device.fact('board_id'))}" if device.fact("board_id") else "",
        f"commit {commit(environment)}, {when(environment)} UTC",
        f"serial log {code(log)}" if log else "",
    ]
    return f"- {name_of(device)}: {', '.join(filter(None, parts))}"


def _proof(name: str, anchor: str, proof: Proof) -> str:
    file = f" {code(proof.file)}" if proof.file else ""
    return f'- <a id="{anchor}"></a>{text(name)}: {text(proof.sentence) or "It says nothing of itself."}{file}'
