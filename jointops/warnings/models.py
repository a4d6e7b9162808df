"""Warnings from a unit to others, the feedback on them, and the results they led to."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from jointops.kernel.db import Base, Key
from jointops.kernel.types import by_value
from jointops.operations.models import Operation, ReportingUnit
from jointops.tasks.models import Task


class WarningKind(StrEnum):
    """What there is to watch for."""

    CONSIGNMENT = "consignment"
    VEHICLE = "vehicle"
    PATTERN = "pattern"


class WarningState(StrEnum):
    """Where a warning stands."""

    OPEN = "open"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"


class FeedbackAnswer(StrEnum):
    """What a unit that was warned tells."""

    FOUND = "found"
    CHECKED = "checked"
    NOT_SEEN = "not-seen"
    CANNOT_CHECK = "cannot-check"


class SentWarning(Base):
    """What one unit asks others to watch for, from ``since`` until ``until`` (open where it is not given).

    ``sender`` is empty where the coordination centre warns. ``authority`` is the type of authority that was named
    in place of single units; who was warned stands in ``recipients`` either way. What a warning says is never
    changed: a mistake is withdrawn and sent anew.
    """

    __tablename__ = "warning"
    __table_args__ = (
        UniqueConstraint("operation_id", "code"),
        CheckConstraint("until IS NULL OR since <= until", name="window"),
    )

    id: Mapped[Key]
    operation_id: Mapped[int] = mapped_column(ForeignKey("operation.id"))
    sender_id: Mapped[int | None] = mapped_column(ForeignKey("reporting_unit.id"))
    code: Mapped[str] = mapped_column(String(20))
    kind: Mapped[WarningKind] = mapped_column(by_value(WarningKind, "kind"))
    title: Mapped[str] = mapped_column(String(200))
    watch_for: Mapped[str] = mapped_column(Text)
    expected_at: Mapped[str] = mapped_column(String(300), default="")
    since: Mapped[datetime]
    until: Mapped[datetime | None]
    authority: Mapped[str] = mapped_column(String(40), default="")
    state: Mapped[WarningState] = mapped_column(by_value(WarningState, "state"))
    reason: Mapped[str] = mapped_column(Text, default="")
    sent_at: Mapped[datetime]
    sent_by: Mapped[str] = mapped_column(String(200))
    withdrawn_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)

    operation: Mapped[Operation] = relationship()
    sender: Mapped[ReportingUnit | None] = relationship()
    recipients: Mapped[list[WarningRecipient]] = relationship(order_by="WarningRecipient.id")
    feedback: Mapped[list[WarningFeedback]] = relationship(order_by="WarningFeedback.id")
    results: Mapped[list[WarningResult]] = relationship(order_by="WarningResult.id")


class WarningRecipient(Base):
    """One unit that was warned."""

    __tablename__ = "warning_recipient"
    __table_args__ = (UniqueConstraint("warning_id", "unit_id"),)

    id: Mapped[Key]
    warning_id: Mapped[int] = mapped_column(ForeignKey("warning.id"))
    unit_id: Mapped[int] = mapped_column(ForeignKey("reporting_unit.id"), index=True)

    unit: Mapped[ReportingUnit] = relationship()


class WarningFeedback(Base):
    """What one warned unit told, once more each time it knows more. Rows are only ever added; the last one counts."""

    __tablename__ = "warning_feedback"

    id: Mapped[Key]
    warning_id: Mapped[int] = mapped_column(ForeignKey("warning.id"), index=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("reporting_unit.id"))
    answer: Mapped[FeedbackAnswer] = mapped_column(by_value(FeedbackAnswer, "answer"))
    text: Mapped[str] = mapped_column(Text, default="")
    at: Mapped[datetime]
    actor_name: Mapped[str] = mapped_column(String(200))

    unit: Mapped[ReportingUnit] = relationship()


class WarningResult(Base):
    """What a warning led to: an incident of a unit's return of one day, or a task. A mistaken link is taken back."""

    __tablename__ = "warning_result"
    __table_args__ = (
        CheckConstraint(
            "(task_id IS NOT NULL AND unit_id IS NULL AND day IS NULL AND reference = '')"
            " OR (task_id IS NULL AND unit_id IS NOT NULL AND day IS NOT NULL AND reference <> '')",
            name="incident_or_task",
        ),
    )

    id: Mapped[Key]
    warning_id: Mapped[int] = mapped_column(ForeignKey("warning.id"), index=True)
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("reporting_unit.id"))
    day: Mapped[date | None]
    reference: Mapped[str] = mapped_column(String(80), default="")
    task_id: Mapped[int | None] = mapped_column(ForeignKey("task.id"), index=True)
    linked_at: Mapped[datetime]
    linked_by: Mapped[str] = mapped_column(String(200))
    taken_back_at: Mapped[datetime | None]

    unit: Mapped[ReportingUnit | None] = relationship()
    task: Mapped[Task | None] = relationship()
