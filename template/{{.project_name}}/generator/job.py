"""The task of the job `generate`: its first parameter is the folder of the bundle.

A Python task is told neither its own folder nor that of its package.
"""

import sys

sys.path.insert(0, sys.argv[1])

from generator.cli import main

if code := main(sys.argv[2:]):  # a job takes any exit, even with 0, for a failure
    sys.exit(code)
