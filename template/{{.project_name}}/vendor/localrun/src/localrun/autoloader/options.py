"""The options of a `cloudFiles` stream: which there are, and what they mean here.

Follows https://docs.databricks.com/aws/en/ingestion/cloud-object-storage/auto-loader/options.
"""

import difflib
from collections.abc import Mapping
from dataclasses import dataclass

from pyspark.errors import ParseException
from pyspark.sql.types import StructType

from localrun.autoloader.files import name_filter
from localrun.autoloader.types import from_ddl
from localrun.errors import FlowError

FORMATS = ("json", "csv", "parquet", "avro", "orc", "xml", "text", "binaryFile")
# Of these, Auto Loader documents no inference and no rescued data.
_GIVEN = ("orc",)
ADD = ("addNewColumns", "addNewColumnsWithTypeWidening")
MODES = (*ADD, "rescue", "failOnNewColumns", "none")
PREFIX = "cloudFiles."
_USED = (
    "format",
    "includeExistingFiles",
    "inferColumnTypes",
    "maxBytesPerTrigger",
    "maxFilesPerTrigger",
    "partitionColumns",
    "schemaEvolutionMode",
    "schemaHints",
)
# About discovery, clean-up and cloud accounts: nothing that a local folder has.
_WITHOUT_MEANING = (
    "awsAccessKey",
    "awsSecretKey",
    "backfillInterval",
    "cleanSource",
    "cleanSource.moveDestination",
    "cleanSource.retentionDuration",
    "client",
    "clientEmail",
    "clientId",
    "clientSecret",
    "connectionString",
    "fetchParallelism",
    "maxFileAge",
    "pathRewrites",
    "privateKey",
    "privateKeyId",
    "projectId",
    "queueName",
    "queueUrl",
    "region",
    "resourceGroup",
    "resourceTag",
    "restrictNotificationSetupToSameAWSAccountId",
    "roleArn",
    "roleExternalId",
    "roleSessionName",
    "schemaLocation",
    "stsEndpoint",
    "subscription",
    "subscriptionId",
    "tenantId",
    "useIncrementalListing",
    "useManagedFileEvents",
    "useNotifications",
    "useStrictGlobber",
    "validateOptions",
)
_REFUSED = {
    "cloudfiles.allowoverwrites": "a changed file is not read again: write a new file",
    "singlevariantcolumn": "variants are not read: leave the option out",
    "badrecordspath": "hint the column `_corrupt_record STRING` instead",
    "modifiedafter": "choose files by pathGlobFilter",
    "modifiedbefore": "choose files by pathGlobFilter",
}
# Spark's file source forgets files a week older than the newest; Auto Loader does not.
# The raw file system opens files with a colon in their name, the default one cannot.
_SOURCE = {
    "maxFileAge": "36500d",
    "recursiveFileLookup": "true",
    "fs.file.impl": "org.apache.hadoop.fs.RawLocalFileSystem",
    "fs.file.impl.disable.cache": "true",
}
_UNITS = {"k": 2**10, "m": 2**20, "g": 2**30, "t": 2**40}
_KNOWN = {name.lower(): name for name in (*_USED, *_WITHOUT_MEANING)}
# Read here or by Spark's file source, not by the parser of a format.
_OF_TEXT = ("csv", "json", "xml")
_FILE_OPTIONS = ("ignorecorruptfiles", "ignoremissingfiles")
_NOT_PARSER = {
    *_FILE_OPTIONS,
    "columnnameofcorruptrecord",
    "filenamepattern",
    "path",
    "pathglobfilter",
    "readercasesensitive",
    "recursivefilelookup",
    "rescueddatacolumn",
}


@dataclass(frozen=True)
class Options:
    """One load's options, checked; `parser` has the format's own, in lower case."""

    format: str
    mode: str
    infer_types: bool
    hints: StructType
    rescued: str | None
    corrupt: str
    case_sensitive: bool
    partitions: tuple[str, ...] | None
    include_existing: bool
    source: dict[str, str]
    limits: dict[str, str]
    parser: dict[str, str]

    def flag(self, name: str, default: bool = False) -> bool:
        return _flag(self.parser.get(name), default)

    @property
    def encoding(self) -> str:
        return self.parser.get("encoding", self.parser.get("charset", "UTF-8"))

    @property
    def unicode(self) -> bool:
        return self.encoding.lower() in ("utf-8", "utf8")

    @property
    def header(self) -> bool:
        """Auto Loader takes the first line of a CSV file for its header."""
        return self.flag("header", default=True)


