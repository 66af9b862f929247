"""Whoever is told of the steps of an update."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from localrun.engine.results import FlowResult, UpdateResult
    from localrun.engine.update import Update


class Listener:
    """Does nothing: a listener overrides what it wants to be told.

    Methods are called from several threads. What they raise ends the update.
    """

    def update_started(self, update: "Update") -> None:
        """Before the first flow; the update knows its flows and its tables."""

    def flow_started(self, flow: str, target: str) -> None:
        """Several times for a flow that has to wait for an input."""

    def flow_progressed(self, flow: str, rows: int) -> None:
        """While a stream is read: the rows that it has read so far."""

    def flow_ended(self, result: "FlowResult") -> None:
        """Once for each flow of the update."""

    def update_ended(self, result: "UpdateResult") -> None:
        """After the last flow."""
