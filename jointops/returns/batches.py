"""Batches of returns, and taking one back as one: every return goes back to what it said before, or none does."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from jointops.kernel import audit, clock, policy
from jointops.kernel.errors import Conflict, DomainError, Invalid, NotFound, Problem
from jointops.kernel.i18n import _
from jointops.kernel.policy import Action, Actor
from jointops.operations import service as operations
from jointops.operations.models import Operation, Participant, ReportingUnit
from jointops.returns import service
from jointops.returns.explanations import explained
from jointops.returns.intake.batch import BatchRefused, Recorded
from jointops.returns.models import IntakeBatch, Return, ReturnState, ReviewStep, Revision, Step
from jointops.returns.service import Outcome
from jointops.returns.submission import from_data

REASON = "reason-missing"


@dataclass(frozen=True, slots=True)
class Made:
    """One return that a batch made a revision of: ``number`` is that revision, ``latest`` the return's last one."""

    unit: str
    party: str
    day: date
    number: int
    sha256: str
    latest: int
    version: int
    state: ReturnState
    return_id: int

    @property
    def changed_since(self) -> bool:
        """Whether somebody changed the return after the batch."""
        return self.latest != self.number


def list_batches(session: Session, actor: Actor, operation: Operation) -> list[IntakeBatch]:
    """Return the batches of which the person may read a return, the newest first; two queries."""
    units: dict[int, set[tuple[str, str]]] = {}
    for batch_id, unit, party in session.execute(
        select(Revision.batch_id, ReportingUnit.code, Participant.party)
        .join(Return, Return.id == Revision.return_id)
        .join(ReportingUnit, ReportingUnit.id == Return.unit_id)
        .join(Participant, Participant.id == ReportingUnit.participant_id)
        .where(Return.operation_id == operation.id, Revision.batch_id.is_not(None))
        .distinct()
    ):
        if batch_id is not None:
            units.setdefault(batch_id, set()).add((unit, party))
    found = session.scalars(
        select(IntakeBatch)
        .where(IntakeBatch.operation_id == operation.id)
        .order_by(IntakeBatch.recorded_at.desc(), IntakeBatch.id.desc())
    )
    return [
        batch
        for batch in found
        if any(_may(actor, Action.RETURN_READ, operation, *whose) for whose in units.get(batch.id, ()))
    ]


def find_batch(
    session: Session, actor: Actor, operation: Operation, batch_id: int
) -> tuple[IntakeBatch, Sequence[Made]]:
    """Return a batch with what the person may read of what it made, by day and unit.

    Raises NotFound (``batch-unknown``), also where there is nothing to read.
    """
    batch = session.get(IntakeBatch, batch_id)
    made = [] if batch is None or batch.operation_id != operation.id else list(_made(session, batch.id))
    readable = [one for one in made if _may(actor, Action.RETURN_READ, operation, one.unit, one.party)]
    if batch is None or not readable:
        raise NotFound(
            "batch-unknown",
            _(
                "${operation} has no batch ${number} that you may read.",
                mapping={"operation": operation.code, "number": batch_id},
            ),
        )
    return batch, readable


def may_take_back(actor: Actor, operation: Operation, batch: IntakeBatch, made: Collection[Made]) -> bool:
    """Whether the person may withdraw all that a batch made; ``made`` is what they may read of it."""
    return (
        batch.taken_back_at is None
        and len(made) >= batch.returns
        and all(_may(actor, Action.RETURN_WITHDRAW, operation, one.unit, one.party) for one in made)
    )


