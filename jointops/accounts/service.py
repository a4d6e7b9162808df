"""People and what they may do: accounts, roles, passwords, API tokens."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session, joinedload, selectinload

from jointops.accounts import passwords
from jointops.accounts.models import ApiToken, Person, RoleGrant, SignIn
from jointops.kernel import audit, clock, ids, policy
from jointops.kernel.errors import Conflict, Invalid, NotFound, Problem
from jointops.kernel.i18n import DEFAULT_LOCALE, LOCALES, _
from jointops.kernel.policy import Action, Actor, Grant, Role, Subject
from jointops.reference.catalogue import catalogue

TOKEN_PREFIX = "jo_"
"""What every API token begins with, so that one that leaked is recognised by whoever finds it."""

TOKEN_DAYS = 90
MAX_TOKEN_DAYS = 366

MAX_TEXT = 200
MAX_TOKEN_NAME = 100

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_UNIT_CODE = re.compile(r"([A-Za-z]+)-[A-Za-z0-9-]+")
_UNSCOPED = frozenset({Role.ADMINISTRATOR, Role.AUDITOR, Role.REVIEWER})


def list_people(session: Session, actor: Actor) -> Sequence[Person]:
    """Return everybody with an account, with their roles, in order of their e-mail addresses."""
    policy.require(actor, Action.USER_READ)
    return session.scalars(select(Person).options(selectinload(Person.grants)).order_by(Person.email)).all()


def find_person(session: Session, actor: Actor, email: str) -> Person:
    """Return the person with that e-mail address; raises :class:`NotFound` with ``person-unknown``."""
    person = person_by_email(session, email)
    policy.require(actor, Action.USER_READ)
    if person is None:
        raise NotFound("person-unknown", _("There is no account for ${email}.", mapping={"email": email}))
    return person


def own_account(session: Session, actor: Actor) -> Person:
    """Return the actor's own account; raises :class:`NotFound` for an actor that is no person."""
    person = session.get(Person, actor.id) if actor.id is not None else None
    if person is None:
        raise NotFound("person-unknown", _("The command line and jobs have no account."))
    return person


def person_by_email(session: Session, email: str, *, for_update: bool = False) -> Person | None:
    """Return the person with that e-mail address (in any case), or ``None``.

    With ``for_update`` nobody else changes the account until the transaction ends.
    """
    wanted = select(Person).where(Person.email == email.strip().lower()).options(selectinload(Person.grants))
    return session.scalar(wanted.with_for_update() if for_update else wanted)


def create_person(
    session: Session,
    actor: Actor,
    *,
    email: str,
    name: str,
    password: str,
    grants: Iterable[Grant] = (),
    locale: str = DEFAULT_LOCALE,
) -> Person:
    """Make an account and return it.

    Raises :class:`Invalid` that names every field that is wrong, :class:`Conflict` with ``email-taken``.
    """
    policy.require(actor, Action.USER_CREATE)
    email, name, grants = email.strip().lower(), name.strip(), tuple(grants)
    problems = [*_person_problems(email, name, locale), *_password_problems(password)]
    for number, grant in enumerate(grants):
        problems += _grant_problems(grant, f"/grants/{number}/scope")
    if problems:
        raise Invalid(problems)
    if person_by_email(session, email) is not None:
        raise Conflict(
            "email-taken",
            _("There is an account for ${email} already.", mapping={"email": email}),
            "/email",
        )
    person = Person(
        email=email,
        name=name,
        password_hash=passwords.hashed(password),
        locale=locale,
        active=True,
        created_at=clock.now(),
        failed_sign_ins=0,
        grants=[RoleGrant(role=grant.role, scope=grant.scope or "") for grant in dict.fromkeys(grants)],
    )
    session.add(person)
    session.flush()
    audit.record(
        session,
        actor,
        Action.USER_CREATE,
        "person",
        email,
        details={"grants": [_grant_text(grant) for grant in grants]},
    )
    return person


