"""The job that sends notices as e-mails."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy.orm import Session, sessionmaker

from jointops.config import Settings
from jointops.notify.mail import mail_notices


def mail_job(settings: Settings) -> Callable[[sessionmaker[Session]], None]:
    """Return the job for the mail server that ``settings`` name."""

    def send_notices_as_mail(session_factory: sessionmaker[Session]) -> None:
        mail_notices(session_factory, settings)

    return send_notices_as_mail
