"""`python -m localrun` is the command `localrun`."""

import sys

from localrun.cli import main

if __name__ == "__main__":
    sys.exit(main())
