"""Adding rows to several tables at once, some of which refer to the keys of others.

What a return consists of stands in five tables. PostgreSQL takes the rows of several in one statement, and is asked
once instead of once for each; SQLite has no such statement, and is no way off, so it gets one for each table.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, cast

from sqlalchemy import Connection, Dialect, Table, insert
from sqlalchemy.dialects import sqlite
from sqlalchemy.orm import DeclarativeBase, Session
from sqlalchemy.types import TypeDecorator

Row = Mapping[str, Any]
Rows = Mapping[str, Sequence[Row]]


@dataclass(frozen=True, slots=True)
class Part:
    """The rows of one table, under a name.

    ``keys`` maps columns to the part whose key they take: an earlier one, which has one row and ``tells`` its key.
    ``unless_there`` names the columns of a unique constraint: where there is a row with the same, nothing is added.
    """

    name: str
    model: type[DeclarativeBase]
    keys: Mapping[str, str] = field(default_factory=dict)
    unless_there: tuple[str, ...] = ()
    tells: bool = False

    @property
    def table(self) -> Table:
        """The table that the rows are added to."""
        return cast("Table", self.model.__table__)

    def text(self, rows: Sequence[Row], dialect: Dialect) -> str:
        """Return ``rows`` as JSON, each value as the column's type would write it for ``dialect``."""
        columns = self.table.c
        own = {name: kind for name in rows[0] if isinstance(kind := columns[name].type, TypeDecorator)}
        written = [
            {**row, **{name: kind.process_bind_param(row[name], dialect) for name, kind in own.items()}}
            for row in rows
        ]
        return json.dumps(written, ensure_ascii=False, default=_plain)


class Inserts:
    """Parts whose rows are added together. Made once, for all calls: making statements takes longer than most take."""

    def __init__(self, *parts: Part) -> None:
        self._parts = parts
        self._at_once: dict[tuple[tuple[str, ...], ...], str] = {}
        self._in_turn = {part.name: _insert_in_sqlite(part) for part in parts}

    def add(self, session: Session, rows: Rows) -> dict[str, int]:
        """Add the rows of each part, which all have the same columns; nothing is added of a part without rows.

        Returns the keys of the parts that tell theirs: of none, where the row that must not be there is there.
        """
        connection = session.connection()
        given = [part for part in self._parts if rows.get(part.name)]
        if connection.dialect.name == "sqlite":
            return self._add_in_turn(connection, given, rows)
        return self._add_at_once(connection, given, rows)

    def _add_at_once(self, connection: Connection, parts: Sequence[Part], rows: Rows) -> dict[str, int]:
        columns = tuple((part.name, *rows[part.name][0]) for part in parts)
        statement = self._at_once.get(columns)
        if statement is None:
            statement = _statement(parts, rows, connection.dialect)
            self._at_once[columns] = statement
        texts = {part.name: part.text(rows[part.name], connection.dialect) for part in parts}
        found = connection.exec_driver_sql(statement, texts).first()
        return {} if found is None else dict(found._mapping)

    def _add_in_turn(self, connection: Connection, parts: Sequence[Part], rows: Rows) -> dict[str, int]:
        told: dict[str, int] = {}
        for part in parts:
            keys = {column: told[parent] for column, parent in part.keys.items()}
            added = [{**row, **keys} for row in rows[part.name]] if keys else rows[part.name]
            found = connection.execute(self._in_turn[part.name], added)
            if part.tells:
                key = found.scalar_one_or_none()
                if key is None:
                    return {}
                told[part.name] = key
        return told


def _insert_in_sqlite(part: Part) -> Any:
    if not part.tells:
        return insert(part.table).inline()
    adding = sqlite.insert(part.table)
    if part.unless_there:
        adding = adding.on_conflict_do_nothing(index_elements=part.unless_there)
    return adding.returning(part.table.c.id)


def _statement(parts: Sequence[Part], rows: Rows, dialect: Dialect) -> str:
    """Return the statement that adds all parts in PostgreSQL, each of which is given as a JSON list of its rows."""
    told = [part.name for part in parts if part.tells]
    adding = [f"{part.name} AS ({_insert(part, rows[part.name][0], dialect)})" for part in parts]
    keys = [f"{name}.id AS {name}" for name in told]
    answer = ("SELECT", ", ".join(keys), "FROM", ", ".join(told)) if told else ("SELECT 1 WHERE false",)
    return " ".join(("WITH", ", ".join(adding), *answer))


def _insert(part: Part, row: Row, dialect: Dialect) -> str:
    quote, kind = dialect.identifier_preparer.quote, dialect.type_compiler_instance.process
    given = {quote(name): kind(part.table.c[name].type) for name in row}
    parents = list(part.keys.values())
    columns = ", ".join([*map(quote, part.keys), *given])
    values = ", ".join([*(f"{parent}.id" for parent in parents), *(f"given.{name}" for name in given)])
    typed = ", ".join(f"{name} {written}" for name, written in given.items())
    sources = ", ".join([*dict.fromkeys(parents), f"json_to_recordset(%({part.name})s) AS given({typed})"])
    words = ["INSERT INTO", quote(part.table.name), f"({columns})", "SELECT", values, "FROM", sources]
    if part.unless_there:
        words.append(f"ON CONFLICT ({', '.join(map(quote, part.unless_there))}) DO NOTHING")
    if part.tells:
        words.append("RETURNING id")
    return " ".join(words)


def _plain(value: object) -> str:
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"{value!r} has no place in a row")
