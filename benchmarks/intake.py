"""Accepted API returns per second against bare inserts of the same rows, in the same database, as durable.

The API is the served application: each return is a PUT with a bearer token, validated, logged and committed before it
is acknowledged with 201. The bare inserts write the rows that the API wrote for one such return, read back from the
tables, by prepared SQL through the driver alone, one transaction for each return.
"""

from __future__ import annotations

import http.client
import json
import sys
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import nullcontext
from datetime import date, timedelta
from itertools import count, product
from pathlib import Path
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.orm import Session, sessionmaker

from benchmarks import scene
from benchmarks.figures import Comparison, compare
from benchmarks.scene import Reporter
from benchmarks.serving import HOST, served
from jointops.kernel.db import unit_of_work
from jointops.operations.plandoc import PlanDocument

CODE = "INTAKE"
DAYS = 366
UNITS = 102
"""All of the plan, which with the days have far more returns than can be sent in the time."""

PROCESSES = {"sqlite": 1, "postgresql": 2}
"""Server processes: SQLite is served by one."""

SENDERS = 8
"""As many as the server has threads, and as the bare inserts have connections."""

SECONDS = 3.0
REPEATS = 5

_TABLES = ("daily_return", "revision", "review_step", "fact", "audit_entry")


AT_ONCE = 500
RETURNS_EACH = 2
"""How many senders there are at the same moment, each over a connection that it keeps, and what each of them sends."""


def measure(database: str, engine: Engine, factory: sessionmaker[Session], folder: Path) -> list[Comparison]:
    """Measure one database; ``folder`` is for the server's files."""
    document = scene.plan(CODE, DAYS)
    with unit_of_work(factory) as session:
        scene.running_operation(session, document)
        everybody = scene.reporters(session, document, UNITS)
    url = engine.url.render_as_string(hide_password=False)
    with served(url, folder, processes=PROCESSES[database]) as port:
        days = scene.days_of(document)
        senders = [_Sender(port, document, product(days, everybody[n::SENDERS])) for n in range(SENDERS)]
        try:
            senders[0].send()
            bare = _Bare(engine)
            rate = compare(
                "API returns per second / bare inserts",
                database,
                "returns/s",
                lambda: _rate([sender.send for sender in senders]),
                bare.rate,
                repeats=REPEATS,
            )
            return [rate, _at_once(database, port, document, everybody)]
        finally:
            for sender in senders:
                sender.close()


def _rate(doers: Sequence[Callable[[], None]]) -> float:
    """Have all do their thing over and over, each in a thread of its own; return how often a second it was done."""
    done = [0] * len(doers)
    failures: list[BaseException] = []
    start = threading.Barrier(len(doers) + 1)
    ends_at = 0.0

    def work(number: int) -> None:
        start.wait()
        try:
            while time.perf_counter() < ends_at:
                doers[number]()
                done[number] += 1
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(len(doers))]
    for thread in threads:
        thread.start()
    begun = time.perf_counter()
    ends_at = begun + SECONDS
    start.wait()
    for thread in threads:
        thread.join()
    seconds = time.perf_counter() - begun
    if failures:
        raise failures[0]
    return sum(done) / seconds


def _at_once(database: str, port: int, document: PlanDocument, everybody: Sequence[Reporter]) -> Comparison:
    """Have all send at the same moment, without trying again; return how many of their returns were accepted."""
    share = AT_ONCE * RETURNS_EACH // len(everybody) + 1
    returns = list(product(scene.days_of(document)[-share:], everybody))
    senders = [_Sender(port, document, returns[n::AT_ONCE]) for n in range(AT_ONCE)]
    start = threading.Barrier(AT_ONCE + 1)
    accepted: list[float] = []
    failures: list[BaseException] = []

    def work(sender: _Sender) -> None:
        start.wait()
        for _number in range(RETURNS_EACH):
            begun = time.perf_counter()
            try:
                sender.send()
                accepted.append(time.perf_counter() - begun)
            except (OSError, http.client.HTTPException, RuntimeError) as error:
                failures.append(error)
        sender.close()

    threads = [threading.Thread(target=work, args=(sender,)) for sender in senders]
    for thread in threads:
        thread.start()
    begun = time.perf_counter()
    start.wait()
    for thread in threads:
        thread.join()
    seconds = time.perf_counter() - begun
    print(
        f"{AT_ONCE} senders at once on {database}: {len(accepted)} returns accepted in {seconds:.1f} s, "
        f"{len(failures)} failed {failures[:1]}; the slowest answer took {max(accepted, default=0):.1f} s",
        file=sys.stderr,
    )
    sent = AT_ONCE * RETURNS_EACH
    share_accepted = len(accepted) / sent
    return Comparison(
        f"returns of {AT_ONCE} senders at once, accepted / sent",
        database,
        len(accepted),
        sent,
        "returns",
        share_accepted,
        share_accepted,
        share_accepted,
    )


