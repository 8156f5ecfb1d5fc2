"""Context: what the runner tells a suite about the device under test, through the environment."""

import json
import os
from dataclasses import asdict, dataclass

VARIABLE = "PYRALIS_LIVE_DEVICE"


@dataclass(frozen=True)
class Context:
    """Which device, and how to know that it is the right one."""

    id: str
    type: str
    platform: str
    url: str
    instance: str  # the token of the process that the runner started; empty where it started none
    build_id: str

    def to_environment(self) -> dict[str, str]:
        """The variable that carries it."""
        return {VARIABLE: json.dumps(asdict(self))}


def from_environment() -> Context | None:
    """What the runner said, or None where there is no runner."""
    text = os.environ.get(VARIABLE)
    return Context(**json.loads(text)) if text else None
