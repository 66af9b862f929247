"""What Spark says when it fails, cut down to what a user needs of it."""

import re

from localrun.spark import jvm

_RAISED = re.compile(r"^[\w.]+(Error|Exception)\b", re.MULTILINE)


def first_sentence(error: BaseException) -> str:
    """What a user needs of an error from Spark: the cause, without plans and stacks."""
    if not isinstance(error, jvm.ERRORS):
        return _of_python(error)
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
    return _shortened(" ".join(kept[:6]) or type(error).__name__)


def _of_python(error: BaseException) -> str:
    """Python's own errors may say no more than a name: their class goes in front."""
    text = " ".join(str(error).split())
    if isinstance(error, LookupError | AssertionError) or not text:
        text = f"{type(error).__name__}: {text}".removesuffix(": ")
    return _shortened(text)


def _shortened(text: str) -> str:
    return text if len(text) < 900 else text[:900] + " …"
