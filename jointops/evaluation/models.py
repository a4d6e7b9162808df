"""The after-action evaluation: what people judge, what was published, and what is recommended for the next cycle."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy import text as sql_text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from jointops.cycles.models import OperationalAction
from jointops.kernel.db import Base, Key
from jointops.kernel.types import Json, by_value
from jointops.operations.models import ActionArea, Operation


class EvaluationState(StrEnum):
    """Where an evaluation stands."""

    DRAFT = "draft"
    IN_REVIEW = "in-review"
    RETURNED = "returned"
    ENDORSED = "endorsed"


class ObservationKind(StrEnum):
    """What an observation says."""

    STRENGTH = "strength"
    IMPROVEMENT = "improvement"


class RecommendationState(StrEnum):
    """What became of a recommendation."""

    OPEN = "open"
    ADOPTED = "adopted"
    REJECTED = "rejected"


class Bound(StrEnum):
    """The wording of a published figure; it is kept, never turned into exactness."""

    EXACT = "exact"
    ABOUT = "about"
    MORE_THAN = "more-than"
    ALMOST = "almost"


class Evaluation(Base):
    """The evaluation of one operation. ``summary`` is the coordinator's text.

    On submission for review ``as_known_at`` is set; on endorsement the measured part is sealed in ``sealed`` with
    the SHA-256 of its canonical JSON.
    """

    __tablename__ = "evaluation"
    __table_args__ = (CheckConstraint("(state = 'endorsed') = (sealed_sha256 IS NOT NULL)", name="sealed"),)

    id: Mapped[Key]
    operation_id: Mapped[int] = mapped_column(ForeignKey("operation.id"), unique=True)
    state: Mapped[EvaluationState] = mapped_column(by_value(EvaluationState, "state"))
    summary: Mapped[str] = mapped_column(Text, default="")
    as_known_at: Mapped[datetime | None]
    sealed: Mapped[Any | None] = mapped_column(Json)
    sealed_sha256: Mapped[str | None] = mapped_column(String(64))
    version: Mapped[int] = mapped_column(default=1)

    operation: Mapped[Operation] = relationship()
    steps: Mapped[list[EvaluationStep]] = relationship(
        back_populates="evaluation", order_by="EvaluationStep.id"
    )
    observations: Mapped[list[Observation]] = relationship(
        back_populates="evaluation", order_by="Observation.id"
    )
    recommendations: Mapped[list[Recommendation]] = relationship(
        back_populates="evaluation", order_by="Recommendation.id"
    )


class EvaluationStep(Base):
    """One step of the sign-off: submitted, returned with reasons, endorsed. Rows are only ever added."""

    __tablename__ = "evaluation_step"

    id: Mapped[Key]
    evaluation_id: Mapped[int] = mapped_column(ForeignKey("evaluation.id"), index=True)
    to_state: Mapped[EvaluationState] = mapped_column(by_value(EvaluationState, "to_state"))
    at: Mapped[datetime]
    actor_name: Mapped[str] = mapped_column(String(200))
    text: Mapped[str] = mapped_column(Text, default="")

    evaluation: Mapped[Evaluation] = relationship(back_populates="steps")


class Observation(Base):
    """What a participant observed: a strength or an area for improvement, with its root cause and capability.

    ``indicator`` is the code of the one whose figure it rests on; empty where it rests on none in particular.
    """

    __tablename__ = "observation"
    __table_args__ = (UniqueConstraint("evaluation_id", "code"),)

    id: Mapped[Key]
    evaluation_id: Mapped[int] = mapped_column(ForeignKey("evaluation.id"))
    action_area_id: Mapped[int | None] = mapped_column(ForeignKey("action_area.id"))
    indicator: Mapped[str] = mapped_column(String(80), default="", server_default=sql_text("''"))
    code: Mapped[str] = mapped_column(String(80))
    kind: Mapped[ObservationKind] = mapped_column(by_value(ObservationKind, "kind"))
    capability: Mapped[str] = mapped_column(String(40), default="")
    text: Mapped[str] = mapped_column(Text)
    root_cause: Mapped[str] = mapped_column(Text, default="")
    source: Mapped[str] = mapped_column(Text, default="")
    author: Mapped[str] = mapped_column(String(200))
    party: Mapped[str] = mapped_column(String(80), default="")
    created_at: Mapped[datetime]

    evaluation: Mapped[Evaluation] = relationship(back_populates="observations")
    action_area: Mapped[ActionArea | None] = relationship()


class Recommendation(Base):
    """A finding with owner and due date that can be adopted into a policy cycle as an operational action.

    ``tags`` are words by which later plans find it, beside what its operation is about.
    """

    __tablename__ = "recommendation"
    __table_args__ = (
        UniqueConstraint("evaluation_id", "code"),
        CheckConstraint("(state = 'adopted') = (adopted_as_id IS NOT NULL)", name="adopted"),
    )

    id: Mapped[Key]
    evaluation_id: Mapped[int] = mapped_column(ForeignKey("evaluation.id"))
    observation_id: Mapped[int | None] = mapped_column(ForeignKey("observation.id"))
    code: Mapped[str] = mapped_column(String(80))
    title: Mapped[str] = mapped_column(String(300))
    text: Mapped[str] = mapped_column(Text, default="")
    capability: Mapped[str] = mapped_column(String(40), default="")
    tags: Mapped[list[str]] = mapped_column(Json, default=list, server_default=sql_text("'[]'"))
    owner: Mapped[str] = mapped_column(String(200))
    due_on: Mapped[date | None]
    source: Mapped[str] = mapped_column(Text, default="")
    state: Mapped[RecommendationState] = mapped_column(by_value(RecommendationState, "state"))
    decision: Mapped[str] = mapped_column(Text, default="")
    adopted_as_id: Mapped[int | None] = mapped_column(ForeignKey("operational_action.id"), unique=True)
    created_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)

    evaluation: Mapped[Evaluation] = relationship(back_populates="recommendations")
    observation: Mapped[Observation | None] = relationship()
    adopted_as: Mapped[OperationalAction | None] = relationship()


class Publication(Base):
    """What was told to whom, when, in which words; its figures are compared with those known at that instant.

    ``published_on`` is empty where the source gives no day; ``as_known_at`` then is empty too and the figures are
    compared with those known now.
    """

    __tablename__ = "publication"
    __table_args__ = (UniqueConstraint("operation_id", "code"),)

    id: Mapped[Key]
    operation_id: Mapped[int] = mapped_column(ForeignKey("operation.id"))
    code: Mapped[str] = mapped_column(String(80))
    title: Mapped[dict[str, str]] = mapped_column(Json)
    published_on: Mapped[date | None]
    as_known_at: Mapped[datetime | None]
    publisher: Mapped[str] = mapped_column(String(200))
    audience: Mapped[str] = mapped_column(String(80), default="")
    source: Mapped[str] = mapped_column(Text, default="")

    operation: Mapped[Operation] = relationship()
    figures: Mapped[list[PublishedFigure]] = relationship(
        back_populates="publication", order_by="PublishedFigure.id"
    )


class PublishedFigure(Base):
    """One figure of a publication, in the indicator's base unit; ``party`` where it is one country's."""

    __tablename__ = "published_figure"

    id: Mapped[Key]
    publication_id: Mapped[int] = mapped_column(ForeignKey("publication.id"), index=True)
    indicator: Mapped[str] = mapped_column(String(80))
    category: Mapped[str | None] = mapped_column(String(80))
    party: Mapped[str | None] = mapped_column(String(80))
    quantity: Mapped[Decimal]
    bound: Mapped[Bound] = mapped_column(by_value(Bound, "bound"))
    note: Mapped[str] = mapped_column(Text, default="")

    publication: Mapped[Publication] = relationship(back_populates="figures")
