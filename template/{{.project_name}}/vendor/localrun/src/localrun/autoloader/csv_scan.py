"""CSV files into the texts of their records, by Spark's own parser, in bounded memory.

Spark's parser alone knows where a record ends that has line breaks in its quotes. It
tells a record's text where the record has not the number of cells that it was told:

- of `plain` files (see `csv_look`) it is told the right number, and its cells are
  taken; that is the quick way, and the text comes with the few records that differ
- of others it is told a number that no record has: all come as text, to be taken apart
  by `csv_grammar`

What it cannot do (`skipRows`, some encodings) is done with the text of whole files.
"""

import codecs
import os
from collections.abc import Iterable

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql.types import StringType, StructField, StructType

from localrun.autoloader import records
from localrun.autoloader.csv_grammar import Grammar
from localrun.autoloader.csv_shape import Shape
from localrun.autoloader.options import Options
from localrun.autoloader.records import Paths, Reader
from localrun.errors import FlowError

# More cells than a header has, by so many that no record will have just that number.
_BEYOND = 97
_LARGE_FILE = 2**26
_LONGEST_CELL = 2**24
_LARGEST_WHOLE_FILE = 2**28
_BYTE_FOR_BYTE = "ISO-8859-1"
_LINES = ("utf-8", "ascii", "iso8859-1")
_DOCUMENTS = (*_LINES, "utf-16", "utf-16-le", "utf-16-be", "utf-32")


def is_streamed(options: Options) -> bool:
    """Whether Spark's parser can read files with these options, piece by piece."""
    if int(options.parser.get("skiprows", "0")) or len(_line_end(options) or "") > 1:
        return False
    return _spark_encoding(options) is not None


def is_large(size: int) -> bool:
    return size > _LARGE_FILE


def refuse_large(paths: Iterable[str]) -> None:
    """Raises FlowError for a file that is too large to be read whole."""
    for path in paths:
        if os.path.getsize(path) > _LARGEST_WHOLE_FILE:
            raise FlowError(
                f"{path} is too large to be read with skipRows or in its encoding, for "
                "which a file is held in memory here: write it as UTF-8 without lines "
                "to skip, or in files of up to 256 MB"
            )


def records_of(
    reader: Reader[Paths], path: Paths, options: Options, shape: Shape
) -> DataFrame:
    """The column `text`; of plain files NULL, where the cells `_0`, `_1`, … are right.

    A text may be more than one record, where a quote is not closed.
    """
    count = shape.width + (0 if shape.plain else _BEYOND)
    columns = [StructField(f"_{i}", StringType()) for i in range(count)]
    is_told_apart = not (shape.plain and shape.even)
    if is_told_apart:
        columns.append(StructField("text", StringType()))
    reader = reader.format("csv").options(**options.source)
    reader = reader.options(**_parser(options, shape)).schema(StructType(columns))
    df = reader.load(path)
    if not is_told_apart:  # Spark reads a third slower where it has a text, too
        return df.withColumn("text", F.lit(None).cast("string"))
    if not shape.plain:
        too_many = F.raise_error(
            F.concat(
                F.lit(f"a record with {count} cells cannot be read, in "),
                F.col("_metadata.file_path"),
                F.lit(": it begins with "),
                F.coalesce("_0", F.lit("an empty cell")),
            )
        )
        text = F.coalesce(_decoded(F.col("text"), options), too_many.cast("string"))
        df = df.select(text.alias("text"))
    return df.where(F.col("text").isNull() | F.rlike("text", F.lit(r"\S")))


def _parser(options: Options, shape: Shape) -> dict[str, str]:
    grammar, given = Grammar.of(options), options.parser
    chosen = {
        "sep": grammar.separator,
        "quote": grammar.quote,
        "escape": grammar.escape,
        "header": str(options.header),
        "multiLine": str(options.flag("multiline")),
        "encoding": _spark_encoding(options) or "",
        "columnNameOfCorruptRecord": "text",
        # Else a record has the number of cells that are asked for, not its own.
        "columnPruning": str(shape.plain and shape.even),
        "nullValue": given.get("nullvalue", ""),
        "emptyValue": given.get("emptyvalue", ""),
    }
    if comment := given.get("comment", "\0").strip("\0"):
        chosen["comment"] = comment
    longest = given.get(
        "maxcharspercolumn", str(_LONGEST_CELL) if shape.large else "-1"
    )
    chosen["maxCharsPerColumn"] = longest
    line_end = _line_end(options)
    if line_end is None and options.flag("multiline") and not shape.plain:
        # Spark would take the first end of a line for the file's own.
        line_end = "\n"
    if line_end:
        chosen["lineSep"] = line_end
    return chosen


def _line_end(options: Options) -> str | None:
    return options.parser.get("linesep")


def _spark_encoding(options: Options) -> str | None:
    """The encoding that Spark is told; None where it does not know a fitting one."""
    name = codecs.lookup(options.encoding).name
    if name in (_DOCUMENTS if options.flag("multiline") else _LINES):
        return options.encoding if name in _DOCUMENTS[3:] else _SPARK_NAMES[name]
    return _BYTE_FOR_BYTE if _other_letters(options.encoding) else None


_SPARK_NAMES = {"utf-8": "UTF-8", "ascii": "US-ASCII", "iso8859-1": _BYTE_FOR_BYTE}


def _other_letters(encoding: str) -> tuple[str, str] | None:
    """The letters of ISO-8859-1 that stand for others in an encoding by single bytes;
    None for other encodings.
    """
    upper = bytes(range(128, 256))
    letters = upper.decode(encoding, "replace")
    single = [bytes([byte]).decode(encoding, "replace") for byte in range(256)]
    if "".join(single[128:]) != letters or "".join(single[:128]) != bytes(
        range(128)
    ).decode("ascii"):
        return None
    return upper.decode(_BYTE_FOR_BYTE), letters


def _decoded(text: Column, options: Options) -> Column:
    if _spark_encoding(options) != _BYTE_FOR_BYTE:
        return text
    letters = _other_letters(options.encoding)
    return F.translate(text, *letters) if letters else text


def whole_files(reader: Reader[Paths], path: Paths, options: Options) -> DataFrame:
    """A row a file with its text, in column `text`; without the lines to skip."""
    text = records.text(reader, path, options, whole=True).select(
        F.col("value").alias("text")
    )
    if skipped := int(options.parser.get("skiprows", "0")):
        line = "(?:[^\\r\\n]*+(?:\\r\\n|\\r|\\n))"
        lines = f"^{line}" + "{0," + f"{skipped}" + "}+"
        text = text.select(
            F.regexp_replace("text", F.lit(lines), F.lit("")).alias("text")
        )
    return text
