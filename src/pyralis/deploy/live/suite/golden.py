"""Pictures that are the same on every device, as SHA-256 of their pixels."""

import hashlib

# 16 x 16 lights at speed 0, all other controls at their defaults; recorded once, and equal on both interpreters.
GOLDEN = {
    "Rainbow": "cd1fee7f43ea04173c11a385b1cfdf3ccd730651c677d93ffa8a4deaf16e3d8f",
    "Plasma": "18b6d02dc4867ae6b3ba6bd7dec7f5433d7549588cab668d39d6b6f1f59e24d1",
    "Noise2D": "22ee9970070241b60a185bb25152dc2b0aca46ba6845162525bd76c3b0d26c62",
    "Fire": "ea071017dcff8967819c65590daba86680835356741833ee9480af654bdbcdb3",
    "Metaballs": "060d49db805aaac8089a37b6f344260188101fb34ecefd48a021c1e8efd94ee6",
}


def fingerprint(pixels: bytes) -> str:
    """As GOLDEN has it."""
    return hashlib.sha256(pixels).hexdigest()
