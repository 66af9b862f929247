"""A reference source of files, read and judged as the pipeline does."""

from pathlib import Path

import yaml
from pyspark.sql import DataFrame, SparkSession

from medallion import contract, quality, sources


class Reference:
    """The table `regions`, whose key is `id`, of files that are put into its folder."""

    def __init__(self, spark: SparkSession, root: Path, file_format: str, **types: str):
        self.spark = spark
        self.folder = root / "regions"
        self.folder.mkdir()
        self._format, self._types = file_format, types
        self._contract = root / "shop.odcs.yaml"

    def put(self, name: str, text: str) -> None:
        (self.folder / name).write_text(text)

    def table(self) -> contract.Table:
        custom = {"role": "reference", "format": self._format}
        if self._format == "xml":
            custom["readerOptions"] = {"rowTag": "region"}
        custom |= {"location": str(self.folder)} | (
            {} if self._types else {"keys": "id"}
        )
        properties = [
            {"name": name, "physicalType": type_, "primaryKey": name == "id"}
            for name, type_ in self._types.items()
        ]
        entry = {
            "name": "regions",
            "customProperties": [
                {"property": name, "value": value} for name, value in custom.items()
            ],
            **({"properties": properties} if properties else {}),
        }
        document = {
            **{"apiVersion": "v3.1.0", "kind": "DataContract", "id": "shop"},
            **{"version": "1.0.0", "status": "active", "schema": [entry]},
        }
        self._contract.write_text(yaml.safe_dump(document))
        return contract.load(self._contract)[0]

    def checked(self) -> DataFrame:
        self.spark.conf.set("pipeline.landing", str(self.folder.parent))
        # It goes before the contract, and another test may have left one.
        self.spark.conf.set("pipeline.location.regions", str(self.folder))
        table = self.table()
        rows = sources.type_columns(sources.all_rows(self.spark, table), table)
        return quality.check(rows, table)

    def accepted(self, *columns: str) -> list[tuple]:
        rows = self.checked().where("size(failed_rules) = 0").selectExpr(*columns)
        return sorted(map(tuple, rows.collect()), key=str)

    def failed(self, *columns: str) -> list[tuple]:
        """The rules that a row broke, and these of its columns."""
        rows = self.checked().where("size(failed_rules) > 0")
        rows = rows.select("failed_rules.name", *columns)
        return sorted(map(tuple, rows.collect()), key=str)
