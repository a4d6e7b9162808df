"""Notices as e-mails, in the language of their reader, by a mail server (SMTP).

Each is sent at most once. It is claimed in a transaction of its own before it is handed to the server: who finds it
claimed leaves it alone. Where the server plainly refused, or was not reached, the claim is given up and the e-mail
tried again later; where it is not known whether the server took it, it is not sent again.
"""

from __future__ import annotations

import logging
import smtplib
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import format_datetime

from sqlalchemy import select, true
from sqlalchemy.orm import Session, joinedload, sessionmaker

from jointops.config import Settings
from jointops.kernel import clock
from jointops.kernel.db import unit_of_work
from jointops.kernel.i18n import _, translator
from jointops.notify import rules
from jointops.notify.models import Notice

log = logging.getLogger(__name__)

AT_A_TIME = 50
"""How many e-mails one run sends; the next run sends more."""

TIMEOUT = 20
"""Seconds that a mail server may take for an answer."""


class Refused(Exception):
    """The server was not reached or did not take the e-mail: it may be tried again."""


class Uncertain(Exception):
    """The connection broke after the e-mail was handed over: the server may have it."""


@dataclass(frozen=True, slots=True)
class Letter:
    """One e-mail, ready to be sent; ``notice`` is the notice's key."""

    notice: int
    message: EmailMessage


Hand = Callable[[EmailMessage], None]


def mail_notices(session_factory: sessionmaker[Session], settings: Settings) -> int:
    """Send the e-mails that are due and return how many the server took; nothing where no server is configured.

    Those of exercises stay where they are unless ``settings.exercise_mail``: it may have been turned off since.
    """
    if not settings.mail_server:
        return 0
    letters = _claim(session_factory, settings)
    if not letters:
        return 0
    sent = 0
    try:
        with _connection(settings) as hand:
            for letter in letters:
                sent += _send(session_factory, letter, hand)
    except Refused as error:
        # There was no connection: nothing was handed over.
        for letter in letters:
            _give_up(session_factory, letter.notice, str(error))
    return sent


def _claim(session_factory: sessionmaker[Session], settings: Settings) -> list[Letter]:
    now = clock.actual()
    due = (
        select(Notice)
        .where(
            Notice.mail_after <= now,
            Notice.mail_claimed_at.is_(None),
            Notice.mailed_at.is_(None),
            Notice.read_at.is_(None),
            Notice.created_at >= now - rules.MAIL_WITHIN,
            true() if settings.exercise_mail else Notice.exercise.is_(False),
        )
        .options(joinedload(Notice.person, innerjoin=True))
        .order_by(Notice.mail_after)
        .limit(AT_A_TIME)
        .with_for_update(skip_locked=True, of=Notice)
    )
    letters = []
    with unit_of_work(session_factory) as session:
        for notice in session.scalars(due):
            if not notice.person.active:
                notice.mail_after = None
                continue
            notice.mail_claimed_at = now
            notice.mail_attempts += 1
            letters.append(Letter(notice.id, letter_of(notice, settings)))
    return letters


def letter_of(notice: Notice, settings: Settings) -> EmailMessage:
    """Return a notice as an e-mail in the language of its reader. The same notice always has the same identifier."""
    locale = notice.person.locale
    translate = translator(locale)
    subject = rules.subject_of(notice.subject, locale, exercise=notice.exercise)
    lines = [rules.worded(notice.text, locale)]
    if notice.exercise:
        lines.insert(0, translate(_("This is an exercise. Nothing in it has happened.")))
    if settings.public_address:
        lines.append(settings.public_address.rstrip("/") + notice.path)
    lines.append(
        translate(_("You get this because of your role in jointops. Please do not answer this e-mail."))
    )
    message = EmailMessage()
    message["Subject"] = subject
    message["From"] = settings.mail_sender
    message["To"] = notice.person.email
    message["Date"] = format_datetime(clock.actual())
    message["Message-ID"] = f"<notice-{notice.id}@{settings.mail_sender.rpartition('@')[2].rstrip('>')}>"
    message["Auto-Submitted"] = "auto-generated"
    message["Content-Language"] = locale
    message.set_content("\n\n".join(lines) + "\n")
    return message


@contextmanager
def _connection(settings: Settings) -> Iterator[Hand]:
    """Connect to the mail server and give what hands it one e-mail; raises Refused."""
    try:
        server = _connect(settings)
    except (OSError, smtplib.SMTPException) as error:
        raise Refused(_short(error)) from error
    try:
        yield lambda message: _hand(server, message)
    finally:
        try:
            server.quit()
        except (OSError, smtplib.SMTPException):
            server.close()


def _connect(settings: Settings) -> smtplib.SMTP:
    host, port = settings.mail_server, settings.mail_port
    if settings.mail_security == "tls":
        server: smtplib.SMTP = smtplib.SMTP_SSL(
            host, port or 465, timeout=TIMEOUT, context=ssl.create_default_context()
        )
    else:
        server = smtplib.SMTP(
            host, port or (587 if settings.mail_security == "starttls" else 25), timeout=TIMEOUT
        )
        if settings.mail_security == "starttls":
            server.starttls(context=ssl.create_default_context())
    if settings.mail_user:
        server.login(settings.mail_user, settings.mail_password())
    return server


def _hand(server: smtplib.SMTP, message: EmailMessage) -> None:
    """Hand one e-mail to the server; raises Refused, or Uncertain when it broke off in the middle."""
    try:
        server.rset()
        for code, answer in (
            server.mail(_address(message["From"])),
            server.rcpt(_address(message["To"])),
        ):
            if code not in {250, 251}:
                raise Refused(f"{code} {answer.decode(errors='replace')}"[:500])
    except (OSError, smtplib.SMTPException) as error:
        raise Refused(_short(error)) from error
    try:
        code, answer = server.data(
            message.as_bytes(policy=message.policy.clone(linesep="\r\n", cte_type="7bit"))
        )
    except smtplib.SMTPDataError as error:
        # The server did not even want the text.
        raise Refused(_short(error)) from error
    except (OSError, smtplib.SMTPException) as error:
        raise Uncertain(_short(error)) from error
    if code != 250:
        raise Refused(f"{code} {answer.decode(errors='replace')}"[:500])


def _address(header: str) -> str:
    return str(header).rpartition("<")[2].rstrip(">").strip()


def _send(session_factory: sessionmaker[Session], letter: Letter, hand: Hand) -> int:
    try:
        hand(letter.message)
    except Refused as error:
        _give_up(session_factory, letter.notice, str(error))
        return 0
    except Uncertain as error:
        with unit_of_work(session_factory) as session:
            notice = session.get_one(Notice, letter.notice)
            notice.mail_after, notice.mail_error = None, f"not known whether it was sent: {error}"
        log.warning("it is not known whether the e-mail of notice %s was sent: %s", letter.notice, error)
        return 0
    with unit_of_work(session_factory) as session:
        notice = session.get_one(Notice, letter.notice)
        notice.mailed_at, notice.mail_error, notice.mail_after = clock.actual(), "", None
    return 1


def _give_up(session_factory: sessionmaker[Session], key: int, error: str) -> None:
    """Give a claim up: the server does not have the e-mail, and it is tried again later unless that is pointless."""
    with unit_of_work(session_factory) as session:
        notice = session.get_one(Notice, key)
        notice.mail_claimed_at = None
        notice.mail_error = error
        notice.mail_after = rules.retry_after(notice.mail_attempts, clock.actual())
    log.warning("the e-mail of notice %s was not taken: %s", key, error)


def _short(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}"[:500]