class _Sender:
    """One connection that sends returns, one after the other."""

    def __init__(self, port: int, document: PlanDocument, returns: Iterable[tuple[date, Reporter]]) -> None:
        self._connection = http.client.HTTPConnection(HOST, port, timeout=60)
        self._returns = iter(returns)
        self._bodies = scene.bodies(document)

    def send(self) -> None:
        """Send one return; raises :class:`RuntimeError` unless it is accepted and its receipt says so."""
        day, reporter = next(self._returns)
        self._connection.request(
            "PUT",
            f"/api/v1/operations/{CODE}/returns/{reporter.unit}/{day.isoformat()}",
            json.dumps(next(self._bodies)).encode(),
            {"Authorization": f"Bearer {reporter.token}", "Content-Type": "application/json"},
        )
        answer = self._connection.getresponse()
        text = answer.read()
        if answer.status != 201:
            raise RuntimeError(f"a return was not accepted: {answer.status} {text.decode()}")

    def close(self) -> None:
        """Hang up."""
        self._connection.close()


class _Bare:
    """Writes the rows of one accepted return again and again, for other days."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._days = map(_day_after_all, count())
        self._sqlite = engine.dialect.name == "sqlite"
        connection = engine.raw_connection()
        try:
            self._rows = {table: _rows_of(connection.cursor(), table) for table in _TABLES}
        finally:
            connection.rollback()
            connection.close()
        if len(self._rows["fact"][1]) != scene.VALUES_IN_A_RETURN:
            raise RuntimeError("the return to copy does not have the facts that it should have")

    def rate(self) -> float:
        """Return how many returns' rows are committed a second over :data:`SENDERS` connections."""
        connections = [self._engine.raw_connection() for _ in range(SENDERS)]
        # SQLite has one writer at a time, and its own waiting is unfair: they take turns, as in the application.
        turn = threading.Lock()
        try:
            return _rate([self._writer(connection, turn) for connection in connections])
        finally:
            for connection in connections:
                connection.close()

    def _writer(self, connection: Any, turn: threading.Lock) -> Callable[[], None]:
        cursor = connection.cursor()
        insert = {table: self._insert(table, columns) for table, (columns, _rows) in self._rows.items()}

        def write() -> None:
            with turn if self._sqlite else nullcontext():
                day = next(self._days)
                if self._sqlite:
                    cursor.execute("BEGIN IMMEDIATE")
                cursor.execute(
                    f"{insert['daily_return']} RETURNING id", self._rows_for("daily_return", day=day)[0]
                )
                return_id = cursor.fetchone()[0]
                cursor.execute(
                    f"{insert['revision']} RETURNING id", self._rows_for("revision", return_id=return_id)[0]
                )
                revision_id = cursor.fetchone()[0]
                keys = {"return_id": return_id, "revision_id": revision_id, "day": day}
                cursor.execute(insert["review_step"], self._rows_for("review_step", **keys)[0])
                cursor.executemany(insert["fact"], self._rows_for("fact", **keys))
                cursor.execute(insert["audit_entry"], self._rows_for("audit_entry")[0])
                connection.commit() if not self._sqlite else cursor.execute("COMMIT")

        return write

    def _insert(self, table: str, columns: Sequence[str]) -> str:
        mark = "?" if self._sqlite else "%s"
        return f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({', '.join([mark] * len(columns))})"

    def _rows_for(self, table: str, **changed: Any) -> list[tuple[Any, ...]]:
        columns, rows = self._rows[table]
        return [
            tuple(changed.get(name, value) for name, value in zip(columns, row, strict=True)) for row in rows
        ]


def _rows_of(cursor: Any, table: str) -> tuple[list[str], list[tuple[Any, ...]]]:
    """Return the columns but the key, and the rows of the only return so far in a table, as the driver reads them."""
    last = {"audit_entry": "WHERE object_type = 'return'"}.get(table, "")
    cursor.execute(f"SELECT * FROM {table} {last} ORDER BY id")
    names = [column[0] for column in cursor.description]
    return names[1:], [tuple(row[1:]) for row in cursor.fetchall()]


def _day_after_all(number: int) -> str:
    return (date(2050, 1, 1) + timedelta(days=number)).isoformat()
