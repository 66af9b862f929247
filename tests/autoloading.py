"""A landing folder read by Auto Loader's stand-in, as a stream with a checkpoint."""

import os
from pathlib import Path

from localrun.autoloader import CloudFilesReader, LoadContext


class Source:
    """Files that are put, and the table that a stream over them writes.

    The folder's name has what paths may have: blanks, brackets, a percent sign.
    """

    def __init__(self, spark, root: Path, file_format: str, **options: object):
        self.spark = spark
        self.folder = root / "land ing [x] 100%"
        self.folder.mkdir(parents=True)
        self.options = {"cloudFiles.format": file_format, **options}
        self.signatures: dict[str, str] = {}
        self.checkpoint = root / "checkpoint"
        self._root = root

    def put(self, name: str, content: str | bytes, age: int = 0) -> Path:
        """A file, last modified `age` seconds after others that have a lower age."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        data = content.encode() if isinstance(content, str) else content
        path.write_bytes(data)
        os.utime(path, (1_700_000_000 + age, 1_700_000_000 + age))
        return path

    def load(self, path=None, schema=None, validating=False, **options: object):
        context = LoadContext(
            self._root / "inferred", validating, self.signatures.__setitem__
        )
        reader = CloudFilesReader(self.spark, context).format("cloudFiles")
        reader = reader.options(**{**self.options, **options})
        reader = reader if schema is None else reader.schema(schema)
        return reader.load(str(path or self.folder))

    def write(self, df):
        """Run the stream until it has read what there is; the table so far."""
        query = (
            df.writeStream.format("parquet")
            .option("checkpointLocation", str(self.checkpoint))
            .trigger(availableNow=True)
            .start(str(self._root / "table"))
        )
        query.awaitTermination()
        return self.spark.read.schema(df.schema).parquet(str(self._root / "table"))

    def run(self, **options: object) -> list[dict]:
        """An update: the table's rows, without the columns that are NULL in them."""
        return rows(self.write(self.load(**options)))


def rows(df) -> list[dict]:
    return [
        {name: value for name, value in row.asDict(True).items() if value is not None}
        for row in df.collect()
    ]


def root_cause(error) -> str:
    """What stopped a stream, below Spark's own wrappings."""
    cause = error._origin
    while cause.getCause() is not None:
        cause = cause.getCause()
    return cause.getMessage()
