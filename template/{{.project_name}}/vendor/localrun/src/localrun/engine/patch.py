"""One attribute of pyspark, and what takes its place."""

from dataclasses import dataclass
from types import ModuleType
from typing import Any

# What an owner has in place of a patch that adds an attribute.
ABSENT: Any = object()


@dataclass(frozen=True)
class Patch:
    """`owner.name` is `value` while patches are applied."""

    owner: type | ModuleType
    name: str
    value: Any
