"""What can be done with returns: submit and correct, verify, accept, send back, answer, permit; and how to find them.

This is the one way in for a return, whatever channel it comes by. Every function takes a session (the transaction is
the caller's) and the person who acts, asks the policy table, changes the rows and writes the log.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import func, insert, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session, joinedload, selectinload

from jointops.kernel import audit, clock, db, ids, policy
from jointops.kernel.errors import Conflict, Invalid, NotAllowed, NotFound, Problem, Stale
from jointops.kernel.i18n import _
from jointops.kernel.policy import Action, Actor
from jointops.kernel.types import canonical_json
from jointops.operations import service as operations
from jointops.operations.models import Operation, OperationState, Participant, ReportingUnit
from jointops.returns import layers, rules
from jointops.returns.joint import Figure
from jointops.returns.models import (
    FactStatus,
    Incident,
    JointResult,
    LatePermit,
    Return,
    ReturnState,
    ReviewStep,
    Revision,
    Step,
)
from jointops.returns.rulebooks import KeyedRulebook, rulebook_of
from jointops.returns.rules import Checked, CheckedIncident
from jointops.returns.submission import Submission

_STATE_AFTER = {
    Step.SUBMITTED: ReturnState.SUBMITTED,
    Step.VERIFIED: ReturnState.VERIFIED,
    Step.ACCEPTED: ReturnState.ACCEPTED,
    Step.SENT_BACK: ReturnState.SENT_BACK,
    Step.ANSWERED: ReturnState.SUBMITTED,
}

_LAYER_OF = {
    Step.SUBMITTED: FactStatus.PROVISIONAL,
    Step.VERIFIED: FactStatus.VERIFIED,
    Step.ACCEPTED: FactStatus.ACCEPTED,
}

CHAIN = (Step.SUBMITTED, Step.VERIFIED, Step.ACCEPTED)


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


# --- Submitting ---------------------------------------------------------------------------------------------


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
) -> Outcome:
    """Record what ``unit_code`` reports for ``day``: the first revision, a correction, or nothing new.

    ``expected_version`` is the version of the return that the sender saw (0: none yet). ``recorded_at`` (aware) states
    when it was known, for history: only an administrator, only while the operation is marked as historical.

    Raises NotFound (``unit-unknown``), NotAllowed (``unit-not-yours``, ``not-allowed``), Conflict
    (``operation-not-running``, ``return-frozen``, ``plan-version-not-current``, ``not-historical``,
    ``recorded-before-latest``), Stale, or Invalid with every problem of the content.
    """
    unit = operations.find_unit(session, operation, unit_code)
    _require_for_unit(actor, Action.RETURN_SUBMIT, operation, unit)
    db.share(session, operation.id)
    at = _instant(actor, operation, recorded_at)
    keyed = rulebook_of(session, operation)
    _require_open(session, operation, unit, day, at, submission, keyed)
    checked = rules.check(submission, keyed.rules, unit.code, day)
    digest = ids.digest(canonical_json(checked.content))
    head, created = _head(session, operation, unit, day)
    _require_version(head, created, expected_version)
    # Who waited for another revision of this return comes after it in time as well.
    at = recorded_at or clock.now()
    latest = None if created else _latest(session, head)
    if latest is not None and latest.sha256 == digest and _settled(head, submission):
        return _outcome(head, latest, changed=False, created=False)
    if latest is None or latest.sha256 != digest:
        latest = _add_revision(
            session, actor, operation, unit, head, submission, checked, digest, at, recorded_at
        )
    head.version += 0 if created else 1
    if submission.submit:
        figures = _figures(session, operation, unit, head, latest, checked, keyed)
        _submitted(session, actor, operation, head, latest, figures, at)
    else:
        head.state = ReturnState.DRAFT
    session.flush()
    audit.record(
        session,
        actor,
        Action.RETURN_SUBMIT,
        "return",
        _key(operation, unit, day),
        operation=operation.code,
        details={
            "revision": latest.number,
            "sha256": digest,
            "state": head.state.value,
            "nil": submission.nil,
            "reason": submission.reason,
            "recorded_at": clock.iso(at) if recorded_at else None,
        },
    )
    return _outcome(head, latest, changed=True, created=created)


def _require_for_unit(actor: Actor, action: Action, operation: Operation, unit: ReportingUnit) -> None:
    subject = operations.subject(operation, party=unit.participant.party, unit=unit.code)
    if policy.allows(actor, action, subject):
        return
    if actor.parties and action is Action.RETURN_SUBMIT:
        raise NotAllowed(
            "unit-not-yours",
            _(
                "${unit} is not a unit that you report for. You report for: ${yours}.",
                mapping={"unit": unit.code, "yours": ", ".join(sorted(actor.units or actor.parties))},
            ),
            "/unit",
        )
    policy.require(actor, action, subject)


def _instant(actor: Actor, operation: Operation, recorded_at: datetime | None) -> datetime:
    if recorded_at is None:
        return clock.now()
    policy.require(actor, Action.RETURN_RECORD_HISTORY, operations.subject(operation))
    if not operation.historical:
        raise Conflict(
            "not-historical",
            _(
                "${operation} is not marked as historical: its returns are recorded when they come in.",
                mapping={"operation": operation.code},
            ),
            "/recorded_at",
        )
    if recorded_at > clock.now():
        raise Invalid(
            [Problem("recorded-in-future", _("Nothing can have been known in the future."), "/recorded_at")]
        )
    return recorded_at


def _require_open(
    session: Session,
    operation: Operation,
    unit: ReportingUnit,
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
                mapping={"operation": operation.code, "state": operation.state.value},
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
                    "day": day.isoformat(),
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


def _permitted(session: Session, unit: ReportingUnit, day: date, at: datetime) -> bool:
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


def _head(session: Session, operation: Operation, unit: ReportingUnit, day: date) -> tuple[Return, bool]:
    """Return the return's head, locked against other writers, and whether it was made just now."""
    dialect = session.get_bind().dialect.name
    statement = (postgresql if dialect == "postgresql" else sqlite).insert(Return)
    made = session.scalars(
        statement.values(
            operation_id=operation.id,
            unit_id=unit.id,
            day=day,
            marking_id=operation.marking_id,
            state=ReturnState.DRAFT,
            latest_number=0,
            version=1,
        )
        .on_conflict_do_nothing(index_elements=["operation_id", "unit_id", "day"])
        .returning(Return)
    ).first()
    if made is not None:
        return made, True
    wanted = select(Return).where(
        Return.operation_id == operation.id, Return.unit_id == unit.id, Return.day == day
    )
    return session.scalars(wanted.with_for_update().execution_options(populate_existing=True)).one(), False


