"""The log of who did what, when and by which way in, written in the transaction of the change itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Index, String, Table, insert, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from jointops.kernel import clock
from jointops.kernel.db import Base, Key
from jointops.kernel.policy import Action, Actor, Channel, require
from jointops.kernel.types import Json, by_value


class AuditEntry(Base):
    """One change. Rows are only ever added.

    ``actor_id`` is the person's key without a foreign key: the log outlives accounts. ``object_type`` is the table's
    word (``return``, ``task``), ``object_key`` the natural key that its address carries.
    """

    __tablename__ = "audit_entry"
    __table_args__ = (Index("ix_audit_entry_operation_at", "operation", "at"),)

    id: Mapped[Key]
    at: Mapped[datetime]
    actor_id: Mapped[int | None]
    actor_name: Mapped[str] = mapped_column(String(200))
    channel: Mapped[Channel] = mapped_column(by_value(Channel, "channel"))
    request_id: Mapped[str] = mapped_column(String(40))
    action: Mapped[str] = mapped_column(String(60))
    object_type: Mapped[str] = mapped_column(String(40))
    object_key: Mapped[str] = mapped_column(String(200))
    operation: Mapped[str | None] = mapped_column(String(80))
    details: Mapped[Any] = mapped_column(Json)


_ADD_ENTRY = insert(cast("Table", AuditEntry.__table__)).inline()


def entry(
    actor: Actor,
    action: Action | str,
    object_type: str,
    object_key: str,
    *,
    operation: str | None = None,
    details: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Return the row of one entry of the log, for who adds it along with what it is about.

    ``details`` is plain data (strings for quantities and instants) that says what changed; never personal data
    beyond the actor's own name.
    """
    return {
        "at": clock.actual(),
        "actor_id": actor.id,
        "actor_name": actor.name,
        "channel": actor.channel,
        "request_id": actor.request_id,
        "action": str(action),
        "object_type": object_type,
        "object_key": object_key,
        "operation": operation,
        "details": dict(details or {}),
    }


def record(
    session: Session,
    actor: Actor,
    action: Action | str,
    object_type: str,
    object_key: str,
    *,
    operation: str | None = None,
    details: Mapping[str, Any] | None = None,
) -> None:
    """Add one :func:`entry` to the log, in the session's transaction."""
    add(session, entry(actor, action, object_type, object_key, operation=operation, details=details))


def add(session: Session, added: Mapping[str, Any]) -> None:
    """Add an :func:`entry` to the log, in the session's transaction."""
    session.execute(_ADD_ENTRY, dict(added))


def entries(
    session: Session,
    actor: Actor,
    *,
    operation: str | None = None,
    action: str | None = None,
    before: int | None = None,
    limit: int = 100,
) -> Sequence[AuditEntry]:
    """Return the newest entries first, at most ``limit``: those with a key below ``before``, where it is given.

    ``operation`` is an operation's code; ``action`` an action or the beginning of one, such as ``returns:``.
    """
    require(actor, Action.AUDIT_READ)
    wanted = select(AuditEntry).order_by(AuditEntry.id.desc()).limit(limit)
    if operation:
        wanted = wanted.where(AuditEntry.operation == operation)
    if action:
        wanted = wanted.where(AuditEntry.action.startswith(action, autoescape=True))
    if before is not None:
        wanted = wanted.where(AuditEntry.id < before)
    return session.scalars(wanted).all()
