"""Notices as e-mails, handed to a mail server on this machine: in the reader's language, at most once, tried again."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from jointops.accounts.service import person_by_email
from jointops.config import Settings
from jointops.kernel import clock
from jointops.kernel.db import unit_of_work
from jointops.kernel.i18n import _
from jointops.kernel.policy import Grant, Role
from jointops.notify import service
from jointops.notify.mail import mail_notices
from jointops.notify.models import Notice
from tests import people
from tests.builders import BEFORE


@dataclass
class Server:
    """What a mail server got; ``refuse`` makes it take nothing, ``vanish`` break off when it has an e-mail."""

    port: int = 0
    got: list[EmailMessage] = field(default_factory=list)
    refuse: bool = False
    vanish: bool = False


@contextmanager
def mail_server() -> Iterator[Server]:
    """Speak as much SMTP as a client needs, on a free port of the loopback."""
    state = Server()

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self.say("220 here")
            while line := self.rfile.readline():
                word = line.split(b":")[0].split()[0].upper()
                if word == b"QUIT":
                    return self.say("221 bye")
                if word == b"RCPT" and state.refuse:
                    self.say("450 later")
                elif word == b"DATA":
                    self.say("354 go on")
                    lines = iter(self.rfile.readline, b".\r\n")
                    state.got.append(message_from_bytes(b"".join(lines), policy=policy.default))
                    if state.vanish:
                        return None
                    self.say("250 taken")
                else:
                    self.say("250 fine")
            return None

        def say(self, text: str) -> None:
            self.wfile.write(f"{text}\r\n".encode())

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        state.port = server.server_address[1]
        try:
            yield state
        finally:
            server.shutdown()
            thread.join()


def settings(port: int) -> Settings:
    return Settings(
        mail_server="127.0.0.1",
        mail_port=port,
        mail_security="none",
        mail_sender="jointops <jointops@example.org>",
        public_address="https://jointops.example.org",
    )


def told(factory: sessionmaker[Session], *, exercise: bool = False, mailed: bool = False) -> None:
    with unit_of_work(factory) as session, clock.fixed(BEFORE):
        session.info["exercise_mail"] = mailed
        person = person_by_email(session, "reviewer@example.org") or people.person(
            session, Grant(Role.REVIEWER), email="reviewer@example.org"
        )
        person.locale = "fr"
        service.send(
            session,
            recipients=[person],
            subject=_("Tasks"),
            text=_("Returns"),
            path="/operations",
            exercise=exercise,
        )


def run(factory: sessionmaker[Session], port: int, minutes: int, **changes: Any) -> int:
    with clock.fixed(BEFORE + timedelta(minutes=minutes)):
        return mail_notices(factory, replace(settings(port), **changes))


def kept(factory: sessionmaker[Session]) -> Notice:
    with unit_of_work(factory, read_only=True) as session:
        return session.scalars(select(Notice)).one()


def test_an_email_goes_out_once_in_the_language_of_its_reader(session_factory: sessionmaker[Session]) -> None:
    told(session_factory)

    with mail_server() as server:
        sent = [run(session_factory, server.port, minutes) for minutes in (0, 2, 3, 600)]

    assert sent == [0, 1, 0, 0]
    (message,) = server.got
    assert message["Subject"] == "Missions"
    assert message["To"] == "reviewer@example.org"
    assert "https://jointops.example.org/operations" in message.get_content()
    assert kept(session_factory).mailed_at is not None


def test_an_exercise_writes_to_nobody_unless_the_installation_says_so(
    session_factory: sessionmaker[Session],
) -> None:
    told(session_factory, exercise=True)
    told(session_factory, exercise=True, mailed=True)

    with mail_server() as server:
        off = run(session_factory, server.port, 2)
        on = [run(session_factory, server.port, minutes, exercise_mail=True) for minutes in (3, 4)]

    assert (off, on) == (0, [1, 0])
    (message,) = server.got
    assert message["Subject"].startswith("EXERCICE")
    assert message["Subject"].endswith("Missions")
    assert message.get_content().startswith("Ceci est un exercice")


@pytest.mark.database("sqlite")
def test_an_email_that_was_not_taken_is_tried_again_later(session_factory: sessionmaker[Session]) -> None:
    told(session_factory)

    with mail_server() as server:
        server.refuse = True
        assert run(session_factory, server.port, 2) == 0
        assert "450" in kept(session_factory).mail_error
        server.refuse = False
        assert [run(session_factory, server.port, minutes) for minutes in (3, 5, 6)] == [0, 1, 0]

    assert len(server.got) == 1


@pytest.mark.database("sqlite")
def test_an_email_that_may_have_been_taken_is_not_sent_again(session_factory: sessionmaker[Session]) -> None:
    told(session_factory)

    with mail_server() as server:
        server.vanish = True
        sent = [run(session_factory, server.port, minutes) for minutes in (2, 60, 600)]

    assert sent == [0, 0, 0]
    assert len(server.got) == 1
    assert kept(session_factory).mail_error.startswith("not known")


@pytest.mark.database("sqlite")
def test_what_was_read_meanwhile_is_not_mailed_and_without_a_server_nothing_is(
    session_factory: sessionmaker[Session],
) -> None:
    told(session_factory)
    assert mail_notices(session_factory, Settings()) == 0
    with unit_of_work(session_factory) as session:
        session.scalars(select(Notice)).one().read_at = BEFORE

    assert run(session_factory, 1, 2) == 0
    assert kept(session_factory).mail_attempts == 0


@pytest.mark.database("sqlite")
def test_a_server_that_is_not_there_leaves_the_email_for_later(
    session_factory: sessionmaker[Session],
) -> None:
    told(session_factory)
    with mail_server() as gone:
        pass

    assert run(session_factory, gone.port, 2) == 0

    assert kept(session_factory).mail_after is not None
    with mail_server() as server:
        assert run(session_factory, server.port, 10) == 1
