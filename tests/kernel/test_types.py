"""Column types: what goes in comes out, on both databases."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from enum import StrEnum
from typing import Any

import pytest
from sqlalchemy import Column, Engine, Integer, MetaData, Table, func, insert, select
from sqlalchemy.exc import IntegrityError, StatementError

from jointops.kernel.types import Json, Quantity, UtcDateTime, by_value, canonical_json, plain, quantity_text


class Colour(StrEnum):
    RED = "red"
    DARK_BLUE = "dark-blue"


TABLE = Table(
    "thing",
    MetaData(),
    Column("id", Integer, primary_key=True),
    Column("quantity", Quantity),
    Column("at", UtcDateTime),
    Column("data", Json),
    Column("colour", by_value(Colour, "colour")),
)


@pytest.fixture
def table(engine: Engine) -> Engine:
    TABLE.metadata.create_all(engine)
    return engine


def kept(engine: Engine, column: str, *values: object) -> list[Any]:
    with engine.begin() as connection:
        for value in values:
            connection.execute(insert(TABLE).values({column: value}))
        return list(connection.scalars(select(TABLE.c[column]).order_by(TABLE.c.id)))


def test_quantities_are_exact(table: Engine) -> None:
    values = [
        Decimal("0.1"),
        Decimal("0.2"),
        Decimal("1300"),
        Decimal("0.000001"),
        Decimal("999999999999.999999"),
        None,
    ]

    assert kept(table, "quantity", *values) == values


def test_sums_of_quantities_are_exact(table: Engine) -> None:
    kept(table, "quantity", Decimal("0.1"), Decimal("0.2"), Decimal("0.3"))
    with table.connect() as connection:
        total = connection.scalar(select(func.sum(TABLE.c.quantity)))

    assert total == Decimal("0.6")
    assert isinstance(total, Decimal)


def test_a_quantity_finer_than_what_is_kept_is_refused_instead_of_rounded(table: Engine) -> None:
    with pytest.raises(StatementError, match="more than 6 decimals"):
        kept(table, "quantity", Decimal("0.0000001"))


@pytest.mark.parametrize(
    ("value", "text"),
    [("1E+3", "1000"), ("0.3000", "0.3"), ("-0", "0"), ("0.000001", "0.000001"), ("1300", "1300")],
)
def test_equal_quantities_are_written_the_same(value: str, text: str) -> None:
    assert quantity_text(Decimal(value)).lstrip("-") == text
    assert plain(Decimal(value)) == Decimal(value)


def test_instants_come_back_in_utc(table: Engine) -> None:
    evening = datetime(2027, 5, 3, 20, 0, 0, 123456, tzinfo=timezone(timedelta(hours=2)))

    (found,) = kept(table, "at", evening)

    assert found == evening
    assert found.utcoffset() == timedelta(0)


def test_an_instant_without_a_zone_is_refused(table: Engine) -> None:
    with pytest.raises(StatementError, match="time zone"):
        kept(table, "at", datetime(2027, 5, 3, 20, 0))  # noqa: DTZ001


def test_instants_compare_in_the_database(table: Engine) -> None:
    kept(table, "at", datetime(2027, 5, 3, 20, 0, tzinfo=timezone(timedelta(hours=2))))
    with table.connect() as connection:
        before = connection.scalar(
            select(func.count()).where(TABLE.c.at < datetime(2027, 5, 3, 18, 30, tzinfo=UTC))
        )

    assert before == 1


def test_data_come_back_as_they_were(table: Engine) -> None:
    data = {"é": ["1.50", None, True, {"b": 1, "a": 2}], "": "\u2028"}

    assert kept(table, "data", data, None) == [data, None]


def test_the_same_content_gives_the_same_bytes() -> None:
    assert canonical_json({"b": 1, "a": "é"}) == canonical_json({"a": "é", "b": 1}) == '{"a":"é","b":1}'


def test_enumerations_are_kept_by_value_and_nothing_else_is(table: Engine) -> None:
    assert kept(table, "colour", Colour.DARK_BLUE) == [Colour.DARK_BLUE]
    with table.begin() as connection, pytest.raises(IntegrityError):
        connection.exec_driver_sql("INSERT INTO thing (colour) VALUES ('green')")
