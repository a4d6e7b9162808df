"""Daily returns: immutable revisions, the steps they went through, and the facts that totals are made of."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
    false,
    text,
)
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


class Certainty(StrEnum):
    """How a quantity is known."""

    WEIGHED = "weighed"
    ESTIMATED = "estimated"
    ANALYSED = "analysed"


class Weight(StrEnum):
    """What a weight includes: with its packing, or without."""

    GROSS = "gross"
    NET = "net"


class Source(StrEnum):
    """Where a return came from that its unit did not type into a form itself."""

    TELEPHONE = "telephone"
    PAPER = "paper"
    DEVICE = "device"


class Return(Base):
    """What one reporting unit reports for one operational day: the head of a sequence of revisions.

    ``version`` counts everything that happened to it, for ETags. ``first_submitted_at`` decides timeliness.
    ``withdrawn``: its latest revision says that there is no return after all.
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
    withdrawn: Mapped[bool] = mapped_column(default=False, server_default=false())
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
    whose ``recorded_at`` was stated by an administrator instead of read from the clock. ``withdrawn`` says that there
    is no return for the day after all. ``flags`` are the codes of the warnings that were kept with a reason;
    ``source`` is a :class:`Source` or empty.
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
    withdrawn: Mapped[bool] = mapped_column(default=False, server_default=false())
    flags: Mapped[list[str]] = mapped_column(Json, default=list, server_default=text("'[]'"))
    source: Mapped[str] = mapped_column(String(20), default="", server_default=text("''"))
    batch_id: Mapped[int | None] = mapped_column(ForeignKey("intake_batch.id"), index=True)
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

    It is named by its owner's reference; who contributed when stands in the facts. ``counting_id`` is the unit whose
    figure counts, where a coordinator chose another than the owner. A result that turned out to be another one is
    ``part_of_id`` it: whoever names it claims the other.
    """

    __tablename__ = "joint_result"
    __table_args__ = (UniqueConstraint("operation_id", "owner_id", "reference"),)

    id: Mapped[Key]
    operation_id: Mapped[int] = mapped_column(ForeignKey("operation.id"))
    owner_id: Mapped[int] = mapped_column(ForeignKey("reporting_unit.id"))
    reference: Mapped[str] = mapped_column(String(80))
    counting_id: Mapped[int | None] = mapped_column(ForeignKey("reporting_unit.id"))
    part_of_id: Mapped[int | None] = mapped_column(ForeignKey("joint_result.id"))

    owner: Mapped[ReportingUnit] = relationship(foreign_keys=owner_id)


class Incident(Base):
    """An event inside one revision of a return, with its place and time.

    ``line`` is the place of its figure in the revision; ``joint_with`` the codes of the other units that claim it, and
    ``joint_result`` the result that it names thereby. What a coordinator linked it to stands in :class:`JointLink`.
    ``latitude`` and ``longitude`` are degrees in WGS 84; ``external_reference`` is that of another system.
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
    latitude: Mapped[Decimal | None]
    longitude: Mapped[Decimal | None]
    modus_operandi: Mapped[str] = mapped_column(String(80), default="", server_default=text("''"))
    external_reference: Mapped[str] = mapped_column(String(80), default="", server_default=text("''"))
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
    what is not specified. ``line`` is the figure's place in its revision. ``certainty`` and ``weight`` are values of
    their enumerations or empty; ``seizures`` how many seizures the quantity is the sum of. ``given_quantity`` and
    ``given_unit`` are the figure as it was reported, where that is another unit of measure. Rows are only added and
    closed.
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
    certainty: Mapped[str] = mapped_column(String(20), default="", server_default=text("''"))
    weight: Mapped[str] = mapped_column(String(20), default="", server_default=text("''"))
    seizures: Mapped[int | None]
    given_quantity: Mapped[Decimal | None]
    given_unit: Mapped[str | None] = mapped_column(String(40))
    counts: Mapped[bool] = mapped_column(default=True)
    known_from: Mapped[datetime]
    known_to: Mapped[datetime | None]

    revision: Mapped[Revision] = relationship()
    unit: Mapped[ReportingUnit] = relationship()
    indicator: Mapped[Indicator] = relationship()
    action_area: Mapped[ActionArea | None] = relationship()


class ReturnDraft(Base):
    """What one person has typed for a unit and day so far, unchecked, so that another device can go on with it.

    ``content`` maps the form's field names to what stands in them. It is no return: nothing else sees it, and it is
    deleted once the return is sent. ``version`` counts the savings, so that two devices notice each other.
    """

    __tablename__ = "return_draft"
    __table_args__ = (UniqueConstraint("unit_id", "day", "person_id"),)

    id: Mapped[Key]
    operation_id: Mapped[int] = mapped_column(ForeignKey("operation.id"))
    unit_id: Mapped[int] = mapped_column(ForeignKey("reporting_unit.id"))
    day: Mapped[date]
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    content: Mapped[dict[str, Any]] = mapped_column(Json)
    plan_version: Mapped[int]
    return_version: Mapped[int]
    version: Mapped[int] = mapped_column(default=1)
    saved_at: Mapped[datetime]


