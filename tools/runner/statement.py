"""One SQL statement on the tables of a pipeline's schema, be it a query or not.

A program of its own: `statement.py BUNDLE PIPELINE STATEMENT`. `localrun sql` takes
queries only, a SQL task takes all.
"""

import sys

from localrun import Pipeline
from localrun.cli import answers
from localrun.errors import UsageError

bundle, pipeline, statement = sys.argv[1:]
try:
    answers.rows(Pipeline(bundle, key=pipeline).sql(statement))
except UsageError as error:
    sys.exit(str(error))
