"""The job that reminds participants of their answers."""

from __future__ import annotations

import logging

from sqlalchemy.orm import Session, sessionmaker

from jointops.consultation import service
from jointops.kernel import ids
from jointops.kernel.db import unit_of_work
from jointops.kernel.policy import Actor, Channel, Grant, Role

log = logging.getLogger(__name__)


def remind_of_answers(session_factory: sessionmaker[Session]) -> None:
    """Remind, in every operation in consultation, who has not answered and for whom a reminder is due.

    Each operation is a transaction of its own, so that one that fails holds up no other.
    """
    with unit_of_work(session_factory, read_only=True) as session:
        codes = [operation.code for operation in service.operations_to_remind(session)]
    for code in codes:
        actor = Actor(None, "jointops", (Grant(Role.COORDINATOR),), Channel.JOB, ids.request_id())
        with unit_of_work(session_factory) as session:
            parties = service.remind_due(session, actor, code)
        if parties:
            log.info("reminded %s of %s", ", ".join(parties), code)
