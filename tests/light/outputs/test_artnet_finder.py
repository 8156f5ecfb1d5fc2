"""ArtNetFinder answers polls for the outputs beside it."""

from __future__ import annotations

from network_stage import network_stage, output

POLL = b"Art-Net\x00\x00\x20\x00\x0e\x00\x00"


def test_polls_are_answered_for_each_output_beside_it_and_not_more_than_ten_a_second() -> None:
    stage = network_stage()
    out = output(stage, "ArtNetOut", lights=171, start_universe=0x10E)
    second = stage.add("ArtNetOut", out.parent, start_universe=7, white=4)
    finder = stage.add("ArtNetFinder", out.parent)
    (receiver,) = stage.platform.receivers
    assert receiver.port == 6454
    receiver.arriving += [(POLL, "console"), (b"nonsense", "console"), *[(POLL, "flood")] * 20]
    stage.tick(25)
    assert len(receiver.replies) == 10
    shown = [
        (to, reply[18:20], reply[173], reply[186 : 186 + reply[173]], reply[200]) for reply, to in receiver.replies[:2]
    ]
    assert shown == [("console", b"\x01\x00", 2, b"\x0e\x0f", 1), ("console", b"\x00\x00", 2, b"\x07\x08", 1)]
    stage.manager.delete(second.id)
    stage.tick(1000)
    receiver.arriving += [(POLL, "console")]
    stage.tick(25)
    assert len(receiver.replies) == 11
    stage.manager.delete(finder.id)
    assert receiver.closed
