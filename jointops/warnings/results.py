"""What a warning led to: incidents of returns and tasks that are linked to it, and links that are taken back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from sqlalchemy.orm import Session

from jointops.kernel import clock, policy
from jointops.kernel.errors import Conflict, Invalid, NotFound, Problem
from jointops.kernel.i18n import _
from jointops.kernel.policy import Action, Actor
from jointops.operations import service as operations
from jointops.operations.models import Operation
from jointops.returns.finding import find_return
from jointops.tasks import service as tasks
from jointops.warnings.finding import find, may, require_not_withdrawn, standing, subject_of
from jointops.warnings.models import SentWarning, WarningResult
from jointops.warnings.telling import named, record, tell_sender


def link_incident(
    session: Session, actor: Actor, operation: Operation, code: str, unit_code: str, day: date, reference: str
) -> WarningResult:
    """Link an incident of a unit's return of one day to the warning that led to it.

    Raises NotFound (``warning-unknown``, ``unit-unknown``, ``return-unknown``), Invalid (``incident-unknown``),
    Conflict (``result-linked`` when it is linked already, ``warning-withdrawn``).
    """
    warning = find(session, actor, operation, code)
    unit = operations.find_unit(session, operation, unit_code)
    policy.require(actor, Action.WARNING_LINK, subject_of(operation, unit))
    require_not_withdrawn(warning)
    found = find_return(session, actor, operation, unit_code, day)
    known = [incident.reference for incident in found.revisions[-1].incidents]
    reference = reference.strip()
    if reference not in known:
        message = _(
            "The return of ${unit} for ${day} has no incident “${reference}”.",
            mapping={"unit": unit_code, "day": day, "reference": reference},
        )
        raise Invalid([Problem("incident-unknown", message, "/reference", tuple(known))])
    for result in standing(warning):
        if (result.unit_id, result.day, result.reference) == (unit.id, day, reference):
            raise _linked_already()
    details = {"unit": unit_code, "day": day.isoformat(), "reference": reference}
    return _link(session, actor, warning, WarningResult(unit=unit, day=day, reference=reference), details)


def link_task(
    session: Session, actor: Actor, operation: Operation, code: str, task_code: str
) -> WarningResult:
    """Link a task to the warning that led to it.

    The sender and the warned units may. Raises NotFound (``warning-unknown``, ``task-unknown``), Conflict
    (``result-linked``, ``warning-withdrawn``).
    """
    warning = find(session, actor, operation, code)
    if not may(actor, Action.WARNING_LINK, operation, warning):
        policy.require(actor, Action.WARNING_LINK, operations.subject(operation))
    require_not_withdrawn(warning)
    task = tasks.find(session, actor, operation, task_code)
    if any(result.task_id == task.id for result in standing(warning)):
        raise _linked_already()
    return _link(session, actor, warning, WarningResult(task=task, reference=""), {"task": task_code})


def take_back(session: Session, actor: Actor, operation: Operation, code: str, result_id: int) -> SentWarning:
    """Take back a link that was a mistake. Raises NotFound (``warning-unknown``, ``result-unknown``)."""
    warning = find(session, actor, operation, code)
    result = next((one for one in standing(warning) if one.id == result_id), None)
    if result is None:
        raise NotFound("result-unknown", _("No such result is linked to this warning."))
    if result.unit is not None:
        policy.require(actor, Action.WARNING_LINK, subject_of(operation, result.unit))
    elif not may(actor, Action.WARNING_LINK, operation, warning):
        policy.require(actor, Action.WARNING_LINK, operations.subject(operation))
    result.taken_back_at = clock.now()
    warning.version += 1
    session.flush()
    record(session, actor, Action.WARNING_LINK, warning, {"taken-back": str(result.id)})
    return warning


def _link(
    session: Session, actor: Actor, warning: SentWarning, result: WarningResult, details: Mapping[str, str]
) -> WarningResult:
    result.linked_at, result.linked_by = clock.now(), actor.name
    warning.results.append(result)
    warning.version += 1
    session.flush()
    record(session, actor, Action.WARNING_LINK, warning, details)
    tell_sender(
        session,
        actor,
        warning,
        _("${code} led to a result", mapping=named(warning)),
        _("A result is linked to your warning in ${operation}.", mapping=named(warning)),
    )
    return result


def _linked_already() -> Conflict:
    return Conflict("result-linked", _("This is linked to the warning already."))
