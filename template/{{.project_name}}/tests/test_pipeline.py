"""The pipeline of this bundle on generated rows of each source of the contract.

Among the rows are such with planted faults, which the generator's ledger names. Add
rows of your own that mean something, as in `laptop.land("orders", {...})`.
"""

from collections import Counter
from pathlib import Path

import pytest

from generator import stream
from generator.chosen import Settings
from localrun.broker import Broker
from medallion import contract
from medallion.model import TOPIC_FORMATS

(CONTRACT,) = (Path(__file__).parent.parent / "contract").glob("*.odcs.yaml")
TABLES = {table.name: table for table in contract.load(CONTRACT)}
SMALL = {"rows": 40, "members": 12, "updates": 8, "dirty_share": 0.2}


class Generated:
    """Two batches of rows, with an update after each."""

    def __init__(self, laptop, folder, servers: str | None):
        self.laptop, self.planted, self.rows = laptop, [], []
        conf = {"pipeline.kafka.bootstrap_servers": servers} if servers else {}
        tables = folder / "tables"
        laptop.pipeline = laptop.another(laptop.warehouse, conf, tables=tables)
        self._settings = Settings.load(
            contract=CONTRACT,
            landing=laptop.landing,
            bootstrap_servers=servers,
            delta_tables=tables,
            batches=1,
            **SMALL,
        )

    def update(self) -> None:
        for batch in stream(self._settings):
            self.planted += batch.planted
            self.rows.append(batch.rows)
        self.laptop.run()

    def delivered(self, source: str) -> int:
        """How many rows came; of a reference only the last delivery counts."""
        counts = [rows.get(source, 0) for rows in self.rows]
        return counts[-1] if TABLES[source].role == "reference" else sum(counts)

    def broken(self, source: str) -> Counter:
        """How many rows break these rules together, as the ledger says."""
        is_reference = TABLES[source].role == "reference"
        return Counter(
            tuple(sorted(entry.rules))
            for entry in self.planted
            if entry.source == source and entry.rules
            if not is_reference or entry.batch == len(self.rows)
        )


@pytest.fixture(scope="module")
def generated(laptop, tmp_path_factory):
    folder = tmp_path_factory.mktemp("generated")
    broker = Broker(folder / "kafka")
    has_topics = any(table.format in TOPIC_FORMATS for table in TABLES.values())
    servers = broker.start().servers if has_topics else None
    try:
        generated = Generated(laptop, folder, servers)
        generated.update()
        laptop.first = laptop.row_counts()
        generated.update()
        yield generated
    finally:
        broker.stop()


@pytest.mark.parametrize("source", TABLES)
def test_every_row_is_in_bronze(generated, source):
    bronze = generated.laptop.value(f"SELECT count(*) FROM bronze_{source}")
    assert bronze == generated.delivered(source) > 0


@pytest.mark.parametrize("source", TABLES)
def test_a_bad_row_is_quarantined_with_every_rule_it_breaks(generated, source):
    query = f"SELECT array_sort(failed_rules.name) FROM quarantine_{source}"
    found = Counter(tuple(names) for (names,) in generated.laptop.sql(query))
    assert found == generated.broken(source)


@pytest.mark.parametrize("source", TABLES)
def test_good_rows_reach_silver(generated, source):
    assert generated.laptop.value(f"SELECT count(*) FROM silver_{source}") > 0


def test_an_update_without_new_rows_changes_nothing(generated):
    before = generated.laptop.versions()
    generated.laptop.run()
    assert generated.laptop.versions() == before
