"""What Spark says when it fails, cut down to what a user needs of it."""

import re

from localrun.spark import jvm

_RAISED = re.compile(r"^[\w.]+(Error|Exception)\b", re.MULTILINE)


def first_sentence(error: BaseException) -> str:
    """What a user needs of an error from Spark: the cause, without plans and stacks."""
    kept = []
    message = jvm.innermost_message(error)
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
