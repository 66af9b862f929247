"""A query's answer as text that Spark itself makes of its values.

Python cannot hold all of them: its times begin after those of SQL, and it shows them in
the machine's zone, not in the session's.
"""

from pyspark.sql import Column, DataFrame, Row
from pyspark.sql import functions as F
from pyspark.sql import types as T

from localrun.errors import UsageError
from localrun.spark import jvm
from localrun.spark.messages import first_sentence

_NESTED = (T.StructType, T.ArrayType, T.MapType, T.VariantType)
# What JSON, or to_json, has a notation for; anything else is a string there.
_IN_JSON = (
    T.BooleanType,
    T.IntegralType,
    T.FloatType,
    T.DoubleType,
    T.BinaryType,
    T.VariantType,
)


def rows(answer: DataFrame) -> list[Row]:
    """Rows of strings and None: nested values as JSON, bytes in base64.

    Raises UsageError where the query fails.
    """
    numbered = _numbered(answer)
    texts = [_text(F.col(field.name), field.dataType) for field in numbered.schema]
    return _collect(numbered.select(*texts))


def objects(answer: DataFrame) -> list[str]:
    """A JSON object a row, NULLs included. Raises UsageError where the query fails."""
    numbered = _numbered(answer)
    values = [
        F.col(field.name).cast(_in_json(field.dataType)).alias(name)
        for field, name in zip(numbered.schema, answer.columns, strict=True)
    ]
    return [row[0] for row in _collect(numbered.select(_json(F.struct(*values))))]


def _numbered(answer: DataFrame) -> DataFrame:
    """With other names: those of an answer may be there twice, or hold dots."""
    return answer.toDF(*(f"c{number}" for number, _ in enumerate(answer.columns)))


def _text(column: Column, type_: T.DataType) -> Column:
    if isinstance(type_, _NESTED):
        return _json(column.cast(_in_json(type_)))
    return (
        F.base64(column) if isinstance(type_, T.BinaryType) else column.cast("string")
    )


def _json(column: Column) -> Column:
    return F.to_json(column, {"ignoreNullFields": "false"})


def _in_json(type_: T.DataType) -> T.DataType:
    """The type as which a value goes into JSON: decimals keep all their digits so."""
    if isinstance(type_, T.StructType):
        return T.StructType(
            [T.StructField(f.name, _in_json(f.dataType)) for f in type_]
        )
    if isinstance(type_, T.ArrayType):
        return T.ArrayType(_in_json(type_.elementType))
    if isinstance(type_, T.MapType):
        return T.MapType(_in_json(type_.keyType), _in_json(type_.valueType))
    return type_ if isinstance(type_, _IN_JSON) else T.StringType()


def _collect(texts: DataFrame) -> list[Row]:
    try:
        return texts.collect()
    except jvm.ERRORS as error:
        raise UsageError(first_sentence(error)) from error
