"""AUTO CDC: the target table, and the ways to write to it."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property

from delta.tables import DeltaTable
from pyspark.errors import AnalysisException
from pyspark.sql import Column, DataFrame, Row, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.types import AtomicType, DataType

from localrun.errors import FlowError
from localrun.spark.messages import first_sentence
from localrun.spark.quoting import column, quoted

# Up to this size a table is rewritten sooner than Delta has merged into it.
REWRITTEN_BYTES = 32 << 20
FILE_BYTES = 16 << 20


class Target:
    """The Delta table at `path`. Its log names our writes by app_id and batch_id."""

    def __init__(self, spark: SparkSession, path: str, app_id: str, batch_id: int):
        self._spark, self._path = spark, path
        self._transaction = {"txnAppId": app_id, "txnVersion": str(batch_id)}

    def read(self) -> DataFrame:
        return self._spark.read.format("delta").load(self._path)

    @cached_property
    def _detail(self) -> Row:
        detail = DeltaTable.forPath(self._spark, self._path).detail()
        return detail.select("numFiles", "sizeInBytes", "properties").collect()[0]

    @property
    def is_empty(self) -> bool:
        return bool(self._detail["numFiles"] == 0)

    @property
    def is_merged(self) -> bool:
        """A change feed must tell the rows that changed from those that did not."""
        feed = self._detail["properties"].get("delta.enableChangeDataFeed", "")
        is_large = self._detail["sizeInBytes"] > REWRITTEN_BYTES
        return bool(feed.lower() == "true" or is_large)

    def prepare(self, rows: DataFrame) -> DataFrame:
        """Give the table the columns that only `rows` has, and rows the table's types.

        Raises FlowError where a column does not go into the table.
        """
        rows = self._fitted(rows)
        if not self._misfits(rows):
            return rows
        reason = "a nested column lacks fields that the target has"
        try:
            evolving = rows.limit(0).write.format("delta").mode("append")
            evolving.option("mergeSchema", True).save(self._path)
        except AnalysisException as error:
            reason = first_sentence(error)
        rows = self._fitted(rows)
        if misfits := self._misfits(rows):
            raise FlowError(f"the target has no place for {misfits}: {reason}")
        return rows

    def _fitted(self, rows: DataFrame) -> DataFrame:
        """`rows` with the columns of the table first, their simple types being its."""
        present = {field.name.lower(): field for field in rows.schema}
        fitted = []
        for field in self.read().schema:
            found = present.pop(field.name.lower(), None)
            value = F.lit(None) if found is None else column(found.name)
            if found is None or _are_simple(found.dataType, field.dataType):
                value = value.cast(field.dataType)
            fitted.append(value.alias(field.name))
        return rows.select(*fitted, *[column(field.name) for field in present.values()])

    def _misfits(self, rows: DataFrame) -> str:
        known = {f.name: f.dataType.simpleString() for f in self.read().schema}
        return ", ".join(
            f"{field.name} {field.dataType.simpleString()}"
            for field in rows.schema
            if known.get(field.name) != field.dataType.simpleString()
        )

    # -- writes

    def append(self, rows: DataFrame) -> None:
        writer = rows.write.format("delta").mode("append").options(**self._transaction)
        writer.save(self._path)

    def overwrite(self, rows: DataFrame) -> None:
        files = 1 + self._detail["sizeInBytes"] // FILE_BYTES
        writer = rows.coalesce(files).write.format("delta").mode("overwrite")
        # Without a condition Delta would forget the columns that cluster the table
        writer = writer.option("replaceWhere", "true").options(**self._transaction)
        writer.save(self._path)

    def merge(self, changes: DataFrame, identity: Sequence[str], new: str) -> None:
        """Give the rows named by `identity` the values in the struct `new`.

        Where that is NULL the row is removed.
        """
        is_same = " AND ".join(f"t.{quoted(n)} = c.{quoted(n)}" for n in identity)
        values: dict[str, str | Column] = {
            quoted(name): f"c.{new}.{quoted(name)}" for name in self.read().columns
        }
        table = DeltaTable.forPath(self._spark, self._path).alias("t")
        with self._named_transaction():
            (
                table.merge(changes.alias("c"), is_same)
                .whenMatchedDelete(f"c.{new} IS NULL")
                .whenMatchedUpdate(set=values)
                .whenNotMatchedInsert(values=values)
                .execute()
            )

    @contextmanager
    def _named_transaction(self) -> Iterator[None]:
        """A merge takes no options: Delta reads their values from the session.

        That session is the stream's own, which no other flow writes with.
        """
        settings = {
            f"spark.databricks.delta.write.{name}": value
            for name, value in self._transaction.items()
        }
        for name, value in settings.items():
            self._spark.conf.set(name, value)
        try:
            yield
        finally:
            for name in settings:
                self._spark.conf.unset(name)


def _are_simple(*kinds: DataType) -> bool:
    return all(isinstance(kind, AtomicType) for kind in kinds)
