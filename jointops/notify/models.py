"""Notices to people: kept as texts that everybody reads in their own language, and what became of their e-mails."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from jointops.accounts.models import Person
from jointops.kernel.db import Base, Key
from jointops.kernel.types import Json


class Notice(Base):
    """Something one person is told. ``subject`` and ``text`` are lazy texts as :func:`notify.rules.encoded` keeps them.

    ``path`` is the page it is about, ``operation`` an operation's code. ``key`` names what it is about where the same
    must not be told twice. ``mail_after`` is when its e-mail is due (``None``: no more), ``mail_claimed_at`` since when
    somebody is sending it, ``mailed_at`` when the mail server took it, ``mail_error`` why not.
    """

    __tablename__ = "notice"
    __table_args__ = (
        UniqueConstraint("person_id", "key"),
        Index("ix_notice_person_id_read_at", "person_id", "read_at"),
        Index("ix_notice_mail_after", "mail_after"),
    )

    id: Mapped[Key]
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    operation: Mapped[str | None] = mapped_column(String(80))
    subject: Mapped[Any] = mapped_column(Json)
    text: Mapped[Any] = mapped_column(Json)
    path: Mapped[str] = mapped_column(String(400))
    exercise: Mapped[bool] = mapped_column(default=False)
    key: Mapped[str | None] = mapped_column(String(200))
    created_at: Mapped[datetime]
    read_at: Mapped[datetime | None]
    mail_after: Mapped[datetime | None]
    mail_claimed_at: Mapped[datetime | None]
    mail_attempts: Mapped[int] = mapped_column(default=0)
    mailed_at: Mapped[datetime | None]
    mail_error: Mapped[str] = mapped_column(Text, default="")

    person: Mapped[Person] = relationship()
