"""The device's HTTP API as the tests call it."""

import json
from typing import Any

from pyralis.deploy.live.suite.http_client import Answer, HttpClient
from pyralis.deploy.live.suite.polling import until

Json = dict[str, Any]

COMPILING = "compiling"
COMPILED_WITHIN_S = 60.0


class Api:
    """Each call checks the status, and an error for its form."""

    def __init__(self, client: HttpClient) -> None:
        self._client = client

    def request(self, method: str, path: str, body: object = None) -> Answer:
        """What comes back, whatever it is; `body` is JSON, or bytes as they are."""
        data = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        return self._client.request(method, path, data)

    def get(self, path: str) -> Json:
        """What a path answers."""
        return self._call(200, "GET", path)

    def post(self, path: str, body: object, status: int = 200) -> Json:
        """What a path answers to a JSON body."""
        return self._call(status, "POST", path, body)

    def delete(self, path: str) -> Json:
        """What a path answers to DELETE."""
        return self._call(200, "DELETE", path)

    def _call(self, status: int, method: str, path: str, body: object = None) -> Json:
        answer = self.request(method, path, body)
        if answer.status != status:
            raise AssertionError(f"{method} {path} {body!r:.200}: {answer.status} {answer.body!r:.300}")
        value: Json = json.loads(answer.body)
        return value

    def modules(self) -> list[Json]:
        """All modules, parents before children."""
        found: list[Json] = self.get("/api/modules")["modules"]
        return found

    def module(self, module_id: str) -> Json:
        """One module."""
        return self.get(f"/api/modules/{module_id}")

    def add(self, type_name: str, parent: str | None = None, **fields: object) -> Json:
        """A new module, its kernels compiled."""
        return self.compiled(self.post("/api/modules", {"type": type_name, "parent": parent, **fields}, 201))

    def replace(self, module_id: str, type_name: str) -> Json:
        """A module of another type in the place of one, its kernels compiled."""
        return self.compiled(self.post(f"/api/modules/{module_id}/replace", {"type": type_name}))

    def rename(self, module_id: str, name: str) -> Json:
        """A module of another name."""
        return self.post(f"/api/modules/{module_id}/rename", {"name": name})

    def compiled(self, module: Json) -> Json:
        """The module once its kernels are compiled; a PC can take seconds for those that it never compiled before."""
        if module["status"] != COMPILING:
            return module

        def finished() -> Json | None:
            found = self.module(module["id"])
            return None if found["status"] == COMPILING else found

        return until(finished, f"{module['id']} is compiled", COMPILED_WITHIN_S) or {}

    def remove(self, module_id: str) -> None:
        """Delete a module, if it is there."""
        path = f"/api/modules/{module_id}"
        answer = self.request("DELETE", path)
        if answer.status != 200:
            check_error(answer, 404, "unknown_module", f"DELETE {path}")

    def set(self, module_id: str, **controls: object) -> Json:
        """A module with some controls set."""
        return self.post(f"/api/modules/{module_id}/controls", controls)

    def move(self, module_id: str, parent: str, index: int | None = None) -> Json:
        """A module in another place."""
        return self.post(f"/api/modules/{module_id}/move", {"parent": parent, "index": index})

    def log(self, since: int) -> list[Json]:
        """Log entries from a number on."""
        found: list[Json] = self.get(f"/api/log?since={since}")["entries"]
        return found

    def refuses(self, status: int, code: str, method: str, path: str, body: object = None) -> str:
        """The message of a refusal with that status and code."""
        return check_error(self.request(method, path, body), status, code, f"{method} {path} {body!r:.80}")


def values(module: Json) -> Json:
    """The values of a module's controls by their names."""
    return {control["name"]: control["value"] for control in module["controls"]}


def settings(modules: list[Json]) -> list[Json]:
    """What of modules lasts: all but health and figures."""
    fields = ("id", "type", "category", "parent", "name")
    return [{**{field: module[field] for field in fields}, "controls": values(module)} for module in modules]


def check_error(answer: Answer, status: int, code: str, asked: str) -> str:
    """The message of an error answer; AssertionError where it is none of that status and code."""
    try:
        error = json.loads(answer.body)
    except ValueError:
        raise AssertionError(f"{asked}: {answer.status}, and no JSON error: {answer.body!r:.200}") from None
    if answer.status != status or not isinstance(error, dict) or error.get("error") != code:
        raise AssertionError(f"{asked}: {answer.status} {error}, and {status} '{code}' was expected")
    message = error.get("message")
    if set(error) != {"error", "message"} or not isinstance(message, str) or len(message) < 10:
        raise AssertionError(f"{asked}: the error does not say what to do: {error}")
    return message
