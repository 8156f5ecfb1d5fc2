"""Names and numbers that the runtime and the tools share; imports nothing."""

READY_PREFIX = "Pyralis serving "  # the one line a device prints once its HTTP answers; the URL follows
EXIT_REBOOT = 75  # exit status that asks whoever started the runtime to start it again

STATE_FILE = "state.json"  # KvStore, in the state directory
RIG_FILE = "rig.json"  # the module tree a rig starts with
TYPES_FILE = "types.jsonl"  # catalogue of module types, a line each, written by the build
BUILD_FILE = "build.json"  # build id, commit and version, written by the build
MAPS_FOLDER = "maps"  # of a rig: the files that a LedMap can be made of
ASSETS_FILE = "assets.json"  # page assets and their common hash, written by the build

MAX_BODY_BYTES = 8192  # larger requests get 413
MAX_MODULES = 256
MAX_NAME_CHARS = 32

# Binary WebSocket messages: 12 bytes of header, then RGB888 (frames) or x, y, z of each light (positions).
#   0 kind  1 version  2 bytes an axis (positions: 1 or 2)  3 zero  4..7 count of lights, little-endian
#   frames: 8..11 sequence, little-endian; positions: 8..9 width, 10..11 height (depth follows from the lights)
FRAME_HEADER_BYTES = 12
FRAME_VERSION = 1
FRAME_PIXELS = 1
FRAME_POSITIONS = 2
