"""What can be wrong with a source that flows into the table of another one."""

from collections.abc import Iterable, Iterator

from medallion.model import TOPIC_FORMATS, Table
from medallion.problems import Fault, did_you_mean

ROLES = ("fact", "scd1", "scd2")


def stated_faults(name: str, custom: dict, names: Iterable[str]) -> Iterator[Fault]:
    """The faults of `into` and `once` by themselves; `names` are of all tables."""
    into = custom.get("into")
    if into is None:
        if "once" in custom:
            message = "once is for a source that flows into another table"
            yield Fault("once", message, "add {property: into, value: customers}")
        return
    others = [other for other in names if other != name]
    if into not in others:
        yield Fault("into", f"{into} is not another table", did_you_mean(into, others))
    if custom.get("role") not in ROLES:
        message = f"rows of role {custom.get('role')} are not added to another table"
        yield Fault("into", message, f"remove it (it is for {', '.join(ROLES)})")
    if custom.get("once") and custom.get("format") in TOPIC_FORMATS:
        message = "a topic has no whole that could be read once"
        yield Fault("once", message, "remove it, or read the backfill from files")


def faults(table: Table, tables: Iterable[Table]) -> Iterator[Fault]:
    """Where a source and the table that it flows into do not go together.

    Two flows of AUTO CDC have one order and one kind of history, and a table has one
    type for each of its columns.
    """
    known = {other.name: other for other in tables}
    for relationship in table.relationships:
        other = known.get(relationship.table)
        if other is not None and other.into:
            message = f"{other.name} has no table of its own: it flows into"
            place = f"property {', '.join(relationship.columns)}"
            yield Fault(place, f"{message} {other.into}", f"relate to {other.into}")
    target = known.get(table.into or "")
    if target is None:
        return
    if table.relationships:
        message = f"relationships are those of {target.name}, which it flows into"
        yield Fault("relationships", message, "remove them")
    if target.into:
        message = f"{target.name} flows into {target.into} itself"
        yield Fault("into", message, f"write {target.into}")
    yield from _reference_faults(table, target)
    if table.role == target.role:
        compare = _date_faults if table.role == "fact" else _order_faults
        yield from compare(table, target)
    for what, own, theirs in _pairs(table, target):
        if own != theirs:
            message = f"{what} is {_shown(own)}, and {_shown(theirs)} of {target.name}"
            yield Fault("into", message, "make both the same")


def _reference_faults(table: Table, target: Table) -> Iterator[Fault]:
    """Why the references of a table cannot be those of a source, too."""
    known = {rule.name.lower() for rule in table.rules}
    for relationship in target.relationships:
        for name in relationship.columns:
            if name in target.technical_columns and name not in table.column_names:
                where = f"{target.name} relates to {relationship.table}"
                yield Fault("into", f"it lacks {name}, which {where}", "add the column")
        if relationship.rule and relationship.rule.lower() in known:
            message = f"{target.name} has a rule of this name for its reference"
            yield Fault(f"rule {relationship.rule}", message, "rename this one")
    if table.once and target.must_exist:
        # A backfill is read whole at each update, and so it would be judged: what was
        # taken before its member was known would be neither in silver nor set aside.
        message = f"{target.name} has onMissing, by which rows are judged as they come"
        yield Fault("once", message, "remove it: a source is read once without it, too")


def _date_faults(table: Table, target: Table) -> Iterator[Fault]:
    """Gold dates all facts of the target by one column."""
    own, theirs = _time(table), _time(target)
    if own != theirs:
        message = f"it is dated by {own}, and {target.name} by {theirs}"
        yield Fault("sequenceBy", message, "make both the same")


def _order_faults(table: Table, target: Table) -> Iterator[Fault]:
    """The changes of both are in one order, of values of the same types."""
    own, theirs = _order(table), _order(target)
    is_ordered = f"{target.name} is ordered by {_shown(theirs)}"
    if not table.columns and len(own) == len(theirs):
        return  # Without types, values of any column are ordered alike.
    if own and not theirs:
        message = f"it is ordered by {_shown(own)}, and {target.name} has no sequence"
        yield Fault("sequenceBy", message, f"remove it, or add it to {target.name}")
    elif own and own != theirs:
        message = f"it is ordered by {_shown(own)}, and {is_ordered}"
        yield Fault("sequenceBy", message, "make both the same")
    elif own != theirs:
        has, remedy = f"it has no sequence, and {is_ordered}", "add it"
        if table.reads_changes:
            remedy = "add it, and {property: once, value: true}, without which it "
            remedy += "would follow commits"
        yield Fault("sequenceBy", has, remedy)


def _pairs(table: Table, target: Table) -> Iterator[tuple[str, object, object]]:
    """(what, of the source, of its target) for all that must be the same."""
    yield "its role", table.role, target.role
    yield "its key", sorted(table.keys), sorted(target.keys)
    yield "its list of columns", *(sorted(_kept(t)) for t in (table, target))
    own, theirs = _kept(table), _kept(target)
    for name in own.keys() & theirs.keys():
        yield f"the type of {name}", own[name], theirs[name]
    if table.role != "fact":
        yield "historyColumns", table.history_columns, target.history_columns
        own_nulls, their_nulls = table.ignore_null_updates, target.ignore_null_updates
        yield "ignoreNullUpdates", own_nulls, their_nulls


def _kept(table: Table) -> dict[str, str]:
    """The columns that reach silver, with their types."""
    technical = table.technical_columns
    return {c.name: c.type for c in table.columns if c.name not in technical}


def _order(table: Table) -> list[str]:
    """The types of what orders its changes; their names where they have none."""
    if not table.columns:
        return list(table.sequence_by)
    return [table.column(name).type for name in table.sequence_by]


def _time(table: Table) -> str:
    if table.sequence_is_time or table.untyped_sequence:
        return table.sequence_by[0]
    return "its file"


def _shown(value: object) -> str:
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value)) or "nothing"
    return str(value).lower() if isinstance(value, bool) else str(value)
