"""What can be set for the tables of a contract, beside what can be for all data."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

from generator import settings
from generator.maker import Maker


@dataclass(frozen=True)
class Settings(settings.Settings):
    """One run of the generator; `settings.yml` says what each setting means.

    Raises GeneratorError where a value makes no sense. What `tables` says is looked at
    once the contract is read.
    """

    contract: Path | None = None
    rows: int = 500
    members: int = 100
    updates: int = 20
    bootstrap_servers: str | None = None
    delta_tables: Path = Path(".local/tables")
    tables: dict[str, Any] = field(default_factory=dict)

    FLAGS: ClassVar[Mapping[str, tuple[str, str]]] = {
        **settings.Settings.FLAGS,
        "contract": ("FILE", "the contract whose tables get data"),
        "rows": ("N", "rows of each fact in a batch"),
        "members": ("N", "members of each other table before the first fact"),
        "updates": ("N", "changes of each other table in a batch, at most"),
        "bootstrap_servers": ("HOST:PORT", "broker that tables of Kafka are sent to"),
        "delta_tables": ("DIR", "folder of the Delta tables of other catalogs"),
    }

    def __post_init__(self):
        super().__post_init__()
        if self.contract is None:
            raise settings.wrong("contract", "empty", "the path of a contract")
        if self.members < 1:
            raise settings.wrong("members", self.members, "at least 1")

    def maker(self) -> Maker:
        from generator.from_contract.maker import FromContract

        return FromContract(self)
