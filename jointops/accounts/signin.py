"""Signing in and out, and finding out who a browser or a token belongs to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Select, bindparam, select
from sqlalchemy.orm import Session, joinedload

from jointops.accounts import passwords
from jointops.accounts.models import ApiToken, Person, RoleGrant, SignIn
from jointops.accounts.service import person_by_email
from jointops.kernel import audit, clock, ids
from jointops.kernel.errors import Invalid, Problem
from jointops.kernel.i18n import _
from jointops.kernel.policy import Actor, Channel, Grant

FAILURES_BEFORE_LOCK = 5
LOCK_TIME = timedelta(minutes=15)
"""Long enough to make guessing hopeless, short enough that nobody who forgot a password loses an evening."""

SIGN_IN_TIME = timedelta(hours=12)
"""A working day of an operation; nobody is signed out in the middle of it."""


class Refusal(StrEnum):
    """Why a sign-in was refused. People are told one sentence for all of them, the log tells them apart."""

    LOCKED = "locked"
    NO_ACCOUNT = "no-account"
    WRONG_PASSWORD = "wrong-password"


@dataclass(frozen=True, slots=True)
class Identity:
    """Who is there: a person, as plain data that outlives the session it was read in.

    ``sign_in`` is the key of the browser's sign-in, ``None`` for a token.
    """

    person: int
    email: str
    name: str
    locale: str
    grants: tuple[Grant, ...]
    sign_in: int | None = None

    def actor(self, channel: Channel, request_id: str) -> Actor:
        """Return this person as the one who acts."""
        return Actor(self.person, self.name, self.grants, channel, request_id)


def sign_in(
    session: Session, email: str, password: str, *, channel: Channel = Channel.FORM, request_id: str = ""
) -> str | Refusal:
    """Check a password and return the secret of a new sign-in, or why it was refused.

    A refusal is counted: the caller has to commit in either case. After :data:`FAILURES_BEFORE_LOCK` failures in a
    row the account refuses everybody for :data:`LOCK_TIME`, without looking at the password.
    """
    now = clock.now()
    person = person_by_email(session, email, for_update=True)
    if person is None or not person.active:
        passwords.spend_time(password)
        return Refusal.NO_ACCOUNT
    who = identity(person).actor(channel, request_id)
    if person.locked_until is not None and now < person.locked_until:
        passwords.spend_time(password)
        audit.record(
            session, who, "accounts:sign-in:refuse", "person", person.email, details={"why": Refusal.LOCKED}
        )
        return Refusal.LOCKED
    if not passwords.matches(person.password_hash, password):
        _count_failure(person)
        audit.record(
            session,
            who,
            "accounts:sign-in:refuse",
            "person",
            person.email,
            details={"why": Refusal.WRONG_PASSWORD},
        )
        return Refusal.WRONG_PASSWORD
    person.failed_sign_ins, person.locked_until = 0, None
    if passwords.is_outdated(person.password_hash):
        person.password_hash = passwords.hashed(password)
    audit.record(session, who, "accounts:sign-in:create", "person", person.email)
    return start(session, person)


def confirm_password(person: Person, password: str) -> None:
    """Return when ``password`` is the person's; raises :class:`Invalid` with ``password-wrong`` at ``/current``."""
    if not passwords.matches(person.password_hash, password):
        raise Invalid([Problem("password-wrong", _("This is not your present password."), "/current")])


def start(session: Session, person: Person) -> str:
    """Sign ``person`` in on one more browser and return the secret that proves it; only its hash is kept."""
    secret = ids.secret()
    now = clock.now()
    session.add(
        SignIn(
            person_id=person.id,
            token_sha256=ids.digest(secret),
            created_at=now,
            expires_at=now + SIGN_IN_TIME,
        )
    )
    session.flush()
    return secret


def end(session: Session, actor: Actor, sign_in_key: int) -> None:
    """Sign one browser out."""
    found = session.get(SignIn, sign_in_key)
    if found is None or found.ended_at is not None:
        return
    found.ended_at = clock.now()
    audit.record(session, actor, "accounts:sign-in:end", "person", found.person.email)


def by_browser(session: Session, secret: str) -> Identity | None:
    """Return who is signed in with ``secret``, or ``None`` when that sign-in ended or never was."""
    found = session.scalar(
        select(SignIn)
        .where(
            SignIn.token_sha256 == ids.digest(secret),
            SignIn.ended_at.is_(None),
            SignIn.expires_at > clock.now(),
        )
        .options(joinedload(SignIn.person).joinedload(Person.grants))
    )
    return identity(found.person, found.id) if found is not None and found.person.active else None


# Columns, not objects: this is asked at every request of other software.
_BY_TOKEN: Select[*tuple[Any, ...]] = (
    select(Person.id, Person.email, Person.name, Person.locale, RoleGrant.role, RoleGrant.scope)
    .join(ApiToken, ApiToken.person_id == Person.id)
    .outerjoin(RoleGrant, RoleGrant.person_id == Person.id)
    .where(
        ApiToken.token_sha256 == bindparam("sha256"),
        ApiToken.revoked_at.is_(None),
        ApiToken.expires_at > bindparam("now"),
        Person.active,
    )
    .order_by(RoleGrant.id)
)


def by_token(session: Session, text: str) -> Identity | None:
    """Return whose API token ``text`` is, or ``None`` when it is none, expired or revoked."""
    found = session.execute(_BY_TOKEN, {"sha256": ids.digest(text), "now": clock.now()}).all()
    if not found:
        return None
    person, email, name, locale = found[0][:4]
    grants = tuple(Grant(role, scope or None) for *_person, role, scope in found if role is not None)
    return Identity(person, email, name, locale, grants)


def identity(person: Person, sign_in_key: int | None = None) -> Identity:
    """Return ``person`` as plain data."""
    return Identity(
        person=person.id,
        email=person.email,
        name=person.name,
        locale=person.locale,
        grants=tuple(Grant(grant.role, grant.scope or None) for grant in person.grants),
        sign_in=sign_in_key,
    )


def _count_failure(person: Person) -> None:
    person.failed_sign_ins += 1
    if person.failed_sign_ins >= FAILURES_BEFORE_LOCK:
        person.failed_sign_ins = 0
        person.locked_until = clock.now() + LOCK_TIME
