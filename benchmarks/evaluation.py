"""Evaluating one operation with a million facts, against the bare SQL that adds them up.

Ours is the whole evaluation as everybody gets it: totals with their categories, phases and scopes, shares by day,
action area, party, authority and unit, objectives against their targets, reporting discipline and tasks, written as
canonical JSON. The bare sum is one ``GROUP BY`` over the same facts, as known at the same instant, run through the
driver alone.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, insert, select
from sqlalchemy.orm import Session, sessionmaker

from benchmarks import scene
from benchmarks.figures import Comparison, compare
from jointops.evaluation import service
from jointops.kernel import clock, ids
from jointops.kernel.db import unit_of_work
from jointops.kernel.policy import Channel
from jointops.kernel.types import canonical_json
from jointops.operations import service as operations
from jointops.operations.models import ActionArea, Indicator, Operation, ReportingUnit
from jointops.returns.models import FactStatus, Phase, Return, ReturnState, ReviewStep, Revision, Scope, Step

CODE = "MILLION"
DAYS = 60
FACTS = 1_000_000
REPEATS = 5
"""Of the evaluation and the bare sum in turn."""

_CORRECTED = 25
"""Every so manieth return was corrected once: its first figures are closed facts, which nothing adds up any more."""

_BARE_SUM = """
    SELECT unit_id, indicator_id, action_area_id, category, phase, scope, counts, SUM(quantity)
    FROM fact
    WHERE operation_id = {mark} AND status = 'accepted'
        AND known_from <= {mark} AND (known_to IS NULL OR known_to > {mark})
    GROUP BY unit_id, indicator_id, action_area_id, category, phase, scope, counts
"""

_COLUMNS = (
    "operation_id",
    "return_id",
    "revision_id",
    "unit_id",
    "indicator_id",
    "action_area_id",
    "line",
    "category",
    "day",
    "phase",
    "scope",
    "status",
    "quantity",
    "counts",
    "known_from",
    "known_to",
)


def measure(database: str, engine: Engine, factory: sessionmaker[Session], _folder: Path) -> Comparison:
    """Measure one database: how many times as long the evaluation takes as the bare sum."""
    now = clock.now()
    operation_id = _fill(engine, factory, now - timedelta(hours=1))

    def ours() -> float:
        with unit_of_work(factory, read_only=True) as session:
            operation = operations.find(session, scene.OPERATOR, CODE)
            begun = time.perf_counter()
            measured = service.measure(session, scene.OPERATOR, operation, as_known_at=now)
            measured.to_json()
            return time.perf_counter() - begun

    def bare() -> float:
        connection = engine.raw_connection()
        try:
            cursor = connection.cursor()
            mark = "?" if database == "sqlite" else "%s"
            at = _as_stored(now, database)
            begun = time.perf_counter()
            cursor.execute(_BARE_SUM.format(mark=mark), (operation_id, at, at))
            cursor.fetchall()
            return time.perf_counter() - begun
        finally:
            connection.rollback()
            connection.close()

    return compare(f"evaluation of {FACTS:,} facts / bare sum", database, "s", ours, bare, repeats=REPEATS)


def _fill(engine: Engine, factory: sessionmaker[Session], known_from: datetime) -> int:
    """Record an accepted return of every unit for every day, with :data:`FACTS` facts; return the operation's key."""
    document = scene.plan(CODE, DAYS)
    with unit_of_work(factory) as session:
        operation = scene.running_operation(session, document)
        returns = _add_returns(session, operation, document.period.days(), known_from)
        kinds = _keyed(session, operation, scene.kinds(document))
        facts = _facts(operation.id, kinds, returns, known_from, engine.dialect.name)
        session.flush()
        _insert(session, facts)
        key = operation.id
    if engine.dialect.name == "postgresql":
        # As its own housekeeping does after so much was added.
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("VACUUM ANALYZE")
    return key


