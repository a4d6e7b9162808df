"""What Alembic runs to apply or write a migration. ``jointops.kernel.migrate`` hands it the open connection."""

from __future__ import annotations

from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from alembic.operations import MigrationScript
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection
from sqlalchemy.sql.elements import False_, True_

import jointops.models  # noqa: F401  (every table is registered by the import)
from jointops.kernel.db import Base
from jointops.kernel.types import Json, Quantity, UtcDateTime


def render_item(kind: str, item: Any, autogen: AutogenContext) -> str | Literal[False]:
    """Write our own column types by their short names, and truth values in a way that every database understands."""
    if kind == "server_default" and isinstance(item.arg, True_ | False_):
        return "sa.true()" if isinstance(item.arg, True_) else "sa.false()"
    if kind == "type" and isinstance(item, Quantity | UtcDateTime | Json):
        name = type(item).__name__
        autogen.imports.add(f"from jointops.kernel.types import {name}")
        return f"{name}()"
    return False


def leave_out_empty(migration: MigrationContext, revision: Any, directives: list[MigrationScript]) -> None:
    """Write no file when models and database already agree."""
    upgrade = directives[0].upgrade_ops
    if upgrade is not None and upgrade.is_empty():
        directives.clear()


def run(connection: Connection) -> None:
    """Run the migrations that the command asks for, in the connection's open transaction."""
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_as_batch=True,
        compare_type=True,
        compare_server_default=True,
        render_item=render_item,
        process_revision_directives=leave_out_empty,
    )
    with context.begin_transaction():
        context.run_migrations()


run(context.config.attributes["connection"])
