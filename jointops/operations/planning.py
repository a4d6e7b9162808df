"""The plan of an operation: its versions, which of them is in force, changing and approving it.

Part of the operations' service (``service`` gives its names on): the same rules hold here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, contains_eager, selectinload, undefer

from jointops.cycles.models import PolicyCycle
from jointops.kernel import audit, clock, ids, policy
from jointops.kernel.errors import Conflict, DomainError, Invalid, NotFound, Problem, Stale
from jointops.kernel.i18n import _
from jointops.kernel.policy import Action, Actor, Subject
from jointops.kernel.types import canonical_json
from jointops.operations import planfile, rules
from jointops.operations.models import Operation, OperationState, PlanApproval, PlanRefusal, PlanVersion
from jointops.operations.plandiff import Change, differences
from jointops.operations.plandoc import PlanDocument
from jointops.operations.spell_out import spell_out
from jointops.reference.catalogue import catalogue

OnPlanApplied = Callable[[Session, Actor, Operation, PlanDocument], None]

OnAmended = Callable[[Session, Actor, Operation, PlanVersion], None]

OnCheck = Callable[[Session, Operation, OperationState, PlanDocument], Sequence[Problem]]


@dataclass(frozen=True, slots=True)
class Endorsement:
    """What the record of an approval says beside the name: in which function somebody approves, and with what words."""

    function: str = ""
    statement: str = ""


_on_plan_applied: list[OnPlanApplied] = []
_on_check: list[OnCheck] = []
_on_amended: list[OnAmended] = []


def on_plan_applied(function: OnPlanApplied) -> OnPlanApplied:
    """Have ``function`` called whenever a plan version has been spelt out into rows; a decorator.

    Domains that stand on this one carry their own part of the plan into their tables by it.
    """
    if function not in _on_plan_applied:
        _on_plan_applied.append(function)
    return function


def on_check(function: OnCheck) -> OnCheck:
    """Have ``function`` say what else stands in the way of a step of the life cycle; a decorator.

    It gets the operation, the state that it is to reach and the latest plan; the approval of an amendment asks with
    ``approved``. Domains that stand on this one put in by it what only they know, such as tasks that are not done.
    """
    if function not in _on_check:
        _on_check.append(function)
    return function


def on_amended(function: OnAmended) -> OnAmended:
    """Have ``function`` called with every amendment: when it is kept, approved, and refused; a decorator."""
    if function not in _on_amended:
        _on_amended.append(function)
    return function


def objections(
    session: Session, operation: Operation, to: OperationState, doc: PlanDocument
) -> list[Problem]:
    """Return what other domains see in the way of the step to ``to`` with the plan ``doc``."""
    return [problem for function in _on_check for problem in function(session, operation, to, doc)]


def subject(operation: Operation, *, party: str | None = None, unit: str | None = None) -> Subject:
    """Return what the policy table needs to know of ``operation`` and of the single record in it.

    A unit's party is known from its code where ``party`` is not given.
    """
    if party is None and unit is not None:
        party = next((code for code in operation.parties if unit.startswith(f"{code.upper()}-")), None)
    return Subject(
        operation=operation.code,
        participants=frozenset(operation.parties),
        party=party,
        unit=unit,
        state=operation.state.value,
    )


def latest_plan(session: Session, operation: Operation) -> PlanVersion:
    """Return the newest version of the plan that was not refused, in force or not: what the next change builds on."""
    return session.scalars(_versions_of(operation).where(PlanRefusal.id.is_(None)).limit(1)).one()


def plan_in_force(session: Session, operation: Operation) -> PlanVersion:
    """Return the version that the operation works by: the latest approved, while it is planned the latest."""
    return session.scalars(_versions_of(operation).where(PlanVersion.number == operation.plan_number)).one()


def _versions_of(operation: Operation) -> Select[PlanVersion]:
    return (
        select(PlanVersion)
        .outerjoin(PlanVersion.approval)
        .outerjoin(PlanVersion.refusal)
        .options(contains_eager(PlanVersion.approval), contains_eager(PlanVersion.refusal))
        .where(PlanVersion.operation_id == operation.id)
        .order_by(PlanVersion.number.desc())
    )


def versions(session: Session, actor: Actor, operation: Operation) -> Sequence[PlanVersion]:
    """Return all versions of the plan with their approvals, the newest first."""
    policy.require(actor, Action.OPERATION_READ, subject(operation))
    return session.scalars(_versions_of(operation)).all()


def waiting_amendments(session: Session, operations: Sequence[Operation]) -> dict[int, int]:
    """Return how many amendments wait for a decision, by the keys of the operations that have some, in one query."""
    keys = [one.id for one in operations if one.state in rules.UNDER_AMENDMENT]
    if not keys:
        return {}
    wanted = (
        select(PlanVersion.operation_id, func.count().label("waiting"))
        .join(Operation, PlanVersion.operation_id == Operation.id)
        .outerjoin(PlanVersion.refusal)
        .where(Operation.id.in_(keys), PlanVersion.number > Operation.plan_number, PlanRefusal.id.is_(None))
        .group_by(PlanVersion.operation_id)
    )
    return {row.operation_id: row.waiting for row in session.execute(wanted)}


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
    return found if found is not None else _remembered(version.sha256, planfile.stored(version.data))


def _remembered(sha256: str, doc: PlanDocument) -> PlanDocument:
    if len(_documents) >= _DOCUMENTS_KEPT:
        _documents.clear()
    _documents[sha256] = doc
    return doc


def changes_between(before: PlanVersion, after: PlanVersion) -> Sequence[Change]:
    """Return what changed from one version to another; of the last few pairs asked for it is kept."""
    key = (before.sha256, after.sha256)
    found = _changes.get(key)
    if found is None:
        if len(_changes) >= _CHANGES_KEPT:
            _changes.clear()
        found = _changes[key] = tuple(differences(before.data, after.data))
    return found


_CHANGES_KEPT = 16

_changes: dict[tuple[str, str], tuple[Change, ...]] = {}
"""Changes by the SHA-256 of both versions."""


def plan_file(version: PlanVersion) -> str:
    """Return the plan of a version as a plan file (YAML); of the last few versions asked for it is kept."""
    found = _plan_files.get(version.sha256)
    if found is None:
        if len(_plan_files) >= _PLAN_FILES_KEPT:
            _plan_files.clear()
        found = _plan_files[version.sha256] = planfile.dump(document(version))
    return found


def documents_in_force(session: Session, operations: Sequence[Operation]) -> dict[int, PlanDocument]:
    """Return the plans that several operations work by, by the operations' keys, in one or two queries."""
    wanted = (
        select(PlanVersion)
        .join(Operation, PlanVersion.operation_id == Operation.id)
        .where(PlanVersion.number == Operation.plan_number, Operation.id.in_([one.id for one in operations]))
    )
    versions = session.scalars(wanted).all()
    unknown = [version.id for version in versions if version.sha256 not in _documents]
    if unknown:
        session.scalars(
            select(PlanVersion).where(PlanVersion.id.in_(unknown)).options(undefer(PlanVersion.data))
        ).all()
    return {version.operation_id: document(version) for version in versions}


