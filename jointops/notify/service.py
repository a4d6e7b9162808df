"""What can be done with notices: telling people something, and reading what one was told.

:func:`audience` finds the people, :func:`send` tells them, in the transaction of the change that they are told of:
the services of the domains call both. What was told stands in the change's own entry in the log.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, cast

from sqlalchemy import ColumnElement, and_, delete, func, or_, select, update
from sqlalchemy.engine import CursorResult
from sqlalchemy.orm import Session

from jointops.accounts.models import Person, RoleGrant
from jointops.kernel import audit, clock, policy
from jointops.kernel.errors import NotFound
from jointops.kernel.i18n import _
from jointops.kernel.policy import Action, Actor, Role, Subject
from jointops.notify import rules
from jointops.notify.models import Notice

PIECE = 50
"""How many notices a page shows."""


# --- Telling ---------------------------------------------------------------------------------------------------------


def audience(
    session: Session,
    operation_code: str | None = None,
    *,
    party: str | Collection[str] | None = None,
    unit: str | Collection[str] | None = None,
    role: Role | None = None,
) -> list[Person]:
    """Return the active people with these roles, each once.

    ``operation_code``: the coordinators of that operation. ``party``: the national coordinators of one or more
    parties. ``unit``: those who report for one or more units. ``role`` alone: everybody with it, such as reviewers.
    Several of them together are added up.
    """
    wanted: list[ColumnElement[bool]] = []
    if operation_code is not None:
        wanted.append(_holds(Role.COORDINATOR, ("", operation_code)))
    if party is not None:
        wanted.append(_holds(Role.NATIONAL_COORDINATOR, _several(party)))
    if unit is not None:
        wanted.append(_holds(Role.REPORTER, _several(unit)))
    if role is not None:
        wanted.append(RoleGrant.role == role)
    if not wanted:
        return []
    grants = select(RoleGrant.person_id).where(or_(*wanted))
    return list(
        session.scalars(select(Person).where(Person.active, Person.id.in_(grants)).order_by(Person.id))
    )


def national_coordinators(session: Session, parties: Collection[str]) -> Mapping[str, list[Person]]:
    """Return the active national coordinators of each of ``parties``, in one query."""
    return holders(session, Role.NATIONAL_COORDINATOR, parties)


def holders(session: Session, role: Role, scopes: Collection[str]) -> Mapping[str, list[Person]]:
    """Return the active people who have a role for each of ``scopes`` (parties, or units), in one query."""
    found: dict[str, list[Person]] = {scope: [] for scope in scopes}
    wanted = (
        select(RoleGrant.scope, Person)
        .join(Person, RoleGrant.person_id == Person.id)
        .where(Person.active, _holds(role, scopes))
        .order_by(Person.id)
    )
    for scope, person in session.execute(wanted):
        found[scope].append(person)
    return found


def send(
    session: Session,
    *,
    recipients: Iterable[Person],
    subject: str,
    text: str,
    path: str,
    operation: str | None = None,
    exercise: bool = False,
    key: str | None = None,
    but: int | None = None,
) -> int:
    """Tell ``recipients`` something and return to how many it was told.

    ``subject`` and ``text`` are lazy texts, read by each in their language (values: see :func:`notify.rules.encoded`);
    ``path`` is the page about it (``/operations/X/tasks``), ``operation`` an operation's code. Who was told something
    with the same ``key`` is not told again; ``but`` is the key of a person who is left out, such as who acts.
    What an exercise tells is mailed only where the installation says so (``exercise_mail``): a rehearsal must not
    write to every country by accident.
    """
    people = {person.id: person for person in recipients if person.id != but}
    if key is not None and people:
        told = select(Notice.person_id).where(Notice.key == key, Notice.person_id.in_(people))
        for person_id in session.scalars(told):
            del people[person_id]
    now = clock.actual()
    mailed = not exercise or session.info.get("exercise_mail", False)
    kept_subject, kept_text = rules.encoded(subject), rules.encoded(text)
    session.add_all(
        Notice(
            person_id=person_id,
            operation=operation,
            subject=kept_subject,
            text=kept_text,
            path=path,
            exercise=exercise,
            key=key,
            created_at=now,
            mail_after=now + rules.MAIL_GRACE if mailed else None,
        )
        for person_id in people
    )
    session.flush()
    return len(people)


def forget_exercise(session: Session, operation_code: str) -> int:
    """Delete what an exercise told people, when it is deleted itself; returns how many notices that were."""
    told = delete(Notice).where(Notice.operation == operation_code, Notice.exercise)
    return cast("CursorResult[Any]", session.execute(told)).rowcount


def _holds(role: Role, scopes: Collection[str]) -> ColumnElement[bool]:
    return and_(RoleGrant.role == role, RoleGrant.scope.in_(scopes))


def _several(one_or_more: str | Collection[str]) -> Collection[str]:
    return (one_or_more,) if isinstance(one_or_more, str) else one_or_more


# --- Reading ---------------------------------------------------------------------------------------------------------


def unread(session: Session, person: int, *, exercise: bool = False) -> int:
    """Return how many notices a person has not read, by default the number at the bell on every page.

    What exercises told is counted apart (``exercise``): it must not hide what happened.
    """
    return session.scalars(
        select(func.count())
        .select_from(Notice)
        .where(Notice.person_id == person, Notice.read_at.is_(None), Notice.exercise.is_(exercise))
    ).one()


def notices(
    session: Session,
    actor: Actor,
    *,
    exercise: bool | None = None,
    only_unread: bool = False,
    before: int | None = None,
    limit: int = PIECE,
) -> Sequence[Notice]:
    """Return what the person was told, the newest first: at most ``limit``, with keys below ``before``.

    ``exercise``: only what exercises told, or only the rest; ``None`` is both.
    """
    policy.require(actor, Action.NOTICE_READ, Subject(person=actor.id))
    wanted = select(Notice).where(Notice.person_id == actor.id).order_by(Notice.id.desc()).limit(limit)
    if exercise is not None:
        wanted = wanted.where(Notice.exercise.is_(exercise))
    if only_unread:
        wanted = wanted.where(Notice.read_at.is_(None))
    if before is not None:
        wanted = wanted.where(Notice.id < before)
    return session.scalars(wanted).all()


def find(session: Session, actor: Actor, key: int) -> Notice:
    """Return one notice to the person; raises NotFound (``notice-unknown``)."""
    policy.require(actor, Action.NOTICE_READ, Subject(person=actor.id))
    found = session.scalar(select(Notice).where(Notice.id == key, Notice.person_id == actor.id))
    if found is None:
        raise NotFound("notice-unknown", _("There is no such notice to you."))
    return found


def mark(session: Session, actor: Actor, key: int, *, read: bool = True) -> Notice:
    """Mark one notice as read, or as not read; raises NotFound (``notice-unknown``)."""
    policy.require(actor, Action.NOTICE_UPDATE, Subject(person=actor.id))
    notice = find(session, actor, key)
    if read != (notice.read_at is not None):
        notice.read_at = clock.actual() if read else None
        session.flush()
        _record(session, actor, str(key), notice.operation, read=read)
    return notice


def mark_all(session: Session, actor: Actor, *, exercise: bool = False) -> int:
    """Mark everything as read that the person was told, and return how many notices that were.

    What exercises told is marked by itself (``exercise``).
    """
    policy.require(actor, Action.NOTICE_UPDATE, Subject(person=actor.id))
    marked = session.scalars(
        update(Notice)
        .where(Notice.person_id == actor.id, Notice.read_at.is_(None), Notice.exercise.is_(exercise))
        .values(read_at=clock.actual())
        .returning(Notice.id)
    ).all()
    if marked:
        _record(session, actor, "*", None, read=True)
    return len(marked)


def _record(session: Session, actor: Actor, key: str, operation: str | None, *, read: bool) -> None:
    audit.record(
        session,
        actor,
        Action.NOTICE_UPDATE,
        "notice",
        key,
        operation=operation,
        details={"read": read},
    )
