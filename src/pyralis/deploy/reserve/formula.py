"""Formula: from what a virtual board needs, whose words are twice a board's, to the memory that a board reserves."""

from pyralis.deploy.reserve.exercise import REQUESTS, Load
from pyralis.deploy.reserve.profiles import Profile

_HEADROOM = 8  # an eighth
_KB = 1024


def buffer_bytes(load: Load, largest_message_bytes: int) -> int:
    """Texts and buffers that are on their way at once: a message to each page, and an answer's part to each request.

    They are as large on a board; all else that serving takes are objects and tables, which are made of words.
    """
    return (load.clients + REQUESTS + 1) * largest_message_bytes


def profile(need_twin_bytes: int, buffers_bytes: int) -> Profile:
    """Words are halved, buffers are not, an eighth is added, and the sum is rounded up to whole KB."""
    need_bytes = max(0, need_twin_bytes - buffers_bytes) // 2 + buffers_bytes
    reserve_bytes = -(-(need_bytes + need_bytes // _HEADROOM) // _KB) * _KB
    return Profile(reserve_bytes, need_bytes, buffers_bytes)