_PLAN_FILES_KEPT = 8

_plan_files: dict[str, str] = {}
"""Plan files by the SHA-256 of their data: writing two thousand tasks takes a second."""

_DOCUMENTS_KEPT = 64

_documents: dict[str, PlanDocument] = {}
"""Plan documents by the SHA-256 of their data: immutable, and wanted with every return."""


def known_cycles(session: Session) -> dict[str, tuple[str, ...]]:
    """Return the codes of the policy cycles that a plan may name, with those of their priorities."""
    known = {code: tuple(cycle.priorities) for code, cycle in catalogue().cycles.items()}
    for cycle in session.scalars(select(PolicyCycle).options(selectinload(PolicyCycle.priorities))):
        known[cycle.code] = tuple(priority.code for priority in cycle.priorities)
    return known


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
    return keep_plan(session, actor, operation, doc, note, expected_version=expected_version)


def keep_plan(
    session: Session,
    actor: Actor,
    operation: Operation,
    doc: PlanDocument,
    note: str = "",
    *,
    expected_version: int | None = None,
) -> PlanVersion:
    """Keep a plan as :func:`save_plan` does, for a service that has asked the policy table itself."""
    lock(session, operation)
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
        raise ended(operation)
    doc = checked(session, doc, operation.code)
    if digest(doc) == latest.sha256:
        return latest
    version = add_version(session, actor, operation, doc, note)
    if operation.state in rules.PLANNING:
        put_in_force(session, actor, operation, version)
    operation.version += 1
    record(session, actor, Action.PLAN_UPDATE, operation, version_details(version))
    for function in _on_amended if operation.state not in rules.PLANNING else ():
        function(session, actor, operation, version)
    return version


def approve_plan(
    session: Session,
    actor: Actor,
    operation: Operation,
    number: int | None = None,
    endorsement: Endorsement | None = None,
) -> PlanVersion:
    """Approve an amendment, by default the latest version, and put it in force.

    Raises Conflict: ``approve-by-transition`` while the operation is still planned, ``operation-ended`` after it,
    ``already-approved``, ``already-refused``, ``superseded`` when a later version is approved, ``plan-not-ready``.
    """
    policy.require(actor, Action.PLAN_APPROVE, subject(operation))
    lock(session, operation)
    version = _decidable(session, actor, operation, number)
    doc = document(version)
    in_the_way = amendment_obstacles(session, operation, doc)
    if in_the_way:
        raise refusal(in_the_way)
    approve(session, actor, version, endorsement)
    put_in_force(session, actor, operation, version)
    operation.version += 1
    record(session, actor, Action.PLAN_APPROVE, operation, version_details(version) | endorsed(endorsement))
    for function in _on_amended:
        function(session, actor, operation, version)
    return version


