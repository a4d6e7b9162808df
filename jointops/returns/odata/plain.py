"""Running a checked expression over rows in memory: what :mod:`~jointops.returns.odata.sql` has a database do.

A row is a mapping of paths (``party``, ``Unit/party``) to values. A condition holds, does not, or is unknown (``None``)
where a function meets nothing, as in SQL; only what holds is answered.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from jointops.returns.odata import filters
from jointops.returns.odata.filters import Applied, Condition, Field, Operand, Order

Row = Mapping[str, Any]

_ORDERED: Mapping[str, Callable[[Any, Any], bool]] = {
    "gt": operator.gt,
    "ge": operator.ge,
    "lt": operator.lt,
    "le": operator.le,
}
_TESTS: Mapping[str, Callable[[str, str], bool]] = {
    "contains": operator.contains,
    "startswith": str.startswith,
    "endswith": str.endswith,
}
_FUNCTIONS: Mapping[str, Callable[[Any], Any]] = {
    "tolower": str.lower,
    "toupper": str.upper,
    "trim": lambda text: text.strip(" "),
    "length": len,
    "year": operator.attrgetter("year"),
    "month": operator.attrgetter("month"),
    "day": operator.attrgetter("day"),
}


def holds(condition: Condition, row: Row) -> bool | None:
    """Say whether ``condition`` holds of ``row``; ``None`` where it is unknown."""
    match condition:
        case filters.All(parts):
            return _all(holds(part, row) for part in parts)
        case filters.Any(parts):
            return _negated(_all(_negated(holds(part, row)) for part in parts))
        case filters.Not(part):
            return _negated(holds(part, row))
        case filters.Truth(field):
            found = value_of(field, row)
            return None if found is None else bool(found)
        case filters.Always(value):
            return value
        case filters.In(left, values):
            return value_of(left, row) in values
        case filters.TextTest(test, left, text):
            value = value_of(left, row)
            return None if value is None else _TESTS[test](value, text)
        case filters.Compare(left, comparison, right):
            return _compared(
                value_of(left, row),
                comparison,
                value_of(right, row) if isinstance(right, Field | Applied) else right,
            )


def ordered(rows: Sequence[Row], order: Sequence[Order], key: Sequence[str]) -> list[Row]:
    """Return ``rows`` in the order asked for, then by their key; nothing comes before everything else."""
    found = sorted(rows, key=lambda row: tuple(row[name] for name in key))
    for term in reversed(order):
        found.sort(key=lambda row: _rank(value_of(term.by, row)), reverse=term.descending)
    return found


def value_of(operand: Operand, row: Row) -> Any:
    """Return what a property or a function of one is in ``row``."""
    if isinstance(operand, Field):
        return row[operand.name]
    value = row[operand.field.name]
    if value is None:
        return None
    return _FUNCTIONS[operand.function](value.astimezone(UTC) if isinstance(value, datetime) else value)


def _rank(value: Any) -> tuple[bool, Any]:
    return (value is not None, 0 if value is None else value)


def _compared(left: Any, comparison: str, right: Any) -> bool:
    if comparison == "eq":
        return bool(left == right)
    if comparison == "ne":
        return bool(left != right)
    return left is not None and right is not None and _ORDERED[comparison](left, right)


def _all(found: Any) -> bool | None:
    unknown = False
    for one in found:
        if one is False:
            return False
        unknown = unknown or one is None
    return None if unknown else True


def _negated(found: bool | None) -> bool | None:
    return None if found is None else not found
