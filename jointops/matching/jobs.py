"""The job that deletes the keys and hashes of operations that ended."""

from __future__ import annotations

import logging

from sqlalchemy.orm import Session, sessionmaker

from jointops.kernel import ids
from jointops.kernel.db import unit_of_work
from jointops.kernel.policy import Actor, Channel, Grant, Role
from jointops.matching import service

log = logging.getLogger(__name__)


def erase_compared_identifiers(session_factory: sessionmaker[Session]) -> None:
    """Delete what is due, each operation in a transaction of its own."""
    with unit_of_work(session_factory, read_only=True) as session:
        due = service.due_for_deletion(session)
    for code in due:
        actor = Actor(None, "jointops", (Grant(Role.COORDINATOR),), Channel.JOB, ids.request_id())
        with unit_of_work(session_factory) as session:
            count = service.erase(session, actor, code)
        log.info("deleted the key and %d compared identifiers of %s", count, code)