def amendment_obstacles(session: Session, operation: Operation, doc: PlanDocument) -> list[Problem]:
    """Return what stands in the way of approving ``doc`` as an amendment; empty when nothing does.

    An exercise is not held up, see ``service.standing``.
    """
    if operation.exercise:
        return []
    return [
        *rules.not_ready(rules.readiness(doc)),
        *objections(session, operation, OperationState.APPROVED, doc),
    ]


def refuse_plan(
    session: Session, actor: Actor, operation: Operation, number: int, reason: str
) -> PlanVersion:
    """Refuse an amendment: it stays to be read, and the next change builds on the version before it.

    Raises Invalid (``reason-missing``) and the conflicts of :func:`approve_plan`.
    """
    policy.require(actor, Action.PLAN_APPROVE, subject(operation))
    lock(session, operation)
    version = _decidable(session, actor, operation, number)
    reason = reason.strip()
    if not reason:
        raise Invalid(
            [Problem("reason-missing", _("Say why. The authors of the amendment read it."), "/reason")]
        )
    version.refusal = PlanRefusal(refused_by=actor.name, refused_at=clock.now(), reason=reason)
    operation.version += 1
    session.flush()
    details = version_details(version) | {"reason": reason}
    record(session, actor, "operations:plan:refuse", operation, details)
    for function in _on_amended:
        function(session, actor, operation, version)
    return version


def _decidable(session: Session, actor: Actor, operation: Operation, number: int | None) -> PlanVersion:
    """Return the amendment ``number`` (by default the latest) when it still waits for a decision."""
    if operation.state in rules.PLANNING:
        message = _(
            "The plan is approved together with the operation: send it to consultation, then approve it."
        )
        raise Conflict("approve-by-transition", message)
    if operation.state in rules.ENDED:
        raise ended(operation)
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
    if version.refusal is not None:
        message = _("Version ${number} was refused.", mapping={"number": version.number})
        raise Conflict("already-refused", message)
    return version


def digest(doc: PlanDocument) -> str:
    """Return the SHA-256 of the canonical JSON of a plan."""
    return ids.digest(canonical_json(planfile.to_data(doc)))


def checked(session: Session, doc: PlanDocument, code: str | None = None) -> PlanDocument:
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


def ended(operation: Operation) -> Conflict:
    """Return the refusal of a change to an operation that is over."""
    message = _(
        "${code} has ended, and its plan stays as it is. Create a new operation from it instead.",
        mapping={"code": operation.code},
    )
    return Conflict("operation-ended", message)


def add_version(
    session: Session, actor: Actor, operation: Operation, doc: PlanDocument, note: str
) -> PlanVersion:
    """Keep ``doc`` as the next version; it is not in force yet."""
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
        refusal=None,
    )
    session.add(version)
    session.flush()
    _remembered(version.sha256, doc)
    return version


def approve(
    session: Session, actor: Actor, version: PlanVersion, endorsement: Endorsement | None = None
) -> None:
    """Note that exactly this version is approved, by whom, in which function and when."""
    said = endorsement or Endorsement()
    version.approval = PlanApproval(
        approved_by=actor.name,
        approved_at=clock.now(),
        function=said.function.strip(),
        statement=said.statement.strip(),
    )
    session.flush()


def endorsed(endorsement: Endorsement | None) -> dict[str, str]:
    """Return what the log keeps of an endorsement beside the name."""
    endorsement = endorsement or Endorsement()
    told = {"function": endorsement.function.strip(), "statement": endorsement.statement.strip()}
    return {name: text for name, text in told.items() if text}


def put_in_force(session: Session, actor: Actor, operation: Operation, version: PlanVersion) -> None:
    """Put a version in force: its rows, and what other domains make of it."""
    doc = document(version)
    operation.plan_number = version.number
    spell_out(session, operation, doc)
    for function in _on_plan_applied:
        function(session, actor, operation, doc)


def lock(session: Session, operation: Operation) -> None:
    """Wait for others who change the operation, and see what they left."""
    session.refresh(operation, ["state", "version", "frozen_at"], with_for_update=True)


def version_details(version: PlanVersion) -> dict[str, Any]:
    """Return what the log keeps of a version."""
    return {"plan_version": version.number, "sha256": version.sha256, "note": version.note}


def record(
    session: Session, actor: Actor, action: Action | str, operation: Operation, details: dict[str, Any]
) -> None:
    """Write an entry about an operation to the log."""
    audit.record(
        session, actor, action, "operation", operation.code, operation=operation.code, details=details
    )


def refusal(obstacles: Sequence[Problem]) -> DomainError:
    """Return the error for what stands in the way: of the input where only the reason is missing, else of the state."""
    if all(problem.code == "reason-missing" for problem in obstacles):
        return Invalid(obstacles)
    first = obstacles[0]
    refusal = Conflict(first.code, first.message, first.pointer, first.accepted)
    refusal.problems = tuple(obstacles)
    return refusal
