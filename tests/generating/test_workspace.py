"""In a workspace: files into the volume, and a sentence about all else."""

from pathlib import Path

from generating.ledgers import CONTRACTS

from generator.from_contract.maker import FromContract
from generator.from_contract.settings import Settings


def made(contract: str) -> FromContract:
    file = CONTRACTS / f"{contract}.odcs.yaml"
    return FromContract(Settings(contract=file, landing=Path("/Volumes/a/b/landing")))


def test_delta_tables_of_others_are_left_alone():
    maker = made("delta")
    window = (maker.settings.start, maker.settings.start)
    batch = maker.next_batch(maker.begin(maker.settings.start), window)
    assert batch.files == []
    assert batch.rows == {}
    assert len(maker.remarks) == 4
    assert "table sales gets no rows: those of the format delta" in maker.remarks[-1]


def test_files_are_made():
    maker = made("shop")
    window = (maker.settings.start, maker.settings.start)
    batch = maker.next_batch(maker.begin(maker.settings.start), window)
    assert {file.source for file in batch.files} == set(maker.sources)
    assert maker.remarks == []