def _require_version(head: Return, created: bool, expected: int | None) -> None:
    current = 0 if created else head.version
    if expected is not None and expected != current:
        raise Stale(
            _(
                "This return has changed meanwhile: you have version ${given}, version ${current} is current. "
                "Look at what changed, then send again.",
                mapping={"given": expected, "current": current},
            ),
            given=str(expected),
            current=str(current),
        )


def _latest(session: Session, head: Return) -> Revision:
    return session.scalars(
        select(Revision).where(Revision.return_id == head.id, Revision.number == head.latest_number)
    ).one()


def _settled(head: Return, submission: Submission) -> bool:
    """Whether the same content sent again changes nothing: it does when it submits a draft or answers a question."""
    if submission.submit:
        return head.state not in {ReturnState.DRAFT, ReturnState.SENT_BACK}
    return True


def _add_revision(
    session: Session,
    actor: Actor,
    operation: Operation,
    unit: ReportingUnit,
    head: Return,
    submission: Submission,
    checked: Checked,
    digest: str,
    at: datetime,
    recorded_at: datetime | None,
) -> Revision:
    correction = head.first_submitted_at is not None
    if correction and not submission.reason.strip():
        raise Invalid(
            [
                Problem(
                    "reason-missing",
                    _("This return was submitted before. Say why it is corrected."),
                    "/reason",
                )
            ]
        )
    revision = Revision(
        return_id=head.id,
        number=head.latest_number + 1,
        plan_version=operation.plan_number,
        content=checked.content,
        sha256=digest,
        nil=submission.nil,
        correction=correction,
        reason=submission.reason.strip(),
        recorded_at=at,
        recorded_by=actor.name,
        on_behalf=unit.code not in actor.units,
        channel=actor.channel,
        historical=recorded_at is not None,
    )
    session.add(revision)
    head.latest_number = revision.number
    session.flush()
    return revision


