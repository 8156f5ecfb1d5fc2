"""Status pages: Markdown written from the results alone, so the same results give the same pages."""

from pyralis.deploy.live.proofs import read_proofs
from pyralis.deploy.results import LiveResults
from pyralis.deploy.status.every_test import every_test
from pyralis.deploy.status.footprint import footprint
from pyralis.deploy.status.footprint_file import Footprint
from pyralis.deploy.status.index import index
from pyralis.deploy.status.live_tests import live_tests
from pyralis.deploy.status.summary import summary
from pyralis.deploy.steps import Json


def pages(
    live: LiveResults | None, unit: Json | None, now: Footprint | None = None, last_good: Footprint | None = None
) -> dict[str, str]:
    """The text of each page by its file name; `now` and `last_good` are footprints."""
    results = live or LiveResults({}, [])
    return {
        "index.md": index(results, unit),
        "live-results.md": live_tests(results),
        "deploy-summary.md": summary(results, unit),
        "test-results.md": every_test(results, read_proofs()),
        "footprint.md": footprint(results, now, last_good),
    }
