"""Which build runs here, so that nobody tests or debugs another one by mistake."""


class BuildInfo:
    """Version, git commit and content id of the running code; unknown where nobody told."""

    def __init__(self, found: "dict[str, str]") -> None:
        self.version = found.get("version", "unknown")
        self.commit = found.get("commit", "unknown")
        self.id = found.get("id", "unknown")

    def to_json(self) -> "dict[str, object]":
        """The build as the API shows it."""
        return {"id": self.id, "commit": self.commit, "version": self.version}
