"""GameOfLife: Conway's game on a torus, each generation melting into the next."""

# A kernel that returns nothing has no '->':
# mypy: disable-error-code="no-untyped-def"

from pyralis.kernel import micropython, ptr8
from pyralis.light.effect import Effect

_REMEMBERED = 12  # generations; a picture among them comes back in a loop
_PATIENCE = 16  # generations that a loop is shown before new cells are sown
_LONGEST = 3000  # generations until new cells come anyway: a glider on a torus never repeats soon


@micropython.viper
def sow(cells: ptr8, count: int, seed: int, density: int):
    """Let each cell live with a chance of `density` in 256, and leave the others as they are."""
    for i in range(count):
        mix = (i * 374761 + seed * 668265) & 0x3FFFFFFF
        mix = ((mix ^ (mix >> 13)) * 1274126) & 0x3FFFFFFF
        mix = ((mix ^ (mix >> 11)) * 60493) & 0x3FFFFFFF
        if ((mix >> 14) & 255) < density:
            cells[i] = 128


@micropython.viper
def generation(new: ptr8, old: ptr8, width: int, height: int) -> int:
    """One step; a living cell is 128 and its age, a dead one the trail that it left. Returns a checksum.

    On a single row every neighbour above and below is a cell of the row itself, which makes Wolfram's rule 22 of it.
    """
    check = 0
    above = (height - 1) * width
    at = 0
    for y in range(height):
        below = at + width
        if y == height - 1:
            below = 0
        left = width - 1
        for x in range(width):
            right = x + 1
            if right == width:
                right = 0
            near = (old[above + left] >> 7) + (old[above + x] >> 7) + (old[above + right] >> 7)
            near += (old[at + left] >> 7) + (old[at + right] >> 7)
            near += (old[below + left] >> 7) + (old[below + x] >> 7) + (old[below + right] >> 7)
            cell = old[at + x]
            if cell > 127:
                if near >> 1 == 1:  # 2 or 3
                    if cell < 255:
                        cell += 1
                else:
                    cell = 120
            elif near == 3:
                cell = 128
            else:
                cell -= (cell + 7) >> 3
            new[at + x] = cell
            check = (check * 31 + (cell >> 7)) & 0x3FFFFFFF
            left = x
        above = at
        at += width
    return check


@micropython.viper
def game_of_life(dst: ptr8, colors: ptr8, old: ptr8, new: ptr8, width: int, height: int, part: int, phase: int):
    """Draw between two generations, `part` 0..256 of the way; old cells and those further down are other colours."""
    span = width if width > height else height
    step = 32768 // span
    at = 0
    i = 0
    for y in range(height):
        for x in range(width):
            one = old[i]
            two = new[i]
            age = two & 127
            # Trails go out on a square, since the eye sees their end longest.
            one = 255 if one > 127 else (one * one) >> 7
            if two > 127:
                two = 255
            else:
                two = (two * two) >> 7
                age = 0
            glow = one + (((two - one) * part) >> 8) + 1
            color = ((((x + y) * step + phase) >> 8) + age) & 255
            color *= 3
            dst[at] = ((colors[color] * glow) >> 8) & 255
            dst[at + 1] = ((colors[color + 1] * glow) >> 8) & 255
            dst[at + 2] = ((colors[color + 2] * glow) >> 8) & 255
            at += 3
            i += 1


class GameOfLife(Effect):
    """Conway's Game of Life; when it stands still, new cells are sown."""

    old = new = bytearray()  # until the size is known

    def define_controls(self) -> None:
        """How fast, how crowded and in which colours."""
        super().define_controls()
        self.speed = self.add_int("speed", 8, 1, 50, "generations/s")
        self.density = self.add_int("density", 80, 8, 200)
        self.palette = self.add_palette("neon")

    def resize(self, width: int, height: int, depth: int) -> None:
        """Two generations."""
        self.old = self.allocate(width * height)
        self.new = self.allocate(width * height)
        self.seed = 0
        self.checks = [0] * _REMEMBERED
        self._sow()

    def _sow(self) -> None:
        self.seed += 1
        for i in range(_REMEMBERED):
            self.checks[i] = 0
        self.count = 0
        self.patience = _PATIENCE
        sow(self.new, len(self.new), self.seed & 0xFFFF, self.density)

    def _step(self, width: int, height: int) -> None:
        self.old, self.new = self.new, self.old
        check = generation(self.new, self.old, width, height)
        if check in self.checks:
            self.patience -= 1 if check else 4  # 0: none is left
        self.checks[self.count % _REMEMBERED] = check
        self.count += 1
        if self.patience <= 0 or self.count == _LONGEST:
            self._sow()

    def render(self, buffer: bytearray, width: int, height: int, depth: int) -> None:
        """Play the generations that are due and draw."""
        step_ms = 1000 // self.speed
        for _ in range(self.steps(step_ms)):
            self._step(width, height)
        part = min(self._step_ms * 256 // step_ms, 256)
        game_of_life(buffer, self.colors, self.old, self.new, width, height, part, self.advance(2048))

    def need_bytes(self, points: int, lights: int) -> int:
        """Both generations."""
        return 2 * points

    def heap_bytes(self) -> int:
        """Both generations."""
        return len(self.old) + len(self.new)

    def teardown(self) -> None:
        """Give them back."""
        self.old = self.new = bytearray()
