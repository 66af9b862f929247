"""What a release holds: the retail sample as it renders, and what the changelog says.

python release.py v0.1.0 --out folder
"""

import argparse
import json
import re
import shutil
import sys
import tempfile
from pathlib import Path

from lookup import ToolError
from render import RenderError, render
from versions import ROOT, version


class ReleaseError(Exception):
    """The tag is none that can be released."""


def prepare(tag: str, out: Path) -> list[Path]:
    """Write `retail-sample.zip` and `notes.md`; returns their paths.

    Raises ReleaseError where the tag is not the version that projects record, or the
    changelog does not speak of it.
    """
    if tag != f"v{version('template')}":
        raise ReleaseError(
            f"{tag} is not v{version('template')}, which library/versions.tmpl says "
            "and projects record: correct one of the two"
        )
    notes = changes(tag.removeprefix("v"))
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        render(json.loads((ROOT / "tests/configs/retail.json").read_text()), scratch)
        archive = shutil.make_archive(str(out / "retail-sample"), "zip", scratch)
    (out / "notes.md").write_text(notes)
    return [Path(archive), out / "notes.md"]


def changes(release: str) -> str:
    """What CHANGELOG.md says of a release. Raises ReleaseError where it is nothing."""
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    found = re.search(
        rf"^## {re.escape(release)}\n+(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL
    )
    if not found or not found[1].strip():
        raise ReleaseError(
            f"CHANGELOG.md says nothing of {release}: write what changed"
        )
    return found[1].strip() + "\n"


def main() -> int:
    parser = argparse.ArgumentParser(description="Prepare the files of a release.")
    parser.add_argument("tag")
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    try:
        for path in prepare(options.tag, options.out):
            print(path)
    except (ReleaseError, RenderError, ToolError) as error:
        print(f"Error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