def _add_returns(
    session: Session, operation: Operation, days: tuple[date, ...], known_from: datetime
) -> list[tuple[int, int, int, date]]:
    """Add the returns, revisions and steps; return the keys of return, revision and unit, and the day, of each."""
    units = session.scalars(select(ReportingUnit).where(ReportingUnit.operation_id == operation.id)).all()
    content = {"values": [], "incidents": [], "narrative": "", "nil": False}
    digest = ids.digest(canonical_json(content))
    keys = [
        (number, unit.id, day) for number, (day, unit) in enumerate(((d, u) for d in days for u in units), 1)
    ]
    session.execute(
        insert(Return),
        [
            {
                "id": number,
                "operation_id": operation.id,
                "unit_id": unit_id,
                "day": day,
                "marking_id": operation.marking_id,
                "state": ReturnState.ACCEPTED,
                "latest_number": 1,
                "first_submitted_at": known_from,
                "version": 3,
            }
            for number, unit_id, day in keys
        ],
    )
    session.execute(
        insert(Revision),
        [
            {
                "id": number,
                "return_id": number,
                "number": 1,
                "plan_version": operation.plan_number,
                "content": content,
                "sha256": digest,
                "nil": False,
                "recorded_at": known_from,
                "recorded_by": "benchmark",
                "channel": Channel.API,
            }
            for number, _unit_id, _day in keys
        ],
    )
    session.execute(
        insert(ReviewStep),
        [
            {"revision_id": number, "step": step, "at": known_from, "actor_name": "benchmark"}
            for number, _unit_id, _day in keys
            for step in (Step.SUBMITTED, Step.VERIFIED, Step.ACCEPTED)
        ],
    )
    return [(number, number, unit_id, day) for number, unit_id, day in keys]


def _facts(
    operation_id: int,
    kinds: list[tuple[int, str, int | None]],
    returns: list[tuple[int, int, int, date]],
    known_from: datetime,
    database: str,
) -> Iterator[tuple[Any, ...]]:
    """Yield the facts as the driver stores them, in the order of :data:`_COLUMNS`; the database is not asked."""
    in_each = -(-FACTS // len(returns))
    since, corrected = _as_stored(known_from - timedelta(days=1), database), _as_stored(known_from, database)
    micro = 1_000_000 if database == "sqlite" else 1
    left = FACTS
    for number, (return_id, revision_id, unit_id, day) in enumerate(returns):
        states: list[tuple[Any, Any, int]] = [(corrected, None, 0)]
        if number % _CORRECTED == 0:
            states.append((since, corrected, 1))
        for line, (indicator_id, category, area_id) in enumerate(kinds[: min(in_each, left)]):
            for start, end, less in states:
                yield (
                    operation_id,
                    return_id,
                    revision_id,
                    unit_id,
                    indicator_id,
                    area_id,
                    line,
                    category,
                    day.isoformat(),
                    Phase.ACTION_DAYS.value,
                    Scope.OPERATION.value,
                    FactStatus.ACCEPTED.value,
                    (1 + (number * 7 + line * 3) % 40 - less) * micro,
                    True,
                    start,
                    end,
                )
        left -= min(in_each, left)


def _keyed(
    session: Session, operation: Operation, kinds: list[scene.Kind]
) -> list[tuple[int, str, int | None]]:
    """Return each kind as the keys of its indicator and its action area, with its category between them."""
    indicators = _keys(session, Indicator, operation)
    areas = _keys(session, ActionArea, operation)
    return [
        (indicators[kind.indicator], kind.category or "", areas[kind.area] if kind.area else None)
        for kind in kinds
    ]


def _keys(
    session: Session, table: type[Indicator] | type[ActionArea], operation: Operation
) -> dict[str, int]:
    found = session.execute(select(table.code, table.id).where(table.operation_id == operation.id))
    return dict(found.all())


def _as_stored(instant: datetime, database: str) -> str | datetime:
    if database == "sqlite":
        return instant.replace(tzinfo=None).isoformat(" ", timespec="microseconds")
    return instant


def _insert(session: Session, facts: Iterator[tuple[Any, ...]]) -> None:
    """Write facts as fast as the driver can."""
    cursor: Any = session.connection().connection.cursor()
    names = ", ".join(_COLUMNS)
    if session.get_bind().dialect.name == "sqlite":
        cursor.executemany(f"INSERT INTO fact ({names}) VALUES ({', '.join('?' * len(_COLUMNS))})", facts)
        return
    # The rows are right by construction: looking up seven keys for each of a million takes longer than the rest.
    cursor.execute("SET LOCAL session_replication_role = replica")
    with cursor.copy(f"COPY fact ({names}) FROM STDIN") as copy:
        for fact in facts:
            copy.write_row(fact)
