"""What stands between two versions of a plan: drafts of its sections, and what people say of them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from jointops.kernel.db import Base, Key
from jointops.kernel.types import Json
from jointops.operations.models import Operation


class PlanDraft(Base):
    """The draft of one section of a plan: what was typed, as it was typed, and the version it was typed over.

    ``cells`` maps JSON pointers into the plan's plain data to the text of their fields. There is one draft of a
    section, whoever writes; ``version`` counts how often it was saved, so that nobody overwrites what somebody else
    typed meanwhile.
    """

    __tablename__ = "plan_draft"
    __table_args__ = (
        UniqueConstraint("operation_id", "section"),
        CheckConstraint("base_number >= 1", name="base_number"),
    )

    id: Mapped[Key]
    operation_id: Mapped[int] = mapped_column(ForeignKey("operation.id"))
    section: Mapped[str] = mapped_column(String(80))
    cells: Mapped[dict[str, str]] = mapped_column(Json)
    base_number: Mapped[int]
    author: Mapped[str] = mapped_column(String(200))
    saved_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)

    operation: Mapped[Operation] = relationship()


class PlanComment(Base):
    """What somebody says of a section of a plan, or answers to that (``parent``).

    ``plan_number`` is the version that was read; ``party`` the party that the author belongs to, empty for none;
    ``author_id`` the key of the person who wrote it, who may settle it. Answers have no answers of their own, and
    are settled with what they answer.
    """

    __tablename__ = "plan_comment"
    __table_args__ = (
        CheckConstraint("(resolved_at IS NULL) = (resolved_by IS NULL)", name="resolved"),
        CheckConstraint("parent_id IS NULL OR resolved_at IS NULL", name="answers"),
    )

    id: Mapped[Key]
    operation_id: Mapped[int] = mapped_column(ForeignKey("operation.id"), index=True)
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("plan_comment.id"), index=True)
    section: Mapped[str] = mapped_column(String(80))
    plan_number: Mapped[int]
    text: Mapped[str] = mapped_column(Text)
    author: Mapped[str] = mapped_column(String(200))
    author_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    party: Mapped[str] = mapped_column(String(80), default="")
    created_at: Mapped[datetime]
    resolved_at: Mapped[datetime | None]
    resolved_by: Mapped[str | None] = mapped_column(String(200))

    operation: Mapped[Operation] = relationship()
    answers: Mapped[list[PlanComment]] = relationship(order_by="PlanComment.id")
