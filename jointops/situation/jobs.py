"""The job that freezes situation reports once their deadline has passed."""

from __future__ import annotations

import logging

from sqlalchemy.orm import Session, sessionmaker

from jointops.kernel import clock, ids
from jointops.kernel.db import unit_of_work
from jointops.kernel.policy import Actor, Channel, Grant, Role
from jointops.situation import service

log = logging.getLogger(__name__)


def freeze_due_reports(session_factory: sessionmaker[Session]) -> None:
    """Freeze the report of every action day of a running operation whose deadline has passed.

    Each report is a transaction of its own, so that one that fails holds up no other.
    """
    with unit_of_work(session_factory, read_only=True) as session:
        due = [(operation.code, day) for operation, day in service.due_reports(session, clock.now())]
    for code, day in due:
        actor = Actor(None, "jointops", (Grant(Role.COORDINATOR),), Channel.JOB, ids.request_id())
        with unit_of_work(session_factory) as session:
            report = service.freeze_report_of(session, actor, code, day)
        log.info("froze the situation report of %s for %s: %s", code, day.isoformat(), report.sha256)
