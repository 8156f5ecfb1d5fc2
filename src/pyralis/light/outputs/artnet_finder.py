"""ArtNetFinder: has consoles find this device."""

from pyralis.light.inputs.poll_reply import PORT, Answers
from pyralis.light.inputs.ports import Port, leave, listen
from pyralis.light.output import Output

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyralis.core.services import Services
    from pyralis.light.outputs.artnet_out import ArtNetOut


class ArtNetFinder(Output):
    """Answers ArtPoll, so that consoles list this device with the universes that the ArtNetOuts beside it send."""

    def __init__(self, services: "Services") -> None:
        super().__init__(services)
        self._port: Port | None = None
        self._answers = Answers(True)

    def define_controls(self) -> None:
        """There is nothing to set."""

    def setup(self) -> None:
        """Open the port that all Art-Net goes to."""
        self._close()
        self._port = listen(self, self.services.platform, PORT)

    def loop(self) -> None:
        """Answer who asks."""
        if self._port is not None:
            self._port.pump()

    def take(self, port: Port, packet: bytes, sender: object) -> None:
        """One packet, of which only polls are of interest here."""
        driver = self.parent
        if driver is None:
            return
        for output in driver.children:
            if output.type_name == "ArtNetOut":
                self._answer(port, packet, sender, output, driver.map.count)  # type: ignore[arg-type]

    def _answer(self, port: Port, packet: bytes, sender: object, output: "ArtNetOut", lights: int) -> None:
        universes = -(-lights // (512 // (4 if output.white else 3)))
        self._answers.answer(port, packet, sender, output.name, output.start_universe, universes)

    def loop_1s(self) -> None:
        """Answer polls again."""
        self._answers.given = 0

    def teardown(self) -> None:
        """Be found no more."""
        self._close()

    def _close(self) -> None:
        if self._port is not None:
            leave(self, self._port)
            self._port = None
