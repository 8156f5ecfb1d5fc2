"""Presence: has consoles find an output; loaded only for one that wants to be found."""

from pyralis.light.inputs.poll_reply import PORT, Answers
from pyralis.light.inputs.ports import Port, leave, listen

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyralis.light.outputs.artnet_out import ArtNetOut


class Presence:
    """Answers ArtPoll for an output."""

    def __init__(self, output: "ArtNetOut") -> None:
        self._output = output
        self.answers = Answers(True)
        self.port = listen(self, output.services.platform, PORT)

    def take(self, port: Port, packet: bytes, sender: object) -> None:
        """Only polls are of interest here."""
        output = self._output
        self.answers.answer(port, packet, sender, output.name, output.start_universe, output.packet_count())

    def close(self) -> None:
        """Be found no more."""
        leave(self, self.port)
