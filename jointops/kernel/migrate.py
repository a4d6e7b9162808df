"""Brings a database's tables to the form that the models expect, and says which form they have.

Alembic's settings are made here, not read from a file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine

from jointops.kernel.paths import folder


def upgrade(engine: Engine, revision: str = "head") -> None:
    """Run the migrations up to ``revision``, all in one transaction: they all hold, or none does.

    Raises :class:`RuntimeError` when rows are left that point at nothing (SQLite; PostgreSQL refuses by itself).
    """
    _run(engine, lambda config: command.upgrade(config, revision))


def downgrade(engine: Engine, revision: str = "base") -> None:
    """Take the migrations back down to ``revision``, in one transaction."""
    _run(engine, lambda config: command.downgrade(config, revision))


def revision_of(engine: Engine) -> str | None:
    """Return the revision that the database has, or ``None`` when it was never migrated."""
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def head() -> str | None:
    """Return the newest revision that this version of jointops knows."""
    return ScriptDirectory.from_config(_config()).get_current_head()


def write_revision(engine: Engine, message: str) -> None:
    """Write the next migration file from what the models have and ``engine``'s migrated database has not.

    Nothing is written when both agree. A person reads the file, and sees to the rows that are already there.
    """
    number = 1 + sum(1 for _ in ScriptDirectory.from_config(_config()).walk_revisions())
    _run(
        engine,
        lambda config: command.revision(config, message, autogenerate=True, rev_id=f"{number:04}"),
    )


def _config(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(folder("migrations")).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    config.attributes["connection"] = connection
    return config


def _run(engine: Engine, action: Callable[[Config], object]) -> None:
    with _migrating(engine) as connection:
        action(_config(connection))


@contextmanager
def _migrating(engine: Engine) -> Iterator[Connection]:
    if engine.dialect.name != "sqlite":
        with engine.begin() as connection:
            yield connection
        return
    # SQLite alters a table by copying it and dropping the old one. With foreign keys on, dropping it would delete
    # the rows that refer to it; and the setting can only be changed while no transaction is open.
    with engine.connect() as connection:
        driver = connection.connection.driver_connection
        assert driver is not None
        driver.execute("PRAGMA foreign_keys = OFF")
        try:
            with connection.begin():
                yield connection
                dangling = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
                if dangling:
                    tables = ", ".join(sorted({str(row[0]) for row in dangling}))
                    raise RuntimeError(f"the migration would leave rows that refer to nothing, in {tables}")
        finally:
            driver.execute("PRAGMA foreign_keys = ON")
