"""The secret addresses of people's calendar feeds."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from jointops.accounts.models import Person
from jointops.kernel.db import Base, Key


class CalendarAddress(Base):
    """The address of one person's feed. Only the SHA-256 of its token is kept; it is shown once, when it is made."""

    __tablename__ = "calendar_address"

    id: Mapped[Key]
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), unique=True)
    token_sha256: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime]

    person: Mapped[Person] = relationship()
