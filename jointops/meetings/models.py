"""Meetings of an operation: agenda, outcomes, decisions."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from jointops.kernel.db import Base, Key
from jointops.kernel.types import Json, by_value
from jointops.operations.models import Operation
from jointops.tasks.models import Task


class MeetingState(StrEnum):
    """Where a meeting stands. While it is a draft only the coordination knows of it."""

    DRAFT = "draft"
    OPEN = "open"
    IN_PROGRESS = "in-progress"
    CLOSED = "closed"
    CANCELLED = "cancelled"


class ItemKind(StrEnum):
    """Where an item of an agenda comes from."""

    OWN = "own"
    INVITATION = "invitation"
    SECTION = "section"
    COMMENT = "comment"
    TASK = "task"
    CONFLICT = "conflict"
    QUESTION = "question"
    WARNING = "warning"


class Meeting(Base):
    """One meeting of an operation. ``minutes`` is how long it is meant to take.

    ``invited`` are the codes of the invited parties (empty: all participants), ``attended`` those who were there.
    ``previous`` is the meeting whose open items it took over.
    """

    __tablename__ = "meeting"
    __table_args__ = (
        UniqueConstraint("operation_id", "number"),
        CheckConstraint("minutes > 0", name="minutes"),
    )

    id: Mapped[Key]
    operation_id: Mapped[int] = mapped_column(ForeignKey("operation.id"))
    number: Mapped[int]
    title: Mapped[str] = mapped_column(String(200))
    starts_at: Mapped[datetime]
    minutes: Mapped[int]
    place: Mapped[str] = mapped_column(String(300), default="")
    invited: Mapped[list[str]] = mapped_column(Json)
    attended: Mapped[list[str]] = mapped_column(Json)
    state: Mapped[MeetingState] = mapped_column(by_value(MeetingState, "state"))
    previous_id: Mapped[int | None] = mapped_column(ForeignKey("meeting.id"))
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[str] = mapped_column(String(200), default="")
    version: Mapped[int] = mapped_column(default=1)

    operation: Mapped[Operation] = relationship()
    previous: Mapped[Meeting | None] = relationship(remote_side="Meeting.id")
    items: Mapped[list[AgendaItem]] = relationship(
        back_populates="meeting", order_by="AgendaItem.position, AgendaItem.id", cascade="all, delete-orphan"
    )


class AgendaItem(Base):
    """One item. ``reference`` names the open item it was made from, such as ``task/T3``; empty for own items.

    ``outcome`` is written while the meeting is in progress; an item that is not ``settled`` when the meeting closes
    is taken over by the next. ``carried_from`` is the meeting's number in which it was first raised.
    """

    __tablename__ = "agenda_item"

    id: Mapped[Key]
    meeting_id: Mapped[int] = mapped_column(ForeignKey("meeting.id"), index=True)
    position: Mapped[int]
    kind: Mapped[ItemKind] = mapped_column(by_value(ItemKind, "kind"))
    reference: Mapped[str] = mapped_column(String(200), default="")
    title: Mapped[str] = mapped_column(String(300))
    note: Mapped[str] = mapped_column(Text, default="")
    outcome: Mapped[str] = mapped_column(Text, default="")
    settled: Mapped[bool] = mapped_column(default=False)
    carried_from: Mapped[int | None]

    meeting: Mapped[Meeting] = relationship(back_populates="items")
    decisions: Mapped[list[Decision]] = relationship(
        back_populates="item", order_by="Decision.id", cascade="all, delete-orphan"
    )


class Decision(Base):
    """What was decided on an item. ``task`` is the work that came of it, where any did."""

    __tablename__ = "decision"

    id: Mapped[Key]
    item_id: Mapped[int] = mapped_column(ForeignKey("agenda_item.id"), index=True)
    text: Mapped[str] = mapped_column(Text)
    task_id: Mapped[int | None] = mapped_column(ForeignKey("task.id"), unique=True)
    decided_at: Mapped[datetime]
    decided_by: Mapped[str] = mapped_column(String(200))

    item: Mapped[AgendaItem] = relationship(back_populates="decisions")
    task: Mapped[Task | None] = relationship()