def _figures(
    session: Session,
    operation: Operation,
    unit: ReportingUnit,
    head: Return,
    revision: Revision,
    checked: Checked,
    keyed: KeyedRulebook,
) -> list[Figure]:
    figures = [_figure(line, keyed) for line in checked.lines]
    if not checked.incidents:
        return figures
    if any(incident.joint_with for incident in checked.incidents):
        layers.lock_joint_results(session, operation.id)
    kept = {
        incident.reference: incident
        for incident in session.scalars(select(Incident).where(Incident.revision_id == revision.id))
    }
    for incident in checked.incidents:
        row = kept.get(incident.reference) or _add_incident(
            session, operation, unit, head, revision, incident, keyed
        )
        figures.append(_figure(incident.line, keyed, row.id, row.joint_result_id))
    return figures


def _figure(
    line: rules.Line, keyed: KeyedRulebook, incident_id: int | None = None, joint_result_id: int | None = None
) -> Figure:
    return Figure(
        line.number,
        keyed.indicators[line.indicator],
        line.category,
        None if line.action_area is None else keyed.action_areas[line.action_area],
        line.phase,
        line.scope,
        line.quantity,
        incident_id,
        joint_result_id,
    )


def _add_incident(
    session: Session,
    operation: Operation,
    unit: ReportingUnit,
    head: Return,
    revision: Revision,
    incident: CheckedIncident,
    keyed: KeyedRulebook,
) -> Incident:
    joint_result = None
    if incident.joint_with:
        joint_result = _joint_result(session, operation, unit, head, incident, keyed)
    row = Incident(
        revision_id=revision.id,
        joint_result_id=None if joint_result is None else joint_result.id,
        reference=incident.reference,
        line=incident.line.number,
        joint_with=list(incident.joint_with),
        at=incident.at,
        place=incident.place,
        description=incident.description,
    )
    session.add(row)
    session.flush()
    return row


def _joint_result(
    session: Session,
    operation: Operation,
    unit: ReportingUnit,
    head: Return,
    incident: CheckedIncident,
    keyed: KeyedRulebook,
) -> JointResult:
    """Return the joint result that an incident claims: one of its contributors' with the same reference, or its own."""
    partners = [keyed.units[code] for code in incident.joint_with]
    known = session.scalars(
        select(JointResult)
        .where(
            JointResult.operation_id == operation.id,
            JointResult.reference == incident.reference,
            JointResult.owner_id.in_([unit.id, *partners]),
        )
        .order_by(JointResult.id)
    ).first()
    if known is None:
        known = JointResult(operation_id=operation.id, owner_id=unit.id, reference=incident.reference)
        session.add(known)
        session.flush()
        return known
    _require_same_result(session, known, head, incident, keyed)
    return known


def _require_same_result(
    session: Session, joint_result: JointResult, head: Return, incident: CheckedIncident, keyed: KeyedRulebook
) -> None:
    """A reference names one result: the same indicator for all who claim it, and one day for each of them."""
    for claim in layers.open_claims(session, joint_result.id):
        if claim.return_id == head.id:
            continue
        if claim.indicator_id != keyed.indicators[incident.line.indicator]:
            raise Invalid(
                [
                    Problem(
                        "joint-result-differs",
                        _(
                            "${reference} names a joint result of another indicator. Use the indicator it was "
                            "reported with, or a reference of your own.",
                            mapping={"reference": incident.reference},
                        ),
                        "/incidents",
                    )
                ]
            )
        if claim.unit_id == head.unit_id:
            raise Invalid(
                [
                    Problem(
                        "reference-used",
                        _(
                            "You reported ${reference} for ${day} already. Correct that return, or use another "
                            "reference.",
                            mapping={"reference": incident.reference, "day": claim.day.isoformat()},
                        ),
                        "/incidents",
                    )
                ]
            )


