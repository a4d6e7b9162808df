"""Turning a checked expression into SQL: names are looked up among columns, literals become bound parameters.

Comparisons follow OData where it differs from SQL: nothing equals nothing, is unlike everything else, and comes before
everything else in an order. The same expression over rows in memory: :mod:`~jointops.returns.odata.plain`.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from decimal import ROUND_FLOOR, Decimal
from typing import Any

from sqlalchemy import ColumnElement, and_, extract, false, func, literal, not_, or_, true
from sqlalchemy.orm import Session

from jointops.kernel.types import QUANTITY_DECIMALS
from jointops.returns.odata import filters
from jointops.returns.odata.filters import Applied, Condition, Constant, Field, Operand, Order
from jointops.returns.odata.model import NUMBERS, Edm

Columns = Mapping[str, ColumnElement[Any]]

_BEYOND: Mapping[Edm, Decimal] = {
    Edm.DECIMAL: Decimal(10) ** 12,
    Edm.INT32: Decimal(2) ** 31 - 1,
    Edm.INT64: Decimal(2) ** 31 - 1,
}
"""What no number of a type reaches, and its columns can be compared with: keys are 32 bits wide in a database."""

_ORDERED: Mapping[str, Callable[[Any, Any], Any]] = {
    "gt": operator.gt,
    "ge": operator.ge,
    "lt": operator.lt,
    "le": operator.le,
}


class Writer:
    """Writes conditions over the columns of one query. ``columns`` holds them by their path."""

    def __init__(self, session: Session, columns: Columns) -> None:
        self._columns = columns
        self._dialect = session.get_bind().dialect.name

    def condition(self, condition: Condition) -> ColumnElement[bool]:
        """Return the SQL of a condition."""
        match condition:
            case filters.All(parts):
                return and_(*(self.condition(part) for part in parts))
            case filters.Any(parts):
                return or_(*(self.condition(part) for part in parts))
            case filters.Not(part):
                return not_(self.condition(part).self_group())
            case filters.Truth(field):
                return self.of(field).is_(True)
            case filters.Always(value):
                return true() if value else false()
            case filters.In(left, values):
                return self._among(left, values)
            case filters.TextTest(test, left, text):
                return self._text_test(test, self.of(left), text)
            case filters.Compare(left, comparison, right):
                if isinstance(right, Field | Applied):
                    return self._two(left, comparison, right)
                return self._compare(left, comparison, right)

    def of(self, operand: Operand) -> ColumnElement[Any]:
        """Return the SQL of a property or a function of one."""
        if isinstance(operand, Field):
            return self._columns[operand.name]
        column = self._columns[operand.field.name]
        match operand.function:
            case "tolower":
                return func.lower(column)
            case "toupper":
                return func.upper(column)
            case "trim":
                return func.trim(column)
            case "length":
                return func.length(column)
            case name:
                if operand.field.type is Edm.INSTANT and self._dialect == "postgresql":
                    column = func.timezone("UTC", column)
                return extract(name, column)

    def order(self, order: Sequence[Order], key: Sequence[str]) -> list[ColumnElement[Any]]:
        """Return the terms of ORDER BY: what was asked for, then the key, so that every order is one."""
        terms: list[ColumnElement[Any]] = []
        for term in order:
            column = self.of(term.by)
            pair = [column.is_not(None), column] if term.by.nullable else [column]
            terms += [each.desc() if term.descending else each.asc() for each in pair]
        return [*terms, *(self._columns[name] for name in key)]

    def after(self, order: Sequence[Order], key: Sequence[str], values: Sequence[Any]) -> ColumnElement[bool]:
        """Return the condition of coming after the row that has ``values`` in the terms of the order and the key."""
        terms = [(self.of(term.by), term.descending) for term in order]
        terms += [(self._columns[name], False) for name in key]
        alternatives: list[ColumnElement[bool]] = []
        before: list[ColumnElement[bool]] = []
        for (column, descending), value in zip(terms, values, strict=True):
            alternatives.append(and_(*before, _beyond(column, value, descending)))
            before.append(column.is_(None) if value is None else column == value)
        return or_(*alternatives)

    def _compare(self, left: Operand, comparison: str, value: Constant) -> ColumnElement[bool]:
        column = self.of(left)
        if value is None:
            return column.is_(None) if comparison == "eq" else column.is_not(None)
        if left.type in NUMBERS and isinstance(value, Decimal):
            held = _held(value, left.type)
            if held is None or held != value:
                return self._compare_between(column, comparison, value, left.type)
            return _known(left.nullable, column, comparison, _number(value, left.type))
        return _known(left.nullable, column, comparison, value)

    def _among(self, left: Operand, values: Sequence[Constant]) -> ColumnElement[bool]:
        column = self.of(left)
        given: list[Any] = [value for value in values if value is not None]
        if left.type in NUMBERS:
            given = [_number(value, left.type) for value in given if _held(value, left.type) == value]
        found = and_(column.is_not(None), column.in_(given)) if given else false()
        return or_(column.is_(None), found) if None in values else found

    def _compare_between(
        self, column: ColumnElement[Any], comparison: str, value: Decimal, kind: Edm
    ) -> ColumnElement[bool]:
        """A number between two that the column can hold: what is larger than it is larger than the one below."""
        if comparison == "eq":
            return and_(column.is_not(None), false())
        if comparison == "ne":
            return or_(column.is_(None), true())
        below = _held(value, kind)
        if below is None:
            larger = (value < 0) == (comparison in {"gt", "ge"})
            return and_(column.is_not(None), true() if larger else false())
        return and_(column.is_not(None), column > below if comparison in {"gt", "ge"} else column <= below)

    def _two(self, left: Operand, comparison: str, right: Operand) -> ColumnElement[bool]:
        one, other = self.of(left), self.of(right)
        if comparison == "eq":
            return one.is_not_distinct_from(other)
        if comparison == "ne":
            return one.is_distinct_from(other)
        return and_(one.is_not(None), other.is_not(None), _ordered(one, comparison, other))

    def _text_test(self, test: str, column: ColumnElement[Any], text: str) -> ColumnElement[bool]:
        """Told apart by case on every database, which LIKE is not; and nothing in the text has a meaning."""
        size = len(text)
        if test == "startswith":
            return func.substr(column, 1, size) == text
        if test == "endswith":
            start = func.length(column) - (size - 1)
            return and_(func.length(column) >= size, func.substr(column, start, size) == text)
        place = func.strpos if self._dialect == "postgresql" else func.instr
        return place(column, literal(text)) > 0


def _held(value: Decimal, kind: Edm) -> Decimal | None:
    """Return the largest number of the type that is not above ``value``; ``None`` beyond what it can hold."""
    if abs(value) > _BEYOND[kind]:
        return None
    step = Decimal(1).scaleb(-QUANTITY_DECIMALS) if kind is Edm.DECIMAL else Decimal(1)
    return value.quantize(step, rounding=ROUND_FLOOR)


def _number(value: Decimal, kind: Edm) -> Decimal | int:
    return value if kind is Edm.DECIMAL else int(value)


def _known(nullable: bool, column: ColumnElement[Any], comparison: str, value: Any) -> ColumnElement[bool]:
    if comparison == "eq":
        return and_(column.is_not(None), column == value) if nullable else column == value
    if comparison == "ne":
        return or_(column.is_(None), column != value) if nullable else column != value
    found = _ordered(column, comparison, value)
    return and_(column.is_not(None), found) if nullable else found


def _ordered(column: ColumnElement[Any], comparison: str, value: Any) -> ColumnElement[bool]:
    found: ColumnElement[bool] = _ORDERED[comparison](column, value)
    return found


def _beyond(column: ColumnElement[Any], value: Any, descending: bool) -> ColumnElement[bool]:
    if value is None:
        return false() if descending else column.is_not(None)
    if isinstance(value, bool):
        # No comes before yes.
        beyond: ColumnElement[bool] = column.is_(not value) if value is descending else false()
    else:
        beyond = column < value if descending else column > value
    return or_(beyond, column.is_(None)) if descending else beyond
