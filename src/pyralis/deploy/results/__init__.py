"""Results: what a run of the live tests leaves: a file a device, one of all, the last good one, and JUnit."""

from pyralis.deploy.results.junit import to_junit
from pyralis.deploy.results.model import ERROR, UNSTABLE, DeviceResult, LiveResults, TestResult, settle
from pyralis.deploy.results.store import (
    ALL_FILE,
    JUNIT_FILE,
    LAST_GOOD_FILE,
    RESULT_TEST,
    environment,
    merge,
    read_all,
    save,
)
from pyralis.deploy.results.text import FORMAT, read, to_text

__all__ = [
    "ALL_FILE",
    "ERROR",
    "FORMAT",
    "JUNIT_FILE",
    "LAST_GOOD_FILE",
    "RESULT_TEST",
    "UNSTABLE",
    "DeviceResult",
    "LiveResults",
    "TestResult",
    "environment",
    "merge",
    "read",
    "read_all",
    "save",
    "settle",
    "to_junit",
    "to_text",
]
