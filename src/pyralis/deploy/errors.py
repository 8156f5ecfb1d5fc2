"""UserError: what a person is told instead of a traceback."""

from pathlib import Path

FAILED = 1
USAGE = 2
INTERRUPTED = 130
TERMINATED = 143


class UserError(Exception):
    """Says what is wrong, whose fault it is, what to do, and where the log is."""

    def __init__(
        self, what: str, *, whose: str = "", todo: str = "", log: Path | None = None, details: list[str] | None = None
    ) -> None:
        super().__init__(what)
        self.what = what
        self.whose = whose
        self.todo = todo
        self.log = log
        self.details = details or []

    def to_json(self) -> dict[str, object]:
        """The error for machines, without what is empty."""
        log = str(self.log) if self.log else ""
        fields = {"error": self.what, "whose": self.whose, "todo": self.todo, "log": log, "details": self.details}
        return {key: value for key, value in fields.items() if value}

    def __str__(self) -> str:
        """All of it, a line each."""
        lines = [self.what, *(f"  {detail}" for detail in self.details)]
        if self.whose:
            lines.append(f"  whose: {self.whose}")
        if self.todo:
            lines.append(f"  to do: {self.todo}")
        if self.log:
            lines.append(f"  log:   {self.log}")
        return "\n".join(lines)


class Terminated(BaseException):
    """SIGTERM, raised so that everything on the way out is cleaned up."""
