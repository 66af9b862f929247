"""Every kind of fault that is planted in the sources, and the rules that it breaks.

The names of rules are those that the contract's constraints get, or that its quality
rules have. A rule of action `fail` would stop the pipeline: none is ever broken.
Whoever changes a rule in the contract changes the kinds here that break it.
"""

from dataclasses import dataclass

from generator.retail.damage import (
    Spoil,
    broken_line,
    delete_without,
    in_payment,
    integers_with_point,
    numbers_as_text,
    older_date,
    put,
    repriced,
    unpriced_discount,
    without,
    wrong_amount,
    years_ago,
)


@dataclass(frozen=True)
class Kind:
    """A fault: what it does to a good row, and the names of the rules that this breaks.

    `rules` send the row to quarantine, `warnings` are counted only; without `rules` the
    pipeline accepts the row. `twice`: the line is delivered again, now or later.
    `early`: a sale comes before the member of that dimension to which it points.
    `may_be_corrected`: the good row may follow later.
    """

    name: str
    spoil: Spoil = lambda row, rng: row
    rules: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    twice: bool = False
    early: str = ""
    may_be_corrected: bool = True


def of_every_source(
    key: str, time: str, unknown: dict[str, tuple], warnings: tuple[str, ...] = ()
) -> tuple[Kind, ...]:
    """`warnings` are those that a row without a time gets."""
    unreadable = ("sometime", "2025-02-30T10:00:00Z", "31.02.2025 10:00", 1736157600)
    return (
        Kind("no_key", without(key), (f"{key}_is_present",)),
        Kind(
            "key_is_no_number",
            put(**{key: ("unknown", "#REF!", 17.5, True)}),
            (f"{key}_fits_type",),
        ),
        Kind("no_time", without(time), (f"{time}_is_present",), warnings),
        Kind(
            "time_is_unreadable",
            put(**{time: unreadable}),
            (f"{time}_fits_type",),
            warnings,
        ),
        Kind("broken_line", broken_line, ("line_is_readable",)),
        Kind("unknown_column", put(**unknown)),
        Kind("duplicate", twice=True),
    )


_NO_TIME = ("sold_this_decade",)
_USUAL = ("quantity_is_usual",)
_MATCHES = "amount_matches_price"
_NO_QUANTITY = ("quantity_is_not_zero", _MATCHES)
_CARD = ("card_payment_names_its_card",)
_IDS = ("sale_id", "receipt_id", "customer_id", "product_id", "store_id")
_NEEDED = (*_IDS, "quantity", "unit_price", "amount", "sold_at")

