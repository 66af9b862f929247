"""Auto Loader for the laptop: ``spark.readStream.format("cloudFiles")``.

Follows https://docs.databricks.com/aws/en/ingestion/cloud-object-storage/auto-loader/
(pages ``schema`` and ``options``) on top of Spark's own streaming file source, which
brings checkpoints, exactly-once and the hidden column ``_metadata``:

- ``reader`` the fluent reader and what one ``load`` does, in order
- ``options`` which options there are; ``files`` which files a path stands for;
  ``changed_files`` which of them are not as they were read
- ``columns`` the columns that are remembered, and how they evolve
- ``json_files``, ``csv_files``, ``xml_files`` text into records; ``records`` these into
  columns
- ``foreign`` files of other formats; ``batch`` the same looks for batch reads
- ``typed_files`` files that bring their own types: Parquet, Avro, ORC
"""

from localrun.autoloader.batch import check_files
from localrun.autoloader.files import signature
from localrun.autoloader.reader import CloudFilesReader, LoadContext

__all__ = ["CloudFilesReader", "LoadContext", "check_files", "signature"]
