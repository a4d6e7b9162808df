"""Migrated, empty databases, one for each test: the migrations run once, the rest are copies."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

from jointops.kernel import migrate
from jointops.kernel.db import make_engine
from tests.support.postgres import Server

BACKENDS = ("sqlite", "postgresql")

_TEMPLATE = "jointops_template"


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
    """Databases on a PostgreSQL ``server``."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._numbers = count(1)
        migrate_database(server.create(_TEMPLATE))

    @contextmanager
    def migrated(self) -> Iterator[str]:
        """Give the address of a migrated, empty database for the length of the block."""
        with self._copy_of(_TEMPLATE) as url:
            yield url

    @contextmanager
    def empty(self) -> Iterator[str]:
        """Give the address of a database without tables for the length of the block."""
        with self._copy_of("template0") as url:
            yield url

    @contextmanager
    def _copy_of(self, template: str) -> Iterator[str]:
        name = f"test_{next(self._numbers)}"
        url = self._server.create(name, template=template)
        try:
            yield url
        finally:
            self._server.drop(name)


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
