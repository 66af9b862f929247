"""What can be set: defaults, then a settings file, then what the caller gives."""

import difflib
import math
import types
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, get_args, get_origin, get_type_hints

import yaml

if TYPE_CHECKING:
    from generator.maker import Maker

FILE = Path(__file__).parent / "settings.yml"


class GeneratorError(Exception):
    """The generator cannot do what was asked; the message says why in one sentence."""


@dataclass(frozen=True)
class Settings:
    """One run of the generator; `settings.yml` says what each setting means.

    Raises GeneratorError where a value makes no sense.
    """

    landing: Path = Path(".local/landing")
    ledger: Path | None = None
    seed: int = 1
    start: datetime = datetime(2025, 1, 6, tzinfo=timezone.utc)
    batches: int = 10
    step: float = 86_400
    continuous: bool = False
    interval: float = 30
    wall_clock: bool = True
    skew: float = 60
    late_share: float = 0.02
    late_hours: float = 48
    dirty_share: float = 0.05

    # Setting to what `--help` says about it; settings.yml says more.
    FLAGS: ClassVar[Mapping[str, tuple[str, str]]] = {
        "landing": ("DIR", "folder to write to, a volume's path among others"),
        "ledger": ("FILE", "append a JSON line for each line with something planted"),
        "seed": ("N", "the same seed and start make the same bytes"),
        "start": (
            "TIME",
            "event time of the first batch, such as 2025-01-06T00:00:00Z",
        ),
        "batches": ("N", "how many batches; 0 with --continuous: without end"),
        "step": ("S", "seconds of event time that a batch covers"),
        "interval": ("S", "with --continuous: seconds from batch to batch"),
        "skew": ("S", "seconds by which events of a source are out of order, at most"),
        "late_share": ("F", "share of rows that arrive late"),
        "late_hours": ("H", "hours by which facts arrive late, at most"),
        "dirty_share": ("F", "share of rows with something planted, 0 for none"),
    }

    def __post_init__(self):
        hints = get_type_hints(type(self))
        for field in fields(self):
            value = _of_type(hints[field.name], field.name, getattr(self, field.name))
            object.__setattr__(self, field.name, value)
        unbounded = self.continuous and self.batches == 0
        if self.batches < 1 and not unbounded:
            raise wrong("batches", self.batches, "at least 1, or 0 with continuous")
        for name in ("late_share", "dirty_share"):
            if not 0 <= getattr(self, name) <= 1:
                raise wrong(name, getattr(self, name), "a share between 0 and 1")
        if self.step < 1:
            raise wrong("step", self.step, "at least 1 second")

    def maker(self) -> "Maker":
        """Who makes the batches."""
        raise NotImplementedError

    @classmethod
    def load(cls, file: Path | None = None, **given: Any) -> "Settings":
        """The settings of a YAML file (the one beside this module) and what is given.

        Raises GeneratorError where the file cannot be read or names what is unknown.
        """
        file = file or FILE
        try:
            stated = yaml.safe_load(file.read_text(encoding="utf-8")) or {}
        except OSError as error:
            raise GeneratorError(f"settings {file}: {error.strerror}") from error
        except (yaml.YAMLError, UnicodeDecodeError) as error:
            raise GeneratorError(f"settings {file} are not YAML: {error}") from error
        if not isinstance(stated, dict):
            raise GeneratorError(f"settings {file}: write one `name: value` a line")
        known = [field.name for field in fields(cls)]
        for name in stated:
            if name not in known:
                raise unknown(f"settings {file}", name, known)
        return cls(**{**stated, **given})


def _of_type(hint: Any, name: str, value: Any) -> Any:
    if get_origin(hint) is dict:
        return value or {}
    if isinstance(hint, types.UnionType):
        if value is None or value == "":
            return None
        hint = get_args(hint)[0]
    try:
        if hint is bool and not isinstance(value, bool):
            raise ValueError
        if hint in (int, float) and isinstance(value, bool):
            raise ValueError
        if hint is int and int(value) != float(value):
            raise ValueError
        if hint is datetime:
            return _time(value)
        value = hint(value)
        if hint is float and not math.isfinite(value):
            raise ValueError
    except (TypeError, ValueError, OverflowError) as error:
        kinds = {int: "a whole number", float: "a number", bool: "true or false"}
        kinds |= {datetime: "a time such as 2025-01-06T00:00:00Z", Path: "a path"}
        raise wrong(name, value, kinds[hint]) from error
    if hint in (int, float) and name != "seed" and value < 0:
        raise wrong(name, value, "at least 0")
    return value


def _time(value: Any) -> datetime:
    """A time with its zone; UTC where none is written."""
    time = datetime.fromisoformat(str(value).strip().replace("Z", "+00:00"))
    if time.tzinfo is None:
        return time.replace(tzinfo=timezone.utc)
    return time.astimezone(timezone.utc)


def unknown(place: str, name: object, known: Iterable[str]) -> GeneratorError:
    near = difflib.get_close_matches(str(name), known, n=1)
    hint = f"did you mean {near[0]}?" if near else f"use {', '.join(known)}"
    return GeneratorError(f"{place}: {name} is unknown; {hint}")


def wrong(name: str, value: Any, wanted: str) -> GeneratorError:
    return GeneratorError(f"setting {name} is {value}, but must be {wanted}")
