"""The EU policy cycle: priorities, strategic goals, and the operational actions gathered in action plans."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from jointops.kernel.db import Base, Key
from jointops.kernel.types import Json, by_value


class ActionState(StrEnum):
    """State of an operational action. The list is configuration of the field, not law: it may grow."""

    PROPOSED = "proposed"
    PLANNED = "planned"
    ONGOING = "ongoing"
    COMPLETED = "completed"
    POSTPONED = "postponed"
    CANCELLED = "cancelled"


class PolicyCycle(Base):
    """A multi-year cycle for a range of days, both included."""

    __tablename__ = "policy_cycle"
    __table_args__ = (CheckConstraint("starts_on <= ends_on", name="period"),)

    id: Mapped[Key]
    code: Mapped[str] = mapped_column(String(80), unique=True)
    title: Mapped[dict[str, str]] = mapped_column(Json)
    starts_on: Mapped[date]
    ends_on: Mapped[date]

    priorities: Mapped[list[Priority]] = relationship(back_populates="cycle", order_by="Priority.position")
    goals: Mapped[list[StrategicGoal]] = relationship(
        back_populates="cycle", order_by="StrategicGoal.position"
    )
    action_plans: Mapped[list[OperationalActionPlan]] = relationship(
        back_populates="cycle", order_by="OperationalActionPlan.starts_on"
    )


class Priority(Base):
    """A crime priority of a cycle."""

    __tablename__ = "priority"
    __table_args__ = (UniqueConstraint("cycle_id", "code"),)

    id: Mapped[Key]
    cycle_id: Mapped[int] = mapped_column(ForeignKey("policy_cycle.id"))
    code: Mapped[str] = mapped_column(String(80))
    title: Mapped[dict[str, str]] = mapped_column(Json)
    position: Mapped[int]

    cycle: Mapped[PolicyCycle] = relationship(back_populates="priorities")


class StrategicGoal(Base):
    """A strategic goal of a cycle."""

    __tablename__ = "strategic_goal"
    __table_args__ = (UniqueConstraint("cycle_id", "code"),)

    id: Mapped[Key]
    cycle_id: Mapped[int] = mapped_column(ForeignKey("policy_cycle.id"))
    code: Mapped[str] = mapped_column(String(80))
    title: Mapped[dict[str, str]] = mapped_column(Json)
    position: Mapped[int]

    cycle: Mapped[PolicyCycle] = relationship(back_populates="goals")


class OperationalActionPlan(Base):
    """An action plan of a cycle for a range of days, which is not always a year."""

    __tablename__ = "operational_action_plan"
    __table_args__ = (
        UniqueConstraint("cycle_id", "code"),
        CheckConstraint("starts_on <= ends_on", name="period"),
    )

    id: Mapped[Key]
    cycle_id: Mapped[int] = mapped_column(ForeignKey("policy_cycle.id"))
    code: Mapped[str] = mapped_column(String(80))
    title: Mapped[dict[str, str]] = mapped_column(Json)
    starts_on: Mapped[date]
    ends_on: Mapped[date]

    cycle: Mapped[PolicyCycle] = relationship(back_populates="action_plans")
    actions: Mapped[list[OperationalAction]] = relationship(
        back_populates="plan", order_by="OperationalAction.code"
    )


class OperationalAction(Base):
    """One operational action. ``origin_*`` name the operation and recommendation it was adopted from.

    ``leader`` is a party's code, or the name of a body that is none.
    """

    __tablename__ = "operational_action"
    __table_args__ = (UniqueConstraint("plan_id", "code"),)

    id: Mapped[Key]
    plan_id: Mapped[int] = mapped_column(ForeignKey("operational_action_plan.id"))
    priority_id: Mapped[int | None] = mapped_column(ForeignKey("priority.id"))
    goal_id: Mapped[int | None] = mapped_column(ForeignKey("strategic_goal.id"))
    code: Mapped[str] = mapped_column(String(80))
    title: Mapped[dict[str, str]] = mapped_column(Json)
    description: Mapped[str] = mapped_column(Text, default="")
    leader: Mapped[str] = mapped_column(String(200), default="")
    state: Mapped[ActionState] = mapped_column(by_value(ActionState, "state"))
    due_on: Mapped[date | None]
    origin_operation: Mapped[str | None] = mapped_column(String(80))
    origin_recommendation: Mapped[str | None] = mapped_column(String(80))
    created_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)

    plan: Mapped[OperationalActionPlan] = relationship(back_populates="actions")
    priority: Mapped[Priority | None] = relationship()
    goal: Mapped[StrategicGoal | None] = relationship()
