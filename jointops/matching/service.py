"""What can be done with hashed identifiers: get the key, enter, withdraw; and who learns that two are the same.

Only the two owners learn of a match. Everybody else, the coordination too, sees how many there are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import delete, func, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, joinedload

from jointops.kernel import audit, clock, ids, policy
from jointops.kernel.errors import Conflict, Invalid, NotAllowed, NotFound, Problem
from jointops.kernel.i18n import _
from jointops.kernel.policy import Action, Actor, Role
from jointops.matching import rules
from jointops.matching.models import IdentifierKind, IdentifierMatch, MatchingEntry, MatchingKey
from jointops.matching.rules import COORDINATION, Hashed
from jointops.notify import service as notify
from jointops.operations import service as operations
from jointops.operations.models import Answer, Operation, OperationState
from jointops.operations.rules import ENDED


@dataclass(frozen=True, slots=True)
class Owner:
    """An office that enters identifiers: the code of a unit or party, or ``coordination``; and its party."""

    code: str
    party: str


@dataclass(frozen=True, slots=True)
class Entered:
    """What came of entering: how many are new, how many were entered before, and how many matches were found."""

    new: int
    known: int
    matches: int


@dataclass(frozen=True, slots=True)
class Found:
    """A match as one of its owners learns of it: their own entry, and which office of which party has the same."""

    match: IdentifierMatch
    own: MatchingEntry
    other: Owner


@dataclass(frozen=True, slots=True)
class Numbers:
    """How many identifiers are entered, by how many offices, and how many matches there are."""

    entries: int
    offices: int
    matches: int


# --- Who, and how many -----------------------------------------------------------------------------------------------


def numbers(session: Session, actor: Actor, operation: Operation) -> Numbers:
    """Return how much is compared in an operation: numbers only, for whoever may read them."""
    policy.require(actor, Action.MATCHING_COUNT_READ, operations.subject(operation))
    entries, offices = session.execute(
        select(func.count(), func.count(MatchingEntry.owner.distinct())).where(
            MatchingEntry.operation_id == operation.id
        )
    ).one()
    matches = session.scalar(
        select(func.count()).select_from(IdentifierMatch).where(IdentifierMatch.operation_id == operation.id)
    )
    return Numbers(entries, offices, matches or 0)


def owners(actor: Actor, operation: Operation) -> list[Owner]:
    """Return the offices of the operation for which the person may enter identifiers and read matches.

    None for a party that declined: who does not take part has nothing to compare.
    """
    taking_part = {
        participant.party
        for participant in operation.participants
        if participant.in_plan and participant.answer is not Answer.DECLINED
    }
    found = []
    for grant in actor.grants:
        match grant.role:
            case Role.COORDINATOR if grant.scope in {None, operation.code}:
                found.append(Owner(COORDINATION, COORDINATION))
            case Role.NATIONAL_COORDINATOR if grant.scope in taking_part:
                found.append(Owner(grant.scope, grant.scope))
            case Role.REPORTER if grant.scope:
                found += [
                    Owner(unit.code, unit.participant.party)
                    for unit in operation.units
                    if unit.in_plan and unit.code == grant.scope and unit.participant.party in taking_part
                ]
            case _:
                pass
    return list(dict.fromkeys(found))


def entries(session: Session, actor: Actor, operation: Operation) -> list[MatchingEntry]:
    """Return what the person's own offices entered, the latest first."""
    policy.require(actor, Action.MATCHING_ENTRY_READ, operations.subject(operation))
    return list(
        session.scalars(
            select(MatchingEntry)
            .where(
                MatchingEntry.operation_id == operation.id,
                MatchingEntry.owner.in_([owner.code for owner in owners(actor, operation)]),
            )
            .order_by(MatchingEntry.id.desc())
        )
    )


def matches(session: Session, actor: Actor, operation: Operation) -> list[Found]:
    """Return the matches of the person's own offices, the latest first."""
    policy.require(actor, Action.MATCHING_ENTRY_READ, operations.subject(operation))
    own = {owner.code for owner in owners(actor, operation)}
    mine = select(MatchingEntry.id).where(
        MatchingEntry.operation_id == operation.id, MatchingEntry.owner.in_(own)
    )
    wanted = (
        select(IdentifierMatch)
        .where(or_(IdentifierMatch.first_id.in_(mine), IdentifierMatch.second_id.in_(mine)))
        .options(joinedload(IdentifierMatch.first), joinedload(IdentifierMatch.second))
        .order_by(IdentifierMatch.number.desc())
    )
    return [
        Found(match, entry, Owner(other.owner, other.party))
        for match in session.scalars(wanted)
        for entry, other in ((match.first, match.second), (match.second, match.first))
        if entry.owner in own
    ]


# --- The key ---------------------------------------------------------------------------------------------------------


