"""Column types that keep what goes in: exact quantities, instants in UTC, canonical JSON, enumerations by value."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, DateTime, Dialect, Enum, Numeric, Text
from sqlalchemy.types import TypeDecorator, TypeEngine

QUANTITY_DECIMALS = 6
"""Decimals kept of a quantity in its base unit: a milligram in kilograms."""

QUANTITY_INTEGER_DIGITS = 10
"""Digits before the decimal sign that a single quantity may have; sums of hundreds stay within SQLite's 64 bits."""

_SCALE = Decimal(10) ** QUANTITY_DECIMALS


class Quantity(TypeDecorator[Decimal]):
    """An exact decimal with six decimals.

    PostgreSQL keeps it as ``NUMERIC(18, 6)``; SQLite, whose only exact number is the integer, as millionths. Sums in
    SQL are exact on both and come back as :class:`~decimal.Decimal` without trailing zeros.
    """

    impl = Numeric
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        if dialect.name == "sqlite":
            return dialect.type_descriptor(BigInteger())
        return dialect.type_descriptor(Numeric(QUANTITY_INTEGER_DIGITS + 8, QUANTITY_DECIMALS))

    def process_bind_param(self, value: Decimal | int | None, dialect: Dialect) -> Any:
        if value is None:
            return None
        exact = Decimal(value)
        scaled = exact * _SCALE
        if scaled != scaled.to_integral_value():
            raise ValueError(f"{value} has more than {QUANTITY_DECIMALS} decimals")
        return int(scaled) if dialect.name == "sqlite" else exact

    def process_result_value(self, value: Any, dialect: Dialect) -> Decimal | None:
        if value is None:
            return None
        exact = Decimal(value) / _SCALE if dialect.name == "sqlite" else Decimal(value)
        return plain(exact)


def plain(value: Decimal) -> Decimal:
    """Return ``value`` without trailing zeros and without an exponent, so that equal quantities print the same."""
    normal = value.normalize()
    _sign, _digits, exponent = normal.as_tuple()
    return normal.quantize(Decimal(1)) if isinstance(exponent, int) and exponent > 0 else normal


def quantity_text(value: Decimal) -> str:
    """Write a quantity as a plain decimal (``0.3``, ``1300``), as JSON and exports carry it."""
    return format(plain(value), "f")


class UtcDateTime(TypeDecorator[datetime]):
    """An instant: aware on the way in (any zone), stored in UTC, aware in UTC on the way out."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant needs a time zone")
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def canonical_json(data: Any) -> str:
    """Write ``data`` as JSON with sorted keys and no spare space: the same content gives the same bytes."""
    return json.dumps(data, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


class Json(TypeDecorator[Any]):
    """Plain data kept as canonical JSON text, so that its hash can be taken from what is stored."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        return None if value is None else canonical_json(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:
        return None if value is None else json.loads(value)


def by_value(enumeration: type[StrEnum], name: str) -> Enum:
    """Return a column type that stores an enumeration by value as text, with a named check constraint."""
    return Enum(
        enumeration,
        name=name,
        native_enum=False,
        create_constraint=True,
        length=40,
        values_callable=lambda members: [member.value for member in members],
    )
