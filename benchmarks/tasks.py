"""Taking over 2,000 tasks with 1,000 dependencies from one spreadsheet, against bare inserts of the resulting rows.

Ours is everything between the file's bytes and the commit: reading the workbook, checking every cell, saving the plan
in a new version (checked as any plan is), its rows, log and audit entry. The bare inserts write the same rows of tasks,
assignments, log and dependencies by prepared SQL through the driver alone, in one transaction.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.orm import Session, sessionmaker

from benchmarks import scene
from benchmarks.figures import Comparison, compare
from jointops.kernel import clock
from jointops.kernel.db import unit_of_work
from jointops.operations import service as operations
from jointops.operations.plandoc import Place, PlanDocument, PlanTask, TaskResource
from jointops.tasks import service
from jointops.tasks.intake import importing, writing
from jointops.tasks.models import Task

TASKS = 2_000
DAYS = 9
REPEATS = 5

_TABLES = ("task", "task_assignment", "task_log_entry", "task_dependency")


def measure(database: str, engine: Engine, factory: sessionmaker[Session], _folder: Path) -> Comparison:
    """Measure one database: how many times as long taking the file over takes as the bare inserts."""
    document = scene.plan("TASKS", DAYS)
    tasks = _tasks(factory, document)
    numbers = count(1)

    def ours() -> float:
        code = f"TASKS-{next(numbers)}"
        with unit_of_work(factory) as session:
            operation = operations.create(session, scene.OPERATOR, replace(document, code=code))
            data = writing.workbook(operation, tasks, "en", clock.now())
        begun = time.perf_counter()
        with unit_of_work(factory) as session:
            operation = operations.find(session, scene.OPERATOR, code)
            done = importing.take_over(session, scene.OPERATOR, operation, data)
        if len(done.created) != TASKS:
            raise RuntimeError("not all tasks were taken over")
        return time.perf_counter() - begun

    bare = _Bare(engine, database, tasks[0].operation_id)
    return compare(
        "2,000 tasks from a spreadsheet / bare inserts", database, "s", ours, bare.write, repeats=REPEATS
    )


def _tasks(factory: sessionmaker[Session], document: PlanDocument) -> list[Task]:
    """Return the tasks of an operation whose plan has them all."""
    chance = random.Random(20140915)
    units = [unit.code for unit in document.units()]
    days = document.period.days()
    tasks = tuple(
        PlanTask(
            code=f"T{number + 1}",
            title={"en": f"Joint check {number + 1}"},
            description={"en": "Check every tenth lorry and say what was found."},
            type="patrol",
            action_area=document.action_areas[number % len(document.action_areas)].code,
            units=tuple(chance.sample(units, 2)),
            days=(days[number % 8], days[number % 8 + 1]),
            place=Place(kind="airport", name=f"Airport {number % 300}", country="ES"),
            authorities=("police", "customs"),
            resources=(TaskResource(kind="officers", quantity=3),),
            depends_on=(f"T{number}",) if number % 2 else (),
        )
        for number in range(TASKS)
    )
    with unit_of_work(factory) as session:
        operation = operations.create(session, scene.OPERATOR, replace(document, code="TASKS", tasks=tasks))
        return service.list_tasks(session, scene.OPERATOR, operation)


class _Bare:
    """Writes the rows of one operation's tasks again and again, under other codes."""

    def __init__(self, engine: Engine, database: str, operation_id: int) -> None:
        self._engine = engine
        self._mark = "?" if database == "sqlite" else "%s"
        self._sqlite = database == "sqlite"
        self._runs = count(1)
        connection = engine.raw_connection()
        try:
            cursor = connection.cursor()
            self._rows = {table: self._read(cursor, table, operation_id) for table in _TABLES}
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
            old = self._insert(
                cursor, "task", lambda name, value: f"{value}/{run}" if name == "code" else value
            )
            cursor.execute(f"SELECT code, id FROM task WHERE code LIKE '%/{run}'")
            new = {code.rpartition("/")[0]: key for code, key in cursor.fetchall()}
            keys = {key: new[code] for key, code in old.items()}
            for table in _TABLES[1:]:
                self._insert(cursor, table, lambda name, value: keys[value] if name in _POINTERS else value)
            cursor.execute("COMMIT") if self._sqlite else connection.commit()
            return time.perf_counter() - begun
        finally:
            connection.close()

    def _insert(self, cursor: Any, table: str, changed: Callable[[str, Any], Any]) -> dict[int, str]:
        """Insert a table's rows with changed values; return the codes of the tasks by their old keys."""
        names, rows = self._rows[table]
        marks = ", ".join([self._mark] * (len(names) - 1))
        cursor.executemany(
            f"INSERT INTO {table} ({', '.join(names[1:])}) VALUES ({marks})",
            [
                tuple(changed(name, value) for name, value in zip(names[1:], row[1:], strict=True))
                for row in rows
            ],
        )
        return {row[0]: row[names.index("code")] for row in rows} if table == "task" else {}

    def _read(self, cursor: Any, table: str, operation_id: int) -> tuple[list[str], list[tuple[Any, ...]]]:
        """Return the columns, the key first, and the rows of the operation in a table, as the driver reads them."""
        of_tasks = f"task_id IN (SELECT id FROM task WHERE operation_id = {operation_id})"
        where = f"operation_id = {operation_id}" if table == "task" else of_tasks
        cursor.execute(f"SELECT * FROM {table} WHERE {where} ORDER BY id")
        names = [column[0] for column in cursor.description]
        return names, [tuple(row) for row in cursor.fetchall()]


_POINTERS = frozenset({"task_id", "depends_on_id"})
"""Columns that hold a task's key."""
