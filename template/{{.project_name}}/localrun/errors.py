"""The two ways in which a command fails: called wrongly, or a flow could not run."""

import re


class UsageError(Exception):
    """A wrong call, contract or pipeline definition: nothing was run (exit code 2)."""


class FlowError(Exception):
    """One flow could not run; the message says why in one sentence (exit code 1)."""


class Unresolved(BaseException):
    """A flow reads a dataset that this update has not brought up to date yet.

    Not an ``Exception``, so that a dataset function that catches those lets it pass.
    """

    def __init__(self, dataset: str):
        super().__init__(dataset)
        self.dataset = dataset


_RAISED = re.compile(r"^[\w.]+(Error|Exception)\b", re.MULTILINE)


def first_sentence(error: BaseException) -> str:
    """What a user needs of an error from Spark: the cause, without plans and stacks."""
    kept = []
    message = _message(error)
    if "Python Proxy" in message:  # raised by our own code, which Spark called back
        starts = [match.start() for match in _RAISED.finditer(message)]
        message = message[max(starts, default=0) :]
    for line in message.strip().splitlines() or [type(error).__name__]:
        if line.startswith(("\tat ", "JVM stacktrace", "== SQL", "'", "+-", "Project")):
            break
        if line.strip():
            kept.append(line.strip())
    message = " ".join(kept[:6])
    return message if len(message) < 900 else message[:900] + " …"


def _message(error: BaseException) -> str:
    """The message of the innermost Java exception, where Spark wrapped it in others."""
    java = getattr(error, "_origin", None) or getattr(error, "java_exception", None)
    message = str(error)
    while java is not None:
        message = java.getMessage() or java.getClass().getName()
        java = java.getCause()
    return message
