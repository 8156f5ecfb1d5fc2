"""JUnit: a run as XML for CI servers, one suite a device."""

import re
from xml.sax.saxutils import escape, quoteattr

from pyralis.deploy.results.model import ERROR, UNSTABLE, DeviceResult, LiveResults, TestResult
from pyralis.deploy.steps import FAILED, PASSED, SKIPPED, Json

_NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_PROPERTIES = ("image_sha256", "board_id", "build_id", "platform", "group")
_TAGS = {FAILED: "failure", ERROR: "error", SKIPPED: "skipped"}


def to_junit(results: LiveResults) -> str:
    """JUnit XML; what is unstable passed with a `flakyFailure`, what failed in quarantine is skipped."""
    suites = "".join(_suite(device, device.environment or results.environment) for device in results.devices)
    return f'<?xml version="1.0" encoding="utf-8"?>\n<testsuites name="live tests">\n{suites}</testsuites>\n'


def _suite(device: DeviceResult, environment: Json) -> str:
    time_s = sum(test.execution_time_s for test in device.tests)
    failures = sum(test.status == FAILED for test in device.wrong)
    errors = len(device.wrong) - failures
    skipped = device.count(SKIPPED) + len(device.quarantined)
    counts = f'tests="{len(device.tests)}" failures="{failures}" errors="{errors}" skipped="{skipped}"'
    date = _quoted(str(environment.get("date", "")).removesuffix("Z"))
    facts = {"commit": str(environment.get("commit", "")), **{name: device.fact(name) for name in _PROPERTIES}}
    properties = "".join(f'<property name="{name}" value={_quoted(fact)}/>' for name, fact in facts.items() if fact)
    head = f'<testsuite name={_quoted(device.id)} {counts} time="{time_s:.2f}" timestamp={date}>\n'
    cases = "".join(_case(test, device.id) for test in device.tests)
    return f"{head}<properties>{properties}</properties>\n{cases}</testsuite>\n"


def _case(test: TestResult, device_id: str) -> str:
    head = f'<testcase classname={_quoted(device_id)} name={_quoted(test.name)} time="{test.execution_time_s:.3f}"'
    if test.status == PASSED:
        return head + "/>\n"
    return f"{head}>{_outcome(test)}</testcase>\n"


def _outcome(test: TestResult) -> str:
    body = escape(_valid("\n".join(test.assertions)))
    if test.status == UNSTABLE:  # as Maven's Surefire has it, whose schema wants a type
        opened = f'<flakyFailure message={_quoted(test.reason)} type="unstable">'
        return f"{opened}<stackTrace>{body}</stackTrace></flakyFailure>"
    tag, reason = _TAGS[test.status], test.reason
    if test.excused:
        tag, reason = "skipped", f"quarantined: {test.quarantined}: {test.reason}"
    return f"<{tag} message={_quoted(reason)}>{body}</{tag}>"


def _quoted(text: str) -> str:
    return quoteattr(_valid(text))


def _valid(text: str) -> str:
    """Without what XML has no way to write, escaped or not: control characters and half surrogate pairs."""
    return _NOT_IN_XML.sub("\N{REPLACEMENT CHARACTER}", text)
