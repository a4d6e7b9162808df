"""Recording what a unit reports for a day: the first revision, a correction, or nothing new."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from jointops.kernel import audit, clock, db, ids
from jointops.kernel.errors import Conflict, Invalid, Problem
from jointops.kernel.i18n import _
from jointops.kernel.inserts import Inserts, Part
from jointops.kernel.policy import Action, Actor
from jointops.kernel.types import canonical_json
from jointops.operations.models import Operation, OperationState
from jointops.operations.rules import STATE_LABELS
from jointops.returns import attachments, rules
from jointops.returns.chain import state_after, take_step
from jointops.returns.earlier import earlier_days
from jointops.returns.heads import (
    OnRecord,
    instant_of,
    key_of,
    latest_revision,
    locked_head,
    require_for_unit,
    require_version,
)
from jointops.returns.incidents import figures_of_submission
from jointops.returns.models import LatePermit, Return, ReturnState, Revision, Step
from jointops.returns.rulebooks import KeyedRulebook, Unit, rulebook_of, unit_of
from jointops.returns.rules import Checked
from jointops.returns.submission import Submission


@dataclass(frozen=True, slots=True)
class Receipt:
    """Proof that a return is kept: which revision, the SHA-256 of its canonical content, and since when (UTC)."""

    revision: int
    sha256: str
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class Outcome:
    """What submitting did. ``changed``: something is new on record; ``created``: it is the first revision."""

    receipt: Receipt
    state: ReturnState
    version: int
    changed: bool
    created: bool


_KEY = ("operation_id", "unit_id", "day")
_REVISION = Part("revision", Revision, {"return_id": "head"}, tells=True)
_FIRST = Inserts(Part("head", Return, unless_there=_KEY, tells=True), _REVISION)
_NEXT = Inserts(replace(_REVISION, keys={}))


def submit(
    session: Session,
    actor: Actor,
    operation: Operation,
    unit_code: str,
    day: date,
    submission: Submission,
    *,
    expected_version: int | None = None,
    recorded_at: datetime | None = None,
    batch_id: int | None = None,
) -> Outcome:
    """Record what ``unit_code`` reports for ``day``: the first revision, a correction, or nothing new.

    ``expected_version`` is the version of the return that the sender saw (0: none yet). ``recorded_at`` (aware) states
    when it was known, for history: only an administrator, only while the operation is marked as historical.
    ``batch_id`` is the key of the batch it came in with.

    Raises NotFound (``unit-unknown``), NotAllowed (``unit-not-yours``, ``not-allowed``), Conflict
    (``operation-not-running``, ``return-frozen``, ``plan-version-not-current``, ``not-historical``,
    ``recorded-before-latest``), Stale, or Invalid with every problem of the content.
    """
    unit = unit_of(session, operation, unit_code)
    require_for_unit(actor, Action.RETURN_SUBMIT, operation, unit)
    db.share(session, operation.id)
    at = instant_of(actor, operation, recorded_at)
    keyed = rulebook_of(session, operation)
    _require_open(session, operation, unit, day, at, submission, keyed)
    checked = rules.check(
        submission, keyed.rules, unit.code, day, lambda codes: earlier_days(session, keyed, unit, day, codes)
    )
    if submission.attachments:
        attachments.require_known(session, unit.id, day, submission.attachments)
    digest = ids.digest(canonical_json(checked.content))
    revision = _revision(
        actor,
        operation,
        unit,
        submission,
        checked,
        digest,
        historical=recorded_at is not None,
        batch_id=batch_id,
    )
    made = _first(session, operation, unit, day, submission, revision, at)
    created = made is not None
    head, latest = made or _on_record(session, operation, unit, day)
    if not created:
        if latest.sha256 == digest and _settled(head, submission):
            # Whatever version the sender saw: who never got the receipt sends the same again (RFC 9110, 13.1.1).
            return _outcome(head, latest, changed=False, created=False)
        # Who waited for another revision of this return comes after it in time as well.
        at = recorded_at or clock.now()
    require_version(head, created, expected_version)
    if latest.sha256 != digest:
        latest = _next(session, head, latest, revision, at)
    if not created:
        head.version += 1
        head.latest_number = latest.number
        head.withdrawn = submission.withdrawn
    # What is sent after a withdrawal is received then: until then there was no return.
    first = head.first_submitted_at or (at if submission.submit else None)
    head.first_submitted_at = None if submission.withdrawn else first
    taken = state_after(operation, unit.code, Step.SUBMITTED)
    head.state = taken if submission.submit else ReturnState.DRAFT
    entry = audit.entry(
        actor,
        Action.RETURN_SUBMIT,
        "return",
        key_of(operation, unit, day),
        operation=operation.code,
        details={
            "revision": latest.number,
            "sha256": digest,
            "state": head.state.value,
            "nil": submission.nil,
            **({"withdrawn": True} if submission.withdrawn else {}),
            "reason": submission.reason,
            "recorded_at": clock.iso(at) if recorded_at else None,
        },
    )
    if submission.submit:
        figures = figures_of_submission(session, operation, unit, head, latest, checked, keyed)
        session.flush()
        take_step(
            session,
            actor,
            operation,
            unit.code,
            head,
            latest,
            Step.SUBMITTED,
            at,
            figures,
            created=created,
            entry=entry,
        )
    else:
        session.flush()
        audit.add(session, entry)
    return _outcome(head, latest, changed=True, created=created)


def _require_open(
    session: Session,
    operation: Operation,
    unit: Unit,
    day: date,
    at: datetime,
    submission: Submission,
    keyed: KeyedRulebook,
) -> None:
    """Return when a return for this unit and day can be recorded at ``at``."""
    if operation.state not in {OperationState.RUNNING, OperationState.CLOSED}:
        raise Conflict(
            "operation-not-running",
            _(
                "${operation} is not running (it is: ${state}). Returns are taken once it has been started.",
                mapping={"operation": operation.code, "state": STATE_LABELS[operation.state]},
            ),
        )
    rules.check_day(keyed.rules, day, at.astimezone(ZoneInfo(operation.time_zone)).date())
    if (
        operation.frozen_at is not None
        and at >= operation.frozen_at
        and not _permitted(session, unit, day, at)
    ):
        raise Conflict(
            "return-frozen",
            _(
                "The figures of ${operation} were frozen at ${instant}. Ask the operation coordinator for a permit "
                "for ${unit} on ${day}.",
                mapping={
                    "operation": operation.code,
                    "instant": clock.iso(operation.frozen_at),
                    "unit": unit.code,
                    "day": day,
                },
            ),
        )
    if submission.plan_version is not None and submission.plan_version != operation.plan_number:
        raise Conflict(
            "plan-version-not-current",
            _(
                "This was filled in for version ${given} of the plan; version ${current} is in force. Fill in the "
                "current form or template.",
                mapping={"given": submission.plan_version, "current": operation.plan_number},
            ),
            "/plan_version",
        )


def _permitted(session: Session, unit: Unit, day: date, at: datetime) -> bool:
    found = session.scalars(
        select(LatePermit.id)
        .where(
            LatePermit.unit_id == unit.id,
            LatePermit.day == day,
            LatePermit.granted_at <= at,
            LatePermit.expires_at > at,
        )
        .limit(1)
    )
    return found.first() is not None


def _first(
    session: Session,
    operation: Operation,
    unit: Unit,
    day: date,
    submission: Submission,
    revision: Mapping[str, Any],
    at: datetime,
) -> tuple[Return, OnRecord] | None:
    """Make the return's head as it stands after its first revision, and that; ``None`` when there is one already.

    The head is a copy that the session does not keep: whatever is recorded along with it leaves it as it is.
    """
    submitted = submission.submit
    head = {
        "operation_id": operation.id,
        "unit_id": unit.id,
        "day": day,
        "marking_id": operation.marking_id,
        "state": state_after(operation, unit.code, Step.SUBMITTED) if submitted else ReturnState.DRAFT,
        "latest_number": 1,
        "first_submitted_at": at if submitted else None,
        "withdrawn": submission.withdrawn,
        "version": 1,
    }
    added = {**revision, "number": 1, "correction": False, "recorded_at": at}
    keys = _FIRST.add(session, {"head": [head], "revision": [added]})
    if not keys:
        return None
    return Return(id=keys["head"], **head), OnRecord(keys["revision"], 1, revision["sha256"], at)


def _on_record(session: Session, operation: Operation, unit: Unit, day: date) -> tuple[Return, OnRecord]:
    head = locked_head(session, operation, unit, day)
    assert head is not None
    return head, latest_revision(session, head)


def _settled(head: Return, submission: Submission) -> bool:
    """Whether the same content sent again changes nothing: it does when it submits a draft or answers a question."""
    if submission.submit:
        return head.state not in {ReturnState.DRAFT, ReturnState.SENT_BACK}
    return True


def _revision(
    actor: Actor,
    operation: Operation,
    unit: Unit,
    submission: Submission,
    checked: Checked,
    digest: str,
    *,
    historical: bool,
    batch_id: int | None,
) -> dict[str, Any]:
    """Return the row of a revision, but for its number and what depends on that."""
    return {
        "plan_version": operation.plan_number,
        "content": checked.content,
        "sha256": digest,
        "nil": submission.nil,
        "withdrawn": submission.withdrawn,
        "flags": list(checked.flags),
        "source": submission.source,
        "batch_id": batch_id,
        "reason": submission.reason.strip(),
        "recorded_by": actor.name,
        "on_behalf": unit.code not in actor.units,
        "channel": actor.channel,
        "historical": historical,
    }


def _next(
    session: Session, head: Return, latest: OnRecord, revision: Mapping[str, Any], at: datetime
) -> OnRecord:
    """Add the revision that comes after ``latest``; raises Invalid (``reason-missing``)."""
    correction = head.first_submitted_at is not None
    if correction and not revision["reason"]:
        raise Invalid(
            [
                Problem(
                    "reason-missing",
                    _("This return was submitted before. Say why it is corrected."),
                    "/reason",
                )
            ]
        )
    number = latest.number + 1
    added = {
        **revision,
        "return_id": head.id,
        "number": number,
        "correction": correction,
        "recorded_at": at,
    }
    keys = _NEXT.add(session, {"revision": [added]})
    return OnRecord(keys["revision"], number, revision["sha256"], at)


def _outcome(head: Return, revision: OnRecord, *, changed: bool, created: bool) -> Outcome:
    receipt = Receipt(revision.number, revision.sha256, revision.recorded_at)
    return Outcome(receipt, head.state, head.version, changed, created)
