"""Running device: its modules, its log, and changes of its controls, over the HTTP API it serves."""

import json
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

from pyralis.deploy.client import TIMEOUT_S, get_json
from pyralis.deploy.errors import UserError

_SHOWN_OF_MODULE = ("id", "type", "name", "parent", "status", "health")


def system(url: str) -> Any:
    """What it is, which build it runs, and its figures."""
    return get_json(url, "/api/system")


def modules(url: str) -> list[dict[str, Any]]:
    """All modules, each short: its controls are told when it is asked for alone."""
    found = _list_in(url, get_json(url, "/api/modules"), "modules")
    return [{name: one[name] for name in _SHOWN_OF_MODULE if one.get(name) not in (None, "")} for one in found]


def module(url: str, module_id: str) -> Any:
    """One module with its controls."""
    return get_json(url, f"/api/modules/{quote(module_id, safe='')}")


def log_since(url: str, since: int) -> dict[str, Any]:
    """The `entries` that its log still has from that number on, and which one is `next`."""
    answer = get_json(url, f"/api/log?since={since}")
    return {"entries": _list_in(url, answer, "entries"), "next": answer.get("next", 0)}


def set_controls(url: str, module_id: str, controls: dict[str, Any]) -> Any:
    """Set controls, all of them or none; gives the module with the values it took."""
    import httpx

    path = f"/api/modules/{quote(module_id, safe='')}/controls"
    try:
        answer = httpx.post(url + path, json=controls, timeout=TIMEOUT_S, trust_env=False)
        value = answer.json()
    except (httpx.HTTPError, json.JSONDecodeError, UnicodeDecodeError) as error:
        raise UserError(
            f"{url} does not answer: {str(error) or type(error).__name__}",
            whose="the device's or the network's",
            todo="check that it runs",
        ) from None
    if answer.status_code != HTTPStatus.OK:
        what = f"{value.get('error')}: {value.get('message')}" if isinstance(value, dict) else answer.text[:200]
        raise UserError(f"the device refused this: {what}", whose="the call's", todo="read the module for its controls")
    return value


def _list_in(url: str, answer: Any, name: str) -> list[dict[str, Any]]:
    """A list of objects in an answer; UserError where it is not there."""
    found = answer.get(name) if isinstance(answer, dict) else None
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise UserError(
            f"{url} does not answer as Pyralis does: there are no {name}",
            whose="the address: something else answers there",
            todo="check `url` in the device list",
        )
    return found
