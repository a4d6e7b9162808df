"""What can be done with operations: create, plan, approve, move on, answer; and how they are found.

Every function takes a session (the transaction is the caller's) and the person who acts, asks the policy table
first, and writes its entry to the log last.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, contains_eager, joinedload, selectinload

from jointops.accounts.models import RoleGrant
from jointops.cycles.models import PolicyCycle
from jointops.kernel import audit, clock, ids, policy
from jointops.kernel.errors import Conflict, DomainError, Invalid, NotFound, Problem, Stale
from jointops.kernel.i18n import _
from jointops.kernel.policy import Action, Actor, Grant, Role, Subject
from jointops.kernel.types import canonical_json
from jointops.operations import planfile, rules
from jointops.operations.models import (
    Answer,
    Operation,
    OperationState,
    Participant,
    PlanApproval,
    PlanVersion,
    ReportingUnit,
)
from jointops.operations.plandoc import PlanDocument
from jointops.operations.spell_out import set_frame, spell_out
from jointops.reference.catalogue import catalogue

OnPlanApplied = Callable[[Session, Actor, Operation, PlanDocument], None]

_on_plan_applied: list[OnPlanApplied] = []


def on_plan_applied(function: OnPlanApplied) -> OnPlanApplied:
    """Have ``function`` called whenever a plan version has been spelt out into rows; a decorator.

    Domains that stand on this one carry their own part of the plan into their tables by it.
    """
    if function not in _on_plan_applied:
        _on_plan_applied.append(function)
    return function


OnTransition = Callable[[Session, Actor, Operation, OperationState], None]

_on_transition: list[OnTransition] = []


def on_transition(function: OnTransition) -> OnTransition:
    """Have ``function`` called after every step of an operation's life, with the state it came from; a decorator."""
    if function not in _on_transition:
        _on_transition.append(function)
    return function


# --- Finding ---------------------------------------------------------------------------------------------------------


def find(session: Session, actor: Actor, code: str) -> Operation:
    """Return the operation with ``code``, its participants loaded.

    Raises NotFound (``operation-unknown``) when there is none or the person may not know of it.
    """
    wanted = select(Operation).where(Operation.code == code).options(*_WITH_PARTICIPANTS)
    operation = session.scalar(wanted)
    if operation is None or not policy.allows(actor, Action.OPERATION_READ, subject(operation)):
        raise NotFound(
            "operation-unknown",
            _("There is no operation “${code}”, or it is not open to you.", mapping={"code": code}),
        )
    return operation


def list_operations(session: Session, actor: Actor) -> list[Operation]:
    """Return the operations that the person may read, the latest first, in three queries however many there are."""
    wanted = select(Operation).options(*_WITH_PARTICIPANTS)
    every = session.scalars(wanted.order_by(Operation.starts_on.desc(), Operation.code))
    return [
        operation for operation in every if policy.allows(actor, Action.OPERATION_READ, subject(operation))
    ]


_WITH_PARTICIPANTS = (joinedload(Operation.marking), selectinload(Operation.participants))


def subject(operation: Operation, *, party: str | None = None, unit: str | None = None) -> Subject:
    """Return what the policy table needs to know of ``operation`` and of the single record in it.

    A unit's party is known from its code where ``party`` is not given.
    """
    if party is None and unit is not None:
        party = next(
            (p.party for p in operation.participants if unit.startswith(f"{p.party.upper()}-")), None
        )
    return Subject(
        operation=operation.code,
        participants=frozenset(p.party for p in operation.participants if p.in_plan),
        party=party,
        unit=unit,
        state=operation.state.value,
    )


def find_unit(session: Session, operation: Operation, code: str) -> ReportingUnit:
    """Return the reporting unit of the operation's plan with ``code``, its participant loaded.

    Raises NotFound (``unit-unknown``).
    """
    wanted = select(ReportingUnit).where(
        ReportingUnit.operation_id == operation.id, ReportingUnit.code == code, ReportingUnit.in_plan
    )
    unit = session.scalar(wanted.options(joinedload(ReportingUnit.participant)))
    if unit is None:
        raise NotFound(
            "unit-unknown",
            _(
                "${operation} has no reporting unit “${code}”.",
                mapping={"operation": operation.code, "code": code},
            ),
        )
    return unit


def find_participant(operation: Operation, party: str) -> Participant:
    """Return the participant of the operation's plan; EL and UK are accepted for GR and GB.

    Raises NotFound (``participant-unknown``).
    """
    code = catalogue().party_code(party)
    found = next((p for p in operation.participants if p.party == code and p.in_plan), None)
    if found is None:
        raise NotFound(
            "participant-unknown",
            _(
                "“${party}” does not take part in ${operation}.",
                mapping={"party": party, "operation": operation.code},
            ),
        )
    return found


