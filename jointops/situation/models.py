"""Situation reports: the daily picture, frozen at its deadline."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from jointops.kernel.db import Base, Key
from jointops.kernel.types import Json
from jointops.operations.models import Operation


class SituationReport(Base):
    """The picture of one operational day, as known at the instant it was frozen. Never changed afterwards.

    ``content`` is the situation as plain data; ``sha256`` the digest of its canonical JSON: asking again for the same
    instant gives the same bytes.
    """

    __tablename__ = "situation_report"
    __table_args__ = (UniqueConstraint("operation_id", "day"),)

    id: Mapped[Key]
    operation_id: Mapped[int] = mapped_column(ForeignKey("operation.id"))
    day: Mapped[date]
    as_known_at: Mapped[datetime]
    frozen_at: Mapped[datetime]
    frozen_by: Mapped[str] = mapped_column(String(200))
    content: Mapped[dict[str, Any]] = mapped_column(Json)
    sha256: Mapped[str] = mapped_column(String(64))

    operation: Mapped[Operation] = relationship()