def parse(given: Mapping[str, object], schema: StructType | None) -> Options:
    """Check and sort the options; raises FlowError on one that cannot be meant."""
    named = {key.lower(): (key, _text(value)) for key, value in given.items()}
    for key, (name, value) in named.items():
        _check(key, name, value)
    options = {key: value for key, (_, value) in named.items()}

    def cloud(name: str, default: str | None = None) -> str | None:
        return options.get(f"{PREFIX}{name}".lower(), default)

    mode = cloud("schemaEvolutionMode")
    if mode is not None:
        mode = _one_of("schemaEvolutionMode", mode, MODES)
    if mode in ADD and schema is not None:
        raise FlowError(
            f"cloudFiles.schemaEvolutionMode {mode} does not go with a schema: "
            "give the columns as cloudFiles.schemaHints"
        )
    file_format = _one_of("format", cloud("format"), FORMATS)
    if file_format == "xml" and not options.get("rowtag"):
        raise FlowError(
            "XML files need the option rowTag: the name of the element that is a row"
        )
    if file_format in _GIVEN:
        _check_given(file_format, options, schema)
    mode = mode or (ADD[0] if schema is None else "none")
    rescues = mode != "none"
    parser = {key: value for key, value in options.items() if key not in _NOT_PARSER}
    parser = {key: v for key, v in parser.items() if not key.startswith(PREFIX.lower())}
    if schema is not None:
        parser.setdefault("header", "false")
    partitions = cloud("partitionColumns")
    source = {key: options[key] for key in _FILE_OPTIONS if key in options}
    if glob := name_filter(options):
        source["pathGlobFilter"] = glob
    return Options(
        format=file_format,
        mode=mode,
        infer_types=_flag(cloud("inferColumnTypes"), False),
        hints=_hints(cloud("schemaHints")),
        rescued=options.get("rescueddatacolumn", "_rescued_data" if rescues else None),
        corrupt=_corrupt(file_format, options),
        case_sensitive=_flag(options.get("readercasesensitive"), True),
        partitions=None if partitions is None else _names(partitions),
        include_existing=_flag(cloud("includeExistingFiles"), True),
        source={**_SOURCE, **source},
        limits=_limits(cloud("maxFilesPerTrigger"), cloud("maxBytesPerTrigger")),
        parser=parser,
    )


def _corrupt(file_format: str, options: Mapping[str, str]) -> str:
    """The column of unreadable records, which only formats of text have."""
    if file_format not in _OF_TEXT:
        return ""
    return options.get("columnnameofcorruptrecord", "_corrupt_record")


def _check(key: str, name: str, value: str) -> None:
    if key in _REFUSED and _flag(value, True):
        raise FlowError(f"option {name} does not run on the laptop: {_REFUSED[key]}")
    if not key.startswith(PREFIX.lower()) or key in _REFUSED:
        return
    bare = key.removeprefix(PREFIX.lower())
    if bare in _KNOWN or bare.startswith("resourcetag."):
        return
    close = difflib.get_close_matches(bare, _KNOWN, n=1)
    hint = "a parser's option stands without the prefix"
    if close:
        hint = f"did you mean {PREFIX}{_KNOWN[close[0]]}?"
    raise FlowError(f"{name} is not an option of Auto Loader: {hint}")


def _check_given(
    file_format: str, options: Mapping[str, str], schema: StructType | None
) -> None:
    name = file_format.upper()
    if schema is None:
        raise FlowError(
            f"Auto Loader infers no columns of {name} files: give them with "
            ".schema('id BIGINT, …')"
        )
    if "rescueddatacolumn" in options:
        raise FlowError(
            f"Auto Loader rescues no data of {name} files: leave rescuedDataColumn out"
        )


def _one_of(name: str, value: str | None, allowed: tuple[str, ...]) -> str:
    for option in allowed:
        if value is not None and option.lower() == value.lower():
            return option
    raise FlowError(
        f"cloudFiles.{name} is {value or 'missing'}: "
        f"on the laptop it is one of {', '.join(allowed)}"
    )


def _hints(ddl: str | None) -> StructType:
    try:
        hints = from_ddl(ddl) if ddl and ddl.strip() else StructType()
    except (ParseException, FlowError) as error:
        raise FlowError(
            f"cloudFiles.schemaHints {ddl!r} is not a list of columns and types, such "
            "as `id STRING, items ARRAY<STRING>` (a field inside of a column cannot be "
            "hinted alone)"
        ) from error
    names = [name.lower() for name in hints.names]
    for name in hints.names:
        if names.count(name.lower()) > 1:
            raise FlowError(f"cloudFiles.schemaHints names the column {name} twice")
    return hints


def _limits(files: str | None, size: str | None) -> dict[str, str]:
    """How much one micro-batch reads; Spark's source takes one of the two only."""
    if files is None and size is not None:
        number, unit = size.strip().lower().rstrip("b"), 1
        if number[-1:] in _UNITS:
            number, unit = number[:-1], _UNITS[number[-1]]
        if number.isdigit():
            return {"maxBytesPerTrigger": str(int(number) * unit)}
        raise FlowError(f"cloudFiles.maxBytesPerTrigger {size} is not a size like 10g")
    if not (files or "1000").isdigit() or files == "0":
        raise FlowError(
            f"cloudFiles.maxFilesPerTrigger {files} is not a number above 0"
        )
    return {"maxFilesPerTrigger": files or "1000"}


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(",") if name.strip())


def _flag(value: str | None, default: bool) -> bool:
    return default if value is None else value.strip().lower() != "false"


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
