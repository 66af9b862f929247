"""Generated data of a contract, and what the pipeline says of them."""

import json
from collections import Counter
from pathlib import Path

import yaml
from end_to_end.project import errors

from generator import Planted, stream
from generator.from_contract import Settings
from generator.from_contract.maker import FromContract
from localrun import Pipeline

CONTRACTS = Path(__file__).parent / "contracts"


class Generated:
    """Batches of data for a contract, in a landing folder, and their ledger.

    `data` is the contract's file, or its tables.
    """

    def __init__(self, folder: Path, data: list[dict] | Path, /, **settings):
        self.folder, self.landing = folder, folder / "landing"
        self.contract = data if isinstance(data, Path) else folder / "a.odcs.yaml"
        if not isinstance(data, Path):
            self.contract.write_text(yaml.safe_dump(contract_of(data)))
        self.settings = {"landing": self.landing, "contract": self.contract, **settings}
        self.planted: list[Planted] = []
        self.rows: Counter[str] = Counter()
        self.remarks: list[str] = []

    def more(self, **settings) -> list[Planted]:
        """Write batches; returns what is planted in them."""
        made = Settings(**{**self.settings, **settings})
        found = []
        for batch in stream(made, tell=self.remarks.append):
            found += batch.planted
            self.rows.update(batch.rows)
            self.last = batch
        self.planted += found
        return found

    def plans(self) -> list:
        return FromContract(Settings(**self.settings)).plans

    def lines(self, table: str) -> list[dict]:
        """The rows of a table's JSON lines that can be read."""
        found = []
        for file in sorted((self.landing / table).glob("*.json")):
            for line in file.read_text().splitlines():
                try:
                    found.append(json.loads(line))
                except ValueError:
                    continue
        return found

    def updated(self, root: Path, tables: Path | None = None) -> Pipeline:
        """The bundle's pipeline, after an update over these files.

        `tables` is the folder of those of other catalogs.
        """
        conf = {"pipeline.contract": str(self.contract)}
        warehouse = self.folder / "warehouse"
        pipeline = Pipeline(root, warehouse, self.landing, conf, tables=tables)
        result = pipeline.update()
        assert not errors(result)
        return pipeline

    def noted(self, table: str) -> Counter:
        """How many rows the ledger says break these rules together."""
        last = max((p.batch for p in self.planted), default=0)
        return Counter(
            tuple(sorted(entry.rules))
            for entry in self.planted
            if entry.source == table
            and entry.rules
            # The file of a reference is replaced by each batch.
            and (Path(entry.file).stem != table or entry.batch == last)
        )


def contract_of(tables: list[dict]) -> dict:
    head = {"apiVersion": "v3.1.0", "kind": "DataContract", "id": "a"}
    return {**head, "version": "1.0.0", "status": "active", "schema": tables}


def quarantined(pipeline: Pipeline, table: str) -> Counter:
    """How many rows in quarantine broke these rules together."""
    query = f"SELECT failed_rules.name FROM quarantine_{table}"
    return Counter(tuple(sorted(row[0])) for row in pipeline.sql(query).collect())
