"""Adding rows to several tables at once: keys passed on, all or nothing, values as exact as one by one."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

import pytest
from sqlalchemy import Engine, ForeignKey, String, UniqueConstraint, select
from sqlalchemy.exc import StatementError
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from jointops.kernel.db import Key
from jointops.kernel.inserts import Inserts, Part
from jointops.kernel.types import Json, Quantity, UtcDateTime, by_value


class Colour(StrEnum):
    RED = "red"


class Base(DeclarativeBase):
    """Tables of this test alone."""

    type_annotation_map = {datetime: UtcDateTime(), Decimal: Quantity()}


class Crate(Base):
    __tablename__ = "crate"
    __table_args__ = (UniqueConstraint("code", "day"),)

    id: Mapped[Key]
    code: Mapped[str] = mapped_column(String(20))
    day: Mapped[date]


class Label(Base):
    __tablename__ = "label"

    id: Mapped[Key]
    crate_id: Mapped[int] = mapped_column(ForeignKey("crate.id"))
    text: Mapped[dict[str, Any]] = mapped_column(Json)


class Bottle(Base):
    __tablename__ = "bottle"

    id: Mapped[Key]
    crate_id: Mapped[int] = mapped_column(ForeignKey("crate.id"))
    label_id: Mapped[int] = mapped_column(ForeignKey("label.id"))
    litres: Mapped[Decimal]
    filled: Mapped[datetime | None]
    colour: Mapped[Colour] = mapped_column(by_value(Colour, "colour"))


ADDED = Inserts(
    Part("crate", Crate, unless_there=("code", "day"), tells=True),
    Part("label", Label, {"crate_id": "crate"}, tells=True),
    Part("bottles", Bottle, {"crate_id": "crate", "label_id": "label"}),
)

CRATE = {"code": "100 % “%(x)s”", "day": date(2027, 5, 3)}
LABEL = {"text": {"é": 'a\\n"b"', "n": None}}
BOTTLES: list[dict[str, Any]] = [
    {"litres": Decimal("0.100001"), "filled": None, "colour": Colour.RED},
    {"litres": Decimal("1E+9"), "filled": datetime(2027, 5, 3, 1, 2, 3, 456789, UTC), "colour": Colour.RED},
]


@pytest.fixture
def cellar(engine: Engine) -> Session:
    Base.metadata.create_all(engine)
    return Session(engine)


def test_rows_of_several_tables_are_added_as_given(cellar: Session) -> None:
    with cellar as session:
        keys = ADDED.add(session, {"crate": [CRATE], "label": [LABEL], "bottles": BOTTLES})

        crate = session.scalars(select(Crate)).one()
        label = session.scalars(select(Label)).one()
        bottles = session.scalars(select(Bottle).order_by(Bottle.id)).all()

    assert keys == {"crate": crate.id, "label": label.id}
    assert (crate.code, crate.day, label.text, label.crate_id) == (*CRATE.values(), LABEL["text"], crate.id)
    assert [(b.crate_id, b.label_id) for b in bottles] == [(crate.id, label.id)] * 2
    assert [{"litres": b.litres, "filled": b.filled, "colour": b.colour} for b in bottles] == BOTTLES


def test_nothing_is_added_where_there_is_one_already(cellar: Session) -> None:
    with cellar as session:
        ADDED.add(session, {"crate": [CRATE], "label": [LABEL], "bottles": []})

        again = ADDED.add(session, {"crate": [CRATE], "label": [LABEL], "bottles": BOTTLES})

        assert again == {}
        assert len(session.scalars(select(Label)).all()) == 1
        assert session.scalars(select(Bottle)).all() == []


def test_a_value_that_a_column_does_not_take_is_refused(cellar: Session) -> None:
    with cellar as session, pytest.raises((ValueError, StatementError), match="more than 6 decimals"):
        ADDED.add(
            session,
            {"crate": [CRATE], "label": [LABEL], "bottles": [BOTTLES[0] | {"litres": Decimal("0.0000001")}]},
        )
