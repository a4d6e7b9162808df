"""The pages of an operation with 34 countries, 150 units, 2,000 tasks and 1,000 dependencies, against the bare SQL.

Ours is the whole page as a browser gets it, asked of the application in this process: session, access, queries, layout
and HTML. The bare side reads the same tasks with where each of their units stands, through the driver alone.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import Engine
from sqlalchemy.orm import Session, sessionmaker

from benchmarks.figures import Comparison, compare
from jointops.kernel import clock
from jointops.kernel.db import unit_of_work
from jointops.kernel.policy import Role
from tests import people
from tests.support import large
from tests.support.app import Browser
from tests.support.application import make_application

REPEATS = 5

_OPERATION = f"/operations/{large.CODE}"

PAGES = {
    "my tasks": "/tasks",
    "plan": _OPERATION,
    "task table": f"{_OPERATION}/tasks",
    "task board": f"{_OPERATION}/tasks/board",
    "task matrix": f"{_OPERATION}/tasks/matrix",
    "task timeline": f"{_OPERATION}/tasks/timeline",
    "task map": f"{_OPERATION}/tasks/map",
    "timeline data": f"/api/v1{_OPERATION}/tasks/timeline",
}

_TASKS = """
    SELECT task.code, task.title, task.place, task.starts_on, task.ends_on, task.hours, task.action_area_id
    FROM task JOIN operation ON operation.id = task.operation_id WHERE operation.code = {mark}
"""

_PARTS = """
    SELECT part.task_id, part.state, part.is_lead, unit.code, unit.authority, participant.party
    FROM task_assignment AS part
    JOIN task ON task.id = part.task_id
    JOIN operation ON operation.id = task.operation_id
    JOIN reporting_unit AS unit ON unit.id = part.unit_id
    JOIN participant ON participant.id = unit.participant_id
    WHERE operation.code = {mark}
"""


def measure(database: str, engine: Engine, factory: sessionmaker[Session], folder: Path) -> list[Comparison]:
    """Measure one database: how many times as long each page takes as reading its tasks."""
    with unit_of_work(factory) as session:
        large.operation(session, start=clock.now().date())
        people.person(session, people.grant(Role.COORDINATOR, None), email="coordinator@example.org")
    url = engine.url.render_as_string(hide_password=False)
    application = make_application(url, folder / "secrets")
    # As `jointops serve` does.
    gc.collect()
    gc.freeze()
    browser = Browser(application)
    browser.sign_in("coordinator@example.org")
    try:
        return [
            compare(
                f"{name} of 2,000 tasks / bare SQL",
                database,
                "ms",
                _ours(browser, path),
                lambda: _bare(database, engine),
                repeats=REPEATS,
            )
            for name, path in PAGES.items()
        ]
    finally:
        application.registry["engine"].dispose()


def _ours(browser: Browser, path: str) -> Callable[[], float]:
    def ask() -> float:
        begun = time.perf_counter()
        answer = browser.look(path)
        spent = time.perf_counter() - begun
        assert answer.status_int == 200, f"{path}: {answer.status}"
        return spent * 1000

    return ask


def _bare(database: str, engine: Engine) -> float:
    connection = engine.raw_connection()
    mark = "?" if database == "sqlite" else "%s"
    try:
        cursor = connection.cursor()
        begun = time.perf_counter()
        for query in (_TASKS, _PARTS):
            cursor.execute(query.format(mark=mark), (large.CODE,))
            cursor.fetchall()
        return (time.perf_counter() - begun) * 1000
    finally:
        connection.rollback()
        connection.close()
