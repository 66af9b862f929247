"""The command `localrun`: what it is called with, and what it prints.

``arguments`` are the commands and their options, ``commands`` what they do;
``progress`` and ``summary`` show an update, ``printing`` and ``answers`` the rows of a
query.
"""

import sys
from collections.abc import Sequence

from localrun.cli.arguments import parser
from localrun.errors import FlowError, UsageError


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code 0 on success, 1 when a flow failed, 2 for a wrong call or pipeline."""
    try:
        options = parser().parse_args(arguments)
        return int(options.command(options))
    except (UsageError, FlowError) as error:
        print(f"localrun: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("localrun: stopped; the next run goes on from here", file=sys.stderr)
        return 130
