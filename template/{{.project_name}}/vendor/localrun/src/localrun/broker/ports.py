"""Ports of 127.0.0.1."""

import socket
from collections.abc import Collection

HOST = "127.0.0.1"
LAST = 65535


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        # As Java binds its own: one that was closed a moment ago may be taken again.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def next_free(port: int, taken: Collection[int] = ()) -> int:
    """The first free port from this one on, and none of those that are spoken for.

    Raises StopIteration where all are in use.
    """
    return next(p for p in range(port, LAST + 1) if p not in taken and is_free(p))
