"""Share: how much of a command is done, by its steps' events; steps that nobody planned count as they turn up."""

from dataclasses import dataclass, field

from pyralis.deploy.steps import Event

ALL = 100.0
_CREEP = 10_000


@dataclass
class _Step:
    own: float = 0.0  # as it tells itself
    finished: bool = False
    planned: bool = False  # what is in it, all of it
    steps: "dict[str, _Step]" = field(default_factory=dict)

    @property
    def share(self) -> float:
        if self.finished:
            return 1.0
        if not self.steps:
            return self.own
        # Of what was not planned there may always be one more.
        of_steps = sum(step.share for step in self.steps.values()) / (len(self.steps) + (not self.planned))
        return max(self.own, of_steps)


class Share:
    """Takes events; `percent` falls where another step turns up."""

    def __init__(self) -> None:
        self._whole = _Step()

    @property
    def percent(self) -> float:
        """Of the whole command."""
        return ALL * self._whole.share

    def take(self, event: Event) -> None:
        """One event."""
        step = above = self._whole
        for name in event.path[1:]:  # the first one is the command
            above, step = step, step.steps.setdefault(name, _Step())
        above.planned = above.planned or event.kind == "planned"
        if event.kind == "progress" and event.total:
            step.own = min(1.0, event.done / event.total)
        step.finished = step.finished or event.kind == "finished"


class Rising:
    """Makes of shares what the protocol wants: each value higher than the one before, and none beyond all."""

    def __init__(self) -> None:
        self._last = -1.0

    def next(self, percent: float) -> float | None:
        """The value to tell; None once all has been told."""
        if self._last >= ALL:
            return None
        first = self._last < 0
        # What only creeps comes nearer and nearer to the end, and never there.
        self._last = max(percent, 0.0 if first else self._last + (ALL - self._last) / _CREEP)
        return self._last
