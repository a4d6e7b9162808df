"""Migrated, empty databases, one for each test: the migrations run once, the rest are copies, emptied for the next."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import psycopg
from sqlalchemy import Engine

from jointops.kernel import migrate
from jointops.kernel.db import make_engine
from tests.support.postgres import Server

BACKENDS = ("sqlite", "postgresql")

_TEMPLATE = "jointops_template"

_engines: dict[str, Engine] = {}
"""Engines on PostgreSQL databases that one test after the other gets, with their open connections."""


def engine_on(url: str) -> Engine:
    """Return an engine on a test's database, to be given back with :func:`give_back_engine`.

    Connecting to PostgreSQL takes longer than most tests: an earlier test's connections to the database are used on.
    The engine is a new one all the same: what the application or a test keeps or listens to for it ends with the test.
    """
    if not url.startswith("postgresql"):
        return make_engine(url)
    if url not in _engines:
        _engines[url] = make_engine(url)
    return _engines[url].execution_options()


def give_back_engine(engine: Engine) -> None:
    """Close the engine's connections, unless they are all idle and may serve another test."""
    if engine.dialect.name != "postgresql" or engine.pool.checkedout():  # type: ignore[attr-defined]
        engine.dispose()


class SqliteDatabases:
    """Databases of the embedded kind, as files in ``folder``."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._numbers = count(1)
        self._template = folder / "template.sqlite"
        migrate_database(sqlite_url(self._template))

    @contextmanager
    def migrated(self) -> Iterator[str]:
        """Give the address of a migrated, empty database for the length of the block."""
        file = self._folder / f"test-{next(self._numbers)}.sqlite"
        shutil.copyfile(self._template, file)
        try:
            yield sqlite_url(file)
        finally:
            _remove(file)

    @contextmanager
    def empty(self) -> Iterator[str]:
        """Give the address of a database without tables for the length of the block."""
        file = self._folder / f"empty-{next(self._numbers)}.sqlite"
        try:
            yield sqlite_url(file)
        finally:
            _remove(file)


class PostgresDatabases:
    """Databases on a PostgreSQL ``server``.

    A copy takes the server longer than most tests take: what a test leaves is emptied and given to the next.
    """

    def __init__(self, server: Server) -> None:
        self._server = server
        self._numbers = count(1)
        self._spare: list[Copy] = []
        migrate_database(server.create(_TEMPLATE))

    @contextmanager
    def migrated(self) -> Iterator[str]:
        """Give the address of a migrated, empty database for the length of the block."""
        copy = self._spare.pop() if self._spare else self._new_copy()
        try:
            yield copy.url
        finally:
            if copy.empty():
                self._spare.append(copy)
            else:
                copy.close()
                self._server.drop(copy.name)

    @contextmanager
    def empty(self) -> Iterator[str]:
        """Give the address of a database without tables for the length of the block."""
        name = f"empty_{next(self._numbers)}"
        try:
            yield self._server.create(name)
        finally:
            self._server.drop(name)

    def close(self) -> None:
        """Close all connections; the databases go with their server."""
        while self._spare:
            self._spare.pop().close()

    def _new_copy(self) -> Copy:
        name = f"test_{next(self._numbers)}"
        return Copy(name, self._server.create(name, template=_TEMPLATE), self._server.connect(name))


class Copy:
    """A copy of the migrated database, with a connection of its own by which it is emptied."""

    def __init__(self, name: str, url: str, connection: psycopg.Connection) -> None:
        self.name = name
        self.url = url
        self._connection = connection
        # Rows are deleted in any order: foreign keys and triggers are not looked at.
        self._connection.execute("SET session_replication_role = replica")
        self._made_of = self._shape()

    def empty(self) -> bool:
        """Make the database as it was when it was made, and say whether that was possible.

        It is not where a test made or changed a table.
        """
        # Whoever is still in a transaction would be waited for.
        self._connection.execute(_END_TRANSACTIONS)
        if self._shape() != self._made_of:
            return False
        written = [name for (name,) in self._connection.execute(_WRITTEN)]
        if written:
            # Truncating would take ten times as long, for all the tables that refer to one another.
            self._connection.execute("".join(f"DELETE FROM {name};" for name in written).encode())
            # The files are empty afterwards, also those of rows that were rolled back: no trace is left to be filled.
            self._connection.execute(f"VACUUM {', '.join(written)}".encode())
        self._connection.execute(_RESTART_SEQUENCES)
        return True

    def close(self) -> None:
        """Close all connections to the database."""
        self._connection.close()
        if self.url in _engines:
            _engines.pop(self.url).dispose()

    def _shape(self) -> object:
        return self._connection.execute(_SHAPE).fetchone()


_END_TRANSACTIONS = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid() AND state <> 'idle'"""

_WRITTEN = """
    SELECT quote_ident(relname) FROM pg_class
    WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
    AND relname <> 'alembic_version' AND pg_relation_size(oid) > 0"""

_RESTART_SEQUENCES = """
    SELECT setval(quote_ident(sequencename)::regclass, start_value, false) FROM pg_sequences
    WHERE last_value IS NOT NULL"""

_SHAPE = """
    SELECT count(*), sum(hashtext(relname || ' ' || attname || ' ' || atttypid || ' ' || attnotnull))
    FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid
    WHERE relnamespace = 'public'::regnamespace"""


def sqlite_url(file: Path) -> str:
    """Return the SQLAlchemy address of an SQLite file."""
    return f"sqlite:///{file}"


def migrate_database(url: str) -> None:
    """Run all migrations on the database at ``url``."""
    engine = make_engine(url)
    try:
        migrate.upgrade(engine)
    finally:
        engine.dispose()


def _remove(file: Path) -> None:
    for suffix in ("", "-wal", "-shm"):
        file.with_name(file.name + suffix).unlink(missing_ok=True)
