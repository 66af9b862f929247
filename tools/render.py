"""Makes a project from this template with the real CLI and no workspace.

    python render.py --config answers.json --out folder

The CLI insists on a host that answers, so a listener on loopback says 404 to whatever
it asks. Nothing of the user's own Databricks settings is seen.
"""

import argparse
import difflib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from lookup import ToolError
from toolchain import find_cli
from versions import ROOT

_SCHEMA = "databricks_template_schema.json"
# All that a program run for a test inherits: of the rest, anything may change what the
# CLI does (DATABRICKS_*, BUNDLE_VAR_*, ARM_*, proxies, the agent it thinks it runs in).
_INHERITED = ("PATH", "LANG", "LC_ALL", "TMPDIR", "TEMP", "TMP", "SYSTEMROOT")


class RenderError(Exception):
    """The CLI refused; the message is its own, without its `Error: `."""

    def __init__(self, message: str, exit_code: int = 1):
        super().__init__(message)
        self.exit_code = exit_code


class AnswersError(RenderError):
    """An answer is wrong."""


def render(config: Mapping[str, object], out: Path, template: Path = ROOT) -> Path:
    """Renders the template with these answers; returns the new project's folder.

    Raises RenderError with the CLI's sentence; nothing is written then. An answer that
    the template does not ask for is refused too: the CLI would silently ignore it.
    """
    return render_files(config, out, template)[0]


def render_files(
    config: Mapping[str, object], out: Path, template: Path = ROOT
) -> tuple[Path, list[str]]:
    """The same, and the files written, by their paths in `out`."""
    _check_keys(config, template)
    out = Path(out).absolute()
    # The CLI runs in an empty folder: inside a bundle it would take that bundle's host.
    with tempfile.TemporaryDirectory() as scratch, _listener() as host:
        folder = Path(scratch)
        (folder / "answers.json").write_text(json.dumps(dict(config)), "utf-8")
        source = _as_cloned(template, folder / "template")
        command = ["bundle", "init", source, "--config-file", "answers.json"]
        result = subprocess.run(
            [find_cli()[0], *command, "--output-dir", out, "--output", "json"],
            cwd=folder,
            env=isolated_environment(folder / "home", host),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
        )
    if result.returncode != 0:
        # Before it stand a warning about our listener and the welcome message.
        message = f"\n{result.stderr}".partition("\nError: ")[2].strip()
        # A file of ours, of which the caller knows nothing.
        ours = "failed to load config from file answers.json: "
        if message.startswith(ours):
            raise AnswersError(message.removeprefix(ours), result.returncode)
        raise RenderError(message, result.returncode)
    written = json.loads(result.stdout)["outputs"]
    return out / Path(written[0]).parts[0], written


def isolated_environment(
    home: Path, host: str, token: str = "dbapi0template"
) -> dict[str, str]:
    """For a program that must see this workspace and no setting of the developer."""
    home.mkdir(parents=True, exist_ok=True)
    return {
        **{key: os.environ[key] for key in _INHERITED if key in os.environ},
        "HOME": str(home),
        "USERPROFILE": str(home),
        "NO_COLOR": "1",
        "DATABRICKS_HOST": host,
        "DATABRICKS_TOKEN": token,
        "DATABRICKS_CACHE_DIR": str(home / "cache"),
        "DATABRICKS_AUTH_STORAGE": "plaintext",
        "DATABRICKS_CLI_DISABLE_TELEMETRY": "1",
        "DATABRICKS_CLI_DISABLE_UPDATE_CHECK": "true",
        # The default of 15 requests a second would make a deployment wait.
        "DATABRICKS_RATE_LIMIT": "1000000000",
    }


def _check_keys(config: Mapping[str, object], template: Path) -> None:
    known = list(json.loads((template / _SCHEMA).read_text())["properties"])
    for key in config:
        # A project's own record has the version of the template beside the answers.
        if key not in (*known, "template_version"):
            close = difflib.get_close_matches(key, known, 1) or known
            raise AnswersError(
                f"the template asks for no {key!r}; did you mean {' or '.join(close)}?"
            )


def _as_cloned(template: Path, copy: Path) -> Path:
    """A copy as `bundle init <url>` would see it: without what git ignores."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=template,
        capture_output=True,
        text=True,
    )
    names = listed.stdout.split("\0")
    if _SCHEMA not in names:  # not a checkout, an unpacked archive perhaps
        caches = shutil.ignore_patterns("__pycache__", "*.pyc", ".*_cache", ".venv")
        return shutil.copytree(template, copy, ignore=caches)
    for name in names:
        is_read = name == _SCHEMA or name.startswith(("template/", "library/"))
        if is_read and (template / name).exists():  # else it is to be deleted
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(template / name, copy / name)
    return copy


class _NotFound(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(404)
        self.end_headers()

    do_POST = do_GET

    def log_message(self, *_) -> None:
        pass


@contextmanager
def _listener() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), _NotFound) as server:
        threading.Thread(target=server.serve_forever, args=[0.01], daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()


def main() -> int:
    parser = argparse.ArgumentParser(description="Render this template offline.")
    parser.add_argument("--config", type=Path, help="answers, JSON; default: none")
    parser.add_argument("--out", type=Path, required=True, help="folder to write into")
    parser.add_argument("--quiet", action="store_true", help="do not list the files")
    options = parser.parse_args()
    try:
        config = json.loads(options.config.read_text()) if options.config else {}
        project, written = render_files(config, options.out)
    except RenderError as error:
        about_answers = options.config and isinstance(error, AnswersError)
        where = f"{options.config}: " if about_answers else ""
        print(f"Error: {where}{error}", file=sys.stderr)
        return error.exit_code
    except ValueError as error:
        print(f"Error: {options.config} is not JSON: {error}", file=sys.stderr)
        return 1
    except (OSError, ToolError) as error:
        print(f"Error: {error}", file=sys.stderr)
        return 1
    for name in [] if options.quiet else written:
        print(options.out / name)
    print(f"{len(written)} files in {project}: its README.md says how to go on")
    return 0


if __name__ == "__main__":
    sys.exit(main())