class AttachmentContent(Base):
    """The bytes of a file, once for each content."""

    __tablename__ = "attachment_content"

    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    data: Mapped[bytes] = mapped_column(LargeBinary)


class Attachment(Base):
    """A file that belongs to a unit's return for a day: an image or a PDF, checked before it was kept.

    It is sent before the return that names it. ``flags`` are what was found in its metadata, ``kept_reason`` why it
    was kept all the same. A revision's content names the attachments it has by their SHA-256.
    """

    __tablename__ = "attachment"
    __table_args__ = (UniqueConstraint("unit_id", "day", "sha256"),)

    id: Mapped[Key]
    operation_id: Mapped[int] = mapped_column(ForeignKey("operation.id"))
    unit_id: Mapped[int] = mapped_column(ForeignKey("reporting_unit.id"))
    day: Mapped[date]
    sha256: Mapped[str] = mapped_column(ForeignKey("attachment_content.sha256"))
    name: Mapped[str] = mapped_column(String(200))
    media_type: Mapped[str] = mapped_column(String(100))
    size: Mapped[int]
    flags: Mapped[list[str]] = mapped_column(Json, default=list)
    kept_reason: Mapped[str] = mapped_column(Text, default="")
    added_at: Mapped[datetime]
    added_by: Mapped[str] = mapped_column(String(200))
    removed_at: Mapped[datetime | None]

    unit: Mapped[ReportingUnit] = relationship()


class IntakeBatch(Base):
    """Several returns that came in at once: one file, or one list. It can be taken back as one."""

    __tablename__ = "intake_batch"

    id: Mapped[Key]
    operation_id: Mapped[int] = mapped_column(ForeignKey("operation.id"), index=True)
    channel: Mapped[Channel] = mapped_column(by_value(Channel, "channel"))
    name: Mapped[str] = mapped_column(String(200), default="")
    sha256: Mapped[str] = mapped_column(String(64), default="")
    returns: Mapped[int]
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[str] = mapped_column(String(200))
    taken_back_at: Mapped[datetime | None]
    taken_back_by: Mapped[str] = mapped_column(String(200), default="")
    reason: Mapped[str] = mapped_column(Text, default="")


class JointLink(Base):
    """A coordinator's finding that an incident of a unit is part of a joint result, whatever the unit said of it.

    It holds for every later revision of that incident, until it is undone (``undone_at``).
    """

    __tablename__ = "joint_link"
    __table_args__ = (Index("ix_joint_link_operation_id_unit_id", "operation_id", "unit_id"),)

    id: Mapped[Key]
    operation_id: Mapped[int] = mapped_column(ForeignKey("operation.id"))
    unit_id: Mapped[int] = mapped_column(ForeignKey("reporting_unit.id"))
    day: Mapped[date]
    reference: Mapped[str] = mapped_column(String(80))
    joint_result_id: Mapped[int] = mapped_column(ForeignKey("joint_result.id"), index=True)
    reason: Mapped[str] = mapped_column(Text)
    linked_at: Mapped[datetime]
    linked_by: Mapped[str] = mapped_column(String(200))
    undone_at: Mapped[datetime | None]
    undone_by: Mapped[str] = mapped_column(String(200), default="")


class DuplicateDecision(Base):
    """What a coordinator decided about two incidents that looked like one: linked, or dismissed, and why.

    The two stand in the order of unit, day and reference. A decision that is taken back has ``undone_at``.
    ``counting_id`` is the unit whose figure counts from then on, of those that are linked.
    """

    __tablename__ = "duplicate_decision"
    __table_args__ = (Index("ix_duplicate_decision_operation_id", "operation_id"),)

    id: Mapped[Key]
    operation_id: Mapped[int] = mapped_column(ForeignKey("operation.id"))
    first_unit_id: Mapped[int] = mapped_column(ForeignKey("reporting_unit.id"))
    first_day: Mapped[date]
    first_reference: Mapped[str] = mapped_column(String(80))
    second_unit_id: Mapped[int] = mapped_column(ForeignKey("reporting_unit.id"))
    second_day: Mapped[date]
    second_reference: Mapped[str] = mapped_column(String(80))
    linked: Mapped[bool]
    counting_id: Mapped[int | None] = mapped_column(ForeignKey("reporting_unit.id"))
    reason: Mapped[str] = mapped_column(Text)
    decided_at: Mapped[datetime]
    decided_by: Mapped[str] = mapped_column(String(200))
    undone_at: Mapped[datetime | None]
    undone_by: Mapped[str] = mapped_column(String(200), default="")


class ReminderSent(Base):
    """A reminder about a return that was not there, so that each goes out once.

    ``step`` is the reminder's place in the plan: the minutes after the deadline and to whom.
    """

    __tablename__ = "reminder_sent"
    __table_args__ = (UniqueConstraint("unit_id", "day", "step"),)

    id: Mapped[Key]
    operation_id: Mapped[int] = mapped_column(ForeignKey("operation.id"))
    unit_id: Mapped[int] = mapped_column(ForeignKey("reporting_unit.id"))
    day: Mapped[date]
    step: Mapped[str] = mapped_column(String(60))
    sent_at: Mapped[datetime]
