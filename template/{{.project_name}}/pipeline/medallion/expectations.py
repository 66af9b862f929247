"""A table's rules as native expectations of a dataset.

Apart from `quality`, which also runs where there is no pipeline: in the validation job.
"""

from collections.abc import Callable
from functools import reduce

from pyspark import pipelines as dp

from medallion.model import Table


def expect_references(table: Table) -> Callable:
    """Rules on references that fail an update: before their verdict is stored.

    So the rows are judged again by the next update, when their members may be there.
    """
    names = {r.rule for r in table.must_exist}
    rules = {n: p for n, p in table.rules_with("fail").items() if n in names}
    return dp.expect_all_or_fail(rules) if rules else lambda function: function


def expect_rules(table: Table) -> Callable:
    """The table's rules as native expectations, one decorator for all of them."""
    kinds = {
        "warn": dp.expect_all,
        "drop": dp.expect_all_or_drop,
        "fail": dp.expect_all_or_fail,
    }
    decorators = [
        expect(rules)
        for action, expect in kinds.items()
        if (rules := table.rules_with(action))
    ]
    return lambda function: reduce(lambda f, wrap: wrap(f), decorators, function)
