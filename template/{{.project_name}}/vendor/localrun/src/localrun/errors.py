"""The ways in which a command fails, and in which a flow does not come to its end."""


class UsageError(Exception):
    """A wrong call or a wrong definition: nothing was run (exit code 2)."""


class FlowError(Exception):
    """One flow could not run; the message says why in one sentence (exit code 1)."""


class SchemaChanged(BaseException):
    """New files bring new columns: the flow stops, and a new update goes on with them.

    Not an ``Exception``, for the reason that ``Unresolved`` has.
    """


class NoFilesError(FlowError):
    """Columns are to be inferred from files, or a folder to be read, that is not there.

    On Databricks that is found while the graph is put together: the whole update fails.
    """


class FilesFound(BaseException):
    """What a flow reads first has files; nobody wants to know more of the flow yet.

    Not an ``Exception``, as `Unresolved` is not.
    """


class Unresolved(BaseException):
    """A flow reads a dataset that this update has not brought up to date yet.

    Not an ``Exception``, so that a dataset function that catches those lets it pass.
    """

    def __init__(self, dataset: str):
        super().__init__(dataset)
        self.dataset = dataset
