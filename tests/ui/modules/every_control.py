"""Every control: an effect that draws nothing and has one control of each type."""

from pyralis.light.effect import Effect


class EveryControl(Effect):
    """Draws nothing, and has one control of each type."""

    def define_controls(self) -> None:
        """One of each."""
        super().define_controls()
        self.level = self.add_int("level", 40, 0, 1000, "steps")
        self.active = self.add_bool("active", True)
        self.shape = self.add_select("shape", ("round", "very_long", "square"), "round")
        self.label = self.add_text("label", "hello", 12)
        self.tint = self.add_color("tint", "#ff8000")

    def on_control(self, name: str) -> None:
        """It knows levels in tens only."""
        self.level -= self.level % 10

    def render(self, buffer: bytearray, width: int, height: int, depth: int) -> None:
        """Leave the lights as they are."""
