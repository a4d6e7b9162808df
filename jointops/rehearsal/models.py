"""Rehearsals: which exercise is a rehearsal of what, how far it is, and what came of it."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from jointops.kernel.db import Base, Key
from jointops.kernel.types import Json, by_value
from jointops.operations.models import Operation


class RehearsalState(StrEnum):
    """How far a rehearsal is."""

    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class Rehearsal(Base):
    """One rehearsal: the exercise that it plays, of what (``source``: an operation's or a template's code), its seed.

    ``staged_at`` is the instant of the exercise's clock: its pages show what is known then. ``done`` of ``total``
    events are played; ``moved_at`` is the actual instant of the last sign of life. ``outcome`` is plain data:
    what happened how often, and what was refused.
    """

    __tablename__ = "rehearsal"

    id: Mapped[Key]
    operation_id: Mapped[int] = mapped_column(ForeignKey("operation.id"), unique=True)
    source: Mapped[str] = mapped_column(String(80))
    source_version: Mapped[int | None]
    seed: Mapped[int] = mapped_column(BigInteger)
    state: Mapped[RehearsalState] = mapped_column(by_value(RehearsalState, "state"))
    done: Mapped[int] = mapped_column(default=0)
    total: Mapped[int]
    staged_at: Mapped[datetime]
    started_at: Mapped[datetime]
    started_by: Mapped[str] = mapped_column(String(200))
    moved_at: Mapped[datetime]
    outcome: Mapped[dict[str, Any]] = mapped_column(Json)

    operation: Mapped[Operation] = relationship()
