"""Rehearsing Operation Archimedes from the invitation to the evaluation, against bare inserts of the rows it makes.

Ours is everything between pressing the button and the exercise's evaluation: 34 countries over nine days through the
real services, committed in slices. The bare inserts write the same rows of all tables by prepared statements, in one
transaction; then both are deleted.
"""

from __future__ import annotations

import time
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, Table, insert, select
from sqlalchemy.orm import Session, sessionmaker

from benchmarks import scene
from benchmarks.figures import Comparison, compare
from jointops.cycles import service as cycles
from jointops.kernel.db import Base, unit_of_work
from jointops.kernel.paths import folder
from jointops.operations import planfile
from jointops.rehearsal import erasing, service

PLAN_FILE = "archimedes-2014.yaml"
REPEATS = 3

Rows = list[tuple[Table, list[dict[str, Any]]]]


def measure(database: str, engine: Engine, factory: sessionmaker[Session], _folder: Path) -> Comparison:
    """Measure one database: how many times as long the rehearsal takes as the bare inserts."""
    plan = planfile.load_path(folder("plans") / PLAN_FILE)
    with unit_of_work(factory) as session:
        cycles.seed(session, scene.OPERATOR)
    kept: Rows = []

    def ours() -> float:
        begun = time.perf_counter()
        with unit_of_work(factory) as session:
            key = service.prepare(session, scene.OPERATOR, plan).id
        played = service.play(partial(unit_of_work, factory), key)
        took = time.perf_counter() - begun
        with unit_of_work(factory) as session:
            kept[:] = _rows_of(session, played.code)
        _delete(factory, played.code)
        return took

    def bare() -> float:
        with engine.connect() as connection:
            begun = time.perf_counter()
            for table, rows in kept:
                connection.execute(insert(table), rows)
            connection.commit()
            took = time.perf_counter() - begun
        _delete(factory, f"{service.PREFIX}{plan.code}")
        return took

    return compare("rehearsal of 34 countries / bare inserts", database, "s", ours, bare, repeats=REPEATS)


def _rows_of(session: Session, code: str) -> Rows:
    """Return every row of an exercise, by table, parents first."""
    rehearsal = service.find(session, scene.OPERATOR, code)
    keys = erasing.rows_of(session, rehearsal.operation_id)
    found: Rows = []
    for table in Base.metadata.sorted_tables:
        wanted = keys.get(table.name)
        if wanted:
            every = session.execute(select(table)).mappings()
            found.append((table, [dict(row) for row in every if row["id"] in wanted]))
    return found


def _delete(factory: sessionmaker[Session], code: str) -> None:
    with unit_of_work(factory) as session:
        service.delete(session, scene.OPERATOR, code)