def _submitted(
    session: Session,
    actor: Actor,
    operation: Operation,
    head: Return,
    revision: Revision,
    figures: Sequence[Figure],
    at: datetime,
) -> None:
    head.first_submitted_at = head.first_submitted_at or at
    _step(session, actor, operation, head, revision, Step.SUBMITTED, at, figures)


def _step(
    session: Session,
    actor: Actor,
    operation: Operation,
    head: Return,
    revision: Revision,
    step: Step,
    at: datetime,
    figures: Sequence[Figure],
) -> None:
    """Take a step of the chain, and those behind it that the plan leaves out."""
    position = CHAIN.index(step)
    steps = [step]
    for following in CHAIN[position + 1 :]:
        if following.value in operation.chain:
            break
        steps.append(following)
    for taken in steps:
        session.execute(
            insert(ReviewStep).values(
                revision_id=revision.id, step=taken, at=at, actor_name=actor.name, text="", pointer=""
            )
        )
        layers.set_layer(session, head, _LAYER_OF[taken], revision.id, figures, at)
    head.state = _STATE_AFTER[steps[-1]]


def _outcome(head: Return, revision: Revision, *, changed: bool, created: bool) -> Outcome:
    receipt = Receipt(revision.number, revision.sha256, revision.recorded_at)
    return Outcome(receipt, head.state, head.version, changed, created)


def _key(operation: Operation, unit: ReportingUnit, day: date) -> str:
    return f"{operation.code}/{unit.code}/{day.isoformat()}"


# --- Reviewing ----------------------------------------------------------------------------------------------


def verify(
    session: Session,
    actor: Actor,
    operation: Operation,
    unit_code: str,
    day: date,
    *,
    expected_version: int | None = None,
    recorded_at: datetime | None = None,
) -> Return:
    """Confirm a submitted return for the country. Raises Conflict (``return-not-submitted``) in any other state."""
    return _advance(
        session,
        actor,
        operation,
        unit_code,
        day,
        Step.VERIFIED,
        Action.RETURN_VERIFY,
        expected_version,
        recorded_at,
    )


def accept(
    session: Session,
    actor: Actor,
    operation: Operation,
    unit_code: str,
    day: date,
    *,
    expected_version: int | None = None,
    recorded_at: datetime | None = None,
) -> Return:
    """Accept a verified return for the operation. Raises Conflict (``return-not-verified``) in any other state."""
    return _advance(
        session,
        actor,
        operation,
        unit_code,
        day,
        Step.ACCEPTED,
        Action.RETURN_ACCEPT,
        expected_version,
        recorded_at,
    )


def _advance(
    session: Session,
    actor: Actor,
    operation: Operation,
    unit_code: str,
    day: date,
    step: Step,
    action: Action,
    expected_version: int | None,
    recorded_at: datetime | None,
) -> Return:
    unit, head, at = _for_review(
        session, actor, operation, unit_code, day, action, expected_version, recorded_at
    )
    before = ReturnState.SUBMITTED if step is Step.VERIFIED else ReturnState.VERIFIED
    if head.state is not before:
        if step is Step.VERIFIED:
            raise Conflict(
                "return-not-submitted",
                _(
                    "The return of ${unit} for ${day} is not waiting to be verified (it is: ${state}).",
                    mapping={"unit": unit.code, "day": day.isoformat(), "state": head.state.value},
                ),
            )
        raise Conflict(
            "return-not-verified",
            _(
                "The return of ${unit} for ${day} is not waiting to be accepted (it is: ${state}). It is "
                "verified first.",
                mapping={"unit": unit.code, "day": day.isoformat(), "state": head.state.value},
            ),
        )
    revision = _latest(session, head)
    head.version += 1
    _step(session, actor, operation, head, revision, step, at, layers.figures_of(session, head, revision.id))
    session.flush()
    _log(session, actor, action, operation, unit, head, revision, {})
    return head


