"""What can be done with operations: create, plan, approve, move on, answer; and how they are found.

Every function takes a session (the transaction is the caller's) and the person who acts, asks the policy table
first, and writes its entry to the log last.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, joinedload, selectinload

from jointops.accounts.models import RoleGrant
from jointops.kernel import audit, clock, db, policy
from jointops.kernel.errors import Conflict, Invalid, NotFound, Problem, Stale
from jointops.kernel.i18n import _
from jointops.kernel.policy import Action, Actor, Grant, Role
from jointops.operations import plandoc, rules
from jointops.operations.editing import Basics, with_basics, with_contacts, with_participant
from jointops.operations.models import (
    Answer,
    Operation,
    OperationState,
    Participant,
    PlanVersion,
    ReportingUnit,
)
from jointops.operations.plandoc import PlanDocument
from jointops.operations.planning import (
    Endorsement,
    add_version,
    amendment_obstacles,
    approve,
    approve_plan,
    changes_between,
    checked,
    digest,
    document,
    documents_in_force,
    ended,
    endorsed,
    find_version,
    keep_plan,
    known_cycles,
    latest_plan,
    lock,
    objections,
    on_amended,
    on_check,
    on_plan_applied,
    plan_file,
    plan_in_force,
    put_in_force,
    record,
    refusal,
    refuse_plan,
    save_plan,
    subject,
    version_details,
    versions,
    waiting_amendments,
)
from jointops.operations.spell_out import set_frame
from jointops.reference.catalogue import catalogue

__all__ = [
    "Endorsement",
    "amendment_obstacles",
    "answer",
    "approve_plan",
    "change_basics",
    "changes_between",
    "create",
    "digest",
    "document",
    "documents_in_force",
    "find",
    "find_participant",
    "find_unit",
    "find_version",
    "known_cycles",
    "latest_plan",
    "list_operations",
    "objections",
    "on_amended",
    "on_check",
    "on_plan_applied",
    "on_transition",
    "participants",
    "plan_file",
    "plan_in_force",
    "planned_participant",
    "put_participant",
    "refusal",
    "refuse_plan",
    "require_version",
    "save_plan",
    "set_answer_by",
    "standing",
    "subject",
    "transition",
    "versions",
    "waiting_amendments",
]

OnTransition = Callable[[Session, Actor, Operation, OperationState], None]

_on_transition: list[OnTransition] = []


def on_transition(function: OnTransition) -> OnTransition:
    """Have ``function`` called after every step of an operation's life, with the state it came from; a decorator."""
    if function not in _on_transition:
        _on_transition.append(function)
    return function


# --- Finding ---------------------------------------------------------------------------------------------------------


def find(session: Session, actor: Actor, code: str, *, to_write: bool = False) -> Operation:
    """Return the operation with ``code``; ``to_write`` takes part in writing under it at once (``db.share``).

    Raises NotFound (``operation-unknown``) when there is none or the person may not know of it.
    """
    if to_write and session.get_bind().dialect.name == "postgresql":
        operation: Operation | None = session.scalar(_BY_CODE_SHARED, {"code": code})
        if operation is not None:
            db.has_shared(session, operation.id)
    else:
        operation = session.scalar(_BY_CODE, {"code": code})
    if operation is None or not policy.allows(actor, Action.OPERATION_READ, subject(operation)):
        raise NotFound(
            "operation-unknown",
            _("There is no operation “${code}”, or it is not open to you.", mapping={"code": code}),
        )
    return operation


def list_operations(session: Session, actor: Actor, *, exercises: bool = False) -> list[Operation]:
    """Return the operations that the person may read, the latest first, in three queries however many there are.

    Exercises are not among them: ``exercises`` asks for these instead.
    """
    wanted = select(Operation).options(*_WITH_PARTICIPANTS).where(Operation.exercise.is_(exercises))
    every = session.scalars(wanted.order_by(Operation.starts_on.desc(), Operation.code))
    return [
        operation for operation in every if policy.allows(actor, Action.OPERATION_READ, subject(operation))
    ]


_WITH_PARTICIPANTS = (
    joinedload(Operation.marking),
    joinedload(Operation.cycle),
    selectinload(Operation.participants),
)


_BY_CODE = select(Operation).where(Operation.code == bindparam("code"))
_BY_CODE_SHARED = _BY_CODE.add_columns(db.shared(Operation.id))

_UNIT_BY_CODE = (
    select(ReportingUnit)
    .where(
        ReportingUnit.operation_id == bindparam("operation_id"),
        ReportingUnit.code == bindparam("code"),
        ReportingUnit.in_plan,
    )
    .options(joinedload(ReportingUnit.participant))
)


