"""Plays rehearsals beside the served application: in a thread of the process that was asked, one at a time."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from functools import partial

from sqlalchemy.orm import Session, sessionmaker

from jointops.kernel.db import unit_of_work
from jointops.rehearsal import service

log = logging.getLogger(__name__)

Runner = Callable[[sessionmaker[Session], int], None]
"""Has the rehearsal with a key played, now or soon."""


def in_thread(session_factory: sessionmaker[Session], key: int) -> None:
    """Have a rehearsal played in a thread of its own, which ends with the process."""
    name = f"rehearsal-{key}"
    threading.Thread(target=at_once, args=(session_factory, key), name=name, daemon=True).start()


def at_once(session_factory: sessionmaker[Session], key: int) -> None:
    """Play a rehearsal to its end; one that fails is told to the log, and its page says that it was broken off."""
    try:
        service.play(partial(unit_of_work, session_factory), key)
    except Exception:
        log.exception("the rehearsal %s failed", key)