def add_grant(session: Session, actor: Actor, person: Person, grant: Grant) -> None:
    """Give ``person`` a role, if they lack it; raises :class:`Invalid` for a scope that does not fit."""
    policy.require(actor, Action.USER_UPDATE)
    if problems := _grant_problems(grant, "/scope"):
        raise Invalid(problems)
    if any(held.role is grant.role and held.scope == (grant.scope or "") for held in person.grants):
        return
    person.grants.append(RoleGrant(role=grant.role, scope=grant.scope or ""))
    session.flush()
    audit.record(
        session, actor, Action.USER_UPDATE, "person", person.email, details={"granted": _grant_text(grant)}
    )


def remove_grant(session: Session, actor: Actor, person: Person, grant: Grant) -> None:
    """Take a role from ``person``; raises :class:`NotFound` with ``grant-unknown`` when they do not hold it."""
    policy.require(actor, Action.USER_UPDATE)
    held = session.scalar(
        select(RoleGrant).where(
            RoleGrant.person_id == person.id,
            RoleGrant.role == grant.role,
            RoleGrant.scope == (grant.scope or ""),
        )
    )
    if held is None:
        names = {"name": person.name, "role": _grant_text(grant)}
        raise NotFound("grant-unknown", _("${name} does not hold the role ${role}.", mapping=names))
    session.delete(held)
    session.flush()
    session.expire(person, ["grants"])
    audit.record(
        session, actor, Action.USER_UPDATE, "person", person.email, details={"revoked": _grant_text(grant)}
    )


def set_active(session: Session, actor: Actor, person: Person, active: bool) -> None:
    """Open or close an account. Closing it signs the person out everywhere; their tokens stop working."""
    policy.require(actor, Action.USER_UPDATE)
    person.active = active
    if active:
        person.failed_sign_ins, person.locked_until = 0, None
    else:
        end_all_sign_ins(session, person)
    audit.record(session, actor, Action.USER_UPDATE, "person", person.email, details={"active": active})


def set_password(session: Session, actor: Actor, person: Person, password: str) -> None:
    """Set a password, one's own or, as an administrator, somebody's; signs that person out everywhere.

    Raises :class:`Invalid` with ``password-too-short`` or ``password-too-long``.
    """
    policy.require(actor, Action.PASSWORD_UPDATE, Subject(person=person.id))
    if problems := _password_problems(password):
        raise Invalid(problems)
    person.password_hash = passwords.hashed(password)
    person.failed_sign_ins, person.locked_until = 0, None
    end_all_sign_ins(session, person)
    audit.record(session, actor, Action.PASSWORD_UPDATE, "person", person.email)


def set_locale(session: Session, actor: Actor, locale: str) -> None:
    """Keep the language in which the actor reads pages and gets mail."""
    person = own_account(session, actor)
    if problems := _person_problems(person.email, person.name, locale):
        raise Invalid(problems)
    person.locale = locale
    audit.record(
        session, actor, "accounts:person:set-locale", "person", person.email, details={"locale": locale}
    )


def list_tokens(session: Session, actor: Actor, person: Person) -> Sequence[ApiToken]:
    """Return the tokens of ``person``, the newest first, with those that ended."""
    policy.require(actor, Action.TOKEN_CREATE, Subject(person=person.id))
    return session.scalars(
        select(ApiToken).where(ApiToken.person_id == person.id).order_by(ApiToken.id.desc())
    ).all()


def create_token(
    session: Session, actor: Actor, person: Person, name: str, days: int = TOKEN_DAYS
) -> tuple[ApiToken, str]:
    """Make an API token that is good for ``days`` days; return it and its text, which nobody can read again.

    Raises :class:`Invalid` for an empty name or a number of days outside 1 to :data:`MAX_TOKEN_DAYS`.
    """
    policy.require(actor, Action.TOKEN_CREATE, Subject(person=person.id))
    name = name.strip()
    if problems := _token_problems(name, days):
        raise Invalid(problems)
    text = TOKEN_PREFIX + ids.secret()
    now = clock.now()
    token = ApiToken(
        person_id=person.id,
        name=name,
        token_sha256=ids.digest(text),
        created_at=now,
        expires_at=now + timedelta(days=days),
    )
    session.add(token)
    session.flush()
    audit.record(
        session,
        actor,
        Action.TOKEN_CREATE,
        "api-token",
        str(token.id),
        details={"person": person.email, "name": name, "expires_at": clock.iso(token.expires_at)},
    )
    return token, text


