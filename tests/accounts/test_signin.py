"""Signing in and out: passwords, failures, locks, and who a browser belongs to."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from argon2 import PasswordHasher
from sqlalchemy import select
from sqlalchemy.orm import Session

from jointops.accounts import passwords, signin
from jointops.accounts.models import SignIn
from jointops.accounts.signin import FAILURES_BEFORE_LOCK, LOCK_TIME, SIGN_IN_TIME, Refusal
from jointops.kernel import clock
from jointops.kernel.audit import AuditEntry
from jointops.kernel.policy import Grant, Role
from tests import people

NOW = datetime(2027, 5, 3, 12, tzinfo=UTC)
EMAIL = "ann@example.org"


def actions(session: Session) -> list[tuple[str, str | None]]:
    entries = session.scalars(select(AuditEntry).order_by(AuditEntry.id))
    return [(entry.action, entry.details.get("why")) for entry in entries]


def test_the_right_password_signs_in_and_the_secret_says_who_it_is(session: Session) -> None:
    ann = people.person(session, Role.REPORTER, email=EMAIL)

    secret = signin.sign_in(session, " Ann@example.ORG", people.PASSWORD)

    assert not isinstance(secret, Refusal)
    who = signin.by_browser(session, secret)
    assert who is not None
    assert (who.person, who.grants) == (ann.id, (Grant(Role.REPORTER, "RO-POLICE"),))
    assert secret not in session.scalars(select(SignIn.token_sha256)).all()
    assert actions(session) == [("accounts:sign-in:create", None)]


@pytest.mark.parametrize(
    ("email", "password", "why"),
    [
        (EMAIL, "wrong", Refusal.WRONG_PASSWORD),
        (EMAIL, "", Refusal.WRONG_PASSWORD),
        ("bob@example.org", people.PASSWORD, Refusal.NO_ACCOUNT),
        ("", "", Refusal.NO_ACCOUNT),
    ],
)
def test_anything_else_does_not(session: Session, email: str, password: str, why: Refusal) -> None:
    people.person(session, email=EMAIL)

    assert signin.sign_in(session, email, password) is why


def test_a_closed_account_signs_nobody_in_nor_keeps_anybody_in(session: Session) -> None:
    ann = people.person(session, email=EMAIL)
    secret = signin.start(session, ann)
    ann.active = False
    session.flush()

    assert signin.sign_in(session, EMAIL, people.PASSWORD) is Refusal.NO_ACCOUNT
    assert signin.by_browser(session, secret) is None


def test_an_account_locks_after_failures_in_a_row_and_opens_by_itself(session: Session) -> None:
    people.person(session, email=EMAIL)
    with clock.fixed(NOW):
        for _time in range(FAILURES_BEFORE_LOCK):
            assert signin.sign_in(session, EMAIL, "wrong") is Refusal.WRONG_PASSWORD
        assert signin.sign_in(session, EMAIL, people.PASSWORD) is Refusal.LOCKED
    with clock.fixed(NOW + LOCK_TIME - timedelta(seconds=1)):
        assert signin.sign_in(session, EMAIL, people.PASSWORD) is Refusal.LOCKED
    with clock.fixed(NOW + LOCK_TIME):
        assert not isinstance(signin.sign_in(session, EMAIL, people.PASSWORD), Refusal)
    assert actions(session)[-2:] == [("accounts:sign-in:refuse", "locked"), ("accounts:sign-in:create", None)]


def test_a_success_forgets_the_failures_before_it(session: Session) -> None:
    ann = people.person(session, email=EMAIL)
    for _time in range(FAILURES_BEFORE_LOCK - 1):
        signin.sign_in(session, EMAIL, "wrong")

    signin.sign_in(session, EMAIL, people.PASSWORD)
    signin.sign_in(session, EMAIL, "wrong")

    assert ann.locked_until is None
    assert ann.failed_sign_ins == 1


def test_a_sign_in_ends_by_itself_after_a_working_day(session: Session) -> None:
    ann = people.person(session)
    with clock.fixed(NOW):
        secret = signin.start(session, ann)
    with clock.fixed(NOW + SIGN_IN_TIME - timedelta(seconds=1)):
        assert signin.by_browser(session, secret) is not None
    with clock.fixed(NOW + SIGN_IN_TIME):
        assert signin.by_browser(session, secret) is None


def test_signing_out_ends_this_browser_and_no_other(session: Session) -> None:
    ann = people.person(session)
    first, second = signin.start(session, ann), signin.start(session, ann)
    who = signin.by_browser(session, first)
    assert who is not None
    assert who.sign_in is not None

    signin.end(session, people.operator(), who.sign_in)
    signin.end(session, people.operator(), who.sign_in)

    assert signin.by_browser(session, first) is None
    assert signin.by_browser(session, second) is not None
    assert actions(session) == [("accounts:sign-in:end", None)]


def test_a_hash_with_weaker_parameters_is_made_anew_at_the_next_sign_in(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    # As an installation hashes; the other tests make do with less work.
    monkeypatch.setattr(passwords, "_hasher", PasswordHasher())
    ann = people.person(session, email=EMAIL)
    ann.password_hash = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(people.PASSWORD)
    session.flush()

    assert passwords.is_outdated(ann.password_hash)

    signin.sign_in(session, EMAIL, people.PASSWORD)

    assert not passwords.is_outdated(ann.password_hash)
    assert passwords.matches(ann.password_hash, people.PASSWORD)


def test_a_hash_that_is_none_matches_nothing() -> None:
    assert not passwords.matches("", "")
    assert not passwords.matches("plain", "plain")
