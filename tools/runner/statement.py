"""One SQL statement on the tables of a warehouse, be it a query or not.

A program of its own: `statement.py BUNDLE WAREHOUSE STATEMENT`. `localrun sql` takes
queries only, a SQL task takes all.
"""

import sys

from localrun import Pipeline
from localrun.cli import answers
from localrun.errors import UsageError

bundle, warehouse, statement = sys.argv[1:]
try:
    answers.rows(Pipeline(bundle, warehouse).sql(statement))
except UsageError as error:
    sys.exit(str(error))
