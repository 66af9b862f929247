"""Patterns of paths, as bundles write them: `*`, `?`, `[abc]` and `**`."""

import os
import re
from pathlib import Path

_WILDCARD = re.compile(r"[*?\[]")


def has_wildcard(pattern: str) -> bool:
    """Whether a path stands for more than the one file that it names."""
    return _WILDCARD.search(pattern) is not None


def matching(folder: Path, pattern: str) -> list[Path]:
    """The files that `pattern`, seen from `folder`, matches, sorted by their path.

    `**` stands for any number of folders, also for none, and at the end for all files
    below. What a wildcard would find in hidden files and folders and in `__pycache__`
    is left out.
    """
    parts = Path(os.path.normpath(pattern)).parts
    fixed = next((i for i, name in enumerate(parts) if has_wildcard(name)), len(parts))
    base, wild = Path(os.path.normpath(folder.joinpath(*parts[:fixed]))), parts[fixed:]
    if not wild:
        return [base] if base.is_file() else []
    try:
        matches = re.compile(_expression(wild)).fullmatch
    except re.error:  # a range such as [z-a], which matches nothing
        return []
    found = []
    for current, folders, files in os.walk(base):
        here = Path(current).relative_to(base)
        if "**" not in wild and len(here.parts) >= len(wild) - 1:
            folders.clear()
        folders[:] = [name for name in folders if _visible(name)]
        found += [
            Path(current, name)
            for name in files
            if _visible(name) and matches((here / name).as_posix())
        ]
    return sorted(found)


def _visible(name: str) -> bool:
    return not name.startswith(".") and name != "__pycache__"


def _expression(parts: tuple[str, ...]) -> str:
    *folders, last = parts
    steps = ["(?:[^/]+/)*" if part == "**" else _part(part) + "/" for part in folders]
    return "".join(steps) + (".+" if last == "**" else _part(last))


def _part(part: str) -> str:
    """One name of a path; `[` without its `]` stands for itself."""
    tokens = re.findall(r"\[[!^]?[^\]]+\]|.", part)
    return "".join(_token(token) for token in tokens)


def _token(token: str) -> str:
    if token == "*":
        return "[^/]*"
    if token == "?":
        return "[^/]"
    if len(token) == 1:
        return re.escape(token)
    inside = token[1:-1].replace("\\", r"\\")
    return f"[{'^' + inside[1:] if inside[0] in '!^' else inside}]"
