"""Files of a batch read, looked at before Spark reads them: it would name none."""

from collections.abc import Mapping

from localrun.autoloader import options as cloud_options
from localrun.autoloader.csv_beginnings import Quoting, beginning
from localrun.autoloader.encodings import refuse_unsaid
from localrun.autoloader.files import check_whole, local_path, matching, name_filter

TEXT = ("csv", "json", "text", "xml")
_OF_QUOTING = (
    "charset",
    "comment",
    "delimiter",
    "encoding",
    "escape",
    "header",
    "multiline",
    "quote",
    "sep",
)


def check_files(path: str, file_format: str, options: Mapping[str, object]) -> None:
    """Raises FlowError for a file of text that is cut off, for JSON in an encoding that
    no option says, and for what is not CSV among CSV; see `csv_beginnings.beginning`.

    Skipped lines are not skipped here: Spark's own reader does not do it, either.
    """
    if file_format not in TEXT:
        return
    found = matching(local_path(path), name_filter(options))
    for file in found:
        check_whole(file.path)
    if file_format == "json":
        refuse_unsaid((file.path for file in found), options)
    if file_format == "csv":
        given = {k: v for k, v in options.items() if k.lower() in _OF_QUOTING}
        given = {"header": False, "cloudFiles.format": "csv", **given}
        quoting = Quoting.of(cloud_options.parse(given, None))
        for file in found:
            beginning(file.path, quoting)
