"""Daily returns: immutable revisions, the steps they went through, and the facts that totals are made of."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from jointops.kernel.db import Base, Key
from jointops.kernel.policy import Channel
from jointops.kernel.types import Json, by_value
from jointops.operations.models import ActionArea, Indicator, Marking, Operation, ReportingUnit


class ReturnState(StrEnum):
    """Where the latest revision of a return stands."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    VERIFIED = "verified"
    ACCEPTED = "accepted"
    SENT_BACK = "sent-back"


class Step(StrEnum):
    """What can happen to a revision after it was recorded."""

    SUBMITTED = "submitted"
    VERIFIED = "verified"
    ACCEPTED = "accepted"
    SENT_BACK = "sent-back"
    ANSWERED = "answered"


class FactStatus(StrEnum):
    """How far a figure has come: every submitted one is provisional, then verified, then accepted."""

    PROVISIONAL = "provisional"
    VERIFIED = "verified"
    ACCEPTED = "accepted"


class Phase(StrEnum):
    """The part of an operation in which a result came about."""

    PREPARATORY = "preparatory"
    ACTION_DAYS = "action-days"
    FOLLOW_UP = "follow-up"


class Scope(StrEnum):
    """Whether a result belongs to the operation, or was found on the way and is not related to it."""

    OPERATION = "operation"
    OTHER = "other"


class Return(Base):
    """What one reporting unit reports for one operational day: the head of a sequence of revisions.

    ``version`` counts everything that happened to it, for ETags. ``first_submitted_at`` decides timeliness.
    """

    __tablename__ = "daily_return"
    __table_args__ = (
        UniqueConstraint("operation_id", "unit_id", "day"),
        Index("ix_daily_return_operation_id_day", "operation_id", "day"),
    )

    id: Mapped[Key]
    operation_id: Mapped[int] = mapped_column(ForeignKey("operation.id"))
    unit_id: Mapped[int] = mapped_column(ForeignKey("reporting_unit.id"))
    day: Mapped[date]
    marking_id: Mapped[int] = mapped_column(ForeignKey("marking.id"))
    state: Mapped[ReturnState] = mapped_column(by_value(ReturnState, "state"))
    latest_number: Mapped[int]
    first_submitted_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)

    operation: Mapped[Operation] = relationship()
    unit: Mapped[ReportingUnit] = relationship()
    marking: Mapped[Marking] = relationship()
    revisions: Mapped[list[Revision]] = relationship(back_populates="parent", order_by="Revision.number")


class Revision(Base):
    """One immutable revision of a return.

    ``content`` is what was reported, in canonical form, and ``sha256`` the digest of its canonical JSON: together
    with ``recorded_at`` they are the receipt. ``plan_version`` is the version the sender worked from. A
    ``correction`` replaces what was submitted before, and says why in ``reason``. ``historical`` marks a revision
    whose ``recorded_at`` was stated by an administrator instead of read from the clock.
    """

    __tablename__ = "revision"
    __table_args__ = (
        UniqueConstraint("return_id", "number"),
        CheckConstraint("number >= 1", name="number"),
        CheckConstraint("NOT correction OR reason <> ''", name="reason"),
    )

    id: Mapped[Key]
    return_id: Mapped[int] = mapped_column(ForeignKey("daily_return.id"))
    number: Mapped[int]
    plan_version: Mapped[int]
    content: Mapped[dict[str, Any]] = mapped_column(Json)
    sha256: Mapped[str] = mapped_column(String(64))
    nil: Mapped[bool]
    correction: Mapped[bool] = mapped_column(default=False)
    reason: Mapped[str] = mapped_column(Text, default="")
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[str] = mapped_column(String(200))
    on_behalf: Mapped[bool] = mapped_column(default=False)
    channel: Mapped[Channel] = mapped_column(by_value(Channel, "channel"))
    historical: Mapped[bool] = mapped_column(default=False)

    parent: Mapped[Return] = relationship(back_populates="revisions")
    steps: Mapped[list[ReviewStep]] = relationship(back_populates="revision", order_by="ReviewStep.id")
    incidents: Mapped[list[Incident]] = relationship(back_populates="revision", order_by="Incident.id")


class ReviewStep(Base):
    """Something that happened to a revision: verified, accepted, sent back with a question, answered."""

    __tablename__ = "review_step"

    id: Mapped[Key]
    revision_id: Mapped[int] = mapped_column(ForeignKey("revision.id"), index=True)
    step: Mapped[Step] = mapped_column(by_value(Step, "step"))
    at: Mapped[datetime]
    actor_name: Mapped[str] = mapped_column(String(200))
    text: Mapped[str] = mapped_column(Text, default="")
    pointer: Mapped[str] = mapped_column(String(200), default="")

    revision: Mapped[Revision] = relationship(back_populates="steps")


