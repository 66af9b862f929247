"""Data for the tables of a contract, whatever they are."""

from generator.from_contract.settings import Settings

__all__ = ["Settings"]
