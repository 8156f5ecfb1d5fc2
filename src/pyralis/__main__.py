"""`python -m pyralis` is the command `pyralis`."""

import sys

from pyralis.deploy.cli import main

if __name__ == "__main__":
    sys.exit(main())
