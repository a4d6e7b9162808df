"""Taking over 10,000 rows of returns from one workbook, against bare inserts of the resulting rows.

Ours is everything between the file's bytes and the commit: reading the workbook, checking every cell and every return
against the plan, and storing each with its revision, step, facts and log entry, all or nothing. The bare inserts write
the same rows by prepared SQL through the driver alone, in one transaction.
"""

from __future__ import annotations

import io
import time
from dataclasses import replace
from itertools import count, product
from pathlib import Path
from typing import Any

import xlsxwriter
from sqlalchemy import Engine
from sqlalchemy.orm import Session, sessionmaker

from benchmarks import scene
from benchmarks.figures import Comparison, compare
from jointops.kernel.db import unit_of_work
from jointops.operations import service as operations
from jointops.operations.plandoc import PlanDocument
from jointops.returns import asked
from jointops.returns.intake import batch, sheets

CODE = "SHEET"
ROWS = 10_000
DAYS = 9
REPEATS = 3

_COLUMNS = ("unit", "day", "indicator", "category", "action_area", "quantity")
_POINTERS = {"daily_return": {"id"}, "revision": {"id", "return_id"}, "review_step": {"revision_id"}}
_TABLES = (*_POINTERS, "fact", "audit_entry")
_RUN = 100_000_000
"""The keys of the bare rows of a run begin so far from those of the run before."""


def measure(database: str, engine: Engine, factory: sessionmaker[Session], _folder: Path) -> Comparison:
    """Measure one database: how many times as long taking the file over takes as the bare inserts."""
    document = scene.plan(CODE, DAYS)
    data, returns = _workbook(document)
    numbers = count(1)

    def ours() -> float:
        code = f"{CODE}-{next(numbers)}"
        with unit_of_work(factory) as session:
            scene.running_operation(session, replace(document, code=code))
        begun = time.perf_counter()
        with unit_of_work(factory) as session:
            operation = operations.find(session, scene.OPERATOR, code)
            read = sheets.read(data, operation, asked.asked(session, operation).indicators)
            done = batch.record(
                session, scene.OPERATOR, operation, read.entries, problems=read.problems, name="returns.xlsx"
            )
        seconds = time.perf_counter() - begun
        if done.changed != returns:
            raise RuntimeError("not all returns were taken over")
        return seconds

    ours()
    return compare(
        f"{ROWS:,} rows of returns from a spreadsheet / bare inserts",
        database,
        "s",
        ours,
        _Bare(engine, database).write,
        repeats=REPEATS,
    )


def _workbook(document: PlanDocument) -> tuple[bytes, int]:
    """Return a workbook of at least so many rows, and how many returns it has."""
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file, {"in_memory": True})
    sheet = book.add_worksheet("Figures")
    sheet.write_row(0, 0, _COLUMNS)
    rows = count(1)
    row, returns, bodies = 0, 0, scene.bodies(document)
    for day, unit in product(scene.days_of(document), document.units()):
        for value in next(bodies)["values"]:
            row = next(rows)
            said = {"unit": unit.code, "day": day.isoformat(), **value}
            sheet.write_row(row, 0, [said.get(name, "") for name in _COLUMNS[:-1]])
            sheet.write_number(row, len(_COLUMNS) - 1, int(value["quantity"]))
        returns += 1
        if row >= ROWS:
            break
    book.close()
    return file.getvalue(), returns


class _Bare:
    """Writes the rows of the first operation's returns again and again, under other keys and on other days."""

    def __init__(self, engine: Engine, database: str) -> None:
        self._engine = engine
        self._sqlite = database == "sqlite"
        self._runs = count(1)
        connection = engine.raw_connection()
        try:
            cursor = connection.cursor()
            self._rows = {table: self._read(cursor, table) for table in _TABLES}
        finally:
            connection.rollback()
            connection.close()

    def write(self) -> float:
        """Write all rows once and return the seconds up to the commit."""
        run = next(self._runs)
        connection = self._engine.raw_connection()
        try:
            cursor = connection.cursor()
            begun = time.perf_counter()
            if self._sqlite:
                cursor.execute("BEGIN IMMEDIATE")
            for table, (names, rows) in self._rows.items():
                moved = [n for n, name in enumerate(names) if name in {"id", "return_id", "revision_id"}]
                day = names.index("day") if table == "daily_return" else None
                mark = "?" if self._sqlite else "%s"
                cursor.executemany(
                    f"INSERT INTO {table} ({', '.join(names)}) VALUES ({', '.join([mark] * len(names))})",
                    [_moved(row, moved, day, run) for row in rows],
                )
            cursor.execute("COMMIT") if self._sqlite else connection.commit()
            return time.perf_counter() - begun
        finally:
            connection.close()

    def _read(self, cursor: Any, table: str) -> tuple[list[str], list[tuple[Any, ...]]]:
        """Return the columns and the rows of a table, as the driver reads them; without keys that nothing points to."""
        where = "WHERE object_type = 'return'" if table == "audit_entry" else ""
        cursor.execute(f"SELECT * FROM {table} {where} ORDER BY id")
        names = [column[0] for column in cursor.description]
        first = 0 if "id" in _POINTERS.get(table, ()) else 1
        return names[first:], [tuple(row[first:]) for row in cursor.fetchall()]


def _moved(row: tuple[Any, ...], keys: list[int], day: int | None, run: int) -> tuple[Any, ...]:
    changed = list(row)
    for key in keys:
        changed[key] += run * _RUN
    if day is not None:
        changed[day] = f"{2100 + run}-{str(row[day])[5:]}"
    return tuple(changed)
