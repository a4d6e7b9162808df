"""Keyed hashes of identifiers that parties work on, and where two parties work on the same."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from jointops.kernel.db import Base, Key
from jointops.kernel.types import by_value
from jointops.operations.models import Operation


class IdentifierKind(StrEnum):
    """What an identifier identifies."""

    PHONE = "phone"
    VEHICLE = "vehicle"
    CONTAINER = "container"
    DOCUMENT = "document"
    IBAN = "iban"
    EMAIL = "email"
    OTHER = "other"


class MatchingKey(Base):
    """The key of one operation: 32 random bytes in base64url without padding.

    ``delete_after`` is set when the operation ends: from then on a job deletes the key and all that was hashed.
    """

    __tablename__ = "matching_key"

    id: Mapped[Key]
    operation_id: Mapped[int] = mapped_column(ForeignKey("operation.id"), unique=True)
    secret: Mapped[str] = mapped_column(String(43))
    created_at: Mapped[datetime]
    delete_after: Mapped[datetime | None] = mapped_column(index=True)

    operation: Mapped[Operation] = relationship()


class MatchingEntry(Base):
    """One hashed identifier. ``digest`` is the HMAC in lower-case hexadecimal; the identifier itself is never here.

    ``owner`` is the office it belongs to: a unit's code, a party's code for its national coordinator, or
    ``coordination`` for the coordination centre; ``party`` the party it belongs to. ``label`` is the owner's own
    reference, by which they find again what they hashed.
    """

    __tablename__ = "matching_entry"
    __table_args__ = (
        UniqueConstraint("operation_id", "owner", "kind", "digest"),
        Index("ix_matching_entry_operation_id_kind_digest", "operation_id", "kind", "digest"),
    )

    id: Mapped[Key]
    operation_id: Mapped[int] = mapped_column(ForeignKey("operation.id"))
    party: Mapped[str] = mapped_column(String(80))
    owner: Mapped[str] = mapped_column(String(80))
    kind: Mapped[IdentifierKind] = mapped_column(by_value(IdentifierKind, "kind"))
    digest: Mapped[str] = mapped_column(String(64))
    label: Mapped[str] = mapped_column(String(120))
    entered_at: Mapped[datetime]
    entered_by: Mapped[str] = mapped_column(String(200))


class IdentifierMatch(Base):
    """Two entries of different parties with the same hash. ``number`` is what both owners can call it by."""

    __tablename__ = "identifier_match"
    __table_args__ = (
        UniqueConstraint("first_id", "second_id"),
        UniqueConstraint("operation_id", "number"),
        CheckConstraint("first_id < second_id", name="order"),
    )

    id: Mapped[Key]
    operation_id: Mapped[int] = mapped_column(ForeignKey("operation.id"))
    number: Mapped[int]
    first_id: Mapped[int] = mapped_column(ForeignKey("matching_entry.id"), index=True)
    second_id: Mapped[int] = mapped_column(ForeignKey("matching_entry.id"), index=True)
    found_at: Mapped[datetime]

    first: Mapped[MatchingEntry] = relationship(foreign_keys=[first_id])
    second: Mapped[MatchingEntry] = relationship(foreign_keys=[second_id])
