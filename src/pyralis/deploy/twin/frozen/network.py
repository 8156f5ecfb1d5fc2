"""The module network of a virtual board: a radio within this machine, on its loopback address."""

STA_IF = 0
AP_IF = 1
STAT_IDLE = 1000
STAT_WRONG_PASSWORD = 202
STAT_GOT_IP = 1010
_ADDRESS = ("127.0.0.1", "255.0.0.0", "127.0.0.1", "127.0.0.1")
_known = None
_hostname = "mpy-esp32"


def plug_in(config):
    """Take the one network in range: [ssid, password], or nothing where any can be joined."""
    global _known
    _known = config["wifi"]


def hostname(name=None):
    """The name of this board; what is set here has no effect on other machines."""
    global _hostname
    if name is not None:
        _hostname = name
    return _hostname


class WLAN:
    """One side of the radio: a station or an access point."""

    IF_STA = STA_IF
    IF_AP = AP_IF

    def __init__(self, interface=STA_IF):
        self._interface = interface
        self._active = False
        self._status = STAT_IDLE

    def active(self, on=None):
        """Switch it."""
        if on is not None:
            self._active = bool(on)
        return self._active

    def connect(self, ssid=None, key=None, *, bssid=None):
        """Join a network, where the credentials are right."""
        if not self._active:
            raise OSError("Wifi Not Started")
        self._status = STAT_GOT_IP if _known in (None, [ssid, key]) else STAT_WRONG_PASSWORD

    def disconnect(self):
        """Leave it."""
        self._status = STAT_IDLE

    def isconnected(self):
        """True with an address."""
        return self._active and (self._interface == AP_IF or self._status == STAT_GOT_IP)

    def status(self, parameter=None):
        """How joining went."""
        return -40 if parameter == "rssi" else self._status

    def config(self, *arguments, **settings):
        """Accept what an access point is told; there is nobody whom it could matter to."""

    def ifconfig(self):
        """(address, mask, gateway, name server)."""
        return _ADDRESS if self._active else ("0.0.0.0",) * 4