# --- Plans -----------------------------------------------------------------------------------------------------------


def latest_plan(session: Session, operation: Operation) -> PlanVersion:
    """Return the newest version of the plan, in force or not."""
    return session.scalars(_versions_of(operation).limit(1)).one()


def plan_in_force(session: Session, operation: Operation) -> PlanVersion:
    """Return the version that the operation works by: the latest approved, while it is planned the latest."""
    return session.scalars(_versions_of(operation).where(PlanVersion.number == operation.plan_number)).one()


def _versions_of(operation: Operation) -> Select[PlanVersion]:
    return (
        select(PlanVersion)
        .outerjoin(PlanVersion.approval)
        .options(contains_eager(PlanVersion.approval))
        .where(PlanVersion.operation_id == operation.id)
        .order_by(PlanVersion.number.desc())
    )


def versions(session: Session, actor: Actor, operation: Operation) -> Sequence[PlanVersion]:
    """Return all versions of the plan with their approvals, the newest first."""
    policy.require(actor, Action.OPERATION_READ, subject(operation))
    return session.scalars(_versions_of(operation)).all()


def find_version(session: Session, actor: Actor, operation: Operation, number: int) -> PlanVersion:
    """Return one version of the plan; raises NotFound (``plan-version-unknown``)."""
    policy.require(actor, Action.OPERATION_READ, subject(operation))
    found = session.scalar(_versions_of(operation).where(PlanVersion.number == number))
    if found is None:
        raise NotFound(
            "plan-version-unknown",
            _(
                "The plan of ${operation} has no version ${number}.",
                mapping={"operation": operation.code, "number": number},
            ),
        )
    return found


def document(version: PlanVersion) -> PlanDocument:
    """Return the plan document that a version keeps."""
    found = _documents.get(version.sha256)
    if found is None:
        if len(_documents) >= _DOCUMENTS_KEPT:
            _documents.clear()
        found = _documents[version.sha256] = planfile.stored(version.data)
    return found


_DOCUMENTS_KEPT = 64

_documents: dict[str, PlanDocument] = {}
"""Plan documents by the SHA-256 of their data: immutable, and wanted with every return."""


def known_cycles(session: Session) -> dict[str, tuple[str, ...]]:
    """Return the codes of the policy cycles that a plan may name, with those of their priorities."""
    known = {code: tuple(cycle.priorities) for code, cycle in catalogue().cycles.items()}
    for cycle in session.scalars(select(PolicyCycle).options(selectinload(PolicyCycle.priorities))):
        known[cycle.code] = tuple(priority.code for priority in cycle.priorities)
    return known


def create(session: Session, actor: Actor, doc: PlanDocument, note: str = "") -> Operation:
    """Create an operation as a draft from its plan, whose version 1 ``doc`` becomes.

    A coordinator of single operations becomes coordinator of the new one. Raises Invalid for a plan that is wrong or
    a template, Conflict (``operation-exists``) when the code is taken.
    """
    policy.require(actor, Action.OPERATION_CREATE)
    doc = _checked(session, doc)
    operation = Operation(code=doc.code, state=OperationState.DRAFT, created_at=clock.now(), version=1)
    set_frame(session, operation, doc)
    try:
        with session.begin_nested():
            session.add(operation)
    except IntegrityError:
        raise _exists(doc.code) from None
    actor = _as_coordinator(session, actor, operation)
    version = _add_version(session, actor, operation, doc, note)
    _apply(session, actor, operation, version)
    _record(session, actor, Action.OPERATION_CREATE, operation, _version_details(version))
    return operation


def save_plan(
    session: Session,
    actor: Actor,
    operation: Operation,
    doc: PlanDocument,
    note: str = "",
    *,
    expected_version: int | None = None,
) -> PlanVersion:
    """Keep ``doc`` as a new version of the plan; the same content as the latest version's makes none.

    While the operation is planned the new version is in force at once. Later it is an amendment: kept, and in force
    when :func:`approve_plan` says so. ``expected_version`` is the number of the version that the person changed:
    raises Stale when it is no longer the latest. Raises Invalid for a plan that is wrong, a template or another
    operation's, Conflict (``operation-ended``) when nothing is planned any more.
    """
    policy.require(actor, Action.PLAN_UPDATE, subject(operation))
    _lock(session, operation)
    latest = latest_plan(session, operation)
    if expected_version is not None and expected_version != latest.number:
        raise Stale(
            _(
                "The plan has changed since version ${given}, which you worked on: the latest is version ${current}.",
                mapping={"given": expected_version, "current": latest.number},
            ),
            given=str(expected_version),
            current=str(latest.number),
        )
    if operation.state in rules.ENDED:
        raise _ended(operation)
    doc = _checked(session, doc, operation.code)
    if digest(doc) == latest.sha256:
        return latest
    version = _add_version(session, actor, operation, doc, note)
    if operation.state in rules.PLANNING:
        _apply(session, actor, operation, version)
    operation.version += 1
    _record(session, actor, Action.PLAN_UPDATE, operation, _version_details(version))
    return version