def find_unit(session: Session, operation: Operation, code: str) -> ReportingUnit:
    """Return the reporting unit of the operation's plan with ``code``, its participant loaded.

    Raises NotFound (``unit-unknown``).
    """
    unit = session.scalar(_UNIT_BY_CODE, {"operation_id": operation.id, "code": code})
    if unit is None:
        raise NotFound(
            "unit-unknown",
            _(
                "${operation} has no reporting unit “${code}”.",
                mapping={"operation": operation.code, "code": code},
            ),
            "/unit",
        )
    return unit


def find_participant(operation: Operation, party: str) -> Participant:
    """Return the participant of the operation's plan; EL and UK are accepted for GR and GB.

    Raises NotFound (``participant-unknown``).
    """
    code = catalogue().party_code(party)
    found = next((p for p in operation.participants if p.party == code and p.in_plan), None)
    if found is None:
        raise _not_taking_part(operation, party)
    return found


def _not_taking_part(operation: Operation, party: str) -> NotFound:
    return NotFound(
        "participant-unknown",
        _(
            "“${party}” does not take part in ${operation}.",
            mapping={"party": party, "operation": operation.code},
        ),
    )


def create(
    session: Session, actor: Actor, doc: PlanDocument, note: str = "", *, exercise: bool = False
) -> Operation:
    """Create an operation as a draft from its plan, whose version 1 ``doc`` becomes; ``exercise``: a rehearsal of one.

    A coordinator of single operations becomes coordinator of the new one. Raises Invalid for a plan that is wrong or
    a template, Conflict (``operation-exists``) when the code is taken.
    """
    policy.require(actor, Action.OPERATION_CREATE)
    doc = checked(session, doc)
    operation = Operation(
        code=doc.code, state=OperationState.DRAFT, created_at=clock.now(), version=1, exercise=exercise
    )
    set_frame(session, operation, doc)
    try:
        with session.begin_nested():
            session.add(operation)
    except IntegrityError:
        raise _exists(doc.code) from None
    actor = _as_coordinator(session, actor, operation)
    version = add_version(session, actor, operation, doc, note)
    put_in_force(session, actor, operation, version)
    record(session, actor, Action.OPERATION_CREATE, operation, version_details(version))
    return operation


def _exists(code: str) -> Conflict:
    message = _("There is an operation “${code}” already. Choose another code.", mapping={"code": code})
    return Conflict("operation-exists", message, "/code")


def _as_coordinator(session: Session, actor: Actor, operation: Operation) -> Actor:
    """Make a coordinator of single operations one of the new operation too, and return the actor with that grant."""
    scopes = [grant.scope for grant in actor.grants if grant.role is Role.COORDINATOR]
    if actor.id is None or not scopes or None in scopes or operation.code in scopes:
        return actor
    session.add(RoleGrant(person_id=actor.id, role=Role.COORDINATOR, scope=operation.code))
    return replace(actor, grants=(*actor.grants, Grant(Role.COORDINATOR, operation.code)))


# --- The life cycle --------------------------------------------------------------------------------------------------


def standing(session: Session, operation: Operation) -> rules.Standing:
    """Return what the next steps of the operation depend on, now.

    An exercise is not held up by what its plan lacks or other domains object to: it is there to show that.
    """
    doc = document(latest_plan(session, operation))
    return rules.Standing(
        state=operation.state,
        historical=operation.historical,
        first_day=operation.first_day,
        end=operation.ends_on,
        today=rules.today(operation.time_zone, clock.now()),
        answers=[participant.answer for participant in operation.participants if participant.in_plan],
        unready=rules.readiness(doc) if operation.state in rules.PLANNING and not operation.exercise else [],
        objections={
            step.target: objections(session, operation, step.target, doc)
            for step in rules.steps_from(operation.state)
            if not operation.exercise
        },
    )


