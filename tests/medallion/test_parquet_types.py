"""Parquet files of other types than the contract's."""

from decimal import Decimal

from autoloading import Source, rows

from medallion import sources
from medallion.model import RESCUED, Column, Table
from medallion.names import READ_AS


def put(source: Source, name: str, ddl: str, *values: tuple) -> None:
    written = source.folder.parent / "written" / name
    source.spark.createDataFrame(values, ddl).coalesce(1).write.parquet(str(written))
    (part,) = written.glob("part-*.parquet")
    source.put(name, part.read_bytes())


def test_what_is_rescued_for_its_type_has_the_type_of_the_contract(spark, tmp_path):
    source = Source(spark, tmp_path, "parquet")
    columns = (Column("id", "BIGINT"), Column("amount", "DECIMAL(10,2)"))
    table = Table("sales", "", "fact", "parquet", keys=("id",), columns=columns)

    def run() -> list[dict]:
        loaded = source.load(rescuedDataColumn=READ_AS[RESCUED])
        return rows(source.write(sources.type_columns(loaded, table)))

    put(source, "1.parquet", "id BIGINT, amount BIGINT", (1, 3))
    run()
    put(source, "2.parquet", "id BIGINT, amount DOUBLE", (2, 3.5), (3, float("nan")))
    found = {row["id"]: (row.get("amount"), row.get("_misfits")) for row in run()}
    assert found == {
        1: (Decimal("3.00"), None),
        2: (Decimal("3.50"), None),
        3: (None, {"amount": "NaN"}),
    }
