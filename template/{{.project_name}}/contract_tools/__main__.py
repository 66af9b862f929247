"""`python -m contract_tools` in the project's folder."""

import sys

from contract_tools.cli import main

if __name__ == "__main__":
    sys.exit(main())