def approve_plan(
    session: Session, actor: Actor, operation: Operation, number: int | None = None
) -> PlanVersion:
    """Approve an amendment, by default the latest version, and put it in force.

    Raises Conflict: ``approve-by-transition`` while the operation is still planned, ``operation-ended`` after it,
    ``already-approved``, ``superseded`` when a later version is approved, ``plan-not-ready``.
    """
    policy.require(actor, Action.PLAN_APPROVE, subject(operation))
    _lock(session, operation)
    if operation.state in rules.PLANNING:
        message = _(
            "The plan is approved together with the operation: send it to consultation, then approve it."
        )
        raise Conflict("approve-by-transition", message)
    if operation.state in rules.ENDED:
        raise _ended(operation)
    version = (
        latest_plan(session, operation) if number is None else find_version(session, actor, operation, number)
    )
    if version.approval is not None:
        message = _("Version ${number} is approved already.", mapping={"number": version.number})
        raise Conflict("already-approved", message)
    if operation.plan_number > version.number:
        message = _(
            "Version ${number} is older than version ${current}, which is approved.",
            mapping={"number": version.number, "current": operation.plan_number},
        )
        raise Conflict("superseded", message)
    doc = document(version)
    unready = rules.readiness(doc)
    if unready:
        raise _refusal(rules.not_ready(unready))
    _approve(session, actor, version)
    _apply(session, actor, operation, version)
    operation.version += 1
    _record(session, actor, Action.PLAN_APPROVE, operation, _version_details(version))
    return version


def digest(doc: PlanDocument) -> str:
    """Return the SHA-256 of the canonical JSON of a plan."""
    return ids.digest(canonical_json(planfile.to_data(doc)))


def _checked(session: Session, doc: PlanDocument, code: str | None = None) -> PlanDocument:
    """Return ``doc`` when it is right, not a template, and of the operation ``code`` where one is given."""
    doc = planfile.from_data(planfile.to_data(doc), known_cycles(session))
    if doc.template:
        message = _("This is a template. Make a plan from it first: with a code, a title and a first day.")
        raise Invalid([Problem("plan-is-a-template", message, "/template")])
    if code is not None and doc.code != code:
        message = _(
            "This is the plan of ${other}. Change the code to ${code}, or create a new operation from it.",
            mapping={"other": doc.code, "code": code},
        )
        raise Invalid([Problem("plan-of-another-operation", message, "/code", (code,))])
    return doc


def _exists(code: str) -> Conflict:
    message = _("There is an operation “${code}” already. Choose another code.", mapping={"code": code})
    return Conflict("operation-exists", message, "/code")


def _ended(operation: Operation) -> Conflict:
    message = _(
        "${code} has ended, and its plan stays as it is. Create a new operation from it instead.",
        mapping={"code": operation.code},
    )
    return Conflict("operation-ended", message)


def _as_coordinator(session: Session, actor: Actor, operation: Operation) -> Actor:
    """Make a coordinator of single operations one of the new operation too, and return the actor with that grant."""
    scopes = [grant.scope for grant in actor.grants if grant.role is Role.COORDINATOR]
    if actor.id is None or not scopes or None in scopes or operation.code in scopes:
        return actor
    session.add(RoleGrant(person_id=actor.id, role=Role.COORDINATOR, scope=operation.code))
    return replace(actor, grants=(*actor.grants, Grant(Role.COORDINATOR, operation.code)))


def _add_version(
    session: Session, actor: Actor, operation: Operation, doc: PlanDocument, note: str
) -> PlanVersion:
    data = planfile.to_data(doc)
    latest = session.scalar(
        select(func.max(PlanVersion.number)).where(PlanVersion.operation_id == operation.id)
    )
    version = PlanVersion(
        operation_id=operation.id,
        number=(latest or 0) + 1,
        data=data,
        sha256=ids.digest(canonical_json(data)),
        note=note.strip(),
        author=actor.name,
        created_at=clock.now(),
        approval=None,
    )
    session.add(version)
    session.flush()
    return version


def _approve(session: Session, actor: Actor, version: PlanVersion) -> None:
    version.approval = PlanApproval(approved_by=actor.name, approved_at=clock.now())
    session.flush()