def transition(
    session: Session,
    actor: Actor,
    operation: Operation,
    to: OperationState,
    reason: str = "",
    *,
    answer_by: datetime | None = None,
    plan_number: int | None = None,
    endorsement: Endorsement | None = None,
) -> Operation:
    """Take the operation one step on in its life cycle.

    ``answer_by`` (aware) goes with the step to consultation: until when participants are asked to answer.
    Approving approves exactly the latest plan version, with ``endorsement`` in its record; ``plan_number`` is the
    version that the person read: raises Stale when it is no longer the latest. Closing freezes the figures at once,
    unless the plan froze them before.

    Raises Conflict with the code of what stands in the way (``no-such-step``, ``no-participants``, ``plan-not-ready``,
    ``nobody-takes-part``, ``before-first-day``), its ``problems`` naming every thing, and Invalid (``reason-missing``)
    where the step needs a reason.
    """
    lock(session, operation)
    step = rules.transition(operation.state, to)
    policy.require(actor, step.action if step else Action.OPERATION_TRANSITION, subject(operation))
    if plan_number is not None:
        require_version(latest_plan(session, operation).number, plan_number)
    obstacles = rules.obstacles(standing(session, operation), to, reason)
    if obstacles:
        raise refusal(obstacles)
    if to is OperationState.CONSULTATION and answer_by is not None:
        set_answer_by(operation, answer_by)
    before = operation.state
    details: dict[str, Any] = {"from": before.value, "to": to.value, "reason": reason.strip()}
    now = clock.now()
    if to is OperationState.APPROVED:
        version = latest_plan(session, operation)
        approve(session, actor, version, endorsement)
        details |= version_details(version) | endorsed(endorsement)
    if to is OperationState.CONSULTATION and answer_by is not None:
        details |= {"answer_by": clock.iso(answer_by)}
    if to is OperationState.CLOSED:
        operation.frozen_at = min(operation.frozen_at or now, now)
    operation.state = to
    operation.version += 1
    session.flush()
    record(session, actor, step.action if step else Action.OPERATION_TRANSITION, operation, details)
    for function in _on_transition:
        function(session, actor, operation, before)
    return operation


def set_answer_by(operation: Operation, answer_by: datetime) -> None:
    """Set until when (aware) participants are asked to answer.

    Raises Invalid (``answer-by-past``, ``answer-by-late``).
    """
    problems = rules.answer_by_problems(
        answer_by, clock.now(), operation.time_zone, operation.ends_on, historical=operation.historical
    )
    if problems:
        raise Invalid(problems)
    operation.answer_by = answer_by


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
        raise ended(operation)
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


def put_participant(
    session: Session,
    actor: Actor,
    operation: Operation,
    participant: plandoc.Participant,
    note: str = "",
    *,
    contacts: Sequence[plandoc.Contact] | None = None,
    expected_version: int | None = None,
) -> PlanVersion:
    """Put a participant with its units into the plan, in a new version; see :func:`save_plan`.

    ``contacts`` are all contact points of the participant, ``None`` leaves those that there are. ``expected_version``
    is the version of the participant as the person saw it (0: not in the plan yet). A national coordinator changes
    their own participant by it, and takes out no unit that the plan has tasks for: raises Conflict
    (``unit-has-tasks``).
    """
    policy.require(actor, Action.PARTICIPANT_UPDATE, subject(operation, party=participant.party))
    row = next((row for row in operation.participants if row.party == participant.party), None)
    require_version(row.version if row is not None and row.in_plan else 0, expected_version)
    latest = document(latest_plan(session, operation))
    if not policy.allows(actor, Action.PLAN_UPDATE, subject(operation)):
        obstacles = rules.units_with_tasks(latest, participant)
        if obstacles:
            raise refusal(obstacles)
    changed = with_participant(latest, participant)
    if contacts is not None:
        changed = with_contacts(changed, participant.party, contacts)
    version = keep_plan(session, actor, operation, changed, note)
    if row is not None:
        row.version += 1
    return version


def planned_participant(session: Session, operation: Operation, unit: str) -> plandoc.Participant:
    """Return the participant of the latest plan to which a unit with the code ``unit`` belongs, by its beginning.

    Raises NotFound (``participant-unknown``).
    """
    plan = document(latest_plan(session, operation))
    for participant in plan.participants:
        if unit.startswith(f"{participant.party.upper()}-"):
            return participant
    raise _not_taking_part(operation, unit.partition("-")[0])


def participants(session: Session, actor: Actor, operation: Operation) -> Sequence[Participant]:
    """Return the participants of the operation's plan with their units, in the plan's order."""
    policy.require(actor, Action.OPERATION_READ, subject(operation))
    wanted = select(Participant).where(Participant.operation_id == operation.id, Participant.in_plan)
    return session.scalars(
        wanted.order_by(Participant.position).options(selectinload(Participant.units))
    ).all()


def change_basics(
    session: Session,
    actor: Actor,
    operation: Operation,
    basics: Basics,
    note: str = "",
    *,
    expected_version: int | None = None,
) -> PlanVersion:
    """Change the head of the plan in a new version; ``expected_version`` is the operation's. See :func:`save_plan`."""
    policy.require(actor, Action.PLAN_UPDATE, subject(operation))
    require_version(operation.version, expected_version)
    changed = with_basics(document(latest_plan(session, operation)), basics)
    return save_plan(session, actor, operation, changed, note)


def require_version(current: int, expected: int | None) -> None:
    """Raise Stale when a person changed another version of a record than the current one."""
    if expected is not None and expected != current:
        raise Stale(
            _("Somebody else changed this meanwhile. Look at the current version, then change that."),
            given=str(expected),
            current=str(current),
        )