def send_back(
    session: Session,
    actor: Actor,
    operation: Operation,
    unit_code: str,
    day: date,
    *,
    question: str,
    pointer: str = "",
    expected_version: int | None = None,
) -> Return:
    """Send a submitted or verified return back to its unit with a question; ``pointer`` names the value it is about.

    The figures stay provisional; what was verified of this revision no longer is. Raises Conflict
    (``return-not-in-review``) or Invalid (``question-missing``).
    """
    unit, head, at = _for_review(
        session, actor, operation, unit_code, day, Action.RETURN_SEND_BACK, expected_version, None
    )
    if head.state not in {ReturnState.SUBMITTED, ReturnState.VERIFIED}:
        raise Conflict(
            "return-not-in-review",
            _(
                "The return of ${unit} for ${day} is not in review (it is: ${state}). Only one that is can be "
                "sent back.",
                mapping={"unit": unit.code, "day": day.isoformat(), "state": head.state.value},
            ),
        )
    if not question.strip():
        raise Invalid([Problem("question-missing", _("Say what is to be answered or mended."), "/question")])
    revision = _latest(session, head)
    if head.state is ReturnState.VERIFIED:
        accepted = _last_accepted(session, head)
        figures = layers.figures_of(session, head, accepted) if accepted is not None else []
        layers.set_layer(session, head, FactStatus.VERIFIED, accepted, figures, at)
    head.state = ReturnState.SENT_BACK
    head.version += 1
    session.add(
        ReviewStep(
            revision_id=revision.id,
            step=Step.SENT_BACK,
            at=at,
            actor_name=actor.name,
            text=question.strip()[: rules.MAX_TEXT],
            pointer=pointer,
        )
    )
    session.flush()
    _log(
        session,
        actor,
        Action.RETURN_SEND_BACK,
        operation,
        unit,
        head,
        revision,
        {"question": question.strip()},
    )
    return head


def _last_accepted(session: Session, head: Return) -> int | None:
    return session.scalars(
        select(Revision.id)
        .join(ReviewStep, ReviewStep.revision_id == Revision.id)
        .where(Revision.return_id == head.id, ReviewStep.step == Step.ACCEPTED)
        .order_by(Revision.number.desc())
        .limit(1)
    ).first()


def answer(
    session: Session,
    actor: Actor,
    operation: Operation,
    unit_code: str,
    day: date,
    *,
    text: str,
    expected_version: int | None = None,
) -> Return:
    """Answer the question a return was sent back with, leaving its figures as they are: it is submitted again.

    Raises Conflict (``return-not-sent-back``) or Invalid (``answer-missing``).
    """
    unit, head, at = _for_review(
        session, actor, operation, unit_code, day, Action.RETURN_ANSWER, expected_version, None
    )
    if head.state is not ReturnState.SENT_BACK:
        raise Conflict(
            "return-not-sent-back",
            _(
                "There is no open question on the return of ${unit} for ${day}.",
                mapping={"unit": unit.code, "day": day.isoformat()},
            ),
        )
    if not text.strip():
        raise Invalid([Problem("answer-missing", _("Write an answer, or correct the return."), "/text")])
    revision = _latest(session, head)
    head.state = ReturnState.SUBMITTED
    head.version += 1
    session.add(
        ReviewStep(
            revision_id=revision.id,
            step=Step.ANSWERED,
            at=at,
            actor_name=actor.name,
            text=text.strip()[: rules.MAX_TEXT],
            pointer="",
        )
    )
    session.flush()
    _log(session, actor, Action.RETURN_ANSWER, operation, unit, head, revision, {"text": text.strip()})
    return head


def _for_review(
    session: Session,
    actor: Actor,
    operation: Operation,
    unit_code: str,
    day: date,
    action: Action,
    expected_version: int | None,
    recorded_at: datetime | None,
) -> tuple[ReportingUnit, Return, datetime]:
    unit = operations.find_unit(session, operation, unit_code)
    if recorded_at is None:
        _require_for_unit(actor, action, operation, unit)
    db.share(session, operation.id)
    _instant(actor, operation, recorded_at)
    head = session.scalars(
        select(Return)
        .where(Return.operation_id == operation.id, Return.unit_id == unit.id, Return.day == day)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).first()
    if head is None:
        raise _unknown(unit.code, day)
    _require_version(head, False, expected_version)
    return unit, head, recorded_at or clock.now()


def _unknown(unit: str, day: date) -> NotFound:
    return NotFound(
        "return-unknown",
        _("${unit} has sent no return for ${day}.", mapping={"unit": unit, "day": day.isoformat()}),
    )