def _apply(session: Session, actor: Actor, operation: Operation, version: PlanVersion) -> None:
    """Put a version in force: its rows, and what other domains make of it."""
    doc = document(version)
    operation.plan_number = version.number
    spell_out(session, operation, doc)
    for function in _on_plan_applied:
        function(session, actor, operation, doc)


def _lock(session: Session, operation: Operation) -> None:
    """Wait for others who change the operation, and see what they left."""
    session.refresh(operation, ["state", "version", "frozen_at"], with_for_update=True)


def _version_details(version: PlanVersion) -> dict[str, Any]:
    return {"plan_version": version.number, "sha256": version.sha256, "note": version.note}


def _record(
    session: Session, actor: Actor, action: Action, operation: Operation, details: dict[str, Any]
) -> None:
    audit.record(
        session, actor, action, "operation", operation.code, operation=operation.code, details=details
    )


# --- The life cycle --------------------------------------------------------------------------------------------------


def standing(session: Session, operation: Operation) -> rules.Standing:
    """Return what the next steps of the operation depend on, now."""
    unready = (
        rules.readiness(document(latest_plan(session, operation)))
        if operation.state in rules.PLANNING
        else []
    )
    return rules.Standing(
        state=operation.state,
        historical=operation.historical,
        first_day=operation.first_day,
        end=operation.ends_on,
        today=rules.today(operation.time_zone, clock.now()),
        answers=[participant.answer for participant in operation.participants if participant.in_plan],
        unready=unready,
    )


def transition(
    session: Session, actor: Actor, operation: Operation, to: OperationState, reason: str = ""
) -> Operation:
    """Take the operation one step on in its life cycle.

    Approving approves exactly the latest plan version; closing freezes the figures at once, unless the plan froze
    them before. Raises Conflict with the code of what stands in the way (``no-such-step``, ``no-participants``,
    ``plan-not-ready``, ``nobody-takes-part``, ``before-first-day``), its ``problems`` naming every thing, and
    Invalid (``reason-missing``) where the step needs a reason.
    """
    _lock(session, operation)
    step = rules.transition(operation.state, to)
    policy.require(actor, step.action if step else Action.OPERATION_TRANSITION, subject(operation))
    obstacles = rules.obstacles(standing(session, operation), to, reason)
    if obstacles:
        raise _refusal(obstacles)
    before = operation.state
    details: dict[str, Any] = {"from": before.value, "to": to.value, "reason": reason.strip()}
    now = clock.now()
    if to is OperationState.APPROVED:
        version = latest_plan(session, operation)
        _approve(session, actor, version)
        details |= _version_details(version)
    if to is OperationState.CLOSED:
        operation.frozen_at = min(operation.frozen_at or now, now)
    operation.state = to
    operation.version += 1
    session.flush()
    _record(session, actor, step.action if step else Action.OPERATION_TRANSITION, operation, details)
    for function in _on_transition:
        function(session, actor, operation, before)
    return operation


def _refusal(obstacles: Sequence[Problem]) -> DomainError:
    """Return the error for what stands in the way: of the input where only the reason is missing, else of the state."""
    if all(problem.code == "reason-missing" for problem in obstacles):
        return Invalid(obstacles)
    first = obstacles[0]
    refusal = Conflict(first.code, first.message, first.pointer, first.accepted)
    refusal.problems = tuple(obstacles)
    return refusal


# --- Participants ----------------------------------------------------------------------------------------------------


def answer(
    session: Session, actor: Actor, operation: Operation, party: str, answer: Answer, conditions: str = ""
) -> Participant:
    """Record what a participant answers to the invitation; it may answer again as long as the operation goes on.

    Raises NotFound (``participant-unknown``), Invalid (``answer-missing``, ``conditions-missing``), Conflict
    (``operation-ended``).
    """
    participant = find_participant(operation, party)
    policy.require(actor, Action.PARTICIPANT_ANSWER, subject(operation, party=participant.party))
    if operation.state in rules.ENDED:
        raise _ended(operation)
    if answer is Answer.INVITED:
        raise Invalid(
            [Problem("answer-missing", _("Say whether you take part."), "/answer", rules.ANSWERS_ACCEPTED)]
        )
    conditions = conditions.strip()
    if answer is Answer.WITH_CONDITIONS and not conditions:
        raise Invalid([Problem("conditions-missing", _("Say under which conditions."), "/conditions")])
    participant.answer = answer
    participant.conditions = conditions
    participant.answered_by = actor.name
    participant.answered_at = clock.now()
    participant.version += 1
    session.flush()
    details = {"party": participant.party, "answer": answer.value, "conditions": conditions}
    audit.record(
        session,
        actor,
        Action.PARTICIPANT_ANSWER,
        "participant",
        f"{operation.code}/{participant.party}",
        operation=operation.code,
        details=details,
    )
    return participant
