"""Playlist: shows one preset after the other."""

from pyralis.core.errors import Refusal
from pyralis.core.stateful import StatefulModule


class Playlist(StatefulModule):
    """Shows presets one after the other, each for so many seconds."""

    category = "service"

    def define_controls(self) -> None:
        """Which presets, by number or name with commas between, all where none is said; and how long each."""
        self.presets = self.add_text("presets", "", 200)
        self.seconds = self.add_int("seconds", 30, 5, 86_400, "s")
        self.shuffle = self.add_bool("shuffle", False)
        self.playing = self.add_bool("playing", True)

    def setup(self) -> None:
        """Begin with the first one."""
        self._at = -1
        self._left_s = 0
        self._said = "waits for its first preset"

    def on_control(self, name: str) -> None:
        """What is played, or that it is played again, begins anew; another pace holds at once."""
        if name in ("presets", "playing"):
            self.setup()
        elif name == "seconds":
            self._left_s = min(self._left_s, self.seconds)

    def loop_1s(self) -> None:
        """Count down, then show the next."""
        if not self.playing:
            return
        self._left_s -= 1
        if self._left_s > 0:
            return
        self._left_s = self.seconds
        self._say(self._show_next())

    def _show_next(self) -> str:
        from pyralis.core.presets import presets_of

        presets = presets_of(self.services)
        names = presets.names()
        wanted = [text.strip() for text in self.presets.split(",") if text.strip()]
        wanted = wanted or [str(number) for number in sorted(names)]
        if not wanted:
            return "there are no presets yet"
        self._at = self._choose(len(wanted))
        number = presets.find(wanted[self._at])
        if not number:
            return f"there is no preset '{wanted[self._at]}'"
        if number == presets.current:
            return f"shows '{names[number]}'"
        try:
            presets.recall(number)
        except Refusal as refusal:
            return refusal.message
        return f"shows '{names[number]}'"

    def _choose(self, count: int) -> int:
        if not self.shuffle or count < 2 or self._at < 0:
            return (self._at + 1) % count
        step = 1 + int(self.services.platform.random_id(), 16) % (count - 1)
        return (self._at + step) % count  # any but the one that shows

    def _say(self, text: str) -> None:
        if text != self._said:
            self._said = text
            self.touch()

    def health_report(self) -> str:
        """Says which preset shows, or why none does."""
        report = super().health_report()
        if report != "OK":
            return report
        return f"OK: {self._said}" if self.playing else "OK: stopped"
