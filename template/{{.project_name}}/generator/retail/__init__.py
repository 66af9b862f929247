"""The retail sample: sales, and the customers, products and stores behind them."""

from generator.retail.settings import Settings

__all__ = ["Settings"]
