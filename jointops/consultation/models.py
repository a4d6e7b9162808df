"""What participants pledge and bring, and when they were asked for their answers."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from jointops.kernel.db import Base, Key
from jointops.kernel.types import by_value
from jointops.operations.models import Participant


class ReminderKind(StrEnum):
    """What asked a participant for its answer."""

    INVITATION = "invitation"
    BEFORE = "before"
    AFTER = "after"
    BY_HAND = "by-hand"


class Contribution(Base):
    """One line of what a participant brings, as it was known for some time.

    A change closes the line (``known_to``) and adds it anew with the next ``version``; a line that is taken back is
    closed only. So the lines at any instant can be told. ``number`` is the line's own, within its participant.
    ``quantity`` for ``days`` days is what was pledged (``None``: not pledged), ``actual_quantity`` and ``actual_days``
    what came. ``kind`` is one of the reference data's ``contribution_kinds``; ``action_area`` and ``unit`` are codes
    of the plan, empty where it is for the whole operation or the whole participant. ``changed_by`` wrote this version.
    """

    __tablename__ = "contribution"
    __table_args__ = (
        UniqueConstraint("participant_id", "number", "version"),
        CheckConstraint("quantity IS NULL OR quantity >= 1", name="quantity"),
        CheckConstraint("actual_quantity IS NULL OR actual_quantity >= 0", name="actual_quantity"),
        Index("ix_contribution_participant_id_known_to", "participant_id", "known_to"),
    )

    id: Mapped[Key]
    participant_id: Mapped[int] = mapped_column(ForeignKey("participant.id"))
    number: Mapped[int]
    version: Mapped[int] = mapped_column(default=1)
    kind: Mapped[str] = mapped_column(String(80))
    quantity: Mapped[int | None]
    days: Mapped[int | None]
    action_area: Mapped[str] = mapped_column(String(80), default="")
    unit: Mapped[str] = mapped_column(String(80), default="")
    note: Mapped[str] = mapped_column(Text, default="")
    actual_quantity: Mapped[int | None]
    actual_days: Mapped[int | None]
    changed_by: Mapped[str] = mapped_column(String(200))
    known_from: Mapped[datetime]
    known_to: Mapped[datetime | None]

    participant: Mapped[Participant] = relationship()


class Reminder(Base):
    """A participant was asked for its answer: by an invitation, by the clock, or by the coordinator.

    ``key`` names the occasion, so that nobody is reminded of the same twice; ``people`` is how many were told.
    """

    __tablename__ = "reminder"
    __table_args__ = (UniqueConstraint("participant_id", "key"),)

    id: Mapped[Key]
    participant_id: Mapped[int] = mapped_column(ForeignKey("participant.id"))
    kind: Mapped[ReminderKind] = mapped_column(by_value(ReminderKind, "kind"))
    key: Mapped[str] = mapped_column(String(120))
    sent_at: Mapped[datetime]
    sent_by: Mapped[str] = mapped_column(String(200))
    people: Mapped[int]

    participant: Mapped[Participant] = relationship()
