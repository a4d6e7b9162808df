"""Jobs that run by the clock beside the served application.

A job is a plain function that takes a session factory; the domain that needs it has it in its ``jobs.py`` and it is
named here. Jobs are safe to run in several processes at once: what a job makes has a unique row, and whoever
writes it first has done it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from sqlalchemy.orm import Session, sessionmaker

from jointops.config import Settings
from jointops.consultation.jobs import remind_of_answers
from jointops.matching.jobs import erase_compared_identifiers
from jointops.notify.jobs import mail_job
from jointops.returns.jobs import forget_drafts, remind_of_returns
from jointops.situation.jobs import freeze_due_reports

log = logging.getLogger(__name__)

Job = Callable[[sessionmaker[Session]], None]


@dataclass(frozen=True, slots=True)
class Timed:
    """A job and how many seconds lie between two runs of it."""

    job: Job
    seconds: int


JOBS: tuple[Timed, ...] = (
    Timed(freeze_due_reports, 60),
    Timed(remind_of_answers, 300),
    Timed(remind_of_returns, 60),
    Timed(erase_compared_identifiers, 3600),
    Timed(forget_drafts, 3600),
)

MAIL_SECONDS = 30


def jobs_of(settings: Settings) -> tuple[Timed, ...]:
    """Return the jobs of an installation: e-mails go out only where it has a mail server."""
    mail = (Timed(mail_job(settings), MAIL_SECONDS),) if settings.mail_server else ()
    return (*JOBS, *mail)


def start(session_factory: sessionmaker[Session], jobs: tuple[Timed, ...] = JOBS) -> BackgroundScheduler:
    """Start the jobs in a thread of their own and return the scheduler; the caller ends it with ``shutdown()``.

    A job that is still running when its time comes again is left out that once; runs that were missed, such as
    while the machine slept, are made up for by one.
    """
    scheduler = BackgroundScheduler(
        timezone="UTC",
        executors={"default": ThreadPoolExecutor(1)},
        job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": 600},
    )
    for timed in jobs:
        scheduler.add_job(
            run, "interval", [timed.job, session_factory], seconds=timed.seconds, id=timed.job.__name__
        )
    scheduler.start()
    return scheduler


def run(job: Job, session_factory: sessionmaker[Session]) -> None:
    """Run a job; one that fails is told to the log and tried again when its time comes."""
    try:
        job(session_factory)
    except Exception:
        log.exception("the job %s failed", job.__name__)
