"""Tasks, who they are assigned to, and what became of them."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from jointops.kernel.db import Base, Key
from jointops.kernel.types import Json, by_value
from jointops.operations.models import ActionArea, Operation, ReportingUnit


class AssignmentState(StrEnum):
    """Where one unit stands with one task."""

    PROPOSED = "proposed"
    ASSIGNED = "assigned"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    UNDER_WAY = "under-way"
    DONE = "done"
    CANCELLED = "cancelled"


class Task(Base):
    """Work for one or more reporting units. The window's days are in the operation's time zone, both included.

    ``place`` is plain data: ``{"kind": …, "name": …, "country": …}``; so is ``hours``, the times of day in that zone:
    ``{"since": "06:00", "until": "14:00"}``. ``planned`` is the task as the plan in force has it, empty where the
    plan does not name it: what people changed since can be told from what the plan says. A task's own state is
    derived from its assignments, see ``tasks.rules``.
    """

    __tablename__ = "task"
    __table_args__ = (
        UniqueConstraint("operation_id", "code"),
        CheckConstraint("starts_on <= ends_on", name="window"),
    )

    id: Mapped[Key]
    operation_id: Mapped[int] = mapped_column(ForeignKey("operation.id"))
    action_area_id: Mapped[int | None] = mapped_column(ForeignKey("action_area.id"))
    code: Mapped[str] = mapped_column(String(80))
    title: Mapped[dict[str, str]] = mapped_column(Json)
    kind: Mapped[str] = mapped_column(String(80), default="")
    instructions: Mapped[dict[str, str]] = mapped_column(Json)
    place: Mapped[dict[str, Any] | None] = mapped_column(Json)
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    hours: Mapped[dict[str, str] | None] = mapped_column(Json)
    mandatory: Mapped[bool] = mapped_column(default=False)
    cancelled: Mapped[bool] = mapped_column(default=False)
    planned: Mapped[dict[str, Any] | None] = mapped_column(Json)
    version: Mapped[int] = mapped_column(default=1)

    operation: Mapped[Operation] = relationship()
    action_area: Mapped[ActionArea | None] = relationship()
    assignments: Mapped[list[TaskAssignment]] = relationship(
        back_populates="task", order_by="TaskAssignment.id"
    )
    log: Mapped[list[TaskLogEntry]] = relationship(back_populates="task", order_by="TaskLogEntry.id")


class TaskAssignment(Base):
    """One unit's part in a task. ``reason`` is why it was declined or cancelled, ``outcome`` what was done."""

    __tablename__ = "task_assignment"
    __table_args__ = (UniqueConstraint("task_id", "unit_id"),)

    id: Mapped[Key]
    task_id: Mapped[int] = mapped_column(ForeignKey("task.id"))
    unit_id: Mapped[int] = mapped_column(ForeignKey("reporting_unit.id"), index=True)
    is_lead: Mapped[bool] = mapped_column(default=False)
    state: Mapped[AssignmentState] = mapped_column(by_value(AssignmentState, "state"))
    reason: Mapped[str] = mapped_column(Text, default="")
    outcome: Mapped[str] = mapped_column(Text, default="")
    changed_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)

    task: Mapped[Task] = relationship(back_populates="assignments")
    unit: Mapped[ReportingUnit] = relationship()


class TaskLogEntry(Base):
    """One step in the life of a task. Rows are only ever added.

    An entry with a unit is a step of its assignment. One without is about the task itself (created, changed,
    cancelled) and carries the window's last day from then on, so that what was overdue at an instant can be told.
    """

    __tablename__ = "task_log_entry"

    id: Mapped[Key]
    task_id: Mapped[int] = mapped_column(ForeignKey("task.id"), index=True)
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("reporting_unit.id"))
    at: Mapped[datetime]
    actor_name: Mapped[str] = mapped_column(String(200))
    from_state: Mapped[str] = mapped_column(String(40), default="")
    to_state: Mapped[str] = mapped_column(String(40))
    ends_on: Mapped[date | None]
    text: Mapped[str] = mapped_column(Text, default="")

    task: Mapped[Task] = relationship(back_populates="log")
    unit: Mapped[ReportingUnit | None] = relationship()
