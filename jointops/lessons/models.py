"""What a plan makes of the lessons of earlier operations, and what operations are about, so that like finds like."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from jointops.evaluation.models import Recommendation
from jointops.kernel.db import Base, Key
from jointops.kernel.types import Json, by_value
from jointops.operations.models import Operation


class Disposition(StrEnum):
    """What a plan makes of a recommendation of an earlier operation."""

    TAKEN_UP = "taken-up"
    REJECTED = "rejected"
    DEFERRED = "deferred"


class RecommendationAnswer(Base):
    """What the plan of ``operation`` makes of an earlier operation's recommendation.

    What is taken up names the ``section`` of the plan that meets it, everything else says why in ``reason``.
    """

    __tablename__ = "recommendation_answer"
    __table_args__ = (
        UniqueConstraint("operation_id", "recommendation_id"),
        CheckConstraint("(answer = 'taken-up') = (section <> '')", name="section"),
        CheckConstraint("answer = 'taken-up' OR reason <> ''", name="reason"),
    )

    id: Mapped[Key]
    operation_id: Mapped[int] = mapped_column(ForeignKey("operation.id"))
    recommendation_id: Mapped[int] = mapped_column(ForeignKey("recommendation.id"), index=True)
    answer: Mapped[Disposition] = mapped_column(by_value(Disposition, "answer"))
    reason: Mapped[str] = mapped_column(Text, default="")
    section: Mapped[str] = mapped_column(String(80), default="")
    answered_by: Mapped[str] = mapped_column(String(200))
    answered_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)

    operation: Mapped[Operation] = relationship()
    recommendation: Mapped[Recommendation] = relationship()


class OperationProfile(Base):
    """What an operation is about, as its plan in force has it: codes by which operations are compared.

    ``priorities`` and ``actions`` are those of its policy cycle, ``areas`` pairs the code of each action area with
    what that strand is about. It repeats the plan, so that comparing with many operations reads no plan.
    """

    __tablename__ = "operation_profile"

    id: Mapped[Key]
    operation_id: Mapped[int] = mapped_column(ForeignKey("operation.id"), unique=True)
    plan_number: Mapped[int]
    priorities: Mapped[list[str]] = mapped_column(Json)
    crime_areas: Mapped[list[str]] = mapped_column(Json)
    actions: Mapped[list[str]] = mapped_column(Json)
    tags: Mapped[list[str]] = mapped_column(Json)
    areas: Mapped[dict[str, dict[str, list[str]]]] = mapped_column(Json)
    illustrative: Mapped[bool]

    operation: Mapped[Operation] = relationship()