def key(session: Session, actor: Actor, operation: Operation) -> str:
    """Give the operation's key to somebody who may enter identifiers; that it was given is written to the log.

    It is made when it is first asked for. Raises NotAllowed (``not-taking-part``) for a party that declined.
    """
    _require_taking_part(actor, operation)
    found = session.scalar(select(MatchingKey).where(MatchingKey.operation_id == operation.id))
    if found is None:
        found = MatchingKey(
            operation_id=operation.id, secret=ids.secret(rules.KEY_BYTES), created_at=clock.now()
        )
        try:
            with session.begin_nested():
                session.add(found)
        except IntegrityError:
            # Somebody else asked at the same moment.
            found = session.scalars(select(MatchingKey).where(MatchingKey.operation_id == operation.id)).one()
    _record(session, actor, "matching:key:read", operation, {})
    return found.secret


# --- Entering and withdrawing ----------------------------------------------------------------------------------------


def enter(
    session: Session,
    actor: Actor,
    operation: Operation,
    kind: IdentifierKind,
    given: Sequence[Hashed],
    owner: str | None = None,
) -> Entered:
    """Enter hashed identifiers of one office (``None``: the person's only one) and tell both owners of matches.

    What the office entered before keeps its reference. Raises NotAllowed (``not-taking-part``), Invalid
    (``owner-unknown``, ``entries-missing``, ``too-many``, ``bad-digest``, ``bad-label``), Conflict
    (``no-key``: hashed under no key of this operation; ``too-many-entries``).
    """
    _require_taking_part(actor, operation)
    office = _office(actor, operation, owner)
    if problems := rules.problems_of(given):
        raise Invalid(problems)
    # Two offices entering the same identifier at once must not pass each other by.
    locked = session.scalar(
        select(MatchingKey.id).where(MatchingKey.operation_id == operation.id).with_for_update()
    )
    if locked is None:
        raise Conflict("no-key", _("Get the operation's key first: these cannot have been hashed with it."))
    labels = {entry.digest: entry.label.strip() for entry in reversed(given)}
    there = set(
        session.scalars(
            select(MatchingEntry.digest).where(
                MatchingEntry.operation_id == operation.id,
                MatchingEntry.owner == office.code,
                MatchingEntry.kind == kind,
                MatchingEntry.digest.in_(labels),
            )
        )
    )
    _require_room(session, operation, office, len(labels) - len(there))
    now = clock.now()
    made = [
        MatchingEntry(
            operation_id=operation.id,
            party=office.party,
            owner=office.code,
            kind=kind,
            digest=digest,
            label=label,
            entered_at=now,
            entered_by=actor.name,
        )
        for digest, label in reversed(labels.items())
        if digest not in there
    ]
    session.add_all(made)
    session.flush()
    found = _matched(session, operation, kind, made)
    details = {"owner": office.code, "kind": kind.value, "new": len(made), "matches": len(found)}
    _record(session, actor, Action.MATCHING_ENTRY_CREATE, operation, details)
    _tell(session, operation, found)
    return Entered(len(made), len(there), len(found))


def withdraw(session: Session, actor: Actor, operation: Operation, keys: Sequence[int]) -> int:
    """Withdraw entries of the person's own offices, with their matches; returns how many.

    Raises NotFound (``entry-unknown``) when one is none of theirs; then nothing is withdrawn.
    """
    policy.require(actor, Action.MATCHING_ENTRY_WITHDRAW, operations.subject(operation))
    wanted = set(keys)
    own = {entry.id for entry in entries(session, actor, operation)}
    if not wanted or not wanted <= own:
        raise NotFound("entry-unknown", _("You have no such entry."))
    session.execute(
        delete(IdentifierMatch).where(
            or_(IdentifierMatch.first_id.in_(wanted), IdentifierMatch.second_id.in_(wanted))
        )
    )
    session.execute(delete(MatchingEntry).where(MatchingEntry.id.in_(wanted)))
    session.flush()
    session.expire_all()
    _record(session, actor, Action.MATCHING_ENTRY_WITHDRAW, operation, {"count": len(wanted)})
    return len(wanted)


# --- The end ---------------------------------------------------------------------------------------------------------


@operations.on_transition
def _plan_deletion(session: Session, _actor: Actor, operation: Operation, _before: OperationState) -> None:
    """When an operation ends, set the day from which its key and hashes are deleted."""
    if operation.state in ENDED:
        found = session.scalar(select(MatchingKey).where(MatchingKey.operation_id == operation.id))
        if found is not None:
            found.delete_after = clock.now() + rules.KEPT_AFTER_END


def due_for_deletion(session: Session) -> list[str]:
    """Return the codes of the operations whose key and hashes are to be deleted now."""
    return list(
        session.scalars(
            select(Operation.code)
            .join(MatchingKey, MatchingKey.operation_id == Operation.id)
            .where(MatchingKey.delete_after <= clock.now())
            .order_by(Operation.code)
        )
    )