def revoke_token(session: Session, actor: Actor, token_id: int) -> ApiToken:
    """End a token now; ending it again changes nothing.

    Raises :class:`NotFound` with ``token-unknown``, also for a token of somebody else.
    """
    token = session.scalar(
        select(ApiToken).where(ApiToken.id == token_id).options(joinedload(ApiToken.person))
    )
    if token is None or not policy.allows(actor, Action.TOKEN_CREATE, Subject(person=token.person_id)):
        raise NotFound("token-unknown", _("You have no such token."))
    if token.revoked_at is None:
        token.revoked_at = clock.now()
        audit.record(
            session,
            actor,
            "accounts:token:revoke",
            "api-token",
            str(token.id),
            details={"person": token.person.email, "name": token.name},
        )
    return token


def end_all_sign_ins(session: Session, person: Person) -> None:
    """Sign ``person`` out of every browser."""
    session.execute(
        update(SignIn)
        .where(SignIn.person_id == person.id, SignIn.ended_at.is_(None))
        .values(ended_at=clock.now())
    )


def is_good(token: ApiToken, now: datetime) -> bool:
    """Say whether a token opens anything at ``now``."""
    return token.revoked_at is None and now < token.expires_at


def read_grant(text: str) -> Grant:
    """Read a role as it is written on the command line: ``administrator``, ``reporter:RO-POLICE``.

    Raises :class:`Invalid` with ``role-unknown``.
    """
    role, _colon, scope = text.partition(":")
    if role not in list(Role):
        raise Invalid(
            [
                Problem(
                    "role-unknown",
                    _("There is no role ${role}.", mapping={"role": role}),
                    "/role",
                    tuple(Role),
                )
            ]
        )
    return Grant(Role(role), scope or None)


def _grant_text(grant: Grant) -> str:
    return f"{grant.role}:{grant.scope}" if grant.scope else grant.role.value


def _person_problems(email: str, name: str, locale: str) -> list[Problem]:
    problems = []
    if len(email) > MAX_TEXT or not _EMAIL.fullmatch(email):
        problems.append(
            Problem("email-invalid", _("Give an e-mail address such as name@example.org."), "/email")
        )
    if not name or len(name) > MAX_TEXT:
        problems.append(Problem("name-invalid", _("Give a name of 1 to 200 characters."), "/name"))
    if locale not in LOCALES:
        problems.append(
            Problem("locale-unknown", _("There are no pages in this language."), "/locale", tuple(LOCALES))
        )
    return problems


def _password_problems(password: str) -> list[Problem]:
    if len(password) < passwords.MINIMUM_LENGTH:
        message = _(
            "Choose a password of at least ${count} characters.", mapping={"count": passwords.MINIMUM_LENGTH}
        )
        return [Problem("password-too-short", message, "/password")]
    if len(password) > passwords.MAXIMUM_LENGTH:
        message = _(
            "Choose a password of at most ${count} characters.", mapping={"count": passwords.MAXIMUM_LENGTH}
        )
        return [Problem("password-too-long", message, "/password")]
    return []


def _grant_problems(grant: Grant, pointer: str) -> list[Problem]:
    scope = grant.scope
    if grant.role in _UNSCOPED and scope:
        return [
            Problem("scope-not-expected", _("This role holds everywhere: leave its scope empty."), pointer)
        ]
    if grant.role is Role.NATIONAL_COORDINATOR and scope not in catalogue().parties:
        return [
            Problem("scope-unknown", _("Say for which country or agency, by its code such as RO."), pointer)
        ]
    if grant.role is Role.REPORTER:
        unit = _UNIT_CODE.fullmatch(scope or "")
        if unit is None or unit[1] not in catalogue().parties:
            return [
                Problem("scope-unknown", _("Say for which unit, by its code such as RO-POLICE."), pointer)
            ]
    return []


def _token_problems(name: str, days: int) -> list[Problem]:
    problems = []
    if not name or len(name) > MAX_TOKEN_NAME:
        problems.append(
            Problem("name-invalid", _("Say in 1 to 100 characters what the token is for."), "/name")
        )
    if not 1 <= days <= MAX_TOKEN_DAYS:
        message = _("A token may hold from 1 to ${count} days.", mapping={"count": MAX_TOKEN_DAYS})
        problems.append(Problem("days-out-of-range", message, "/days"))
    return problems
