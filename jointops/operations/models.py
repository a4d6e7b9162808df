"""Operations and their plans: immutable plan versions, and the rows that a version spells out for daily work."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, String, Text, UniqueConstraint, false, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from jointops.cycles.models import PolicyCycle, Priority
from jointops.kernel.db import Base, Key
from jointops.kernel.types import Json, by_value


class OperationState(StrEnum):
    """Where an operation stands."""

    DRAFT = "draft"
    CONSULTATION = "consultation"
    APPROVED = "approved"
    RUNNING = "running"
    CLOSED = "closed"
    CANCELLED = "cancelled"


class AuthorityType(StrEnum):
    """What kind of authority a reporting unit is."""

    POLICE = "police"
    CUSTOMS = "customs"
    BORDER_GUARD = "border-guard"
    JUDICIAL = "judicial"
    OTHER = "other"


class Answer(StrEnum):
    """What a participant answered to the invitation."""

    INVITED = "invited"
    TAKES_PART = "takes-part"
    WITH_CONDITIONS = "with-conditions"
    DECLINED = "declined"


class Aggregation(StrEnum):
    """How values of one unit add up over days. Over units, they always add up."""

    SUM = "sum"
    MAX = "max"
    LAST = "last"


class TargetKind(StrEnum):
    """Whether more or less is better for an objective."""

    AT_LEAST = "at-least"
    AT_MOST = "at-most"


class Marking(Base):
    """A marking: classification, Traffic Light Protocol, handling code, and to whom a record may be released."""

    __tablename__ = "marking"
    __table_args__ = (UniqueConstraint("classification", "tlp", "handling", "releasable_to"),)

    id: Mapped[Key]
    classification: Mapped[str] = mapped_column(String(40))
    tlp: Mapped[str] = mapped_column(String(20))
    handling: Mapped[str] = mapped_column(String(20), default="")
    releasable_to: Mapped[list[str]] = mapped_column(Json)


class Operation(Base):
    """One joint operation.

    ``starts_on`` and ``ends_on`` are the action days in ``time_zone``; ``first_day`` and ``last_day`` add the
    preparatory and follow-up phases. ``historical`` lets an administrator record what was known in the past.
    ``frozen_at`` is the instant from which a return needs a permit. ``plan_number`` is the plan version in force;
    ``chain``, ``skips`` (step of the chain to the codes of the units that go past it) and ``exchange_rates`` (euro for
    one unit of a currency, as text) are its reporting rules. ``parties``
    are the codes of the plan's participants: every decision about access needs them. ``exercise`` marks a rehearsal:
    nothing in it happened, and it counts nowhere else. ``answer_by`` is the instant until which participants are
    asked to answer the invitation. ``version`` counts changes, for ETags.
    """

    __tablename__ = "operation"
    __table_args__ = (
        CheckConstraint("starts_on <= ends_on", name="period"),
        CheckConstraint("first_day <= starts_on AND ends_on <= last_day", name="phases"),
    )

    id: Mapped[Key]
    code: Mapped[str] = mapped_column(String(80), unique=True)
    title: Mapped[dict[str, str]] = mapped_column(Json)
    kind: Mapped[str] = mapped_column(String(80))
    state: Mapped[OperationState] = mapped_column(by_value(OperationState, "state"))
    time_zone: Mapped[str] = mapped_column(String(60))
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    first_day: Mapped[date]
    last_day: Mapped[date]
    lead: Mapped[str] = mapped_column(String(80))
    historical: Mapped[bool] = mapped_column(default=False)
    exercise: Mapped[bool] = mapped_column(default=False, server_default=false())
    answer_by: Mapped[datetime | None]
    cycle_id: Mapped[int | None] = mapped_column(ForeignKey("policy_cycle.id"))
    marking_id: Mapped[int] = mapped_column(ForeignKey("marking.id"))
    frozen_at: Mapped[datetime | None]
    plan_number: Mapped[int] = mapped_column(default=1)
    chain: Mapped[list[str]] = mapped_column(Json)
    exchange_rates: Mapped[dict[str, str]] = mapped_column(Json)
    skips: Mapped[dict[str, list[str]]] = mapped_column(Json, default=dict, server_default=text("'{}'"))
    parties: Mapped[list[str]] = mapped_column(Json)
    created_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)

    marking: Mapped[Marking] = relationship()
    cycle: Mapped[PolicyCycle | None] = relationship()
    plan_versions: Mapped[list[PlanVersion]] = relationship(
        back_populates="operation", order_by="PlanVersion.number"
    )
    action_areas: Mapped[list[ActionArea]] = relationship(
        back_populates="operation", order_by="ActionArea.position"
    )
    participants: Mapped[list[Participant]] = relationship(
        back_populates="operation", order_by="Participant.position"
    )
    units: Mapped[list[ReportingUnit]] = relationship(
        back_populates="operation", order_by="ReportingUnit.position"
    )
    indicators: Mapped[list[Indicator]] = relationship(
        back_populates="operation", order_by="Indicator.position"
    )
    objectives: Mapped[list[Objective]] = relationship(
        back_populates="operation", order_by="Objective.position"
    )


class PlanVersion(Base):
    """One immutable version of an operation's plan: its canonical data and their SHA-256.

    ``data`` is loaded when it is asked for: most work needs the document, which is kept by its SHA-256.
    """

    __tablename__ = "plan_version"
    __table_args__ = (
        UniqueConstraint("operation_id", "number"),
        CheckConstraint("number >= 1", name="number"),
    )

    id: Mapped[Key]
    operation_id: Mapped[int] = mapped_column(ForeignKey("operation.id"))
    number: Mapped[int]
    data: Mapped[dict[str, Any]] = mapped_column(Json, deferred=True)
    sha256: Mapped[str] = mapped_column(String(64))
    note: Mapped[str] = mapped_column(Text, default="")
    author: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[datetime]

    operation: Mapped[Operation] = relationship(back_populates="plan_versions")
    approval: Mapped[PlanApproval | None] = relationship(back_populates="plan_version")
    refusal: Mapped[PlanRefusal | None] = relationship(back_populates="plan_version")


class PlanApproval(Base):
    """The approval of exactly one plan version: by whom, in which function, and with what statement."""

    __tablename__ = "plan_approval"

    id: Mapped[Key]
    plan_version_id: Mapped[int] = mapped_column(ForeignKey("plan_version.id"), unique=True)
    approved_by: Mapped[str] = mapped_column(String(200))
    approved_at: Mapped[datetime]
    function: Mapped[str] = mapped_column(String(200), default="", server_default=text("''"))
    statement: Mapped[str] = mapped_column(Text, default="", server_default=text("''"))

    plan_version: Mapped[PlanVersion] = relationship(back_populates="approval")


class PlanRefusal(Base):
    """An amendment that was refused: nothing is built on it any more."""

    __tablename__ = "plan_refusal"

    id: Mapped[Key]
    plan_version_id: Mapped[int] = mapped_column(ForeignKey("plan_version.id"), unique=True)
    refused_by: Mapped[str] = mapped_column(String(200))
    refused_at: Mapped[datetime]
    reason: Mapped[str] = mapped_column(Text)

    plan_version: Mapped[PlanVersion] = relationship(back_populates="refusal")


class ActionArea(Base):
    """A strand of an operation, tied to a policy-cycle priority, with its action leader (a party's code)."""

    __tablename__ = "action_area"
    __table_args__ = (UniqueConstraint("operation_id", "code"),)

    id: Mapped[Key]
    operation_id: Mapped[int] = mapped_column(ForeignKey("operation.id"))
    code: Mapped[str] = mapped_column(String(80))
    title: Mapped[dict[str, str]] = mapped_column(Json)
    leader: Mapped[str] = mapped_column(String(80), default="")
    priority_id: Mapped[int | None] = mapped_column(ForeignKey("priority.id"))
    position: Mapped[int]
    in_plan: Mapped[bool] = mapped_column(default=True)

    operation: Mapped[Operation] = relationship(back_populates="action_areas")
    priority: Mapped[Priority | None] = relationship()


class Participant(Base):
    """A country (ISO 3166-1 alpha-2), EU agency or partner (lower-case code) invited to an operation."""

    __tablename__ = "participant"
    __table_args__ = (UniqueConstraint("operation_id", "party"),)

    id: Mapped[Key]
    operation_id: Mapped[int] = mapped_column(ForeignKey("operation.id"))
    party: Mapped[str] = mapped_column(String(80))
    answer: Mapped[Answer] = mapped_column(by_value(Answer, "answer"), default=Answer.INVITED)
    conditions: Mapped[str] = mapped_column(Text, default="")
    answered_by: Mapped[str | None] = mapped_column(String(200))
    answered_at: Mapped[datetime | None]
    position: Mapped[int]
    in_plan: Mapped[bool] = mapped_column(default=True)
    version: Mapped[int] = mapped_column(default=1)

    operation: Mapped[Operation] = relationship(back_populates="participants")
    units: Mapped[list[ReportingUnit]] = relationship(
        back_populates="participant", order_by="ReportingUnit.position"
    )


class ReportingUnit(Base):
    """One authority of one participant that owes returns, such as ``RO-POLICE``.

    ``action_areas`` lists the codes of the areas it works in, ``indicators`` the only indicators it is asked for;
    empty: all. ``reports`` is false where the plan asks no returns of it.
    """

    __tablename__ = "reporting_unit"
    __table_args__ = (UniqueConstraint("operation_id", "code"),)

    id: Mapped[Key]
    operation_id: Mapped[int] = mapped_column(ForeignKey("operation.id"))
    participant_id: Mapped[int] = mapped_column(ForeignKey("participant.id"))
    code: Mapped[str] = mapped_column(String(80))
    authority: Mapped[AuthorityType] = mapped_column(by_value(AuthorityType, "authority"))
    title: Mapped[dict[str, str]] = mapped_column(Json)
    action_areas: Mapped[list[str]] = mapped_column(Json)
    indicators: Mapped[list[str]] = mapped_column(Json)
    reports: Mapped[bool] = mapped_column(default=True)
    position: Mapped[int]
    in_plan: Mapped[bool] = mapped_column(default=True)

    operation: Mapped[Operation] = relationship(back_populates="units")
    participant: Mapped[Participant] = relationship(back_populates="units")


class Indicator(Base):
    """Something an operation counts, with its definition as the plan has it.

    ``unit`` is the base unit, ``accepted_units`` all in which it may be reported. ``categories`` is a list of
    ``{"code": …, "labels": {…}}``; ``part_of`` names the indicator that this one is an "of which" of.
    ``action_areas`` and ``authorities`` limit who is asked (empty: all); a value that names no action area belongs
    to the only one, where there is only one. A ``required`` one must be in every return that is not nil.
    """

    __tablename__ = "indicator"
    __table_args__ = (UniqueConstraint("operation_id", "code"),)

    id: Mapped[Key]
    operation_id: Mapped[int] = mapped_column(ForeignKey("operation.id"))
    code: Mapped[str] = mapped_column(String(80))
    labels: Mapped[dict[str, str]] = mapped_column(Json)
    definition: Mapped[dict[str, str]] = mapped_column(Json)
    unit: Mapped[str] = mapped_column(String(40))
    accepted_units: Mapped[list[str]] = mapped_column(Json)
    aggregation: Mapped[Aggregation] = mapped_column(by_value(Aggregation, "aggregation"))
    direction: Mapped[str] = mapped_column(String(20))
    categories: Mapped[list[dict[str, Any]]] = mapped_column(Json)
    part_of: Mapped[str | None] = mapped_column(String(80))
    action_areas: Mapped[list[str]] = mapped_column(Json)
    authorities: Mapped[list[str]] = mapped_column(Json)
    required: Mapped[bool] = mapped_column(default=False)
    position: Mapped[int]
    in_plan: Mapped[bool] = mapped_column(default=True)

    operation: Mapped[Operation] = relationship(back_populates="indicators")


class Objective(Base):
    """What an operation sets out to reach: an indicator and a target in the indicator's base unit."""

    __tablename__ = "objective"
    __table_args__ = (UniqueConstraint("operation_id", "code"),)

    id: Mapped[Key]
    operation_id: Mapped[int] = mapped_column(ForeignKey("operation.id"))
    code: Mapped[str] = mapped_column(String(80))
    title: Mapped[dict[str, str]] = mapped_column(Json)
    action_area_id: Mapped[int | None] = mapped_column(ForeignKey("action_area.id"))
    indicator_id: Mapped[int | None] = mapped_column(ForeignKey("indicator.id"))
    category: Mapped[str | None] = mapped_column(String(80))
    target_kind: Mapped[TargetKind | None] = mapped_column(by_value(TargetKind, "target_kind"))
    target: Mapped[Decimal | None]
    position: Mapped[int]
    in_plan: Mapped[bool] = mapped_column(default=True)

    operation: Mapped[Operation] = relationship(back_populates="objectives")
    action_area: Mapped[ActionArea | None] = relationship()
    indicator: Mapped[Indicator | None] = relationship()
