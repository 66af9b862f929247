"""What can be set for the retail sample, beside what can be for all."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from generator import settings
from generator.maker import Maker


@dataclass(frozen=True)
class Settings(settings.Settings):
    """One run of the generator; `settings.yml` says what each setting means.

    Raises GeneratorError where a value makes no sense.
    """

    sales: int = 500
    sales_files: int = 2
    customer_updates: int = 30
    product_updates: int = 20
    store_updates: int = 10
    first_customers: int = 200
    first_products: int = 60
    first_stores: int = 12

    FLAGS: ClassVar[Mapping[str, tuple[str, str]]] = {
        **settings.Settings.FLAGS,
        "sales": ("N", "receipt lines in a batch"),
        "sales_files": ("N", "files that a batch's sales are split into"),
        "customer_updates": ("N", "changes of customers in a batch, at most"),
        "product_updates": ("N", "changes of products in a batch, at most"),
        "store_updates": ("N", "changes of stores in a batch, at most"),
        "first_customers": ("N", "customers before the first sale"),
        "first_products": ("N", "products before the first sale"),
        "first_stores": ("N", "stores before the first sale"),
    }

    def __post_init__(self):
        super().__post_init__()
        for name in ("sales_files", *(f"first_{source}" for source in self.updates)):
            if getattr(self, name) < 1:
                raise settings.wrong(name, getattr(self, name), "at least 1")

    @property
    def first_members(self) -> dict[str, int]:
        """How many members of each dimension come before the first sale."""
        return {
            "customers": self.first_customers,
            "products": self.first_products,
            "stores": self.first_stores,
        }

    @property
    def updates(self) -> dict[str, int]:
        """How many changes of each dimension a batch brings at most."""
        return {
            "customers": self.customer_updates,
            "products": self.product_updates,
            "stores": self.store_updates,
        }

    def maker(self) -> Maker:
        from generator.retail.maker import Retail

        return Retail(self)