def erase(session: Session, actor: Actor, operation_code: str) -> int:
    """Delete an operation's key, hashes and matches; returns how many hashes there were. Done twice it changes nothing.

    Raises Conflict (``too-early``) before the day that was set when the operation ended.
    """
    operation = operations.find(session, actor, operation_code)
    policy.require(actor, Action.MATCHING_KEY_ERASE, operations.subject(operation))
    found = session.scalar(
        select(MatchingKey).where(MatchingKey.operation_id == operation.id).with_for_update()
    )
    if found is None:
        return 0
    if found.delete_after is None or clock.now() < found.delete_after:
        raise Conflict("too-early", _("The identifiers of this operation are still compared."))
    session.execute(delete(IdentifierMatch).where(IdentifierMatch.operation_id == operation.id))
    count = session.scalar(
        select(func.count()).select_from(MatchingEntry).where(MatchingEntry.operation_id == operation.id)
    )
    session.execute(delete(MatchingEntry).where(MatchingEntry.operation_id == operation.id))
    session.delete(found)
    session.flush()
    _record(session, actor, Action.MATCHING_KEY_ERASE, operation, {"entries": count or 0})
    return count or 0


# --- Below -----------------------------------------------------------------------------------------------------------


def _require_taking_part(actor: Actor, operation: Operation) -> None:
    policy.require(actor, Action.MATCHING_ENTRY_CREATE, operations.subject(operation))
    if not owners(actor, operation):
        message = _("Only those who take part in the operation compare identifiers.")
        raise NotAllowed("not-taking-part", message)


def _office(actor: Actor, operation: Operation, owner: str | None) -> Owner:
    own = {office.code: office for office in owners(actor, operation)}
    if owner is None and len(own) == 1:
        return next(iter(own.values()))
    if owner not in own:
        message = _("Choose for which of your offices you enter these.")
        raise Invalid([Problem("owner-unknown", message, "/owner", tuple(own))])
    return own[owner]


def _require_room(session: Session, operation: Operation, office: Owner, more: int) -> None:
    there = session.scalar(
        select(func.count())
        .select_from(MatchingEntry)
        .where(MatchingEntry.operation_id == operation.id, MatchingEntry.owner == office.code)
    )
    if (there or 0) + more > rules.MOST:
        message = _(
            "An office compares at most ${count} identifiers in one operation. Withdraw what is not needed any more.",
            mapping={"count": rules.MOST},
        )
        raise Conflict("too-many-entries", message)


def _matched(
    session: Session, operation: Operation, kind: IdentifierKind, made: Sequence[MatchingEntry]
) -> list[IdentifierMatch]:
    """Return the new matches of entries with those of other parties."""
    if not made:
        return []
    by_digest = {entry.digest: entry for entry in made}
    others = session.scalars(
        select(MatchingEntry)
        .where(
            MatchingEntry.operation_id == operation.id,
            MatchingEntry.kind == kind,
            MatchingEntry.party != made[0].party,
            MatchingEntry.digest.in_(by_digest),
        )
        .order_by(MatchingEntry.id)
    ).all()
    last = session.scalar(
        select(func.max(IdentifierMatch.number)).where(IdentifierMatch.operation_id == operation.id)
    )
    found = [
        IdentifierMatch(
            operation_id=operation.id,
            number=number,
            first=other,
            second=by_digest[other.digest],
            found_at=clock.now(),
        )
        for number, other in enumerate(others, (last or 0) + 1)
    ]
    session.add_all(found)
    session.flush()
    return found


def _tell(session: Session, operation: Operation, found: Sequence[IdentifierMatch]) -> None:
    if operation.historical:
        # What is put on record of the past is no news.
        return
    told: dict[str, list[int]] = {}
    for match in found:
        for entry in (match.first, match.second):
            told.setdefault(entry.owner, []).append(match.number)
    parties = {participant.party for participant in operation.participants}
    for owner, given in told.items():
        if owner == COORDINATION:
            people = notify.audience(session, operation.code)
        elif owner in parties:
            people = notify.audience(session, party=owner)
        else:
            people = notify.audience(session, unit=owner)
        notify.send(
            session,
            recipients=people,
            subject=_(
                "Somebody else works on the same in ${operation}", mapping={"operation": operation.code}
            ),
            text=_(
                "An identifier that you compare is compared by another party too: ${matches}. Read who it is, and "
                "speak with each other.",
                mapping={"matches": ", ".join(f"M{number}" for number in given[:20])},
            ),
            path=f"/operations/{operation.code}/matching",
            operation=operation.code,
            exercise=operation.exercise,
        )


def _record(
    session: Session, actor: Actor, action: Action | str, operation: Operation, details: Mapping[str, object]
) -> None:
    code = operation.code
    audit.record(session, actor, action, "matching", code, operation=code, details=details)
