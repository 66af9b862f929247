"""Files that are not what their folder holds: what they are, and what to do."""

import re

# What a file begins with; `\x00` and the like, so that no text begins that way.
_BINARY = {
    rb"PK\x03\x04": "a zip archive or an Excel workbook: unpack it, or save it as {}",
    rb"\xd0\xcf\x11\xe0": "an Excel workbook: save it as {}",
    rb"\x1f\x8b": "compressed by gzip: end its name with .gz",
    rb"BZh[1-9]1AY&SY": "compressed by bzip2: end its name with .bz2",
    rb"PAR1[\x00-\x1f]": "a Parquet file: take it out of the folder",
    rb"Obj\x01": "an Avro file: take it out of the folder",
    rb"%PDF-\d": "a PDF document: take it out of the folder",
}
_TEXT = {
    r'\s*(\{\s*["}]|\[\s*[\[{"])': "JSON: take it out of the folder",
    r"(?i)\s*<(\?xml|!doctype|html)\b": "XML or HTML: take it out of the folder",
}


def binary(beginning: bytes, wanted: str) -> str | None:
    """What a file with these first bytes is, if it is known and not text."""
    for pattern, what in _BINARY.items():
        if re.match(pattern, beginning):
            return what.format(wanted)
    return None


def text(beginning: str) -> str | None:
    """What a file with this first line is, if it is of another format of text."""
    for pattern, what in _TEXT.items():
        if re.match(pattern, beginning):
            return what
    return None
