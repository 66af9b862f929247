"""What `localrun` is told of this project; `pyproject.toml` names the class.

localrun runs any bundle. What it cannot know is what stands in the contract, and what
the tables are called that the contract makes.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from contract_tools import losses, notes
from contract_tools.made_by import made_by
from contract_tools.tables import contracts, well_formed
from localrun.broker import DEFAULT_SERVERS, Broker, folder_of
from localrun.extension import Extension, Note, UpdateResult
from medallion import contract, documents, layers, rereading, sql_text
from medallion.checks import predicates
from medallion.model import FILE_FORMATS, TOPIC_FORMATS
from medallion.names import is_kept

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

_QUARANTINE = "quarantine_"
# The layers whose flows compute the rules and the derived columns of the contract.
_COMPUTING = ("resolved", "quarantine", "silver")
# SQL's class of values that an operation cannot be done with, such as a zero to divide
# by: https://docs.databricks.com/aws/en/error-messages/sqlstates.
_OF_A_VALUE = re.compile(r"\.?\s*SQLSTATE: 22\w{3}")
_NOT_COMPUTED = (
    "; a rule or transformLogic of {} in the contract cannot be computed for a row: "
    "write it with try_divide, try_add, try_subtract, try_multiply or try_cast, which "
    "give NULL instead"
)
# A stream goes on with the table that it began with; see `references.source`.
_OF_ANOTHER_TABLE = "DIFFERENT_DELTA_TABLE_READ_BY_STREAMING_SOURCE"
_READS_ANOTHER = (
    "it reads another table than before, as when onMissing is added to a relationship "
    "of {0} in the contract, or taken away: have its rows judged again by "
    "--full-refresh quarantine_{0} silver_{0}+"
)
# A view of a SQL task: its name and its query. What qualifies a name is a parameter.
_VIEW = re.compile(r"^CREATE VIEW .*?`(\w+)` .*?\bAS (SELECT [^;]+);", re.MULTILINE)
_QUALIFIER = re.compile(r"`\{\{\w+\}\}`\.")
# How localrun speaks of an option of a reader, and where that stands in a contract.
_OPTION = re.compile(r"\(the reader's option sep(?:: ('[^']+'))?\)")
_ENCODING = re.compile(r"the reader's option encoding (\S+),")
_SAID_IN_CONTRACT = r"readerOptions {encoding: \1} in the contract,"
# What Spark says of files that it reads whole; Auto Loader rescues the second column.
_SAME_NAMES = re.compile(
    r"\[COLUMN_ALREADY_EXISTS\] The column (`[^`]+`) already exists"
)
_SPARK_READS_ONE = (
    "the files of {} have columns whose names differ from {} in letter case only, of "
    "which Spark would read one: have one of them delivered under another name"
)
_START_KAFKA = "`localrun kafka start`"
# How a table that is kept is read again from its source; see `rereading`.
_ALLOW_RESET = f"set its {rereading.PROPERTY} to true and use "


class Laptop(Extension):
    """This project, where its pipeline runs on a laptop."""

    def settings(self, landing: Path) -> Mapping[str, str]:
        """Files that lie elsewhere in the cloud are in the landing folder here.

        All others are read from `pipeline.landing`, which is that folder already.
        Topics are those of the broker that `localrun kafka start` starts, which asks
        for no credentials.
        """
        found = {}
        for path in contracts(self.root / "contract"):
            for table in well_formed(path):
                custom = documents.custom_properties(table)
                if "location" in custom and custom.get("format") in FILE_FORMATS:
                    folder = str(landing / table["name"])
                    found[f"pipeline.location.{table['name']}"] = folder
                elif custom.get("format") in TOPIC_FORMATS:
                    found |= self._broker()
        return found

    def _broker(self) -> dict[str, str]:
        running = Broker(folder_of(self.root)).running()
        return {
            "pipeline.kafka.bootstrap_servers": (
                running.servers if running else DEFAULT_SERVERS
            ),
            "pipeline.kafka.security_protocol": "PLAINTEXT",
        }

    def columns(self) -> Mapping[str, set[str]]:
        """The columns that rules and relationships name of tables without `properties`.

        Only the files of such a source say which columns it has. The pipeline's own are
        there in any case.
        """
        found = {}
        in_layer = layers.configured(self.configuration)
        for table in contract.load(self._contract) if self._contract else ():
            if not table.columns:
                texts = [rule.expectation for rule in table.rules]
                stated = (table.delete_when, table.truncate_when)
                texts += [text for text in stated if text]
                names = {name for text in texts for name in predicates.columns(text)}
                names |= {name for r in table.relationships for name in r.columns}
                of_files = {n for n in names if not is_kept(n, table.added_columns)}
                found[in_layer(f"bronze_{table.name}".lower())] = of_files
        return found

    def tables(self) -> Mapping[str, str]:
        """The Delta tables that sources are, with the columns that the contract names.

        So a contract is checked where they are not, as in CI.
        """
        found = {}
        for table in contract.load(self._contract) if self._contract else ():
            if table.format == "delta":
                stated = f"pipeline.location.{table.name}"
                name = self.configuration.get(stated, table.location)
                typed = {c.source_name: c.type for c in table.source_columns}
                types = typed or dict.fromkeys(table.source_names.values(), "STRING")
                pairs = ((sql_text.name(n), kind) for n, kind in types.items())
                found[name] = ", ".join(f"{n} {kind}" for n, kind in pairs)
        return found

    def views(self) -> Mapping[str, str]:
        """The views of `sql/grants.sql`, which the refresh job makes on Databricks."""
        file = self.root / "sql/grants.sql"
        text = file.read_text("utf-8") if file.is_file() else ""
        return {name: _QUALIFIER.sub("", query) for name, query in _VIEW.findall(text)}

    def explain(self, table: str, message: str) -> str | None:
        """Where the remedy is in the contract or in this bundle, it is named so.

        That is where a rule or a derived column fails on a value, where files have
        another separator, where rows are judged by what they point to since, and where
        a table that is kept is to be read again from its source.
        """
        told = self._reading_again(table, message)
        return self._remedy(table, told) or (told if told != message else None)

    def _reading_again(self, table: str, message: str) -> str:
        if (kept := self._kept(table)) is None:
            return message
        again = f"--var reread={kept.name} --full-refresh {table}"
        message = message.replace(_ALLOW_RESET, "use ")
        return message.replace(f"--full-refresh {table}", again)

    def _remedy(self, table: str, message: str) -> str | None:
        layer, _, name = table.rpartition(".")[2].partition("_")
        makefile = self.root / "Makefile"
        if _START_KAFKA in message and "\nkafka:" in makefile.read_text("utf-8"):
            return message.replace(_START_KAFKA, "`make kafka`")
        if layer == "bronze" and _OPTION.search(message):
            return _OPTION.sub(_separator_in_contract, message)
        if layer == "bronze" and _ENCODING.search(message):
            return _ENCODING.sub(_SAID_IN_CONTRACT, message)
        if layer == "bronze" and (same := _SAME_NAMES.search(message)):
            return _SPARK_READS_ONE.format(name, same[1])
        if layer not in _COMPUTING:
            return None
        if not self._contract or name not in _names(self._contract):
            return None
        if _OF_ANOTHER_TABLE in message:
            return _READS_ANOTHER.format(name)
        if not _OF_A_VALUE.search(message):
            return None
        return _OF_A_VALUE.sub("", message) + _NOT_COMPUTED.format(name)

    def notes(self, result: UpdateResult) -> Iterable[Note]:
        """Of sources that went to quarantine as a whole, and of unknown columns."""
        return notes.found(result, self._configured, self.table)

    def made_by(self) -> Mapping[str, Mapping[str, str]]:
        """What of the contract makes the rows of each table; see `made_by`."""
        if not self._contract:
            return {}
        return made_by(self._configured, layers.configured(self.configuration))

    def lost(self, table: str, read: "Callable[[str], DataFrame]") -> str:
        """The rows of bronze, and of silver that reads dumps, whose files are gone."""
        if (kept := self._kept(table)) is None:
            return ""
        in_layer = layers.configured(self.configuration)
        return losses.lost(kept, read(in_layer(f"bronze_{kept.name}")))

    def _kept(self, table: str) -> contract.Table | None:
        """The table of the contract whose rows are kept in a table of the pipeline."""
        layer, _, name = table.rpartition(".")[2].partition("_")
        for found in self._configured:
            of_layer = layer == "bronze" or (layer == "silver" and found.is_dumped)
            if found.name.lower() == name and of_layer and not found.is_reloaded:
                return found
        return None

    def summary_columns(
        self, result: UpdateResult
    ) -> Mapping[str, Mapping[str, int | None]]:
        """How many rows went to quarantine, in the line of their silver table."""
        quarantined: dict[str, int | None] = {
            f"silver_{flow.target.removeprefix(_QUARANTINE)}": flow.outcome.rows_out
            for flow in result.flows.values()
            if flow.target.startswith(_QUARANTINE)
        }
        return {"quarantined": quarantined}

    @property
    def _configured(self) -> tuple[contract.Table, ...]:
        """The tables of the contract, as the pipeline's configuration has them."""
        return contract.configured(self.configuration) if self._contract else ()

    @property
    def _contract(self) -> str | None:
        """The contract that the pipeline reads; `--conf` may have named another."""
        return self.configuration.get("pipeline.contract")


def _separator_in_contract(option: re.Match[str]) -> str:
    separator = option[1] or "';'"
    return f"in the contract (readerOptions: {{sep: {separator}}})"


def _names(path: str) -> set[str]:
    """The tables of a contract, in lower case as datasets are."""
    return {table["name"].lower() for table in well_formed(path)}
