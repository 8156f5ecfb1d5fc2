"""White: the kernel for lights that come with a white channel; a board loads it only for such lights."""

# A kernel that returns nothing has no '->':
# mypy: disable-error-code="no-untyped-def"

from pyralis.kernel import micropython, ptr8


@micropython.viper
def take_white(dst: ptr8, src: ptr8, count: int, red: int, green: int, blue: int, white: int):
    """Three channels a light of four: white is added to red, green and blue, which end at 255.

    `red`, `green`, `blue` and `white` are their places 0..3 in `src`.
    """
    at = 0
    source = 0
    for _i in range(count):
        w = src[source + white]
        r = src[source + red] + w
        g = src[source + green] + w
        b = src[source + blue] + w
        dst[at] = (r if r < 255 else 255) & 255
        dst[at + 1] = (g if g < 255 else 255) & 255
        dst[at + 2] = (b if b < 255 else 255) & 255
        at += 3
        source += 4
