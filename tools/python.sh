#!/bin/sh
# Runs the arguments with a Python 3.10 or newer: that of .venv, else one on the PATH.
set -eu
root=$(CDPATH='' cd -- "${0%/*}/.." && pwd)
for python in "$root/.venv/bin/python" python3 python python3.14 python3.13 python3.12 \
    python3.11 python3.10; do
    if "$python" -c 'import sys; sys.exit(sys.version_info < (3, 10))' 2>/dev/null; then
        exec "$python" "$@"
    fi
done
echo "Python 3.10 or newer is needed and none was found on the PATH." >&2
exit 1
