"""Telnet: data come out as they went in, commands are found, however the stream is cut."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pyralis.deploy.twin.telnet import BEGIN, DO, END, IAC, WILL, Negotiation, Parser, Suboption, escape

DATA = st.binary(min_size=1, max_size=50) | st.lists(st.sampled_from(b"\xff\xfa\xf0a"), min_size=1).map(bytes)
PARTS = st.lists(
    DATA
    | st.builds(Negotiation, st.sampled_from([251, 252, 253, 254]), st.integers(0, 255))
    | st.builds(Suboption, st.binary(max_size=50))
)


def line_of(part: bytes | Negotiation | Suboption) -> bytes:
    if isinstance(part, bytes):
        return escape(part)
    if isinstance(part, Negotiation):
        return bytes([255, part.verb, part.option])
    return bytes([255, BEGIN]) + escape(part.data) + bytes([255, END])


def joined(parts: list[bytes | Negotiation | Suboption]) -> list[bytes | Negotiation | Suboption]:
    """Neighbouring data as one."""
    result: list[bytes | Negotiation | Suboption] = []
    for part in parts:
        if isinstance(part, bytes) and result and isinstance(result[-1], bytes):
            result[-1] += part
        elif part:
            result.append(part)
    return result


@given(PARTS, st.integers(1, 9))
def test_everything_survives_the_line(sent: list[bytes | Negotiation | Suboption], piece_bytes: int) -> None:
    line = b"".join(map(line_of, sent))
    parser = Parser()
    got = [part for at in range(0, len(line), piece_bytes) for part in parser.feed(line[at : at + piece_bytes])]
    assert joined(got) == joined(sent)


@given(st.lists(st.binary(max_size=40) | st.lists(st.sampled_from(b"\xff\xfa\xf0\xfd")).map(bytes)))
def test_noise_harms_nothing(pieces: list[bytes]) -> None:
    parser = Parser()
    for piece in pieces:
        list(parser.feed(piece))
    list(parser.feed(bytes([1, 255, END])))  # whatever was open ends here
    assert list(parser.feed(b"data")) == [b"data"]


def test_suboption_without_end_costs_bounded_memory() -> None:
    parser = Parser()
    assert list(parser.feed(bytes([255, BEGIN]))) == []
    for _ in range(1000):
        assert list(parser.feed(bytes(100))) == []
    ((suboption),) = parser.feed(IAC + bytes([END]))
    assert isinstance(suboption, Suboption)
    assert len(suboption.data) <= 256


def test_other_commands_are_passed_over() -> None:
    assert list(Parser().feed(b"a\xff\xf1b\xff\xf0c")) == [b"a", b"b", b"c"]
    assert list(Parser().feed(bytes([255, WILL, 44, 255, DO, 255]))) == [Negotiation(WILL, 44), Negotiation(DO, 255)]
