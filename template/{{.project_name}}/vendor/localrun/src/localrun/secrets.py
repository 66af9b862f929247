"""Secrets for the laptop, by scope and key as in a workspace.

They come from the environment, or from `.local/secrets.yml` beside the bundle:

    scope:
      key: value

What was given out is left out of all that localrun tells and keeps.
"""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from localrun.bundle import documents
from localrun.errors import UsageError

FILE = ".local/secrets.yml"
_HIDDEN = "[secret]"
_SHORTEST = 4
_given: set[str] = set()


class Secrets:
    """The secrets of the bundle in folder `root`."""

    def __init__(self, root: Path):
        self._root = root
        self._needed = True

    @contextmanager
    def not_needed(self) -> Iterator[None]:
        """In the block, one that is not known here is a text in its place: what a dry
        run describes is connected to nothing."""
        self._needed = False
        try:
            yield
        finally:
            self._needed = True

    def get(self, scope: str, key: str) -> str:
        """The value of a secret. Raises UsageError where it is known in no place."""
        variable = _variable(scope, key)
        value = os.environ.get(variable) or self._in_file(scope, key)
        if value is None:
            if not self._needed:
                return f"{scope}/{key}"
            raise UsageError(
                f"the secret {key} of scope {scope} is not known here: write it to "
                f"{FILE} as `{scope}: {{{key}: …}}`, or set {variable}"
            )
        _given.update((value, _escaped(value)))
        return value

    def _in_file(self, scope: str, key: str) -> str | None:
        path = self._root / FILE
        if not path.is_file():
            return None
        tree = documents.read(path, self._root)
        for name in (scope, key):
            if not isinstance(tree.value, dict):
                raise UsageError(
                    f"{tree.place}: the secrets are not a mapping: write `scope:` and "
                    "below it, indented, `key: value`"
                )
            if name not in tree.value:
                return None
            tree = tree.value[name]
        if not isinstance(tree.value, str) or not tree.value:
            raise UsageError(
                f"{tree.place}: the secret {key} of scope {scope} is not a text: put "
                "it in quotes"
            )
        return tree.value


def hidden(text: str) -> str:
    """The text without any secret that was given out; a shorter one hides nothing."""
    for value in sorted(_given, key=len, reverse=True):
        if len(value) >= _SHORTEST:
            text = text.replace(value, _HIDDEN)
    return text


def _escaped(value: str) -> str:
    """As it stands within quotes."""
    return value.replace("\\", "\\\\").replace('"', '\\"')


def _variable(scope: str, key: str) -> str:
    name = re.sub(r"\W", "_", f"{scope}_{key}", flags=re.ASCII)
    return f"LOCALRUN_SECRET_{name.upper()}"
