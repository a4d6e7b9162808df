"""Migrations build what the models say, on both databases, and take it down again."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, create_engine, inspect

import jointops.models  # noqa: F401  (registers every table)
from jointops.kernel import migrate
from jointops.kernel.db import Base, make_engine
from tests.support.databases import PostgresDatabases, SqliteDatabases


@pytest.fixture
def empty_engine(databases: SqliteDatabases | PostgresDatabases) -> Iterator[Engine]:
    with databases.empty() as url:
        engine = make_engine(url)
        yield engine
        engine.dispose()


def test_an_empty_database_has_no_revision(empty_engine: Engine) -> None:
    assert migrate.revision_of(empty_engine) is None


def test_upgrading_an_empty_database_brings_it_to_the_newest_revision(empty_engine: Engine) -> None:
    migrate.upgrade(empty_engine)

    assert migrate.revision_of(empty_engine) == migrate.head()
    assert set(Base.metadata.tables) <= set(inspect(empty_engine).get_table_names())


def test_upgrading_twice_changes_nothing(empty_engine: Engine) -> None:
    migrate.upgrade(empty_engine)
    migrate.upgrade(empty_engine)

    assert migrate.revision_of(empty_engine) == migrate.head()


def test_the_migrated_database_has_exactly_the_tables_of_the_models(engine: Engine) -> None:
    with engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "compare_server_default": True}
        )
        differences = compare_metadata(context, Base.metadata)

    assert differences == []


def test_the_migrated_database_has_the_constraints_of_the_models(
    engine: Engine, databases: SqliteDatabases | PostgresDatabases
) -> None:
    """Alembic does not compare check constraints, so they are compared with those of freshly made tables."""
    with databases.empty() as url:
        fresh = create_engine(url)
        Base.metadata.create_all(fresh)
        expected, found = _checks(fresh), _checks(engine)
        fresh.dispose()

    assert found == expected


def test_downgrading_to_the_base_leaves_no_table_of_ours(empty_engine: Engine) -> None:
    migrate.upgrade(empty_engine)

    migrate.downgrade(empty_engine)

    assert set(inspect(empty_engine).get_table_names()) <= {"alembic_version"}
    assert migrate.revision_of(empty_engine) is None


def test_a_database_can_be_upgraded_again_after_a_downgrade(empty_engine: Engine) -> None:
    migrate.upgrade(empty_engine)
    migrate.downgrade(empty_engine)

    migrate.upgrade(empty_engine)

    assert migrate.revision_of(empty_engine) == migrate.head()


def _checks(engine: Engine) -> dict[str, set[tuple[str | None, str]]]:
    inspector = inspect(engine)
    return {
        table: {
            (check["name"], " ".join(check["sqltext"].split()))
            for check in inspector.get_check_constraints(table)
        }
        for table in Base.metadata.tables
    }