def take_back(
    session: Session, actor: Actor, operation: Operation, batch_id: int, *, reason: str
) -> Sequence[Recorded]:
    """Take a batch back: each of its returns is withdrawn, or says again what it said before; all of them, or none.

    Each gets a revision with ``reason``, which goes through the chain: what was accepted stays in the accepted totals
    until that is accepted in its turn. After the freeze each needs a permit. Raises NotFound (``batch-unknown``),
    NotAllowed, Conflict (``batch-taken-back``), Invalid (``reason-missing``) or :class:`BatchRefused` with all that
    is in the way, such as returns that were changed since (``return-changed-since``).
    """
    batch, _readable = find_batch(session, actor, operation, batch_id)
    made = list(_made(session, batch.id))
    for one in made:
        policy.require(
            actor, Action.RETURN_WITHDRAW, operations.subject(operation, party=one.party, unit=one.unit)
        )
    if batch.taken_back_at is not None:
        raise Conflict(
            "batch-taken-back",
            _(
                "Batch ${number} was taken back already, by ${who}.",
                mapping={"number": batch.id, "who": batch.taken_back_by},
            ),
        )
    if not reason.strip():
        raise Invalid([Problem(REASON, _("Say why the batch is taken back."), "/reason")])
    found: list[tuple[int, Problem]] = [
        (Conflict.status, _changed_since(one)) for one in made if one.changed_since
    ]
    before = _before(session, made)
    done: list[Recorded] = []
    whole = session.begin_nested()
    try:
        for one in () if found else made:
            try:
                outcome = _put_back(session, actor, operation, one, before.get(one.return_id), reason.strip())
            except DomainError as error:
                pointer = f"/{one.unit}/{one.day.isoformat()}"
                found += [
                    (error.status, Problem(problem.code, problem.message, pointer, problem.accepted))
                    for problem in error.problems
                ]
            else:
                done.append(Recorded(one.unit, one.day, outcome))
        session.flush()
    except BaseException:
        whole.rollback()
        raise
    if found:
        whole.rollback()
        statuses = {status for status, _problem in found}
        raise BatchRefused(
            [problem for _status, problem in found], statuses.pop() if len(statuses) == 1 else Conflict.status
        )
    whole.commit()
    batch.taken_back_at, batch.taken_back_by, batch.reason = clock.now(), actor.name, reason.strip()
    audit.record(
        session,
        actor,
        Action.RETURN_WITHDRAW,
        "batch",
        f"{operation.code}/{batch.id}",
        operation=operation.code,
        details={"reason": batch.reason, "returns": len(done), "sha256": batch.sha256},
    )
    return done


def _may(actor: Actor, action: Action, operation: Operation, unit: str, party: str) -> bool:
    return policy.allows(actor, action, operations.subject(operation, party=party, unit=unit))


def _made(session: Session, batch_id: int) -> Iterator[Made]:
    found = session.execute(
        select(
            ReportingUnit.code,
            Participant.party,
            Return.day,
            Revision.number,
            Revision.sha256,
            Return.latest_number,
            Return.version,
            Return.state,
            Return.id,
        )
        .select_from(Revision)
        .join(Return, Return.id == Revision.return_id)
        .join(ReportingUnit, ReportingUnit.id == Return.unit_id)
        .join(Participant, Participant.id == ReportingUnit.participant_id)
        .where(Revision.batch_id == batch_id)
        .order_by(Return.day, ReportingUnit.position)
    )
    return (Made(*row) for row in found)


def _before(session: Session, made: Sequence[Made]) -> Mapping[int, Revision]:
    """Return the last revision of each return before the batch that was submitted, by the return's key."""
    numbers = {one.return_id: one.number for one in made if one.number > 1}
    found: dict[int, Revision] = {}
    submitted = aliased(ReviewStep)
    keys = list(numbers)
    for start in range(0, len(keys), 500):
        query = (
            select(Revision)
            .where(
                Revision.return_id.in_(keys[start : start + 500]),
                select(submitted.id)
                .where(submitted.revision_id == Revision.id, submitted.step == Step.SUBMITTED)
                .exists(),
            )
            .order_by(Revision.return_id, Revision.number)
        )
        for revision in session.scalars(query):
            if revision.number < numbers[revision.return_id]:
                found[revision.return_id] = revision
    return found


def _put_back(
    session: Session, actor: Actor, operation: Operation, one: Made, before: Revision | None, reason: str
) -> Outcome:
    """Have one return say again what it said before the batch; a draft was no return yet."""
    if before is None or before.withdrawn:
        return service.withdraw(
            session, actor, operation, one.unit, one.day, reason=reason, expected_version=one.version
        )
    sent = from_data({**before.content, "reason": reason, "source": before.source})
    try:
        return service.submit(
            session, actor, operation, one.unit, one.day, sent, expected_version=one.version
        )
    except Invalid as refused:
        # What was taken before may be doubted today, by a plan that changed or by days that came in since.
        kept = explained(sent, refused, reason)
        return service.submit(
            session, actor, operation, one.unit, one.day, kept, expected_version=one.version
        )


def _changed_since(one: Made) -> Problem:
    return Problem(
        "return-changed-since",
        _(
            "The return of ${unit} for ${day} was changed since: the batch made revision ${number}, ${latest} is "
            "current. Correct or withdraw it by itself.",
            mapping={"unit": one.unit, "day": one.day, "number": one.number, "latest": one.latest},
        ),
        f"/{one.unit}/{one.day.isoformat()}",
    )