def _log(
    session: Session,
    actor: Actor,
    action: Action,
    operation: Operation,
    unit: ReportingUnit,
    head: Return,
    revision: Revision,
    details: dict[str, object],
) -> None:
    audit.record(
        session,
        actor,
        action,
        "return",
        _key(operation, unit, head.day),
        operation=operation.code,
        details={"revision": revision.number, "state": head.state.value, **details},
    )


def grant_permit(
    session: Session,
    actor: Actor,
    operation: Operation,
    unit_code: str,
    day: date,
    *,
    reason: str,
    expires_at: datetime,
) -> LatePermit:
    """Let ``unit_code`` record its return for ``day`` after the freeze, until ``expires_at`` (aware).

    Raises Invalid (``reason-missing``, ``expires-in-past``).
    """
    unit = operations.find_unit(session, operation, unit_code)
    policy.require(
        actor,
        Action.RETURN_PERMIT,
        operations.subject(operation, party=unit.participant.party, unit=unit.code),
    )
    at = clock.now()
    problems = []
    if not reason.strip():
        problems.append(
            Problem("reason-missing", _("Say why the return may come after the freeze."), "/reason")
        )
    if expires_at <= at:
        problems.append(Problem("expires-in-past", _("The permit would have ended already."), "/expires_at"))
    if problems:
        raise Invalid(problems)
    permit = LatePermit(
        operation_id=operation.id,
        unit_id=unit.id,
        day=day,
        reason=reason.strip(),
        granted_by=actor.name,
        granted_at=at,
        expires_at=expires_at,
    )
    session.add(permit)
    session.flush()
    audit.record(
        session,
        actor,
        Action.RETURN_PERMIT,
        "late permit",
        _key(operation, unit, day),
        operation=operation.code,
        details={"reason": permit.reason, "expires_at": clock.iso(expires_at)},
    )
    return permit


# --- Finding ------------------------------------------------------------------------------------------------


def find_return(session: Session, actor: Actor, operation: Operation, unit_code: str, day: date) -> Return:
    """Return the return of a unit for a day, its revisions, steps and incidents loaded.

    Raises NotFound (``unit-unknown``, ``return-unknown``) or NotAllowed.
    """
    unit = operations.find_unit(session, operation, unit_code)
    policy.require(
        actor, Action.RETURN_READ, operations.subject(operation, party=unit.participant.party, unit=unit.code)
    )
    found = session.scalars(
        select(Return)
        .where(Return.operation_id == operation.id, Return.unit_id == unit.id, Return.day == day)
        .options(
            joinedload(Return.unit).joinedload(ReportingUnit.participant),
            selectinload(Return.revisions).selectinload(Revision.steps),
            selectinload(Return.revisions).selectinload(Revision.incidents),
        )
    ).first()
    if found is None:
        raise _unknown(unit_code, day)
    return found


def list_returns(
    session: Session,
    actor: Actor,
    operation: Operation,
    *,
    unit: str | None = None,
    party: str | None = None,
    day: date | None = None,
    state: ReturnState | None = None,
) -> list[Return]:
    """Return the returns of ``operation`` that the person may read, by day and unit; three queries however many."""
    query = (
        select(Return)
        .join(Return.unit)
        .join(ReportingUnit.participant)
        .where(Return.operation_id == operation.id)
        .options(joinedload(Return.unit).joinedload(ReportingUnit.participant))
        .order_by(Return.day, ReportingUnit.position)
    )
    if unit is not None:
        query = query.where(ReportingUnit.code == unit)
    if party is not None:
        query = query.where(Participant.party == party)
    if day is not None:
        query = query.where(Return.day == day)
    if state is not None:
        query = query.where(Return.state == state)
    return [
        found
        for found in session.scalars(query)
        if policy.allows(
            actor,
            Action.RETURN_READ,
            operations.subject(operation, party=found.unit.participant.party, unit=found.unit.code),
        )
    ]


def count_by_state(session: Session, operation: Operation) -> dict[ReturnState, int]:
    """Return how many returns of ``operation`` stand in each state."""
    found = session.execute(
        select(Return.state, func.count()).where(Return.operation_id == operation.id).group_by(Return.state)
    )
    return dict(found.all())
