"""Deletes an exercise with all that belongs to it, whatever tables there are: they are found by their foreign keys."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from sqlalchemy import Column, ForeignKeyConstraint, Table, delete, select, update
from sqlalchemy.engine import CursorResult
from sqlalchemy.orm import Session

from jointops.kernel.db import Base
from jointops.operations.models import Operation

_BATCH = 400
"""Keys in one statement; databases limit how many values one may carry."""


def erase(session: Session, key: int) -> int:
    """Delete the operation with ``key`` and every row that belongs to it; return how many rows were deleted.

    A row belongs to it when a foreign key that may not be empty leads to one that does. A reference from elsewhere
    that may be empty is emptied.
    """
    session.flush()
    keys = rows_of(session, key)
    deleted = 0
    owned = [table for table in reversed(Base.metadata.sorted_tables) if keys.get(table.name)]
    for table in owned:
        _empty_references(session, table, keys)
    for table in owned:
        column = _key_of(table)
        for some in _batches(sorted(keys[table.name])):
            result = cast("CursorResult[Any]", session.execute(delete(table).where(column.in_(some))))
            deleted += result.rowcount
    session.expire_all()
    return deleted


def rows_of(session: Session, key: int) -> dict[str, set[int]]:
    """Return the keys of the rows that belong to the operation, by table, parents before their children."""
    keys: dict[str, set[int]] = {Operation.__tablename__: {key}}
    for table in Base.metadata.sorted_tables:
        if table.name == Operation.__tablename__ or "id" not in table.c:
            continue
        found: set[int] = set()
        for column, parent in _references(table):
            if column.nullable or not keys.get(parent.name):
                continue
            for some in _batches(sorted(keys[parent.name])):
                found.update(session.scalars(select(_key_of(table)).where(column.in_(some))))
        if found:
            keys[table.name] = found
    return keys


def _empty_references(session: Session, table: Table, keys: dict[str, set[int]]) -> None:
    """Empty what refers to rows of ``table`` that go: from rows that stay, and from rows of the table itself."""
    for other in Base.metadata.sorted_tables:
        for column, parent in _references(other):
            if parent is not table or not column.nullable:
                continue
            for some in _batches(sorted(keys[table.name])):
                staying = set(session.scalars(select(_key_of(other)).where(column.in_(some))))
                if other is not table:
                    staying -= keys.get(other.name, set())
                for these in _batches(sorted(staying)):
                    session.execute(update(other).where(_key_of(other).in_(these)).values({column: None}))


def _references(table: Table) -> list[tuple[Column[Any], Table]]:
    return [
        (constraint.columns[0], constraint.referred_table)
        for constraint in table.constraints
        if isinstance(constraint, ForeignKeyConstraint) and len(constraint.columns) == 1
    ]


def _key_of(table: Table) -> Column[Any]:
    return table.c.id


def _batches(keys: Sequence[int]) -> list[Sequence[int]]:
    return [keys[start : start + _BATCH] for start in range(0, len(keys), _BATCH)]
