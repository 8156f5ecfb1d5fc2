"""SLIP: every frame survives the line, however it is cut; noise costs one frame at most."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pyralis.deploy.twin.slip import END, MAX_FRAME_BYTES, Decoder, encode

FRAMES = st.lists(
    st.binary(min_size=1, max_size=60) | st.lists(st.sampled_from(b"\xc0\xdb\xdc\xdd"), min_size=1).map(bytes)
)


@given(FRAMES, st.integers(1, 7))
def test_frames_survive_the_line(sent: list[bytes], piece_bytes: int) -> None:
    line = b"".join(map(encode, sent))
    decoder = Decoder()
    got = [frame for at in range(0, len(line), piece_bytes) for frame in decoder.feed(line[at : at + piece_bytes])]
    assert got == sent


def test_escapes_are_those_of_slip() -> None:
    assert encode(b"a\xc0b\xdbc") == b"\xc0a\xdb\xdcb\xdb\xddc\xc0"


def test_noise_before_a_frame_is_a_frame_of_its_own() -> None:
    assert Decoder().feed(b"noise" + encode(b"good")) == [b"noise", b"good"]


def test_wrong_escape_drops_the_frame() -> None:
    assert Decoder().feed(b"\xc0ab\xdbx\xc0" + b"\xc0end\xdb\xc0" + encode(b"good")) == [b"good"]


def test_frame_of_any_length_costs_bounded_memory() -> None:
    decoder = Decoder()
    for _ in range(100):
        assert decoder.feed(bytes(MAX_FRAME_BYTES // 10)) == []
        assert len(decoder._pending) <= MAX_FRAME_BYTES
    assert decoder.feed(END + encode(b"good")) == [b"good"]


def test_longest_frame_is_taken() -> None:
    decoder = Decoder()
    assert decoder.feed(END + bytes(MAX_FRAME_BYTES) + END) == [bytes(MAX_FRAME_BYTES)]
    assert decoder.feed(END + bytes(MAX_FRAME_BYTES + 1) + END) == []
