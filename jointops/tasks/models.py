"""Tasks, who they are assigned to, and what became of them."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, String, Text, UniqueConstraint, text
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

    ``place`` is plain data: ``{"kind": …, "name": …, "country": …, "lat": …, "lon": …}`` (degrees as text); so is
    ``hours``, the times of day in that zone: ``{"since": "06:00", "until": "14:00"}``. ``authorities`` are the types
    of authority that it takes, ``resources`` what it needs at a time: ``[{"kind": "officers", "quantity": 4}]``.
    ``planned`` is the task as the plan in force has it, empty where the plan does not name it: what people changed
    since can be told from what the plan says. ``explanation`` is why a mandatory task was not done, empty where
    nobody has said so. A task's own state is derived from its assignments, see ``tasks.rules``.
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
    authorities: Mapped[list[str]] = mapped_column(Json, default=list, server_default=text("'[]'"))
    resources: Mapped[list[dict[str, Any]]] = mapped_column(Json, default=list, server_default=text("'[]'"))
    mandatory: Mapped[bool] = mapped_column(default=False)
    explanation: Mapped[str] = mapped_column(Text, default="", server_default=text("''"))
    cancelled: Mapped[bool] = mapped_column(default=False)
    planned: Mapped[dict[str, Any] | None] = mapped_column(Json)
    version: Mapped[int] = mapped_column(default=1)

    operation: Mapped[Operation] = relationship()
    action_area: Mapped[ActionArea | None] = relationship()
    assignments: Mapped[list[TaskAssignment]] = relationship(
        back_populates="task", order_by="TaskAssignment.id"
    )
    log: Mapped[list[TaskLogEntry]] = relationship(back_populates="task", order_by="TaskLogEntry.id")
    dependencies: Mapped[list[TaskDependency]] = relationship(
        back_populates="task",
        foreign_keys="TaskDependency.task_id",
        order_by="TaskDependency.id",
        cascade="all, delete-orphan",
    )
    requests: Mapped[list[InputRequest]] = relationship(back_populates="task", order_by="InputRequest.number")


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


class TaskDependency(Base):
    """One task waits for another: ``depends_on`` ends before ``task`` begins. That there is no circle is a rule."""

    __tablename__ = "task_dependency"
    __table_args__ = (
        UniqueConstraint("task_id", "depends_on_id"),
        CheckConstraint("task_id <> depends_on_id", name="not_itself"),
    )

    id: Mapped[Key]
    task_id: Mapped[int] = mapped_column(ForeignKey("task.id"))
    depends_on_id: Mapped[int] = mapped_column(ForeignKey("task.id"), index=True)

    task: Mapped[Task] = relationship(back_populates="dependencies", foreign_keys=[task_id])
    depends_on: Mapped[Task] = relationship(foreign_keys=[depends_on_id])


class InputRequest(Base):
    """A question about a task from one unit to another, or from the coordination centre (``asked_by_unit`` empty).

    It changes nothing about the task. ``number`` counts within the task. ``answer`` is empty until the unit has
    answered, and so are ``answered_by`` and ``answered_at``.
    """

    __tablename__ = "task_input_request"
    __table_args__ = (UniqueConstraint("task_id", "number"),)

    id: Mapped[Key]
    task_id: Mapped[int] = mapped_column(ForeignKey("task.id"))
    number: Mapped[int]
    asked_by_unit_id: Mapped[int | None] = mapped_column(ForeignKey("reporting_unit.id"))
    unit_id: Mapped[int] = mapped_column(ForeignKey("reporting_unit.id"), index=True)
    question: Mapped[str] = mapped_column(Text)
    asked_by: Mapped[str] = mapped_column(String(200))
    asked_at: Mapped[datetime]
    answer: Mapped[str] = mapped_column(Text, default="")
    answered_by: Mapped[str] = mapped_column(String(200), default="")
    answered_at: Mapped[datetime | None]

    task: Mapped[Task] = relationship(back_populates="requests")
    asked_by_unit: Mapped[ReportingUnit | None] = relationship(foreign_keys=[asked_by_unit_id])
    unit: Mapped[ReportingUnit] = relationship(foreign_keys=[unit_id])


class TaskConflictNote(Base):
    """A finding of deconfliction that was accepted as it is, and why. ``key`` tells the finding again."""

    __tablename__ = "task_conflict_note"
    __table_args__ = (UniqueConstraint("operation_id", "key"),)

    id: Mapped[Key]
    operation_id: Mapped[int] = mapped_column(ForeignKey("operation.id"))
    key: Mapped[str] = mapped_column(String(64))
    kind: Mapped[str] = mapped_column(String(40))
    reason: Mapped[str] = mapped_column(Text)
    noted_by: Mapped[str] = mapped_column(String(200))
    noted_at: Mapped[datetime]