SALES = (
    *of_every_source("sale_id", "sold_at", {"coupon": ("SPRING10", None)}, _NO_TIME),
    Kind("early_customer", early="customers"),
    Kind("early_product", early="products"),
    Kind("early_store", early="stores"),
    Kind("no_receipt", without("receipt_id"), ("receipt_id_is_present",)),
    Kind("empty_receipt", put(receipt_id=("",)), ("receipt_id_min_length",)),
    Kind("long_receipt", put(receipt_id=("R" * 41,)), ("receipt_id_max_length",)),
    Kind("no_customer", without("customer_id"), ("customer_id_is_present",)),
    Kind("customer_is_text", put(customer_id=("walk-in",)), ("customer_id_fits_type",)),
    Kind("no_product", without("product_id"), ("product_id_is_present",)),
    Kind("product_is_text", put(product_id=("A-17", 17.5)), ("product_id_fits_type",)),
    Kind("no_store", without("store_id"), ("store_id_is_present",)),
    Kind("store_is_text", put(store_id=("HQ", [1])), ("store_id_fits_type",)),
    Kind(
        "no_quantity",
        without("quantity"),
        ("quantity_is_present", *_NO_QUANTITY),
        _USUAL,
    ),
    Kind(
        "quantity_is_no_integer",
        put(quantity=("two", 2.5, 3_000_000_000)),
        ("quantity_fits_type", *_NO_QUANTITY),
        _USUAL,
    ),
    Kind("quantity_is_zero", repriced(quantity=(0,)), ("quantity_is_not_zero",)),
    Kind("huge_quantity", repriced(quantity=(5000,)), ("quantity_maximum",), _USUAL),
    Kind("huge_return", repriced(quantity=(-5000,)), ("quantity_minimum",), _USUAL),
    Kind("unusual_quantity", repriced(quantity=(60, 144, -75)), warnings=_USUAL),
    Kind("no_price", without("unit_price"), ("unit_price_is_present", _MATCHES)),
    Kind(
        "price_is_text",
        put(unit_price=("19,90", "free")),
        ("unit_price_fits_type", _MATCHES),
    ),
    Kind(
        "price_is_not_positive",
        repriced(unit_price=(0, -9.95)),
        ("unit_price_exclusive_minimum",),
    ),
    Kind("discount_is_no_share", unpriced_discount, ("discount_fits_type",)),
    Kind("negative_discount", repriced(discount=(-0.1,)), ("discount_minimum",)),
    Kind(
        "discount_of_all", repriced(discount=(1, 1.5)), ("discount_exclusive_maximum",)
    ),
    Kind("no_amount", without("amount"), ("amount_is_present", _MATCHES)),
    Kind(
        "amount_is_no_number",
        put(amount=("n/a", 123_456_789_012.5)),
        ("amount_fits_type", _MATCHES),
    ),
    Kind("wrong_amount", wrong_amount, (_MATCHES,)),
    Kind("wrong_amount_twice", wrong_amount, (_MATCHES,), twice=True),
    Kind("payment_is_text", put(payment=("card",)), ("payment_fits_type",)),
    Kind(
        "payment_misfits_inside",
        in_payment(installments=("three",)),
        ("payment_fits_type",),
    ),
    Kind("card_is_not_named", in_payment(method=("card",), card_last4=(None,)), _CARD),
    Kind(
        "cash_names_a_card", in_payment(method=("cash",), card_last4=("0042",)), _CARD
    ),
    Kind("clock_is_years_behind", years_ago, warnings=_NO_TIME),
    Kind(
        "empty_row",
        lambda row, rng: {},
        (
            *(f"{column}_is_present" for column in _NEEDED),
            *_NO_QUANTITY,
        ),
        (*_NO_TIME, *_USUAL),
    ),
    Kind("integer_with_point", integers_with_point("sale_id", "store_id", "quantity")),
    Kind("number_as_text", numbers_as_text("product_id", "unit_price", "amount")),
    Kind("no_payment", without("payment")),
)

CUSTOMERS = (
    *of_every_source("customer_id", "updated_at", {"birthday": ("02-29", "07-14")}),
    Kind(
        "email_is_no_address",
        put(email=("jane.doe(at)example.com", "none", "a@b@example.com")),
        ("email_pattern",),
    ),
    Kind("unknown_segment", put(segment=("vip", "")), ("segment_allowed_values",)),
    Kind(
        "points_are_no_integer",
        put(loyalty_points=("many", 12.5)),
        ("loyalty_points_fits_type",),
    ),
    Kind("negative_points", put(loyalty_points=(-50,)), ("loyalty_points_minimum",)),
    Kind(
        "delete_without_key",
        delete_without("customer_id"),
        ("customer_id_is_present",),
        may_be_corrected=False,
    ),
    Kind(
        "delete_without_time",
        delete_without("updated_at"),
        ("updated_at_is_present",),
        may_be_corrected=False,
    ),
    Kind("unknown_operation", put(operation=("MERGE", None))),
    Kind("integer_with_point", integers_with_point("customer_id", "loyalty_points")),
)

PRODUCTS = (
    *of_every_source("product_id", "updated_at", {"colour": ("navy", "rust")}),
    Kind("no_name", without("name"), ("name_is_present",)),
    Kind("no_price", without("price"), ("price_is_present",)),
    Kind("price_is_text", put(price=("19,90", "ask")), ("price_fits_type",)),
    Kind("price_is_not_positive", put(price=(0, -9.95)), ("price_exclusive_minimum",)),
    Kind("new_category", put(category=("swimwear",)), warnings=("category_is_known",)),
    Kind("number_as_text", numbers_as_text("price")),
)

STORES = (
    *of_every_source("store_id", "updated_at", {"square_metres": (240, 510)}),
    Kind("no_name", without("name"), ("name_is_present",)),
    Kind("no_region", without("region"), ("region_is_present",)),
    Kind("unknown_region", put(region=("centre", "North")), ("region_allowed_values",)),
    Kind(
        "opening_is_unreadable",
        put(opened_on=("spring 2019", "2019-13-01")),
        ("opened_on_fits_type",),
    ),
    Kind("opened_too_early", put(opened_on=("1905-04-01",)), ("opened_on_minimum",)),
    Kind("older_date_format", older_date),
)

KINDS = {"stores": STORES, "products": PRODUCTS, "customers": CUSTOMERS, "sales": SALES}