class JointResult(Base):
    """A result that several reporting units claim: counted once in totals, once for each in their own view.

    It is named by its owner's reference; who contributed when stands in the facts.
    """

    __tablename__ = "joint_result"
    __table_args__ = (UniqueConstraint("operation_id", "owner_id", "reference"),)

    id: Mapped[Key]
    operation_id: Mapped[int] = mapped_column(ForeignKey("operation.id"))
    owner_id: Mapped[int] = mapped_column(ForeignKey("reporting_unit.id"))
    reference: Mapped[str] = mapped_column(String(80))

    owner: Mapped[ReportingUnit] = relationship()


class Incident(Base):
    """An event inside one revision of a return, with its place and time.

    ``line`` is the place of its figure in the revision; ``joint_with`` the codes of the other units that claim it.
    """

    __tablename__ = "incident"
    __table_args__ = (UniqueConstraint("revision_id", "reference"),)

    id: Mapped[Key]
    revision_id: Mapped[int] = mapped_column(ForeignKey("revision.id"))
    joint_result_id: Mapped[int | None] = mapped_column(ForeignKey("joint_result.id"), index=True)
    reference: Mapped[str] = mapped_column(String(80))
    line: Mapped[int]
    joint_with: Mapped[list[str]] = mapped_column(Json)
    at: Mapped[datetime | None]
    place: Mapped[str] = mapped_column(String(200), default="")
    description: Mapped[str] = mapped_column(Text, default="")

    revision: Mapped[Revision] = relationship(back_populates="incidents")
    joint_result: Mapped[JointResult | None] = relationship()


class LatePermit(Base):
    """Leave to record a return after the freeze, for one unit and day, until an instant."""

    __tablename__ = "late_permit"
    __table_args__ = (Index("ix_late_permit_unit_id_day", "unit_id", "day"),)

    id: Mapped[Key]
    operation_id: Mapped[int] = mapped_column(ForeignKey("operation.id"))
    unit_id: Mapped[int] = mapped_column(ForeignKey("reporting_unit.id"))
    day: Mapped[date]
    reason: Mapped[str] = mapped_column(Text)
    granted_by: Mapped[str] = mapped_column(String(200))
    granted_at: Mapped[datetime]
    expires_at: Mapped[datetime]

    unit: Mapped[ReportingUnit] = relationship()


class Fact(Base):
    """One figure, as it was known at one status from ``known_from`` until before ``known_to`` (open: ``NULL``).

    Each status is a layer of its own: a total at status *accepted* as known at *t* is the sum of the accepted facts
    that were open at *t*. ``unit_id`` is whom the figure is credited to; ``counts`` is false for what a contributor
    of a joint result is credited with beside the owner, so that totals count it once. ``category`` is ``""`` for
    what is not specified. ``line`` is the figure's place in its revision. Rows are only added and closed.
    """

    __tablename__ = "fact"
    __table_args__ = (
        CheckConstraint("quantity >= 0", name="quantity"),
        CheckConstraint("known_to IS NULL OR known_from <= known_to", name="known"),
        CheckConstraint("counts OR joint_result_id IS NOT NULL", name="counts"),
        Index(
            "uq_fact_open",
            "return_id",
            "status",
            "line",
            "unit_id",
            unique=True,
            sqlite_where=text("known_to IS NULL"),
            postgresql_where=text("known_to IS NULL"),
        ),
        Index("ix_fact_operation_id_status_day_unit_id", "operation_id", "status", "day", "unit_id"),
        Index("ix_fact_joint_result_id", "joint_result_id"),
    )

    id: Mapped[Key]
    operation_id: Mapped[int] = mapped_column(ForeignKey("operation.id"))
    return_id: Mapped[int] = mapped_column(ForeignKey("daily_return.id"))
    revision_id: Mapped[int] = mapped_column(ForeignKey("revision.id"))
    unit_id: Mapped[int] = mapped_column(ForeignKey("reporting_unit.id"))
    indicator_id: Mapped[int] = mapped_column(ForeignKey("indicator.id"))
    action_area_id: Mapped[int | None] = mapped_column(ForeignKey("action_area.id"))
    incident_id: Mapped[int | None] = mapped_column(ForeignKey("incident.id"))
    joint_result_id: Mapped[int | None] = mapped_column(ForeignKey("joint_result.id"))
    line: Mapped[int]
    category: Mapped[str] = mapped_column(String(80), default="")
    day: Mapped[date]
    phase: Mapped[Phase] = mapped_column(by_value(Phase, "phase"))
    scope: Mapped[Scope] = mapped_column(by_value(Scope, "scope"))
    status: Mapped[FactStatus] = mapped_column(by_value(FactStatus, "status"))
    quantity: Mapped[Decimal]
    counts: Mapped[bool] = mapped_column(default=True)
    known_from: Mapped[datetime]
    known_to: Mapped[datetime | None]

    revision: Mapped[Revision] = relationship()
    unit: Mapped[ReportingUnit] = relationship()
    indicator: Mapped[Indicator] = relationship()
    action_area: Mapped[ActionArea | None] = relationship()
