"""The page: gzipped, and kept by browsers for as long as it does not change."""

import gzip
import re

import httpx

from pyralis.deploy.live.suite.api import Api

REFERENCE = re.compile(r"/ui/([0-9a-f]+)/([\w.-]+)")
TYPES = {"html": "text/html", "js": "text/javascript", "css": "text/css"}


def _fetch(http: httpx.Client, path: str) -> tuple[httpx.Response, str]:
    """An asset and its text, unpacked here."""
    with http.stream("GET", path) as response:
        raw = b"".join(response.iter_raw())
    assert response.status_code == 200, path
    assert response.headers["Content-Encoding"] == "gzip"
    assert response.headers["Content-Type"].startswith(TYPES[path.rpartition(".")[2] if "." in path else "html"])
    return response, gzip.decompress(raw).decode()


def test_page_is_packed_and_cached(http: httpx.Client, api: Api) -> None:
    """The page is asked for again each time, all it is made of never, and what did not change is not sent."""
    page, text = _fetch(http, "/")
    assert page.headers["Cache-Control"] == "no-cache"
    etag = page.headers["ETag"]
    waiting, seen = set(REFERENCE.findall(text)), set()
    assert waiting
    while waiting:
        version, name = waiting.pop()
        seen.add((version, name))
        path = f"/ui/{version}/{name}"
        asset, text = _fetch(http, path)
        assert asset.headers["Cache-Control"] == "max-age=31536000, immutable"
        assert (asset.headers["ETag"], f'"{version}"') == (etag, etag)
        waiting |= set(REFERENCE.findall(text)) - seen
        api.refuses(404, "unknown_route", "GET", f"{path}.map")
        assert http.get(f"/ui/0/{name}").headers["Cache-Control"] == "no-cache"
    for kept in ("/", path):
        unchanged = http.get(kept, headers={"If-None-Match": etag})
        assert (unchanged.status_code, unchanged.content) == (304, b"")
